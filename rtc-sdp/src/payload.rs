//! What a media description says about each payload type, gathered in one pass.

use alloc::vec::Vec;

use crate::attribute::Attribute;
use crate::attribute::codec::{Feedback, FeedbackTarget, Fmtp, Rtpmap};
use crate::media::{Format, MediaDescription};

/// The payload types of one media description, in the order of its `m=` line, each once.
///
/// Made in one pass over the attributes, so that a description with many formats costs no search
/// for each of them.
#[derive(Debug, Clone)]
pub struct PayloadFormats<'a> {
    formats: Vec<PayloadFormat<'a>>,
    feedback_of_all: Vec<&'a Feedback>,
    conflict: Option<u8>,
}

impl<'a> PayloadFormats<'a> {
    pub(crate) fn of(media: &'a MediaDescription) -> Self {
        let mut formats = Vec::with_capacity(media.formats.len().min(128));
        // Place in `formats` of each payload type.
        let mut places = [None::<u8>; 128];
        for format in &media.formats {
            let Format::PayloadType(payload_type) = *format else { continue };
            let Some(place) = places.get_mut(usize::from(payload_type)) else { continue };
            if place.is_none() {
                *place = u8::try_from(formats.len()).ok();
                formats.push(PayloadFormat::new(payload_type));
            }
        }
        let mut gathered = Self { formats, feedback_of_all: Vec::new(), conflict: None };
        for attribute in &media.attributes {
            gathered.add(&places, attribute);
        }
        gathered
    }

    /// The payload types, the preferred first.
    pub fn iter(&self) -> impl Iterator<Item = &PayloadFormat<'a>> {
        self.formats.iter()
    }

    /// One payload type.
    pub fn find(&self, payload_type: u8) -> Option<&PayloadFormat<'a>> {
        self.formats.iter().find(|format| format.payload_type == payload_type)
    }

    /// The feedback that holds for a payload type: its own, and that of `a=rtcp-fb:*`.
    pub fn feedback<'b>(
        &'b self,
        format: &'b PayloadFormat<'a>,
    ) -> impl Iterator<Item = &'a Feedback> + 'b {
        format.feedback.iter().chain(&self.feedback_of_all).copied()
    }

    /// The first payload type that two `a=rtpmap` lines give different formats.
    pub fn conflict(&self) -> Option<u8> {
        self.conflict
    }

    fn add(&mut self, places: &[Option<u8>; 128], attribute: &'a Attribute) {
        let payload_type = match attribute {
            Attribute::Rtpmap(rtpmap) => rtpmap.payload_type,
            Attribute::Fmtp(fmtp) => fmtp.payload_type,
            Attribute::RtcpFb(line) => match line.target {
                FeedbackTarget::All => return self.feedback_of_all.push(&line.feedback),
                FeedbackTarget::PayloadType(payload_type) => payload_type,
            },
            _ => return,
        };
        // A line for a payload type that `m=` does not have says nothing.
        let place = places.get(usize::from(payload_type)).copied().flatten();
        let Some(format) = place.and_then(|place| self.formats.get_mut(usize::from(place))) else {
            return;
        };
        match attribute {
            Attribute::Rtpmap(rtpmap) => {
                let first = *format.rtpmap.get_or_insert(rtpmap);
                if first != rtpmap {
                    self.conflict = self.conflict.or(Some(payload_type));
                }
            }
            Attribute::Fmtp(fmtp) => format.fmtps.push(fmtp),
            Attribute::RtcpFb(line) => format.feedback.push(&line.feedback),
            _ => {}
        }
    }
}

/// One payload type with its lines.
#[derive(Debug, Clone)]
pub struct PayloadFormat<'a> {
    /// 0 to 127.
    pub payload_type: u8,
    /// Its first `a=rtpmap`; static payload types may have none (RFC 3551 section 6).
    pub rtpmap: Option<&'a Rtpmap>,
    /// Its `a=fmtp` lines, usually at most one.
    pub fmtps: Vec<&'a Fmtp>,
    /// Its own `a=rtcp-fb` lines.
    pub feedback: Vec<&'a Feedback>,
}

impl PayloadFormat<'_> {
    fn new(payload_type: u8) -> Self {
        Self { payload_type, rtpmap: None, fmtps: Vec::new(), feedback: Vec::new() }
    }
}
