//! Writing a message at the end of a caller's buffer.

use alloc::vec::Vec;
use core::net::SocketAddr;

use super::address;
use super::attribute::padding;
use super::attribute_type::AttributeType;
use super::error_code::ErrorCode;
use super::fingerprint::fingerprint;
use super::integrity::{IntegrityKey, SHA1_LENGTH, SHA256_LENGTH};
use super::message_type::{self, Class, HEADER_LENGTH, MAGIC_COOKIE, Method, TransactionId};
use super::network_info::NetworkInfo;
use super::password_algorithm::PasswordAlgorithm;

/// Appends one message to a buffer, attribute by attribute.
///
/// Until [`finish`](Self::finish) the length field holds 0xffff, which no reader accepts: a message
/// that was left half written is never a valid one.
///
/// A message holds at most 65,532 bytes of attributes. An attribute that does not fit any more is
/// left out whole; nothing that ICE or TURN sends over UDP comes near that.
#[derive(Debug)]
pub struct MessageBuilder<'b> {
    out: &'b mut Vec<u8>,
    start: usize,
    id: TransactionId,
}

impl<'b> MessageBuilder<'b> {
    /// Writes the header at the end of `out`; what stands there already stays.
    ///
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    /// |0 0|     STUN Message Type     |         Message Length        |
    /// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    /// |                         Magic Cookie                          |
    /// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    /// |                     Transaction ID (96 bits)                  |
    /// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    /// ```
    pub fn new(out: &'b mut Vec<u8>, class: Class, method: Method, id: TransactionId) -> Self {
        let start = out.len();
        out.extend_from_slice(&message_type::join(class, method).to_be_bytes());
        out.extend_from_slice(&u16::MAX.to_be_bytes());
        out.extend_from_slice(&MAGIC_COOKIE.to_be_bytes());
        out.extend_from_slice(&id.0);
        Self { out, start, id }
    }

    /// Appends any attribute, padded with zeros.
    pub fn attribute(&mut self, kind: AttributeType, value: &[u8]) -> &mut Self {
        let padding = padding(value.len());
        let total = self.body_length().saturating_add(4 + value.len() + padding);
        let Ok(length) = u16::try_from(value.len()) else { return self };
        if total > MAX_BODY_LENGTH {
            return self;
        }
        self.out.extend_from_slice(&kind.0.to_be_bytes());
        self.out.extend_from_slice(&length.to_be_bytes());
        self.out.extend_from_slice(value);
        self.out.resize(self.out.len() + padding, 0);
        self
    }

    /// Appends USERNAME.
    pub fn username(&mut self, username: &str) -> &mut Self {
        self.attribute(AttributeType::USERNAME, username.as_bytes())
    }

    /// Appends USERHASH ([`userhash`](super::userhash)).
    pub fn userhash(&mut self, userhash: &[u8; 32]) -> &mut Self {
        self.attribute(AttributeType::USERHASH, userhash)
    }

    /// Appends REALM.
    pub fn realm(&mut self, realm: &str) -> &mut Self {
        self.attribute(AttributeType::REALM, realm.as_bytes())
    }

    /// Appends NONCE.
    pub fn nonce(&mut self, nonce: &[u8]) -> &mut Self {
        self.attribute(AttributeType::NONCE, nonce)
    }

    /// Appends SOFTWARE.
    pub fn software(&mut self, software: &str) -> &mut Self {
        self.attribute(AttributeType::SOFTWARE, software.as_bytes())
    }

    /// Appends PASSWORD-ALGORITHM.
    pub fn password_algorithm(&mut self, algorithm: PasswordAlgorithm) -> &mut Self {
        self.attribute(AttributeType::PASSWORD_ALGORITHM, &algorithm.encode())
    }

    /// Appends PASSWORD-ALGORITHMS: a list as it was received
    /// ([`PasswordAlgorithms::as_bytes`](super::PasswordAlgorithms::as_bytes)).
    pub fn password_algorithms(&mut self, list: &[u8]) -> &mut Self {
        self.attribute(AttributeType::PASSWORD_ALGORITHMS, list)
    }

    /// Appends MAPPED-ADDRESS.
    pub fn mapped_address(&mut self, address: SocketAddr) -> &mut Self {
        let (value, length) = address::encode(address);
        self.attribute(AttributeType::MAPPED_ADDRESS, value.get(..length).unwrap_or_default())
    }

    /// Appends XOR-MAPPED-ADDRESS.
    pub fn xor_mapped_address(&mut self, address: SocketAddr) -> &mut Self {
        self.xor_address(AttributeType::XOR_MAPPED_ADDRESS, address)
    }

    /// Appends ALTERNATE-SERVER.
    pub fn alternate_server(&mut self, address: SocketAddr) -> &mut Self {
        let (value, length) = address::encode(address);
        self.attribute(AttributeType::ALTERNATE_SERVER, value.get(..length).unwrap_or_default())
    }

