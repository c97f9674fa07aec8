//! What is to go into the next packets.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::cookie::Cookie;
use crate::packet::{CauseCode, ReconfigResponse};

/// One place for each thing that can be due: later ones of a kind replace earlier ones, so that
/// no flood of requests makes anything here grow.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) init: bool,
    pub(super) cookie_echo: bool,
    pub(super) cookie_ack: bool,
    pub(super) shutdown: bool,
    pub(super) shutdown_ack: bool,
    pub(super) shutdown_when_established: bool,
    pub(super) heartbeat: bool,
    pub(super) heartbeat_ack: Option<Bytes>,
    pub(super) reconfig_response: Option<ReconfigResponse>,
    pub(super) forward_tsn: bool,
    pub(super) ack: AckState,
    /// One packet may go out beyond the window: a tail-loss probe.
    pub(super) probe: bool,
    /// More data waited than the congestion window let through, last time.
    pub(super) was_window_limited: bool,
    /// Error causes for an ERROR chunk; see [`Self::report`].
    pub(super) causes: Vec<u8>,
    pub(super) reply: Option<Reply>,
}

/// Whether a SACK is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum AckState {
    /// Nothing is to be acknowledged.
    #[default]
    Idle,
    /// One packet is, when there is something to send or the timer runs out.
    Delayed,
    /// Now.
    Now,
}

/// A packet of its own that answers another.
#[derive(Debug)]
pub(super) enum Reply {
    /// INIT ACK, with what could not be understood of the INIT.
    InitAck { cookie: Cookie, unrecognized: Vec<u8> },
    /// ABORT.
    Abort { tag: u32, cause: Option<CauseCode>, tag_reflected: bool },
    /// SHUTDOWN COMPLETE.
    ShutdownComplete { tag: u32, tag_reflected: bool },
}

impl Pending {
    /// Has a SACK sent at once.
    pub(super) fn ack_now(&mut self) {
        self.ack = AckState::Now;
    }

    /// Notes an error cause for the peer, if there is room for it.
    pub(super) fn report(&mut self, encode: impl FnOnce(&mut Vec<u8>)) {
        let before = self.causes.len();
        encode(&mut self.causes);
        if self.causes.len() > MAX_CAUSES {
            self.causes.truncate(before);
        }
    }
}

/// How many bytes of error causes are kept; what does not fit is not reported.
pub(super) const MAX_CAUSES: usize = 128;
