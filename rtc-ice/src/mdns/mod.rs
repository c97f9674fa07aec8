//! Multicast DNS (RFC 6762), as far as ICE candidates need it
//! (draft-ietf-mmusic-mdns-ice-candidates).
//!
//! One machine, [`Mdns`], for all connections of a process: it gives out the names under which this
//! host hides its addresses, answers for them on the link, and asks the link for the names that
//! others have signalled. Names are [`CandidateName`]s, so that nothing else in `.local` can be
//! published or asked for.
//!
//! The law of this room: it knows nothing of candidates, and nobody on the link can make it
//! remember anything.

mod agenda;
mod builder;
mod config;
mod error;
mod event;
mod family;
mod inbound;
mod machine;
mod message;
mod name;
mod outbound;
mod publication;
mod query;
mod record;
mod reply;
mod subnet;
#[cfg(test)]
mod tests;
mod wire_name;

pub use config::Config;
pub use error::{DecodeError, Error, PublishError, ResolveError};
pub use event::Event;
pub use family::{GROUP_V4, GROUP_V6, PORT};
pub use machine::Mdns;
pub use message::Message;
pub use name::{CandidateName, NameError, is_local_name};
pub use record::{Question, Record, RecordType};
pub use subnet::Subnet;
pub use wire_name::WireName;
