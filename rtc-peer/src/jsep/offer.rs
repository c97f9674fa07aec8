//! Composes offers (RFC 9429 sections 5.2.1 and 5.2.2).

use alloc::string::String;
use alloc::vec::Vec;

use rtc_ice::Credentials;
use rtc_sdp::{MediaDescription, SessionDescription, Setup, TransportProtocol};

use super::accept::MAX_SECTIONS;
use super::bundle::Groups;
use super::compose::Composer;
use super::sections::{self, Head, MediaLines, TransportLines};
use super::simulcast;
use crate::configuration::BundlePolicy;
use crate::rtp::{
    MediaKind, SectionCodec, TransceiverId, TransceiverState, extension_ids, formats,
};

/// What an m-section of the offer is for.
#[derive(Debug, Clone, Copy)]
enum Use<'a> {
    Media(&'a TransceiverState),
    Data,
    /// Of whatever it was before.
    Nothing,
}

#[derive(Debug)]
struct Slot<'a> {
    purpose: Use<'a>,
    mid: String,
    /// Whether nothing has been negotiated for this m-section yet.
    is_new: bool,
    bundle_only: bool,
    credentials: Option<Credentials>,
}

impl Slot<'_> {
    const fn is_used(&self) -> bool {
        !matches!(self.purpose, Use::Nothing)
    }

    const fn kind(&self) -> Option<MediaKind> {
        match self.purpose {
            Use::Media(transceiver) => Some(transceiver.kind),
            Use::Data | Use::Nothing => None,
        }
    }
}

/// An offer: every m-section of the session in its place, then what is new. With `restart`, all
/// transports get new credentials.
pub(super) fn offer(
    mut composer: Composer<'_>,
    restart: bool,
) -> (SessionDescription, Vec<Option<TransceiverId>>) {
    let mut slots = slots(&mut composer);
    let groups = groups(&composer, &slots);
    mark_bundle_only(&composer, &mut slots, &groups);
    give_credentials(&mut composer, &mut slots, &groups, restart);

    let previous = composer.pending_local.or(composer.current_local).map(|stored| &*stored.session);
    let mut session = composer.begin();
    let mut transceivers = Vec::with_capacity(slots.len());
    let mut mixed = false;
    for (index, slot) in slots.iter().enumerate() {
        let before = previous.and_then(|session| session.media.get(index));
        let Some(credentials) = slot.credentials.clone() else {
            transceivers.push(None);
            session.media.extend(before.map(sections::rejected));
            continue;
        };
        let mut head = Head {
            mid: slot.mid.clone(),
            protocol: TransportProtocol::UdpTlsRtpSavpf,
            bundle_only: slot.bundle_only,
            initial: slot.is_new,
            transport: TransportLines { credentials, setup: Setup::Actpass },
        };
        match slot.purpose {
            Use::Media(transceiver) => {
                let before = before.filter(|before| before.mid() == Some(&slot.mid));
                transceivers.push(Some(transceiver.id));
                mixed = true;
                let media = media(&mut composer, transceiver, &head, index, before);
                session.media.push(media);
            }
            Use::Data | Use::Nothing => {
                head.protocol = TransportProtocol::UdpDtlsSctp;
                transceivers.push(None);
                session.media.push(sections::data(&head, composer.local, composer.tls_id));
            }
        }
    }
    composer.finish(&mut session, &groups, mixed, sections::ice_tags(composer.local.ice));
    (session, transceivers)
}

/// What goes where: what is negotiated stays in its place, what is new takes a place that was
/// given up, or a new one.
fn slots<'a>(composer: &mut Composer<'a>) -> Vec<Slot<'a>> {
    let current = [composer.current_local, composer.current_remote];
    let previous = composer.pending_local.or(composer.current_local).map(|stored| &*stored.session);
    let count = previous.map_or(0, |session| session.media.len());
    let rejected = |index: usize| {
        let is_rejected = |media: &MediaDescription| media.is_rejected();
        current
            .into_iter()
            .flatten()
            .any(|stored| stored.session.media.get(index).is_some_and(is_rejected))
    };
    let by_index = composer.by_index(count);
    let answer = composer.last_answer();
    let mut slots = Vec::new();
    let mut free = Vec::new();
    let mut has_data = false;
    for (index, associated) in by_index.into_iter().enumerate() {
        let before = previous.and_then(|session| session.media.get(index));
        let mid = before.and_then(|media| media.mid()).unwrap_or_default();
        let (purpose, mid) = match associated {
            Some(transceiver) if !transceiver.is_stopping() => {
                (Use::Media(transceiver), transceiver.mid.as_deref().unwrap_or(mid))
            }
            Some(_) => (Use::Nothing, mid),
            None => {
                let is_data = before.is_some_and(|media| media.is_data_channel());
                let is_data = is_data && !before.is_some_and(|media| media.is_rejected());
                let is_data = is_data && !rejected(index) && !has_data;
                has_data |= is_data;
                (if is_data { Use::Data } else { Use::Nothing }, mid)
            }
        };
        if matches!(purpose, Use::Nothing) && rejected(index) {
            free.push(index);
        }
        let answered = answer.and_then(|session| session.media.get(index));
        slots.push(Slot {
            purpose,
            mid: mid.into(),
            is_new: answered.is_none_or(|media| media.is_rejected()),
            bundle_only: false,
            credentials: None,
        });
    }
    let transceivers = composer.transceivers.iter();
    let unassociated = |transceiver: &&TransceiverState| {
        transceiver.m_line_index.is_none() && !transceiver.is_stopping()
    };
    let media = transceivers.filter(unassociated).map(Use::Media);
    let data = (composer.local.wants_data && !has_data).then_some(Use::Data);
    let mut free = free.into_iter();
    for purpose in media.chain(data) {
        let place = free.next();
        if place.is_none() && slots.len() >= MAX_SECTIONS {
            break;
        }
        let mid = composer.draw_mid();
        let slot = Slot { purpose, mid, is_new: true, bundle_only: false, credentials: None };
        match place.and_then(|index| slots.get_mut(index)) {
            Some(old) => *old = slot,
            None => slots.push(slot),
        }
    }
    slots
}

