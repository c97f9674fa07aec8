//! What belongs to a payload type: `rtpmap`, `fmtp` (RFC 8866 sections 6.6 and 6.15) and
//! `rtcp-fb` (RFC 4585 section 4.2).

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;

use crate::error::ParseErrorKind;
use crate::lexer::{is_non_ws, is_token, number, push_number, push_text, split, split_once};

/// `a=rtpmap:<payload type> <encoding>/<clock rate>[/<channels>]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rtpmap {
    /// 0 to 127.
    pub payload_type: u8,
    /// Name of the payload format, compared without regard to case (RFC 4855 section 3).
    pub encoding: Cow<'static, str>,
    /// RTP timestamp ticks per second.
    pub clock_rate: u32,
    /// Channels of an audio format; absent means 1.
    pub channels: Option<u16>,
}

impl Rtpmap {
    /// A mapping without channels.
    pub fn new(payload_type: u8, encoding: impl Into<Cow<'static, str>>, clock_rate: u32) -> Self {
        Self { payload_type, encoding: encoding.into(), clock_rate, channels: None }
    }

    /// Whether the encoding has this name, without regard to case.
    pub fn is(&self, encoding: &str) -> bool {
        self.encoding.eq_ignore_ascii_case(encoding)
    }

    /// `Ok(None)` where the encoding parameters are legal, but no number of channels.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, ParseErrorKind> {
        const MALFORMED: ParseErrorKind = ParseErrorKind::Attribute("rtpmap");
        let (payload_type, mapping) = split_once(text, b' ').ok_or(MALFORMED)?;
        let payload_type = payload_type_of(payload_type, MALFORMED)?;
        let (encoding, rest) = split_once(mapping, b'/').ok_or(MALFORMED)?;
        let (clock_rate, parameters) = match split_once(rest, b'/') {
            Some((clock_rate, parameters)) => (clock_rate, Some(parameters)),
            None => (rest, None),
        };
        let clock_rate = number(clock_rate.trim_end_matches(' ')).ok_or(MALFORMED)?;
        let encoding = encoding_name(encoding).ok_or(MALFORMED)?;
        let channels = match parameters.map(|text| number(text.trim_end_matches(' '))) {
            None => None,
            Some(Some(channels)) => Some(channels),
            Some(None) => return Ok(None),
        };
        Ok(Some(Self { payload_type, encoding, clock_rate, channels }))
    }

    pub(crate) fn write(&self, out: &mut String) {
        push_number(out, self.payload_type);
        out.push(' ');
        push_text(out, &self.encoding);
        out.push('/');
        push_number(out, self.clock_rate);
        if let Some(channels) = self.channels {
            out.push('/');
            push_number(out, channels);
        }
    }
}

/// `a=fmtp:<payload type> <parameters>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fmtp {
    /// 0 to 127.
    pub payload_type: u8,
    /// The parameters, letter by letter; most formats use `name=value` between semicolons.
    pub parameters: Box<str>,
}

impl Fmtp {
    /// The parameters of formats that write `name=value;name=value`: each name, and its value
    /// if it has one. Spaces around them are left out.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        split(&self.parameters, b';').map(str::trim).filter(|item| !item.is_empty()).map(|item| {
            match split_once(item, b'=') {
                Some((name, value)) => (name.trim_end(), Some(value.trim_start())),
                None => (item, None),
            }
        })
    }

    /// The value of the first parameter of this name, without regard to case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters().find(|(key, _)| key.eq_ignore_ascii_case(name)).and_then(|(_, v)| v)
    }

    /// `Ok(None)` where the format is a token and no payload type, or has no parameters.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, ParseErrorKind> {
        const MALFORMED: ParseErrorKind = ParseErrorKind::Attribute("fmtp");
        let Some((format, parameters)) = split_once(text, b' ') else {
            return if is_token(text) { Ok(None) } else { Err(MALFORMED) };
        };
        if !is_token(format) {
            return Err(MALFORMED);
        }
        if !format.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let payload_type = payload_type_of(format, MALFORMED)?;
        Ok(Some(Self { payload_type, parameters: parameters.into() }))
    }

    pub(crate) fn write(&self, out: &mut String) {
        push_number(out, self.payload_type);
        out.push(' ');
        push_text(out, &self.parameters);
    }
}

/// `a=rtcp-fb:<payload type or *> <feedback>` (RFC 4585 section 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RtcpFb {
    /// For which payload types.
    pub target: FeedbackTarget,
    /// Which messages.
    pub feedback: Feedback,
}

