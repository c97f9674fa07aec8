//! The client side of TURN (RFC 8656): relayed addresses on a server.
//!
//! [`Client`] is one machine, written in several files: `client` holds it and its commands,
//! `outbound` writes what goes to the server, `inbound` reads what comes from it, `answer` says what
//! the answers mean, `schedule` lets time pass. The other files are leaves that know nothing of it.
#![deny(clippy::indexing_slicing)]

mod answer;
mod challenge;
mod channel;
mod channel_data;
mod client;
mod config;
mod credentials;
mod deadlines;
mod error;
mod event;
mod inbound;
mod outbound;
mod permission;
mod request;
mod schedule;

pub use channel_data::{ChannelData, ChannelDataError, ChannelNumber};
pub use client::Client;
pub use config::{Config, Families};
pub use credentials::Credentials;
pub use error::{Error, Failure, MoveError};
pub use event::{Allocated, Event, Inbound};
