//! The machine of RTP and RTCP: demultiplexing, reception, repair, reports, sending (RFC 3550,
//! RFC 4585, RFC 4588, RFC 8834).

mod ccfb;
mod config;
mod counters;
mod demux;
mod draws;
mod dtmf;
mod error;
mod event;
mod extensions;
mod frame;
mod history;
mod incoming;
mod key_frames;
mod machine;
mod nack;
mod ntp;
mod outgoing;
mod outgoing_packet;
mod outlets;
mod packet;
mod receive;
mod reorder;
mod rewrite;
mod round_trip;
mod rtcp_in;
mod rtcp_out;
mod rtcp_timing;
mod section;
mod sender_clock;
mod session;
mod sources;
mod statistics;
#[cfg(test)]
mod tests;
mod twcc;

pub(crate) use config::MediaConfig;
pub use counters::{
    InboundCounters, OutboundCounters, RemoteInboundCounters, RemoteOutboundCounters,
    TransportMediaCounters,
};
pub use dtmf::MAX_TONES;
pub use error::{DtmfError, MediaError, ReceiverError, SendMediaError};
pub(crate) use event::MediaEvent;
pub use frame::{OutgoingFrame, ReceivedFrame};
pub(crate) use machine::{Media, PacketKind};
pub use packet::{Csrcs, MediaExtensions, OutgoingPacket, PacketOrigin, ReceivedPacket, Sequence};
pub use section::Delivery;
pub use sources::RtpSource;
