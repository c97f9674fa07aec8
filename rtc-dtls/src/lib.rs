//! Sans-IO DTLS for WebRTC: records, handshake, certificates, exporter.
//!
//! DTLS 1.2 (RFC 6347) as WebRTC profiles it (RFC 8827 §6.5): both sides present a self-signed
//! certificate that the other knows by its fingerprint, keys are agreed on by ephemeral
//! Diffie-Hellman and bound to the handshake by the extended master secret (RFC 7627), records
//! are protected by authenticated encryption only, nothing is renegotiated or resumed, and
//! `use_srtp` (RFC 5764) agrees on what SRTP does with the exported keys.
//!
//! Everything begins with a [`Certificate`], a [`Config`] and a [`Connection`].
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod alert;
mod alert_description;
mod certificate;
mod cipher_suite;
mod codec;
mod config;
mod connection;
mod crypto;
mod draws;
mod error;
mod event;
mod fingerprint;
mod handshake;
mod handshake12;
mod message;
mod protection;
mod record;
mod srtp_profile;

pub use alert_description::AlertDescription;
pub use certificate::{Certificate, CertificateParams};
pub use cipher_suite::CipherSuite;
pub use config::{Config, Role};
pub use connection::Connection;
pub use crypto::{HashAlgorithm, NamedGroup};
pub use error::{
    CertificateError, DecodeError, Error, ExportError, FingerprintError, HandshakeError, SealError,
};
pub use event::{CloseReason, Event, ProtocolVersion, State};
pub use fingerprint::Fingerprint;
pub use srtp_profile::SrtpProfile;
