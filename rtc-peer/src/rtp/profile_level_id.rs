//! `profile-level-id` of H.264 (RFC 6184 section 8.1): what a stream needs, or a receiver can do.

use alloc::format;
use alloc::string::String;

/// ```text
///  0                   1                   2
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |  profile_idc  |  profile-iop  |   level_idc   |
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProfileLevelId {
    profile_idc: u8,
    profile_iop: u8,
    level_idc: u8,
}

/// Streams of one profile can be decoded by whoever decodes another of the same. Which bytes name
/// which is table 5 of RFC 6184, and Constrained High of the edition after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    ConstrainedBaseline,
    Baseline,
    Main,
    Extended,
    High,
    ConstrainedHigh,
    /// Any other, the same only if both bytes are.
    Other(u8, u8),
}

/// A level, in the order of what it allows: ten times `level_idc`, and 105 for level 1b, which
/// stands between 1 and 1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Level(u16);

impl ProfileLevelId {
    /// What is inferred where the parameter is missing: Baseline at level 1.
    pub(crate) const DEFAULT: Self = Self { profile_idc: 0x42, profile_iop: 0, level_idc: 10 };

    /// Six hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, profile_idc, profile_iop, level_idc] =
            u32::from_str_radix(text, 16).ok()?.to_be_bytes();
        Some(Self { profile_idc, profile_iop, level_idc })
    }

    /// Which profile the first two bytes name.
    pub(crate) fn profile(self) -> Profile {
        let Self { profile_idc: idc, profile_iop: iop, .. } = self;
        match (idc, iop >> 4) {
            (0x42 | 0x4d | 0x58, _) if iop & 0x0f != 0 => Profile::Other(idc, iop),
            (0x42, flags) if flags & 0b0100 != 0 => Profile::ConstrainedBaseline,
            (0x4d, flags) if flags & 0b1000 != 0 => Profile::ConstrainedBaseline,
            (0x58, 0b1100..) => Profile::ConstrainedBaseline,
            (0x42, _) | (0x58, 0b1000..) => Profile::Baseline,
            (0x4d, flags) if flags & 0b1010 == 0 => Profile::Main,
            (0x58, 0b0000..=0b0011) => Profile::Extended,
            (0x64, _) if iop == 0 => Profile::High,
            (0x64, _) if iop == 0x0c => Profile::ConstrainedHigh,
            _ => Profile::Other(idc, iop),
        }
    }

    /// Which level the last byte names.
    pub(crate) fn level(self) -> Level {
        let is_1b = match self.level_idc {
            11 => self.has_level_bit() && self.profile_iop & LEVEL_1B != 0,
            9 => !self.has_level_bit(),
            _ => false,
        };
        if is_1b { Level(105) } else { Level(u16::from(self.level_idc) * 10) }
    }

    /// The same profile at another level.
    pub(crate) fn at(self, level: Level) -> Self {
        let has_level_bit = self.has_level_bit();
        let clear = if has_level_bit { self.profile_iop & !LEVEL_1B } else { self.profile_iop };
        let (profile_iop, level_idc) = match (level.0, has_level_bit) {
            (105, true) => (clear | LEVEL_1B, 11),
            (105, false) => (clear, 9),
            (level, _) => (clear, u8::try_from(level / 10).unwrap_or(u8::MAX)),
        };
        Self { profile_idc: self.profile_idc, profile_iop, level_idc }
    }

    /// As it is written: six hexadecimal digits.
    pub(crate) fn write(self) -> String {
        format!("{:02x}{:02x}{:02x}", self.profile_idc, self.profile_iop, self.level_idc)
    }

    /// Whether `constraint_set3_flag` is part of the level: in Baseline, Main and Extended.
    const fn has_level_bit(self) -> bool {
        matches!(self.profile_idc, 0x42 | 0x4d | 0x58)
    }
}

