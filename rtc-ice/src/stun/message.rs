//! A message as a borrowed view of a datagram.

use core::net::SocketAddr;
use core::str;

use super::address;
use super::attribute::{Attributes, RawAttribute};
use super::attribute_type::AttributeType;
use super::error_code::ErrorCode;
use super::fingerprint::fingerprint;
use super::integrity::{self, IntegrityKey, SHA1_LENGTH, SHA256_LENGTH};
use super::message_type::{self, Class, HEADER_LENGTH, MAGIC_COOKIE, Method, TransactionId};
use super::network_info::NetworkInfo;
use super::password_algorithm::{PasswordAlgorithm, PasswordAlgorithms};
use crate::error::DecodeError;

/// A message whose framing is known to be good (RFC 8489, section 5).
///
/// Nothing is copied. What [`decode`](Self::decode) promises: the header is that of STUN, the
/// attributes fill the message exactly, there are at most [`MAX_ATTRIBUTES`], and if FINGERPRINT is
/// there it is last and right. Who sent the message is not known until [`verify`](Self::verify) has
/// returned true.
///
/// Of attributes that occur more than once the first counts (RFC 8489, section 14).
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    bytes: &'a [u8],
    class: Class,
    method: Method,
    id: TransactionId,
    integrity: Option<Position>,
    integrity_sha256: Option<Position>,
    has_fingerprint: bool,
}

/// Where an attribute that covers what stands before it begins, from the start of the message, and
/// how long its value is.
#[derive(Debug, Clone, Copy)]
struct Position {
    offset: usize,
    length: usize,
}

impl<'a> Message<'a> {
    /// Whether a datagram can be STUN by its first bytes alone: its first byte is below 4
    /// (RFC 7983) and the cookie is in place.
    pub fn is_stun(datagram: &[u8]) -> bool {
        datagram.first().is_some_and(|first| *first < 4)
            && datagram.get(4..8) == Some(&MAGIC_COOKIE.to_be_bytes())
    }

    /// Reads a datagram that holds exactly one message. Time is linear in its length; nothing is
    /// allocated.
    ///
    /// # Errors
    ///
    /// If the promises of the type do not hold.
    pub fn decode(datagram: &'a [u8]) -> Result<Self, DecodeError> {
        let (header, mut rest) =
            datagram.split_first_chunk::<HEADER_LENGTH>().ok_or(DecodeError::Truncated)?;
        let &[t0, t1, l0, l1, c0, c1, c2, c3, ref id @ ..] = header;
        if t0 >= 0x40 || u32::from_be_bytes([c0, c1, c2, c3]) != MAGIC_COOKIE {
            return Err(DecodeError::NotStun);
        }
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        if length % 4 != 0 || length != rest.len() {
            return Err(DecodeError::Length);
        }
        let (class, method) = message_type::split(u16::from_be_bytes([t0, t1]));
        let mut message = Self {
            bytes: datagram,
            class,
            method,
            id: TransactionId(*id),
            integrity: None,
            integrity_sha256: None,
            has_fingerprint: false,
        };
        let mut count = 0;
        while !rest.is_empty() {
            let offset = datagram.len() - rest.len();
            let attribute = RawAttribute::decode(&mut rest)?;
            count += 1;
            if count > MAX_ATTRIBUTES {
                return Err(DecodeError::TooManyAttributes);
            }
            let position = Position { offset, length: attribute.value.len() };
            match attribute.kind {
                AttributeType::MESSAGE_INTEGRITY
                    if message.integrity.is_none() && message.integrity_sha256.is_none() =>
                {
                    message.integrity = Some(position);
                }
                AttributeType::MESSAGE_INTEGRITY_SHA256 if message.integrity_sha256.is_none() => {
                    message.integrity_sha256 = Some(position);
                }
                AttributeType::FINGERPRINT => {
                    if !rest.is_empty() {
                        return Err(DecodeError::Fingerprint);
                    }
                    message.check_fingerprint(position, attribute.value)?;
                    message.has_fingerprint = true;
                }
                _ => {}
            }
        }
        Ok(message)
    }

    /// The whole message.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What the message is within its transaction.
    pub const fn class(&self) -> Class {
        self.class
    }

    /// What the message is about.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// What joins a response to its request.
    pub const fn transaction_id(&self) -> TransactionId {
        self.id
    }

    /// Whether the message ends with a FINGERPRINT, which was right.
    pub const fn has_fingerprint(&self) -> bool {
        self.has_fingerprint
    }

    /// Whether there is a MESSAGE-INTEGRITY or a MESSAGE-INTEGRITY-SHA256 to verify.
    pub const fn has_integrity(&self) -> bool {
        self.integrity.is_some() || self.integrity_sha256.is_some()
    }

    /// Whether there is a MESSAGE-INTEGRITY-SHA256.
    pub const fn has_integrity_sha256(&self) -> bool {
        self.integrity_sha256.is_some()
    }

