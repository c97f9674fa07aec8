//! What can be wrong with a command or a datagram, and which W3C exception that is.

mod media;

use rtc_sdp::ParseErrorKind;
use thiserror::Error;

pub use self::media::{
    AddTrackError, AddTransceiverError, ConnectionClosed, EncodingFault, RemoveTrackError,
    ReplaceTrackError, SetCodecPreferencesError, SetDirectionError, SetHeaderExtensionsError,
    SetParametersError, UnknownTransceiver,
};
use crate::state::SignalingState;

/// The exceptions of the W3C specification that a command of ours can correspond to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Exception {
    /// `InvalidStateError`: not in this state of the object.
    InvalidState,
    /// `InvalidAccessError`: an argument does not belong to this object.
    InvalidAccess,
    /// `InvalidModificationError`: what cannot change was to be changed.
    InvalidModification,
    /// `NotSupportedError`: what is asked for is not implemented.
    NotSupported,
    /// `OperationError`: the operation failed for a reason of its own.
    Operation,
    /// `SyntaxError`: text that cannot be read.
    Syntax,
    /// `TypeError`: an argument is missing, or not of the needed form.
    Type,
    /// `RangeError`: a number that is too small or too large.
    Range,
    /// `RTCError` with `sdp-syntax-error`: a description that cannot be read or accepted.
    SdpSyntax,
}

impl Exception {
    /// The name by which JavaScript knows the exception.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidState => "InvalidStateError",
            Self::InvalidAccess => "InvalidAccessError",
            Self::InvalidModification => "InvalidModificationError",
            Self::NotSupported => "NotSupportedError",
            Self::Operation => "OperationError",
            Self::Syntax => "SyntaxError",
            Self::Type => "TypeError",
            Self::Range => "RangeError",
            // An RTCError is a DOMException of this name.
            Self::SdpSyntax => "OperationError",
        }
    }
}

/// Why a [`PeerConnection`](crate::PeerConnection) cannot be constructed or configured anew. In the
/// latter case it is as it was before the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// The connection was closed.
    #[error("the connection is closed")]
    Closed,
    /// A certificate of the configuration has expired by `unix_time_at_epoch + now`.
    #[error("a certificate has expired")]
    ExpiredCertificate,
    /// `max_message_size` is 0 or larger than the receive window.
    #[error("the largest message does not fit the receive window")]
    MessageSize,
    /// The certificates were to be changed.
    #[error("the certificates cannot be changed")]
    CertificatesChanged,
    /// The bundle policy was to be changed.
    #[error("the bundle policy cannot be changed")]
    BundlePolicyChanged,
    /// The size of the candidate pool was to be changed after `set_local_description`.
    #[error("the size of the candidate pool cannot be changed any more")]
    PoolSizeChanged,
    /// What is not of the W3C specification was to be changed: only the constructor sets that.
    #[error("only servers, policy and pool size can be changed")]
    FixedChanged,
    /// A server has no URL.
    #[error("server {server} has no URL")]
    NoUrls {
        /// The index of the server.
        server: usize,
    },
    /// A URL of a server is not one of RFC 7064 or RFC 7065.
    #[error("a URL of server {server}: {fault}")]
    BadUrl {
        /// The index of the server.
        server: usize,
        /// What is wrong.
        fault: rtc_ice::UriError,
    },
    /// A server that is spoken to over DTLS (`turns:` with `transport=udp`).
    #[error("server {server}: DTLS is not supported")]
    UnsupportedUrl {
        /// The index of the server.
        server: usize,
    },
    /// A TURN server without a user name or without a credential.
    #[error("server {server} needs a user name and a credential")]
    MissingCredentials {
        /// The index of the server.
        server: usize,
    },
    /// A user name that is longer than 509 bytes.
    #[error("the user name of server {server} is too long")]
    LongUsername {
        /// The index of the server.
        server: usize,
    },
}

impl ConfigurationError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::Closed => Exception::InvalidState,
            Self::ExpiredCertificate
            | Self::MissingCredentials { .. }
            | Self::LongUsername { .. } => Exception::InvalidAccess,
            Self::MessageSize => Exception::Type,
            Self::CertificatesChanged
            | Self::BundlePolicyChanged
            | Self::PoolSizeChanged
            | Self::FixedChanged => Exception::InvalidModification,
            Self::NoUrls { .. } | Self::BadUrl { .. } => Exception::Syntax,
            Self::UnsupportedUrl { .. } => Exception::NotSupported,
        }
    }
}

/// Why a description cannot be created or set. The connection is as it was before the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// The connection was closed.
    #[error("the connection is closed")]
    Closed,
    /// The call is not allowed in this signaling state.
    #[error("not allowed in signaling state {0}")]
    WrongState(SignalingState),
    /// The text is not a session description.
    #[error(transparent)]
    Syntax(#[from] rtc_sdp::ParseError),
    /// A local description is not the one that was created last.
    #[error("the description is not the one that was created last")]
    NotLastCreated,
    /// The description cannot be accepted.
    #[error("m-section {section}: {fault}")]
    Unacceptable {
        /// The index of the m-section, from 0; that of the first one where the fault concerns all.
        section: usize,
        /// What is wrong.
        fault: Fault,
    },
}

