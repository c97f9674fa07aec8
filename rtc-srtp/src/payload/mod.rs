//! Payload formats: frames taken apart into RTP payloads, and put together again.
//!
//! A [`Packetizer`] is given a frame and then asked for one payload after the other; a
//! [`Depacketizer`] is given the payloads in the order of their sequence numbers, which is a jitter
//! buffer's business, and then asked for frames. What is not a frame has a type of its own:
//! [`ComfortNoise`], [`TelephoneEvent`], [`Red`], [`RtxPayload`].

mod assembly;
mod comfort_noise;
mod depacketizer;
mod format;
mod frame;
mod g711;
mod g722;
pub mod h264;
pub mod opus;
mod packetizer;
mod picture_id;
mod red;
mod rtx;
mod split;
mod telephone_event;
#[cfg(test)]
mod tests;
pub mod vp8;
pub mod vp9;

pub use assembly::MAX_FRAME_LEN;
pub use comfort_noise::ComfortNoise;
pub use depacketizer::Depacketizer;
pub use format::Format;
pub use frame::{Frame, PacketPayload, PayloadMark};
pub use packetizer::Packetizer;
pub use red::{Red, RedBlock, RedBlocks, encode_red};
pub use rtx::RtxPayload;
pub use telephone_event::TelephoneEvent;
