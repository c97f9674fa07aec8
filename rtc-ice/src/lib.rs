//! Sans-IO STUN codec (RFC 8489) and ICE agent (RFC 8445).
//!
//! Two rooms. [`stun`] reads and writes messages and knows nothing of time. The agent ([`Agent`])
//! is one machine without sockets and clocks: datagrams, moments and commands go in, datagrams,
//! events and the next deadline come out. With the same inputs it does the same, to the byte.
//!
//! What the agent does: host, server-reflexive and relayed local candidates that its owner has
//! found, peer-reflexive ones that it finds itself; checks in both roles with the resolution of
//! conflicts; trickle ICE (RFC 8838) with the patience of RFC 8863; regular nomination, and any
//! nomination of the other side, at once or changing later; consent (RFC 7675); ICE restarts;
//! remote lite implementations. UDP, one component.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod agent;
mod error;
pub mod stun;

pub use agent::{
    Agent, Candidate, CandidateKind, Config, Credentials, Event, Foundation, PairId, PairInfo,
    PairState, PathStatus, Role, State, binding_request_ufrags, candidate_priority,
    local_preferences, pair_priority,
};
pub use error::{
    AddCandidateError, CredentialsError, DecodeError, Error, FoundationError, SetCredentialsError,
};
