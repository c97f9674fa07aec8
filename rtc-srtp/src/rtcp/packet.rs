//! All the kinds of RTCP packets.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::error::DecodeError;
use crate::rtcp::app::ApplicationDefined;
use crate::rtcp::bye::Goodbye;
use crate::rtcp::ccfb::CongestionControlFeedback;
use crate::rtcp::extended_report::ExtendedReport;
use crate::rtcp::fir::FullIntraRequest;
use crate::rtcp::header::RawPacket;
use crate::rtcp::nack::Nack;
use crate::rtcp::pli::PictureLossIndication;
use crate::rtcp::receiver_report::ReceiverReport;
use crate::rtcp::remb::ReceiverEstimatedMaximumBitrate;
use crate::rtcp::sdes::SourceDescription;
use crate::rtcp::sender_report::SenderReport;
use crate::rtcp::tmmbr::{
    TemporaryMaximumMediaStreamBitrateNotification, TemporaryMaximumMediaStreamBitrateRequest,
};
use crate::rtcp::transport_feedback::TransportFeedback;

/// An RTCP packet of any kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RtcpPacket<'a> {
    /// SR.
    SenderReport(SenderReport<'a>),
    /// RR.
    ReceiverReport(ReceiverReport<'a>),
    /// SDES.
    SourceDescription(SourceDescription<'a>),
    /// BYE.
    Goodbye(Goodbye<'a>),
    /// APP.
    ApplicationDefined(ApplicationDefined<'a>),
    /// Generic NACK.
    Nack(Nack<'a>),
    /// TMMBR.
    TemporaryMaximumMediaStreamBitrateRequest(TemporaryMaximumMediaStreamBitrateRequest<'a>),
    /// TMMBN.
    TemporaryMaximumMediaStreamBitrateNotification(
        TemporaryMaximumMediaStreamBitrateNotification<'a>,
    ),
    /// CCFB.
    CongestionControlFeedback(CongestionControlFeedback<'a>),
    /// Transport-wide feedback.
    TransportFeedback(TransportFeedback<'a>),
    /// PLI.
    PictureLossIndication(PictureLossIndication),
    /// FIR.
    FullIntraRequest(FullIntraRequest<'a>),
    /// REMB.
    ReceiverEstimatedMaximumBitrate(ReceiverEstimatedMaximumBitrate<'a>),
    /// XR.
    ExtendedReport(ExtendedReport<'a>),
    /// Anything else.
    Unknown(RawPacket<'a>),
}

impl<'a> RtcpPacket<'a> {
    /// Takes one packet off the front of the input.
    ///
    /// # Errors
    ///
    /// If it is not a packet, or one of a known kind that is malformed.
    pub fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError> {
        Self::interpret(RawPacket::decode(input)?)
    }

    /// Reads the body of a packet.
    ///
    /// # Errors
    ///
    /// If it is of a known kind and malformed.
    pub fn interpret(raw: RawPacket<'a>) -> Result<Self, DecodeError> {
        Ok(match (raw.packet_type, raw.count) {
            (SenderReport::PACKET_TYPE, _) => Self::SenderReport(SenderReport::decode(raw)?),
            (ReceiverReport::PACKET_TYPE, _) => Self::ReceiverReport(ReceiverReport::decode(raw)?),
            (SourceDescription::PACKET_TYPE, _) => {
                Self::SourceDescription(SourceDescription::decode(raw)?)
            }
            (Goodbye::PACKET_TYPE, _) => Self::Goodbye(Goodbye::decode(raw)?),
            (ApplicationDefined::PACKET_TYPE, _) => {
                Self::ApplicationDefined(ApplicationDefined::decode(raw)?)
            }
            (ExtendedReport::PACKET_TYPE, _) => Self::ExtendedReport(ExtendedReport::decode(raw)?),
            (TRANSPORT_FEEDBACK, Nack::FORMAT) => Self::Nack(Nack::decode(raw)?),
            (TRANSPORT_FEEDBACK, TemporaryMaximumMediaStreamBitrateRequest::FORMAT) => {
                Self::TemporaryMaximumMediaStreamBitrateRequest(
                    TemporaryMaximumMediaStreamBitrateRequest::decode(raw)?,
                )
            }
            (TRANSPORT_FEEDBACK, TemporaryMaximumMediaStreamBitrateNotification::FORMAT) => {
                Self::TemporaryMaximumMediaStreamBitrateNotification(
                    TemporaryMaximumMediaStreamBitrateNotification::decode(raw)?,
                )
            }
            (TRANSPORT_FEEDBACK, CongestionControlFeedback::FORMAT) => {
                Self::CongestionControlFeedback(CongestionControlFeedback::decode(raw)?)
            }
            (TRANSPORT_FEEDBACK, TransportFeedback::FORMAT) => {
                Self::TransportFeedback(TransportFeedback::decode(raw)?)
            }
            (PAYLOAD_FEEDBACK, PictureLossIndication::FORMAT) => {
                Self::PictureLossIndication(PictureLossIndication::decode(raw)?)
            }
            (PAYLOAD_FEEDBACK, FullIntraRequest::FORMAT) => {
                Self::FullIntraRequest(FullIntraRequest::decode(raw)?)
            }
            (PAYLOAD_FEEDBACK, ReceiverEstimatedMaximumBitrate::FORMAT)
                if ReceiverEstimatedMaximumBitrate::recognizes(raw) =>
            {
                Self::ReceiverEstimatedMaximumBitrate(ReceiverEstimatedMaximumBitrate::decode(raw)?)
            }
            _ => Self::Unknown(raw),
        })
    }

    /// Appends the packet.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::SenderReport(packet) => packet.encode(out),
            Self::ReceiverReport(packet) => packet.encode(out),
            Self::SourceDescription(packet) => packet.encode(out),
            Self::Goodbye(packet) => packet.encode(out),
            Self::ApplicationDefined(packet) => packet.encode(out),
            Self::Nack(packet) => packet.encode(out),
            Self::TemporaryMaximumMediaStreamBitrateRequest(packet) => packet.encode(out),
            Self::TemporaryMaximumMediaStreamBitrateNotification(packet) => packet.encode(out),
            Self::CongestionControlFeedback(packet) => packet.encode(out),
            Self::TransportFeedback(packet) => packet.encode(out),
            Self::PictureLossIndication(packet) => packet.encode(out),
            Self::FullIntraRequest(packet) => packet.encode(out),
            Self::ReceiverEstimatedMaximumBitrate(packet) => packet.encode(out),
            Self::ExtendedReport(packet) => packet.encode(out),
            Self::Unknown(packet) => packet.encode(out),
        }
    }
}

/// RTPFB (RFC 4585, section 6.1).
const TRANSPORT_FEEDBACK: u8 = 205;
/// PSFB.
const PAYLOAD_FEEDBACK: u8 = 206;
