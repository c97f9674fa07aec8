//! A browser process: its start, its server, its end.

use core::net::Ipv4Addr;
use std::{
    env,
    fs::{self, File},
    io::{self, Write as _},
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    thread::{self, JoinHandle},
};

use tokio::{runtime, sync::OnceCell, time::timeout};

use crate::{
    error::Error,
    guardian::Guardian,
    kind::BrowserKind,
    launch::Launch,
    link::{Answer, Failure, Link},
    page::Page,
    server,
};

/// A running browser with a fresh profile.
///
/// It has a thread of its own for its server, so it may be used from any Tokio runtime, and from many.
/// When it is dropped, or when the test process ends in whatever way, all its processes are killed and
/// its profile is removed.
pub struct Browser {
    kind: BrowserKind,
    version: String,
    folder: PathBuf,
    link: Arc<Link>,
    guardian: Guardian,
    server: Option<JoinHandle<()>>,
}

impl Browser {
    /// Where a browser of this kind is installed, if it is: as `INTEROP_CHROMIUM` or
    /// `INTEROP_FIREFOX` says, or else along `PATH`.
    pub fn find(kind: BrowserKind) -> Option<PathBuf> {
        kind.find()
    }

    /// Starts a browser of one's own and waits until it is ready. Most tests want
    /// [`Page::require`].
    ///
    /// # Errors
    /// [`Error::NotInstalled`], [`Error::Start`], [`Error::Silent`], [`Error::Gone`].
    pub async fn launch(kind: BrowserKind) -> Result<Self, Error> {
        Self::launch_with(&Launch::new(kind)).await
    }

    /// Starts a browser with further switches or preferences.
    ///
    /// # Errors
    /// As [`launch`](Self::launch).
    pub async fn launch_with(launch: &Launch) -> Result<Self, Error> {
        let kind = launch.kind;
        let executable = kind.find().ok_or(Error::NotInstalled(kind))?;
        let (mut browser, ready) =
            Self::start(launch, &executable).map_err(|error| Error::Start(kind, error))?;
        browser.version = match timeout(launch.ready_within, ready).await {
            Ok(Ok(Ok(agent))) => agent.as_str().unwrap_or_default().into(),
            Ok(Ok(Err(Failure::Gone(why)))) => return Err(Error::Gone { kind, why }),
            Ok(Ok(Err(Failure::Thrown(thrown)))) => {
                return Err(Error::Gone { kind, why: thrown.to_string() });
            }
            Ok(Err(_)) => return Err(Error::Gone { kind, why: "its server ended".into() }),
            Err(_) => {
                let log = tail(&browser.folder);
                return Err(Error::Silent { kind, within: launch.ready_within, log });
            }
        };
        Ok(browser)
    }

    /// The test process's one browser of this kind, started by whoever asks first. It stays until the
    /// process ends.
    ///
    /// # Errors
    /// As [`launch`](Self::launch).
    pub async fn shared(kind: BrowserKind) -> Result<&'static Self, Error> {
        let cell = match kind {
            BrowserKind::Chromium => &CHROMIUM,
            BrowserKind::Firefox => &FIREFOX,
        };
        cell.get_or_try_init(|| Self::launch(kind)).await
    }

    /// Which browser it is.
    pub fn kind(&self) -> BrowserKind {
        self.kind
    }

    /// Its `navigator.userAgent`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The folder with everything that the process writes: profile, home, temporary files, log.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Opens a page.
    ///
    /// # Errors
    /// [`Error::Gone`], [`Error::Timeout`].
    pub async fn page(&self) -> Result<Page, Error> {
        Page::open(&self.link, self.kind).await
    }

    fn start(launch: &Launch, executable: &Path) -> io::Result<(Self, Answer)> {
        let kind = launch.kind;
        let folder = tempfile::Builder::new().prefix("interop-").tempdir()?;
        let [profile, home, temporary] =
            ["profile", "home", "tmp"].map(|name| folder.path().join(name));
        [&profile, &home, &temporary].into_iter().try_for_each(fs::create_dir)?;
        launch.prepare(&profile)?;
        let log = File::create(folder.path().join(LOG))?;

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}/", listener.local_addr()?);
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (link, ready) = Link::new();
        let link = Arc::new(link);

        let mut child = Command::new(executable)
            .args(launch.command_line(&profile, &url))
            // A home of its own: nothing is read from the user's, nothing is left there, and Firefox
            // runs as root only in a home that is root's.
            .envs([("HOME", &home), ("TMPDIR", &temporary)])
            .envs(["CONFIG", "CACHE", "DATA"].map(|name| (format!("XDG_{name}_HOME"), &home)))
            .env("MOZ_CRASHREPORTER_DISABLE", "1")
            .envs(launch.environment.iter().map(|(name, value)| (name, value)))
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let guardian = match Guardian::of_processes(child.id(), folder.path()) {
            Ok(guardian) => guardian,
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        // The guardian removes it.
        let folder = folder.keep();

        let mut browser =
            Self { kind, version: String::new(), folder, link, guardian, server: None };
        let link = Arc::clone(&browser.link);
        let folder = browser.folder.clone();
        let server = thread::Builder::new().name(kind.to_string()).spawn(move || {
            let why = runtime.block_on(async {
                let end = tokio::task::spawn_blocking(move || child.wait());
                tokio::select! {
                    failed = server::serve(listener, Arc::clone(&link)) => format!("its server: {failed:?}"),
                    Ok(Ok(status)) = end => format!("{status}\nits log ends with:\n{}", tail(&folder)),
                }
            });
            link.end(why);
        })?;
        browser.server = Some(server);
        Ok((browser, ready))
    }
}

impl Page {
    /// A fresh page in the [shared](Browser::shared) browser of this kind; `None` if that is not
    /// installed and need not be, see [`require`].
    ///
    /// # Errors
    /// As [`require`], [`Browser::launch`] and [`Browser::page`].
    pub async fn require(kind: BrowserKind) -> Result<Option<Self>, Error> {
        match require(kind)? {
            true => Browser::shared(kind).await?.page().await.map(Some),
            false => Ok(None),
        }
    }
}

/// Whether a test that needs this browser can run. If the browser is not installed, says on standard
/// error that the test is skipped, past the capture of the test runner.
///
/// # Errors
/// [`Error::NotInstalled`] where the environment variable `CI` is set: there nothing may be skipped.
pub fn require(kind: BrowserKind) -> Result<bool, Error> {
    if kind.find().is_some() {
        return Ok(true);
    }
    let missing = Error::NotInstalled(kind);
    if env::var_os("CI").is_some() {
        return Err(missing);
    }
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    let _ = writeln!(io::stderr(), "INTEROP SKIPPED: {test}: {missing}");
    Ok(false)
}

/// The end of the process's output.
fn tail(folder: &Path) -> String {
    let log = fs::read(folder.join(LOG)).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.guardian.strike();
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

static CHROMIUM: OnceCell<Browser> = OnceCell::const_new();
static FIREFOX: OnceCell<Browser> = OnceCell::const_new();

const LOG: &str = "browser.log";
const LOG_LINES: usize = 20;
