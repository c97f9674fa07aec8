//! Records: the header, and the cutting of datagrams into them (RFC 6347 §4.1).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use bytes::BytesMut;

use crate::codec::Reader;
use crate::error::{DecodeError, Error};

/// What a record carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ContentType {
    ChangeCipherSpec,
    Alert,
    Handshake,
    ApplicationData,
}

impl ContentType {
    const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            20 => Self::ChangeCipherSpec,
            21 => Self::Alert,
            22 => Self::Handshake,
            23 => Self::ApplicationData,
            _ => return None,
        })
    }

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::ChangeCipherSpec => 20,
            Self::Alert => 21,
            Self::Handshake => 22,
            Self::ApplicationData => 23,
        }
    }
}

/// ```text
/// +---------+---------+-------+-----------------+--------+
/// | type: 1 | ver.: 2 | ep.:2 | sequence: 6     | len.:2 |
/// +---------+---------+-------+-----------------+--------+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    pub(crate) content_type: ContentType,
    pub(crate) version: u16,
    pub(crate) epoch: u16,
    /// 48 bits.
    pub(crate) sequence: u64,
    /// The length of what follows the header.
    pub(crate) length: u16,
}

impl RecordHeader {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bytes());
    }

    pub(crate) const fn to_bytes(self) -> [u8; RECORD_HEADER_LENGTH] {
        let [v0, v1] = self.version.to_be_bytes();
        let [e0, e1] = self.epoch.to_be_bytes();
        let [_, _, s0, s1, s2, s3, s4, s5] = self.sequence.to_be_bytes();
        let [l0, l1] = self.length.to_be_bytes();
        [self.content_type.code(), v0, v1, e0, e1, s0, s1, s2, s3, s4, s5, l0, l1]
    }

    /// Epoch and sequence number as the eight bytes that enter nonces and additional data.
    pub(crate) const fn epoch_and_sequence(&self) -> [u8; 8] {
        ((self.epoch as u64) << 48 | self.sequence).to_be_bytes()
    }
}

/// A record as it came, its header apart.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) header: RecordHeader,
    pub(crate) payload: BytesMut,
}

/// Cuts the first record off a datagram; `None` at its end.
///
/// A record of an unknown type is cut off too, and refused. Where the length is a lie nothing of
/// the datagram is left.
pub(crate) fn next_record(datagram: &mut BytesMut) -> Option<Result<Record, Error>> {
    if datagram.is_empty() {
        return None;
    }
    let (code, version, epoch, sequence, length) = match split_header(datagram) {
        Ok(fields) => fields,
        Err(error) => {
            datagram.clear();
            return Some(Err(error.into()));
        }
    };
    let total = RECORD_HEADER_LENGTH + usize::from(length);
    if datagram.len() < total {
        datagram.clear();
        return Some(Err(DecodeError::Truncated.into()));
    }
    // The last record keeps the buffer: cutting would share, and so allocate.
    let mut payload =
        if datagram.len() == total { core::mem::take(datagram) } else { datagram.split_to(total) };
    bytes::Buf::advance(&mut payload, RECORD_HEADER_LENGTH);
    let Some(content_type) = ContentType::from_code(code) else {
        return Some(Err(Error::UnknownContentType(code)));
    };
    if version != DTLS_1_2 && version != DTLS_1_0 {
        return Some(Err(Error::UnsupportedVersion(version)));
    }
    if usize::from(length) > MAX_CIPHERTEXT_LENGTH {
        return Some(Err(DecodeError::OutOfRange.into()));
    }
    let header = RecordHeader { content_type, version, epoch, sequence, length };
    Some(Ok(Record { header, payload }))
}

fn split_header(datagram: &[u8]) -> Result<(u8, u16, u16, u64, u16), DecodeError> {
    let mut reader = Reader::new(datagram);
    Ok((reader.u8()?, reader.u16()?, reader.u16()?, reader.u48()?, reader.u16()?))
}

/// The length of the header.
pub(crate) const RECORD_HEADER_LENGTH: usize = 13;
/// The most that a record may carry in the clear (RFC 5246 §6.2.1).
pub(crate) const MAX_PLAINTEXT_LENGTH: usize = 1 << 14;
/// The most that it may carry protected (RFC 5246 §6.2.3).
const MAX_CIPHERTEXT_LENGTH: usize = MAX_PLAINTEXT_LENGTH + 2048;
/// The largest sequence number: one is left over, so that the counter itself never wraps.
pub(crate) const MAX_SEQUENCE: u64 = (1 << 48) - 2;

/// DTLS 1.2 on the wire.
pub(crate) const DTLS_1_2: u16 = 0xfefd;
/// DTLS 1.0 on the wire: the version of a ClientHello's record, and nothing else.
pub(crate) const DTLS_1_0: u16 = 0xfeff;

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> RecordHeader {
        RecordHeader {
            content_type: ContentType::ApplicationData,
            version: DTLS_1_2,
            epoch: 1,
            sequence: 0x0102_0304_0506,
            length: 3,
        }
    }

    #[test]
    fn a_datagram_is_cut_into_its_records() {
        let mut bytes = Vec::new();
        for _ in 0..2 {
            header().encode(&mut bytes);
            bytes.extend_from_slice(b"abc");
        }
        assert_eq!(&bytes[..16], b"\x17\xfe\xfd\x00\x01\x01\x02\x03\x04\x05\x06\x00\x03abc");
        let mut datagram = BytesMut::from(&bytes[..]);
        for _ in 0..2 {
            let record = next_record(&mut datagram).unwrap().unwrap();
            assert_eq!(record.header, header());
            assert_eq!(&record.payload[..], b"abc");
        }
        assert!(next_record(&mut datagram).is_none());
    }

    #[test]
    fn every_truncation_is_refused() {
        let mut bytes = header().to_bytes().to_vec();
        bytes.extend_from_slice(b"abc");
        for cut in 1..bytes.len() {
            let mut datagram = BytesMut::from(&bytes[..cut]);
            let error = next_record(&mut datagram).unwrap().unwrap_err();
            assert_eq!(error, Error::Decode(DecodeError::Truncated));
            assert!(next_record(&mut datagram).is_none());
        }
    }

    #[test]
    fn a_record_of_unknown_type_does_not_hide_the_next() {
        let mut bytes = header().to_bytes().to_vec();
        bytes[0] = 24;
        bytes.extend_from_slice(b"abc");
        header().encode(&mut bytes);
        bytes.extend_from_slice(b"abc");
        let mut datagram = BytesMut::from(&bytes[..]);
        assert_eq!(next_record(&mut datagram).unwrap().unwrap_err(), Error::UnknownContentType(24));
        assert!(next_record(&mut datagram).unwrap().is_ok());
    }

    #[test]
    fn a_record_larger_than_any_buffer_is_refused_whatever_its_type() {
        for code in 0..=255 {
            let mut bytes = header().to_bytes().to_vec();
            bytes[0] = code;
            bytes[11..].copy_from_slice(&u16::MAX.to_be_bytes());
            bytes.resize(13 + usize::from(u16::MAX), 0);
            let mut datagram = BytesMut::from(&bytes[..]);
            assert!(next_record(&mut datagram).unwrap().is_err());
            assert!(next_record(&mut datagram).is_none());
        }
    }

    proptest! {
        #[test]
        fn cutting_always_ends(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut datagram = BytesMut::from(&bytes[..]);
            let mut count = 0;
            while next_record(&mut datagram).is_some() {
                count += 1;
            }
            prop_assert!(count <= bytes.len());
        }
    }
}
