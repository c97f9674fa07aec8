//! The header of a handshake fragment (RFC 6347 §4.2.2).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;
use core::fmt;

use crate::codec::{Reader, put_u16, put_u24};
use crate::error::DecodeError;

/// The type of a handshake message (RFC 5246 §7.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HandshakeType(pub(crate) u8);

impl HandshakeType {
    pub(crate) const HELLO_REQUEST: Self = Self(0);
    pub(crate) const CLIENT_HELLO: Self = Self(1);
    pub(crate) const SERVER_HELLO: Self = Self(2);
    pub(crate) const HELLO_VERIFY_REQUEST: Self = Self(3);
    pub(crate) const CERTIFICATE: Self = Self(11);
    pub(crate) const SERVER_KEY_EXCHANGE: Self = Self(12);
    pub(crate) const CERTIFICATE_REQUEST: Self = Self(13);
    pub(crate) const SERVER_HELLO_DONE: Self = Self(14);
    pub(crate) const CERTIFICATE_VERIFY: Self = Self(15);
    pub(crate) const CLIENT_KEY_EXCHANGE: Self = Self(16);
    pub(crate) const FINISHED: Self = Self(20);
}

/// ```text
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +---------------+-----------------------------------------------+
/// |   msg_type    |                    length                     |
/// +---------------+---------------+-------------------------------+
/// |          message_seq          |        fragment_offset        |
/// +---------------+---------------+---------------+---------------+
/// |               |               fragment_length                 |
/// +---------------+-----------------------------------------------+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HandshakeHeader {
    pub(crate) message_type: HandshakeType,
    /// The length of the whole message.
    pub(crate) length: u32,
    pub(crate) message_seq: u16,
    pub(crate) fragment_offset: u32,
    pub(crate) fragment_length: u32,
}

impl HandshakeHeader {
    /// The header of a message in one piece: the form that goes into the transcript
    /// (RFC 6347 §4.2.6).
    pub(crate) const fn whole(message_type: HandshakeType, message_seq: u16, length: u32) -> Self {
        Self { message_type, length, message_seq, fragment_offset: 0, fragment_length: length }
    }

    /// Reads a header; a fragment that goes beyond its message is refused.
    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let header = Self {
            message_type: HandshakeType(reader.u8()?),
            length: reader.u24()?,
            message_seq: reader.u16()?,
            fragment_offset: reader.u24()?,
            fragment_length: reader.u24()?,
        };
        // All are below 2^24: the sum fits.
        if header.fragment_offset + header.fragment_length > header.length {
            return Err(DecodeError::OutOfRange);
        }
        Ok(header)
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.message_type.0);
        put_u24(out, self.length);
        put_u16(out, self.message_seq);
        put_u24(out, self.fragment_offset);
        put_u24(out, self.fragment_length);
    }

    /// Whether the fragment is the last of its message.
    pub(crate) const fn is_last(&self) -> bool {
        self.fragment_offset + self.fragment_length == self.length
    }
}

impl fmt::Debug for HandshakeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Self::HELLO_REQUEST => "HelloRequest",
            Self::CLIENT_HELLO => "ClientHello",
            Self::SERVER_HELLO => "ServerHello",
            Self::HELLO_VERIFY_REQUEST => "HelloVerifyRequest",
            Self::CERTIFICATE => "Certificate",
            Self::SERVER_KEY_EXCHANGE => "ServerKeyExchange",
            Self::CERTIFICATE_REQUEST => "CertificateRequest",
            Self::SERVER_HELLO_DONE => "ServerHelloDone",
            Self::CERTIFICATE_VERIFY => "CertificateVerify",
            Self::CLIENT_KEY_EXCHANGE => "ClientKeyExchange",
            Self::FINISHED => "Finished",
            Self(other) => return write!(f, "HandshakeType({other})"),
        })
    }
}

/// The length of the header.
pub(crate) const HANDSHAKE_HEADER_LENGTH: usize = 12;
