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
