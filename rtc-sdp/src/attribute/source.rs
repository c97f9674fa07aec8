//! `a=ssrc` and `a=ssrc-group` (RFC 5576 section 4).

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::lexer::{is_token, number, push_number, push_text, split_once, words};

/// `a=ssrc:<ssrc> <attribute>[:<value>]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ssrc {
    /// The source.
    pub ssrc: u32,
    /// Name of the attribute that it has: `cname`, `msid` ...
    pub attribute: Cow<'static, str>,
    /// Value of the attribute, letter by letter.
    pub value: Option<Box<str>>,
}

impl Ssrc {
    /// The line that gives a source's CNAME (RFC 5576 section 6.1).
    pub fn cname(ssrc: u32, cname: &str) -> Self {
        Self { ssrc, attribute: Cow::Borrowed("cname"), value: Some(cname.into()) }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (ssrc, attribute) = split_once(text, b' ').unwrap_or((text, ""));
        let ssrc = number(ssrc)?;
        let (name, value) = match split_once(attribute, b':') {
            Some((name, value)) => (name, Some(value.into())),
            None => (attribute, None),
        };
        let attribute = match name {
            "cname" => Cow::Borrowed("cname"),
            "msid" => Cow::Borrowed("msid"),
            other => Cow::Owned(is_token(other).then(|| other.into())?),
        };
        Some(Self { ssrc, attribute, value })
    }

    pub(crate) fn write(&self, out: &mut String) {
        push_number(out, self.ssrc);
        out.push(' ');
        push_text(out, &self.attribute);
        if let Some(value) = &self.value {
            out.push(':');
            push_text(out, value);
        }
    }
}

/// `a=ssrc-group:<semantics> <ssrc> ...`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsrcGroup {
    /// What the group means.
    pub semantics: SsrcGroupSemantics,
    /// Its sources, in order.
    pub ssrcs: Vec<u32>,
}

impl SsrcGroup {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (semantics, ssrcs) = split_once(text, b' ').unwrap_or((text, ""));
        let semantics = match semantics {
            "FID" => SsrcGroupSemantics::FlowIdentification,
            "FEC-FR" => SsrcGroupSemantics::ForwardErrorCorrection,
            "SIM" => SsrcGroupSemantics::Simulcast,
            other => SsrcGroupSemantics::Other(is_token(other).then(|| other.into())?),
        };
        let ssrcs = words(ssrcs).map(number).collect::<Option<_>>()?;
        Some(Self { semantics, ssrcs })
    }

    pub(crate) fn write(&self, out: &mut String) {
        match &self.semantics {
            SsrcGroupSemantics::FlowIdentification => out.push_str("FID"),
            SsrcGroupSemantics::ForwardErrorCorrection => out.push_str("FEC-FR"),
            SsrcGroupSemantics::Simulcast => out.push_str("SIM"),
            SsrcGroupSemantics::Other(name) => push_text(out, name),
        }
        for ssrc in &self.ssrcs {
            out.push(' ');
            push_number(out, *ssrc);
        }
    }
}

/// What a group of sources means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SsrcGroupSemantics {
    /// `FID`: a source and its retransmissions (RFC 5576 section 4.2, RFC 4588).
    FlowIdentification,
    /// `FEC-FR`: a source and its repair flow (RFC 5956 section 4.3).
    ForwardErrorCorrection,
    /// `SIM`: simulcast layers, of the time before RFC 8853.
    Simulcast,
    /// Another token.
    Other(Box<str>),
}
