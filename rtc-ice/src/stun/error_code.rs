//! ERROR-CODE (RFC 8489, section 14.8).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |           Reserved, should be 0         |Class|     Number    |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |      Reason Phrase (variable)                                ..
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

/// Why a request was refused: 300 to 699.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(u16);

impl ErrorCode {
    /// Another server should be tried (RFC 8489, section 10).
    pub const TRY_ALTERNATE: Self = Self(300);
    /// The request was malformed.
    pub const BAD_REQUEST: Self = Self(400);
    /// The request did not prove who sent it.
    pub const UNAUTHENTICATED: Self = Self(401);
    /// What was asked for is not allowed: a peer, for instance (RFC 8656, section 19).
    pub const FORBIDDEN: Self = Self(403);
    /// The server does not move allocations (RFC 8016, section 5).
    pub const MOBILITY_FORBIDDEN: Self = Self(405);
    /// The request had a comprehension-required attribute that is not known.
    pub const UNKNOWN_ATTRIBUTE: Self = Self(420);
    /// The client has an allocation where it must not have one, or none where it must have one
    /// (RFC 8656, section 19).
    pub const ALLOCATION_MISMATCH: Self = Self(437);
    /// The nonce of the request has expired.
    pub const STALE_NONCE: Self = Self(438);
    /// The server has no addresses of this family (RFC 8656, section 19).
    pub const ADDRESS_FAMILY_NOT_SUPPORTED: Self = Self(440);
    /// The allocation belongs to somebody else (RFC 8656, section 19).
    pub const WRONG_CREDENTIALS: Self = Self(441);
    /// The server does not speak this protocol to peers (RFC 8656, section 19).
    pub const UNSUPPORTED_TRANSPORT: Self = Self(442);
    /// The peer is of another family than the relayed address (RFC 8656, section 19).
    pub const PEER_ADDRESS_FAMILY_MISMATCH: Self = Self(443);
    /// The user has as many allocations as allowed (RFC 8656, section 19).
    pub const ALLOCATION_QUOTA_REACHED: Self = Self(486);
    /// Both agents believe that they are in the same role (RFC 8445, section 7.3.1.1).
    pub const ROLE_CONFLICT: Self = Self(487);
    /// The server had a temporary fault.
    pub const SERVER_ERROR: Self = Self(500);
    /// The server has nothing left to give (RFC 8656, section 19).
    pub const INSUFFICIENT_CAPACITY: Self = Self(508);

    /// The code of this number; `None` outside 300 to 699.
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 300 && code <= 699 { Some(Self(code)) } else { None }
    }

    /// The number, 300 to 699.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The phrase that the RFCs recommend; empty for codes that they do not name.
    pub const fn reason(self) -> &'static str {
        match self.0 {
            300 => "Try Alternate",
            400 => "Bad Request",
            401 => "Unauthenticated",
            403 => "Forbidden",
            405 => "Mobility Forbidden",
            420 => "Unknown Attribute",
            437 => "Allocation Mismatch",
            438 => "Stale Nonce",
            440 => "Address Family not Supported",
            441 => "Wrong Credentials",
            442 => "Unsupported Transport Protocol",
            443 => "Peer Address Family Mismatch",
            486 => "Allocation Quota Reached",
            487 => "Role Conflict",
            500 => "Server Error",
            508 => "Insufficient Capacity",
            _ => "",
        }
    }

    /// Reads an ERROR-CODE value; `None` if it is malformed. The phrase is for people and is not
    /// read.
    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let (&[_, _, class, number], _phrase) = value.split_first_chunk::<4>()?;
        let class = u16::from(class & 0b111);
        let number = u16::from(number);
        if number > 99 {
            return None;
        }
        Self::new(class * 100 + number)
    }

    pub(super) const fn encode(self) -> [u8; 4] {
        // Both quotients are below 100, so the casts keep every bit.
        [0, 0, (self.0 / 100) as u8, (self.0 % 100) as u8]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_others_are_refused() {
        for code in 300..700 {
            let code = ErrorCode::new(code).unwrap();
            assert_eq!(ErrorCode::decode(&code.encode()), Some(code));
        }
        assert_eq!(ErrorCode::new(299), None);
        assert_eq!(ErrorCode::new(700), None);
        assert_eq!(ErrorCode::decode(&[0, 0, 4, 100]), None);
        assert_eq!(ErrorCode::decode(&[0, 0, 2, 0]), None);
        assert_eq!(ErrorCode::decode(&[0, 0, 4]), None);
        assert_eq!(ErrorCode::decode(b"\0\0\x04\x57Role Conflict"), Some(ErrorCode::ROLE_CONFLICT));
    }
}
