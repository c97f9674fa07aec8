//! A watch over the pair that data is sent on: where data is sent and nothing comes back, checks go
//! out at once, on this pair and on those that stand by, and another one takes over if it answers.
//!
//! Consent (RFC 7675) alone would notice after 5 to 7 s, for its checks are at least 4 s apart.
//! These are not checks of consent but of connectivity, which RFC 8445 allows at any time; there are
//! none as long as what is sent is answered, or nothing is sent.

use alloc::collections::VecDeque;
use core::net::SocketAddr;
use core::time::Duration;

use rtc_core::{FiveTuple, Instant, Protocol};

use super::address::Endpoint;
use super::machine::Agent;
use super::pair::PairId;

/// What is known of the pair that data is sent on, since something has come back on it.
#[derive(Debug)]
pub(super) struct Vigil {
    /// When data was sent for the first time since.
    asked_at: Option<Instant>,
    /// When that was: something came back, or the pair was chosen.
    heard_at: Instant,
    /// When there is something to be done.
    due_at: Option<Instant>,
    /// Whether the other side sends on another pair.
    is_left: bool,
    suspicion: Option<Suspicion>,
    /// The pairs that a check is to go out on: this one, and those that stand by.
    probes: VecDeque<PairId>,
    /// How many suspicions a check has ended and no data: the other side is well and has little to
    /// say.
    quiet: u8,
}

/// The pair is being looked into.
#[derive(Debug, Clone, Copy)]
struct Suspicion {
    since: Instant,
    /// How many times checks have gone out.
    rounds: u8,
    /// It does not answer.
    is_doubted: bool,
    /// It has not answered for so long that this is told.
    is_trouble: bool,
}

impl Vigil {
    /// Over a pair that is chosen now.
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            asked_at: None,
            heard_at: now,
            due_at: None,
            is_left: false,
            suspicion: None,
            probes: VecDeque::new(),
            quiet: 0,
        }
    }

    pub(super) const fn due_at(&self) -> Option<Instant> {
        self.due_at
    }

    /// The next pair that a check is to go out on.
    pub(super) fn take_probe(&mut self) -> Option<PairId> {
        self.probes.pop_front()
    }

    pub(super) fn has_probe(&self) -> bool {
        !self.probes.is_empty()
    }

    pub(super) fn is_trouble(&self) -> bool {
        self.suspicion.is_some_and(|suspicion| suspicion.is_trouble)
    }

    fn is_doubted(&self) -> bool {
        self.suspicion.is_some_and(|suspicion| suspicion.is_doubted)
    }

    /// Something has come back.
    fn calm_down(&mut self, now: Instant, quiet: u8) {
        *self = Self { quiet, ..Self::new(now) };
    }

    fn hasten(&mut self, due_at: Instant) {
        self.due_at = Some(self.due_at.map_or(due_at, |at| at.min(due_at)));
    }
}

impl Agent {
    /// Tells that there is reason to think that nothing gets through from this base at the moment:
    /// its interface has no carrier, say, or sending fails. If data is sent from there, checks go
    /// out at once, and another pair takes over if it answers and this one does not.
    pub fn doubt_local(&mut self, now: Instant, protocol: Protocol, base: SocketAddr) {
        let base = Endpoint::new(protocol, base);
        let sending = self.sending.and_then(|(id, _)| self.checklist.get(id));
        if sending.is_some_and(|pair| pair.base == base) {
            self.doubt_sending(now);
        }
    }

    /// Tells that the system refuses to send on this path at the moment; as
    /// [`doubt_local`](Self::doubt_local).
    pub fn doubt_path(&mut self, now: Instant, path: &FiveTuple) {
        if self.sending.is_some_and(|(_, sending)| sending == *path) {
            self.doubt_sending(now);
        }
    }

    fn doubt_sending(&mut self, now: Instant) {
        let now = self.advance(now);
        if !self.config.lite && !self.vigil.is_doubted() {
            self.vigil.is_left = true;
            self.vigil.quiet = 0;
            self.suspect(now);
            self.settle();
        }
    }

