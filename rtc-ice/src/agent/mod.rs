//! The ICE agent (RFC 8445) for one component: what WebRTC with BUNDLE and rtcp-mux needs.
//!
//! One machine, written in several files: `machine` holds it and its commands, `inbound` reads
//! datagrams, `outbound` writes them, `schedule` decides when, `pairing` makes the pairs,
//! `nomination` and `consent` choose the one to send on and watch over it, `backup` keeps others
//! fresh, `vigil` notices at once when data is not answered, `lite` is what a lite implementation does instead, `restart` begins anew, `trickle` takes
//! candidates in, `connections` asks for TCP connections.
//! The other files are leaves that know nothing of the machine.

pub(crate) mod address;
mod backup;
mod candidate;
mod candidates;
mod checklist;
mod config;
mod connections;
mod consent;
mod credentials;
mod inbound;
mod lite;
mod machine;
mod nomination;
mod outbound;
mod outbox;
mod pair;
mod pairing;
mod previous;
pub(crate) mod priority;
mod refill;
mod restart;
mod schedule;
mod side;
mod state;
mod tcp_type;
mod transaction;
mod trickle;
mod ufrags;
mod vigil;
mod worth;

pub use candidate::{Candidate, CandidateId, CandidateKind, Foundation};
pub use config::Config;
pub use connections::Connect;
pub use credentials::Credentials;
pub use machine::Agent;
pub use pair::{PairId, PairInfo, PairState, PathTraffic};
pub use priority::{candidate_priority, local_preferences, pair_priority};
pub use state::{Event, PathStatus, Role, State};
pub use tcp_type::TcpType;
pub use ufrags::binding_request_ufrags;
