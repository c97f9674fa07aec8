//! RTP and RTCP packets, payload formats, and the armour on them.
//!
//! This crate never mentions time and opens nothing: bytes go in, values come out, and the other
//! way round. [`rtp`] reads and writes RTP packets (RFC 3550) and their header extensions
//! (RFC 8285); [`rtcp`] reads and writes RTCP packets;
//! [`srtp`] protects both (RFC 3711, RFC 7714, RFC 9335). [`payload`] takes
//! frames apart into payloads and puts them together again.
//!
//! # Features
//!
//! - `aws-lc-rs`: AES-GCM by AWS-LC instead of RustCrypto, about twice as fast. It changes nothing
//!   but speed, and with it the crate needs std at run time and a C compiler to build.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod crypto;
mod error;
pub mod payload;
pub mod rtcp;
pub mod rtp;
pub mod srtp;
mod ssrc;
mod wire;

pub use error::{DecodeError, KeyError, PayloadError, ProtectError, UnprotectError};
pub use ssrc::Ssrc;
