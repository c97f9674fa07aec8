//! What can go wrong, by who erred.

use thiserror::Error as ThisError;

use crate::alert_description::AlertDescription;

/// Why a datagram was not, or not wholly, taken.
///
/// It speaks of the datagram: unless it is [`Error::Handshake`] the connection is as it was, and
/// the next datagram may be in order. Records of the datagram beside the guilty one are taken.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum Error {
    /// A record or the header of a handshake fragment cannot be read.
    #[error("malformed: {0}")]
    Decode(#[from] DecodeError),
    /// The record's content type is none of DTLS 1.2.
    #[error("unknown content type {0}")]
    UnknownContentType(u8),
    /// The record's version is none of DTLS 1.0 or 1.2.
    #[error("unsupported record version {0:#06x}")]
    UnsupportedVersion(u16),
    /// The record is of an epoch that is not, or no longer, read.
    #[error("unexpected epoch {0}")]
    UnexpectedEpoch(u16),
    /// The record was received before, or is too old to tell (RFC 6347 §4.1.2.6).
    #[error("replayed record")]
    Replayed,
    /// The record is not authentic.
    #[error("bad record MAC")]
    BadRecordMac,
    /// Application data without protection, or before the handshake has ended.
    #[error("application data out of place")]
    UnexpectedApplicationData,
    /// An alert that anyone could have written. It is remembered as a hint and nothing else.
    #[error("unauthenticated alert {0}")]
    UnauthenticatedAlert(AlertDescription),
    /// A fragment contradicts what is known of its message, or its message is too long or too
    /// far ahead.
    #[error("handshake fragment refused")]
    FragmentRefused,
    /// A handshake message of the past.
    #[error("stale handshake message")]
    Stale,
    /// An attempt to renegotiate, which is answered by `no_renegotiation`.
    #[error("renegotiation refused")]
    Renegotiation,
    /// Protected records came before the keys, and as many as are kept are kept already.
    #[error("too many early records")]
    TooManyEarlyRecords,
    /// The application does not take what was received: this record is lost.
    #[error("receive queue full")]
    ReceiveQueueFull,
    /// The connection is closed or has failed.
    #[error("closed")]
    Closed,
    /// The handshake has failed: the connection is dead, and an event says so too.
    #[error("handshake failed: {0}")]
    Handshake(#[from] HandshakeError),
}

/// Bytes that are not what they should be.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum DecodeError {
    /// They end too early.
    #[error("truncated")]
    Truncated,
    /// More follows than should.
    #[error("trailing bytes")]
    TrailingBytes,
    /// A length or number is outside its range.
    #[error("length or value out of range")]
    OutOfRange,
    /// A list is longer than its cap.
    #[error("list too long")]
    TooMany,
    /// An extension occurs twice.
    #[error("duplicate extension {0}")]
    DuplicateExtension(u16),
}

/// Why a handshake failed.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum HandshakeError {
    /// The peer sent a message that cannot be read.
    #[error("malformed handshake message: {0}")]
    Decode(#[from] DecodeError),
    /// The peer sent another message than the one that was due.
    #[error("unexpected handshake message {found} instead of {expected}")]
    UnexpectedMessage {
        /// The type that was due.
        expected: u8,
        /// The type that came.
        found: u8,
    },
    /// No common protocol version.
    #[error("no common protocol version")]
    ProtocolVersion,
    /// No common cipher suite.
    #[error("no common cipher suite")]
    NoCommonCipherSuite,
    /// No common group for key agreement.
    #[error("no common group")]
    NoCommonGroup,
    /// The peer cannot verify, or does not accept, a P-256 signature with SHA-256.
    #[error("no common signature scheme")]
    NoCommonSignatureScheme,
    /// The peer does not do the extended master secret (RFC 7627).
    #[error("no extended master secret")]
    NoExtendedMasterSecret,
    /// The peer's renegotiation_info is not that of a first handshake (RFC 5746).
    #[error("renegotiation_info is not empty")]
    RenegotiationInfo,
    /// The peer chose or sent something that was not offered or is not allowed.
    #[error("the peer chose what was not offered")]
    IllegalParameter,
    /// The peer sent an extension that was not asked for.
    #[error("unsolicited extension {0}")]
    UnsolicitedExtension(u16),
    /// The peer chose an SRTP profile that was not offered (RFC 5764 §4.1.1).
    #[error("SRTP profile that was not offered")]
    SrtpProfileNotOffered,
    /// The peer presented no certificate.
    #[error("no certificate")]
    NoCertificate,
    /// The peer's certificate cannot be read or its key cannot be used.
    #[error("unusable certificate")]
    BadCertificate,
    /// The peer's certificate has none of the expected fingerprints.
    #[error("certificate fingerprint mismatch")]
    FingerprintMismatch,
    /// A signature of the peer does not verify.
    #[error("bad signature")]
    BadSignature,
    /// The peer's Finished does not verify.
    #[error("bad Finished")]
    BadFinished,
}

