//! ICMP (RFC 8656, section 18.13).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |  Reserved                     |  ICMP Type  |  ICMP Code      |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                          Error Data                           |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

/// Why what was sent to a peer has not reached it, as a router told the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Icmp {
    /// The ICMP type: seven bits in the figure of the RFC.
    pub kind: u8,
    /// The ICMP code: nine bits in the figure of the RFC.
    pub code: u16,
    /// The largest packet of the next link in bytes where the type and the code speak of it, else 0.
    pub data: u32,
}

impl Icmp {
    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let [_, _, t, c, d0, d1, d2, d3] = <[u8; 8]>::try_from(value).ok()?;
        let code = u16::from(t & 1) << 8 | u16::from(c);
        Some(Self { kind: t >> 1, code, data: u32::from_be_bytes([d0, d1, d2, d3]) })
    }

    pub(super) const fn encode(self) -> [u8; 8] {
        let [c0, c1] = (self.code & 0x1ff).to_be_bytes();
        let [d0, d1, d2, d3] = self.data.to_be_bytes();
        [0, 0, self.kind << 1 | c0, c1, d0, d1, d2, d3]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_that_was_too_big_is_read() {
        let icmp = Icmp { kind: 3, code: 4, data: 1280 };
        assert_eq!(icmp.encode(), [0, 0, 6, 4, 0, 0, 5, 0]);
        assert_eq!(Icmp::decode(&icmp.encode()), Some(icmp));
        for cut in 0..8 {
            assert_eq!(Icmp::decode(icmp.encode().get(..cut).unwrap()), None);
        }
        let far = Icmp { kind: 127, code: 511, data: u32::MAX };
        assert_eq!(Icmp::decode(&far.encode()), Some(far));
    }
}
