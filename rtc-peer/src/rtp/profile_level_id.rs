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
        let has = |bits: u8| iop & bits == bits;
        // Four bits beside the first four must be 0 in all of the table.
        match idc {
            0x42 if iop & 0x0f == 0 && has(0x40) => Profile::ConstrainedBaseline,
            0x4d if iop & 0x0f == 0 && has(0x80) => Profile::ConstrainedBaseline,
            0x58 if iop & 0x0f == 0 && has(0xc0) => Profile::ConstrainedBaseline,
            0x42 if iop & 0x0f == 0 => Profile::Baseline,
            0x58 if iop & 0x0f == 0 && has(0x80) => Profile::Baseline,
            0x4d if iop & 0x0f == 0 && !has(0x40) => Profile::Main,
            0x58 if iop & 0x0f == 0 && !has(0x40) => Profile::Extended,
            0x64 if iop == 0 => Profile::High,
            0x64 if iop == 0x0c => Profile::ConstrainedHigh,
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
    use super::*;

    fn id(text: &str) -> ProfileLevelId {
        ProfileLevelId::parse(text).unwrap()
    }

    #[test]
    fn the_bytes_of_table_5_name_their_profiles() {
        let table = [
            ("42e01f", Profile::ConstrainedBaseline),
            // Without the second flag it is Baseline.
            ("42A01E", Profile::Baseline),
            ("42c00b", Profile::ConstrainedBaseline),
            ("42400d", Profile::ConstrainedBaseline),
            ("4d801f", Profile::ConstrainedBaseline),
            ("4de00a", Profile::ConstrainedBaseline),
            ("58c01f", Profile::ConstrainedBaseline),
            ("58f00b", Profile::ConstrainedBaseline),
            ("42001f", Profile::Baseline),
            ("42801f", Profile::Baseline),
            ("58801f", Profile::Baseline),
            ("4d001f", Profile::Main),
            ("4d201f", Profile::Main),
            ("4d401f", Profile::Other(0x4d, 0x40)),
            ("58001f", Profile::Extended),
            ("58201f", Profile::Extended),
            ("64001f", Profile::High),
            ("640c1f", Profile::ConstrainedHigh),
            ("f4001f", Profile::Other(0xf4, 0)),
            ("42e11f", Profile::Other(0x42, 0xe1)),
        ];
        for (text, profile) in table {
            assert_eq!(id(text).profile(), profile, "{text}");
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
