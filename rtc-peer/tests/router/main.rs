//! Many peers on one socket.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod idle;
mod limits;
mod model;
mod removal;
mod routing;
mod stealing;
mod streams;
mod unknown;
mod world;
