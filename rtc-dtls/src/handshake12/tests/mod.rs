//! Both sides of the handshake, message by message, with somebody in between.

mod identity;
mod keys;
mod messages;
mod negotiation;
mod sides;
