//! All parameters that INIT, INIT ACK and RE-CONFIG may carry.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::reconfig::{IncomingResetRequest, OutgoingResetRequest, ReconfigResponse};
use super::tlv::RawTlv;
use crate::error::DecodeError;

/// A parameter (RFC 9260 section 3.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter<'a> {
    /// State Cookie, 7 (RFC 9260 section 3.3.3.1).
    StateCookie(&'a [u8]),
    /// Unrecognized Parameter, 8 (RFC 9260 section 3.3.3.1): the parameter, header and all.
    Unrecognized(&'a [u8]),
    /// Supported Extensions, 0x8008 (RFC 5061 section 4.2.7): chunk types.
    SupportedExtensions(&'a [u8]),
    /// Forward-TSN-Supported, 0xC000 (RFC 3758 section 3.1).
    ForwardTsnSupported,
    /// Outgoing SSN Reset Request, 13.
    OutgoingResetRequest(OutgoingResetRequest<'a>),
    /// Incoming SSN Reset Request, 14.
    IncomingResetRequest(IncomingResetRequest<'a>),
    /// Re-configuration Response, 16.
    ReconfigResponse(ReconfigResponse),
    /// A type that means nothing here but is no error: addresses (5, 6, 11), Cookie
    /// Preservative (9) and Supported Address Types (12) of RFC 9260, whose values are never
    /// looked into because the path belongs to the layers below.
    Ignored(RawTlv<'a>),
    /// A type that is not known.
    Unknown(RawTlv<'a>),
}

impl<'a> Parameter<'a> {
    /// The type of State Cookie.
    pub const STATE_COOKIE: u16 = 7;
    /// The type of Unrecognized Parameter.
    pub const UNRECOGNIZED: u16 = 8;
    /// The type of Supported Extensions.
    pub const SUPPORTED_EXTENSIONS: u16 = 0x8008;
    /// The type of Forward-TSN-Supported.
    pub const FORWARD_TSN_SUPPORTED: u16 = 0xc000;

    /// Takes one parameter and its padding from the front of `input`.
    ///
    /// # Errors
    ///
    /// When the framing or the value is malformed.
    pub fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let raw = RawTlv::decode(input)?;
        Ok(match raw.kind {
            Self::STATE_COOKIE => Self::StateCookie(raw.value),
            Self::UNRECOGNIZED => Self::Unrecognized(raw.value),
            Self::SUPPORTED_EXTENSIONS => Self::SupportedExtensions(raw.value),
            Self::FORWARD_TSN_SUPPORTED if raw.value.is_empty() => Self::ForwardTsnSupported,
            Self::FORWARD_TSN_SUPPORTED => return Err(DecodeError::Length),
            OutgoingResetRequest::TYPE => {
                Self::OutgoingResetRequest(OutgoingResetRequest::decode(raw.value)?)
            }
            IncomingResetRequest::TYPE => {
                Self::IncomingResetRequest(IncomingResetRequest::decode(raw.value)?)
            }
            ReconfigResponse::TYPE => Self::ReconfigResponse(ReconfigResponse::decode(raw.value)?),
            5 | 6 | 9 | 11 | 12 => Self::Ignored(raw),
            _ => Self::Unknown(raw),
        })
    }

    /// Appends the parameter and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::StateCookie(value) => RawTlv { kind: Self::STATE_COOKIE, value }.encode(out),
            Self::Unrecognized(value) => RawTlv { kind: Self::UNRECOGNIZED, value }.encode(out),
            Self::SupportedExtensions(value) => {
                RawTlv { kind: Self::SUPPORTED_EXTENSIONS, value }.encode(out);
            }
            Self::ForwardTsnSupported => {
                RawTlv { kind: Self::FORWARD_TSN_SUPPORTED, value: &[] }.encode(out);
            }
            Self::OutgoingResetRequest(request) => request.encode(out),
            Self::IncomingResetRequest(request) => request.encode(out),
            Self::ReconfigResponse(response) => response.encode(out),
            Self::Ignored(raw) | Self::Unknown(raw) => raw.encode(out),
        }
    }
}

/// The parameters of a chunk one after the other; after the first error there are none.
#[derive(Debug, Clone)]
pub struct Parameters<'a> {
    rest: &'a [u8],
}

impl<'a> Parameters<'a> {
    pub(crate) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Result<Parameter<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let parameter = Parameter::decode(&mut self.rest);
        if parameter.is_err() {
            self.rest = &[];
        }
        Some(parameter)
    }
}
