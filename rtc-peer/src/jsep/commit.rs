//! Does what a plan says: to the descriptions, to what was agreed on, and to the transceivers, by
//! the W3C specification's "set a session description". Nothing in here can fail.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rand_core::CryptoRng;
use rtc_sdp::{MediaDescription, RidDirection, SessionDescription};

use super::accept::{self, Purpose};
use super::agreement::Agreement;
use super::description::SdpType;
use super::plan::{Plan, Step};
use super::session::Session;
use super::signaling::Side;
use super::simulcast;
use super::stored::{InForce, Stored};
use super::tracks::{self, Change, TrackChanges};
use crate::rtp::{
    Encoding, MAX_ENCODINGS, MediaKind, NewTransceiver, RtpCodecParameters, RtpEncodingParameters,
    TransceiverDirection, TransceiverId, TransceiverState, Transceivers, formats, uuid,
};
use crate::state::SignalingState;

/// What a rollback leads back to.
#[derive(Debug)]
pub(super) struct Saved {
    pub(super) agreement: Agreement,
    transceivers: Vec<SavedTransceiver>,
    /// Those that remote offers have created since.
    created: Vec<TransceiverId>,
}

#[derive(Debug)]
struct SavedTransceiver {
    id: TransceiverId,
    mid: Option<Box<str>>,
    m_line_index: Option<usize>,
    receptive: bool,
    streams: Vec<String>,
    receive_codecs: Vec<RtpCodecParameters>,
    /// `[[LastStableRidlessSendEncodings]]`.
    ridless_encodings: Option<Vec<Encoding>>,
}

impl Session {
    /// Carries out a plan, and says what has happened to remote tracks.
    pub(crate) fn commit(
        &mut self,
        plan: Plan,
        transceivers: &mut Transceivers,
        rng: &mut dyn CryptoRng,
    ) -> Vec<Change> {
        let mut changes = TrackChanges::default();
        match plan.step {
            Step::Rollback(side) => self.roll_back(side, transceivers, &mut changes),
            Step::LocalOffer { session, transceivers: ids, agreement } => {
                self.save(transceivers);
                self.offered = Some((*agreement).clone());
                self.agreement = *agreement;
                self.set_local_media(&session, &ids, SdpType::Offer, transceivers, &mut changes);
                self.learn(&session);
                self.note_local(&session);
                self.pending_local = Some(Stored { kind: SdpType::Offer, session });
            }
            Step::RemoteOffer { session } => {
                if self.pending_local.is_some() {
                    self.roll_back(Side::Local, transceivers, &mut changes);
                }
                self.save(transceivers);
                self.set_fresh(&session);
                self.learn(&session);
                self.set_remote_media(&session, SdpType::Offer, transceivers, &mut changes, rng);
                self.pending_remote = Some(Stored { kind: SdpType::Offer, session });
            }
            Step::Answer { side, kind, session, agreement } => {
                self.agreement = *agreement;
                self.learn(&session);
                match side {
                    Side::Local => {
                        let ids = associated(session.media.len(), transceivers);
                        self.set_local_media(&session, &ids, kind, transceivers, &mut changes);
                        self.note_local(&session);
                    }
                    Side::Remote => {
                        self.set_fresh(&session);
                        self.set_remote_media(&session, kind, transceivers, &mut changes, rng);
                    }
                }
                self.store_answer(side, Stored { kind, session });
                if kind == SdpType::Answer {
                    self.stable = None;
                    self.offered = None;
                    self.forget_stopped(transceivers);
                }
            }
        }
        self.state = plan.next;
        self.update_transports();
        changes.into_events().collect()
    }

    fn store_answer(&mut self, side: Side, answer: Stored) {
        let (own, other_current, other_pending) = match side {
            Side::Local => {
                (&mut self.pending_local, &mut self.current_remote, &mut self.pending_remote)
            }
            Side::Remote => {
                (&mut self.pending_remote, &mut self.current_local, &mut self.pending_local)
            }
        };
        if answer.kind == SdpType::Pranswer {
            *own = Some(answer);
            return;
        }
        *own = None;
        *other_current = other_pending.take().map(InForce::new);
        match side {
            Side::Local => self.current_local = Some(InForce::new(answer)),
            Side::Remote => self.current_remote = Some(InForce::new(answer)),
        }
        self.last_offer = None;
        self.last_answer = None;
    }

    /// The transports that there are to be. What an offer of ours restarts has no other side until
    /// the answer.
    fn update_transports(&mut self) {
        // A new list, which is no longer than it has to be.
        self.transports = self.agreement.transports.to_vec();
        if self.state == SignalingState::HaveLocalOffer {
            let settled = self.stable.as_ref().map(|saved| &saved.agreement);
            for transport in &mut self.transports {
                let before = settled.and_then(|settled| settled.transport(transport.id));
                if before.is_none_or(|before| before.local != transport.local) {
                    transport.remote = None;
                }
            }
        }
        let last = self.transports.iter().map(|transport| transport.id.0).max();
        self.next_transport = last
            .map_or(self.next_transport, |last| self.next_transport.max(last.saturating_add(1)));
    }

