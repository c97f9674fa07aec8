//! Which protocol a datagram belongs to, by its first bytes (RFC 7983 section 7, RFC 5761 section 4).

/// The protocols that share a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Connectivity checks and consent.
    Stun,
    /// The handshake, and data channels inside its records.
    Dtls,
    /// Media.
    Rtp,
    /// Reports and feedback on media.
    Rtcp,
    /// ZRTP, TURN channels, QUIC, or nothing anybody has defined.
    Unknown,
}

impl Kind {
    pub(super) fn of(datagram: &[u8]) -> Self {
        match datagram.first() {
            Some(0..=3) => Self::Stun,
            Some(20..=63) => Self::Dtls,
            Some(128..=191) if rtc_srtp::rtp::is_rtcp(datagram) => Self::Rtcp,
            Some(128..=191) => Self::Rtp,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_first_byte_has_its_protocol() {
        for byte in 0..=255u8 {
            let expected = match byte {
                0..=3 => Kind::Stun,
                20..=63 => Kind::Dtls,
                128..=191 => Kind::Rtp,
                _ => Kind::Unknown,
            };
            assert_eq!(Kind::of(&[byte, 0]), expected, "{byte}");
        }
        assert_eq!(Kind::of(&[]), Kind::Unknown);
    }

    #[test]
    fn reports_are_told_from_media_by_the_second_byte() {
        for byte in 0..=255u8 {
            let expected = if matches!(byte, 192..=223) { Kind::Rtcp } else { Kind::Rtp };
            assert_eq!(Kind::of(&[128, byte]), expected, "{byte}");
        }
    }
}
