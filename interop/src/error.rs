//! What can go wrong with a browser, told so that the test's output explains it.

use core::{fmt, time::Duration};
use std::io;

use serde::Deserialize;

use crate::kind::BrowserKind;

/// Why a browser did not do what a test asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No executable of that kind was found.
    #[error("{0} is not installed (nor named by {var})", var = .0.variable())]
    NotInstalled(BrowserKind),
    /// A program that a test needs is not installed, or something that it needs is not permitted.
    #[error("missing: {0}")]
    Missing(String),
    /// A server could not be started.
    #[error("a server could not be started")]
    Server(#[source] io::Error),
    /// A network namespace could not be made or changed.
    #[error("no network namespace: {0}")]
    Lab(#[source] io::Error),
    /// The process, its profile or the server it should talk to could not be made.
    #[error("{0} could not be started")]
    Start(BrowserKind, #[source] io::Error),
    /// The process runs, but never asked for its first script.
    #[error("{kind} did not show its page within {within:?}\nits log ends with:\n{log}")]
    Silent {
        /// Which browser.
        kind: BrowserKind,
        /// How long the harness waited.
        within: Duration,
        /// The last lines of the process's output.
        log: String,
    },
    /// The process is gone: it crashed, or its [`Browser`](crate::Browser) was dropped.
    #[error("{kind} is gone: {why}")]
    Gone {
        /// Which browser.
        kind: BrowserKind,
        /// Its exit status and the last lines of its output.
        why: String,
    },
    /// The script threw, or its promise was rejected.
    #[error("in {kind}: {thrown}{console}")]
    Script {
        /// Which browser.
        kind: BrowserKind,
        /// What was thrown.
        thrown: ScriptError,
        /// What the page had written until then.
        console: Console,
    },
    /// The script did not end in time. It still runs, and its result will be ignored.
    #[error("in {kind}: no result within {after:?}{console}")]
    Timeout {
        /// Which browser.
        kind: BrowserKind,
        /// How long the script was waited for.
        after: Duration,
        /// What the page had written until then.
        console: Console,
    },
    /// The arguments are not JSON, or neither an object (whose keys name them) nor null.
    #[error("the arguments of a script must be a JSON object or null")]
    Arguments,
    /// A value that came from the page is not of the type that the test expects.
    #[error("in {kind}: unexpected value {value}")]
    Value {
        /// Which browser.
        kind: BrowserKind,
        /// The value, as JSON.
        value: String,
        /// How it differs from the type.
        #[source]
        source: serde_json::Error,
    },
}

/// What a script threw.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ScriptError {
    /// `TypeError`, `OperationError`, ..; for what is no error object, `not an Error`.
    pub name: String,
    /// The error's message, or the thrown value as JSON.
    pub message: String,
    /// The stack in the browser's own format; the script is called `script-N.js`.
    pub stack: String,
}

/// One line that a page wrote to its console, or an error that nobody caught.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsoleLine {
    /// The method of `console` (`error`, `warn`, `info`, `log`, `debug`), or `uncaught` for an
    /// exception outside of the scripts, or `unhandled` for a rejected promise without a handler.
    pub level: String,
    /// The values, joined by spaces; errors with their stack.
    pub text: String,
}

/// What a page wrote to its console, oldest line first. Prints as an indented list, or as nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Console(pub Vec<ConsoleLine>);

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headline = format!("{}: {}", self.name, self.message);
        // Chromium's stack begins with the headline, Firefox's has only the frames.
        let frames = self.stack.strip_prefix(&headline).unwrap_or(&self.stack);
        f.write_str(&headline)?;
        write_indented(f, frames)
    }
}

impl fmt::Display for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        f.write_str("\n  console of the page:")?;
        self.0
            .iter()
            .try_for_each(|line| write_indented(f, &format!("{}: {}", line.level, line.text)))
    }
}

fn write_indented(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .try_for_each(|line| write!(f, "\n    {}", line.trim()))
}