    /// What payload types and header extension ids mean in a description that was set.
    fn learn(&mut self, session: &SessionDescription) {
        for media in session.media.iter().filter(|media| !media.is_rejected()) {
            if let Purpose::Media(kind) = accept::purpose(media) {
                self.payload_types.learn(&formats::read(kind, media));
                self.extension_ids.learn(session.extmaps(media));
            }
        }
    }

    /// W3C sets the "last stable state" slots when an offer is set in a stable state.
    fn save(&mut self, transceivers: &Transceivers) {
        if self.stable.is_some() {
            return;
        }
        let save = |transceiver: &TransceiverState| {
            let encodings = &transceiver.sender.encodings;
            let ridless = matches!(&encodings[..], [one] if one.parameters.rid.is_none());
            SavedTransceiver {
                id: transceiver.id,
                mid: transceiver.mid.clone(),
                m_line_index: transceiver.m_line_index,
                receptive: transceiver.receptive,
                streams: transceiver.receiver.streams.clone(),
                receive_codecs: transceiver.receiver.codecs.clone(),
                ridless_encodings: ridless.then(|| encodings.clone()),
            }
        };
        self.stable = Some(Box::new(Saved {
            agreement: self.agreement.clone(),
            transceivers: transceivers.iter().map(save).collect(),
            created: Vec::new(),
        }));
    }

    fn roll_back(
        &mut self,
        side: Side,
        transceivers: &mut Transceivers,
        changes: &mut TrackChanges,
    ) {
        self.pending_local = None;
        self.pending_remote = None;
        self.offered = None;
        let Some(saved) = self.stable.take() else { return };
        let Saved { agreement, transceivers: saved, created } = *saved;
        let restarted = agreement.transports.iter().any(|before| {
            let now = self.agreement.transport(before.id);
            now.is_none_or(|now| now.local != before.local)
        });
        self.agreement = agreement;
        if side == Side::Remote || restarted {
            self.fresh.clear();
        }
        if restarted && let Some(current) = self.current_remote.take() {
            // The agents have forgotten them.
            self.set_fresh(&current.read().session);
            self.current_remote = Some(current);
        }
        let mut removed = Vec::new();
        for transceiver in transceivers.iter_mut() {
            let before = saved.iter().find(|saved| saved.id == transceiver.id);
            transceiver.mid = before.and_then(|before| before.mid.clone());
            transceiver.m_line_index = before.and_then(|before| before.m_line_index);
            let streams = before.map(|before| before.streams.clone()).unwrap_or_default();
            let encodings = before.and_then(|before| before.ridless_encodings.clone());
            let named = |encoding: &Encoding| encoding.parameters.rid.is_some();
            if let Some(encodings) = encodings
                && transceiver.sender.encodings.iter().any(named)
            {
                transceiver.sender.encodings = encodings;
                transceiver.sender.last_returned_parameters = None;
            }
            transceiver.receiver.codecs =
                before.map(|before| before.receive_codecs.clone()).unwrap_or_default();
            if side == Side::Remote && !transceiver.is_stopped() {
                let direction = transceiver.current_direction;
                changes.process(transceiver, direction, streams);
            }
            transceiver.receptive =
                before.is_some_and(|before| before.receptive) && !transceiver.is_stopping();
            if created.contains(&transceiver.id) && !transceiver.ever_had_track {
                if !transceiver.is_stopped() && transceiver.stop() {
                    changes.end(transceiver.id);
                }
                removed.push(transceiver.id);
            }
        }
        for id in removed {
            transceivers.remove(id);
        }
    }

