//! What descriptions do to remote tracks: the W3C specification's "process remote tracks" and what
//! it calls.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use rtc_sdp::{MediaDescription, Msid};

use crate::rtp::{Track, TransceiverDirection, TransceiverId, TransceiverState};

/// What has happened to a remote track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// It falls silent.
    Muted(TransceiverId),
    /// It has left a MediaStream.
    Removed { transceiver: TransceiverId, stream: String },
    /// It has come to a MediaStream.
    Added { transceiver: TransceiverId, stream: String },
    /// It is there.
    Track { transceiver: TransceiverId, track: Track, streams: Vec<String> },
    /// It will never be heard of again.
    Ended(TransceiverId),
}

/// The lists that are filled while a description is set, and become events in this order.
#[derive(Debug, Default)]
pub(super) struct TrackChanges {
    muted: Vec<Change>,
    removed: Vec<Change>,
    added: Vec<Change>,
    tracks: Vec<Change>,
    ended: Vec<Change>,
}

impl TrackChanges {
    /// "Process remote tracks". A direction of `None` is that of a transceiver on which nothing
    /// has been negotiated, which a rollback leads back to.
    pub(super) fn process(
        &mut self,
        transceiver: &mut TransceiverState,
        direction: Option<TransceiverDirection>,
        streams: Vec<String>,
    ) {
        let receives = direction.is_some_and(TransceiverDirection::receives);
        let received = transceiver.fired_direction.is_some_and(TransceiverDirection::receives);
        let joins = self.set_streams(transceiver, streams);
        if (receives && !received) || joins {
            self.tracks.push(Change::Track {
                transceiver: transceiver.id,
                track: transceiver.receiver.track.clone(),
                streams: transceiver.receiver.streams.clone(),
            });
        }
        if !receives {
            transceiver.receptive = false;
            if received {
                self.mute(transceiver);
            }
        }
        transceiver.fired_direction = direction;
    }

    /// What a local answer that stops receiving does to the track.
    pub(super) fn remove(&mut self, transceiver: &mut TransceiverState) {
        self.set_streams(transceiver, Vec::new());
        self.mute(transceiver);
    }

    /// The transceiver has stopped, and its track has ended with it.
    pub(super) fn end(&mut self, transceiver: TransceiverId) {
        self.ended.push(Change::Ended(transceiver));
    }

    /// All that has happened, in the order of the events.
    pub(super) fn into_events(self) -> impl Iterator<Item = Change> {
        let Self { muted, removed, added, tracks, ended } = self;
        muted.into_iter().chain(removed).chain(added).chain(tracks).chain(ended)
    }

    /// "Process the removal of a remote track".
    fn mute(&mut self, transceiver: &mut TransceiverState) {
        if !core::mem::replace(&mut transceiver.receiver.muted, true) {
            self.muted.push(Change::Muted(transceiver.id));
        }
    }

    /// "Set the associated remote streams"; whether there are any that were not there.
    fn set_streams(&mut self, transceiver: &mut TransceiverState, streams: Vec<String>) -> bool {
        let id = transceiver.id;
        let before = core::mem::replace(&mut transceiver.receiver.streams, streams);
        let streams = &transceiver.receiver.streams;
        let gone = before.iter().filter(|stream| !streams.contains(stream));
        self.removed
            .extend(gone.map(|stream| Change::Removed { transceiver: id, stream: stream.clone() }));
        let known = self.added.len();
        let new = streams.iter().filter(|stream| !before.contains(stream));
        self.added
            .extend(new.map(|stream| Change::Added { transceiver: id, stream: stream.clone() }));
        self.added.len() > known
    }
}

/// The MediaStreams that an m-section puts its track into, each once; `None` where it does not
/// speak of streams at all.
pub(super) fn streams(media: &MediaDescription) -> Option<Vec<String>> {
    let mut lines = media.msids().map(|msid| msid.stream.clone()).peekable();
    let mut seen = BTreeSet::new();
    if lines.peek().is_some() {
        let streams = lines.filter(|stream| **stream != *"-" && seen.insert(stream.clone()));
        return Some(streams.take(MAX_STREAMS).map(String::from).collect());
    }
    // As it was said before RFC 8830, and still is beside it.
    let mut sources = media.ssrcs().filter(|line| line.attribute == "msid").peekable();
    sources.peek()?;
    let streams = sources
        .filter_map(|line| line.value.as_deref()?.split(' ').next())
        .filter(|stream| *stream != "-" && !stream.is_empty() && seen.insert((*stream).into()));
    Some(streams.take(MAX_STREAMS).map(String::from).collect())
}

/// The stream ids of all `a=msid` lines, as they are written.
pub(super) fn msids(media: &MediaDescription) -> Vec<&str> {
    media.msids().map(|msid: &Msid| &*msid.stream).collect()
}

/// How many MediaStreams one track is put into.
const MAX_STREAMS: usize = 64;
