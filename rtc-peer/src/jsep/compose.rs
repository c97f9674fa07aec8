//! What offers and answers have in common.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rand_core::CryptoRng;
use rtc_ice::Credentials;
use rtc_sdp::{Attribute, Origin, SessionDescription};

use super::agreement::Agreement;
use super::description::SdpType;
use super::sections::{self, Local};
use super::stored::Stored;
use crate::configuration::BundlePolicy;
use crate::rtp::{ExtensionIds, PayloadTypes, TransceiverId, TransceiverState, Transceivers};

/// A description that was created and may be set.
#[derive(Debug)]
pub(super) struct Created {
    pub(super) text: String,
    pub(super) session: SessionDescription,
    /// Of an answer: which offer it is for.
    pub(super) offer: Option<SessionDescription>,
    /// Whose each m-section is.
    pub(super) transceivers: Vec<Option<TransceiverId>>,
}

/// What was described, whatever candidates have been added to it.
pub(super) fn without_candidates(session: &SessionDescription) -> SessionDescription {
    let mut session = session.clone();
    for media in &mut session.media {
        media.attributes.retain(|attribute| {
            !matches!(attribute, Attribute::Candidate(_) | Attribute::EndOfCandidates)
        });
    }
    session
}

/// What a description of ours is made from.
#[derive(Debug)]
pub(super) struct Composer<'a> {
    pub(super) session_id: u64,
    pub(super) tls_id: &'a str,
    pub(super) policy: BundlePolicy,
    pub(super) local: &'a Local,
    pub(super) transceivers: &'a Transceivers,
    pub(super) agreement: &'a Agreement,
    pub(super) current_local: Option<&'a Stored>,
    pub(super) current_remote: Option<&'a Stored>,
    pub(super) pending_local: Option<&'a Stored>,
    pub(super) payload_types: PayloadTypes,
    pub(super) extension_ids: ExtensionIds,
    pub(super) next_mid: u32,
    pub(super) draw: Draw<'a>,
}

impl<'a> Composer<'a> {
    /// A description without m-sections.
    pub(super) fn begin(&self) -> SessionDescription {
        SessionDescription::new(Origin::new(self.session_id, 0))
    }

    /// The lines that a session needs around its m-sections.
    pub(super) fn finish(
        &self,
        session: &mut SessionDescription,
        groups: &[Vec<usize>],
        mixed: bool,
        options: impl Iterator<Item = &'static str>,
    ) {
        for group in groups.iter().filter(|group| !group.is_empty()) {
            let line = super::bundle::group_line(session, group);
            session.attributes.push(line);
        }
        session.attributes.extend(mixed.then_some(Attribute::ExtmapAllowMixed));
        session.attributes.extend(self.local.ice.lite.then_some(Attribute::IceLite));
        session.attributes.extend(sections::ice_options(options));
        session.attributes.push(Attribute::IcePacing(self.local.ice.pacing));
    }

    /// The description that settled what is in force.
    pub(super) fn last_answer(&self) -> Option<&'a SessionDescription> {
        [self.current_local, self.current_remote]
            .into_iter()
            .flatten()
            .find(|stored| stored.kind == SdpType::Answer)
            .map(|stored| &*stored.session)
    }

    /// The id by which an m-section names the track that is sent. No two may name one (RFC 8830
    /// section 2), so where several transceivers send it, the first does.
    pub(super) fn track_id<'t>(&self, transceiver: &'t TransceiverState) -> Option<&'t str> {
        let track = transceiver.sender.track.as_ref()?;
        let mut others = self.transceivers.iter().filter(|other| !other.is_stopping());
        let first = others.find(|other| other.sender.track.as_ref() == Some(track))?;
        (first.id == transceiver.id).then_some(&*track.id)
    }

    /// The transceiver of each m-section.
    pub(super) fn by_index(&self, count: usize) -> Vec<Option<&'a TransceiverState>> {
        let mut found = Vec::new();
        found.resize(count, None);
        for transceiver in self.transceivers.iter() {
            let slot = transceiver.m_line_index.and_then(|index| found.get_mut(index));
            if let Some(slot) = slot {
                *slot = Some(transceiver);
            }
        }
        found
    }

    /// A mid that no m-section has or has had from us.
    pub(super) fn draw_mid(&mut self) -> String {
        loop {
            let mid = self.next_mid.to_string();
            self.next_mid = self.next_mid.wrapping_add(1);
            let descriptions = [self.current_local, self.current_remote, self.pending_local];
            let has = |stored: &Stored| stored.session.media_by_mid(&mid).is_some();
            if !descriptions.into_iter().flatten().any(has) {
                return mid;
            }
        }
    }
}

/// Credentials for the transports of a description: each time that it is created the same, until
/// one that has them was set.
pub(super) struct Draw<'a> {
    pub(super) pool: &'a mut Vec<Credentials>,
    pub(super) used: usize,
    pub(super) rng: &'a mut dyn CryptoRng,
}

impl Draw<'_> {
    pub(super) fn credentials(&mut self) -> Credentials {
        if self.used >= self.pool.len() {
            self.pool.push(Credentials::draw(self.rng));
        }
        let credentials = self.pool.get(self.used).cloned();
        self.used += 1;
        credentials.unwrap_or_else(|| Credentials::draw(self.rng))
    }
}

impl core::fmt::Debug for Draw<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Draw").field("used", &self.used).finish_non_exhaustive()
    }
}

/// The text of a description.
pub(super) fn text(session: &SessionDescription) -> String {
    format!("{session}")
}
