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
    /// The text was found not to say it all: it stays open, unless it changes.
    is_rigid: bool,
}

impl InForce {
    pub(super) fn new(stored: Stored) -> Self {
        Self { kind: stored.kind, open: Some(stored), text: Box::default(), is_rigid: false }
    }

    /// The description; parsed for this once if it is folded.
    pub(super) fn read(&self) -> Cow<'_, Stored> {
        match &self.open {
            Some(stored) => Cow::Borrowed(stored),
            None => Cow::Owned(parse(self.kind, &self.text)),
        }
    }

    /// The description, perhaps to be changed, which is open from now on.
    pub(super) fn open(&mut self) -> &mut Stored {
        self.is_rigid = false;
        self.open.get_or_insert_with(|| parse(self.kind, &self.text))
    }

    /// Keeps the text alone, if that says it all.
    pub(super) fn fold(&mut self) {
        let Some(stored) = self.open.as_ref().filter(|_| !self.is_rigid) else { return };
        let text = compose::text(&stored.session);
        let says_all = SessionDescription::parse(&text).is_ok_and(|it| it == *stored.session);
        if says_all {
            self.text = text.into();
            self.open = None;
        }
        self.is_rigid = !says_all;
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

#[cfg(test)]
mod tests {
    use rtc_sdp::{Attribute, Origin};

    use super::*;

    fn in_force(mid: &str) -> InForce {
        let mut session = SessionDescription::new(Origin::new(1, 2));
        session.attributes.push(Attribute::Mid(mid.into()));
        InForce::new(Stored { kind: SdpType::Answer, session: Box::new(session) })
    }

    #[test]
    fn what_is_folded_reads_as_before_and_opens_again() {
        let mut description = in_force("0");
        let before = description.describe();
        let session = description.open().session.clone();
        description.fold();
        assert!(description.open.is_none());
        assert_eq!(description.describe(), before);
        assert_eq!(description.read().session, session);
        assert_eq!(description.open().session, session);
    }

    #[test]
    fn what_its_text_does_not_say_stays_open_and_is_tried_once() {
        let mut description = in_force("0\r\na=unknown");
        description.fold();
        assert!(description.open.is_some());
        let again = allocation_counter::measure(|| description.fold());
        assert_eq!(again.count_total, 0);
        description.open().session.attributes.clear();
        description.fold();
        assert!(description.open.is_none());
    }
}
