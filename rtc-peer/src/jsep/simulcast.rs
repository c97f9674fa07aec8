//! Simulcast in descriptions (RFC 8851, RFC 8853): the streams of an m-section, by their RIDs.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use rtc_sdp::{Attribute, MediaDescription, Rid, RidDirection, Simulcast};

use crate::rtp::SectionCodec;

/// The streams that the author of this m-section wants to send or receive, in order, if it is
/// specific about that. Only the first of alternatives counts. `codecs` are what both sides know.
pub(super) fn streams(
    media: &MediaDescription,
    direction: RidDirection,
    codecs: &[SectionCodec],
) -> Vec<Box<str>> {
    let mut named = BTreeSet::new();
    let mut twice = BTreeSet::new();
    let mut usable = Vec::new();
    for rid in media.rids() {
        // RFC 8851 section 6.1: a name that is given twice names nothing.
        if !named.insert(&*rid.id) {
            twice.insert(&*rid.id);
        } else if rid.direction == direction && is_usable(rid, codecs) {
            usable.push(rid);
        }
    }
    usable.retain(|rid| !twice.contains(&*rid.id));
    let Some(simulcast) = media.simulcast() else {
        return usable.into_iter().take(MAX_STREAMS).map(|rid| rid.id.clone()).collect();
    };
    let usable: BTreeSet<&str> = usable.into_iter().map(|rid| &*rid.id).collect();
    let streams = match direction {
        RidDirection::Send => &simulcast.send,
        RidDirection::Recv => &simulcast.recv,
    };
    let mut taken = BTreeSet::new();
    streams
        .iter()
        .filter_map(|stream| stream.0.iter().find(|format| usable.contains(&*format.rid)))
        .filter(|format| taken.insert(&*format.rid))
        .take(MAX_STREAMS)
        .map(|format| format.rid.clone())
        .collect()
}

/// RFC 8851 section 6.3: restrictions that are not understood take the stream away, and so do
/// payload types of which none can be used.
fn is_usable(rid: &Rid, codecs: &[SectionCodec]) -> bool {
    let known = rid.restrictions.iter().all(|(name, _)| RESTRICTIONS.contains(&&**name));
    let has = |wanted: &u8| codecs.iter().any(|codec| codec.payload_type == *wanted);
    known && (rid.payload_types.is_empty() || rid.payload_types.iter().any(has))
}

/// The lines for the streams that we send and for those that we receive. One alone is no simulcast.
pub(super) fn lines(send: &[&str], recv: &[&str]) -> Vec<Attribute> {
    let line = |direction| move |rid: &&str| Attribute::Rid(Rid::new(rid, direction));
    let mut lines: Vec<Attribute> = send.iter().map(line(RidDirection::Send)).collect();
    lines.extend(recv.iter().map(line(RidDirection::Recv)));
    let several = |rids: &[&str]| rids.len() > 1;
    if several(send) || several(recv) {
        let mut simulcast = Simulcast::default();
        if several(send) {
            simulcast.send = Simulcast::send(send.iter().copied()).send;
        }
        if several(recv) {
            simulcast.recv = Simulcast::recv(recv.iter().copied()).recv;
        }
        lines.push(Attribute::Simulcast(simulcast));
    }
    lines
}

/// RFC 8851 section 5.
const RESTRICTIONS: [&str; 8] =
    ["max-width", "max-height", "max-fps", "max-fs", "max-br", "max-pps", "max-bpp", "depend"];

/// How many streams of one m-section are told apart.
const MAX_STREAMS: usize = 16;
