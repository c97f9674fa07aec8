//! `a=group` (RFC 5888 section 5, RFC 9143 section 5).

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::lexer::{is_token, push_text, split_once, token_list};

/// `a=group:<semantics> <mid> <mid> ...`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What the group means.
    pub semantics: GroupSemantics,
    /// Mids of its members, in order.
    pub mids: Vec<Box<str>>,
}

impl Group {
    /// A BUNDLE group of these mids.
    pub fn bundle<'a>(mids: impl IntoIterator<Item = &'a str>) -> Self {
        let mids = mids.into_iter().map(Into::into).collect();
        Self { semantics: GroupSemantics::Bundle, mids }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (semantics, mids) = split_once(text, b' ').unwrap_or((text, ""));
        let semantics = match semantics {
            "BUNDLE" => GroupSemantics::Bundle,
            "LS" => GroupSemantics::LipSynchronization,
            "FID" => GroupSemantics::FlowIdentification,
            other => GroupSemantics::Other(is_token(other).then(|| other.into())?),
        };
        Some(Self { semantics, mids: token_list(mids)? })
    }

    pub(crate) fn write(&self, out: &mut String) {
        match &self.semantics {
            GroupSemantics::Bundle => out.push_str("BUNDLE"),
            GroupSemantics::LipSynchronization => out.push_str("LS"),
            GroupSemantics::FlowIdentification => out.push_str("FID"),
            GroupSemantics::Other(name) => push_text(out, name),
        }
        for mid in &self.mids {
            out.push(' ');
            push_text(out, mid);
        }
    }
}

/// What a group means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupSemantics {
    /// `BUNDLE`: one transport for all (RFC 9143).
    Bundle,
    /// `LS`: to be synchronized (RFC 5888 section 7).
    LipSynchronization,
    /// `FID`: one flow in several media descriptions (RFC 5888 section 8).
    FlowIdentification,
    /// Another token.
    Other(Box<str>),
}