    /// Data was sent on the pair that it is sent on.
    pub(super) fn watch_sent(&mut self, now: Instant) {
        if self.config.lite || self.vigil.due_at.is_some() {
            return;
        }
        let Some(asked_at) = self.vigil.asked_at else {
            self.vigil.asked_at = Some(now);
            return;
        };
        // What is sent once may want no answer: the last acknowledgement, for one. Who does not stop
        // to send wants one.
        let round_trip = self.sending_round_trip();
        if now >= asked_at + round_trip {
            let patience = self.config.answer_patience.saturating_mul(1 << self.vigil.quiet);
            let patience = patience.saturating_add(round_trip.saturating_mul(2));
            self.vigil.due_at = Some(soon(now).max(asked_at + patience));
        }
    }

    /// Data has come on a pair, that one or another.
    pub(super) fn watch_received(&mut self, now: Instant, id: PairId) {
        let Some((sending, _)) = self.sending.filter(|_| !self.config.lite) else { return };
        if id == sending {
            // A pair that does not answer checks is not believed for what was still under way.
            if !self.vigil.is_doubted() {
                self.vigil.calm_down(now, self.vigil.quiet.saturating_sub(1));
            }
            return;
        }
        if self.suspect_departure(now, id) {
            self.vigil.is_left = true;
        }
    }

    /// A check of the other side's has come on a pair. It may have left another one for this, or may
    /// be about to; that matters while we send there.
    pub(super) fn watch_checked(&mut self, id: PairId) {
        let now = self.now;
        let is_sending_on = self.sending.is_some_and(|(sending, _)| sending == id);
        let recently = self.sending_round_trip().saturating_mul(3).saturating_add(RECENTLY);
        let is_waiting = self.vigil.asked_at.is_some_and(|at| at + recently > now);
        if !self.config.lite && !is_sending_on && is_waiting {
            self.suspect_departure(now, id);
        }
    }

    /// The other side may have gone over to this pair, because the one that we send on is broken:
    /// has that one looked into, as soon as what was sent on it before has had time to come. True if
    /// that was not intended already. Before a pair is nominated, each side sends on what is best for
    /// it, and there is nothing to leave.
    fn suspect_departure(&mut self, now: Instant, id: PairId) -> bool {
        let may_send = self.checklist.get(id).is_some_and(|pair| pair.may_send(now));
        let is_new = self.selected.is_some()
            && may_send
            && !self.vigil.is_left
            && self.vigil.suspicion.is_none();
        if is_new {
            let patience = LEFTOVERS.saturating_mul(1 << (2 * self.vigil.quiet));
            let patience = patience.saturating_add(self.sending_round_trip().saturating_mul(2));
            self.vigil.hasten(soon(now).max(self.vigil.heard_at + patience));
        }
        is_new
    }

    /// Data is sent on another pair from now on. One that has stood by is checked, which tells the
    /// other side of the change, even if there is nothing to be sent.
    pub(super) fn watch_another(&mut self, id: Option<PairId>) {
        let now = self.now;
        self.vigil = Vigil::new(now);
        let stood_by = id.filter(|id| self.backups.contains_key(id));
        if let Some(id) = stood_by {
            let answered_at = self.checklist.get(id).and_then(|pair| pair.answered_at);
            if answered_at.is_none_or(|at| at < now) {
                self.vigil.probes.push_back(id);
            }
        }
    }

    /// Whether data has come on the pair that it is sent on since this moment.
    pub(super) fn was_heard_since(&self, moment: Instant) -> bool {
        self.vigil.heard_at > moment
    }

    /// A check was answered on a pair.
    pub(super) fn watch_answered(&mut self, id: PairId) {
        if self.sending.is_some_and(|(sending, _)| sending == id) {
            let quiet = self.vigil.quiet + u8::from(self.vigil.suspicion.is_some());
            self.vigil.calm_down(self.now, quiet.min(MAX_QUIET));
        }
    }