/// The BUNDLE groups: those that were negotiated, without what is no more, and what is new added
/// to the first (RFC 9429 section 5.2.2). What the other side did not bundle is not bundled.
fn groups(composer: &Composer<'_>, slots: &[Slot<'_>]) -> Vec<Vec<usize>> {
    let negotiated = composer.last_answer().map(Groups::of).unwrap_or_default();
    let lives =
        |index: &usize| slots.get(*index).is_some_and(|slot| slot.is_used() && !slot.is_new);
    let mut groups: Vec<Vec<usize>> = negotiated
        .iter()
        .map(|group| group.iter().copied().filter(lives).collect())
        .filter(|group: &Vec<usize>| !group.is_empty())
        .collect();
    let is_new =
        |(index, slot): (usize, &Slot<'_>)| (slot.is_used() && slot.is_new).then_some(index);
    let fresh = slots.iter().enumerate().filter_map(is_new);
    match groups.first_mut() {
        Some(first) => first.extend(fresh),
        None => groups.push(fresh.collect()),
    }
    groups
}

/// In a group that is yet to be negotiated, the policy says which m-sections could also do without
/// (RFC 9429 section 4.1.1).
fn mark_bundle_only(composer: &Composer<'_>, slots: &mut [Slot<'_>], groups: &[Vec<usize>]) {
    for group in groups {
        let place = |index: &usize| slots.get(*index).map(|slot| (*index, slot));
        if group.iter().filter_map(place).any(|(_, slot)| !slot.is_new) {
            continue;
        }
        let mut kinds = Vec::new();
        let mut marked = Vec::new();
        for (index, slot) in group.iter().filter_map(place) {
            let only = match composer.policy {
                BundlePolicy::MaxCompat => false,
                BundlePolicy::MaxBundle => !kinds.is_empty(),
                BundlePolicy::Balanced => kinds.contains(&slot.kind()),
            };
            kinds.push(slot.kind());
            marked.extend(only.then_some(index));
        }
        for index in marked {
            if let Some(slot) = slots.get_mut(index) {
                slot.bundle_only = true;
            }
        }
    }
}

/// A transport keeps its credentials unless it is restarted. New transports of one group share
/// theirs: when the answer has bundled them, the next offer must not look like a restart of those
/// that went.
fn give_credentials(
    composer: &mut Composer<'_>,
    slots: &mut [Slot<'_>],
    groups: &[Vec<usize>],
    restart: bool,
) {
    let in_group = |index: &usize| groups.iter().any(|group| group.contains(index));
    let lone: Vec<usize> = (0..slots.len()).filter(|index| !in_group(index)).collect();
    let lone = lone.iter().map(core::slice::from_ref);
    for group in groups.iter().map(Vec::as_slice).chain(lone) {
        let mut first: Option<Credentials> = None;
        for &index in group {
            let Some(slot) = slots.get_mut(index).filter(|slot| slot.is_used()) else { continue };
            let known = composer.agreement.of_section(index).filter(|_| !restart);
            let credentials = match (known, &first) {
                (Some(transport), _) => transport.local.clone(),
                (None, Some(first)) => first.clone(),
                (None, None) => composer.draw.credentials(),
            };
            first.get_or_insert_with(|| credentials.clone());
            slot.credentials = Some(credentials);
        }
    }
}

fn media(
    composer: &mut Composer<'_>,
    transceiver: &TransceiverState,
    head: &Head,
    index: usize,
    before: Option<&MediaDescription>,
) -> MediaDescription {
    let kind = transceiver.kind;
    let previous = before.map(|media| formats::read(kind, media)).unwrap_or_default();
    let preferences = &transceiver.codec_preferences;
    let mut codecs = formats::offer(kind, preferences, &previous, &mut composer.payload_types);
    let answered = composer.last_answer().and_then(|session| session.media.get(index));
    if let (Some(answered), true, false) = (answered, preferences.is_empty(), head.initial) {
        let order = formats::read(kind, answered);
        let place = |codec: &SectionCodec| {
            order.iter().position(|known| known.codec.matches(&codec.codec)).unwrap_or(usize::MAX)
        };
        codecs.sort_by_key(place);
    }
    let sender = &transceiver.sender;
    let direction = sections::direction(transceiver.direction);
    let rids: Vec<&str> = match direction.sends() {
        true => sender.encodings.iter().filter_map(|e| e.parameters.rid.as_deref()).collect(),
        false => Vec::new(),
    };
    let lines = MediaLines {
        kind,
        direction,
        codecs: &codecs,
        // Who is offered to has not said yet that two-byte ids are known.
        extensions: extension_ids::offer(
            &transceiver.header_extensions_to_negotiate,
            false,
            &mut composer.extension_ids,
        ),
        reduced_size_rtcp: true,
        streams: &sender.streams,
        track: composer.track_id(transceiver),
        encodings: &sender.encodings,
        cname: composer.transceivers.cname(),
        simulcast: simulcast::lines(&rids, &[]),
    };
    sections::media(head, composer.local, composer.tls_id, lines)
}
