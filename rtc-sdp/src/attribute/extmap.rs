//! `a=extmap`: RTP header extensions (RFC 8285 section 5).

use alloc::boxed::Box;
use alloc::string::String;

use crate::attribute::negotiation::Direction;
use crate::error::ParseErrorKind;
use crate::lexer::{is_non_ws, number, push_number, push_text, split_once};

/// `a=extmap:<id>[/<direction>] <uri>[ <attributes>]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extmap {
    /// 1 to 14 fit in one-byte headers, up to 255 in two-byte ones; 4096 to 4351 are only
    /// offered, for the answerer to choose from.
    pub id: u16,
    /// Where the extension is sent; absent means both ways.
    pub direction: Option<Direction>,
    /// Which extension.
    pub uri: Box<str>,
    /// What else the extension says, letter by letter.
    pub attributes: Option<Box<str>>,
}

impl Extmap {
    /// A mapping for both directions without attributes.
    pub fn new(id: u16, uri: &str) -> Self {
        Self { id, direction: None, uri: uri.into(), attributes: None }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, ParseErrorKind> {
        const MALFORMED: ParseErrorKind = ParseErrorKind::Attribute("extmap");
        let (entry, extension) = split_once(text, b' ').ok_or(MALFORMED)?;
        let (id, direction) = match split_once(entry, b'/') {
            Some((id, direction)) => (id, Some(Direction::new(direction).ok_or(MALFORMED)?)),
            None => (entry, None),
        };
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(MALFORMED);
        }
        let in_range = |id: &u16| matches!(id, 1..=255 | 4096..=4351);
        let id = number(id).filter(in_range).ok_or(ParseErrorKind::ExtmapId)?;
        let (uri, attributes) = match split_once(extension, b' ') {
            Some((uri, attributes)) => (uri, Some(attributes.into())),
            None => (extension, None),
        };
        if !is_non_ws(uri) {
            return Err(MALFORMED);
        }
        Ok(Self { id, direction, uri: uri.into(), attributes })
    }

    pub(crate) fn write(&self, out: &mut String) {
        push_number(out, self.id);
        if let Some(direction) = self.direction {
            out.push('/');
            out.push_str(direction.as_str());
        }
        out.push(' ');
        push_text(out, &self.uri);
        if let Some(attributes) = &self.attributes {
            out.push(' ');
            push_text(out, attributes);
        }
    }
}
