//! Trickled candidates as a body of `application/trickle-ice-sdpfrag` (RFC 8840 section 9).

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::attribute::Attribute;
use crate::attribute::candidate::Candidate;
use crate::attribute::group::Group;
use crate::attribute::ice::IcePassword;
use crate::error::{ParseError, ParseErrorKind};
use crate::media::{Format, MediaDescription, MediaKind, TransportProtocol, write_attributes};
use crate::session::{Lines, MAX_LENGTH, MAX_MEDIA_DESCRIPTIONS, Once};

/// A body of `application/trickle-ice-sdpfrag`, which SIP (RFC 8840) and WHIP (RFC 9725) use to
/// trickle candidates and to restart ICE.
///
/// What is neither a field here nor an error is ignored, as RFC 8840 section 9.2 demands, and is
/// not written back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrickleFragment {
    /// `a=ice-lite`.
    pub ice_lite: bool,
    /// `a=ice-options`, of the session.
    pub ice_options: Vec<Box<str>>,
    /// `a=ice-pacing` in milliseconds.
    pub ice_pacing: Option<u32>,
    /// `a=group:BUNDLE` and other groups.
    pub groups: Vec<Group>,
    /// `a=ice-ufrag`, of the session.
    pub ice_ufrag: Option<Box<str>>,
    /// `a=ice-pwd`, of the session.
    pub ice_pwd: Option<IcePassword>,
    /// `a=end-of-candidates`, for all media.
    pub end_of_candidates: bool,
    /// Pseudo media descriptions.
    pub media: Vec<FragmentMedia>,
}

impl TrickleFragment {
    /// Reads a body. Attribute names are compared without regard to case (RFC 8840 section 9.2);
    /// lines end in CRLF or LF.
    ///
    /// # Errors
    ///
    /// The first line that is wrong, and what is wrong with it. Candidates that cannot be read
    /// are left out.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_LENGTH {
            return Err(ParseError { line: 1, kind: ParseErrorKind::TooLong });
        }
        let mut lines = Lines::new(text);
        parse_fragment(&mut lines).map_err(|kind| ParseError { line: lines.line, kind })
    }

    /// Appends the body, each line ending in CRLF.
    pub fn write(&self, out: &mut String) {
        let mut attributes = Vec::new();
        if self.ice_lite {
            attributes.push(Attribute::IceLite);
        }
        if !self.ice_options.is_empty() {
            attributes.push(Attribute::IceOptions(self.ice_options.clone()));
        }
        attributes.extend(self.ice_pacing.map(Attribute::IcePacing));
        attributes.extend(self.groups.iter().cloned().map(Attribute::Group));
        attributes.extend(self.ice_ufrag.clone().map(Attribute::IceUfrag));
        attributes.extend(self.ice_pwd.clone().map(Attribute::IcePwd));
        if self.end_of_candidates {
            attributes.push(Attribute::EndOfCandidates);
        }
        write_attributes(out, &attributes);
        for media in &self.media {
            media.write(out);
        }
    }

    /// The username fragment that holds for a media description of the fragment.
    pub fn ufrag<'a>(&'a self, media: &'a FragmentMedia) -> Option<&'a str> {
        media.ice_ufrag.as_deref().or(self.ice_ufrag.as_deref())
    }

    /// The password that holds for a media description of the fragment.
    pub fn pwd<'a>(&'a self, media: &'a FragmentMedia) -> Option<&'a IcePassword> {
        media.ice_pwd.as_ref().or(self.ice_pwd.as_ref())
    }

    fn add(&mut self, attribute: Attribute) {
        match attribute {
            Attribute::IceLite => self.ice_lite = true,
            Attribute::IceOptions(options) => self.ice_options = options,
            Attribute::IcePacing(pacing) => self.ice_pacing = Some(pacing),
            Attribute::Group(group) => self.groups.push(group),
            Attribute::IceUfrag(ufrag) => self.ice_ufrag = Some(ufrag),
            Attribute::IcePwd(pwd) => self.ice_pwd = Some(pwd),
            Attribute::EndOfCandidates => self.end_of_candidates = true,
            _ => {}
        }
    }
}

impl fmt::Display for TrickleFragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

impl FromStr for TrickleFragment {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// One pseudo `m=` line of a fragment and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FragmentMedia {
    /// As in the description. The receiver ignores it, as all of the pseudo `m=` line.
    pub kind: MediaKind,
    /// 9, or as in the description.
    pub port: u16,
    /// As in the description.
    pub protocol: TransportProtocol,
    /// At least one.
    pub formats: Vec<Format>,
    /// `a=mid`, by which the receiver goes; RFC 8840 section 4.4 wants it always to be there.
    pub mid: Option<Box<str>>,
    /// `a=ice-ufrag`.
    pub ice_ufrag: Option<Box<str>>,
    /// `a=ice-pwd`.
    pub ice_pwd: Option<IcePassword>,
    /// `a=rtcp-mux`.
    pub rtcp_mux: bool,
    /// `a=rtcp-mux-only`.
    pub rtcp_mux_only: bool,
    /// `a=candidate` lines that could be read.
    pub candidates: Vec<Candidate>,
    /// `a=end-of-candidates`.
    pub end_of_candidates: bool,
}

