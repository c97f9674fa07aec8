//! RTP and RTCP packets, header extensions and payload formats.
//!
//! This crate never mentions time and opens nothing: bytes go in, values come out, and the other
//! way round. [`rtp`] reads and writes RTP packets (RFC 3550) and their header extensions
//! (RFC 8285); [`rtcp`] reads and writes RTCP packets.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod error;
pub mod rtcp;
pub mod rtp;
mod ssrc;
mod wire;

pub use error::DecodeError;
pub use ssrc::Ssrc;
