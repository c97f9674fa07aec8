//! What can be wrong with a message or a command.

/// Why a datagram was not read as a DNS message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end within the header, a name, a question or a record.
    #[error("the message is truncated")]
    Truncated,
    /// It is longer than the 9000 bytes of RFC 6762, section 17.
    #[error("the message is too long")]
    TooLong,
    /// It holds more questions and records than
    /// [`Message::MAX_ENTRIES`](super::Message::MAX_ENTRIES).
    #[error("the message has too many questions and records")]
    TooManyEntries,
    /// A label begins with neither a length nor a pointer.
    #[error("a label is neither a text nor a pointer")]
    Label,
    /// A name has more than 255 bytes (RFC 1035, section 2.3.4).
    #[error("a name is too long")]
    NameTooLong,
    /// A compression pointer does not point back, or there are too many of them in one name.
    #[error("a compression pointer leads nowhere")]
    Pointer,
}

/// Why a datagram that was handed to the machine had no effect.
///
/// A message that is in order but about names that are not ours, which is what most of the traffic
/// of a link is, is no error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not a DNS message.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It came from an address that is not on a link of ours (RFC 6762, section 11).
    #[error("the source is not on the link")]
    OffLink,
    /// A response that did not come from port 5353 (RFC 6762, section 6).
    #[error("the response does not come from port 5353")]
    Port,
    /// It is no standard query or reports an error (RFC 6762, sections 18.3 and 18.11).
    #[error("the message is neither a standard query nor its successful answer")]
    Header,
    /// There is no room or no right to answer now: as many unicast answers have been given in this
    /// second, or are waiting, as are allowed.
    #[error("too many unicast answers are asked for")]
    Flooded,
}

/// Why a name was not published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// No host has an unspecified, multicast or broadcast address.
    #[error("the address cannot be that of a host")]
    Address,
    /// The name stands for another address: a name is for one address only.
    #[error("the name stands for another address")]
    InUse,
    /// There are as many names as the configuration allows.
    #[error("there are {limit} names already")]
    Full {
        /// How many are allowed.
        limit: usize,
    },
}

/// Why a name is not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// There are as many names being asked for as the configuration allows.
    #[error("{limit} names are being asked for already")]
    Full {
        /// How many are allowed.
        limit: usize,
    },
}
