//! Nobody who lacks the keys can change anything, whatever they send and whenever they send it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;

mod attacker;
mod garbage;
mod records;
mod replays;
mod stun;
