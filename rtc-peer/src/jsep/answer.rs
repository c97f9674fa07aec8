//! Composes answers (RFC 9429 section 5.3).

use alloc::collections::BTreeSet;
use alloc::collections::btree_map::{BTreeMap, Entry};
use alloc::string::String;
use alloc::vec::Vec;

use rtc_ice::Credentials;
use rtc_sdp::{Extmap, MediaDescription, RidDirection, SessionDescription, Setup};

use super::accept::{self, Purpose};
use super::bundle::Groups;
use super::compose::Composer;
use super::sections::{self, Head, MediaLines, TransportLines};
use super::simulcast;
use crate::configuration::BundlePolicy;
use crate::rtp::{
    SectionCodec, TransceiverDirection, TransceiverId, TransceiverState, extension_ids, formats,
};

/// What an accepted m-section is answered with.
#[derive(Debug)]
enum Use<'a> {
    Media(&'a TransceiverState, Offered),
    Data,
}

/// The codecs of an offered m-section, and those of them that we answer with.
#[derive(Debug)]
struct Offered {
    codecs: Vec<SectionCodec>,
    answer: Vec<SectionCodec>,
}

/// An answer to `offer`: what we know and want is accepted, all else is rejected.
pub(super) fn answer(
    mut composer: Composer<'_>,
    offer: &SessionDescription,
) -> (SessionDescription, Vec<Option<TransceiverId>>) {
    let groups = Groups::of(offer);
    let uses = uses(&composer, offer, &groups);
    let is_used = |index: usize| uses.get(index).is_some_and(Option::is_some);
    let transports = transports(&mut composer, offer, &groups, &is_used);
    let mut session = composer.begin();
    let mut transceivers = Vec::with_capacity(uses.len());
    let mixed = offer.media.iter().any(|media| offer.extmap_allow_mixed(media));
    for ((media, purpose), transport) in offer.media.iter().zip(&uses).zip(transports) {
        let (Some(purpose), Some(transport)) = (purpose, transport) else {
            transceivers.push(None);
            session.media.push(sections::rejected(media));
            continue;
        };
        let head = Head {
            mid: media.mid().unwrap_or_default().into(),
            protocol: media.protocol.clone(),
            bundle_only: false,
            initial: false,
            transport,
        };
        match purpose {
            Use::Media(transceiver, offered) => {
                transceivers.push(Some(transceiver.id));
                let answer =
                    answer_media(&mut composer, transceiver, offered, &head, (offer, media));
                session.media.push(answer);
            }
            Use::Data => {
                transceivers.push(None);
                let mut answer = sections::data(&head, composer.local, composer.tls_id);
                answer.formats.clone_from(&media.formats);
                session.media.push(answer);
            }
        }
    }
    let accepted: Vec<Vec<usize>> = groups
        .iter()
        .map(|group| group.iter().copied().filter(|index| is_used(*index)).collect())
        .collect();
    let offers = |tag: &&str| {
        offer.media.iter().any(|media| offer.ice_options(media).any(|option| option == *tag))
    };
    let options = sections::ice_tags(composer.local.ice).filter(offers);
    composer.finish(&mut session, &accepted, mixed, options);
    (session, transceivers)
}

/// What is accepted (RFC 9429 section 5.3.1).
fn uses<'a>(
    composer: &Composer<'a>,
    offer: &SessionDescription,
    groups: &Groups,
) -> Vec<Option<Use<'a>>> {
    let by_index = composer.by_index(offer.media.len());
    let offered: Vec<Option<Vec<SectionCodec>>> = offer
        .media
        .iter()
        .map(|media| match accept::purpose(media) {
            Purpose::Media(kind) if !media.is_rejected() => Some(formats::read(kind, media)),
            _ => None,
        })
        .collect();
    let ccfb = offered.iter().flatten().all(|codecs| formats::all_offer_ccfb(codecs));
    let mut has_data = false;
    let mut meanings = Meanings::new();
    let mut uses = Vec::with_capacity(offer.media.len());
    for (index, (media, codecs)) in offer.media.iter().zip(offered).enumerate() {
        let allowed = !media.is_rejected() && is_allowed(composer.policy, offer, groups, index);
        let found = match accept::purpose(media) {
            _ if !allowed => None,
            Purpose::Data if !has_data => {
                has_data = true;
                Some(Use::Data)
            }
            Purpose::Media(kind) => by_index
                .get(index)
                .copied()
                .flatten()
                .filter(|transceiver| !transceiver.is_stopping())
                .zip(codecs)
                .and_then(|(transceiver, codecs)| {
                    let preferences = &transceiver.codec_preferences;
                    let mut answer = formats::answer(kind, preferences, &codecs, ccfb);
                    let group = groups.tagged(index, |_| true);
                    leave_out_taken(&mut answer, group, &mut meanings);
                    (!answer.is_empty())
                        .then_some(Use::Media(transceiver, Offered { codecs, answer }))
                }),
            Purpose::Data | Purpose::Unknown => None,
        };
        uses.push(found);
    }
    uses
}

/// What the payload types of each group mean in an answer so far: name, clock rate, channels, and
/// of a retransmission format what it repairs.
type Meanings = BTreeMap<(usize, u8), (String, u32, u16, Option<u8>)>;

