//! Sans-IO SCTP association (RFC 9260) for WebRTC data channels (RFC 8261, RFC 8831).
//!
//! [`Association`] is one end of an association over a DTLS connection. It is told the time and
//! handed what arrives, and it is asked what to send, what has happened and when to call again;
//! it reads no clock, opens no socket and draws no randomness but at its construction.
//!
//! Messages go out through [`Association::send`] and are fetched with [`Association::recv`]: what
//! is not fetched keeps the receive window shut and blocks nothing else.
//!
//! The chunks and parameters on the wire are in [`packet`].
#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod association;
mod config;
mod congestion;
mod cookie;
mod error;
mod event;
mod message;
pub mod packet;
mod receive;
mod reset;
mod round_trip;
mod send;
mod statistics;
mod timer;

pub use association::{Association, State};
pub use config::{Config, Congestion};
pub use error::{DecodeError, Error, ResetError, SendError, Violation};
pub use event::{CloseReason, Event, ResetResult};
pub use message::{Message, Ppid, SendOptions, StreamId};
pub use statistics::Statistics;
