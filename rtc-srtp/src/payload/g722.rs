//! G.722 (RFC 3551, section 4.5.2): one byte per two samples at 16 kHz.

/// How many units of the timestamp a payload lasts.
///
/// The clock rate was assigned as 8,000 Hz by mistake and stayed so, which makes it a unit per
/// byte and not two.
pub(crate) const fn duration(len: usize) -> u32 {
    len as u32
}
