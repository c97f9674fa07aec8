//! The small syntax of RFC 8866 section 9: tokens, numbers, fields between spaces.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// RFC 8866 section 9, `token`: one or more visible characters without separators.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| class(byte) & TOKEN != 0)
}

/// RFC 8839 section 5.1, `1*ice-char`.
pub(crate) fn is_ice_chars(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| class(byte) & ICE != 0)
}

/// RFC 8866 section 9, `non-ws-string`: no space, no control character.
pub(crate) fn is_non_ws(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte > 0x20 && byte != 0x7f)
}

/// A line's text may not hold what ends a line, nor NUL.
pub(crate) fn has_line_breaks(text: &str) -> bool {
    // A fold and not `any`: without an early exit the loop runs over 16 bytes at a time.
    text.bytes().fold(false, |found, byte| found | matches!(byte, b'\r' | b'\n' | 0))
}

/// A decimal number that fits in `T`; leading zeros are allowed, signs and spaces are not.
pub(crate) fn number<T: TryFrom<u64>>(text: &str) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    let mut value = 0u64;
    for byte in text.bytes() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    T::try_from(value).ok()
}

/// A decimal number without leading zeros.
pub(crate) fn plain_number<T: TryFrom<u64>>(text: &str) -> Option<T> {
    if text.len() > 1 && text.starts_with('0') {
        return None;
    }
    number(text)
}

/// What stands before and after the first `separator`, an ASCII character.
///
/// Fields are a few bytes long: a plain loop finds their end several times faster than
/// `str::split_once`, whose search is made for long texts.
pub(crate) fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let end = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// Place of the first line feed. Lines are long enough for eight bytes at a time.
pub(crate) fn line_feed(text: &str) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const FEEDS: u64 = ONES * b'\n' as u64;
    let (chunks, rest) = text.as_bytes().as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        // A byte of `zeroed` is 0 where the chunk has a line feed; the subtraction borrows into
        // the highest bit of the lowest such byte, and of no byte below it.
        let zeroed = u64::from_le_bytes(*chunk) ^ FEEDS;
        let found = zeroed.wrapping_sub(ONES) & !zeroed & (ONES << 7);
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let start = chunks.len() * 8;
    rest.iter().position(|byte| *byte == b'\n').map(|place| start + place)
}

/// What stands between `separator`s, an ASCII character; empty fields count.
pub(crate) fn split(text: &str, separator: u8) -> Split<'_> {
    Split { rest: Some(text), separator }
}

/// See [`split`].
pub(crate) struct Split<'a> {
    rest: Option<&'a str>,
    separator: u8,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let Some((field, rest)) = split_once(rest, self.separator) else {
            self.rest = None;
            return Some(rest);
        };
        self.rest = Some(rest);
        Some(field)
    }
}

/// The tokens between spaces; doubled spaces count as one.
pub(crate) fn token_list(text: &str) -> Option<Vec<Box<str>>> {
    let mut tokens = Vec::new();
    for token in words(text) {
        if !is_token(token) {
            return None;
        }
        tokens.push(token.into());
    }
    Some(tokens)
}

/// What stands between spaces; doubled spaces count as one.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    split(text, b' ').filter(|word| !word.is_empty())
}

/// Appends a number in decimal digits.
pub(crate) fn push_number(out: &mut String, number: impl Into<u64>) {
    let mut number = number.into();
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        start -= 1;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    let digits = digits.get(start..).and_then(|digits| core::str::from_utf8(digits).ok());
    out.push_str(digits.unwrap_or_default());
}

/// Appends text that must not end the line: CR, LF and NUL, which only a constructed value can
/// hold, are left out, so that no value ever becomes a line of its own.
pub(crate) fn push_text(out: &mut String, text: &str) {
    if has_line_breaks(text) {
        out.extend(text.chars().filter(|c| !matches!(c, '\r' | '\n' | '\0')));
    } else {
        out.push_str(text);
    }
}

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

const TOKEN: u8 = 1;
const ICE: u8 = 2;

const CLASSES: [u8; 256] = {
    let mut classes = [0u8; 256];
    let mut byte = 0;
    while byte < 128u8 {
        let mut class = 0;
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'{'..=b'~')
        {
            class |= TOKEN;
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') {
            class |= ICE;
        }
        // A const initialiser that cannot go out of bounds: the loop ends at 128.
        #[allow(clippy::indexing_slicing)]
        {
            classes[byte as usize] = class;
        }
        byte += 1;
    }
    classes
};

#[cfg(test)]
mod tests {
    use super::{
        has_line_breaks, is_token, line_feed, number, plain_number, push_number, push_text,
    };
    use alloc::string::String;

    #[test]
    fn tokens_are_exactly_those_of_the_grammar() {
        let allowed: &[u8] = b"!#$%&'*+-.^_`{|}~";
        for byte in 0..=127u8 {
            let text = String::from(char::from(byte));
            let expected = byte.is_ascii_alphanumeric() || allowed.contains(&byte);
            assert_eq!(is_token(&text), expected, "{byte:#x}");
        }
        assert!(!is_token(""));
        assert!(!is_token("é"));
    }

    #[test]
    fn numbers_never_overflow() {
        assert_eq!(number::<u16>("65535"), Some(65535));
        assert_eq!(number::<u16>("65536"), None);
        assert_eq!(number::<u64>("18446744073709551615"), Some(u64::MAX));
        assert_eq!(number::<u64>("18446744073709551616"), None);
        assert_eq!(number::<u8>("007"), Some(7));
        assert_eq!(plain_number::<u8>("007"), None);
        assert_eq!(plain_number::<u8>("0"), Some(0));
        for bad in ["", "+1", "-1", " 1", "1 ", "0x1", "١"] {
            assert_eq!(number::<u64>(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn numbers_are_written_in_full() {
        for value in [0u64, 9, 10, 65535, u64::MAX] {
            let mut out = String::new();
            push_number(&mut out, value);
            assert_eq!(out, alloc::format!("{value}"));
        }
    }

    #[test]
    fn a_line_feed_is_found_wherever_it_stands() {
        for length in 0..40 {
            for place in 0..length {
                for other in ['a', '\u{b}', '\u{9}', '\0', 'é'] {
                    let mut text = String::new();
                    text.extend(core::iter::repeat_n(other, place));
                    let expected = text.len();
                    text.push('\n');
                    text.extend(core::iter::repeat_n('\n', length - place - 1));
                    assert_eq!(line_feed(&text), Some(expected));
                }
            }
            assert_eq!(line_feed(&"\u{b}".repeat(length)), None);
        }
    }

    #[test]
    fn a_value_cannot_become_a_line_of_its_own() {
        let mut out = String::new();
        push_text(&mut out, "0\r\na=setup:active\0");
        assert_eq!(out, "0a=setup:active");
        assert!(!has_line_breaks(&out));
    }
}
