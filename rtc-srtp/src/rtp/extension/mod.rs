//! Header extensions (RFC 8285): their framing, and the elements that WebRTC uses.
//!
//! [`Extensions`] and [`HeaderExtension`] are the framing, which knows nothing of values. Each
//! kind of value has a type with its `URI`, a `decode` that takes the bytes of an element, and an
//! `encode` that gives them; nothing is allocated.

mod abs_capture_time;
mod abs_send_time;
mod audio_level;
mod csrc_audio_level;
mod element;
mod playout_delay;
mod sdes;
mod transport_sequence_number;
mod value;
mod video_orientation;

pub use abs_capture_time::AbsCaptureTime;
pub use abs_send_time::AbsSendTime;
pub use audio_level::AudioLevel;
pub use csrc_audio_level::CsrcAudioLevels;
pub use element::{Extensions, HeaderExtension};
pub(crate) use element::{ONE_BYTE, element_positions, encode_extensions};
pub use playout_delay::PlayoutDelay;
pub use sdes::{Mid, RepairedRtpStreamId, RtpStreamId};
pub use transport_sequence_number::{FeedbackRequest, TransportSequenceNumber};
pub use value::ExtensionValue;
pub use video_orientation::{Rotation, VideoOrientation};
