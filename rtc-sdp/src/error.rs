//! Why a description or a candidate was refused.

use thiserror::Error;

/// A description that was refused: where, and what is wrong there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("line {line}: {kind}")]
pub struct ParseError {
    /// Line of the text, counted from 1. Where something is missing, the line before which it
    /// should have stood.
    pub line: u32,
    /// What is wrong.
    pub kind: ParseErrorKind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The text is longer than [`MAX_LENGTH`](crate::MAX_LENGTH).
    #[error("the description is too long")]
    TooLong,
    /// More lines than [`MAX_LINES`](crate::MAX_LINES).
    #[error("too many lines")]
    TooManyLines,
    /// More media descriptions than
    /// [`MAX_MEDIA_DESCRIPTIONS`](crate::MAX_MEDIA_DESCRIPTIONS).
    #[error("too many media descriptions")]
    TooManyMediaDescriptions,
    /// A NUL, or a CR that does not end the line.
    #[error("a control character stands inside the line")]
    ControlCharacter,
    /// The line does not have the form `<letter>=<value>` (RFC 8866 section 5).
    #[error("the line is not of the form <letter>=<value>")]
    NotALine,
    /// A type letter that RFC 8866 does not know; it demands that the description be refused.
    #[error("unknown line type {0:?}")]
    UnknownLine(char),
    /// The line may not stand here, or not a second time.
    #[error("a line {0:?} may not stand here")]
    UnexpectedLine(char),
    /// A line that must be there is missing.
    #[error("a line {0:?} is missing")]
    MissingLine(char),
    /// `v=` is not 0.
    #[error("the version is not 0")]
    Version,
    /// `o=` does not have its six fields, or an id does not fit in 64 bits.
    #[error("malformed origin")]
    Origin,
    /// `c=` is malformed.
    #[error("malformed connection data")]
    Connection,
    /// `b=` is malformed, or its value does not fit in 64 bits.
    #[error("malformed bandwidth")]
    Bandwidth,
    /// `t=` is malformed.
    #[error("malformed time")]
    Timing,
    /// `m=` does not have its four fields, or one of them is not a token.
    #[error("malformed media description")]
    Media,
    /// The port of `m=` or the number of ports is not a number in range.
    #[error("the port is not a number in range")]
    Port,
    /// A payload type of an RTP media description is not a number from 0 to 127 (RFC 3550
    /// section 5.1).
    #[error("the payload type is not a number from 0 to 127")]
    PayloadType,
    /// `a=` has no name.
    #[error("the attribute has no name")]
    AttributeName,
    /// The value of this attribute breaks its grammar.
    #[error("malformed attribute {0}")]
    Attribute(&'static str),
    /// This attribute stands a second time in one section, where that would be ambiguous.
    #[error("second attribute {0}")]
    DuplicateAttribute(&'static str),
    /// Two media descriptions have the same mid (RFC 5888 section 4).
    #[error("the mid was used before")]
    DuplicateMid,
    /// An ice-ufrag has fewer than 4 or more than 256 characters (RFC 8839 section 5.4).
    #[error("the ice-ufrag has fewer than 4 or more than 256 characters")]
    IceUfragLength,
    /// An ice-pwd has fewer than 22 or more than 256 characters (RFC 8839 section 5.4).
    #[error("the ice-pwd has fewer than 22 or more than 256 characters")]
    IcePwdLength,
    /// An ice-ufrag or ice-pwd has a character that is no ice-char.
    #[error("an ICE credential has a character other than letters, digits, + and /")]
    IceChar,
    /// A fingerprint has not as many bytes as its hash function gives.
    #[error("the fingerprint does not have the length of its hash function")]
    FingerprintLength,
    /// A header extension id is neither in 1-255 nor in 4096-4351 (RFC 8285 section 5).
    #[error("the header extension id is out of range")]
    ExtmapId,
}

/// Why a candidate line was refused (RFC 8839 section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CandidateError {
    /// The text does not begin with `candidate:`.
    #[error("the text does not begin with \"candidate:\"")]
    Prefix,
    /// The line ends too early, or has control characters.
    #[error("the line is cut short or has control characters")]
    Syntax,
    /// The foundation is not made of 1 to 32 ice-chars.
    #[error("the foundation is not made of 1 to 32 letters, digits, + and /")]
    Foundation,
    /// The component is not a number from 1 to 256.
    #[error("the component is not a number from 1 to 256")]
    Component,
    /// The transport is not a token.
    #[error("the transport is not a token")]
    Transport,
    /// The priority does not fit in 32 bits.
    #[error("the priority is not a number of 32 bits")]
    Priority,
    /// The address is empty or has characters that neither an IP address nor a name has.
    #[error("the address is neither an IP address nor a name")]
    Address,
    /// A port is not a number from 0 to 65535.
    #[error("the port is not a number from 0 to 65535")]
    Port,
    /// `typ` or the candidate type is missing.
    #[error("the candidate type is missing")]
    Kind,
    /// The related address or port is malformed.
    #[error("the related address or port is malformed")]
    Related,
    /// The `tcptype` is not one of RFC 6544's.
    #[error("the tcptype is not active, passive or so")]
    TcpType,
    /// An extension's name is not a token, or it has no value.
    #[error("malformed extension")]
    Extension,
}
