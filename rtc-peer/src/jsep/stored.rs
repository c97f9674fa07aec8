//! Descriptions that were set, in the form in which they are wanted next.

use alloc::borrow::Cow;
use alloc::boxed::Box;

use rtc_sdp::SessionDescription;

use super::compose;
use super::description::{Description, SdpType};

/// A description that was set.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) kind: SdpType,
    pub(super) session: Box<SessionDescription>,
}

/// A description in force. Once the connection stands it is seldom looked at, and is folded: its
/// text takes a fifth of the room.
#[derive(Debug)]
pub(super) struct InForce {
    kind: SdpType,
    /// `None` while it is folded.
    open: Option<Stored>,
    /// Out of date while it is open.
    text: Box<str>,
}

impl InForce {
    pub(super) fn new(stored: Stored) -> Self {
        Self { kind: stored.kind, open: Some(stored), text: Box::default() }
    }

    /// The description; parsed for this once if it is folded.
    pub(super) fn read(&self) -> Cow<'_, Stored> {
        match &self.open {
            Some(stored) => Cow::Borrowed(stored),
            None => Cow::Owned(parse(self.kind, &self.text)),
        }
    }

    /// The description, which is open from now on.
    pub(super) fn open(&mut self) -> &mut Stored {
        self.open.get_or_insert_with(|| parse(self.kind, &self.text))
    }

    /// Keeps the text alone, if that says it all.
    pub(super) fn fold(&mut self) {
        let Some(stored) = &self.open else { return };
        let text = compose::text(&stored.session);
        if SessionDescription::parse(&text).is_ok_and(|parsed| parsed == *stored.session) {
            self.text = text.into();
            self.open = None;
        }
    }

    pub(super) fn describe(&self) -> Description {
        let sdp = match &self.open {
            Some(stored) => compose::text(&stored.session),
            None => self.text.as_ref().into(),
        };
        Description { kind: self.kind, sdp }
    }
}

fn parse(kind: SdpType, text: &str) -> Stored {
    let session = SessionDescription::parse(text).expect("parsed before when it was folded");
    Stored { kind, session: Box::new(session) }
}
