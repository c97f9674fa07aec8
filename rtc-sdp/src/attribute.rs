//! The `a=` lines that WebRTC knows, and all others letter by letter (RFC 8866 section 6).

pub(crate) mod candidate;
pub(crate) mod codec;
pub(crate) mod extmap;
pub(crate) mod fingerprint;
pub(crate) mod group;
pub(crate) mod ice;
pub(crate) mod msid;
pub(crate) mod negotiation;
pub(crate) mod sctp;
pub(crate) mod simulcast;
pub(crate) mod source;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use self::candidate::{Candidate, RemoteCandidate};
use self::codec::{Fmtp, RtcpFb, Rtpmap};
use self::extmap::Extmap;
use self::fingerprint::Fingerprint;
use self::group::Group;
use self::ice::{IcePassword, parse_ufrag};
use self::msid::{Msid, MsidSemantic};
use self::negotiation::{Direction, Rtcp, Setup};
use self::sctp::{SctpMap, parse_base64, push_base64};
use self::simulcast::{Rid, Simulcast};
use self::source::{Ssrc, SsrcGroup};
use crate::error::ParseErrorKind;
use crate::lexer::{
    is_token, number, plain_number, push_number, push_text, split, split_once, words,
};

/// One `a=` line.
///
/// Names are compared with regard to case, as browsers do. A line whose name is known and whose
/// value breaks the grammar is an error where security or negotiation hangs on it, and
/// [`Attribute::Unknown`] where a reader is told to ignore what it does not understand:
/// `candidate`, `rid`, `simulcast`, `rtcp-fb`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attribute {
    /// `mid`: name of the media description (RFC 5888 section 4). A token.
    Mid(Box<str>),
    /// `group` (RFC 5888 section 5).
    Group(Group),
    /// `ice-ufrag` (RFC 8839 section 5.4): 4 to 256 ice-chars.
    IceUfrag(Box<str>),
    /// `ice-pwd` (RFC 8839 section 5.4): 22 to 256 ice-chars.
    IcePwd(IcePassword),
    /// `ice-options` (RFC 8839 section 5.6): `trickle`, `ice2` ... Tags that are not made of
    /// ice-chars are taken as well, since browsers write some. libdatachannel puts commas between
    /// tags; such a list is one entry here, and
    /// [`SessionDescription::ice_options`](crate::SessionDescription::ice_options) divides it.
    IceOptions(Vec<Box<str>>),
    /// `ice-lite` (RFC 8839 section 5.3), session level.
    IceLite,
    /// `ice-mismatch` (RFC 8839 section 5.3).
    IceMismatch,
    /// `ice-pacing` (RFC 8839 section 5.5): milliseconds between checks.
    IcePacing(u32),
    /// `remote-candidates` (RFC 8839 section 5.2).
    RemoteCandidates(Vec<RemoteCandidate>),
    /// `candidate` (RFC 8839 section 5.1).
    Candidate(Box<Candidate>),
    /// `end-of-candidates` (RFC 8840 section 8).
    EndOfCandidates,
    /// `fingerprint` (RFC 8122 section 5).
    Fingerprint(Fingerprint),
    /// `setup` (RFC 4145 section 4).
    Setup(Setup),
    /// `tls-id` (RFC 8842 section 4): 20 to 255 letters, digits, `+`, `/`, `-`, `_`. A shorter one,
    /// which drafts allowed and peers wrote, is not an id and stays unknown.
    TlsId(Box<str>),
    /// `sctp-port` (RFC 8841 section 5).
    SctpPort(u16),
    /// `max-message-size` (RFC 8841 section 6): bytes; 0 means any size.
    MaxMessageSize(u64),
    /// `sctpmap`, of the drafts before RFC 8841.
    SctpMap(SctpMap),
    /// `sctp-init` (draft-hancke-tsvwg-snap): the bytes of an SCTP INIT chunk, not looked into.
    SctpInit(Box<[u8]>),
    /// `msid` (RFC 8830).
    Msid(Msid),
    /// `msid-semantic`, of the drafts before RFC 8830.
    MsidSemantic(MsidSemantic),
    /// `rtcp` (RFC 3605).
    Rtcp(Rtcp),
    /// `rtcp-mux` (RFC 5761 section 5.1.1).
    RtcpMux,
    /// `rtcp-mux-only` (RFC 8858).
    RtcpMuxOnly,
    /// `rtcp-rsize` (RFC 5506 section 5).
    RtcpRsize,
    /// `rtcp-fb` (RFC 4585 section 4.2).
    RtcpFb(RtcpFb),
    /// `rtcp-xr` (RFC 3611 section 5.1): the formats, letter by letter.
    RtcpXr(Box<str>),
    /// `rtpmap` (RFC 8866 section 6.6).
    Rtpmap(Rtpmap),
    /// `fmtp` (RFC 8866 section 6.15) of a payload type.
    Fmtp(Fmtp),
    /// `extmap` (RFC 8285 section 5).
    Extmap(Extmap),
    /// `extmap-allow-mixed` (RFC 8285 section 6).
    ExtmapAllowMixed,
    /// `ssrc` (RFC 5576 section 4.1).
    Ssrc(Ssrc),
    /// `ssrc-group` (RFC 5576 section 4.2).
    SsrcGroup(SsrcGroup),
    /// `rid` (RFC 8851).
    Rid(Rid),
    /// `simulcast` (RFC 8853).
    Simulcast(Simulcast),
    /// `sendrecv`, `sendonly`, `recvonly` or `inactive` (RFC 8866 section 6.7).
    Direction(Direction),
    /// `bundle-only` (RFC 9143 section 6).
    BundleOnly,
    /// `cryptex` (RFC 9335 section 4).
    Cryptex,
    /// `ptime` (RFC 8866 section 6.4): milliseconds of media in a packet.
    Ptime(u32),
    /// `maxptime` (RFC 8866 section 6.5): most milliseconds of media in a packet.
    Maxptime(u32),
    /// `framerate` (RFC 8866 section 6.13): frames per second, an integer or a decimal fraction.
    Framerate(Box<str>),
    /// Any other, letter by letter. The name of a constructed one must not be one of those
    /// above, or it is read back as that.
    Unknown {
        /// What stands before the first colon.
        name: Box<str>,
        /// What stands after it; `None` where there is no colon.
        value: Option<Box<str>>,
    },
}

