//! Two machines on virtual time, and a network between them.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{Ecn, Instant};
use rtc_srtp::Ssrc;
use rtc_srtp::payload::{Format, RtxPayload};
use rtc_srtp::rtp::RtpPacket;

use crate::media::event::MediaEvent;
use crate::media::{Media, MediaConfig, PacketKind, ReceivedFrame, ReceivedPacket};
use crate::rtp::{
    Extensions, Feedback, MediaKind, MediaSection, NegotiatedCodec, ReceiveSection, RemoteSource,
    RtpCodec, SendEncoding, SendSection, TransceiverId, TransportId,
};

pub(super) const TRANSPORT: TransportId = TransportId(0);
pub(super) const AUDIO: TransceiverId = TransceiverId(0);
pub(super) const VIDEO: TransceiverId = TransceiverId(1);
pub(super) const OPUS: u8 = 111;
pub(super) const RED: u8 = 63;
pub(super) const TONES: u8 = 110;
pub(super) const VP8: u8 = 96;
pub(super) const RTX: u8 = 97;

/// What becomes of a packet on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Deliver,
    Drop,
    Duplicate,
    Delay(u8),
}

pub(super) struct Peer {
    pub(super) media: Media,
    pub(super) packets: Vec<ReceivedPacket>,
    pub(super) frames: Vec<ReceivedFrame>,
    pub(super) events: Vec<MediaEvent>,
    /// Every packet that it sent, in order.
    pub(super) sent: Vec<(PacketKind, Vec<u8>)>,
}

pub(super) struct Pair {
    pub(super) now: Instant,
    pub(super) peers: [Peer; 2],
    pub(super) latency: Duration,
    /// For the packets of RTP, in their order, both ways; `Deliver` after the last.
    pub(super) fates: Vec<Fate>,
    pub(super) lose_rtcp: bool,
    pub(super) ecn: Option<Ecn>,
    used: usize,
    count: u64,
    flying: BTreeMap<(Instant, u64), (usize, PacketKind, Vec<u8>)>,
}

impl Pair {
    pub(super) fn new(a: Vec<MediaSection>, b: Vec<MediaSection>) -> Self {
        Self::with_config(&config(), a, b)
    }

    pub(super) fn with_config(
        config: &MediaConfig,
        a: Vec<MediaSection>,
        b: Vec<MediaSection>,
    ) -> Self {
        let now = Instant::from_secs(1_000_000);
        let peer = |seed: u8, sections| {
            let config = MediaConfig {
                cname: String::from(if seed == 1 { "a" } else { "b" }),
                ..config.clone()
            };
            let mut media = Media::new(config, &mut ChaCha20Rng::from_seed([seed; 32]));
            media.configure(now, sections);
            Peer { media, packets: vec![], frames: vec![], events: vec![], sent: vec![] }
        };
        Self {
            now,
            peers: [peer(1, a), peer(2, b)],
            latency: Duration::from_millis(20),
            fates: Vec::new(),
            lose_rtcp: false,
            ecn: None,
            used: 0,
            count: 0,
            flying: BTreeMap::new(),
        }
    }

    /// Tells both sides how long a round trip takes, as ICE does before there is any media.
    pub(super) fn tell_round_trip(&mut self) {
        let round_trip = self.latency * 2;
        for peer in &mut self.peers {
            peer.media.set_round_trip_time(TRANSPORT, Some(round_trip));
        }
    }

    /// The packets of RTP that the first side sent, what became of each, and which packet of media
    /// it is or repairs: payload type and number.
    pub(super) fn fared(&self) -> impl Iterator<Item = (Fate, u8, u16)> {
        let sent = self.peers[0].sent.iter().filter(|(kind, _)| *kind == PacketKind::Rtp);
        let fates = self.fates.iter().copied().chain(core::iter::repeat(Fate::Deliver));
        sent.zip(fates).map(|((_, packet), fate)| {
            let packet = RtpPacket::decode(packet).unwrap();
            if packet.payload_type() == RTX {
                let repaired = RtxPayload::decode(packet.payload()).unwrap().unwrap();
                return (fate, VP8, repaired.original_sequence_number);
            }
            (fate, packet.payload_type(), packet.sequence_number())
        })
    }

    /// Lets everything out that waits, and checks the laws of every machine.
    pub(super) fn drain(&mut self) {
        for (at, peer) in self.peers.iter_mut().enumerate() {
            peer.media.handle_timeout(self.now);
            let mut out = Vec::new();
            loop {
                out.clear();
                out.extend_from_slice(b"before");
                let Some(kind) = peer.media.poll_transmit(self.now, TRANSPORT, &mut out) else {
                    assert_eq!(out, b"before");
                    break;
                };
                let packet = out.split_off(6);
                assert_eq!(out, b"before");
                assert!(packet.len() <= 1_400, "{}", packet.len());
                peer.sent.push((kind, packet.clone()));
                let fate = if kind == PacketKind::Rtcp {
                    if self.lose_rtcp { Fate::Drop } else { Fate::Deliver }
                } else {
                    self.used += 1;
                    self.fates.get(self.used - 1).copied().unwrap_or(Fate::Deliver)
                };
                let mut arrive = |late: Duration| {
                    self.count += 1;
                    let key = (self.now + self.latency + late, self.count);
                    self.flying.insert(key, (1 - at, kind, packet.clone()));
                };
                match fate {
                    Fate::Deliver => arrive(Duration::ZERO),
                    Fate::Drop => {}
                    Fate::Duplicate => {
                        arrive(Duration::ZERO);
                        arrive(Duration::from_millis(3));
                    }
                    Fate::Delay(late) => arrive(Duration::from_millis(late.into())),
                }
            }
            peer.packets.extend(core::iter::from_fn(|| peer.media.poll_packet()));
            peer.frames.extend(core::iter::from_fn(|| peer.media.poll_frame()));
            peer.events.extend(core::iter::from_fn(|| peer.media.poll_event()));
            let next = peer.media.poll_timeout();
            assert!(next.is_none_or(|at| at > self.now), "{next:?} is not after {:?}", self.now);
        }
    }