/// Leaves out what has a payload type that means something else in an m-section before it, which
/// must not be in one group (RFC 9143 section 9.1). Firefox offers such: where others have numbered
/// the session, it minds only the numbers within an m-section.
fn leave_out_taken(answer: &mut Vec<SectionCodec>, group: usize, meanings: &mut Meanings) {
    let mut is_free = |number, meaning| match meanings.entry((group, number)) {
        Entry::Occupied(taken) => *taken.get() == meaning,
        Entry::Vacant(free) => {
            free.insert(meaning);
            true
        }
    };
    answer.retain_mut(|known| {
        let codec = &known.codec;
        let name = codec.mime_type.to_ascii_lowercase();
        if !is_free(known.payload_type, (name, codec.clock_rate, codec.channels.unwrap_or(1), None))
        {
            return false;
        }
        let repair = ("rtx".into(), codec.clock_rate, 1, Some(known.payload_type));
        known.rtx = known.rtx.filter(|&number| is_free(number, repair));
        true
    });
    if !answer.iter().any(|known| known.codec.carries_a_track()) {
        answer.clear();
    }
}

/// Whether the policy lets us have a transport for this m-section.
fn is_allowed(
    policy: BundlePolicy,
    offer: &SessionDescription,
    groups: &Groups,
    index: usize,
) -> bool {
    let kind = offer.media.get(index).map(|media| &media.kind);
    let mut used = offer.media.iter().enumerate().filter(|(_, media)| !media.is_rejected());
    let first = match policy {
        BundlePolicy::MaxCompat => return true,
        BundlePolicy::MaxBundle => used.next(),
        BundlePolicy::Balanced => used.find(|(_, media)| Some(&media.kind) == kind),
    };
    first.is_none_or(|(first, _)| {
        first == index
            || groups.group(index).is_some_and(|group| groups.group(first) == Some(group))
    })
}

/// The transports of the m-sections that are used: what is bundled shares one.
fn transports(
    composer: &mut Composer<'_>,
    offer: &SessionDescription,
    groups: &Groups,
    is_used: &impl Fn(usize) -> bool,
) -> Vec<Option<TransportLines>> {
    let mut transports: Vec<Option<TransportLines>> = Vec::new();
    transports.resize(offer.media.len(), None);
    let mut claimed = BTreeSet::new();
    for index in groups.order().filter(|index| is_used(*index)) {
        if transports.get(index).is_none_or(Option::is_some) {
            continue;
        }
        let alone = [index];
        let members: Vec<usize> = match groups.around(index) {
            [] => alone.to_vec(),
            group => group.iter().copied().filter(|member| is_used(*member)).collect(),
        };
        let theirs = accept::transport(offer, groups, index).ok();
        let known = members
            .iter()
            .filter_map(|member| composer.agreement.of_section(*member))
            .find(|transport| !claimed.contains(&transport.id));
        claimed.extend(known.map(|transport| transport.id));
        let remote = known.and_then(|transport| transport.remote.as_ref());
        let same = remote.zip(theirs.as_ref()).is_some_and(|(remote, theirs)| {
            (&remote.ufrag, &remote.password) == (&theirs.ufrag, &theirs.password)
        });
        let credentials: Credentials = match known {
            Some(transport) if same => transport.local.clone(),
            _ => composer.draw.credentials(),
        };
        let setup = match remote {
            Some(remote) => sections::setup(remote.dtls_role),
            None => answer_setup(theirs.and_then(|theirs| theirs.setup)),
        };
        for member in members {
            if let Some(slot) = transports.get_mut(member) {
                *slot = Some(TransportLines { credentials: credentials.clone(), setup });
            }
        }
    }
    transports
}

fn answer_setup(offered: Option<Setup>) -> Setup {
    sections::setup(accept::answer_role(offered))
}

fn answer_media(
    composer: &mut Composer<'_>,
    transceiver: &TransceiverState,
    offered: &Offered,
    head: &Head,
    (offer, media): (&SessionDescription, &MediaDescription),
) -> MediaDescription {
    let direction = answer_direction(transceiver, offer, media);
    let asked = simulcast::streams(media, RidDirection::Recv, &offered.codecs);
    let sender = &transceiver.sender;
    let wanted = |rid: &&str| asked.iter().any(|asked| **asked == **rid);
    let rids = sender.encodings.iter().filter_map(|encoding| encoding.parameters.rid.as_deref());
    let send: Vec<&str> = match direction.sends() {
        true => rids.filter(wanted).collect(),
        false => Vec::new(),
    };
    let sent = simulcast::streams(media, RidDirection::Send, &offered.codecs);
    let recv: Vec<&str> = match direction.receives() {
        true => sent.iter().map(|rid| &**rid).collect(),
        false => Vec::new(),
    };
    let extensions: Vec<Extmap> = extension_ids::answer(
        &transceiver.header_extensions_to_negotiate,
        offer.extmaps(media),
        offer.extmap_allow_mixed(media),
        &mut composer.extension_ids,
    );
    let lines = MediaLines {
        kind: transceiver.kind,
        direction: sections::direction(direction),
        codecs: &offered.answer,
        extensions,
        reduced_size_rtcp: media.rtcp_rsize(),
        streams: &sender.streams,
        track: composer.track_id(transceiver),
        // Who was not asked for several streams sends the first.
        encodings: sender.encodings.get(..1).unwrap_or_default(),
        cname: composer.transceivers.cname(),
        simulcast: simulcast::lines(&send, &recv),
    };
    sections::media(head, composer.local, composer.tls_id, lines)
}

/// What was offered, from our point of view, as far as the transceiver wants it.
fn answer_direction(
    transceiver: &TransceiverState,
    offer: &SessionDescription,
    media: &MediaDescription,
) -> TransceiverDirection {
    let offered = TransceiverDirection::from_sdp(offer.direction(media));
    transceiver.direction.and(offered.reversed())
}
