//! The RTP media API (W3C section 5), as plain data: kinds, tracks, codecs, parameters, and what was
//! negotiated of them.

mod capabilities;
mod changes;
mod codec;
mod direction;
mod encodings;
pub(crate) mod extension_ids;
mod extensions;
mod fmtp;
pub(crate) mod formats;
mod init;
mod kind;
mod matching;
mod needs_negotiation;
mod parameters;
mod payload_types;
mod profile_level_id;
mod section;
mod track;
mod transceiver;
mod transceivers;
mod views;

pub use codec::{RtpCodec, RtpCodecParameters};
pub use direction::TransceiverDirection;
pub(crate) use encodings::MAX_ENCODINGS;
pub(crate) use extension_ids::ExtensionIds;
pub use init::{TrackOrKind, TransceiverInit};
pub use kind::MediaKind;
pub(crate) use needs_negotiation::SectionFacts;
pub use parameters::{
    RtcpParameters, RtpCapabilities, RtpEncodingParameters, RtpHeaderExtensionCapability,
    RtpHeaderExtensionParameters, RtpReceiveParameters, RtpSendParameters,
};
pub(crate) use payload_types::PayloadTypes;
pub(crate) use section::{
    Extensions, Feedback, MediaSection, NegotiatedCodec, ReceiveSection, RemoteSource,
    SectionCodec, SendEncoding, SendSection, TransportId,
};
pub use track::{Track, TransceiverId};
pub(crate) use transceiver::{Encoding, TransceiverState};
pub use transceivers::MAX_TRANSCEIVERS;
pub(crate) use transceivers::{NewTransceiver, Transceivers, uuid};
pub use views::{RtpReceiver, RtpSender, Transceiver};
