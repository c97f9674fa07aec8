//! What can be wrong with a packet or a command.

use bytes::TryGetError;

/// Why bytes were not read as what they were taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end before what they announce.
    #[error("the packet is truncated")]
    Truncated,
    /// The version is not 2.
    #[error("the version is not 2")]
    Version,
    /// The padding count is zero, or larger than what it could pad.
    #[error("the padding is malformed")]
    Padding,
    /// A length field contradicts what it measures.
    #[error("a length field is wrong")]
    Length,
    /// A list is longer than this crate is willing to walk.
    #[error("a list is too long")]
    TooMany,
    /// A field has a value that it must not have.
    #[error("a field has a forbidden value")]
    Value,
}

impl From<TryGetError> for DecodeError {
    fn from(_: TryGetError) -> Self {
        Self::Truncated
    }
}

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The master key has the wrong length.
    #[error("the master key is not {expected} bytes long")]
    KeyLength {
        /// The length that the profile asks for, in bytes.
        expected: usize,
    },
    /// The master salt has the wrong length.
    #[error("the master salt is not {expected} bytes long")]
    SaltLength {
        /// The length that the profile asks for, in bytes.
        expected: usize,
    },
}

/// Why a packet was not protected. It is as it was, and nothing may be sent of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtectError {
    /// It is not an RTP or RTCP packet.
    #[error("not a packet: {0}")]
    Decode(#[from] DecodeError),
    /// A packet with this sequence number has been protected, or so many after it that nobody
    /// remembers. To encrypt two packets under one index would give both away; what is sent again
    /// is sent as RTX, or as the very bytes that were sent before.
    #[error("the sequence number was used before")]
    Reused,
    /// All the packets that may be protected under this key have been (RFC 3711, section 9.2).
    #[error("the key is used up")]
    KeyExpired,
    /// There is no room for the state of another stream.
    #[error("too many streams")]
    TooManyStreams,
    /// Cryptex is required and cannot encrypt the header extension, which is not in a form of
    /// RFC 8285; or cryptex is negotiated and the header extension says that it is encrypted
    /// already.
    #[error("the header extension cannot be encrypted")]
    HeaderExtension,
}

/// Why a packet was not accepted. It is to be dropped, and has changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnprotectError {
    /// It is not an SRTP or SRTCP packet.
    #[error("not a packet: {0}")]
    Decode(#[from] DecodeError),
    /// It was accepted before, or is too old to tell.
    #[error("the packet was replayed or is too old")]
    Replayed,
    /// Its tag is wrong.
    #[error("the packet is not authentic")]
    Authentication,
    /// There is no index that it could have under this key.
    #[error("the index is out of range")]
    Index,
    /// There is no room for the state of another stream.
    #[error("too many streams")]
    TooManyStreams,
    /// Cryptex is required and the packet's header extension or contributing sources are in the
    /// clear.
    #[error("the header extension is not encrypted")]
    NotEncrypted,
}

/// Why a payload or a frame was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// The payload is malformed; the frame that it belonged to is given up.
    #[error("malformed payload: {0}")]
    Decode(#[from] DecodeError),
    /// The frame is larger than this crate is willing to put together, or than the format can
    /// take apart.
    #[error("the frame or a part of it is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Packets before this one are missing; the frame that it belongs to is given up.
    #[error("packets are missing")]
    Missing,
    /// The packet comes after ones that follow it, or again.
    #[error("the packet is late")]
    Late,
    /// The payload has a structure that was not negotiated, as interleaved H.264.
    #[error("the structure of the payload is not supported")]
    Unsupported,
}
