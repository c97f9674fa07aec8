//! Candidates by way of servers, relays, connections and names, on virtual time.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../../rtc-ice/tests/common/turn_server.rs"]
mod turn_server;

mod agreed;
mod closing;
mod events;
mod hidden;
mod interfaces;
mod marking;
mod net;
mod pool;
mod relayed;
mod steady;
mod streams;
mod tcp;
