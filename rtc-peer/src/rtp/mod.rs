//! The RTP media API (W3C section 5), as plain data: kinds, tracks, codecs, parameters, and what was
//! negotiated of them.

mod codec;
mod direction;
#[allow(dead_code)]
mod extensions;
mod kind;
mod parameters;
mod section;
mod track;
#[allow(dead_code)]
mod transceiver;
#[allow(dead_code)]
mod transceivers;

pub use codec::{RtpCodec, RtpCodecParameters};
pub use direction::TransceiverDirection;
pub use kind::MediaKind;
pub use parameters::{
    RtcpParameters, RtpCapabilities, RtpEncodingParameters, RtpHeaderExtensionCapability,
    RtpHeaderExtensionParameters, RtpReceiveParameters, RtpSendParameters,
};
// Taken up by the media room and by the descriptions.
#[allow(unused_imports, dead_code)]
pub(crate) use section::{
    Extensions, Feedback, MediaSection, NegotiatedCodec, ReceiveSection, RemoteSource,
    SendEncoding, SendSection, TransportId,
};
pub use track::{Track, TransceiverId};
#[allow(unused_imports)]
pub(crate) use transceiver::{Encoding, Life, ReceiverState, SenderState, TransceiverState};
#[allow(unused_imports)]
pub(crate) use transceivers::{MAX_TRANSCEIVERS, NewTransceiver, Transceivers};
