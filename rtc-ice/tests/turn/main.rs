//! The clients of STUN and TURN servers against a model server, on virtual time.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod allocation;
mod binding;
mod data;
mod loss;
mod mobility;
mod scene;
mod security;
#[path = "../common/turn_server.rs"]
mod turn_server;