impl Attribute {
    /// An attribute that has no variant of its own.
    pub fn unknown(name: &str, value: Option<&str>) -> Self {
        Self::Unknown { name: name.into(), value: value.map(Into::into) }
    }

    /// Name of the attribute, what stands before the colon.
    pub fn name(&self) -> &str {
        match self {
            Self::Mid(_) => "mid",
            Self::Group(_) => "group",
            Self::IceUfrag(_) => "ice-ufrag",
            Self::IcePwd(_) => "ice-pwd",
            Self::IceOptions(_) => "ice-options",
            Self::IceLite => "ice-lite",
            Self::IceMismatch => "ice-mismatch",
            Self::IcePacing(_) => "ice-pacing",
            Self::RemoteCandidates(_) => "remote-candidates",
            Self::Candidate(_) => "candidate",
            Self::EndOfCandidates => "end-of-candidates",
            Self::Fingerprint(_) => "fingerprint",
            Self::Setup(_) => "setup",
            Self::TlsId(_) => "tls-id",
            Self::SctpPort(_) => "sctp-port",
            Self::MaxMessageSize(_) => "max-message-size",
            Self::SctpMap(_) => "sctpmap",
            Self::SctpInit(_) => "sctp-init",
            Self::Msid(_) => "msid",
            Self::MsidSemantic(_) => "msid-semantic",
            Self::Rtcp(_) => "rtcp",
            Self::RtcpMux => "rtcp-mux",
            Self::RtcpMuxOnly => "rtcp-mux-only",
            Self::RtcpRsize => "rtcp-rsize",
            Self::RtcpFb(_) => "rtcp-fb",
            Self::RtcpXr(_) => "rtcp-xr",
            Self::Rtpmap(_) => "rtpmap",
            Self::Fmtp(_) => "fmtp",
            Self::Extmap(_) => "extmap",
            Self::ExtmapAllowMixed => "extmap-allow-mixed",
            Self::Ssrc(_) => "ssrc",
            Self::SsrcGroup(_) => "ssrc-group",
            Self::Rid(_) => "rid",
            Self::Simulcast(_) => "simulcast",
            Self::Direction(direction) => direction.as_str(),
            Self::BundleOnly => "bundle-only",
            Self::Cryptex => "cryptex",
            Self::Ptime(_) => "ptime",
            Self::Maxptime(_) => "maxptime",
            Self::Framerate(_) => "framerate",
            Self::Unknown { name, .. } => name,
        }
    }

