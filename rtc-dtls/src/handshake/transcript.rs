//! All handshake messages so far, as if none had been fragmented (RFC 6347 §4.2.6).

use alloc::vec::Vec;

use crate::crypto::{Digest, Hash, HashAlgorithm, Hasher};
use crate::message::{HandshakeHeader, HandshakeType};

/// The messages themselves rather than a running hash: which hash it is becomes known with the
/// ServerHello, and a CertificateVerify may use another one. Some kilobytes, given up at the end.
#[derive(Default)]
pub(crate) struct Transcript {
    bytes: Vec<u8>,
}

impl Transcript {
    pub(crate) fn push(&mut self, message_type: HandshakeType, message_seq: u16, body: &[u8]) {
        // Bodies are far shorter than 2^24: see the reassembler's cap.
        let length = body.len() as u32;
        HandshakeHeader::whole(message_type, message_seq, length).encode(&mut self.bytes);
        self.bytes.extend_from_slice(body);
    }

    /// Forgets all: the exchange of a HelloVerifyRequest does not count.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn digest(&self, algorithm: HashAlgorithm) -> Digest {
        Hasher::digest(algorithm, &[&self.bytes])
    }
}
