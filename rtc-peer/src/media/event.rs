//! What media tells the connection.

use alloc::collections::VecDeque;
use alloc::sync::Arc;

use rtc_srtp::Ssrc;

use crate::rtp::{TransceiverId, TransportId};

/// Something that happened to media. At most [`MAX_EVENTS`] wait; what says no more than one that
/// waits already is not added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MediaEvent {
    /// The other side needs a key frame of what this sender sends (PLI, FIR). Said at most once
    /// in 500 ms for an encoding.
    KeyFrameRequested {
        transceiver: TransceiverId,
        /// Which of its encodings.
        encoding: usize,
    },
    /// The first packet of a track has come: it is no longer muted.
    Unmuted(TransceiverId),
    /// All the sources of a track have left (BYE): it is muted.
    Muted(TransceiverId),
    /// A source has left.
    SourceLeft { transceiver: TransceiverId, ssrc: Ssrc, rid: Option<Arc<str>> },
    /// `tonechange`: a tone begins, or with `None` the last one has ended.
    ToneChange { transceiver: TransceiverId, tone: Option<char> },
    /// Somebody asks not to be sent more than this (TMMBR, RFC 5104), in bit/s; the notification
    /// has been sent.
    BitrateLimited { transceiver: TransceiverId, encoding: usize, bitrate: u64 },
    /// What the other side thinks that the path bears (REMB), in bit/s.
    EstimatedMaximumBitrate { transport: TransportId, bitrate: u64 },
    /// Which of the packets that we sent have come (transport-cc, RFC 8888): a congestion
    /// controller's food. Several that nobody has taken are added up.
    CongestionFeedback { transport: TransportId, received: u32, lost: u32, ce_marked: u32 },
    /// There is something to take with `poll_packet`; said once until it was empty.
    PacketsReady,
    /// There is something to take with `poll_frame`; said once until it was empty.
    FramesReady,
}

/// The events that wait.
#[derive(Debug, Default)]
pub(super) struct Events {
    waiting: VecDeque<MediaEvent>,
    /// How many did not fit.
    pub(super) dropped: u64,
}

impl Events {
    pub(super) fn push(&mut self, event: MediaEvent) {
        for waiting in self.waiting.iter_mut().rev().take(MERGE_DEPTH) {
            if waiting.absorb(&event) {
                return;
            }
        }
        if self.waiting.len() >= MAX_EVENTS {
            self.dropped += 1;
            return;
        }
        self.waiting.push_back(event);
    }

    pub(super) fn poll(&mut self) -> Option<MediaEvent> {
        self.waiting.pop_front()
    }
}

impl MediaEvent {
    /// Takes in what `newer` says and returns whether nothing of it is left to say.
    fn absorb(&mut self, newer: &Self) -> bool {
        match (self, newer) {
            (
                Self::CongestionFeedback { transport, received, lost, ce_marked },
                Self::CongestionFeedback { transport: same, received: r, lost: l, ce_marked: ce },
            ) if *transport == *same => {
                *received = received.saturating_add(*r);
                *lost = lost.saturating_add(*l);
                *ce_marked = ce_marked.saturating_add(*ce);
                true
            }
            (
                Self::EstimatedMaximumBitrate { transport, bitrate },
                Self::EstimatedMaximumBitrate { transport: same, bitrate: newest },
            ) if *transport == *same => {
                *bitrate = *newest;
                true
            }
            (
                Self::BitrateLimited { transceiver, encoding, bitrate },
                Self::BitrateLimited { transceiver: t, encoding: e, bitrate: newest },
            ) if (*transceiver, *encoding) == (*t, *e) => {
                *bitrate = *newest;
                true
            }
            // These two must stay in turn.
            (Self::ToneChange { .. } | Self::Muted(_) | Self::Unmuted(_), _) => false,
            (waiting, newer) => waiting == newer,
        }
    }
}

/// How many events wait to be taken.
pub(crate) const MAX_EVENTS: usize = 512;
/// How many of the last events a new one is compared with.
const MERGE_DEPTH: usize = 8;
