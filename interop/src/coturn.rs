//! A coturn server process: its start, its log, its end.

use core::{net::IpAddr, net::SocketAddr, time::Duration};
use std::{
    env,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    net::{TcpListener, TcpStream, UdpSocket},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use tempfile::TempDir;

use crate::error::Error;
use crate::guardian::Guardian;

/// A running coturn, on ports of its own.
///
/// It knows one user, [`USER`](Self::USER) with [`PASSWORD`](Self::PASSWORD), speaks TURN over UDP
/// and TCP on one port and over TLS on another, and lets peers be on the loopback interface. When it
/// is dropped, or when the test process ends in whatever way, the process is killed.
pub struct Coturn {
    ip: IpAddr,
    port: u16,
    tls_port: u16,
    options: Vec<String>,
    folder: TempDir,
    running: Option<Running>,
}

struct Running {
    child: Child,
    /// After the child, which it would kill.
    _guardian: Guardian,
}

impl Coturn {
    /// The one user.
    pub const USER: &str = "user";
    /// The user's password.
    pub const PASSWORD: &str = "secret";

    /// Starts one on 127.0.0.1 with further options, as `--stale-nonce=10`; `None` if it is not
    /// installed and need not be.
    ///
    /// # Errors
    /// [`Error::Missing`] where the environment variable `CI` is set: there nothing may be skipped.
    /// [`Error::Server`] if it does not start.
    pub fn require(options: &[&str]) -> Result<Option<Self>, Error> {
        match required("turnserver")? {
            true => Self::start_at(IpAddr::from([127, 0, 0, 1]), options).map(Some),
            false => Ok(None),
        }
    }

    /// Starts one on an address of the network namespace that the calling thread is in.
    ///
    /// # Errors
    /// [`Error::Server`].
    pub fn start_at(ip: IpAddr, options: &[&str]) -> Result<Self, Error> {
        let mut server = Self::new(ip, options).map_err(Error::Server)?;
        server.start()?;
        Ok(server)
    }

    fn new(ip: IpAddr, options: &[&str]) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("interop-").tempdir()?;
        make_certificates(folder.path())?;
        let (port, tls_port) = (free_port(ip)?, free_port(ip)?);
        let options = options.iter().map(ToString::to_string).collect();
        Ok(Self { ip, port, tls_port, options, folder, running: None })
    }

    /// Starts it again on the same ports after [`kill`](Self::kill).
    ///
    /// # Errors
    /// [`Error::Server`].
    pub fn start(&mut self) -> Result<(), Error> {
        self.kill();
        self.launch().map_err(Error::Server)
    }

    fn launch(&mut self) -> io::Result<()> {
        let path = self.folder.path();
        let log = OpenOptions::new().create(true).append(true).open(path.join(LOG))?;
        // A folder for each life: the guardian of one removes it.
        let home = tempfile::Builder::new().prefix("interop-").tempdir()?;
        let child = Command::new("turnserver")
            .args(["-n", "--no-cli", "--verbose", "--log-file=stdout", "--simple-log"])
            .args([
                "--lt-cred-mech",
                "--realm=example.org",
                "--allow-loopback-peers",
                "--fingerprint",
            ])
            .arg(format!("--user={}:{}", Self::USER, Self::PASSWORD))
            .arg(format!("--userdb={}", home.path().join("users.sqlite").display()))
            .arg(format!("--pidfile={}", home.path().join("pid").display()))
            .args([format!("--listening-ip={}", self.ip), format!("--relay-ip={}", self.ip)])
            .arg(format!("--listening-port={}", self.port))
            .arg(format!("--tls-listening-port={}", self.tls_port))
            .arg(format!("--cert={}", path.join("certificate.pem").display()))
            .arg(format!("--pkey={}", path.join("key.pem").display()))
            .args(["--no-rfc5780", "--no-multicast-peers"])
            .args(&self.options)
            .env("HOME", home.path().join("home"))
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let guardian = Guardian::of_processes(child.id(), &home.keep())?;
        self.running = Some(Running { child, _guardian: guardian });
        self.wait()
    }

    /// Until it takes connections on both ports.
    fn wait(&mut self) -> io::Result<()> {
        for _ in 0..READY_ROUNDS {
            let is_ready = |port| TcpStream::connect(SocketAddr::new(self.ip, port)).is_ok();
            if is_ready(self.port) && is_ready(self.tls_port) {
                return Ok(());
            }
            let running = self.running.as_mut();
            if let Some(status) = running.and_then(|running| running.child.try_wait().transpose()) {
                let why = format!("coturn ended with {}\n{}", status?, self.log());
                return Err(io::Error::other(why));
            }
            thread::sleep(ROUND);
        }
        Err(io::Error::other(format!("coturn is not ready\n{}", self.log())))
    }

    /// Kills it: nothing is said to anybody.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
    }

    /// `stun:`, over UDP.
    pub fn stun(&self) -> String {
        format!("stun:{}:{}", self.ip, self.port)
    }

    /// `turn:`, over UDP.
    pub fn turn_udp(&self) -> String {
        format!("turn:{}:{}?transport=udp", self.ip, self.port)
    }

    /// `turn:`, over TCP.
    pub fn turn_tcp(&self) -> String {
        format!("turn:{}:{}?transport=tcp", self.ip, self.port)
    }

    /// `turns:`, over TLS; its certificate is for `localhost`, which Firefox wants a name for.
    pub fn turns(&self) -> String {
        format!("turns:localhost:{}?transport=tcp", self.tls_port)
    }

    /// The certificate, in PEM, of the authority that those who use [`turns`](Self::turns) have to
    /// trust.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The same in DER.
    ///
    /// # Errors
    /// [`Error::Server`].
    pub fn authority_der(&self) -> Result<Vec<u8>, Error> {
        fs::read(self.folder.path().join("ca.der")).map_err(Error::Server)
    }

    /// Its address.
    pub fn ip(&self) -> IpAddr {
        self.ip
    }

    /// Everything that it has written since it was first started.
    pub fn log(&self) -> String {
        let log = fs::read(self.folder.path().join(LOG)).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// How often something is in its log.
    pub fn logged(&self, what: &str) -> usize {
        self.log().matches(what).count()
    }
}

