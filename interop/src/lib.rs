//! Tests against real browsers, servers and other stacks.
//!
//! The library is the part that drives real browsers, a [`Coturn`] server, and a [`Lab`] of network
//! namespaces.
//!
//! Of the browsers it needs nothing but the browser: no WebDriver, no debugging protocol. Each [`Browser`] is a process with a fresh profile that shows
//! one document of a small HTTP server inside the test process; the document asks the server for
//! scripts and posts back what they return. A [`Page`] is an iframe of that document: a `window` of
//! its own, cheap to open, and closed with everything in it when it is dropped. So one browser serves
//! all tests of a file, side by side.
//!
//! ```no_run
//! use interop::{BrowserKind, Page};
//! use serde_json::{Value, json};
//!
//! # async fn test() -> anyhow::Result<()> {
//! // One shared browser of each kind per test process, one fresh page per test.
//! let Some(page) = Page::require(BrowserKind::Firefox).await? else { return Ok(()) };
//!
//! // Arguments are named; what must outlive the script hangs on `window`.
//! let offer: Value = page
//!     .run(
//!         "window.pc = new RTCPeerConnection({ iceServers });
//!          pc.createDataChannel(label);
//!          pc.onicecandidate = ({ candidate }) => host('candidate', candidate);
//!          await pc.setLocalDescription();
//!          return pc.localDescription;",
//!         json!({ "iceServers": [], "label": "chat" }),
//!     )
//!     .await?;
//! # Ok(()) }
//! ```
//!
//! `await host(name, value)` in a script asks the test: [`Page::listen`] is the queue of such calls,
//! [`Page::serve`] answers them with a closure. Subscribe before the script that calls.
//!
//! Laws: a script that does not end in time is an error (a queue of calls is waited for under the
//! test's own timeout); a script that fails shows what its page wrote to the console, and so does a
//! test that panics; no process and no profile outlives the test process, however that dies; nothing
//! leaves the machine.

#![allow(clippy::std_instead_of_alloc, reason = "this crate does I/O and lives in std")]

mod browser;
mod coturn;
mod error;
mod guardian;
mod kind;
mod lab;
mod launch;
mod link;
mod page;
mod router;
mod server;

pub use crate::{
    browser::{Browser, require},
    coturn::{Coturn, required},
    error::{Console, ConsoleLine, Error, ScriptError},
    kind::BrowserKind,
    lab::{Lab, Namespace},
    launch::Launch,
    page::{Call, Calls, Page, Serving},
    router::Router,
};
