//! What is left of the session before an ICE restart (RFC 8445, section 9).

use core::time::Duration;

use rtc_core::{FiveTuple, Instant};

use super::address::{Endpoint, path_key};
use super::side::{LocalSide, RemoteSide};
use super::state::Role;

/// The credentials of before the restart, with which requests may still come, and the path that
/// data is sent on until a new pair is selected.
#[derive(Debug)]
pub(super) struct Previous {
    pub(super) local: LocalSide,
    pub(super) remote: Option<RemoteSide>,
    pub(super) path: Option<PreviousPath>,
    /// When all of it is forgotten.
    pub(super) until: Instant,
    /// A new pair has been selected: the path is only received from.
    pub(super) is_retired: bool,
}

#[derive(Debug)]
pub(super) struct PreviousPath {
    pub(super) path: FiveTuple,
    pub(super) base: Endpoint,
    pub(super) role: Role,
    pub(super) tie_breaker: u64,
    pub(super) priority: u32,
    /// The number of its nomination.
    pub(super) nomination: u64,
    pub(super) next_consent_at: Instant,
    pub(super) round_trip_time: Option<Duration>,
    /// Whether checks of it stayed without an answer when ICE was restarted.
    pub(super) was_in_trouble: bool,
}

impl Previous {
    pub(super) fn send_path(&self) -> Option<FiveTuple> {
        if self.is_retired { None } else { self.path.as_ref().map(|path| path.path) }
    }

    pub(super) fn is_on(&self, path: &FiveTuple) -> bool {
        self.path.as_ref().is_some_and(|own| path_key(&own.path) == path_key(path))
    }

    pub(super) fn leaves_from(&self, base: Endpoint) -> bool {
        self.path.as_ref().is_some_and(|own| own.base == base)
    }

    pub(super) fn round_trip_time(&self) -> Option<Duration> {
        self.path.as_ref()?.round_trip_time
    }

    /// When the next consent check on the path is due.
    pub(super) fn next_consent_at(&self) -> Option<Instant> {
        if self.is_retired { None } else { self.path.as_ref().map(|path| path.next_consent_at) }
    }
}
