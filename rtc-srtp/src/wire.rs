//! Taking slices off the front of the bytes that are left, without ever indexing.

use crate::error::DecodeError;

/// Takes `len` bytes.
pub(crate) fn take<'a>(input: &mut &'a [u8], len: usize) -> Result<&'a [u8], DecodeError> {
    let (taken, rest) = input.split_at_checked(len).ok_or(DecodeError::Truncated)?;
    *input = rest;
    Ok(taken)
}

/// Takes an array.
pub(crate) fn take_array<'a, const N: usize>(
    input: &mut &'a [u8],
) -> Result<&'a [u8; N], DecodeError> {
    let (taken, rest) = input.split_first_chunk().ok_or(DecodeError::Truncated)?;
    *input = rest;
    Ok(taken)
}

/// Takes a signed number of 24 bits.
pub(crate) fn take_i24(input: &mut &[u8]) -> Result<i32, DecodeError> {
    let [a, b, c] = *take_array(input)?;
    Ok(i32::from_be_bytes([a, b, c, 0]) >> 8)
}
