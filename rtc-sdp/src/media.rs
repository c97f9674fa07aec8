//! Media descriptions: `m=` and what follows it (RFC 8866 section 5.14).

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::address::{Bandwidth, NetworkAddress};
use crate::attribute::Attribute;
use crate::error::ParseErrorKind;
use crate::lexer::{is_token, number, push_number, push_text, split, split_once, words};

/// One media description, "m-section" in JSEP.
///
/// ```text
/// m=<kind> <port>[/<count>] <protocol> <format> ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaDescription {
    /// What is sent.
    pub kind: MediaKind,
    /// Port of the default candidate; 9 where none is known, 0 where the media is rejected or
    /// `bundle-only`.
    pub port: u16,
    /// Number of ports, after a slash.
    pub port_count: Option<u32>,
    /// How it is sent.
    pub protocol: TransportProtocol,
    /// Formats, the preferred first: payload types with RTP, else tokens. At least one, but rejected
    /// media are read without as well.
    pub formats: Vec<Format>,
    /// `i=`: a title.
    pub information: Option<Box<str>>,
    /// `c=` lines; in WebRTC one.
    pub connections: Vec<NetworkAddress>,
    /// `b=` lines.
    pub bandwidths: Vec<Bandwidth>,
    /// `k=`, which RFC 8866 section 5.12 declares obsolete.
    pub key: Option<Box<str>>,
    /// `a=` lines in order.
    pub attributes: Vec<Attribute>,
}

impl MediaDescription {
    /// A description without lines of its own, from which others are made.
    pub fn new(kind: MediaKind, port: u16, protocol: TransportProtocol) -> Self {
        Self {
            kind,
            port,
            port_count: None,
            protocol,
            formats: Vec::new(),
            information: None,
            connections: Vec::new(),
            bandwidths: Vec::new(),
            key: None,
            attributes: Vec::new(),
        }
    }

    /// Reads what follows `m=`.
    pub(crate) fn parse(text: &str) -> Result<Self, ParseErrorKind> {
        let mut fields = words(text);
        let mut next = || fields.next().ok_or(ParseErrorKind::Media);
        let kind = MediaKind::parse(next()?).ok_or(ParseErrorKind::Media)?;
        let (port, port_count) = parse_port(next()?).ok_or(ParseErrorKind::Port)?;
        let protocol = TransportProtocol::parse(next()?).ok_or(ParseErrorKind::Media)?;
        let mut media = Self { port_count, ..Self::new(kind, port, protocol) };
        let is_rtp = media.protocol.is_rtp();
        for format in fields {
            media.formats.push(if is_rtp {
                let payload_type = number(format).filter(|payload_type| *payload_type <= 127);
                Format::PayloadType(payload_type.ok_or(ParseErrorKind::PayloadType)?)
            } else if is_token(format) {
                Format::Token(format.into())
            } else {
                return Err(ParseErrorKind::Media);
            });
        }
        // Kurento rejects media without naming a format; nobody will look for it there.
        let is_whole = !media.formats.is_empty() || media.port == 0;
        if is_whole { Ok(media) } else { Err(ParseErrorKind::Media) }
    }

    pub(crate) fn write_line(&self, out: &mut String) {
        out.push_str("m=");
        push_text(out, self.kind.as_str());
        out.push(' ');
        push_number(out, self.port);
        if let Some(count) = self.port_count {
            out.push('/');
            push_number(out, count);
        }
        out.push(' ');
        push_text(out, self.protocol.as_str());
        for format in &self.formats {
            out.push(' ');
            match format {
                Format::PayloadType(payload_type) => push_number(out, *payload_type),
                Format::Token(token) => push_text(out, token),
            }
        }
        out.push_str("\r\n");
    }

    /// Appends the description's lines.
    pub(crate) fn write(&self, out: &mut String) {
        self.write_line(out);
        if let Some(information) = &self.information {
            write_line(out, 'i', information);
        }
        write_network(out, &self.connections, &self.bandwidths);
        if let Some(key) = &self.key {
            write_line(out, 'k', key);
        }
        write_attributes(out, &self.attributes);
    }
}

/// The media types of RFC 8866 section 8.2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaKind {
    /// `audio`.
    Audio,
    /// `video`.
    Video,
    /// `application`: data channels.
    Application,
    /// `text`.
    Text,
    /// `message`.
    Message,
    /// `image`.
    Image,
    /// Another token.
    Other(Box<str>),
}

impl MediaKind {
    /// The token.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Application => "application",
            Self::Text => "text",
            Self::Message => "message",
            Self::Image => "image",
            Self::Other(token) => token,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "audio" => Self::Audio,
            "video" => Self::Video,
            "application" => Self::Application,
            "text" => Self::Text,
            "message" => Self::Message,
            "image" => Self::Image,
            other => Self::Other(is_token(other).then(|| other.into())?),
        })
    }
}

