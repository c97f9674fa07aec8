//! What stands in the header of a message.

use core::fmt;

/// What a message is within its transaction (RFC 8489, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Asks for a response.
    Request,
    /// Asks for none.
    Indication,
    /// The request was granted.
    Success,
    /// The request was refused; ERROR-CODE says why.
    Error,
}

/// What a message is about: a 12-bit number (RFC 8489, section 5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Method(u16);

impl Method {
    /// Binding (RFC 8489): the only method that agents use between them.
    pub const BINDING: Self = Self(0x001);
    /// Allocate: asks a TURN server for a relayed address (RFC 8656, section 7).
    pub const ALLOCATE: Self = Self(0x003);
    /// Refresh: prolongs, ends or moves an allocation (RFC 8656, section 8).
    pub const REFRESH: Self = Self(0x004);
    /// Send: an indication with data for a peer (RFC 8656, section 11).
    pub const SEND: Self = Self(0x006);
    /// Data: an indication with data from a peer (RFC 8656, section 11).
    pub const DATA: Self = Self(0x007);
    /// CreatePermission: lets an address send to us (RFC 8656, section 10).
    pub const CREATE_PERMISSION: Self = Self(0x008);
    /// ChannelBind: gives a peer a number (RFC 8656, section 12).
    pub const CHANNEL_BIND: Self = Self(0x009);

    /// The method of this number; its low 12 bits count.
    pub const fn new(number: u16) -> Self {
        Self(number & 0x0fff)
    }

    /// The number, below 4096.
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::BINDING => f.write_str("Binding"),
            Self::ALLOCATE => f.write_str("Allocate"),
            Self::REFRESH => f.write_str("Refresh"),
            Self::SEND => f.write_str("Send"),
            Self::DATA => f.write_str("Data"),
            Self::CREATE_PERMISSION => f.write_str("CreatePermission"),
            Self::CHANNEL_BIND => f.write_str("ChannelBind"),
            Self(number) => write!(f, "Method({number:#05x})"),
        }
    }
}

/// The 96 bits that join a response to its request (RFC 8489, section 5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub [u8; 12]);

impl fmt::Debug for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// Reads a message type; the two most significant bits must already be known to be zero.
///
/// ```text
///  2  3  4 5 6 7 8 9 0 1 2 3 4 5
/// +--+--+-+-+-+-+-+-+-+-+-+-+-+-+
/// |M |M |M|M|M|C|M|M|M|C|M|M|M|M|
/// |11|10|9|8|7|1|6|5|4|0|3|2|1|0|
/// +--+--+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
pub(super) const fn split(message_type: u16) -> (Class, Method) {
    let class = match (message_type & 0x0100 != 0, message_type & 0x0010 != 0) {
        (false, false) => Class::Request,
        (false, true) => Class::Indication,
        (true, false) => Class::Success,
        (true, true) => Class::Error,
    };
    let low = message_type & 0x000f;
    let middle = (message_type & 0x00e0) >> 1;
    let high = (message_type & 0x3e00) >> 2;
    (class, Method::new(high | middle | low))
}

/// Writes a message type.
pub(super) const fn join(class: Class, method: Method) -> u16 {
    let class_bits = match class {
        Class::Request => 0x0000,
        Class::Indication => 0x0010,
        Class::Success => 0x0100,
        Class::Error => 0x0110,
    };
    let method = method.number();
    class_bits | (method & 0x000f) | ((method & 0x0070) << 1) | ((method & 0x0f80) << 2)
}

/// The length of the header.
pub(super) const HEADER_LENGTH: usize = 20;
/// The fixed second word of each message (RFC 8489, section 5).
pub(super) const MAGIC_COOKIE: u32 = 0x2112_a442;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_fourteen_bits_survives_the_round_trip() {
        for bits in 0..0x4000 {
            let (class, method) = split(bits);
            assert_eq!(join(class, method), bits);
        }
        assert_eq!(split(0x0001), (Class::Request, Method::BINDING));
        assert_eq!(split(0x0101), (Class::Success, Method::BINDING));
        assert_eq!(split(0x0111), (Class::Error, Method::BINDING));
        assert_eq!(split(0x0011), (Class::Indication, Method::BINDING));
    }
}
