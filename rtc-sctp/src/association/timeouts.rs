//! What happens when a timer runs out.

use core::time::Duration;

use rtc_core::Instant;

use super::{Association, State};
use crate::event::CloseReason;
use crate::timer::Timer;

impl Association {
    pub(super) fn on_timer(&mut self, now: Instant, timer: Timer) {
        match timer {
            Timer::Handshake => self.on_handshake_timeout(now),
            Timer::Shutdown => {
                if self.count_timeout() {
                    self.pending.shutdown = self.state == State::ShutdownSent;
                    self.pending.shutdown_ack = self.state == State::ShutdownAckSent;
                }
            }
            Timer::Retransmission => self.on_retransmission_timeout(now),
            Timer::Loss => {
                self.detect_loss(now);
                self.start_data_timers(now);
            }
            Timer::Probe => self.on_probe_timeout(),
            Timer::Sack => self.pending.ack_now(),
            Timer::Reconfig => self.resets.retransmit(),
            Timer::Heartbeat => {
                // No answer to the last one is a time-out like any other.
                if self.heartbeat_nonce != 0 && !self.count_timeout() {
                    return;
                }
                self.pending.heartbeat = true;
                self.start_heartbeat_timer(now);
                self.rest();
            }
            // What waited for it is sent when it is asked for.
            Timer::Pace => {}
        }
    }

    /// Nothing has been sent for a while: the queues are to be as small as they can be.
    fn rest(&mut self) {
        self.in_flight.rest();
        self.queue.rest();
        if let Some(inbound) = &mut self.inbound {
            inbound.rest();
        }
        self.events.shrink_to_fit();
    }

    /// Begins with INIT again, because the peer's cookie has become stale.
    pub(super) fn restart_handshake(&mut self) {
        self.state = State::CookieWait;
        self.pending.cookie_echo = false;
        self.pending.init = true;
        self.timers.stop(Timer::Handshake);
    }

    pub(super) fn start_heartbeat_timer(&mut self, now: Instant) {
        let at = self
            .config
            .heartbeat_interval
            .map(|interval| now + interval + self.round_trip.estimate());
        self.timers.set(Timer::Heartbeat, at);
    }

    /// Starts or stops the timers that watch over outstanding data.
    pub(super) fn start_data_timers(&mut self, now: Instant) {
        let is_waiting = !self.in_flight.is_empty();
        if !is_waiting {
            self.timers.stop(Timer::Retransmission);
            self.timers.stop(Timer::Probe);
            self.timers.stop(Timer::Loss);
            return;
        }
        if !self.timers.is_running(Timer::Retransmission) {
            self.timers.start(Timer::Retransmission, now + self.round_trip.timeout());
        }
        // A closed window is asked at the pace of the retransmission timer.
        let may_probe = self.in_flight.bytes() > 0
            && self.probes < MAX_PROBES
            && self.round_trip.smoothed().is_some()
            && !self.timers.is_running(Timer::Loss)
            && self.peer_window > self.in_flight.outstanding();
        let delay = self.round_trip.probe_timeout(self.config.sack_delay / 8) * (1 << self.probes);
        let at = self.in_flight.last_sent_at() + delay;
        // An acknowledgement may show that one is due already; a deadline is never now or before.
        self.timers.set(Timer::Probe, may_probe.then_some(at.max(now + GRANULARITY)));
    }

    fn on_handshake_timeout(&mut self, now: Instant) {
        self.init_retransmits = self.init_retransmits.saturating_add(1);
        if self.config.max_init_retransmits.is_some_and(|max| self.init_retransmits > max) {
            self.close(CloseReason::TimedOut);
            return;
        }
        self.round_trip.back_off();
        match self.state {
            State::CookieWait => self.pending.init = true,
            State::CookieEchoed => {
                // The data that went with it went the same way.
                self.in_flight.on_timeout(now, &mut self.queue, false, false);
                self.pending.cookie_echo = true;
            }
            _ => {}
        }
    }

    /// T3-rtx (RFC 9260 section 6.3.3).
    fn on_retransmission_timeout(&mut self, now: Instant) {
        if !self.count_timeout() {
            return;
        }
        self.statistics.timeouts += 1;
        self.round_trip.back_off();
        let in_flight = self.in_flight.bytes();
        // A peer that has shut its window drops what asks whether it has opened: no congestion.
        let is_window_probe = self.peer_window == 0 && self.in_flight.len() <= 1;
        if in_flight > 0 && !is_window_probe {
            self.congestion.on_timeout();
        }
        let may_abandon = self.may_abandon();
        let skip_before = self.in_flight.pending_skip();
        // If all that is left was acknowledged in gap ack blocks, there is no gap: the peer has
        // dropped some of it again.
        let is_reneged = in_flight == 0 && !self.in_flight.has_lost() && skip_before.is_none();
        let forget_gaps = is_reneged || self.timeouts >= 2;
        self.in_flight.on_timeout(now, &mut self.queue, may_abandon, forget_gaps);
        self.note_abandoned(skip_before);
        self.pending.forward_tsn |= self.in_flight.pending_skip().is_some();
        self.probes = 0;
        self.timers.stop(Timer::Probe);
        self.timers.stop(Timer::Loss);
        self.timers.start(Timer::Retransmission, now + self.round_trip.timeout());
    }

    /// The tail may be lost: one more packet tells, without waiting for the retransmission timer.
    fn on_probe_timeout(&mut self) {
        self.probes += 1;
        let has_new = !self.queue.is_empty();
        if has_new || self.in_flight.probe_last() {
            self.pending.probe = true;
            self.statistics.probes += 1;
        }
    }

    /// Counts a time-out; false if that was one too many and the association is closed.
    fn count_timeout(&mut self) -> bool {
        self.timeouts = self.timeouts.saturating_add(1);
        if self.config.max_retransmits.is_some_and(|max| self.timeouts > max) {
            self.close(CloseReason::TimedOut);
            return false;
        }
        true
    }
}

/// How many tail-loss probes follow each other before the retransmission timer is waited for.
const MAX_PROBES: u32 = 2;
/// What is due sooner waits so long: nobody wakes up for less.
const GRANULARITY: Duration = Duration::from_millis(1);