/// `constraint_set3_flag`.
const LEVEL_1B: u8 = 0x10;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn id(text: &str) -> ProfileLevelId {
        ProfileLevelId::parse(text).unwrap()
    }

    #[test]
    fn the_bytes_of_table_5_name_their_profiles() {
        const CB: Profile = Profile::ConstrainedBaseline;
        // The rows of the table, `x` for a bit that does not matter.
        let table = [
            (0x42, "x1xx0000", CB),
            (0x4d, "1xxx0000", CB),
            (0x58, "11xx0000", CB),
            (0x42, "x0xx0000", Profile::Baseline),
            (0x58, "10xx0000", Profile::Baseline),
            (0x4d, "0x0x0000", Profile::Main),
            (0x58, "00xx0000", Profile::Extended),
            (0x64, "00000000", Profile::High),
            (0x64, "00001100", Profile::ConstrainedHigh),
        ];
        for profile_idc in 0..=255 {
            for profile_iop in 0..=255u8 {
                let fits = |&&(idc, pattern, _): &&(u8, &str, Profile)| {
                    let bits = format!("{profile_iop:08b}");
                    let same = |(bit, wanted)| wanted == 'x' || bit == wanted;
                    idc == profile_idc && bits.chars().zip(pattern.chars()).all(same)
                };
                let expected = match &table.iter().filter(fits).collect::<Vec<_>>()[..] {
                    [] => Profile::Other(profile_idc, profile_iop),
                    [(_, _, profile)] => *profile,
                    _ => unreachable!("the rows exclude each other"),
                };
                let id = ProfileLevelId { profile_idc, profile_iop, level_idc: 31 };
                assert_eq!(id.profile(), expected, "{}", id.write());
            }
        }
        let met = [
            ("42e01f", CB),
            // Without the second flag it is not constrained.
            ("42A01E", Profile::Baseline),
            ("42c00b", CB),
            ("4de00a", CB),
            ("42001f", Profile::Baseline),
            ("4d001f", Profile::Main),
            ("4d401f", Profile::Main),
            ("64001f", Profile::High),
            ("640c1f", Profile::ConstrainedHigh),
            ("f4001f", Profile::Other(0xf4, 0)),
        ];
        for (text, profile) in met {
            assert_eq!(id(text).profile(), profile, "{text}");
        }
    }

    #[test]
    fn another_level_is_the_same_profile() {
        let levels = ["42f00b", "42e00b", "42e01f", "42e034"].map(|text| id(text).level());
        for profile_idc in [0x42, 0x4d, 0x58, 0x64, 0x7a] {
            for profile_iop in 0..=255 {
                for level in levels {
                    let id = ProfileLevelId { profile_idc, profile_iop, level_idc: 31 };
                    assert_eq!(id.at(level).level(), level, "{}", id.write());
                    if matches!(id.profile(), Profile::Other(..)) {
                        continue;
                    }
                    assert_eq!(id.at(level).profile(), id.profile(), "{}", id.write());
                }
            }
        }
    }

    #[test]
    fn level_1b_stands_between_1_and_1_1() {
        assert!(id("42e00a").level() < id("42f00b").level());
        assert!(id("42f00b").level() < id("42e00b").level());
        assert_eq!(id("640009").level(), id("42f00b").level());
        assert!(id("42e01f").level() < id("42e034").level());
        // In profiles that have no such bit, 11 is level 1.1.
        assert_eq!(id("64100b").level(), id("42e00b").level());
    }

    #[test]
    fn a_profile_is_written_at_another_level() {
        let level_1b = id("42f00b").level();
        assert_eq!(id("42e01f").at(level_1b).write(), "42f00b");
        assert_eq!(id("64001f").at(level_1b).write(), "640009");
        assert_eq!(id("42f00b").at(id("42e01f").level()).write(), "42e01f");
        assert_eq!(id("640c34").at(id("42e01f").level()).write(), "640c1f");
    }

    #[test]
    fn what_is_no_profile_level_id_is_none() {
        for text in ["", "42e01", "42e01ff", "42e01g", "+2e01f", "0x42e0"] {
            assert_eq!(ProfileLevelId::parse(text), None, "{text}");
        }
        assert_eq!(ProfileLevelId::DEFAULT.write(), "42000a");
    }
}