    /// Reads what follows `a=`.
    pub(crate) fn parse(text: &str) -> Result<Self, ParseErrorKind> {
        match split_once(text, b':') {
            Some((name, value)) => Self::parse_value(name, value),
            None => Self::parse_property(text),
        }
    }

    fn parse_property(name: &str) -> Result<Self, ParseErrorKind> {
        Ok(match name {
            "" => return Err(ParseErrorKind::AttributeName),
            "ice-lite" => Self::IceLite,
            "ice-mismatch" => Self::IceMismatch,
            "end-of-candidates" => Self::EndOfCandidates,
            "rtcp-mux" => Self::RtcpMux,
            "rtcp-mux-only" => Self::RtcpMuxOnly,
            "rtcp-rsize" => Self::RtcpRsize,
            "extmap-allow-mixed" => Self::ExtmapAllowMixed,
            "bundle-only" => Self::BundleOnly,
            "cryptex" => Self::Cryptex,
            _ => match (Direction::new(name), needs_value(name)) {
                (Some(direction), _) => Self::Direction(direction),
                (None, Some(name)) => return Err(ParseErrorKind::Attribute(name)),
                (None, None) => Self::unknown(name, None),
            },
        })
    }

    fn parse_value(name: &str, value: &str) -> Result<Self, ParseErrorKind> {
        let unknown = || Self::unknown(name, Some(value));
        Ok(match name {
            "" => return Err(ParseErrorKind::AttributeName),
            "rtcp-fb" => RtcpFb::parse(value)?.map_or_else(unknown, Self::RtcpFb),
            "rtpmap" => Rtpmap::parse(value)?.map_or_else(unknown, Self::Rtpmap),
            "fmtp" => Fmtp::parse(value)?.map_or_else(unknown, Self::Fmtp),
            "extmap" => Self::Extmap(Extmap::parse(value)?),
            // An unreadable candidate is one candidate less, and must not cost the session.
            "candidate" => Candidate::parse_value(value)
                .map_or_else(|_| unknown(), |candidate| Self::Candidate(Box::new(candidate))),
            "ssrc" => Self::Ssrc(required("ssrc", Ssrc::parse(value))?),
            "ssrc-group" => Self::SsrcGroup(required("ssrc-group", SsrcGroup::parse(value))?),
            "mid" if is_token(value) => Self::Mid(value.into()),
            "mid" => return Err(ParseErrorKind::Attribute("mid")),
            "group" => Self::Group(required("group", Group::parse(value))?),
            "ice-ufrag" => Self::IceUfrag(parse_ufrag(value)?),
            "ice-pwd" => Self::IcePwd(IcePassword::parse(value)?),
            "ice-options" => {
                let legal = words(value).all(|tags| split(tags, b',').all(is_token));
                let options: Vec<_> = words(value).map(Into::into).collect();
                Self::IceOptions(required(
                    "ice-options",
                    (legal && !options.is_empty()).then_some(options),
                )?)
            }
            "ice-pacing" => Self::IcePacing(required("ice-pacing", number(value))?),
            "remote-candidates" => {
                RemoteCandidate::parse_list(value).map_or_else(unknown, Self::RemoteCandidates)
            }
            "fingerprint" => Self::Fingerprint(Fingerprint::parse(value)?),
            "setup" => Self::Setup(required("setup", Setup::new(value))?),
            "tls-id" if is_tls_id(value) => Self::TlsId(value.into()),
            // RFC 8841 sections 5.2 and 6.2: "Leading zeroes MUST NOT be used."
            "sctp-port" => Self::SctpPort(required("sctp-port", plain_number(value))?),
            "max-message-size" => {
                Self::MaxMessageSize(required("max-message-size", plain_number(value))?)
            }
            "sctpmap" => Self::SctpMap(required("sctpmap", SctpMap::parse(value))?),
            "sctp-init" => Self::SctpInit(required("sctp-init", parse_base64(value))?),
            "msid" => Self::Msid(required("msid", Msid::parse(value))?),
            "msid-semantic" => Self::MsidSemantic(MsidSemantic { text: value.into() }),
            "rtcp" => Self::Rtcp(required("rtcp", Rtcp::parse(value))?),
            "rtcp-xr" => Self::RtcpXr(value.into()),
            "rid" => Rid::parse(value).map_or_else(unknown, Self::Rid),
            "simulcast" => Simulcast::parse(value).map_or_else(unknown, Self::Simulcast),
            // RFC 8866 allows fractions here, which nobody writes.
            "ptime" => number(value).map_or_else(unknown, Self::Ptime),
            "maxptime" => number(value).map_or_else(unknown, Self::Maxptime),
            "framerate" if is_decimal(value) => Self::Framerate(value.into()),
            _ => unknown(),
        })
    }

