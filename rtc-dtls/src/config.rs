//! What a connection is told before it begins.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::certificate::Certificate;
use crate::cipher_suite::CipherSuite;
use crate::crypto::NamedGroup;
use crate::fingerprint::Fingerprint;
use crate::srtp_profile::SrtpProfile;

/// Which side of the handshake: `a=setup:active` is the client (RFC 8842 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Sends the ClientHello.
    Client,
    /// Waits for it.
    Server,
}

impl Role {
    /// W3C's string for this role (RTCDtlsRole).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a connection needs to know.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Our certificate.
    pub certificate: Certificate,
    /// The fingerprints that the peer's description names. The peer's certificate must have one
    /// of them; with none in the list no certificate will do.
    pub remote_fingerprints: Arc<[Fingerprint]>,
    /// SRTP profiles in the order in which they are preferred; an empty list leaves `use_srtp`
    /// out. Default: all, authenticated encryption first (RFC 8827 §6.5).
    pub srtp_profiles: Vec<SrtpProfile>,
    /// Cipher suites in the order in which they are preferred. Default: all, the one that RFC 8827
    /// §6.5 demands first.
    pub cipher_suites: Vec<CipherSuite>,
    /// Groups in the order in which they are preferred. Default: X25519, then P-256 (which RFC 8827
    /// §6.5 demands).
    pub groups: Vec<NamedGroup>,
    /// The largest datagram that the handshake sends, in bytes. Default: 1200, which passes
    /// everywhere and is what browsers use. Values below 128 count as 128.
    pub max_datagram_size: usize,
    /// How long the first transmission of a flight is waited for while the round-trip time is not
    /// known. Default: 50 ms, as libwebrtc has it; RFC 6347 §4.2.4.1 has one second for hosts
    /// that know nothing of the path, but here ICE has just measured it.
    pub initial_retransmission_timeout: Duration,
    /// The cap on the doubled time-out. Default: 3 s, as libwebrtc has it, well below the minute
    /// of RFC 6347 §4.2.4.1: somebody is waiting for the call.
    pub max_retransmission_timeout: Duration,
    /// How long the handshake may take in all, from the first datagram sent or received. Default:
    /// 30 s, the time after which ICE consent has expired anyway (RFC 7675 §5.1).
    pub handshake_timeout: Duration,
}

impl Config {
    /// All defaults, with our certificate and the fingerprints of the peer's.
    pub fn new(
        certificate: Certificate,
        remote_fingerprints: impl Into<Arc<[Fingerprint]>>,
    ) -> Self {
        Self {
            certificate,
            remote_fingerprints: remote_fingerprints.into(),
            srtp_profiles: SrtpProfile::ALL.to_vec(),
            cipher_suites: CipherSuite::ALL.to_vec(),
            groups: NamedGroup::ALL.to_vec(),
            max_datagram_size: 1200,
            initial_retransmission_timeout: Duration::from_millis(50),
            max_retransmission_timeout: Duration::from_secs(3),
            handshake_timeout: Duration::from_secs(30),
        }
    }
}
