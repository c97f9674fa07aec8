//! The receiving half: what has arrived, what can be read, what the peer is told.

mod inbound;
mod partial;
mod streams;
mod tracker;

pub(crate) use inbound::{Inbound, Taken};
