//! ICE credentials: `a=ice-ufrag` and `a=ice-pwd` (RFC 8839 section 5.4).

use alloc::boxed::Box;
use core::fmt;

use zeroize::Zeroize;

use crate::error::ParseErrorKind;
use crate::lexer::is_ice_chars;

/// The password of `a=ice-pwd`, which `Debug` does not show and which is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct IcePassword(Box<str>);

impl IcePassword {
    /// Takes a password; the grammar wants 22 to 256 ice-chars, and what is read back is held to
    /// that.
    pub fn new(password: &str) -> Self {
        Self(password.into())
    }

    /// The password itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn parse(text: &str) -> Result<Self, ParseErrorKind> {
        if !(22..=256).contains(&text.len()) {
            return Err(ParseErrorKind::IcePwdLength);
        }
        if !is_ice_chars(text) {
            return Err(ParseErrorKind::IceChar);
        }
        Ok(Self(text.into()))
    }
}

impl Drop for IcePassword {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for IcePassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IcePassword(..)")
    }
}

pub(crate) fn parse_ufrag(text: &str) -> Result<Box<str>, ParseErrorKind> {
    if !(4..=256).contains(&text.len()) {
        return Err(ParseErrorKind::IceUfragLength);
    }
    if !is_ice_chars(text) {
        return Err(ParseErrorKind::IceChar);
    }
    Ok(text.into())
}
