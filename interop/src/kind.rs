//! The browsers that can be driven, and where they are installed.

use core::fmt;
use std::{env, path::PathBuf};

/// A browser that the harness knows how to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BrowserKind {
    /// Chromium, or Chrome: libwebrtc, BoringSSL, dcSCTP.
    Chromium,
    /// Firefox, or Firefox ESR: nICEr, NSS, dcSCTP, libwebrtc's media.
    Firefox,
}

impl BrowserKind {
    /// Every kind, for tests that hold for all of them.
    pub const ALL: [Self; 2] = [Self::Chromium, Self::Firefox];

    /// The environment variable that names the executable and overrules the search along `PATH`:
    /// `INTEROP_CHROMIUM`, `INTEROP_FIREFOX`.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Chromium => "INTEROP_CHROMIUM",
            Self::Firefox => "INTEROP_FIREFOX",
        }
    }

    /// The names under which distributions install it, the preferred one first.
    pub fn executables(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium", "chromium-browser", "google-chrome-stable"],
            Self::Firefox => &["firefox-esr", "firefox"],
        }
    }

    /// Where it is installed, if it is.
    pub fn find(self) -> Option<PathBuf> {
        if let Some(path) = env::var_os(self.variable()) {
            return Some(path.into()).filter(|path: &PathBuf| path.is_file());
        }
        let path = env::var_os("PATH")?;
        self.executables()
            .iter()
            .flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)))
            .find(|candidate| candidate.is_file())
    }
}

impl fmt::Display for BrowserKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
        })
    }
}
