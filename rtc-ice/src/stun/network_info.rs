//! The id and the cost of the sender's network: a browser's extension, attribute 0xC057.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |          Network Id           |         Network Cost          |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

/// Which of its networks the sender used, and how dear that network is to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkInfo {
    /// A number that tells the sender's networks apart.
    pub id: u16,
    /// 0 is free, 10 a cable or wireless LAN, 900 and more a mobile network.
    pub cost: u16,
}

impl NetworkInfo {
    pub(super) fn encode(self) -> [u8; 4] {
        let ([i0, i1], [c0, c1]) = (self.id.to_be_bytes(), self.cost.to_be_bytes());
        [i0, i1, c0, c1]
    }

    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let [i0, i1, c0, c1] = <[u8; 4]>::try_from(value).ok()?;
        Some(Self { id: u16::from_be_bytes([i0, i1]), cost: u16::from_be_bytes([c0, c1]) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_browser_is_read() {
        assert_eq!(
            NetworkInfo::decode(&[0x00, 0x01, 0x03, 0xe7]),
            Some(NetworkInfo { id: 1, cost: 999 })
        );
        assert_eq!(NetworkInfo { id: 1, cost: 999 }.encode(), [0x00, 0x01, 0x03, 0xe7]);
        assert_eq!(NetworkInfo::decode(&[0, 1, 3]), None);
        assert_eq!(NetworkInfo::decode(&[0, 1, 3, 4, 5]), None);
    }
}
