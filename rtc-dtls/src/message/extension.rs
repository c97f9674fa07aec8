//! Extensions of the hellos (RFC 5246 §7.4.1.4 and the RFCs of each).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::codec::{Reader, put_u16, put_vec8, put_vec16, u16_list};
use crate::error::DecodeError;

/// `use_srtp` (RFC 5764 §4.1.1).
///
/// ```text
/// struct { SRTPProtectionProfile profiles<2..2^16-1>; opaque srtp_mki<0..255>; } UseSRTPData;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UseSrtp {
    pub(crate) profiles: Vec<u16>,
    pub(crate) mki: Vec<u8>,
}

impl UseSrtp {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let profiles = capped(reader.vec16()?)?;
        let mki = reader.vec8()?.to_vec();
        reader.finish()?;
        Ok(Self { profiles, mki })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_extension(out, USE_SRTP, |out| {
            put_list16(out, &self.profiles);
            put_vec8(out, |out| out.extend_from_slice(&self.mki));
        });
    }
}

/// The extensions of a hello, or none at all where the block is left out.
///
/// More than 64, and any that occurs twice, are refused.
pub(super) fn extensions<'a>(reader: &mut Reader<'a>) -> Result<Vec<(u16, &'a [u8])>, DecodeError> {
    let mut entries: Vec<(u16, &'a [u8])> = Vec::new();
    if reader.is_empty() {
        return Ok(entries);
    }
    let mut block = Reader::new(reader.vec16()?);
    while !block.is_empty() {
        let entry = (block.u16()?, block.vec16()?);
        if entries.iter().any(|(seen, _)| *seen == entry.0) {
            return Err(DecodeError::DuplicateExtension(entry.0));
        }
        if entries.len() == MAX_EXTENSIONS {
            return Err(DecodeError::TooMany);
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// A list of numbers behind a two-byte length that fills the extension.
pub(super) fn decode_list16(bytes: &[u8]) -> Result<Vec<u16>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let list = capped(reader.vec16()?)?;
    reader.finish()?;
    Ok(list)
}

/// A list of numbers behind a one-byte length that fills the extension.
pub(super) fn decode_list16_vec8(bytes: &[u8]) -> Result<Vec<u16>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let list = capped(reader.vec8()?)?;
    reader.finish()?;
    Ok(list)
}

/// A vector behind a one-byte length that fills the extension.
pub(super) fn decode_vec8(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let list = reader.vec8()?.to_vec();
    reader.finish()?;
    Ok(list)
}

/// An extension without contents.
pub(super) const fn decode_empty(bytes: &[u8]) -> Result<bool, DecodeError> {
    if bytes.is_empty() { Ok(true) } else { Err(DecodeError::TrailingBytes) }
}

pub(super) fn capped(bytes: &[u8]) -> Result<Vec<u16>, DecodeError> {
    if bytes.len() / 2 > MAX_LIST {
        return Err(DecodeError::TooMany);
    }
    u16_list(bytes).map(Iterator::collect)
}

pub(super) fn put_extension(out: &mut Vec<u8>, code: u16, body: impl FnOnce(&mut Vec<u8>)) {
    put_u16(out, code);
    put_vec16(out, body);
}

pub(super) fn put_list16(out: &mut Vec<u8>, list: &[u16]) {
    put_vec16(out, |out| list.iter().for_each(|value| put_u16(out, *value)));
}

pub(super) const SUPPORTED_GROUPS: u16 = 10;
pub(super) const EC_POINT_FORMATS: u16 = 11;
pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
pub(super) const USE_SRTP: u16 = 14;
pub(super) const EXTENDED_MASTER_SECRET: u16 = 23;
pub(super) const SUPPORTED_VERSIONS: u16 = 43;
pub(super) const RENEGOTIATION_INFO: u16 = 0xff01;

/// `TLS_EMPTY_RENEGOTIATION_INFO_SCSV` (RFC 5746 §3.3).
pub(crate) const SCSV: u16 = 0x00ff;

const MAX_EXTENSIONS: usize = 64;
/// Far more than any client lists.
const MAX_LIST: usize = 256;
