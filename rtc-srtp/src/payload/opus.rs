//! Opus (RFC 7587): a packet is a payload. What its first bytes say (RFC 6716, section 3.1).
#![deny(clippy::indexing_slicing)]

use crate::error::DecodeError;

/// How long the audio in a packet lasts, in samples at 48 kHz, which are the units of its
/// timestamps: 120 to 5,760.
///
/// ```text
///  0 1 2 3 4 5 6 7
/// +-+-+-+-+-+-+-+-+
/// | config  |s| c |
/// +-+-+-+-+-+-+-+-+
/// ```
///
/// # Errors
///
/// [`DecodeError::Truncated`] if the packet is empty or lacks its frame count,
/// [`DecodeError::Value`] if it would last longer than 120 ms or not at all.
pub const fn duration(packet: &[u8]) -> Result<u32, DecodeError> {
    let Some(toc) = packet.first() else { return Err(DecodeError::Truncated) };
    let config = *toc >> 3;
    let frame: u32 = match config {
        0..=11 => match config % 4 {
            0 => 480,
            1 => 960,
            2 => 1_920,
            _ => 2_880,
        },
        12..=15 => 480 << (config % 2),
        _ => 120 << (config % 4),
    };
    let frames = match *toc & 0b11 {
        0 => 1,
        1 | 2 => 2,
        _ => match packet {
            [_, count, ..] => (*count & 0x3f) as u32,
            _ => return Err(DecodeError::Truncated),
        },
    };
    let duration = frame * frames;
    if duration == 0 || duration > MAX_DURATION {
        return Err(DecodeError::Value);
    }
    Ok(duration)
}

/// Whether the packet codes two channels.
pub const fn is_stereo(packet: &[u8]) -> bool {
    matches!(packet.first(), Some(toc) if *toc & 0b100 != 0)
}

/// Whether the packet codes nothing, as is sent in discontinuous transmission: it has no more than
/// its first byte, or one byte of a frame after it.
pub const fn is_dtx(packet: &[u8]) -> bool {
    packet.len() <= 2
}

/// 120 ms.
const MAX_DURATION: u32 = 5_760;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_the_table() {
        // SILK 10, 20, 40, 60 ms; hybrid 10, 20 ms; CELT 2.5, 5, 10, 20 ms.
        for (config, expected) in [
            (0, 480),
            (1, 960),
            (2, 1_920),
            (3, 2_880),
            (11, 2_880),
            (12, 480),
            (13, 960),
            (15, 960),
            (16, 120),
            (17, 240),
            (18, 480),
            (31, 960),
        ] {
            assert_eq!(duration(&[config << 3]), Ok(expected), "config {config}");
            let twice = duration(&[config << 3 | 1]);
            assert_eq!(twice, Ok(2 * expected));
        }
        assert_eq!(duration(&[31 << 3 | 3, 6]), Ok(5_760));
    }

    #[test]
    fn what_no_packet_may_be_is_refused() {
        assert_eq!(duration(&[]), Err(DecodeError::Truncated));
        assert_eq!(duration(&[3]), Err(DecodeError::Truncated));
        assert_eq!(duration(&[31 << 3 | 3, 7]), Err(DecodeError::Value), "140 ms");
        assert_eq!(duration(&[31 << 3 | 3, 0]), Err(DecodeError::Value), "no frame");
        assert_eq!(duration(&[3 << 3 | 3, 3]), Err(DecodeError::Value), "180 ms");
    }

    #[test]
    fn channels_and_silence() {
        assert!(is_stereo(&[0xfc, 1]) && !is_stereo(&[0xf8]) && !is_stereo(&[]));
        assert!(is_dtx(&[0xf8]) && is_dtx(&[0xf8, 0xff]) && !is_dtx(&[0xf8, 1, 2]));
    }
}
