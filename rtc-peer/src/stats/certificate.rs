//! Certificates of both sides.

use alloc::vec::Vec;

use rtc_dtls::{Fingerprint, HashAlgorithm};

use super::id::{StatsId, Subject};
use super::timestamp::Timestamp;
use crate::rtp::TransportId;

/// `RTCCertificateStats`. No certificate has an `issuerCertificateId`: all stand for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateStats {
    /// `id`.
    pub id: StatsId,
    /// `timestamp`.
    pub timestamp: Timestamp,
    /// `fingerprint` and `fingerprintAlgorithm`: always by SHA-256.
    pub fingerprint: Fingerprint,
    /// `base64Certificate`: the certificate in DER, which is in base 64 only as JSON.
    pub certificate: Vec<u8>,
}

impl CertificateStats {
    /// The one that the connection shows on every transport.
    pub(crate) fn local(timestamp: Timestamp, der: &[u8]) -> Self {
        Self::new(Subject::LocalCertificate, timestamp, der)
    }

    /// The one that the other side has shown on a transport.
    pub(crate) fn remote(timestamp: Timestamp, transport: TransportId, der: &[u8]) -> Self {
        Self::new(Subject::RemoteCertificate(transport), timestamp, der)
    }

    fn new(subject: Subject, timestamp: Timestamp, der: &[u8]) -> Self {
        Self {
            id: StatsId(subject),
            timestamp,
            fingerprint: Fingerprint::of(HashAlgorithm::Sha256, der),
            certificate: der.into(),
        }
    }
}
