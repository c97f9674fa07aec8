//! Reading and writing the presentation language of TLS (RFC 5246 §4).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::error::DecodeError;

/// A cursor over borrowed bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What has not been read.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u24(&mut self) -> Result<u32, DecodeError> {
        self.array().map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    pub(crate) fn u48(&mut self) -> Result<u64, DecodeError> {
        self.array().map(|[a, b, c, d, e, f]| u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }

    /// A vector with a one-byte length.
    pub(crate) fn vec8(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.u8()?;
        self.take(length.into())
    }

    /// A vector with a two-byte length.
    pub(crate) fn vec16(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.u16()?;
        self.take(length.into())
    }

    /// A vector with a three-byte length.
    pub(crate) fn vec24(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = usize::try_from(self.u24()?).map_err(|_| DecodeError::OutOfRange)?;
        self.take(length)
    }

    /// Nothing may follow.
    pub(crate) const fn finish(self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes) }
    }
}

/// A list of two-byte numbers that fills `bytes`; empty ones and odd lengths are refused.
pub(crate) fn u16_list(bytes: &[u8]) -> Result<impl Iterator<Item = u16> + Clone, DecodeError> {
    if bytes.is_empty() || !bytes.len().is_multiple_of(2) {
        return Err(DecodeError::OutOfRange);
    }
    Ok(bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)))
}

/// Writes what `body` writes, behind its length in one byte.
///
/// The length is first written as the largest possible, so that an encoding that was broken off
/// never passes for a whole one. A body longer than that keeps the largest length: callers write
/// no such body.
pub(crate) fn put_vec8(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    put_vec::<1>(out, body);
}

/// As [`put_vec8`] with a length of two bytes.
pub(crate) fn put_vec16(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    put_vec::<2>(out, body);
}

/// As [`put_vec8`] with a length of three bytes.
pub(crate) fn put_vec24(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    put_vec::<3>(out, body);
}

fn put_vec<const N: usize>(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0xff; N]);
    body(out);
    let length = out.len().saturating_sub(start.saturating_add(N)) as u64;
    let bytes = length.to_be_bytes();
    if let (Some(place), Some((high, low))) =
        (out.get_mut(start..start.saturating_add(N)), bytes.split_last_chunk::<N>())
        && high.iter().all(|byte| *byte == 0)
    {
        place.copy_from_slice(low);
    }
}

/// Writes a number in three bytes.
pub(crate) fn put_u24(out: &mut Vec<u8>, value: u32) {
    let [_, a, b, c] = value.to_be_bytes();
    out.extend_from_slice(&[a, b, c]);
}

/// Writes a number in two bytes.
pub(crate) fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_vector_reads_back_and_no_truncation_does() {
        let mut out = Vec::new();
        put_vec8(&mut out, |out| out.extend_from_slice(b"abc"));
        put_vec16(&mut out, |out| put_vec24(out, |out| out.push(7)));
        assert_eq!(out, b"\x03abc\x00\x04\x00\x00\x01\x07");
        for cut in 0..out.len() {
            let mut reader = Reader::new(&out[..cut]);
            assert!(reader.vec8().and_then(|_| reader.vec16()).is_err(), "cut at {cut}");
        }
        let mut reader = Reader::new(&out);
        assert_eq!(reader.vec8(), Ok(&b"abc"[..]));
        assert_eq!(Reader::new(reader.vec16().unwrap()).vec24(), Ok(&[7][..]));
        assert!(reader.finish().is_ok());
    }

    #[test]
    fn an_overlong_body_never_gets_a_wrong_length() {
        let mut out = Vec::new();
        put_vec8(&mut out, |out| out.resize(out.len() + 300, 0));
        assert_eq!(out[0], 0xff);
    }

    #[test]
    fn lists_of_odd_or_no_length_are_refused() {
        assert!(u16_list(&[]).is_err());
        assert!(u16_list(&[1]).is_err());
        assert!(u16_list(&[0, 1, 2]).is_err());
        assert!(u16_list(&[0, 1, 2, 3]).unwrap().eq([1, 0x203]));
    }
}
