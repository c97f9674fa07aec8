//! The names of statistics objects.

use core::fmt;

use rtc_ice::{CandidateId, PairId};
use rtc_srtp::Ssrc;

use crate::channel::ChannelId;
use crate::rtp::{TransceiverId, TransportId};

/// `RTCStats.id`: names what is monitored, for as long as it exists, and nothing else in the same
/// connection ever after.
///
/// Written out it is W3C's opaque string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatsId(pub(super) Subject);

/// What an object tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Subject {
    /// With a digest of all that it is, which is the same in both directions: a payload type may
    /// be given to another codec.
    Codec {
        transport: TransportId,
        payload_type: u8,
        digest: u64,
    },
    InboundRtp(TransceiverId, Ssrc),
    OutboundRtp(TransceiverId, Ssrc),
    RemoteInboundRtp(TransceiverId, Ssrc),
    RemoteOutboundRtp(TransceiverId, Ssrc),
    /// A digest of the track's id: several senders may have one track.
    MediaSource(u64),
    PeerConnection,
    DataChannel(ChannelId),
    Transport(TransportId),
    CandidatePair(TransportId, PairId),
    LocalCandidate(TransportId, CandidateId),
    RemoteCandidate(TransportId, CandidateId),
    LocalCertificate,
    RemoteCertificate(TransportId),
}

impl StatsId {
    /// The type of the object that has this name.
    pub const fn stats_type(self) -> StatsType {
        match self.0 {
            Subject::Codec { .. } => StatsType::Codec,
            Subject::InboundRtp(..) => StatsType::InboundRtp,
            Subject::OutboundRtp(..) => StatsType::OutboundRtp,
            Subject::RemoteInboundRtp(..) => StatsType::RemoteInboundRtp,
            Subject::RemoteOutboundRtp(..) => StatsType::RemoteOutboundRtp,
            Subject::MediaSource(_) => StatsType::MediaSource,
            Subject::PeerConnection => StatsType::PeerConnection,
            Subject::DataChannel(_) => StatsType::DataChannel,
            Subject::Transport(_) => StatsType::Transport,
            Subject::CandidatePair(..) => StatsType::CandidatePair,
            Subject::LocalCandidate(..) => StatsType::LocalCandidate,
            Subject::RemoteCandidate(..) => StatsType::RemoteCandidate,
            Subject::LocalCertificate | Subject::RemoteCertificate(_) => StatsType::Certificate,
        }
    }
}

/// `RTCStatsType`, of what this crate has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum StatsType {
    /// `codec`.
    Codec,
    /// `inbound-rtp`.
    InboundRtp,
    /// `outbound-rtp`.
    OutboundRtp,
    /// `remote-inbound-rtp`.
    RemoteInboundRtp,
    /// `remote-outbound-rtp`.
    RemoteOutboundRtp,
    /// `media-source`.
    MediaSource,
    /// `peer-connection`.
    PeerConnection,
    /// `data-channel`.
    DataChannel,
    /// `transport`.
    Transport,
    /// `candidate-pair`.
    CandidatePair,
    /// `local-candidate`.
    LocalCandidate,
    /// `remote-candidate`.
    RemoteCandidate,
    /// `certificate`.
    Certificate,
}

impl StatsType {
    /// The W3C specification's string for this type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Codec => "codec",
            Self::InboundRtp => "inbound-rtp",
            Self::OutboundRtp => "outbound-rtp",
            Self::RemoteInboundRtp => "remote-inbound-rtp",
            Self::RemoteOutboundRtp => "remote-outbound-rtp",
            Self::MediaSource => "media-source",
            Self::PeerConnection => "peer-connection",
            Self::DataChannel => "data-channel",
            Self::Transport => "transport",
            Self::CandidatePair => "candidate-pair",
            Self::LocalCandidate => "local-candidate",
            Self::RemoteCandidate => "remote-candidate",
            Self::Certificate => "certificate",
        }
    }
}

/// 64 bits of what names something by its content (FNV-1a). Two contents that collide would share
/// one name; nobody gains anything by that.
#[derive(Debug, Clone, Copy)]
pub(super) struct ContentDigest(u64);

impl ContentDigest {
    pub(super) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Takes in one part, told from what follows.
    pub(super) fn with(self, part: &[u8]) -> Self {
        let step = |digest: u64, byte: u8| (digest ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        let length = (part.len() as u64).to_le_bytes();
        Self(part.iter().copied().chain(length).fold(self.0, step))
    }

    pub(super) const fn finish(self) -> u64 {
        self.0
    }
}

impl fmt::Display for StatsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Subject::Codec { transport, payload_type, digest } => {
                write!(f, "C{}-{payload_type}-{digest:016x}", transport.0)
            }
            Subject::InboundRtp(transceiver, ssrc) => write!(f, "I{}-{}", transceiver.0, ssrc.0),
            Subject::OutboundRtp(transceiver, ssrc) => write!(f, "O{}-{}", transceiver.0, ssrc.0),
            Subject::RemoteInboundRtp(transceiver, ssrc) => {
                write!(f, "RI{}-{}", transceiver.0, ssrc.0)
            }
            Subject::RemoteOutboundRtp(transceiver, ssrc) => {
                write!(f, "RO{}-{}", transceiver.0, ssrc.0)
            }
            Subject::MediaSource(digest) => write!(f, "S{digest:016x}"),
            Subject::PeerConnection => f.write_str("P"),
            Subject::DataChannel(id) => write!(f, "D{}", id.number()),
            Subject::Transport(transport) => write!(f, "T{}", transport.0),
            Subject::CandidatePair(transport, pair) => write!(f, "CP{}-{pair}", transport.0),
            Subject::LocalCandidate(transport, id) => write!(f, "LC{}-{id}", transport.0),
            Subject::RemoteCandidate(transport, id) => write!(f, "RC{}-{id}", transport.0),
            Subject::LocalCertificate => f.write_str("LF"),
            Subject::RemoteCertificate(transport) => write!(f, "RF{}", transport.0),
        }
    }
}

impl fmt::Debug for StatsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatsId({self})")
    }
}

impl fmt::Display for StatsType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