    fn set_local_media(
        &mut self,
        session: &SessionDescription,
        ids: &[Option<TransceiverId>],
        kind: SdpType,
        transceivers: &mut Transceivers,
        changes: &mut TrackChanges,
    ) {
        for (index, (media, id)) in session.media.iter().zip(ids).enumerate() {
            let Some(id) = *id else {
                disassociate_recycled(index, media, transceivers);
                continue;
            };
            if transceivers.get(id).is_some_and(|known| known.m_line_index.is_none()) {
                disassociate_recycled(index, media, transceivers);
            }
            let Some(transceiver) = transceivers.get_mut(id) else { continue };
            transceiver.mid.get_or_insert_with(|| media.mid().unwrap_or_default().into());
            transceiver.m_line_index = Some(index);
            if transceiver.is_stopped() {
                continue;
            }
            let direction = match media.is_rejected() {
                true => TransceiverDirection::Inactive,
                false => TransceiverDirection::from_sdp(session.direction(media)),
            };
            transceiver.receptive = direction.receives() && !transceiver.is_stopping();
            let codecs = match direction.receives() {
                true => formats::read(transceiver.kind, media),
                false => Vec::new(),
            };
            transceiver.receiver.codecs = formats::parameters(&codecs);
            if kind == SdpType::Offer {
                continue;
            }
            let rids: Vec<&str> = media
                .rids()
                .filter(|rid| rid.direction == RidDirection::Send)
                .map(|rid| &*rid.id)
                .collect();
            narrow(&mut transceiver.sender.encodings, &rids);
            let fired = transceiver.fired_direction.is_some_and(TransceiverDirection::receives);
            if !direction.receives() && fired {
                changes.remove(transceiver);
            }
            transceiver.fired_direction = Some(direction);
            self.agreement.apply(index, direction, transceiver);
            transceiver.set_current_direction(Some(direction));
            if kind == SdpType::Answer && media.is_rejected() && transceiver.is_stopping() {
                transceiver.stop();
            }
        }
    }

    fn set_remote_media(
        &mut self,
        session: &SessionDescription,
        kind: SdpType,
        transceivers: &mut Transceivers,
        changes: &mut TrackChanges,
        rng: &mut dyn CryptoRng,
    ) {
        let mut associated = associated(session.media.len(), transceivers);
        for (index, media) in session.media.iter().enumerate() {
            let Some(slot) = associated.get_mut(index) else { continue };
            let Purpose::Media(media_kind) = accept::purpose(media) else {
                disassociate_recycled(index, media, transceivers);
                continue;
            };
            if kind == SdpType::Offer && disassociate_recycled(index, media, transceivers) {
                *slot = None;
            }
            let codecs = formats::read(media_kind, media);
            let asked = simulcast::streams(media, RidDirection::Recv, &codecs);
            if kind == SdpType::Offer && !media.is_rejected() {
                let id = match *slot {
                    Some(id) => id,
                    None => self.associate(media_kind, session, media, transceivers, rng),
                };
                *slot = Some(id);
                propose(transceivers, id, &asked, rng);
            }
            let Some(id) = *slot else { continue };
            let mid = media.mid().map(Into::into);
            let own_mid = || self.local_mid(index);
            let Some(transceiver) = transceivers.get_mut(id) else { continue };
            if transceiver.mid.is_none() {
                transceiver.mid = mid.or_else(own_mid).or_else(|| Some(unnamed(index)));
            }
            transceiver.m_line_index = Some(index);
            if transceiver.is_stopped() {
                continue;
            }
            if kind != SdpType::Offer {
                let rids: Vec<&str> = asked.iter().map(|rid| &**rid).collect();
                narrow(&mut transceiver.sender.encodings, &rids);
            }
            let direction = match media.is_rejected() {
                true => TransceiverDirection::Inactive,
                false => TransceiverDirection::from_sdp(session.direction(media)).reversed(),
            };
            let streams = match direction.receives() {
                true => tracks::streams(media).unwrap_or_else(|| {
                    let stream = self.default_stream.get_or_insert_with(|| uuid(rng));
                    [stream.clone()].into()
                }),
                false => Vec::new(),
            };
            changes.process(transceiver, Some(direction), streams);
            if kind != SdpType::Offer {
                self.agreement.apply(index, direction, transceiver);
                transceiver.set_current_direction(Some(direction));
            }
            if media.is_rejected() && transceiver.stop() {
                changes.end(id);
            }
        }
    }

    /// Finds or makes a transceiver for an m-section of a remote offer (RFC 9429 section 5.10).
    fn associate(
        &mut self,
        kind: MediaKind,
        session: &SessionDescription,
        media: &MediaDescription,
        transceivers: &mut Transceivers,
        rng: &mut dyn CryptoRng,
    ) -> TransceiverId {
        let wants = session.direction(media).receives();
        let waits = |known: &&TransceiverState| {
            known.kind == kind
                && known.added_by_track
                && known.m_line_index.is_none()
                && !known.is_stopping()
        };
        if let Some(found) = transceivers.iter().find(waits).filter(|_| wants) {
            return found.id;
        }
        let direction = TransceiverDirection::RecvOnly;
        let new = NewTransceiver { direction, ..NewTransceiver::default() };
        let id = transceivers.add(kind, new, rng);
        if let Some(saved) = &mut self.stable {
            saved.created.push(id);
        }
        id
    }

    /// The mid that our own description has for an m-section.
    fn local_mid(&self, index: usize) -> Option<Box<str>> {
        self.local()?.session.media.get(index)?.mid().map(Into::into)
    }

