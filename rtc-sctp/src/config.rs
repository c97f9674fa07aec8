//! What can be set before an association begins.

use core::time::Duration;

/// The settings of an [`Association`](crate::Association).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The local port. Default 5000, what every WebRTC stack uses (RFC 8841 section 5).
    pub local_port: u16,
    /// The peer's port. Default 5000.
    pub remote_port: u16,
    /// The largest SCTP packet in bytes; values below 256 count as 256. Default 1191, what
    /// libwebrtc uses: with DTLS around it, it stays within the 1200 bytes of UDP payload that
    /// RFC 8831 section 5 calls safe.
    pub max_packet_size: usize,
    /// How much received data may wait here, in bytes; at least four packets. Each chunk counts as
    /// its payload, or a quarter of the datagram that it keeps alive if that is more, and 64
    /// bytes. Default 5 MiB, what libwebrtc uses.
    pub receive_window: usize,
    /// How much may wait to be sent or acknowledged, over all streams, in bytes; each message
    /// counts as its payload and 64 bytes. A stream may use as much as the others leave free, so
    /// that there is always something left for one more. Default 16 MiB.
    pub send_buffer: usize,
    /// The same for one stream. Default 8 MiB.
    pub stream_send_buffer: usize,
    /// The largest message that is taken from the peer, in bytes; a larger one aborts the
    /// association. It counts at most as half of `receive_window`, so that one message can always
    /// be put together. Default 256 KiB, what libwebrtc announces.
    pub max_message_size: usize,
    /// The largest message that can be sent, in bytes. Default 64 KiB, what a peer takes that
    /// announces nothing (RFC 8841 section 6.1).
    pub max_send_message_size: usize,
    /// How many streams we would like to send on. Default 65535 (RFC 8831 section 6.2).
    pub outbound_streams: u16,
    /// How many streams the peer may send on. Default 65535.
    pub inbound_streams: u16,
    /// The retransmission time-out before the first measurement. Default 500 ms, as in libwebrtc
    /// (RFC 9260 section 16: 1 s).
    pub rto_initial: Duration,
    /// The least retransmission time-out. Default 400 ms, as in libwebrtc (RFC 9260: 1 s). Most
    /// losses are found long before by later acknowledgements or a tail-loss probe.
    pub rto_min: Duration,
    /// The largest retransmission time-out by measurement. Default 60 s (RFC 9260 section 16).
    pub rto_max: Duration,
    /// Where doubling stops when time-outs follow each other. Default 3 s, as in libwebrtc.
    pub rto_backoff_max: Duration,
    /// The longest delay of a SACK. Default 200 ms (RFC 9260 section 6.2); half of the
    /// retransmission time-out if that is less.
    pub sack_delay: Duration,
    /// How often INIT or COOKIE ECHO are sent again; `None`: for ever. Default `None`, as in
    /// libwebrtc: the layers below know better when a peer is gone.
    pub max_init_retransmits: Option<u32>,
    /// How many time-outs in a row end the association; `None`: it never gives up. Default `None`.
    pub max_retransmits: Option<u32>,
    /// How long after the last sign of the peer a HEARTBEAT is sent; the round-trip time is added.
    /// `None`: never. Default 30 s (RFC 9260 section 16).
    pub heartbeat_interval: Option<Duration>,
    /// How long a cookie is good for. Default 60 s (RFC 9260 section 16).
    pub cookie_lifetime: Duration,
    /// The congestion window at the beginning, in packets. Default 10, as in libwebrtc.
    pub initial_window_packets: usize,
    /// The least congestion window, in packets. Default 4, as in libwebrtc.
    pub min_window_packets: usize,
    /// How to find out how much may be in flight. Default [`Congestion::Model`].
    pub congestion: Congestion,
}

/// The ways to control congestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Congestion {
    /// By a model of the path, its bandwidth and its round trip; packets are spread over time.
    /// Random loss costs only what was lost. This is not the controller of RFC 9260.
    #[default]
    Model,
    /// By loss, as RFC 9260 section 7 has it.
    Reno,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            local_port: 5000,
            remote_port: 5000,
            max_packet_size: 1191,
            receive_window: 5 * 1024 * 1024,
            send_buffer: 16 * 1024 * 1024,
            stream_send_buffer: 8 * 1024 * 1024,
            max_message_size: 256 * 1024,
            max_send_message_size: 64 * 1024,
            outbound_streams: u16::MAX,
            inbound_streams: u16::MAX,
            rto_initial: Duration::from_millis(500),
            rto_min: Duration::from_millis(400),
            rto_max: Duration::from_secs(60),
            rto_backoff_max: Duration::from_secs(3),
            sack_delay: Duration::from_millis(200),
            max_init_retransmits: None,
            max_retransmits: None,
            heartbeat_interval: Some(Duration::from_secs(30)),
            cookie_lifetime: Duration::from_secs(60),
            initial_window_packets: 10,
            min_window_packets: 4,
            congestion: Congestion::Model,
        }
    }
}

impl Config {
    /// The same with every value within its range.
    pub(crate) fn sane(mut self) -> Self {
        self.max_packet_size = sane_packet_size(self.max_packet_size);
        self.receive_window =
            self.receive_window.clamp(4 * self.max_packet_size, MAX_RECEIVE_WINDOW);
        self.max_message_size = self.max_message_size.clamp(1, self.receive_window / 2);
        self.outbound_streams = self.outbound_streams.max(1);
        self.inbound_streams = self.inbound_streams.max(1);
        self.rto_min = self.rto_min.max(Duration::from_millis(1));
        self.rto_max = self.rto_max.max(self.rto_min);
        self.rto_initial = self.rto_initial.clamp(self.rto_min, self.rto_max);
        self.min_window_packets = self.min_window_packets.max(1);
        self.initial_window_packets = self.initial_window_packets.max(self.min_window_packets);
        self
    }
}

/// Keeps a packet size in a range in which every control chunk of ours fits.
pub(crate) fn sane_packet_size(bytes: usize) -> usize {
    bytes.clamp(256, 65_535)
}

/// Keeps sums of window sizes far from the end of `u32`.
const MAX_RECEIVE_WINDOW: usize = 1 << 30;
