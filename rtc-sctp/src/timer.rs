//! The timers of an association.

use rtc_core::Instant;

/// What can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    /// INIT or COOKIE ECHO is to be sent again (T1-init and T1-cookie).
    Handshake,
    /// SHUTDOWN or SHUTDOWN ACK is to be sent again (T2-shutdown).
    Shutdown,
    /// Data has not been acknowledged in time (T3-rtx).
    Retransmission,
    /// The reordering of an outstanding packet has lasted too long for mere reordering.
    Loss,
    /// The tail of what was sent may be lost.
    Probe,
    /// A SACK has waited long enough.
    Sack,
    /// A request to reset streams has not been answered.
    Reconfig,
    /// The path has been silent.
    Heartbeat,
    /// The pace allows another packet.
    Pace,
}

impl Timer {
    /// All of them, in the order in which they are served.
    pub(crate) const ALL: [Self; 9] = [
        Self::Handshake,
        Self::Shutdown,
        Self::Loss,
        Self::Probe,
        Self::Retransmission,
        Self::Sack,
        Self::Reconfig,
        Self::Heartbeat,
        Self::Pace,
    ];
}

/// When each timer runs out; starting, stopping and asking cost the same however many run.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    deadlines: [Option<Instant>; Timer::ALL.len()],
}

impl Timers {
    pub(crate) fn start(&mut self, timer: Timer, at: Instant) {
        self.deadlines[timer as usize] = Some(at);
    }

    pub(crate) fn stop(&mut self, timer: Timer) {
        self.deadlines[timer as usize] = None;
    }

    pub(crate) fn set(&mut self, timer: Timer, at: Option<Instant>) {
        self.deadlines[timer as usize] = at;
    }

    pub(crate) fn stop_all(&mut self) {
        self.deadlines = Default::default();
    }

    pub(crate) fn deadline(&self, timer: Timer) -> Option<Instant> {
        self.deadlines[timer as usize]
    }

    pub(crate) fn is_running(&self, timer: Timer) -> bool {
        self.deadline(timer).is_some()
    }

    /// Stops `timer` and returns true if its moment has come.
    pub(crate) fn take_expired(&mut self, timer: Timer, now: Instant) -> bool {
        let expired = self.deadline(timer).is_some_and(|at| at <= now);
        if expired {
            self.stop(timer);
        }
        expired
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        Instant::earliest(self.deadlines)
    }
}
