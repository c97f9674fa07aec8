//! Media that go back where they came from.

use core::time::Duration;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rtc_core::Instant;
use rtc_peer::{
    Delivery, MediaKind, OutgoingPacket, ReceivedPacket, Transceiver, TransceiverDirection,
    TransceiverId,
};
use rtc_srtp::Ssrc;
use rtc_tokio::PeerConnection;

/// Sends back each RTP packet on the transceiver that it came to, under our own SSRCs.
#[derive(Debug)]
pub(crate) struct MediaEcho {
    connection: PeerConnection,
    sources: BTreeMap<TransceiverId, Source>,
    received: Received,
}

/// How many RTP packets have come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) audio: u64,
    pub(crate) video: u64,
}

/// Which of the other side's streams a transceiver sends back: one, for it has one to send on.
#[derive(Debug)]
struct Source {
    kind: MediaKind,
    ssrc: Ssrc,
    heard_at: Instant,
}

impl MediaEcho {
    pub(crate) const fn new(connection: PeerConnection) -> Self {
        Self { connection, sources: BTreeMap::new(), received: Received { audio: 0, video: 0 } }
    }

    /// Between the other side's offer and our answer: what is offered of these kinds is to be sent
    /// back, and the rest is turned down.
    pub(crate) fn agree(connection: &PeerConnection, wanted: impl Fn(MediaKind) -> bool) {
        connection.change(|core, _| {
            let all: Vec<_> = core
                .transceivers()
                .filter(|one| !one.stopped())
                .map(|one| (one.id(), one.kind(), one.receiver().track().clone()))
                .collect();
            for (id, kind, track) in all {
                let Ok(mut transceiver) = core.transceiver_mut(id) else { continue };
                // None of these is refused to a transceiver that has not stopped.
                let _agreed = if wanted(kind) {
                    let _sends = transceiver.replace_track(Some(track));
                    let _together = transceiver.set_streams(&[STREAM]);
                    transceiver.set_direction(TransceiverDirection::SendRecv).is_ok()
                } else {
                    transceiver.stop().is_ok()
                };
                let _known = core.set_delivery(id, Delivery::Packets);
            }
        });
    }

    /// How many packets have come.
    pub(crate) const fn received(&self) -> Received {
        self.received
    }

    /// Sends the packet back.
    pub(crate) fn on_packet(&mut self, packet: &ReceivedPacket) {
        let (id, ssrc, now) = (packet.transceiver, packet.ssrc, packet.received_at);
        let source = match self.sources.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => {
                let kind =
                    self.connection.observe(|core| core.transceiver(id).map(Transceiver::kind));
                let Ok(kind) = kind else { return };
                vacant.insert(Source { kind, ssrc, heard_at: now })
            }
        };
        match source.kind {
            MediaKind::Audio => self.received.audio += 1,
            MediaKind::Video => self.received.video += 1,
        }
        let is_new = source.ssrc != ssrc;
        if is_new && now.saturating_duration_since(source.heard_at) < SILENCE {
            // Another encoding of the same picture.
            return;
        }
        (source.ssrc, source.heard_at) = (ssrc, now);
        // The payload types of one direction are those of the other.
        let payload_type = Some(packet.payload_type);
        let packet = OutgoingPacket { payload_type, ..OutgoingPacket::forward(packet) };
        // Where the other side does not want to have it, it does not get it.
        let _unwanted = self.connection.send_packet(id, &packet);
        if is_new {
            self.on_key_frame_requested(id);
        }
    }

    /// Passes on to where the pictures come from that the other side needs a key frame.
    pub(crate) fn on_key_frame_requested(&self, id: TransceiverId) {
        // Where nothing comes, there is nobody to ask.
        let _nobody = self.connection.request_key_frame(id, None);
    }
}

/// The stream that picture and sound go back in, so that they are played together.
const STREAM: &str = "echo";

/// How long a stream must have been silent before another one takes its place.
const SILENCE: Duration = Duration::from_secs(1);