impl DescriptionError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::Closed | Self::WrongState(_) => Exception::InvalidState,
            Self::NotLastCreated => Exception::InvalidModification,
            Self::Syntax(rtc_sdp::ParseError { kind, .. }) => match kind {
                ParseErrorKind::IceChar
                | ParseErrorKind::IceUfragLength
                | ParseErrorKind::IcePwdLength => Exception::InvalidAccess,
                _ => Exception::SdpSyntax,
            },
            Self::Unacceptable { fault, .. } => match fault {
                Fault::SctpPortChanged | Fault::FewerSections => Exception::InvalidModification,
                Fault::DuplicateMsid => Exception::Operation,
                _ => Exception::InvalidAccess,
            },
        }
    }
}

/// What makes a readable description unacceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Fault {
    /// More m-sections than this crate handles (256).
    #[error("too many m-sections")]
    TooManySections,
    /// A later offer has fewer m-sections than were negotiated (RFC 3264 section 8).
    #[error("m-sections of the session are missing")]
    FewerSections,
    /// An answer has not as many m-sections as its offer (RFC 3264 section 6).
    #[error("the number of m-sections is not that of the offer")]
    SectionCount,
    /// The m-section's kind or mid is not the one at this place in the offer or the session.
    #[error("kind or mid is not the one negotiated for this place")]
    SectionMismatch,
    /// An m-section that is not rejected has no `a=mid`, so it cannot be bundled.
    #[error("no mid")]
    MissingMid,
    /// A BUNDLE group names a mid that no m-section has, or that the offer did not bundle.
    #[error("the BUNDLE group names what it cannot")]
    BadBundle,
    /// `a=bundle-only` with a port, or outside of a BUNDLE group.
    #[error("bundle-only where it cannot be")]
    BundleOnly,
    /// RTP without `a=rtcp-mux`: this crate has no other place for RTCP.
    #[error("no rtcp-mux")]
    NoRtcpMux,
    /// Keys for SRTP in the description (`a=crypto`) in place of DTLS.
    #[error("keys in the description and no fingerprint")]
    SdesKeys,
    /// Several tracks in one m-section, as "plan B" had it.
    #[error("several tracks in one m-section")]
    SeveralTracks,
    /// A payload type that means two things, or is one that RTCP needs (RFC 5761 section 4).
    #[error("unusable payload type")]
    PayloadType,
    /// The id of a header extension that means two things, or another one than before.
    #[error("unusable header extension id")]
    ExtensionIds,
    /// New ICE credentials in an answer to an offer that did not restart ICE, or the other way
    /// around.
    #[error("ICE is restarted by one side only")]
    RestartMismatch,
    /// An answer sends or receives what its offer does not allow (RFC 3264 section 6.1).
    #[error("a direction that the offer does not allow")]
    Direction,
    /// Two m-sections say that they are of the same track (RFC 8830 section 2).
    #[error("the track of another m-section")]
    DuplicateMsid,
    /// `a=ice-ufrag` or `a=ice-pwd` is missing.
    #[error("no ICE credentials")]
    MissingIceCredentials,
    /// `a=ice-ufrag` or `a=ice-pwd` is not of the form that RFC 8839 demands.
    #[error("malformed ICE credentials")]
    BadIceCredentials,
    /// There is no `a=fingerprint` of a hash function that this crate knows.
    #[error("no usable fingerprint")]
    MissingFingerprint,
    /// An answer's `a=setup` is missing, or neither `active` nor `passive` as the offer allows.
    #[error("unacceptable setup attribute")]
    BadSetup,
    /// The keys or the role of a live DTLS association were to be changed.
    #[error("the DTLS association cannot be changed")]
    DtlsChanged,
    /// `a=sctp-port:0`.
    #[error("SCTP port 0")]
    SctpPortZero,
    /// The port of a live SCTP association was to be changed.
    #[error("the SCTP port cannot be changed")]
    SctpPortChanged,
}

/// Why a remote candidate cannot be added. The connection is as it was before the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddIceCandidateError {
    /// The connection was closed.
    #[error("the connection is closed")]
    Closed,
    /// There is no remote description to add it to.
    #[error("there is no remote description")]
    NoRemoteDescription,
    /// Neither a mid nor an index says which m-section it is for.
    #[error("neither sdp_mid nor sdp_m_line_index is given")]
    NoSection,
    /// The remote description has no such m-section.
    #[error("the remote description has no such m-section")]
    UnknownSection,
    /// The remote description has no such `ice-ufrag`.
    #[error("the remote description has no such ufrag")]
    UnknownUfrag,
    /// The text is not a candidate.
    #[error("not a candidate")]
    Syntax,
    /// The description holds as many candidates as this crate keeps (see
    /// [`MAX_REMOTE_CANDIDATES`](crate::MAX_REMOTE_CANDIDATES)).
    #[error("too many candidates")]
    TooMany,
}

