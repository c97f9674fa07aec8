//! Everything between an address and a path, without sockets: STUN (RFC 8489), TURN (RFC 8656), the
//! gathering of candidates, and the ICE agent (RFC 8445).
//!
//! Each room is a machine, or several, without sockets and clocks: datagrams, moments and commands
//! go in; datagrams, events, errands and the next deadline come out. With the same inputs it does
//! the same, to the byte.
//!
//! - [`stun`] reads and writes messages and knows nothing of time; [`framing`] cuts streams into
//!   them, or into the frames of RFC 4571.
//! - [`binding`] and [`turn`] are the clients of one STUN server and of one TURN server.
//! - The [`Gatherer`] finds the local candidates of a connection: host candidates of the addresses
//!   that its owner names, with an active TCP candidate for each IP address and a passive one for
//!   each listener (RFC 6544); server-reflexive ones from STUN and TURN servers; relayed ones over
//!   UDP, TCP and TLS. Several servers side by side, a dead one delays nothing; addresses and
//!   servers come and go; what is sent from a relayed address is wrapped, what arrives there is
//!   unwrapped. Names to resolve and connections to open are errands for its owner.
//! - [`mdns`] hides addresses behind names and finds those behind the names of others.
//! - The [`Agent`] finds the path: checks in both roles with the resolution of conflicts, over UDP
//!   and TCP, one component; trickle ICE (RFC 8838) with the patience of RFC 8863; peer-reflexive
//!   candidates; regular nomination and renomination; consent (RFC 7675); ICE restarts; as a lite
//!   implementation and against one.
//! - A [`ServerUri`] is how a server is named (RFC 7064, RFC 7065).
//!
//! Two agents that find each other, with a network that is a variable:
//!
//! ```
//! use chacha20::ChaCha20Rng;
//! use rand_core::SeedableRng;
//! use rtc_core::{FiveTuple, Instant};
//! use rtc_ice::{Agent, Candidate, Config, Role, State};
//!
//! let now = Instant::from_secs(1);
//! let mut rng = ChaCha20Rng::from_seed([7; 32]); // in earnest: from the operating system
//! let mut agents = [Role::Controlling, Role::Controlled]
//!     .map(|role| Agent::new(Config::default(), role, now, &mut rng));
//!
//! // Signalling: each side tells its credentials and its candidates to the other.
//! let addresses = ["192.0.2.1:1000".parse()?, "192.0.2.2:2000".parse()?];
//! for (here, there) in [(0, 1), (1, 0)] {
//!     let candidate = Candidate::host(addresses[here], 65535);
//!     let told = agents[here].add_local_candidate(now, candidate)?.expect("it is new");
//!     let remote = Candidate::remote(told.foundation, told.priority, told.address, told.kind);
//!     let credentials = agents[here].local_credentials().clone();
//!     agents[there].set_remote_credentials(now, credentials)?;
//!     agents[there].add_remote_candidate(now, remote)?;
//! }
//!
//! // The driver: what one sends, the other receives.
//! let mut now = now;
//! let mut datagram = Vec::new();
//! while agents.iter().any(|agent| agent.selected_pair().is_none()) {
//!     for (here, there) in [(0, 1), (1, 0)] {
//!         while let Some(transmit) = agents[here].poll_transmit(now, &mut datagram) {
//!             let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
//!             agents[there].handle_datagram(now, path, &datagram)?;
//!             datagram.clear();
//!         }
//!     }
//!     now = Instant::earliest(agents.each_ref().map(Agent::poll_timeout)).expect("consent");
//!     agents.each_mut().map(|agent| agent.handle_timeout(now));
//! }
//! assert_eq!(agents[0].state(), State::Connected);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod agent;
pub mod binding;
mod draw;
mod error;
pub mod framing;
mod gather;
pub mod mdns;
mod network;
mod retransmission;
mod sorted;
pub mod stun;
pub mod turn;
mod uri;

pub use agent::{
    Agent, Candidate, CandidateId, CandidateKind, Config, Connect, Credentials, Event, Foundation,
    PairId, PairInfo, PairState, PathStatus, PathTraffic, Role, State, TcpType,
    binding_request_ufrags, candidate_priority, local_preferences, pair_priority,
};
pub use error::{
    AddCandidateError, CredentialsError, DecodeError, Error, FoundationError, SetCredentialsError,
    UriError,
};
pub use gather::{
    AddLocalError, ConnectionId, GatherError, GatherEvent, GatherPolicy, GatherRequest, Gatherer,
    GathererConfig, Inbound, LocalAddress, QueryId, Relaying, Server,
};
pub use network::Network;
pub use uri::{Host, Scheme, ServerTransport, ServerUri};
