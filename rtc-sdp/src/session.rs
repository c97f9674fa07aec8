//! Session descriptions as a whole: reading and writing (RFC 8866 section 5).

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use crate::address::{Bandwidth, NetworkAddress};
use crate::attribute::Attribute;
use crate::error::{ParseError, ParseErrorKind};
use crate::lexer::{
    has_line_breaks, is_non_ws, line_feed, number, push_number, push_text, split_once,
};
use crate::media::{MediaDescription, write_attributes, write_line, write_network};

/// One session description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionDescription {
    /// `o=`.
    pub origin: Origin,
    /// `s=`: name of the session, `-` with JSEP. The grammar wants at least one character; an
    /// empty one is read all the same.
    pub name: Box<str>,
    /// `i=`: a title.
    pub information: Option<Box<str>>,
    /// `u=`: where to read about it.
    pub uri: Option<Box<str>>,
    /// `e=` lines: e-mail addresses.
    pub emails: Vec<Box<str>>,
    /// `p=` lines: telephone numbers.
    pub phones: Vec<Box<str>>,
    /// `c=`, for media descriptions that have none.
    pub connection: Option<NetworkAddress>,
    /// `b=` lines.
    pub bandwidths: Vec<Bandwidth>,
    /// `t=` lines with their `r=` and `z=`; with JSEP one, `0 0`. At least one.
    pub timings: Vec<Timing>,
    /// `k=`, which RFC 8866 section 5.12 declares obsolete.
    pub key: Option<Box<str>>,
    /// `a=` lines of the session, in order.
    pub attributes: Vec<Attribute>,
    /// Media descriptions, in order.
    pub media: Vec<MediaDescription>,
}

impl SessionDescription {
    /// A description as JSEP begins one: `s=-`, `t=0 0`, nothing else (RFC 9429 section 5.2.1).
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            name: "-".into(),
            information: None,
            uri: None,
            emails: Vec::new(),
            phones: Vec::new(),
            connection: None,
            bandwidths: Vec::new(),
            timings: Vec::from([Timing::default()]),
            key: None,
            attributes: Vec::new(),
            media: Vec::new(),
        }
    }

    /// Reads a description. Lines end in CRLF or LF; the last may lack its end, and empty lines
    /// may follow it. `v=`, `o=` and `s=` come first, in this order; the other lines of the
    /// session and those of a media description may come in any order.
    ///
    /// # Errors
    ///
    /// The first line that is wrong, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_LENGTH {
            return Err(ParseError { line: 1, kind: ParseErrorKind::TooLong });
        }
        let mut lines = Lines::new(text);
        let session = parse_session(&mut lines);
        session.map_err(|kind| ParseError { line: lines.line, kind })
    }

    /// Appends the description, each line ending in CRLF.
    pub fn write(&self, out: &mut String) {
        // About the length of an average line, so that the text is moved once at most.
        let lines = self.media.iter().map(|media| media.attributes.len() + 2).sum::<usize>();
        out.reserve((lines + self.attributes.len() + 4) * 40);
        out.push_str("v=0\r\no=");
        self.origin.write(out);
        out.push_str("\r\n");
        write_line(out, 's', &self.name);
        if let Some(information) = &self.information {
            write_line(out, 'i', information);
        }
        if let Some(uri) = &self.uri {
            write_line(out, 'u', uri);
        }
        for email in &self.emails {
            write_line(out, 'e', email);
        }
        for phone in &self.phones {
            write_line(out, 'p', phone);
        }
        write_network(out, &self.connection, &self.bandwidths);
        for timing in &self.timings {
            timing.write(out);
        }
        if let Some(key) = &self.key {
            write_line(out, 'k', key);
        }
        write_attributes(out, &self.attributes);
        for media in &self.media {
            media.write(out);
        }
    }
}

impl fmt::Display for SessionDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

impl FromStr for SessionDescription {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// `o=`: who made the description, and which version it is (RFC 8866 section 5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `-` with JSEP; no spaces.
    pub username: Box<str>,
    /// Id of the session, for ever the same.
    pub session_id: u64,
    /// One more with each change.
    pub session_version: u64,
    /// Address of the author, unspecified with JSEP.
    pub address: NetworkAddress,
}

impl Origin {
    /// `- <id> <version> IN IP4 0.0.0.0` (RFC 9429 section 5.2.1).
    pub fn new(session_id: u64, session_version: u64) -> Self {
        let address = NetworkAddress::unspecified();
        Self { username: "-".into(), session_id, session_version, address }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.splitn(4, ' ');
        let username = fields.next().filter(|name| is_non_ws(name))?;
        let session_id = number(fields.next()?)?;
        let session_version = number(fields.next()?)?;
        let address = NetworkAddress::parse(fields.next()?)?;
        Some(Self { username: username.into(), session_id, session_version, address })
    }

