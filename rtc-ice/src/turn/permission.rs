//! Which peers may send to us, as the server has it (RFC 8656, section 9).

use core::time::Duration;

use rtc_core::Instant;

/// The permission of one IP address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permission {
    /// Until when it is surely there.
    pub(super) granted_until: Option<Instant>,
    /// Until when it is not asked for again.
    pub(super) refused_until: Option<Instant>,
    /// A CreatePermission is outstanding.
    pub(super) is_asked: bool,
    /// Something was sent under it since it was asked for last.
    pub(super) is_used: bool,
}

/// What a permission lets us do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Granted,
    Pending,
    Refused,
}

impl Permission {
    /// One that is being asked for.
    pub(super) const fn asked() -> Self {
        Self { granted_until: None, refused_until: None, is_asked: true, is_used: true }
    }

    pub(super) fn is_granted(&self, now: Instant) -> bool {
        self.granted_until.is_some_and(|until| until > now)
    }

    pub(super) fn is_refused(&self, now: Instant) -> bool {
        self.refused_until.is_some_and(|until| until > now)
    }

    /// Whether data from the peer is taken: also when the answer to our wish is still on its way.
    pub(super) fn lets_in(&self, now: Instant) -> bool {
        self.is_granted(now) || (self.is_asked && !self.is_refused(now))
    }
}

/// How long a permission lasts (RFC 8656, section 9).
pub(super) const LIFETIME: Duration = Duration::from_secs(300);
/// How long after it was asked for a permission is asked for again: a request that has to be sent
/// seven times comes through in time.
pub(super) const RENEWAL: Duration = Duration::from_secs(240);
/// How long a peer that was refused is left alone.
pub(super) const REFUSAL: Duration = Duration::from_secs(60);
