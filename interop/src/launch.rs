//! How each browser is started: its command line and its preferences.

use core::{fmt::Write as _, time::Duration};
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::kind::BrowserKind;

/// What a browser is started with, beyond what the harness always gives it.
///
/// ```
/// use interop::{BrowserKind, Launch};
///
/// // A Firefox that speaks DTLS 1.2 at most.
/// let old = Launch::new(BrowserKind::Firefox).preference("media.peerconnection.dtls.version.max", 771);
/// // A Chromium without X25519MLKEM768: its ClientHello fits into one datagram.
/// let small = Launch::new(BrowserKind::Chromium).disable_feature("WebRtcPqcForDtls");
/// ```
#[derive(Debug, Clone)]
pub struct Launch {
    pub(crate) kind: BrowserKind,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) ready_within: Duration,
    arguments: Vec<String>,
    preferences: Vec<(String, Value)>,
    trials: Vec<String>,
    disabled_features: Vec<String>,
    pub(crate) authority: Option<PathBuf>,
    hides_addresses: bool,
}

impl Launch {
    /// A browser with loopback candidates in the open (no mDNS names), fake camera and microphone
    /// without questions, and no traffic of its own that leaves the machine.
    pub fn new(kind: BrowserKind) -> Self {
        Self {
            kind,
            environment: Vec::new(),
            ready_within: READY_WITHIN,
            arguments: Vec::new(),
            preferences: Vec::new(),
            trials: Vec::new(),
            disabled_features: vec![HIDING.into()],
            authority: None,
            hides_addresses: false,
        }
    }

    /// Adds an argument to the command line. In Chromium the last of several equal switches holds,
    /// so this can also replace one of the harness's own.
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets a preference of Firefox (`about:config`); Chromium has none and takes no notice.
    pub fn preference(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.preferences.push((name.into(), value.into()));
        self
    }

    /// Switches one of Chromium's field trials, `WebRTC-Sctp-Snap/Enabled`; Firefox has none and
    /// takes no notice.
    pub fn field_trial(mut self, trial: impl Into<String>) -> Self {
        self.trials.push(trial.into());
        self
    }

    /// Switches one of Chromium's features off; Firefox takes no notice.
    pub fn disable_feature(mut self, feature: impl Into<String>) -> Self {
        self.disabled_features.push(feature.into());
        self
    }

    /// Has it show names in place of its addresses, as browsers do to pages without a camera. What
    /// shows addresses is left out: loopback candidates with it, and in Chromium the permission of
    /// camera and microphone.
    pub fn hide_addresses(mut self) -> Self {
        self.hides_addresses = true;
        self.disabled_features.retain(|feature| feature != HIDING);
        self
    }

    /// Has it accept the certificates of servers by this authority, the certificate of which is in
    /// PEM. Chromium then accepts any; Firefox has it installed with `certutil` (of NSS).
    pub fn trust(mut self, authority: impl Into<PathBuf>) -> Self {
        self.authority = Some(authority.into());
        match self.kind {
            BrowserKind::Chromium => self.argument("--ignore-certificate-errors"),
            BrowserKind::Firefox => self,
        }
    }

    /// Sets an environment variable, for example Firefox's `SSLKEYLOGFILE`, which works for DTLS.
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// How long the browser may take from its start until its page asks for the first script:
    /// 60 s unless told otherwise, for machines that are busy with a build.
    pub fn ready_within(mut self, time: Duration) -> Self {
        self.ready_within = time;
        self
    }

    /// The command line, for a profile in `profile` and the page at `url`.
    pub(crate) fn command_line(&self, profile: &Path, url: &str) -> Vec<String> {
        let profile = profile.display();
        let mut line: Vec<String> = match self.kind {
            BrowserKind::Chromium => {
                let shows = |switch: &&&str| self.hides_addresses && SHOWING.contains(*switch);
                let switches = CHROMIUM.iter().filter(|switch| !shows(switch));
                let mut line: Vec<_> = switches.map(ToString::to_string).collect();
                line.push(format!("--user-data-dir={profile}"));
                line.push(format!("--disable-features={}", self.disabled_features.join(",")));
                if !self.trials.is_empty() {
                    let trials = self.trials.iter().map(|trial| trial.trim_matches('/'));
                    let trials: String = trials.flat_map(|trial| [trial, "/"]).collect();
                    line.push(format!("--force-fieldtrials={trials}"));
                }
                line
            }
            BrowserKind::Firefox => {
                vec![
                    "--headless".into(),
                    "--no-remote".into(),
                    "--profile".into(),
                    profile.to_string(),
                ]
            }
        };
        line.extend_from_slice(&self.arguments);
        line.push(url.into());
        line
    }