    fn write(&self, out: &mut String) {
        push_text(out, &self.username);
        out.push(' ');
        push_number(out, self.session_id);
        out.push(' ');
        push_number(out, self.session_version);
        out.push(' ');
        self.address.write(out);
    }
}

/// `t=` and the `r=` and `z=` lines that follow it (RFC 8866 sections 5.9 to 5.11).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timing {
    /// Begin, in seconds since 1900; 0 for always.
    pub start: u64,
    /// End, in seconds since 1900; 0 for never.
    pub stop: u64,
    /// `r=` lines, letter by letter.
    pub repeats: Vec<Box<str>>,
    /// `z=`, letter by letter.
    pub zone: Option<Box<str>>,
}

impl Timing {
    fn parse(text: &str) -> Option<Self> {
        let (start, stop) = split_once(text, b' ')?;
        Some(Self { start: number(start)?, stop: number(stop)?, ..Self::default() })
    }

    fn write(&self, out: &mut String) {
        out.push_str("t=");
        push_number(out, self.start);
        out.push(' ');
        push_number(out, self.stop);
        out.push_str("\r\n");
        for repeat in &self.repeats {
            write_line(out, 'r', repeat);
        }
        if let Some(zone) = &self.zone {
            write_line(out, 'z', zone);
        }
    }
}

/// Cuts the text into lines and counts them.
pub(crate) struct Lines<'a> {
    rest: &'a str,
    /// The line handed out last, from 1.
    pub(crate) line: u32,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text, line: 0 }
    }

    /// The next line's letter and text; `None` at the end of the text.
    pub(crate) fn next(&mut self) -> Result<Option<(u8, &'a str)>, ParseErrorKind> {
        self.line += 1;
        if self.rest.is_empty() {
            return Ok(None);
        }
        if self.line > MAX_LINES {
            return Err(ParseErrorKind::TooManyLines);
        }
        let (line, rest) = match line_feed(self.rest).map(|end| self.rest.split_at_checked(end)) {
            Some(Some((line, rest))) => (line, rest.strip_prefix('\n').unwrap_or(rest)),
            _ => (self.rest, ""),
        };
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() && rest.bytes().all(|byte| matches!(byte, b'\r' | b'\n')) {
            // Empty lines at the end: people paste them, and they hide nothing.
            self.rest = "";
            return Ok(None);
        }
        self.rest = rest;
        if has_line_breaks(line) {
            return Err(ParseErrorKind::ControlCharacter);
        }
        match (line.as_bytes(), line.get(2..)) {
            ([letter @ b'a'..=b'z', b'=', ..], Some(text)) => Ok(Some((*letter, text))),
            _ => Err(ParseErrorKind::NotALine),
        }
    }
}

/// Which attributes of one section were seen, of those that must not come twice.
#[derive(Default)]
pub(crate) struct Once(u16);

impl Once {
    /// Refuses the second of an attribute whose double would be ambiguous: one reader takes the
    /// first and another the last, and only one of them is attacked.
    pub(crate) fn check(&mut self, attribute: &Attribute) -> Result<(), ParseErrorKind> {
        let (bit, name) = match attribute {
            Attribute::Mid(_) => (0, "mid"),
            Attribute::IceUfrag(_) => (1, "ice-ufrag"),
            Attribute::IcePwd(_) => (2, "ice-pwd"),
            Attribute::Setup(_) => (3, "setup"),
            Attribute::TlsId(_) => (4, "tls-id"),
            Attribute::SctpPort(_) => (5, "sctp-port"),
            Attribute::MaxMessageSize(_) => (6, "max-message-size"),
            Attribute::SctpInit(_) => (7, "sctp-init"),
            _ => return Ok(()),
        };
        if self.0 & 1 << bit != 0 {
            return Err(ParseErrorKind::DuplicateAttribute(name));
        }
        self.0 |= 1 << bit;
        Ok(())
    }
}

fn parse_session(lines: &mut Lines<'_>) -> Result<SessionDescription, ParseErrorKind> {
    if number(expect(lines, b'v')?) != Some(0u8) {
        return Err(ParseErrorKind::Version);
    }
    let origin = Origin::parse(expect(lines, b'o')?).ok_or(ParseErrorKind::Origin)?;
    let mut session = SessionDescription::new(origin);
    session.name = expect(lines, b's')?.into();
    session.timings.clear();

    let mut once = Once::default();
    let mut media = loop {
        let Some((letter, text)) = lines.next()? else { break None };
        match letter {
            b'm' => break Some(MediaDescription::parse(text)?),
            b'a' => {
                let attribute = Attribute::parse(text)?;
                once.check(&attribute)?;
                session.attributes.push(attribute);
            }
            _ => parse_session_line(&mut session, letter, text)?,
        }
    };
    if session.timings.is_empty() {
        return Err(ParseErrorKind::MissingLine('t'));
    }

    let mut mids = BTreeSet::new();
    while let Some(mut current) = media {
        media = parse_media_lines(lines, &mut current, &mut mids)?;
        session.media.push(current);
        if media.is_some() && session.media.len() >= MAX_MEDIA_DESCRIPTIONS {
            return Err(ParseErrorKind::TooManyMediaDescriptions);
        }
    }
    session.media.shrink_to_fit();
    Ok(session)
}

