//! Data channels: RFC 8831 and 8832 on top of one SCTP association.

mod channels;
mod dcep;
mod early;
mod handle;
mod init;
mod marking;
mod message;
mod table;

pub(crate) use channels::{Channels, Establish};
pub use handle::{DataChannel, DataChannelMut, DataChannelState};
pub use init::DataChannelInit;
pub use message::Message;
pub use table::ChannelId;
