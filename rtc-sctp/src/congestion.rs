//! How much may be in flight: the one place that decides it.

mod model;
mod reno;

use core::fmt::Debug;
use core::time::Duration;

use rtc_core::Instant;

pub(crate) use model::Model;
pub(crate) use reno::Reno;

/// A congestion controller.
///
/// It is told what was acknowledged and lost, in bytes of chunks as they stand on the wire, and
/// answers with a window. When it knows a rate too, packets are spread at that rate.
pub(crate) trait CongestionControl: Debug + Send + Sync {
    /// How many bytes may be in flight.
    fn window(&self) -> usize;

    /// How fast to send, in bytes per second; `None`: as fast as the window allows.
    fn pacing_rate(&self) -> Option<u64>;

    /// New acknowledgements have come.
    fn on_ack(&mut self, ack: &Ack);

    /// Packets have been found lost. [`Loss::new_episode`] says if this is the first loss
    /// among what was sent since the last episode began.
    fn on_loss(&mut self, loss: &Loss);

    /// The retransmission timer ran out.
    fn on_timeout(&mut self);

    /// Nothing was sent for `idle`, longer than a retransmission time-out.
    fn on_idle(&mut self, idle: Duration, timeout: Duration);

    /// The size of packets has changed.
    fn set_max_packet_size(&mut self, bytes: usize);
}

/// What one SACK acknowledged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ack {
    pub(crate) now: Instant,
    /// Bytes acknowledged for the first time.
    pub(crate) bytes: usize,
    /// Bytes in flight after it, and after what it showed to be lost.
    pub(crate) in_flight: usize,
    /// Whether there was data to fill the window with.
    pub(crate) window_limited: bool,
    /// Whether a loss episode is on.
    pub(crate) in_recovery: bool,
    /// The latest measurement of the round-trip time.
    pub(crate) round_trip: Option<Duration>,
    /// How fast data was delivered, in bytes per second, and whether the sender ran dry meanwhile.
    pub(crate) rate: Option<RateSample>,
}

/// How fast data was delivered over about one round trip.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RateSample {
    pub(crate) bytes_per_second: u64,
    pub(crate) application_limited: bool,
    /// How much had been delivered in all when the sampled packet was sent.
    pub(crate) delivered_before: u64,
    /// How much has been delivered in all.
    pub(crate) delivered: u64,
}

/// What was found lost at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loss {
    pub(crate) bytes: usize,
    pub(crate) new_episode: bool,
}
