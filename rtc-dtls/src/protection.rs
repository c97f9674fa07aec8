//! Protection of records with authenticated encryption (RFC 5288, RFC 7905).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::{Buf, BytesMut};
use rtc_core::ReplayWindow;
use zeroize::Zeroizing;

use crate::cipher_suite::CipherSuite;
use crate::crypto::{Aead, AeadAlgorithm, AeadKey, TAG_LENGTH};
use crate::error::{DecodeError, Error, SealError};
use crate::record::{
    ContentType, DTLS_1_2, MAX_PLAINTEXT_LENGTH, MAX_SEQUENCE, RECORD_HEADER_LENGTH, Record,
    RecordHeader,
};

/// How a nonce comes about. No part of it is ever random: the sequence number makes it unique.
enum Nonce {
    /// `salt || explicit`, where the explicit part is epoch and sequence number and travels with
    /// the record (RFC 5288 §3).
    Explicit { salt: Zeroizing<[u8; 4]> },
    /// `iv XOR (0 || epoch || sequence number)`, nothing of it on the wire (RFC 7905 §2).
    Implicit { iv: Zeroizing<[u8; 12]> },
}

impl Nonce {
    fn new(algorithm: AeadAlgorithm, iv: &[u8]) -> Option<Self> {
        Some(match algorithm {
            AeadAlgorithm::Aes128Gcm | AeadAlgorithm::Aes256Gcm => {
                Self::Explicit { salt: Zeroizing::new(iv.try_into().ok()?) }
            }
            AeadAlgorithm::ChaCha20Poly1305 => {
                Self::Implicit { iv: Zeroizing::new(iv.try_into().ok()?) }
            }
        })
    }

    const fn explicit_length(&self) -> usize {
        match self {
            Self::Explicit { .. } => EXPLICIT_NONCE_LENGTH,
            Self::Implicit { .. } => 0,
        }
    }

    fn at(&self, explicit: [u8; EXPLICIT_NONCE_LENGTH]) -> [u8; 12] {
        let [e0, e1, e2, e3, e4, e5, e6, e7] = explicit;
        match self {
            Self::Explicit { salt } => {
                let [s0, s1, s2, s3] = **salt;
                [s0, s1, s2, s3, e0, e1, e2, e3, e4, e5, e6, e7]
            }
            Self::Implicit { iv } => {
                let mut nonce = **iv;
                for (to, from) in nonce.iter_mut().skip(4).zip(explicit) {
                    *to ^= from;
                }
                nonce
            }
        }
    }
}

/// The additional data: `epoch || seq_num || type || version || length` (RFC 5246 §6.2.3.3).
fn additional_data(header: &RecordHeader, length: usize) -> [u8; 13] {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = header.epoch_and_sequence();
    let [v0, v1] = header.version.to_be_bytes();
    // No caller has more than a record's length.
    let [l0, l1] = (length as u16).to_be_bytes();
    [s0, s1, s2, s3, s4, s5, s6, s7, header.content_type.code(), v0, v1, l0, l1]
}

/// Seals what we send in epoch 1.
pub(crate) struct Sealer {
    key: AeadKey,
    nonce: Nonce,
    sequence: u64,
    /// What the key may still protect; see [`CONFIDENTIALITY_LIMIT`].
    blocks_left: u64,
}

impl Sealer {
    /// `None` if key and iv are not as long as the suite wants them.
    pub(crate) fn new(suite: CipherSuite, key: &[u8], iv: &[u8]) -> Option<Self> {
        Some(Self {
            key: AeadKey::new(suite.aead(), key)?,
            nonce: Nonce::new(suite.aead(), iv)?,
            sequence: 0,
            blocks_left: CONFIDENTIALITY_LIMIT,
        })
    }

    /// The room that a record needs before its plaintext.
    pub(crate) const fn header_length(&self) -> usize {
        RECORD_HEADER_LENGTH + self.nonce.explicit_length()
    }

    /// The room that it needs in all.
    pub(crate) const fn overhead(&self) -> usize {
        self.header_length() + TAG_LENGTH
    }