    /// Appends an attribute that is formatted as XOR-MAPPED-ADDRESS.
    pub fn xor_address(&mut self, kind: AttributeType, address: SocketAddr) -> &mut Self {
        let (value, length) = address::encode_xor(address, self.id);
        self.attribute(kind, value.get(..length).unwrap_or_default())
    }

    /// Appends ERROR-CODE with the recommended phrase.
    pub fn error_code(&mut self, code: ErrorCode) -> &mut Self {
        let mut value = [0; 4 + MAX_REASON_LENGTH];
        let (head, phrase) = value.split_at_mut(4);
        head.copy_from_slice(&code.encode());
        let reason = code.reason().as_bytes();
        for (to, from) in phrase.iter_mut().zip(reason) {
            *to = *from;
        }
        let length = 4 + reason.len().min(MAX_REASON_LENGTH);
        self.attribute(AttributeType::ERROR_CODE, value.get(..length).unwrap_or_default())
    }

    /// Appends UNKNOWN-ATTRIBUTES: the first 16 of `kinds`.
    pub fn unknown_attributes(&mut self, kinds: impl Iterator<Item = AttributeType>) -> &mut Self {
        let mut value = [0; 2 * MAX_UNKNOWN];
        let mut count = 0;
        for (to, kind) in value.chunks_exact_mut(2).zip(kinds) {
            to.copy_from_slice(&kind.0.to_be_bytes());
            count += 1;
        }
        let value = value.get(..2 * count).unwrap_or_default();
        self.attribute(AttributeType::UNKNOWN_ATTRIBUTES, value)
    }

    /// Appends PRIORITY.
    pub fn priority(&mut self, priority: u32) -> &mut Self {
        self.attribute(AttributeType::PRIORITY, &priority.to_be_bytes())
    }

    /// Appends USE-CANDIDATE.
    pub fn use_candidate(&mut self) -> &mut Self {
        self.attribute(AttributeType::USE_CANDIDATE, &[])
    }

    /// Appends NOMINATION.
    pub fn nomination(&mut self, value: u32) -> &mut Self {
        self.attribute(AttributeType::NOMINATION, &value.to_be_bytes())
    }

    /// Appends GOOG-NETWORK-INFO.
    pub fn network_info(&mut self, info: NetworkInfo) -> &mut Self {
        self.attribute(AttributeType::NETWORK_INFO, &info.encode())
    }

    /// Appends ICE-CONTROLLING.
    pub fn ice_controlling(&mut self, tie_breaker: u64) -> &mut Self {
        self.attribute(AttributeType::ICE_CONTROLLING, &tie_breaker.to_be_bytes())
    }

    /// Appends ICE-CONTROLLED.
    pub fn ice_controlled(&mut self, tie_breaker: u64) -> &mut Self {
        self.attribute(AttributeType::ICE_CONTROLLED, &tie_breaker.to_be_bytes())
    }

    /// Appends MESSAGE-INTEGRITY over what has been written so far.
    pub fn message_integrity(&mut self, key: &IntegrityKey) -> &mut Self {
        self.patch_length(4 + SHA1_LENGTH);
        let code = key.sha1(&[self.written()]);
        self.attribute(AttributeType::MESSAGE_INTEGRITY, &code)
    }

    /// Appends MESSAGE-INTEGRITY-SHA256 over what has been written so far, not truncated.
    pub fn message_integrity_sha256(&mut self, key: &IntegrityKey) -> &mut Self {
        self.patch_length(4 + SHA256_LENGTH);
        let code = key.sha256(&[self.written()]);
        self.attribute(AttributeType::MESSAGE_INTEGRITY_SHA256, &code)
    }

    /// Appends FINGERPRINT over what has been written so far. Nothing may follow it.
    pub fn fingerprint(&mut self) -> &mut Self {
        self.patch_length(4 + 4);
        let code = fingerprint(&[self.written()]);
        self.attribute(AttributeType::FINGERPRINT, &code.to_be_bytes())
    }

    /// Writes the true length and returns how many bytes the whole message has.
    pub fn finish(&mut self) -> usize {
        self.patch_length(0);
        HEADER_LENGTH + self.body_length()
    }

    fn written(&self) -> &[u8] {
        self.out.get(self.start..).unwrap_or_default()
    }

    fn body_length(&self) -> usize {
        self.written().len().saturating_sub(HEADER_LENGTH)
    }

    /// Makes the length field count `more` bytes that are still to come.
    fn patch_length(&mut self, more: usize) {
        let length = u16::try_from(self.body_length() + more).unwrap_or(u16::MAX).to_be_bytes();
        let field = self.out.get_mut(self.start + 2..self.start + 4);
        field.expect("the header was written by new").copy_from_slice(&length);
    }
}

/// The largest multiple of four that the length field holds.
const MAX_BODY_LENGTH: usize = 65_532;
/// Room for each phrase of [`ErrorCode::reason`].
const MAX_REASON_LENGTH: usize = 32;
/// How many unknown attributes are named in an answer.
const MAX_UNKNOWN: usize = 16;