    /// Whether the message proves that its sender has the key: the strongest integrity attribute
    /// that it carries is right. False if it carries none. The comparison takes constant time.
    ///
    /// The attributes that count ([`attributes`](Self::attributes)) are all covered: those after an
    /// integrity attribute are ignored.
    pub fn verify(&self, key: &IntegrityKey) -> bool {
        if let Some(position) = self.integrity_sha256 {
            // A truncation keeps at least 16 bytes and a multiple of 4 (RFC 8489, section 14.6).
            let length = position.length;
            let sound = (16..=SHA256_LENGTH).contains(&length) && length % 4 == 0;
            return sound
                && self.covered(position).is_some_and(|(head, body, received)| {
                    integrity::matches(&key.sha256(&[&head, body]), received)
                });
        }
        let Some(position) = self.integrity else { return false };
        position.length == SHA1_LENGTH
            && self.covered(position).is_some_and(|(head, body, received)| {
                integrity::matches(&key.sha1(&[&head, body]), received)
            })
    }

    /// The attributes that count, in order.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.bytes.get(HEADER_LENGTH..).unwrap_or_default())
    }

    /// The value of the first attribute of this number, if there is one.
    pub fn attribute(&self, kind: AttributeType) -> Option<&'a [u8]> {
        self.attributes().find(|attribute| attribute.kind == kind).map(|attribute| attribute.value)
    }

    /// The comprehension-required attributes that this crate does not know. A request that has any
    /// is refused with 420 (RFC 8489, section 6.3.1), other messages are dropped.
    pub fn unknown_required(&self) -> impl Iterator<Item = AttributeType> + use<'a> {
        self.attributes()
            .map(|attribute| attribute.kind)
            .filter(|kind| kind.is_comprehension_required() && !kind.is_known())
    }

    /// USERNAME.
    ///
    /// # Errors
    ///
    /// If it is not UTF-8 or longer than 508 bytes.
    pub fn username(&self) -> Result<Option<&'a str>, DecodeError> {
        self.text(AttributeType::USERNAME, 508)
    }

    /// REALM.
    ///
    /// # Errors
    ///
    /// If it is not UTF-8 or longer than 763 bytes.
    pub fn realm(&self) -> Result<Option<&'a str>, DecodeError> {
        self.text(AttributeType::REALM, 763)
    }

    /// SOFTWARE.
    ///
    /// # Errors
    ///
    /// If it is not UTF-8 or longer than 763 bytes.
    pub fn software(&self) -> Result<Option<&'a str>, DecodeError> {
        self.text(AttributeType::SOFTWARE, 763)
    }

    /// NONCE.
    ///
    /// # Errors
    ///
    /// If it is longer than 763 bytes.
    pub fn nonce(&self) -> Result<Option<&'a [u8]>, DecodeError> {
        self.parsed(AttributeType::NONCE, |value| (value.len() <= 763).then_some(value))
    }

    /// USERHASH.
    ///
    /// # Errors
    ///
    /// If it is not 32 bytes.
    pub fn userhash(&self) -> Result<Option<&'a [u8; 32]>, DecodeError> {
        self.parsed(AttributeType::USERHASH, |value| value.try_into().ok())
    }

    /// PASSWORD-ALGORITHM.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn password_algorithm(&self) -> Result<Option<PasswordAlgorithm>, DecodeError> {
        self.parsed(AttributeType::PASSWORD_ALGORITHM, |value| {
            PasswordAlgorithms::decode(value).ok()?.iter().next()
        })
    }

    /// PASSWORD-ALGORITHMS.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn password_algorithms(&self) -> Result<Option<PasswordAlgorithms<'a>>, DecodeError> {
        self.parsed(AttributeType::PASSWORD_ALGORITHMS, |value| {
            PasswordAlgorithms::decode(value).ok()
        })
    }

    /// MAPPED-ADDRESS.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn mapped_address(&self) -> Result<Option<SocketAddr>, DecodeError> {
        self.parsed(AttributeType::MAPPED_ADDRESS, address::decode)
    }

    /// XOR-MAPPED-ADDRESS.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn xor_mapped_address(&self) -> Result<Option<SocketAddr>, DecodeError> {
        self.xor_address(AttributeType::XOR_MAPPED_ADDRESS)
    }

    /// ALTERNATE-SERVER: the first one, which is of the family that the request came from.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn alternate_server(&self) -> Result<Option<SocketAddr>, DecodeError> {
        self.parsed(AttributeType::ALTERNATE_SERVER, address::decode)
    }

    /// ALTERNATE-DOMAIN.
    ///
    /// # Errors
    ///
    /// If it is not UTF-8 or longer than 255 bytes.
    pub fn alternate_domain(&self) -> Result<Option<&'a str>, DecodeError> {
        self.text(AttributeType::ALTERNATE_DOMAIN, 255)
    }

    /// An attribute that is formatted as XOR-MAPPED-ADDRESS.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn xor_address(&self, kind: AttributeType) -> Result<Option<SocketAddr>, DecodeError> {
        self.parsed(kind, |value| address::decode_xor(value, self.id))
    }

    /// ERROR-CODE.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn error_code(&self) -> Result<Option<ErrorCode>, DecodeError> {
        self.parsed(AttributeType::ERROR_CODE, ErrorCode::decode)
    }

    /// UNKNOWN-ATTRIBUTES; empty if there is none. An odd byte at its end is not looked at.
    pub fn unknown_attributes(&self) -> impl Iterator<Item = AttributeType> + use<'a> {
        let value = self.attribute(AttributeType::UNKNOWN_ATTRIBUTES).unwrap_or_default();
        value.as_chunks::<2>().0.iter().map(|bytes| AttributeType(u16::from_be_bytes(*bytes)))
    }

    /// PRIORITY.
    ///
    /// # Errors
    ///
    /// If it is not 4 bytes.
    pub fn priority(&self) -> Result<Option<u32>, DecodeError> {
        self.parsed(AttributeType::PRIORITY, |value| value.try_into().ok().map(u32::from_be_bytes))
    }

    /// Whether USE-CANDIDATE is there.
    pub fn use_candidate(&self) -> bool {
        self.attribute(AttributeType::USE_CANDIDATE).is_some()
    }

    /// The tie-breaker of ICE-CONTROLLING.
    ///
    /// # Errors
    ///
    /// If it is not 8 bytes.
    pub fn ice_controlling(&self) -> Result<Option<u64>, DecodeError> {
        self.parsed(AttributeType::ICE_CONTROLLING, |value| {
            value.try_into().ok().map(u64::from_be_bytes)
        })
    }

    /// The tie-breaker of ICE-CONTROLLED.
    ///
    /// # Errors
    ///
    /// If it is not 8 bytes.
    pub fn ice_controlled(&self) -> Result<Option<u64>, DecodeError> {
        self.parsed(AttributeType::ICE_CONTROLLED, |value| {
            value.try_into().ok().map(u64::from_be_bytes)
        })
    }

    /// The id and the cost of the sender's network.
    ///
    /// # Errors
    ///
    /// If it is not 4 bytes.
    pub fn network_info(&self) -> Result<Option<NetworkInfo>, DecodeError> {
        self.parsed(AttributeType::NETWORK_INFO, NetworkInfo::decode)
    }

    /// The value of NOMINATION.
    ///
    /// # Errors
    ///
    /// If it is not 4 bytes.
    pub fn nomination(&self) -> Result<Option<u32>, DecodeError> {
        self.parsed(AttributeType::NOMINATION, |value| {
            value.try_into().ok().map(u32::from_be_bytes)
        })
    }

    fn text(&self, kind: AttributeType, limit: usize) -> Result<Option<&'a str>, DecodeError> {
        self.parsed(
            kind,
            |value| {
                if value.len() <= limit { str::from_utf8(value).ok() } else { None }
            },
        )
    }

    pub(super) fn parsed<T>(
        &self,
        kind: AttributeType,
        parse: impl FnOnce(&'a [u8]) -> Option<T>,
    ) -> Result<Option<T>, DecodeError> {
        match self.attribute(kind) {
            None => Ok(None),
            Some(value) => parse(value).map(Some).ok_or(DecodeError::Attribute(kind)),
        }
    }

    fn check_fingerprint(&self, position: Position, received: &[u8]) -> Result<(), DecodeError> {
        let received = <[u8; 4]>::try_from(received).map_err(|_| DecodeError::Fingerprint)?;
        let before = self.bytes.get(..position.offset).unwrap_or_default();
        if fingerprint(&[before]).to_be_bytes() == received {
            Ok(())
        } else {
            Err(DecodeError::Fingerprint)
        }
    }

    /// What an integrity attribute covers, and its value: the first four bytes of the header with
    /// the length that the message had when the attribute was its last, then the rest of what stands
    /// before the attribute.
    fn covered(&self, position: Position) -> Option<([u8; 4], &'a [u8], &'a [u8])> {
        let value_at = position.offset + 4;
        let value = self.bytes.get(value_at..value_at + position.length)?;
        let length = u16::try_from(value_at + position.length - HEADER_LENGTH).ok()?;
        let (&[t0, t1, ..], _) = self.bytes.split_first_chunk::<4>()?;
        let [l0, l1] = length.to_be_bytes();
        Some(([t0, t1, l0, l1], self.bytes.get(4..position.offset)?, value))
    }
}

/// The most attributes that a message may have: three times what any known peer sends.
pub const MAX_ATTRIBUTES: usize = 64;
