//! The tests that all runtimes share, on smol.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use rtc_smol as rtc;

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