    /// Looks into the pair if it is time to; true if something has changed that bears on pairs.
    pub(super) fn continue_vigil(&mut self, now: Instant) -> bool {
        if self.vigil.due_at.is_none_or(|at| at > now) {
            return false;
        }
        if self.sending.is_none() {
            self.vigil = Vigil::new(now);
            return false;
        }
        self.suspect(now)
    }

    /// Has the pair and those that stand by checked; true if something has changed that bears on
    /// pairs.
    fn suspect(&mut self, now: Instant) -> bool {
        let Some((id, _)) = self.sending else { return false };
        let was_in_trouble = self.is_in_trouble();
        let was_doubted = self.vigil.is_doubted();
        let interval = self.sending_round_trip().max(MIN_INTERVAL);
        let mut suspicion = self.vigil.suspicion.unwrap_or(Suspicion {
            since: now,
            rounds: 0,
            is_doubted: false,
            is_trouble: false,
        });
        let is_unanswered = suspicion.rounds >= ROUNDS;
        suspicion.is_doubted |= is_unanswered || (self.vigil.is_left && self.vigil.quiet == 0);
        suspicion.is_trouble |= is_unanswered && now >= suspicion.since + TROUBLE;
        suspicion.rounds = suspicion.rounds.saturating_add(1);
        let doublings = suspicion.rounds.saturating_sub(ROUNDS).min(8);
        let next = interval.saturating_mul(1 << doublings).min(MAX_INTERVAL.max(interval));
        let trouble_at = Some(suspicion.since + TROUBLE).filter(|at| *at > now);
        self.vigil.suspicion = Some(suspicion);
        self.vigil.due_at = Instant::earliest([Some(now + next), trouble_at]);

        let is_doubted = suspicion.is_doubted && !was_doubted;
        if is_doubted && let Some(pair) = self.checklist.get_mut(id) {
            pair.doubted_at.get_or_insert(suspicion.since);
        }
        let is_proven = |id: &PairId| {
            self.checklist.get(*id).is_some_and(|pair| pair.is_proven_since(suspicion.since))
        };
        let others = self.backups.keys().copied().filter(|id| !is_proven(id));
        self.vigil.probes = core::iter::once(id).chain(others).collect();
        let is_trouble = self.is_in_trouble() && !was_in_trouble;
        if is_trouble {
            self.search_anew();
        }
        is_doubted || is_trouble
    }

    /// The round-trip time of the pair that data is sent on, or what stands for it.
    fn sending_round_trip(&self) -> Duration {
        let sending = self.sending.and_then(|(id, _)| self.checklist.get(id));
        let measured = sending.and_then(|pair| pair.smoothed_round_trip_time);
        measured.unwrap_or(UNKNOWN_ROUND_TRIP).max(MIN_ROUND_TRIP)
    }
}

/// The first moment after this one that is worth waking up for.
fn soon(now: Instant) -> Instant {
    now + Duration::from_millis(1)
}

/// Three round trips and this: what counts as just now.
const RECENTLY: Duration = Duration::from_secs(1);
/// How long what was sent on a pair before may still come after the other side has left it.
const LEFTOVERS: Duration = Duration::from_millis(50);
/// How many rounds of checks must miss their answers until the pair is doubted: one lost datagram
/// says nothing.
const ROUNDS: u8 = 3;
/// The time between two rounds is one round trip, and at least this.
const MIN_INTERVAL: Duration = Duration::from_millis(100);
/// While nothing answers it doubles up to this.
const MAX_INTERVAL: Duration = Duration::from_secs(1);
/// For how long no check is answered until that is told: as with libwebrtc, about 2.5 s after the
/// path broke.
const TROUBLE: Duration = Duration::from_secs(2);
/// How often the time doubles for which a peer that is well and has little to say is waited for.
const MAX_QUIET: u8 = 2;
/// Less is a matter of the host and not of the path.
const MIN_ROUND_TRIP: Duration = Duration::from_millis(10);
/// What is taken for the round-trip time of a pair on which none was measured.
const UNKNOWN_ROUND_TRIP: Duration = Duration::from_millis(250);