impl AddIceCandidateError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::Closed | Self::NoRemoteDescription => Exception::InvalidState,
            Self::NoSection => Exception::Type,
            Self::UnknownSection | Self::UnknownUfrag | Self::Syntax | Self::TooMany => {
                Exception::Operation
            }
        }
    }
}

/// Why an address of the driver's cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddAddressError {
    /// The connection was closed.
    #[error("the connection is closed")]
    Closed,
    /// The address is no host candidate: unspecified, multicast, broadcast or port 0.
    #[error("not an address that others could send to")]
    Unusable,
    /// There are as many addresses as a connection takes (see
    /// [`MAX_LOCAL_ADDRESSES`](crate::MAX_LOCAL_ADDRESSES)).
    #[error("too many addresses")]
    TooMany,
}

/// Why a data channel cannot be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CreateDataChannelError {
    /// The connection was closed.
    #[error("the connection is closed")]
    Closed,
    /// The label is longer than 65,535 bytes.
    #[error("the label is longer than 65,535 bytes")]
    LabelTooLong,
    /// The protocol is longer than 65,535 bytes.
    #[error("the protocol is longer than 65,535 bytes")]
    ProtocolTooLong,
    /// Both `max_packet_life_time` and `max_retransmits` are given.
    #[error("max_packet_life_time and max_retransmits exclude each other")]
    TwoLimits,
    /// `negotiated` is set without an `id`.
    #[error("a negotiated channel needs an id")]
    MissingId,
    /// The id is 65,535, or larger than the association has streams.
    #[error("the id is out of range")]
    IdOutOfRange,
    /// A channel with this id exists.
    #[error("the id is taken")]
    IdTaken,
    /// All ids are taken, or as many channels exist as the configuration allows.
    #[error("there are as many channels as there can be")]
    TooMany,
}

impl CreateDataChannelError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::Closed => Exception::InvalidState,
            Self::IdTaken | Self::TooMany => Exception::Operation,
            Self::LabelTooLong
            | Self::ProtocolTooLong
            | Self::TwoLimits
            | Self::MissingId
            | Self::IdOutOfRange => Exception::Type,
        }
    }
}

/// Why a message cannot be sent on a data channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The channel is not open.
    #[error("the channel is not open")]
    NotOpen,
    /// The message is larger than the other side takes.
    #[error("the message is larger than {limit} bytes")]
    TooLarge {
        /// The largest message, in bytes.
        limit: usize,
    },
    /// The send buffer is full; [`ChannelEvent::Writable`](crate::ChannelEvent::Writable) follows
    /// when there is room again.
    #[error("the send buffer is full")]
    Full,
}

impl SendError {
    /// The W3C exception for this error.
    pub const fn exception(&self) -> Exception {
        match self {
            Self::NotOpen => Exception::InvalidState,
            Self::TooLarge { .. } => Exception::Type,
            Self::Full => Exception::Operation,
        }
    }
}

/// The id names no data channel, or one that closed so long ago that it was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no such data channel")]
pub struct UnknownChannel;

/// Why a received datagram was refused. The connection is as it was before the call, unless an
/// event says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DatagramError {
    /// The connection was closed.
    #[error("the connection is closed")]
    Closed,
    /// The datagram is empty, or its first byte is none that RFC 7983 assigns to WebRTC.
    #[error("not a protocol of WebRTC")]
    UnknownProtocol,
    /// RTP or RTCP, for which there are no keys: the handshake is not over, or has agreed on none.
    #[error("media without keys")]
    UnexpectedMedia,
    /// SRTP or SRTCP that is not authentic, or is a replay.
    #[error(transparent)]
    Srtp(#[from] rtc_srtp::UnprotectError),
    /// Authentic RTP or RTCP that is of no use.
    #[error(transparent)]
    Media(#[from] crate::media::MediaError),
    /// It is not STUN, and came on a path that no connectivity check has validated.
    #[error("the path has not been validated")]
    UnvalidatedPath,
    /// DTLS before anything was negotiated, in excess of what is held back for that moment.
    #[error("DTLS before its time")]
    EarlyDtls,
    /// What came on a TCP connection is no sequence of datagrams (RFC 4571), or there are too many
    /// connections of which nothing is proven; the connection is to be closed.
    #[error("a TCP connection of no use")]
    Stream,
    /// What came from a STUN or TURN server was of no use.
    #[error("STUN or TURN server: {0}")]
    Server(#[from] rtc_ice::GatherError),
    /// Refused by the ICE agent.
    #[error("STUN: {0}")]
    Ice(#[from] rtc_ice::Error),
    /// Refused by the DTLS connection.
    #[error("DTLS: {0}")]
    Dtls(#[from] rtc_dtls::Error),
    /// Refused by the SCTP association.
    #[error("SCTP: {0}")]
    Sctp(#[from] rtc_sctp::Error),
}
