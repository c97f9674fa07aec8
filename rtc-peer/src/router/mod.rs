//! Many peers on one socket: which of them a datagram is for, whose turn it is, whose time has come.
//!
//! `machine` holds the peers and calls them; the other files are leaves that know nothing of it:
//! `paths`, `fragments` and `requests` find a peer, `deadlines` and `ready` say which one is next,
//! `unknown` and `strangers` keep what nobody knows. `streams` is the part of the machine that
//! has to do with TCP.

mod deadlines;
mod error;
mod event;
mod fragments;
mod keyed;
mod machine;
mod paths;
mod peers;
mod ready;
mod requests;
mod strangers;
mod streams;
mod unknown;

pub use error::{InsertError, InsertRefusal, RouterError};
pub use event::{PeerId, RouterConfig, RouterEvent};
pub use machine::{PeerMut, Router};