impl RtcpFb {
    /// `Ok(None)` where the format is a token and no payload type, or the feedback is missing:
    /// what is not understood is to be ignored.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, ParseErrorKind> {
        let Some((target, feedback)) = split_once(text, b' ') else { return Ok(None) };
        if feedback.is_empty() {
            return Ok(None);
        }
        let target = if target == "*" {
            FeedbackTarget::All
        } else if target.bytes().all(|byte| byte.is_ascii_digit()) {
            let malformed = ParseErrorKind::Attribute("rtcp-fb");
            FeedbackTarget::PayloadType(payload_type_of(target, malformed)?)
        } else {
            return Ok(None);
        };
        Ok(Some(Self { target, feedback: Feedback::new(feedback) }))
    }

    pub(crate) fn write(&self, out: &mut String) {
        match self.target {
            FeedbackTarget::All => out.push('*'),
            FeedbackTarget::PayloadType(payload_type) => push_number(out, payload_type),
        }
        out.push(' ');
        self.feedback.write(out);
    }
}

/// Which payload types an `a=rtcp-fb` line speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedbackTarget {
    /// `*`: all of the media description.
    All,
    /// One, 0 to 127.
    PayloadType(u8),
}

impl FeedbackTarget {
    /// Whether the line speaks of this payload type.
    pub fn covers(self, payload_type: u8) -> bool {
        self == Self::All || self == Self::PayloadType(payload_type)
    }
}

/// RTCP feedback messages (RFC 4585 section 4.2, RFC 5104 section 7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feedback {
    /// `nack`: generic NACK.
    Nack,
    /// `nack pli`: picture loss indication.
    NackPli,
    /// `nack rpsi`: reference picture selection.
    NackRpsi,
    /// `nack sli`: slice loss indication.
    NackSli,
    /// `ccm fir`: full intra request (RFC 5104).
    CcmFir,
    /// `ccm tmmbr`: temporary maximum bit rate (RFC 5104).
    CcmTmmbr,
    /// `transport-cc`: draft-holmer-rmcat-transport-wide-cc-extensions.
    TransportCc,
    /// `goog-remb`: receiver's estimate of the bit rate (draft-alvestrand-rmcat-remb).
    GoogRemb,
    /// `ack ccfb`: congestion control feedback (RFC 8888 section 6).
    AckCcfb,
    /// `trr-int`: least milliseconds between regular RTCP packets.
    TrrInt(u32),
    /// Anything else, letter by letter.
    Other(Box<str>),
}

impl Feedback {
    /// Takes what follows the payload type.
    pub fn new(text: &str) -> Self {
        match text {
            "nack" => Self::Nack,
            "nack pli" => Self::NackPli,
            "nack rpsi" => Self::NackRpsi,
            "nack sli" => Self::NackSli,
            "ccm fir" => Self::CcmFir,
            "ccm tmmbr" => Self::CcmTmmbr,
            "transport-cc" => Self::TransportCc,
            "goog-remb" => Self::GoogRemb,
            "ack ccfb" => Self::AckCcfb,
            other => match other.strip_prefix("trr-int ").and_then(number) {
                Some(interval) => Self::TrrInt(interval),
                None => Self::Other(other.into()),
            },
        }
    }

    fn write(&self, out: &mut String) {
        out.push_str(match self {
            Self::Nack => "nack",
            Self::NackPli => "nack pli",
            Self::NackRpsi => "nack rpsi",
            Self::NackSli => "nack sli",
            Self::CcmFir => "ccm fir",
            Self::CcmTmmbr => "ccm tmmbr",
            Self::TransportCc => "transport-cc",
            Self::GoogRemb => "goog-remb",
            Self::AckCcfb => "ack ccfb",
            Self::TrrInt(interval) => {
                out.push_str("trr-int ");
                return push_number(out, *interval);
            }
            Self::Other(text) => return push_text(out, text),
        });
    }
}

fn payload_type_of(text: &str, malformed: ParseErrorKind) -> Result<u8, ParseErrorKind> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed);
    }
    number(text).filter(|&payload_type| payload_type <= 127).ok_or(ParseErrorKind::PayloadType)
}

/// The names that nearly every description has are not copied to the heap.
fn encoding_name(text: &str) -> Option<Cow<'static, str>> {
    KNOWN_ENCODINGS.iter().find(|known| **known == text).map_or_else(
        || is_non_ws(text).then(|| Cow::Owned(text.into())),
        |known| Some(Cow::Borrowed(*known)),
    )
}

const KNOWN_ENCODINGS: [&str; 14] = [
    "rtx",
    "H264",
    "VP8",
    "VP9",
    "AV1",
    "opus",
    "red",
    "ulpfec",
    "telephone-event",
    "G722",
    "PCMU",
    "PCMA",
    "CN",
    "H265",
];
