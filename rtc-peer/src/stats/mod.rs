//! Statistics, by the names of the W3C statistics specification: what the other rooms have counted,
//! copied out at one moment.

mod certificate;
mod channels;
mod codec;
mod collect;
mod ice;
mod id;
#[cfg(feature = "serde")]
mod json;
mod media;
mod report;
mod rtp;
mod select;
mod timestamp;
mod transport;

pub use certificate::CertificateStats;
pub use channels::{DataChannelStats, PeerConnectionStats};
pub use codec::CodecStats;
pub(crate) use ice::Host;
pub use ice::{CandidatePairStats, CandidateStats};
pub use id::{StatsId, StatsType};
pub use report::{Stats, StatsReport};
pub use rtp::{
    InboundRtpStats, MediaSourceStats, OutboundRtpStats, RemoteInboundRtpStats,
    RemoteOutboundRtpStats,
};
pub use timestamp::Timestamp;
pub(crate) use timestamp::WallClock;
pub use transport::TransportStats;
