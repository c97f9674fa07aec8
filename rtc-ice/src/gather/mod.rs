//! Gathering: the machine that finds the local candidates of a connection (RFC 8445, section 5.1).
//!
//! One machine, written in several files: `machine` holds it and its commands, `plan` decides whom
//! to ask from where, `progress` moves each of these tasks on with `probes`, `relays` and `paths`, `results` makes candidates of what it
//! learns, `inbound` reads what comes, `outbound` writes. The other files are leaves that know nothing of the machine.
#![deny(clippy::indexing_slicing)]

mod config;
mod error;
mod event;
mod found;
mod generator;
mod inbound;
mod local;
mod lookup;
mod machine;
mod outbound;
mod paths;
mod plan;
mod preference;
mod probes;
mod progress;
mod relays;
mod request;
mod results;
mod server;
mod services;
mod task;

pub use config::{GatherPolicy, GathererConfig};
pub use error::{AddLocalError, GatherError};
pub use event::{GatherEvent, Inbound, Relaying};
pub use local::LocalAddress;
pub use machine::Gatherer;
pub use request::{ConnectionId, GatherRequest, QueryId};
pub use server::Server;