    /// W3C: what has stopped, and whose m-section both sides know to be rejected, is gone.
    fn forget_stopped(&self, transceivers: &mut Transceivers) {
        if !transceivers.iter().any(TransceiverState::is_stopped) {
            return;
        }
        let current = [&self.current_local, &self.current_remote];
        let current: Vec<_> = current.into_iter().flatten().map(InForce::read).collect();
        let rejected = |index: usize| {
            current.iter().any(|stored| {
                stored.session.media.get(index).is_some_and(|media| media.is_rejected())
            })
        };
        let gone: Vec<TransceiverId> = transceivers
            .iter()
            .filter(|known| known.is_stopped() && known.m_line_index.is_some_and(rejected))
            .map(|known| known.id)
            .collect();
        for id in gone {
            transceivers.remove(id);
        }
    }
}

/// The transceiver of each m-section.
fn associated(count: usize, transceivers: &Transceivers) -> Vec<Option<TransceiverId>> {
    let mut found = Vec::new();
    found.resize(count, None);
    for transceiver in transceivers.iter() {
        if let Some(slot) = transceiver.m_line_index.and_then(|index| found.get_mut(index)) {
            *slot = Some(transceiver.id);
        }
    }
    found
}

/// An m-section that was given up and is taken for something else leaves the transceiver that it
/// was for without one. Whether there was such a transceiver.
fn disassociate_recycled(
    index: usize,
    media: &MediaDescription,
    transceivers: &mut Transceivers,
) -> bool {
    let Some(mid) = media.mid() else { return false };
    let mut found = false;
    for transceiver in transceivers.iter_mut() {
        let other = transceiver.mid.as_deref().is_some_and(|known| known != mid);
        if transceiver.m_line_index == Some(index) && other {
            transceiver.mid = None;
            transceiver.m_line_index = None;
            found = true;
        }
    }
    found
}

/// An offer to receive several streams makes a sender that has not been told otherwise send them.
fn propose(
    transceivers: &mut Transceivers,
    id: TransceiverId,
    asked: &[Box<str>],
    rng: &mut dyn CryptoRng,
) {
    let Some(transceiver) = transceivers.get(id) else { return };
    let ridless =
        matches!(&transceiver.sender.encodings[..], [one] if one.parameters.rid.is_none());
    if asked.is_empty() || !ridless {
        return;
    }
    let is_video = transceiver.kind == MediaKind::Video;
    // W3C: what is more than can be sent is cut off.
    let asked = asked.get(..MAX_ENCODINGS).unwrap_or(asked);
    let mut encodings = Vec::new();
    for (place, rid) in asked.iter().enumerate() {
        let smaller = i32::try_from(asked.len() - place - 1).unwrap_or_default();
        let parameters = RtpEncodingParameters {
            rid: Some(rid.to_string()),
            scale_resolution_down_by: is_video.then(|| f64::from(1u32 << smaller.min(16))),
            ..RtpEncodingParameters::default()
        };
        let encoding = transceivers.encoding(&encodings, parameters, rng);
        encodings.push(encoding);
    }
    if let Some(transceiver) = transceivers.get_mut(id) {
        transceiver.sender.encodings = encodings;
        transceiver.sender.last_returned_parameters = None;
    }
}

/// An answer can take streams of a simulcast away, down to one.
fn narrow(encodings: &mut Vec<Encoding>, rids: &[&str]) {
    if encodings.len() < 2 {
        return;
    }
    let stays = |encoding: &Encoding| {
        encoding.parameters.rid.as_deref().is_some_and(|rid| rids.contains(&rid))
    };
    if encodings.iter().any(stays) {
        encodings.retain(stays);
    } else {
        encodings.truncate(1);
    }
}

/// The name of an m-section that neither side has named.
fn unnamed(index: usize) -> Box<str> {
    index.to_string().into()
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn encodings(rids: &[&str]) -> Vec<Encoding> {
        let encoding = |rid: &&str| Encoding {
            parameters: RtpEncodingParameters { rid: Some((*rid).into()), ..Default::default() },
            ssrc: rtc_srtp::Ssrc(1),
            rtx_ssrc: rtc_srtp::Ssrc(2),
        };
        rids.iter().map(encoding).collect()
    }

    #[test]
    fn an_answer_takes_streams_away_down_to_the_first() {
        for (before, answered, after) in [
            (&["q", "h", "f"][..], &["f", "q"][..], &["q", "f"][..]),
            (&["q", "h", "f"], &["h"], &["h"]),
            (&["q", "h", "f"], &[], &["q"]),
            (&["q", "h"], &["other"], &["q"]),
            (&["q"], &[], &["q"]),
        ] {
            let mut found = encodings(before);
            narrow(&mut found, answered);
            assert_eq!(found, encodings(after), "{before:?} answered with {answered:?}");
        }
    }
}
