//! TURN (RFC 8656).
#![deny(clippy::indexing_slicing)]

mod channel_data;

pub use channel_data::{ChannelData, ChannelDataError, ChannelNumber};