    /// Writes everything into the new profile that has to be there before the start.
    pub(crate) fn prepare(&self, profile: &Path) -> io::Result<()> {
        if let Some(text) = self.user_js() {
            fs::write(profile.join("user.js"), text)?;
        }
        let (BrowserKind::Firefox, Some(authority)) = (self.kind, &self.authority) else {
            return Ok(());
        };
        let database = format!("sql:{}", profile.display());
        let run = |words: &[&str]| {
            let output = Command::new("certutil").args(words).args(["-d", &database]).output()?;
            match output.status.success() {
                true => Ok(()),
                false => {
                    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
                }
            }
        };
        let authority = authority.display().to_string();
        run(&["-N", "--empty-password"])?;
        run(&["-A", "-n", "authority", "-t", "C,,", "-i", &authority])
    }

    /// What to write into the new profile's `user.js`; Chromium reads no such file.
    pub(crate) fn user_js(&self) -> Option<String> {
        let BrowserKind::Firefox = self.kind else { return None };
        let added = self.preferences.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let mut text = String::new();
        let shows = |name: &str| self.hides_addresses && SHOWING.contains(&name);
        let given = firefox_preferences().into_iter().filter(|(name, _)| !shows(name));
        for (name, value) in given.chain(added) {
            let _ = writeln!(text, "user_pref({}, {value});", Value::from(name));
        }
        Some(text)
    }
}

/// The longest start that is still taken for one, unless told otherwise.
const READY_WITHIN: Duration = Duration::from_secs(60);

const CHROMIUM: [&str; 18] = [
    "--headless=new",
    // Chromium's sandbox refuses to run as root. The only content is the tests' own.
    "--no-sandbox",
    "--disable-gpu",
    // Nothing leaves the machine: no updates, no reports, no names, no proxy.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-domain-reliability",
    "--no-pings",
    "--no-default-browser-check",
    "--no-proxy-server",
    // The rules also hit the addresses of TURN servers over TCP and TLS, hence the last two: the
    // documentation and private networks of emulated topologies; and the names of hidden
    // candidates, which are asked for on the local network only.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE 203.0.113.*, EXCLUDE 10.*, EXCLUDE *.local",
    // Camera and microphone: synthetic, permitted, and played without a gesture.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    // Without it there are no candidates for 127.0.0.1.
    "--allow-loopback-in-peer-connection",
    // Profiles are thrown away: no key store, no question for its password.
    "--password-store=basic",
];

/// Chromium's feature that shows names in place of addresses.
const HIDING: &str = "WebRtcHideLocalIpsWithMdns";

/// Switches and preferences with which a browser shows its addresses.
const SHOWING: [&str; 4] = [
    "--use-fake-ui-for-media-stream",
    "media.peerconnection.ice.obfuscate_host_addresses",
    "permissions.default.camera",
    "permissions.default.microphone",
];

fn firefox_preferences() -> Vec<(&'static str, Value)> {
    vec![
        ("media.peerconnection.ice.loopback", json!(true)),
        ("media.peerconnection.ice.obfuscate_host_addresses", json!(false)),
        ("media.navigator.streams.fake", json!(true)),
        ("media.navigator.permission.disabled", json!(true)),
        ("media.autoplay.default", json!(0)),
        // Without these two `ice.loopback` has no effect: only the addresses of the default route
        // are gathered.
        ("permissions.default.camera", json!(1)),
        ("permissions.default.microphone", json!(1)),
        // Nothing leaves the machine: every name is the machine itself, and no proxy is asked.
        ("network.dns.forceResolve", json!("127.0.0.1")),
        ("network.proxy.type", json!(0)),
        // One window, one tab: no welcome page, no notice of privacy.
        ("browser.shell.checkDefaultBrowser", json!(false)),
        ("browser.aboutwelcome.enabled", json!(false)),
        ("browser.startup.homepage_override.mstone", json!("ignore")),
        ("datareporting.policy.dataSubmissionEnabled", json!(false)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_test_adds_comes_after_what_the_harness_gives() {
        let launch = Launch::new(BrowserKind::Chromium)
            .argument("--mute-audio")
            .field_trial("A/Enabled/")
            .field_trial("B/Disabled")
            .disable_feature("C");
        let line = launch.command_line(Path::new("/p"), "http://here/");
        assert!(line.contains(&"--user-data-dir=/p".into()));
        assert!(line.contains(&"--force-fieldtrials=A/Enabled/B/Disabled/".into()));
        assert!(line.contains(&"--disable-features=WebRtcHideLocalIpsWithMdns,C".into()));
        assert_eq!(line[line.len() - 2..], ["--mute-audio", "http://here/"]);
        assert_eq!(launch.user_js(), None);
    }

    #[test]
    fn preferences_are_javascript_literals() {
        let text = Launch::new(BrowserKind::Firefox).preference("a.b", "c\"d").user_js().unwrap();
        assert!(text.contains("user_pref(\"media.peerconnection.ice.loopback\", true);\n"));
        assert!(text.ends_with("user_pref(\"a.b\", \"c\\\"d\");\n"));
    }
}
