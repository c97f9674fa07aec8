//! What stands on the wire: one file per chunk and parameter, nothing that knows an association.

mod abort;
mod cause;
mod checksum;
mod chunk;
mod cookie;
mod data;
mod error_chunk;
mod forward_tsn;
mod header;
mod heartbeat;
mod init;
mod parameter;
mod reconfig;
mod sack;
mod serial;
mod shutdown;
mod tlv;

pub use abort::Abort;
pub use cause::{Cause, CauseCode};
pub use checksum::crc32c;
pub use chunk::{Chunk, Chunks};
pub use cookie::{CookieAck, CookieEcho};
pub use data::{Data, DataFlags};
pub use error_chunk::ErrorChunk;
pub use forward_tsn::{ForwardTsn, SkippedStream};
pub use header::{Header, Packet};
pub use heartbeat::{Heartbeat, HeartbeatAck};
pub use init::{Init, InitAck};
pub use parameter::{Parameter, Parameters};
pub use reconfig::{
    IncomingResetRequest, OutgoingResetRequest, Reconfig, ReconfigResponse, ReconfigResult,
};
pub use sack::{GapBlock, Sack};
pub use serial::{Ssn, Tsn};
pub use shutdown::{Shutdown, ShutdownAck, ShutdownComplete};
pub use tlv::{RawChunk, RawTlv, UnknownAction};