/// Whether a test that needs this program can run. If it is not installed, says on standard error
/// that the test is skipped, past the capture of the test runner.
///
/// # Errors
/// [`Error::Missing`] where the environment variable `CI` is set: there nothing may be skipped.
pub fn required(program: &str) -> Result<bool, Error> {
    let folders = env::var_os("PATH").unwrap_or_default();
    if env::split_paths(&folders).any(|folder| folder.join(program).is_file()) {
        return Ok(true);
    }
    skip(&Error::Missing(program.into())).map(|()| false)
}

/// Says that the running test is skipped and why; fails where nothing may be skipped.
pub(crate) fn skip(why: &Error) -> Result<(), Error> {
    if env::var_os("CI").is_some() {
        return Err(Error::Missing(why.to_string()));
    }
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    let _ = writeln!(io::stderr(), "INTEROP SKIPPED: {test}: {why}");
    Ok(())
}

/// A port that is free for UDP and TCP.
fn free_port(ip: IpAddr) -> io::Result<u16> {
    for _ in 0..100 {
        let listener = TcpListener::bind((ip, 0))?;
        let address = listener.local_addr()?;
        if UdpSocket::bind(address).is_ok() {
            return Ok(address.port());
        }
    }
    Err(io::Error::other("no port is free"))
}

/// An authority of its own, and a certificate for `localhost` by it.
fn make_certificates(folder: &Path) -> io::Result<()> {
    fs::write(folder.join("openssl.cnf"), OPENSSL)?;
    let authority = "req -x509 -subj /CN=interop -extensions authority -keyout ca.key -out ca.pem";
    let server = "req -x509 -subj /CN=localhost -extensions server -CA ca.pem -CAkey ca.key \
                  -keyout key.pem -out certificate.pem";
    let der = "x509 -in ca.pem -outform der -out ca.der";
    let common = "-config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2";
    for (command, common) in [(authority, common), (server, common), (der, "")] {
        let words = command.split_whitespace().chain(common.split_whitespace());
        let output = Command::new("openssl").args(words).current_dir(folder).output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
    }
    Ok(())
}

impl Drop for Coturn {
    fn drop(&mut self) {
        self.kill();
    }
}

const LOG: &str = "coturn.log";
const OPENSSL: &str = "\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:localhost, IP:127.0.0.1
extendedKeyUsage = serverAuth
";
const READY_ROUNDS: usize = 600;
const ROUND: Duration = Duration::from_millis(25);
