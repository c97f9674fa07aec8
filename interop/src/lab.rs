//! Networks of real kernels: namespaces joined by virtual cables, with nftables between them.

use std::{
    fs::File,
    io::{self, Write as _},
    os::fd::AsFd as _,
    process::{self, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::{self, JoinHandle},
};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::{
    coturn::{required, skip},
    error::Error,
    guardian::Guardian,
};

/// Some network namespaces, none of which has a way out of the machine.
///
/// All of them are removed when this is dropped, or when the test process ends in whatever way.
pub struct Lab {
    prefix: String,
    _guardian: Guardian,
}

/// A network namespace: a machine, as far as networks are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace(String);

impl Lab {
    /// A laboratory; `None` if the system does not permit network namespaces, or lacks `ip` or `nft`,
    /// and need not have them.
    ///
    /// # Errors
    /// [`Error::Missing`] where the environment variable `CI` is set: there nothing may be skipped.
    pub fn require() -> Result<Option<Self>, Error> {
        if !(required("ip")? && required("nft")?) {
            return Ok(None);
        }
        static LABS: AtomicU32 = AtomicU32::new(0);
        let number = LABS.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("rtc-{}-{number}-", process::id());
        let guardian = Guardian::of_namespaces(&prefix).map_err(Error::Lab)?;
        let lab = Self { prefix, _guardian: guardian };
        match lab.namespace("probe") {
            Ok(_) => Ok(Some(lab)),
            Err(error) => skip(&error).map(|()| None),
        }
    }

    /// A new namespace, with a loopback interface that is up.
    ///
    /// # Errors
    /// [`Error::Lab`].
    pub fn namespace(&self, name: &str) -> Result<Namespace, Error> {
        let namespace = Namespace(format!("{}{name}", self.prefix));
        run("ip", &["netns", "add", &namespace.0], "").map_err(Error::Lab)?;
        // New addresses are usable at once. Otherwise those of IPv6 come a second or two after the
        // cable, in the midst of a test, and Chromium gives up what it is about to resolve when the
        // addresses of its machine change.
        namespace.sysctl("net.ipv6.conf.default.accept_dad", "0")?;
        namespace.ip("link set lo up")?;
        Ok(namespace)
    }

    /// A cable between two namespaces: the names and the addresses (with the length of the prefix) of
    /// its ends.
    ///
    /// # Errors
    /// [`Error::Lab`].
    pub fn cable(
        &self,
        one: (&Namespace, &str, &str),
        other: (&Namespace, &str, &str),
    ) -> Result<(), Error> {
        let (near, far) = (&one.0.0, &other.0.0);
        let words = [
            "link", "add", one.1, "netns", near, "type", "veth", "peer", "name", other.1, "netns",
            far,
        ];
        run("ip", &words, "").map_err(Error::Lab)?;
        for (namespace, interface, address) in [one, other] {
            if !address.is_empty() {
                namespace.ip(&format!("address add {address} dev {interface}"))?;
            }
            namespace.ip(&format!("link set {interface} up"))?;
        }
        Ok(())
    }

    /// Which of these interfaces has sent the most bytes.
    ///
    /// # Errors
    /// [`Error::Lab`].
    pub fn busiest(&self, namespace: &Namespace, interfaces: &[&str]) -> Result<String, Error> {
        let name = namespace.0.as_str();
        let sent = |interface: &&str| {
            let path = format!("/sys/class/net/{interface}/statistics/tx_bytes");
            let output = Command::new("ip").args(["netns", "exec", name, "cat", &path]).output()?;
            let text = String::from_utf8_lossy(&output.stdout);
            let bytes: u64 = text.trim().parse().map_err(io::Error::other)?;
            Ok((bytes, interface.to_string()))
        };
        let counts = interfaces.iter().map(sent).collect::<io::Result<Vec<_>>>();
        let busiest = counts.map_err(Error::Lab)?.into_iter().max();
        busiest.map(|(_, name)| name).ok_or_else(|| Error::Lab(io::Error::other("no interface")))
    }
}

impl Namespace {
    /// Runs `ip` in it, with words that have no spaces.
    ///
    /// # Errors
    /// [`Error::Lab`], with what the program said.
    pub fn ip(&self, words: &str) -> Result<(), Error> {
        let mut all = vec!["-n", &self.0];
        all.extend(words.split_whitespace());
        run("ip", &all, "").map_err(Error::Lab)
    }

    /// Puts packet filter rules into force, in the language of `nft`.
    ///
    /// # Errors
    /// [`Error::Lab`], with what the program said.
    pub fn nft(&self, rules: &str) -> Result<(), Error> {
        run("ip", &["netns", "exec", &self.0, "nft", "--file", "-"], rules).map_err(Error::Lab)
    }

    /// Sets a parameter of its kernel, as `net.ipv4.ip_forward`.
    ///
    /// # Errors
    /// [`Error::Lab`].
    pub fn sysctl(&self, name: &str, value: &str) -> Result<(), Error> {
        let path = format!("/proc/sys/{}", name.replace('.', "/"));
        let script = "printf %s \"$1\" >\"$2\"";
        let words = ["netns", "exec", &self.0, "sh", "-c", script, "sh", value, &path];
        run("ip", &words, "").map_err(Error::Lab)
    }

    /// Runs something on a thread that is in this namespace, and so are all sockets that it opens, all
    /// threads that it starts, and all processes.
    ///
    /// # Errors
    /// [`Error::Lab`]: there is no thread, or, told by the thread, no way into the namespace.
    pub fn spawn<T: Send + 'static>(
        &self,
        body: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<Result<T, Error>>, Error> {
        let file = File::open(format!("/run/netns/{}", self.0)).map_err(Error::Lab)?;
        let enter = move || {
            let kind = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(file.as_fd(), kind).map_err(|error| Error::Lab(error.into()))
        };
        let name = self.0.clone();
        thread::Builder::new()
            .name(name)
            .spawn(move || enter().map(|()| body()))
            .map_err(Error::Lab)
    }
}

fn run(program: &str, words: &[&str], input: &str) -> io::Result<()> {
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{program} {}: {}", words.join(" "), said.trim())))
}