impl FragmentMedia {
    /// The pseudo description for a mid of which nothing else is known, with the values that
    /// RFC 8840 section 4.4 wants then: `m=audio 9 RTP/AVP 0`.
    pub fn new(mid: &str) -> Self {
        let mut media = MediaDescription::new(MediaKind::Audio, 9, TransportProtocol::RtpAvp);
        media.formats.push(Format::PayloadType(0));
        Self { mid: Some(mid.into()), ..Self::of(&media) }
    }

    /// The pseudo description for one of the session's, without candidates.
    pub fn of(media: &MediaDescription) -> Self {
        Self {
            kind: media.kind.clone(),
            port: 9,
            protocol: media.protocol.clone(),
            // One format is enough for a line that nobody reads.
            formats: media.formats.iter().take(1).cloned().collect(),
            mid: media.mid().map(Into::into),
            ice_ufrag: None,
            ice_pwd: None,
            rtcp_mux: media.rtcp_mux(),
            rtcp_mux_only: media.rtcp_mux_only(),
            candidates: Vec::new(),
            end_of_candidates: false,
        }
    }

    fn from_line(media: MediaDescription) -> Self {
        Self { port: media.port, formats: media.formats.clone(), ..Self::of(&media) }
    }

    fn add(&mut self, attribute: Attribute) {
        match attribute {
            Attribute::Mid(mid) => self.mid = Some(mid),
            Attribute::IceUfrag(ufrag) => self.ice_ufrag = Some(ufrag),
            Attribute::IcePwd(pwd) => self.ice_pwd = Some(pwd),
            Attribute::RtcpMux => self.rtcp_mux = true,
            Attribute::RtcpMuxOnly => self.rtcp_mux_only = true,
            Attribute::Candidate(candidate) => self.candidates.push(*candidate),
            Attribute::EndOfCandidates => self.end_of_candidates = true,
            _ => {}
        }
    }

    fn write(&self, out: &mut String) {
        let mut media = MediaDescription {
            formats: self.formats.clone(),
            ..MediaDescription::new(self.kind.clone(), self.port, self.protocol.clone())
        };
        let attributes = &mut media.attributes;
        attributes.extend(self.mid.clone().map(Attribute::Mid));
        attributes.extend(self.ice_ufrag.clone().map(Attribute::IceUfrag));
        attributes.extend(self.ice_pwd.clone().map(Attribute::IcePwd));
        if self.rtcp_mux {
            attributes.push(Attribute::RtcpMux);
        }
        if self.rtcp_mux_only {
            attributes.push(Attribute::RtcpMuxOnly);
        }
        attributes.extend(self.candidates.iter().cloned().map(Attribute::from));
        if self.end_of_candidates {
            attributes.push(Attribute::EndOfCandidates);
        }
        media.write(out);
    }
}

fn parse_fragment(lines: &mut Lines<'_>) -> Result<TrickleFragment, ParseErrorKind> {
    let mut fragment = TrickleFragment::default();
    let mut mids = BTreeSet::new();
    let mut once = Once::default();
    while let Some((letter, text)) = lines.next()? {
        match letter {
            b'm' if fragment.media.len() >= MAX_MEDIA_DESCRIPTIONS => {
                return Err(ParseErrorKind::TooManyMediaDescriptions);
            }
            b'm' => {
                fragment.media.push(FragmentMedia::from_line(MediaDescription::parse(text)?));
                once = Once::default();
            }
            b'a' => {
                let attribute = parse_attribute(text)?;
                once.check(&attribute)?;
                match (fragment.media.last_mut(), attribute) {
                    (Some(media), attribute) => {
                        if let Attribute::Mid(mid) = &attribute
                            && !mids.insert(mid.clone())
                        {
                            return Err(ParseErrorKind::DuplicateMid);
                        }
                        media.add(attribute);
                    }
                    (None, attribute) => fragment.add(attribute),
                }
            }
            // Not in the grammar, but whole descriptions are sent as fragments now and then.
            b'v' | b'o' | b's' | b't' | b'c' | b'b' | b'i' => {}
            _ => return Err(ParseErrorKind::UnknownLine(char::from(letter))),
        }
    }
    Ok(fragment)
}

/// RFC 8840 section 9.2: "a receiver MUST treat them as case insensitive".
fn parse_attribute(text: &str) -> Result<Attribute, ParseErrorKind> {
    let (name, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
    if !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Attribute::parse(text);
    }
    let mut lower = name.to_ascii_lowercase();
    lower.push_str(rest);
    Attribute::parse(&lower)
}