fn parse_session_line(
    session: &mut SessionDescription,
    letter: u8,
    text: &str,
) -> Result<(), ParseErrorKind> {
    let unexpected = ParseErrorKind::UnexpectedLine(char::from(letter));
    match letter {
        b't' => session.timings.push(Timing::parse(text).ok_or(ParseErrorKind::Timing)?),
        b'r' => session.timings.last_mut().ok_or(unexpected)?.repeats.push(text.into()),
        b'z' => {
            let timing = session.timings.last_mut().ok_or(unexpected)?;
            set_once(&mut timing.zone, text.into(), letter)?;
        }
        b'b' => {
            session.bandwidths.push(Bandwidth::parse(text).ok_or(ParseErrorKind::Bandwidth)?);
        }
        b'c' => {
            let connection = NetworkAddress::parse(text).ok_or(ParseErrorKind::Connection)?;
            set_once(&mut session.connection, connection, letter)?;
        }
        b'i' => set_once(&mut session.information, text.into(), letter)?,
        b'u' => set_once(&mut session.uri, text.into(), letter)?,
        b'k' => set_once(&mut session.key, text.into(), letter)?,
        b'e' => session.emails.push(text.into()),
        b'p' => session.phones.push(text.into()),
        b'v' | b'o' | b's' => return Err(unexpected),
        _ => return Err(ParseErrorKind::UnknownLine(char::from(letter))),
    }
    Ok(())
}

/// Reads up to the next `m=`, which is returned.
fn parse_media_lines<'a>(
    lines: &mut Lines<'a>,
    media: &mut MediaDescription,
    mids: &mut BTreeSet<&'a str>,
) -> Result<Option<MediaDescription>, ParseErrorKind> {
    let mut once = Once::default();
    while let Some((letter, text)) = lines.next()? {
        match letter {
            b'a' => {
                let attribute = Attribute::parse(text)?;
                once.check(&attribute)?;
                if media.attributes.is_empty() {
                    // What a media description of a browser has at least.
                    media.attributes.reserve(32);
                }
                if let (Attribute::Mid(_), Some((_, mid))) = (&attribute, split_once(text, b':'))
                    && !mids.insert(mid)
                {
                    return Err(ParseErrorKind::DuplicateMid);
                }
                media.attributes.push(attribute);
            }
            b'm' => {
                media.attributes.shrink_to_fit();
                return MediaDescription::parse(text).map(Some);
            }
            b'c' => {
                let connection = NetworkAddress::parse(text).ok_or(ParseErrorKind::Connection)?;
                media.connections.push(connection);
            }
            b'b' => {
                media.bandwidths.push(Bandwidth::parse(text).ok_or(ParseErrorKind::Bandwidth)?);
            }
            b'i' => set_once(&mut media.information, text.into(), letter)?,
            b'k' => set_once(&mut media.key, text.into(), letter)?,
            b'v' | b'o' | b's' | b'u' | b'e' | b'p' | b't' | b'r' | b'z' => {
                return Err(ParseErrorKind::UnexpectedLine(char::from(letter)));
            }
            _ => return Err(ParseErrorKind::UnknownLine(char::from(letter))),
        }
    }
    media.attributes.shrink_to_fit();
    Ok(None)
}

fn expect<'a>(lines: &mut Lines<'a>, wanted: u8) -> Result<&'a str, ParseErrorKind> {
    match lines.next()? {
        Some((letter, text)) if letter == wanted => Ok(text),
        _ => Err(ParseErrorKind::MissingLine(char::from(wanted))),
    }
}

fn set_once<T>(slot: &mut Option<T>, value: T, letter: u8) -> Result<(), ParseErrorKind> {
    if slot.is_some() {
        return Err(ParseErrorKind::UnexpectedLine(char::from(letter)));
    }
    *slot = Some(value);
    Ok(())
}

/// Most bytes of a description: 1 MiB. A description with a hundred media descriptions and all
/// their candidates has about 200 kB.
pub const MAX_LENGTH: usize = 1 << 20;

/// Most lines of a description. They bound the memory that a hostile text can claim.
pub const MAX_LINES: u32 = 65_536;

/// Most media descriptions of one session.
pub const MAX_MEDIA_DESCRIPTIONS: usize = 4096;
