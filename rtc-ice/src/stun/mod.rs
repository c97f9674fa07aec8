//! STUN messages (RFC 8489): a borrowed view to read, a builder to write.
//!
//! Reading never allocates: [`Message::decode`] checks the framing of a datagram once and answers
//! questions from the bytes themselves. Writing appends to a `Vec<u8>` of the caller's.
//!
//! The law of this room: it knows the format and the keys, and nothing about time, retransmission,
//! or who is talking to whom.
#![deny(clippy::indexing_slicing)]

mod address;
mod address_error_code;
mod address_family;
mod attribute;
pub(crate) mod attribute_type;
mod builder;
mod error_code;
mod fingerprint;
mod icmp;
mod integrity;
mod message;
mod message_type;
mod network_info;
mod password_algorithm;
mod relay;
#[cfg(test)]
mod tests;

pub use address_error_code::AddressErrorCode;
pub use address_family::AddressFamily;
pub use attribute::{Attributes, RawAttribute};
pub use attribute_type::AttributeType;
pub use builder::MessageBuilder;
pub use error_code::ErrorCode;
pub use icmp::Icmp;
pub use integrity::{IntegrityKey, userhash};
pub use message::{MAX_ATTRIBUTES, Message};
pub use message_type::{Class, Method, TransactionId};
pub use network_info::NetworkInfo;
pub use password_algorithm::{PasswordAlgorithm, PasswordAlgorithms};
