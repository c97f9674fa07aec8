//! SRTP and SRTCP: the armour on RTP and RTCP (RFC 3711, RFC 6188, RFC 7714, RFC 9335).
//!
//! A [`SrtpSender`] protects what is sent under one master key, a [`SrtpReceiver`] verifies and
//! opens what is received under another: two types, since to use one key in both directions would
//! be the end of its secrecy. Both work in place and allocate nothing per packet; the receiver
//! keeps nothing of a packet that is not authentic.

mod config;
mod contexts;
mod cryptex;
mod indices;
mod key_derivation;
mod master_key;
mod profile;
mod receiver;
mod sender;
mod session;
mod streams;
#[cfg(test)]
mod tests;

pub use config::{Config, CryptexPolicy};
pub use master_key::MasterKey;
pub use profile::ProtectionProfile;
pub use receiver::SrtpReceiver;
pub use sender::SrtpSender;
