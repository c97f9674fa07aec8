//! The tests that all runtimes share, on tokio, and those of tokio alone.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use rtc_tokio as rtc;

#[path = "../../../tests/common/mod.rs"]
mod common;
#[cfg(feature = "tls")]
#[path = "../../../tests/ice_servers.rs"]
mod ice_servers;
#[path = "../../../tests/loopback.rs"]
mod loopback;
#[path = "../../../tests/network.rs"]
mod network;
mod seam;
#[path = "../../../tests/server.rs"]
mod server;
mod tasks;
