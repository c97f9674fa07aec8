//! A connection from its first event to its end, under drivers of every kind.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;

mod closing;
mod drivers;
mod networks;
mod sameness;
mod scene;
mod states;