    /// Writes what follows `a=`.
    pub(crate) fn write(&self, out: &mut String) {
        push_text(out, self.name());
        out.push(':');
        match self {
            Self::Mid(text)
            | Self::IceUfrag(text)
            | Self::TlsId(text)
            | Self::RtcpXr(text)
            | Self::Framerate(text)
            | Self::Unknown { value: Some(text), .. } => push_text(out, text),
            Self::IcePwd(password) => push_text(out, password.as_str()),
            Self::MsidSemantic(semantic) => push_text(out, &semantic.text),
            Self::IceOptions(options) => {
                for (position, option) in options.iter().enumerate() {
                    if position > 0 {
                        out.push(' ');
                    }
                    push_text(out, option);
                }
            }
            Self::RemoteCandidates(candidates) => {
                for (position, candidate) in candidates.iter().enumerate() {
                    if position > 0 {
                        out.push(' ');
                    }
                    candidate.write(out);
                }
            }
            Self::IcePacing(number) | Self::Ptime(number) | Self::Maxptime(number) => {
                push_number(out, *number);
            }
            Self::SctpPort(port) => push_number(out, *port),
            Self::MaxMessageSize(size) => push_number(out, *size),
            Self::SctpInit(bytes) => push_base64(out, bytes),
            Self::Setup(setup) => out.push_str(setup.as_str()),
            Self::Group(group) => group.write(out),
            Self::Candidate(candidate) => candidate.write_value(out),
            Self::Fingerprint(fingerprint) => fingerprint.write(out),
            Self::SctpMap(map) => map.write(out),
            Self::Msid(msid) => msid.write(out),
            Self::Rtcp(rtcp) => rtcp.write(out),
            Self::RtcpFb(feedback) => feedback.write(out),
            Self::Rtpmap(rtpmap) => rtpmap.write(out),
            Self::Fmtp(fmtp) => fmtp.write(out),
            Self::Extmap(extmap) => extmap.write(out),
            Self::Ssrc(ssrc) => ssrc.write(out),
            Self::SsrcGroup(group) => group.write(out),
            Self::Rid(rid) => rid.write(out),
            Self::Simulcast(simulcast) => simulcast.write(out),
            Self::IceLite
            | Self::IceMismatch
            | Self::EndOfCandidates
            | Self::RtcpMux
            | Self::RtcpMuxOnly
            | Self::RtcpRsize
            | Self::ExtmapAllowMixed
            | Self::Direction(_)
            | Self::BundleOnly
            | Self::Cryptex
            | Self::Unknown { value: None, .. } => {
                // Where there is no value there is no colon.
                out.pop();
            }
        }
    }
}

impl From<Candidate> for Attribute {
    fn from(candidate: Candidate) -> Self {
        Self::Candidate(Box::new(candidate))
    }
}

fn required<T>(name: &'static str, value: Option<T>) -> Result<T, ParseErrorKind> {
    value.ok_or(ParseErrorKind::Attribute(name))
}

/// Names that mean nothing without a value, and on which security or negotiation hangs.
fn needs_value(name: &str) -> Option<&'static str> {
    const NAMES: [&str; 15] = [
        "mid",
        "group",
        "ice-ufrag",
        "ice-pwd",
        "ice-options",
        "ice-pacing",
        "fingerprint",
        "setup",
        "sctp-port",
        "max-message-size",
        "sctp-init",
        "rtpmap",
        "extmap",
        "ssrc",
        "msid",
    ];
    NAMES.into_iter().find(|known| *known == name)
}

/// RFC 8842 section 4, `tls-id-value`.
fn is_tls_id(text: &str) -> bool {
    let legal =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    (20..=255).contains(&text.len()) && text.bytes().all(legal)
}

fn is_decimal(text: &str) -> bool {
    let (whole, fraction) = split_once(text, b'.').unwrap_or((text, "0"));
    [whole, fraction]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
