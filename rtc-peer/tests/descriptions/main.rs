//! Offers, answers and candidates, as the W3C specification and JSEP (RFC 9429) have them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;

mod bombs;
mod bundle;
mod candidates;
mod content;
mod examples;
mod media;
mod negotiation;
mod recycling;
mod refused;
mod refused_media;
mod restarts;
mod rollback;
mod rollback_media;
mod setup;
mod simulcast;
mod states;
