//! `a=rid` (RFC 8851) and `a=simulcast` (RFC 8853).

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::lexer::{number, push_number, push_text, split, split_once};

/// `a=rid:<id> <direction>[ pt=<format>,...;<restriction>;...]` (RFC 8851 section 10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rid {
    /// Letters, digits, `-` and `_`.
    pub id: Box<str>,
    /// Who sends it.
    pub direction: RidDirection,
    /// Payload types that it may have; none means all.
    pub payload_types: Vec<u8>,
    /// Restrictions in order, each with its value if it has one: `max-width`, `max-fps` ...
    pub restrictions: Vec<(Box<str>, Option<Box<str>>)>,
}

impl Rid {
    /// A rid without restrictions.
    pub fn new(id: &str, direction: RidDirection) -> Self {
        Self { id: id.into(), direction, payload_types: Vec::new(), restrictions: Vec::new() }
    }

    /// The value of a restriction.
    pub fn restriction(&self, name: &str) -> Option<&str> {
        self.restrictions.iter().find(|(key, _)| &**key == name).and_then(|(_, v)| v.as_deref())
    }

    /// `None` where the line breaks the grammar: RFC 8851 section 6 wants it left out then, and
    /// not the whole description refused.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut fields = split(text, b' ');
        let id = fields.next().filter(|id| is_rid(id))?;
        let direction = match fields.next()? {
            "send" => RidDirection::Send,
            "recv" => RidDirection::Recv,
            _ => return None,
        };
        let mut rid = Self::new(id, direction);
        let mut parameters = fields.next().map(|list| split(list, b';')).into_iter().flatten();
        if fields.next().is_some() {
            return None;
        }
        let mut next = parameters.next();
        if let Some(formats) = next.and_then(|item| item.strip_prefix("pt=")) {
            for format in split(formats, b',') {
                rid.payload_types.push(number(format).filter(|format| *format <= 127)?);
            }
            next = parameters.next();
        }
        while let Some(item) = next {
            let (name, value) = match split_once(item, b'=') {
                Some((name, value)) => (name, Some(value.into())),
                None => (item, None),
            };
            if name == "pt" || !is_parameter_name(name) {
                return None;
            }
            rid.restrictions.push((name.into(), value));
            next = parameters.next();
        }
        Some(rid)
    }

    pub(crate) fn write(&self, out: &mut String) {
        push_text(out, &self.id);
        out.push_str(match self.direction {
            RidDirection::Send => " send",
            RidDirection::Recv => " recv",
        });
        let mut separator = ' ';
        for (position, format) in self.payload_types.iter().enumerate() {
            out.push_str(if position == 0 { " pt=" } else { "," });
            push_number(out, *format);
            separator = ';';
        }
        for (name, value) in &self.restrictions {
            out.push(separator);
            push_text(out, name);
            if let Some(value) = value {
                out.push('=');
                push_text(out, value);
            }
            separator = ';';
        }
    }
}

/// Which way a rid flows, seen from the author of the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RidDirection {
    /// `send`.
    Send,
    /// `recv`.
    Recv,
}

/// `a=simulcast:send <streams>[ recv <streams>]` (RFC 8853 section 5.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Simulcast {
    /// Streams that the author sends.
    pub send: Vec<SimulcastStream>,
    /// Streams that the author receives.
    pub recv: Vec<SimulcastStream>,
    /// Whether `recv` is written before `send`.
    pub recv_first: bool,
}

impl Simulcast {
    /// One stream for each of these rids, sent.
    pub fn send<'a>(rids: impl IntoIterator<Item = &'a str>) -> Self {
        Self { send: streams(rids), ..Self::default() }
    }

    /// One stream for each of these rids, received.
    pub fn recv<'a>(rids: impl IntoIterator<Item = &'a str>) -> Self {
        Self { recv: streams(rids), recv_first: true, ..Self::default() }
    }

    /// `None` where the line breaks the grammar.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut fields = split(text, b' ');
        let mut simulcast = Self::default();
        let mut first = true;
        while let Some(direction) = fields.next() {
            let list =
                split(fields.next()?, b';').map(SimulcastStream::parse).collect::<Option<_>>();
            let slot = match direction {
                "send" => &mut simulcast.send,
                "recv" => &mut simulcast.recv,
                _ => return None,
            };
            if !slot.is_empty() {
                return None;
            }
            *slot = list?;
            simulcast.recv_first |= first && direction == "recv";
            first = false;
        }
        Some(simulcast)
    }

    pub(crate) fn write(&self, out: &mut String) {
        let (send, recv) = (("send ", &self.send), ("recv ", &self.recv));
        let mut separator = false;
        for (direction, list) in if self.recv_first { [recv, send] } else { [send, recv] } {
            if list.is_empty() {
                continue;
            }
            if separator {
                out.push(' ');
            }
            out.push_str(direction);
            for (position, stream) in list.iter().enumerate() {
                if position > 0 {
                    out.push(';');
                }
                stream.write(out);
            }
            separator = true;
        }
    }
}

/// One simulcast stream: alternatives, the preferred first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulcastStream(pub Vec<SimulcastFormat>);

impl SimulcastStream {
    fn parse(text: &str) -> Option<Self> {
        split(text, b',').map(SimulcastFormat::parse).collect::<Option<_>>().map(Self)
    }

    fn write(&self, out: &mut String) {
        for (position, format) in self.0.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            if format.paused {
                out.push('~');
            }
            push_text(out, &format.rid);
        }
    }
}

/// One alternative of a simulcast stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulcastFormat {
    /// Whether it begins paused, written `~`.
    pub paused: bool,
    /// Its rid.
    pub rid: Box<str>,
}

impl SimulcastFormat {
    fn parse(text: &str) -> Option<Self> {
        let (paused, rid) = match text.strip_prefix('~') {
            Some(rid) => (true, rid),
            None => (false, text),
        };
        is_rid(rid).then(|| Self { paused, rid: rid.into() })
    }
}

fn streams<'a>(rids: impl IntoIterator<Item = &'a str>) -> Vec<SimulcastStream> {
    let format = |rid: &str| SimulcastFormat { paused: false, rid: rid.into() };
    rids.into_iter().map(|rid| SimulcastStream([format(rid)].into())).collect()
}

fn is_rid(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.bytes().all(legal)
}

fn is_parameter_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
