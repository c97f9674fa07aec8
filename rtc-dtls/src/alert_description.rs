//! What an alert says (RFC 5246 §7.2), apart from its coding so that errors can name it.

use core::fmt;

/// What an alert says, by its number in the TLS registry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertDescription(pub u8);

impl AlertDescription {
    /// The sender will send no more.
    pub const CLOSE_NOTIFY: Self = Self(0);
    /// A message came that was not due.
    pub const UNEXPECTED_MESSAGE: Self = Self(10);
    /// A record is not authentic.
    pub const BAD_RECORD_MAC: Self = Self(20);
    /// No acceptable set of parameters.
    pub const HANDSHAKE_FAILURE: Self = Self(40);
    /// A certificate is corrupt or not the expected one.
    pub const BAD_CERTIFICATE: Self = Self(42);
    /// A field is out of range or inconsistent with another.
    pub const ILLEGAL_PARAMETER: Self = Self(47);
    /// A message cannot be decoded.
    pub const DECODE_ERROR: Self = Self(50);
    /// A signature or Finished does not verify.
    pub const DECRYPT_ERROR: Self = Self(51);
    /// The protocol version is not supported.
    pub const PROTOCOL_VERSION: Self = Self(70);
    /// Something failed that is not the peer's fault.
    pub const INTERNAL_ERROR: Self = Self(80);
    /// The application gave up.
    pub const USER_CANCELED: Self = Self(90);
    /// Renegotiation is refused; always a warning.
    pub const NO_RENEGOTIATION: Self = Self(100);
    /// An extension came that was not asked for.
    pub const UNSUPPORTED_EXTENSION: Self = Self(110);

    /// The name in the RFC; `None` for numbers that this crate never meets.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::CLOSE_NOTIFY => "close_notify",
            Self::UNEXPECTED_MESSAGE => "unexpected_message",
            Self::BAD_RECORD_MAC => "bad_record_mac",
            Self::HANDSHAKE_FAILURE => "handshake_failure",
            Self::BAD_CERTIFICATE => "bad_certificate",
            Self::ILLEGAL_PARAMETER => "illegal_parameter",
            Self::DECODE_ERROR => "decode_error",
            Self::DECRYPT_ERROR => "decrypt_error",
            Self::PROTOCOL_VERSION => "protocol_version",
            Self::INTERNAL_ERROR => "internal_error",
            Self::USER_CANCELED => "user_canceled",
            Self::NO_RENEGOTIATION => "no_renegotiation",
            Self::UNSUPPORTED_EXTENSION => "unsupported_extension",
            _ => return None,
        })
    }
}

impl fmt::Display for AlertDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "alert {}", self.0),
        }
    }
}

impl fmt::Debug for AlertDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
