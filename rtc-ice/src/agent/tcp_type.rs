//! Which side of a TCP candidate opens the connection (RFC 6544, section 4.5).

use core::fmt;

/// Who opens the connection of a TCP candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TcpType {
    /// The candidate's owner connects to the other side.
    Active,
    /// The candidate's owner listens.
    Passive,
    /// Both connect at the same moment. The agent has none of its own and ignores those of others.
    SimultaneousOpen,
}

impl TcpType {
    /// The word of RFC 6544, section 4.5, which is W3C's too (RTCIceTcpCandidateType).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::SimultaneousOpen => "so",
        }
    }

    /// The type of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Passive, Self::SimultaneousOpen]
            .into_iter()
            .find(|kind| word.eq_ignore_ascii_case(kind.as_str()))
    }

    /// The recommended preference of the direction, of a host candidate (RFC 6544, section 4.2).
    pub(super) const fn direction_preference(self) -> u16 {
        match self {
            Self::Active => 6,
            Self::Passive => 4,
            Self::SimultaneousOpen => 2,
        }
    }
}

impl fmt::Display for TcpType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_types_are_one_to_one() {
        for kind in [TcpType::Active, TcpType::Passive, TcpType::SimultaneousOpen] {
            assert_eq!(TcpType::from_word(kind.as_str()), Some(kind));
        }
        assert_eq!(TcpType::from_word("ACTIVE"), Some(TcpType::Active));
        assert_eq!(TcpType::from_word(""), None);
    }
}
