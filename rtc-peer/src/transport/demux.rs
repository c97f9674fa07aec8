//! Which protocol a datagram belongs to, by its first byte (RFC 7983 section 7).

/// The protocols that share a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Connectivity checks and consent.
    Stun,
    /// The handshake, and data channels inside its records.
    Dtls,
    /// RTP and RTCP.
    Media,
    /// ZRTP, TURN channels, QUIC, or nothing anybody has defined.
    Unknown,
}

impl Kind {
    pub(super) fn of(datagram: &[u8]) -> Self {
        match datagram.first() {
            Some(0..=3) => Self::Stun,
            Some(20..=63) => Self::Dtls,
            Some(128..=191) => Self::Media,
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
                128..=191 => Kind::Media,
                _ => Kind::Unknown,
            };
            assert_eq!(Kind::of(&[byte, 0]), expected, "{byte}");
        }
        assert_eq!(Kind::of(&[]), Kind::Unknown);
    }
}
