//! The dictionaries by which an application reads and steers what is sent and received.

use alloc::string::String;
use alloc::vec::Vec;

use super::codec::{RtpCodec, RtpCodecParameters};
use super::direction::TransceiverDirection;
use crate::priority::Priority;

/// `RTCRtpEncodingParameters`: how a sender sends one stream.
///
/// This crate encodes nothing. It heeds [`active`](Self::active), [`codec`](Self::codec) and
/// [`network_priority`](Self::network_priority); the other members are kept, checked and given back for whoever encodes.
#[derive(Debug, Clone, PartialEq)]
pub struct RtpEncodingParameters {
    /// `rid`: the stream's name in a simulcast, 1 to 16 letters and digits. Can only be told to
    /// `add_transceiver`. Default: `None`.
    pub rid: Option<String>,
    /// `active`: whether the stream is sent. Default: true.
    pub active: bool,
    /// `codec`: which of the negotiated codecs is sent; `None` leaves the choice to the other
    /// side's order of preference. Default: `None`.
    pub codec: Option<RtpCodec>,
    /// `priority`: how much of what can be sent is the stream's due (webrtc-priority). Default:
    /// [`Low`](Priority::Low).
    pub priority: Priority,
    /// `networkPriority`: what the stream's packets ask of the network, where
    /// [`Configuration::dscp`](crate::Configuration::dscp) has them ask; `None` for that of
    /// [`priority`](Self::priority). Default: `None`.
    pub network_priority: Option<Priority>,
    /// `maxBitrate`, in bits per second, without what IP and UDP add (RFC 3890 section 6.2.2).
    /// Default: `None`.
    pub max_bitrate: Option<u32>,
    /// `maxFramerate`, in frames per second, of video; at least 0. Default: `None`.
    pub max_framerate: Option<f64>,
    /// `scaleResolutionDownBy`, of video: by what each dimension of the picture is divided; at
    /// least 1. Always present in what a sender of video gives back. Default: `None`.
    pub scale_resolution_down_by: Option<f64>,
}

impl Default for RtpEncodingParameters {
    fn default() -> Self {
        Self {
            rid: None,
            active: true,
            codec: None,
            priority: Priority::default(),
            network_priority: None,
            max_bitrate: None,
            max_framerate: None,
            scale_resolution_down_by: None,
        }
    }
}

/// `RTCRtpHeaderExtensionParameters`: a header extension in force (RFC 8285).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RtpHeaderExtensionParameters {
    /// `uri`: which extension.
    pub uri: String,
    /// `id`: what names it in packets, 1 to 255.
    pub id: u16,
    /// `encrypted`: whether RFC 6904 protects it, which this crate does not negotiate: always false.
    pub encrypted: bool,
}

/// `RTCRtpHeaderExtensionCapability`: a header extension that could be used, with the direction of
/// the header-extension control in the WebRTC extensions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RtpHeaderExtensionCapability {
    /// `uri`: which extension.
    pub uri: String,
    /// `direction`: which way it is, or was, negotiated; `Stopped` where it is not.
    pub direction: TransceiverDirection,
}

/// `RTCRtpCapabilities`: what could be sent or received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RtpCapabilities {
    /// `codecs`, the preferred first; retransmission and redundancy formats among them.
    pub codecs: Vec<RtpCodec>,
    /// `headerExtensions`.
    pub header_extensions: Vec<RtpHeaderExtensionCapability>,
}

/// `RTCRtcpParameters`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RtcpParameters {
    /// `cname`: by which the other side knows that streams belong together (RFC 3550 section 6.5.1).
    pub cname: String,
    /// `reducedSize`: whether RTCP packets of reduced size were negotiated (RFC 5506).
    pub reduced_size: bool,
}

/// `RTCRtpSendParameters`, as `getParameters` of a sender gives them and `setParameters` takes them.
///
/// Only members of [`encodings`](Self::encodings) can be changed, and of those not the RID; neither
/// can their number or order.
#[derive(Debug, Clone, PartialEq)]
pub struct RtpSendParameters {
    /// `transactionId`: which `getParameters` these are from.
    pub transaction_id: String,
    /// `encodings`: one for each stream.
    pub encodings: Vec<RtpEncodingParameters>,
    /// `headerExtensions` that are sent.
    pub header_extensions: Vec<RtpHeaderExtensionParameters>,
    /// `rtcp`.
    pub rtcp: RtcpParameters,
    /// `codecs` that can be sent, the one that is preferred first; retransmission formats among
    /// them. Empty before they were negotiated.
    pub codecs: Vec<RtpCodecParameters>,
}

/// `RTCRtpReceiveParameters`, as `getParameters` of a receiver gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RtpReceiveParameters {
    /// `headerExtensions` that may come.
    pub header_extensions: Vec<RtpHeaderExtensionParameters>,
    /// `rtcp`. The `cname` stays empty: it is the other side's, and known from its RTCP only.
    pub rtcp: RtcpParameters,
    /// `codecs` that may come. Empty before they were negotiated.
    pub codecs: Vec<RtpCodecParameters>,
}
