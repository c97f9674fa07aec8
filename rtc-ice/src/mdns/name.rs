//! The names of mDNS candidates: a UUID and `.local`.

use core::fmt;
use core::str::FromStr;

use rand_core::CryptoRng;

/// A name that stands for one address of one host, such as
/// `9b36eaac-bb2e-49bb-bb78-21c41c499900.local`.
///
/// Any UUID is taken, of whatever version and in whatever case; it is written in lower case. Every
/// other name is refused: mDNS would let a peer that signals candidates have this host send ICE
/// checks to any device of the link whose name is well known
/// (draft-ietf-mmusic-mdns-ice-candidates, section "ICE Candidate Processing").
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CandidateName(u128);

impl CandidateName {
    /// A new name: a version 4 UUID (RFC 9562, section 5.4) from 122 random bits.
    ///
    /// A name is for one address only, and for no longer than the application that caused it
    /// (sections "ICE Candidate Gathering" and "Generated Name Reuse" of the draft).
    pub fn draw(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        let random = u128::from_be_bytes(bytes);
        let (version, variant) = (0xf << 76, 0b11 << 62);
        Self(random & !(version | variant) | 4 << 76 | 0b10 << 62)
    }

    /// Reads the first label of a name, which is all of it but `.local`.
    pub(super) fn from_label(label: &[u8]) -> Option<Self> {
        if label.len() != LABEL_LENGTH {
            return None;
        }
        let mut bits = 0;
        for (at, &byte) in label.iter().enumerate() {
            if HYPHENS.contains(&at) {
                if byte != b'-' {
                    return None;
                }
                continue;
            }
            let digit = char::from(byte).to_digit(16)?;
            bits = bits << 4 | u128::from(digit);
        }
        Some(Self(bits))
    }

    /// The first label, in lower case.
    pub(super) fn label(self) -> [u8; LABEL_LENGTH] {
        let mut label = [b'-'; LABEL_LENGTH];
        let mut rest = self.0;
        for (at, byte) in label.iter_mut().enumerate() {
            if !HYPHENS.contains(&at) {
                rest = rest.rotate_left(4);
                *byte = match rest & 0xf {
                    digit @ 0..=9 => b'0' + digit as u8,
                    digit => b'a' + (digit as u8 - 10),
                };
            }
        }
        label
    }

    /// A number below `limit` that differs from name to name as chance has it: what decorrelates
    /// the answers of hosts that are asked at once needs no other randomness than that of the name.
    pub(super) fn spread(self, limit: u64) -> u64 {
        (self.0 as u64 & 0xffff_ffff) % limit.max(1)
    }
}

/// Whether a host name in a candidate is to be taken for an mDNS name: it ends in `.local` and has
/// no other dot (draft-ietf-mmusic-mdns-ice-candidates, section "ICE Candidate Processing").
///
/// Of these names only [`CandidateName`]s can be resolved. Candidates with any other are to be
/// ignored: they are not for unicast DNS either (RFC 6762, section 3).
pub fn is_local_name(host: &str) -> bool {
    host.rsplit_once('.').is_some_and(|(first, last)| {
        !first.is_empty() && !first.contains('.') && last.eq_ignore_ascii_case("local")
    })
}

impl FromStr for CandidateName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (label, last) = text.as_bytes().split_at_checked(LABEL_LENGTH).ok_or(NameError)?;
        if !last.eq_ignore_ascii_case(b".local") {
            return Err(NameError);
        }
        Self::from_label(label).ok_or(NameError)
    }
}

impl fmt::Display for CandidateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = |shift: u32, bits: u32| self.0 >> shift & ((1 << bits) - 1);
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}.local",
            field(96, 32),
            field(80, 16),
            field(64, 16),
            field(48, 16),
            field(0, 48),
        )
    }
}

impl fmt::Debug for CandidateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not the name of an mDNS candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name is not a UUID with .local behind it")]
pub struct NameError;

/// A UUID is written with 32 digits and four hyphens (RFC 9562, section 4).
pub(super) const LABEL_LENGTH: usize = 36;
/// Where the hyphens are.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use chacha20::ChaCha20Rng;
    use proptest::prelude::*;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_drawn_name_is_a_uuid_of_version_4_and_never_the_same() {
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let names: std::vec::Vec<_> = (0..200).map(|_| CandidateName::draw(&mut rng)).collect();
        for (n, name) in names.iter().enumerate() {
            let text = name.to_string();
            assert_eq!(text.len(), 42);
            assert_eq!(&text[14..15], "4", "{text}");
            assert!(["8", "9", "a", "b"].contains(&&text[19..20]), "{text}");
            assert!(!names[..n].contains(name));
            assert!(is_local_name(&text));
        }
    }

    #[test]
    fn only_a_uuid_in_local_is_a_candidate_name() {
        let name = "9b36eaac-bb2e-49bb-bb78-21c41c499900.local";
        assert_eq!(name.parse::<CandidateName>().unwrap().to_string(), name);
        let upper = "9B36EAAC-BB2E-49BB-BB78-21C41C499900.LOCAL";
        assert_eq!(upper.parse::<CandidateName>().unwrap().to_string(), name);
        for text in [
            "",
            ".local",
            "printer.local",
            "9b36eaac-bb2e-49bb-bb78-21c41c499900",
            "9b36eaac-bb2e-49bb-bb78-21c41c499900.local.",
            "9b36eaac-bb2e-49bb-bb78-21c41c499900.locals",
            "9b36eaac-bb2e-49bb-bb78-21c41c499900.example",
            "9b36eaac-bb2e-49bb-bb78-21c41c49990.local",
            "9b36eaac-bb2e-49bb-bb78-21c41c4999000.local",
            "9b36eaac-bb2e-49bb-bb78+21c41c499900.local",
            "9b36eaac-bb2e-49bb-bb78-21c41c49990g.local",
            "+b36eaac-bb2e-49bb-bb78-21c41c499900.local",
            "9b36eaacbb2e49bbbb7821c41c499900.local",
            "{9b36eaac-bb2e-49bb-bb78-21c41c499900}.local",
            "a.9b36eaac-bb2e-49bb-bb78-21c41c499900.local",
            "9b36eaac-bb2e-49bb-bb78-21c41c4999\u{e9}.local",
        ] {
            assert_eq!(text.parse::<CandidateName>(), Err(NameError), "{text}");
        }
    }

    #[test]
    fn a_name_counts_as_mdns_if_it_ends_in_local_and_has_no_second_dot() {
        for text in ["a.local", "printer.LOCAL", "9b36eaac-bb2e-49bb-bb78-21c41c499900.local"] {
            assert!(is_local_name(text), "{text}");
        }
        for text in ["", "local", ".local", "a.b.local", "a.local.", "a.locals", "a.example"] {
            assert!(!is_local_name(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_label_round_trip(bits: u128) {
            let name = CandidateName(bits);
            prop_assert_eq!(name.to_string().parse(), Ok(name));
            prop_assert_eq!(CandidateName::from_label(&name.label()), Some(name));
            let text = name.to_string();
            prop_assert_eq!(&text.as_bytes()[..36], &name.label()[..]);
        }

        #[test]
        fn no_text_is_too_strange(text: std::string::String) {
            let _ = text.parse::<CandidateName>();
            let _ = is_local_name(&text);
        }
    }
}
