//! What a connection's media is set up with, and how much it may hold.

use alloc::string::String;
use core::time::Duration;

/// The settings of a [`Media`](super::Media).
#[derive(Debug, Clone)]
pub(crate) struct MediaConfig {
    /// The canonical name of everything that this connection sends (RFC 7022): at most 255 bytes.
    pub(crate) cname: String,
    /// Since the Unix epoch, at the epoch of `Instant`: where NTP times come from.
    pub(crate) unix_time_at_epoch: Duration,
    /// How long a packet may be before it is protected, in bytes. 1,200 by default, which is what
    /// browsers use and leaves room for SRTP and TURN within the least MTU of IPv6.
    pub(crate) max_packet_size: usize,
    /// What the session may use, in bit/s, of which RTCP takes 5 % (RFC 3550, section 6.2). 4 Mbit/s
    /// by default: one stream of HD video and its sound.
    pub(crate) session_bandwidth: u32,
    /// `T_rr_interval` of RFC 4585, section 3.4: how far regular reports are apart at least, on
    /// average. 1 s by default, as browsers do for video; feedback is not held back by it.
    pub(crate) regular_report_interval: Duration,
    /// How many packets wait to be sent, per stream: 1,024 by default, two frames of 600 kB.
    pub(crate) send_queue_packets: usize,
    /// How many bytes of payload wait to be sent, per stream: 4 MiB by default.
    pub(crate) send_queue_bytes: usize,
    /// How many sent packets of a stream are kept to be sent again: 1,024 by default, which is as
    /// far back as SRTP's replay window reaches.
    pub(crate) history_packets: usize,
    /// How many bytes of payload of them: 2 MiB by default.
    pub(crate) history_bytes: usize,
    /// For how long they are kept: 3 s by default, what `rtx-time` says in practice.
    pub(crate) history_age: Duration,
    /// How many received packets wait for the application, of all streams: 4,096 by default.
    pub(crate) packet_queue: usize,
    /// How many received frames wait for the application, of all streams: 256 by default.
    pub(crate) frame_queue: usize,
    /// How many bytes of received frames wait for the application: 64 MiB by default.
    pub(crate) frame_queue_bytes: usize,
    /// How long a frame of video waits for a packet that is missing: 400 ms by default, which is
    /// two rounds of retransmission over 150 ms. Where the round trip is longer it waits for four
    /// of them, but no more than 3 s.
    pub(crate) video_wait: Duration,
    /// How long a frame of audio waits for one that is missing: 100 ms by default, what a jitter
    /// buffer bears.
    pub(crate) audio_wait: Duration,
    /// How many packets of a stream are put in order: 2,048 by default.
    pub(crate) reorder_packets: usize,
    /// How many bytes of payload of a stream are put in order: 8 MiB by default.
    pub(crate) reorder_bytes: usize,
    /// How many streams are received on one transport: 1,024 by default.
    pub(crate) max_streams: usize,
    /// How many of them may belong to one m-section: 32 by default, which is a simulcast of eight
    /// with retransmissions, twice.
    pub(crate) max_streams_per_section: usize,
}

impl Default for MediaConfig {
    fn default() -> Self {
        Self {
            cname: String::new(),
            unix_time_at_epoch: Duration::ZERO,
            max_packet_size: 1_200,
            session_bandwidth: 4_000_000,
            regular_report_interval: Duration::from_secs(1),
            send_queue_packets: 1_024,
            send_queue_bytes: 4 << 20,
            history_packets: 1_024,
            history_bytes: 2 << 20,
            history_age: Duration::from_secs(3),
            packet_queue: 4_096,
            frame_queue: 256,
            frame_queue_bytes: 64 << 20,
            video_wait: Duration::from_millis(400),
            audio_wait: Duration::from_millis(100),
            reorder_packets: 2_048,
            reorder_bytes: 8 << 20,
            max_streams: 1_024,
            max_streams_per_section: 32,
        }
    }
}