impl HandshakeError {
    /// The alert that tells the peer.
    pub const fn alert(&self) -> AlertDescription {
        match self {
            Self::Decode(DecodeError::DuplicateExtension(_))
            | Self::IllegalParameter
            | Self::SrtpProfileNotOffered => AlertDescription::ILLEGAL_PARAMETER,
            Self::Decode(_) => AlertDescription::DECODE_ERROR,
            Self::UnexpectedMessage { .. } => AlertDescription::UNEXPECTED_MESSAGE,
            Self::ProtocolVersion => AlertDescription::PROTOCOL_VERSION,
            Self::NoCommonCipherSuite
            | Self::NoCommonGroup
            | Self::NoCommonSignatureScheme
            | Self::NoExtendedMasterSecret
            | Self::RenegotiationInfo
            | Self::NoCertificate => AlertDescription::HANDSHAKE_FAILURE,
            Self::UnsolicitedExtension(_) => AlertDescription::UNSUPPORTED_EXTENSION,
            Self::BadCertificate | Self::FingerprintMismatch => AlertDescription::BAD_CERTIFICATE,
            Self::BadSignature | Self::BadFinished => AlertDescription::DECRYPT_ERROR,
        }
    }
}

/// Why [`Connection::seal`](crate::Connection::seal) sealed nothing.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum SealError {
    /// The connection is not, or no longer, connected.
    #[error("not connected")]
    NotConnected,
    /// A record holds at most `limit` bytes of plaintext (RFC 5246 §6.2.1); or there was no
    /// room for the header before the plaintext.
    #[error("too large for a record, which holds {limit} bytes")]
    TooLarge {
        /// The most that a record holds.
        limit: usize,
    },
    /// The key has protected all that it may.
    #[error("the key is exhausted")]
    Exhausted,
}

/// Why no keying material was exported.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum ExportError {
    /// There are no keys before the handshake has ended.
    #[error("not connected")]
    NotConnected,
    /// The label is one that TLS itself uses (RFC 5705 §4).
    #[error("reserved label")]
    ReservedLabel,
    /// A context is at most 65,535 bytes long.
    #[error("context too long")]
    ContextTooLong,
}

/// Why a certificate could not be read.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum CertificateError {
    /// A PEM block is missing, unfinished, or not in base 64.
    #[error("malformed PEM")]
    Pem,
    /// The certificate is not X.509 v3 in DER.
    #[error("malformed certificate")]
    Certificate,
    /// The private key is not PKCS#8 with a key on P-256.
    #[error("malformed or unsupported private key")]
    PrivateKey,
    /// The private key is not that of the certificate.
    #[error("private key and certificate do not belong together")]
    Mismatch,
}

/// Why a fingerprint could not be read.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum FingerprintError {
    /// The hash is none of sha-256, sha-384 and sha-512.
    #[error("unknown or insecure hash")]
    UnknownAlgorithm,
    /// It is not as many pairs of hexadecimal digits as the hash has bytes, parted by colons.
    #[error("malformed fingerprint")]
    Malformed,
}
