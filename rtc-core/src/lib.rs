//! What every machine of the workspace shares: time, paths, outgoing datagrams, replay windows.
//!
//! The ground floor. Its law: no error type, no codec, no cryptography, no randomness, and
//! nothing that one RFC alone names.
#![no_std]

#[cfg(test)]
extern crate std;

mod path;
mod replay;
mod time;

pub use path::{Ecn, FiveTuple, Protocol, Transmit};
pub use replay::ReplayWindow;
pub use time::Instant;
