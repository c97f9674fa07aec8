//! `a=msid` (RFC 8830 section 2) and its forerunner `a=msid-semantic`.

use alloc::boxed::Box;
use alloc::string::String;

use crate::lexer::{is_non_ws, push_text, split_once, words};

/// `a=msid:<stream>[ <track>]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Msid {
    /// Id of a MediaStream; `-` where the track belongs to none (RFC 9429 section 5.2.1).
    pub stream: Box<str>,
    /// Id of the track, which RFC 9429 no longer reads.
    pub track: Option<Box<str>>,
}

impl Msid {
    /// The line for a track of this stream.
    pub fn new(stream: &str, track: Option<&str>) -> Self {
        Self { stream: stream.into(), track: track.map(Into::into) }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (stream, track) = match split_once(text.trim_end_matches(' '), b' ') {
            Some((stream, track)) => (stream, Some(track)),
            None => (text.trim_end_matches(' '), None),
        };
        // RFC 8830 wants tokens of at most 64 characters; GStreamer writes `user1@host-2`.
        if !is_non_ws(stream) || !track.is_none_or(is_non_ws) {
            return None;
        }
        Some(Self::new(stream, track))
    }

    pub(crate) fn write(&self, out: &mut String) {
        push_text(out, &self.stream);
        if let Some(track) = &self.track {
            out.push(' ');
            push_text(out, track);
        }
    }
}

/// `a=msid-semantic:WMS <stream> ...`, of the drafts before RFC 8830, still written by browsers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MsidSemantic {
    /// The value, letter by letter: Chromium begins it with a space, Firefox does not.
    pub text: Box<str>,
}

impl MsidSemantic {
    /// `WMS`, if the line is as the drafts had it.
    pub fn semantic(&self) -> Option<&str> {
        words(&self.text).next()
    }

    /// Ids of the streams; `*` for all.
    pub fn streams(&self) -> impl Iterator<Item = &str> {
        words(&self.text).skip(1)
    }
}