    /// Goes on to the next moment at which something happens, if it is not after `end`.
    pub(super) fn step(&mut self, end: Instant) -> bool {
        self.drain();
        let arrival = self.flying.keys().next().map(|(at, _)| *at);
        let timers = self.peers.iter().map(|peer| peer.media.poll_timeout());
        let next = Instant::earliest(timers.chain([arrival]));
        let Some(next) = next.filter(|next| *next <= end) else { return false };
        self.now = self.now.max(next);
        while let Some(entry) = self.flying.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let (to, kind, packet) = entry.remove();
            let media = &mut self.peers[to].media;
            let _refused = match kind {
                PacketKind::Rtp => {
                    media.handle_rtp(self.now, TRANSPORT, self.ecn, &Bytes::from(packet))
                }
                PacketKind::Rtcp => media.handle_rtcp(self.now, TRANSPORT, &packet),
            };
        }
        true
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        while self.step(end) {}
        self.now = end;
        self.drain();
    }
}

pub(super) fn config() -> MediaConfig {
    MediaConfig { unix_time_at_epoch: Duration::from_secs(1_700_000_000), ..MediaConfig::default() }
}

pub(super) fn extensions() -> Extensions {
    Extensions {
        mid: Some(1),
        rid: Some(2),
        repaired_rid: Some(3),
        audio_level: Some(4),
        csrc_audio_level: None,
        abs_send_time: Some(5),
        transport_sequence_number: Some(6),
        abs_capture_time: Some(7),
        video_orientation: Some(8),
        playout_delay: Some(9),
    }
}

pub(super) fn codec(
    mime_type: &str,
    clock_rate: u32,
    payload_type: u8,
    format: Option<Format>,
) -> NegotiatedCodec {
    let video = mime_type.starts_with("video/");
    NegotiatedCodec {
        payload_type,
        codec: RtpCodec {
            mime_type: mime_type.into(),
            clock_rate,
            channels: None,
            sdp_fmtp_line: None,
        },
        format,
        rtx_payload_type: video.then_some(RTX),
        feedback: Feedback {
            nack: video,
            nack_pli: video,
            ccm_fir: video,
            transport_cc: true,
            goog_remb: video,
            ccfb: false,
        },
    }
}

pub(super) fn audio_codecs() -> Vec<NegotiatedCodec> {
    vec![
        codec("audio/opus", 48_000, OPUS, Some(Format::Opus)),
        codec("audio/red", 48_000, RED, None),
        codec("audio/telephone-event", 48_000, TONES, None),
    ]
}

pub(super) fn video_codecs() -> Vec<NegotiatedCodec> {
    vec![codec("video/VP8", 90_000, VP8, Some(Format::Vp8))]
}

/// A section that sends with SSRCs of `local`, and receives from `remote` if they are announced.
pub(super) fn section(
    id: TransceiverId,
    send: Option<u32>,
    receive: Option<Option<u32>>,
) -> MediaSection {
    let video = id == VIDEO;
    let codecs = if video { video_codecs() } else { audio_codecs() };
    let rtx = |ssrc: u32| video.then_some(Ssrc(ssrc + 1));
    MediaSection {
        transceiver: id,
        kind: if video { MediaKind::Video } else { MediaKind::Audio },
        mid: if video { Box::from("v") } else { Box::from("a") },
        transport: TRANSPORT,
        send: send.map(|ssrc| SendSection {
            codecs: codecs.clone(),
            encodings: vec![SendEncoding {
                dscp: 0,
                ssrc: Ssrc(ssrc),
                rtx_ssrc: rtx(ssrc),
                rid: None,
                active: true,
                codec: None,
            }],
        }),
        receive: receive.map(|announced| ReceiveSection {
            codecs,
            sources: announced
                .map(|ssrc| RemoteSource { ssrc: Ssrc(ssrc), rtx_ssrc: rtx(ssrc) })
                .into_iter()
                .collect(),
            rids: Vec::new(),
        }),
        reduced_size_rtcp: true,
        extensions: extensions(),
    }
}

/// A frame of VP8 of this length: a key frame begins with a zero bit and a start code.
pub(super) fn vp8_frame(key_frame: bool, len: usize) -> Bytes {
    let mut frame = vec![0x5a; len.max(16)];
    frame[0] = if key_frame { 0x10 } else { 0x11 };
    frame[3..10].copy_from_slice(&[0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00]);
    Bytes::from(frame)
}