/// The `proto` field of `m=` (RFC 8866 section 8.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportProtocol {
    /// `RTP/AVP`: RTP in the clear (RFC 3551).
    RtpAvp,
    /// `RTP/AVPF`: with feedback (RFC 4585).
    RtpAvpf,
    /// `RTP/SAVP`: SRTP (RFC 3711).
    RtpSavp,
    /// `RTP/SAVPF`: SRTP with feedback (RFC 5124).
    RtpSavpf,
    /// `UDP/TLS/RTP/SAVP`: SRTP with DTLS (RFC 5764).
    UdpTlsRtpSavp,
    /// `UDP/TLS/RTP/SAVPF`: SRTP with DTLS and feedback, what JSEP offers.
    UdpTlsRtpSavpf,
    /// `TCP/DTLS/RTP/SAVP` (RFC 7850).
    TcpDtlsRtpSavp,
    /// `TCP/DTLS/RTP/SAVPF` (RFC 7850).
    TcpDtlsRtpSavpf,
    /// `UDP/DTLS/SCTP`: data channels (RFC 8841).
    UdpDtlsSctp,
    /// `TCP/DTLS/SCTP`: data channels over TCP (RFC 8841).
    TcpDtlsSctp,
    /// `DTLS/SCTP`: data channels of the drafts before RFC 8841, whose format is the SCTP port.
    DtlsSctp,
    /// Another: tokens between slashes.
    Other(Box<str>),
}

impl TransportProtocol {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::RtpAvp => "RTP/AVP",
            Self::RtpAvpf => "RTP/AVPF",
            Self::RtpSavp => "RTP/SAVP",
            Self::RtpSavpf => "RTP/SAVPF",
            Self::UdpTlsRtpSavp => "UDP/TLS/RTP/SAVP",
            Self::UdpTlsRtpSavpf => "UDP/TLS/RTP/SAVPF",
            Self::TcpDtlsRtpSavp => "TCP/DTLS/RTP/SAVP",
            Self::TcpDtlsRtpSavpf => "TCP/DTLS/RTP/SAVPF",
            Self::UdpDtlsSctp => "UDP/DTLS/SCTP",
            Self::TcpDtlsSctp => "TCP/DTLS/SCTP",
            Self::DtlsSctp => "DTLS/SCTP",
            Self::Other(text) => text,
        }
    }

    /// Whether formats are RTP payload types.
    pub fn is_rtp(&self) -> bool {
        match self {
            Self::UdpDtlsSctp | Self::TcpDtlsSctp | Self::DtlsSctp => false,
            Self::Other(text) => split(text, b'/').any(|part| part == "RTP"),
            _ => true,
        }
    }

    /// Whether it is SCTP over DTLS.
    pub fn is_sctp(&self) -> bool {
        matches!(self, Self::UdpDtlsSctp | Self::TcpDtlsSctp | Self::DtlsSctp)
    }

    /// Whether the RTP profile is one with feedback, AVPF or SAVPF (RFC 4585, RFC 5124).
    pub fn has_feedback(&self) -> bool {
        self.is_rtp() && self.as_str().ends_with("AVPF")
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "RTP/AVP" => Self::RtpAvp,
            "RTP/AVPF" => Self::RtpAvpf,
            "RTP/SAVP" => Self::RtpSavp,
            "RTP/SAVPF" => Self::RtpSavpf,
            "UDP/TLS/RTP/SAVP" => Self::UdpTlsRtpSavp,
            "UDP/TLS/RTP/SAVPF" => Self::UdpTlsRtpSavpf,
            "TCP/DTLS/RTP/SAVP" => Self::TcpDtlsRtpSavp,
            "TCP/DTLS/RTP/SAVPF" => Self::TcpDtlsRtpSavpf,
            "UDP/DTLS/SCTP" => Self::UdpDtlsSctp,
            "TCP/DTLS/SCTP" => Self::TcpDtlsSctp,
            "DTLS/SCTP" => Self::DtlsSctp,
            other => Self::Other(split(other, b'/').all(is_token).then(|| other.into())?),
        })
    }
}

/// One format of `m=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// An RTP payload type, 0 to 127.
    PayloadType(u8),
    /// Anything else: `webrtc-datachannel`.
    Token(Box<str>),
}

impl Format {
    /// `webrtc-datachannel` (RFC 8841 section 4.1).
    pub fn data_channel() -> Self {
        Self::Token("webrtc-datachannel".into())
    }
}

/// Appends one line of free text.
pub(crate) fn write_line(out: &mut String, letter: char, text: &str) {
    out.push(letter);
    out.push('=');
    push_text(out, text);
    out.push_str("\r\n");
}

/// Appends `c=` and `b=` lines.
pub(crate) fn write_network<'a>(
    out: &mut String,
    connections: impl IntoIterator<Item = &'a NetworkAddress>,
    bandwidths: &[Bandwidth],
) {
    for connection in connections {
        out.push_str("c=");
        connection.write(out);
        out.push_str("\r\n");
    }
    for bandwidth in bandwidths {
        out.push_str("b=");
        bandwidth.write(out);
        out.push_str("\r\n");
    }
}

/// Appends `a=` lines.
pub(crate) fn write_attributes(out: &mut String, attributes: &[Attribute]) {
    for attribute in attributes {
        out.push_str("a=");
        attribute.write(out);
        out.push_str("\r\n");
    }
}

fn parse_port(text: &str) -> Option<(u16, Option<u32>)> {
    match split_once(text, b'/') {
        Some((port, count)) => {
            Some((number(port)?, Some(number(count).filter(|count| *count > 0)?)))
        }
        None => Some((number(text)?, None)),
    }
}
