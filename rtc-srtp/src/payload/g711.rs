//! G.711 (RFC 3551, section 4.5.14): one byte per sample at 8 kHz.

/// How many units of the timestamp a payload lasts.
pub(crate) const fn duration(len: usize) -> u32 {
    len as u32
}
