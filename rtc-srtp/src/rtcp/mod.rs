//! RTCP packets (RFC 3550, section 6; RFC 4585; RFC 5104; RFC 3611; RFC 8888).
//!
//! [`RtcpPackets`] walks a datagram; [`RtcpPacket`] is the enum of all kinds. Lists are
//! [`List`]s: decoded item by item out of the datagram, or given as a slice to be encoded; nothing
//! is allocated in either direction.

mod app;
mod bye;
mod ccfb;
mod compound;
mod extended_report;
mod fir;
mod header;
mod list;
mod nack;
mod packet;
mod pli;
mod receiver_report;
mod remb;
mod report_block;
mod sdes;
mod sender_report;
#[cfg(test)]
mod tests;
mod tmmbr;
mod transport_feedback;

pub use app::ApplicationDefined;
pub use bye::Goodbye;
pub use ccfb::{ArrivalTimeOffset, CongestionControlFeedback, MetricBlock, StreamReport};
pub use compound::RtcpPackets;
pub use extended_report::{DlrrSubBlock, ExtendedReport, ExtendedReportBlock, UnknownReportBlock};
pub use fir::{FirEntry, FullIntraRequest};
pub use header::RawPacket;
pub use list::{Item, Iter, List};
pub use nack::{Nack, NackPair, NackPairs};
pub use packet::RtcpPacket;
pub use pli::PictureLossIndication;
pub use receiver_report::ReceiverReport;
pub use remb::ReceiverEstimatedMaximumBitrate;
pub use report_block::ReportBlock;
pub use sdes::{SdesChunk, SdesItem, SdesItemType, SourceDescription};
pub use sender_report::SenderReport;
pub use tmmbr::{
    TemporaryMaximumMediaStreamBitrateNotification, TemporaryMaximumMediaStreamBitrateRequest,
    TmmbrEntry,
};
pub use transport_feedback::{PacketStatus, PacketStatuses, TransportFeedback};
