//! The RTP media API (W3C section 5), as plain data: kinds, tracks, codecs, parameters, and what was
//! negotiated of them.

mod codec;
mod direction;
mod kind;
mod section;
mod track;

pub use codec::{RtpCodec, RtpCodecParameters};
pub use direction::TransceiverDirection;
pub use kind::MediaKind;
// Taken up by the media room and by the descriptions.
#[allow(unused_imports, dead_code)]
pub(crate) use section::{
    Extensions, Feedback, MediaSection, NegotiatedCodec, ReceiveSection, RemoteSource,
    SendEncoding, SendSection, TransportId,
};
pub use track::{Track, TransceiverId};
