//! Counters of an association.

use core::time::Duration;

/// What an association has done so far and how it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Statistics {
    /// SCTP packets written.
    pub packets_sent: u64,
    /// SCTP packets with a right checksum and tag that were taken.
    pub packets_received: u64,
    /// Bytes of the packets written.
    pub bytes_sent: u64,
    /// Bytes of the packets taken.
    pub bytes_received: u64,
    /// DATA chunks sent for the first time.
    pub data_chunks_sent: u64,
    /// DATA chunks sent again.
    pub data_chunks_retransmitted: u64,
    /// DATA chunks received for the first time.
    pub data_chunks_received: u64,
    /// DATA chunks received again.
    pub data_chunks_duplicated: u64,
    /// DATA chunks dropped because there was no room for them.
    pub data_chunks_refused: u64,
    /// Messages accepted from the application.
    pub messages_sent: u64,
    /// Messages handed to the application.
    pub messages_received: u64,
    /// Messages given up (partial reliability).
    pub messages_abandoned: u64,
    /// SACK chunks sent.
    pub sacks_sent: u64,
    /// SACK chunks received.
    pub sacks_received: u64,
    /// Times that loss was found by later acknowledgements.
    pub fast_recoveries: u64,
    /// Times that the retransmission timer ran out with data outstanding.
    pub timeouts: u64,
    /// Tail-loss probes sent.
    pub probes: u64,
    /// The congestion window in bytes.
    pub congestion_window: usize,
    /// Bytes sent and neither acknowledged nor given up for lost.
    pub in_flight: usize,
    /// Bytes of messages that wait to be sent or acknowledged, with 64 more for each message.
    pub send_buffer: usize,
    /// The peer's receive window as last announced, less what is outstanding, in bytes.
    pub peer_receive_window: usize,
    /// Our receive window as it would be announced now, in bytes.
    pub receive_window: usize,
    /// The smoothed round-trip time, once measured.
    pub round_trip_time: Option<Duration>,
    /// The retransmission time-out.
    pub retransmission_timeout: Duration,
}