    /// Turns `out[start..]`, which is room for the header and then plaintext, into a record. On
    /// failure nothing has changed.
    pub(crate) fn seal(
        &mut self,
        content_type: ContentType,
        out: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), SealError> {
        let too_large = SealError::TooLarge { limit: MAX_PLAINTEXT_LENGTH };
        let record = out.get_mut(start..).ok_or(too_large)?;
        let explicit_length = self.nonce.explicit_length();
        let (header_room, plaintext) =
            record.split_at_mut_checked(self.header_length()).ok_or(too_large)?;
        let length = plaintext.len();
        if length > MAX_PLAINTEXT_LENGTH {
            return Err(too_large);
        }
        let blocks = length as u64 / 16 + 2;
        if self.sequence > MAX_SEQUENCE || self.blocks_left < blocks {
            return Err(SealError::Exhausted);
        }
        let header = RecordHeader {
            content_type,
            version: DTLS_1_2,
            epoch: 1,
            sequence: self.sequence,
            // At most 2^14 + 24.
            length: (explicit_length + length + TAG_LENGTH) as u16,
        };
        let explicit = header.epoch_and_sequence();
        let tag = self
            .key
            .seal(&self.nonce.at(explicit), &additional_data(&header, length), plaintext)
            .ok_or(SealError::Exhausted)?;
        let bytes = header.to_bytes();
        for (to, from) in header_room.iter_mut().zip(bytes.iter().chain(&explicit)) {
            *to = *from;
        }
        out.extend_from_slice(&tag);
        self.sequence += 1;
        self.blocks_left -= blocks;
        Ok(())
    }
}

/// Opens what the peer sends in epoch 1.
pub(crate) struct Opener {
    key: AeadKey,
    nonce: Nonce,
    window: ReplayWindow<1>,
    forgeries: u64,
}

impl Opener {
    /// `None` if key and iv are not as long as the suite wants them.
    pub(crate) fn new(suite: CipherSuite, key: &[u8], iv: &[u8]) -> Option<Self> {
        Some(Self {
            key: AeadKey::new(suite.aead(), key)?,
            nonce: Nonce::new(suite.aead(), iv)?,
            window: ReplayWindow::new(),
            forgeries: 0,
        })
    }

    /// Decrypts a record in place; its payload is then the plaintext. The window moves only when
    /// the record is authentic.
    pub(crate) fn open(&mut self, record: &mut Record) -> Result<(), Error> {
        if !self.window.check(record.header.sequence) {
            return Err(Error::Replayed);
        }
        let explicit_length = self.nonce.explicit_length();
        let length = record
            .payload
            .len()
            .checked_sub(explicit_length + TAG_LENGTH)
            .ok_or(DecodeError::Truncated)?;
        if length > MAX_PLAINTEXT_LENGTH {
            return Err(DecodeError::OutOfRange.into());
        }
        // The explicit part is the sender's to choose (RFC 5288 §3).
        let explicit = match record.payload.first_chunk() {
            Some(explicit) if explicit_length > 0 => *explicit,
            _ => record.header.epoch_and_sequence(),
        };
        let aad = additional_data(&record.header, length);
        let ciphertext = record.payload.get_mut(explicit_length..).unwrap_or_default();
        if self.key.open(&self.nonce.at(explicit), &aad, ciphertext).is_none() {
            self.forgeries = self.forgeries.saturating_add(1);
            return Err(Error::BadRecordMac);
        }
        trim(&mut record.payload, explicit_length, length);
        self.window.accept(record.header.sequence);
        Ok(())
    }

    /// Whether so many forgeries came that the next might succeed (RFC 9147 §4.5.3).
    pub(crate) const fn is_exhausted(&self) -> bool {
        self.forgeries >= INTEGRITY_LIMIT
    }

    #[cfg(test)]
    pub(crate) const fn set_forgeries(&mut self, forgeries: u64) {
        self.forgeries = forgeries;
    }
}

#[cfg(test)]
impl Sealer {
    pub(crate) const fn set_sequence(&mut self, sequence: u64) {
        self.sequence = sequence;
    }

    pub(crate) const fn set_blocks_left(&mut self, blocks_left: u64) {
        self.blocks_left = blocks_left;
    }
}

fn trim(payload: &mut BytesMut, skip: usize, length: usize) {
    payload.advance(skip);
    payload.truncate(length);
}

/// The explicit nonce of AES-GCM.
pub(crate) const EXPLICIT_NONCE_LENGTH: usize = 8;
/// Records that fail authentication before a key is given up (RFC 9147 §4.5.3).
pub(crate) const INTEGRITY_LIMIT: u64 = 1 << 36;
/// How many 16-byte blocks one key protects: as many as are in the 2^24.5 records of 2^14 bytes
/// that RFC 8446 §5.5 allows AES-GCM. 380 GB; DTLS 1.2 without renegotiation cannot change keys.
pub(crate) const CONFIDENTIALITY_LIMIT: u64 = 23_726_566 << 10;
