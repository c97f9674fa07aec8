//! What can be wrong with a datagram or a command.

use crate::stun::attribute_type::AttributeType;

/// Why a datagram was not read as a STUN message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end within the header or an attribute.
    #[error("the message is truncated")]
    Truncated,
    /// The first two bits or the magic cookie are not those of STUN.
    #[error("the datagram is not STUN")]
    NotStun,
    /// The length field is not a multiple of four or not that of the datagram.
    #[error("the length field is wrong")]
    Length,
    /// There are more than [`MAX_ATTRIBUTES`](crate::stun::MAX_ATTRIBUTES).
    #[error("the message has too many attributes")]
    TooManyAttributes,
    /// FINGERPRINT is not last, not four bytes, or not right.
    #[error("FINGERPRINT is wrong or out of place")]
    Fingerprint,
    /// The value of this attribute is malformed.
    #[error("{0:?} is malformed")]
    Attribute(AttributeType),
}

/// Why a datagram that was handed to the agent had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not a STUN message.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It is a STUN message, but not about Binding.
    #[error("the method is not Binding")]
    Method,
    /// A request without USERNAME or without an integrity attribute.
    #[error("the request carries no credentials")]
    MissingCredentials,
    /// A request whose USERNAME does not begin with our own fragment.
    #[error("the request is meant for somebody else")]
    Username,
    /// The integrity attribute is missing or not made with the password.
    #[error("the integrity attribute is missing or wrong")]
    Integrity,
    /// A request that arrived on a local address that no local candidate has as its base.
    #[error("no local candidate has this local address as its base")]
    LocalAddress,
    /// A request from an address that no candidate may have.
    #[error("no candidate can have this remote address")]
    RemoteAddress,
    /// A response to no request that is outstanding.
    #[error("the response belongs to no outstanding request")]
    UnknownTransaction,
    /// A response that took another path than its request (RFC 8445, section 7.2.5.2.1).
    #[error("the response came on another path than the request went")]
    Asymmetric,
    /// An authentic message that lacks an attribute that ICE needs.
    #[error("{0:?} is missing")]
    MissingAttribute(AttributeType),
    /// An authentic request with a comprehension-required attribute that is not known; it is
    /// answered with 420.
    #[error("{0:?} is not known")]
    UnknownAttribute(AttributeType),
    /// An authentic request by an agent that believes to be in our role and has to change it; it is
    /// answered with 487.
    #[error("both agents claim the same role")]
    RoleConflict,
    /// An authentic request that would have needed room for another remote candidate or pair.
    #[error("there is no room for another candidate or pair")]
    Full,
    /// The agent has failed or is closed.
    #[error("the agent has failed or is closed")]
    NotRunning,
}

/// Why a candidate was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddCandidateError {
    /// A local TCP candidate that is no host candidate, or one for simultaneous open.
    #[error("local TCP candidates are active or passive ones of the host")]
    Protocol,
    /// A TCP candidate that does not say who opens the connection, or a UDP candidate that does.
    #[error("the candidate's TCP type does not go with its transport")]
    TcpType,
    /// A lite agent has host candidates only, and opens no connections.
    #[error("a lite agent has host candidates only")]
    Lite,
    /// A passive TCP candidate of the other side on the port of a well-known service, to which no
    /// connection is opened on somebody's word: below 1024, but for 80 and 443 on public addresses.
    #[error("no connection is opened to this port")]
    Port,
    /// The address or the base is unspecified, multicast or broadcast, or its port is 0.
    #[error("the address cannot be that of a candidate")]
    Address,
    /// The address and the base are of different families, or the base of a host candidate is not
    /// its address.
    #[error("the base does not go with the address")]
    Base,
    /// Peer-reflexive candidates are found by checks and never signalled.
    #[error("peer-reflexive candidates are not signalled")]
    PeerReflexive,
    /// There are as many candidates as the configuration allows.
    #[error("there are {limit} candidates already")]
    Full {
        /// How many are allowed.
        limit: usize,
    },
    /// The agent is closed.
    #[error("the agent is closed")]
    Closed,
}

/// Why a fragment and a password are not credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The fragment is not 4 to 256 characters long.
    #[error("the user name fragment is not 4 to 256 characters long")]
    UfragLength,
    /// The password is not 22 to 256 characters long.
    #[error("the password is not 22 to 256 characters long")]
    PasswordLength,
    /// A character is not a letter, a digit, `+` or `/`.
    #[error("there is a character other than letters, digits, + and /")]
    Character,
}

/// Why remote credentials were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetCredentialsError {
    /// Others were set before. They change only with an ICE restart
    /// (`Agent::restart`).
    #[error("remote credentials change only with an ICE restart")]
    AlreadySet,
    /// They are our own: a reflected description.
    #[error("the remote credentials are our own")]
    OwnCredentials,
    /// The agent is closed.
    #[error("the agent is closed")]
    Closed,
}

/// Why a foundation is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a foundation has 1 to 32 letters, digits, + or /")]
pub struct FoundationError;

/// Why a text is not the URI of a STUN or TURN server: W3C's SyntaxError.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// The scheme is not `stun`, `stuns`, `turn` or `turns`.
    #[error("the scheme is not stun, stuns, turn or turns")]
    Scheme,
    /// The host is neither an IPv4 address nor an IPv6 address in brackets nor a name. A name beyond
    /// ASCII is none: write its A-labels (`xn--bcher-kva.example`).
    #[error("the host is not an address and not a name")]
    Host,
    /// The port is not a number from 1 to 65535.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// The query is not `transport=udp` or `transport=tcp`, or stands with a STUN server.
    #[error("the query is not ?transport=udp or ?transport=tcp of a TURN server")]
    Query,
}
