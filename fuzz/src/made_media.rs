//! RTP and RTCP that are nearly right: made of bytes that nobody has chosen and of what was
//! negotiated.

use std::collections::BTreeMap;

use rtc_core::Ecn;
use rtc_srtp::Ssrc;
use rtc_srtp::rtcp::{
    ApplicationDefined, ArrivalTimeOffset, CongestionControlFeedback, DlrrSubBlock, ExtendedReport,
    ExtendedReportBlock, FirEntry, FullIntraRequest, Goodbye, List, MetricBlock, Nack, NackPair,
    PacketStatus, PacketStatuses, PictureLossIndication, RawPacket,
    ReceiverEstimatedMaximumBitrate, ReceiverReport, ReportBlock, RtcpPacket, SdesChunk, SdesItem,
    SdesItemType, SenderReport, SourceDescription, StreamReport,
    TemporaryMaximumMediaStreamBitrateNotification, TemporaryMaximumMediaStreamBitrateRequest,
    TmmbrEntry, TransportFeedback,
};
use rtc_srtp::rtp::{HeaderExtension, RtpBuilder, RtpHeader};

/// The bytes that are left; zeros after the last.
pub struct Draws<'a>(pub &'a [u8]);

impl<'a> Draws<'a> {
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    pub fn u32(&mut self) -> u32 {
        u32::from(self.u16()) << 16 | u32::from(self.u16())
    }

    pub fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// What was negotiated for one m-section.
#[derive(Debug, Clone, Default)]
pub struct Negotiated {
    pub mid: String,
    pub payload_types: Vec<u8>,
    /// Ids and what they name.
    pub extensions: Vec<(u8, String)>,
}

/// What packets are made of.
#[derive(Debug, Default)]
pub struct Maker {
    pub sections: Vec<Negotiated>,
    /// Streams that we send.
    pub own: Vec<u32>,
    /// Streams of the other side, and the last sequence number of each.
    pub theirs: Vec<(u32, u16)>,
    /// The last sequence number and timestamp of each stream that we send.
    sent: BTreeMap<u32, (u16, u32)>,
    transport_wide: u16,
}

impl Maker {
    /// A packet of RTP: its section, stream, payload type and extensions are mostly what was agreed
    /// on, and its number mostly the next.
    pub fn rtp(&mut self, draws: &mut Draws<'_>) -> Vec<u8> {
        let Some(section) = nth(&self.sections, draws.byte()).cloned() else { return Vec::new() };
        let ssrc = self.own_ssrc(draws);
        let payload_type = match draws.byte() {
            raw @ 0xf0.. => raw.wrapping_mul(29) & 0x7f,
            at => nth(&section.payload_types, at).copied().unwrap_or_default(),
        };
        let flags = draws.byte();
        let (last, timestamp) = self.sent.get(&ssrc).copied().unwrap_or((65_500, 1));
        let sequence_number = match flags & 0x07 {
            0..=4 => last.wrapping_add(1),
            5 => last.wrapping_add(2 + u16::from(draws.byte())),
            6 => last.wrapping_sub(u16::from(draws.byte())),
            _ => draws.u16(),
        };
        let timestamp = match flags & 0x18 {
            0 => timestamp,
            0x08 => timestamp.wrapping_add(u32::from(draws.byte()) * 30),
            0x10 => timestamp.wrapping_sub(u32::from(draws.byte()) * 30),
            _ => draws.u32(),
        };
        self.sent.insert(ssrc, (sequence_number, timestamp));

        let chosen = draws.byte();
        let mut values: Vec<(u8, Vec<u8>)> = Vec::new();
        for (at, (id, uri)) in section.extensions.iter().enumerate() {
            if chosen >> (at % 7) & 1 != 0 {
                values.push((*id, self.extension(uri, &section.mid, draws)));
            }
        }
        if chosen & 0x80 != 0 {
            let len = usize::from(draws.byte() % 24);
            values.push((draws.byte(), draws.take(len).to_vec()));
        }
        let extensions: Vec<_> =
            values.iter().filter_map(|(id, value)| HeaderExtension::new(*id, value)).collect();
        let csrcs: Vec<_> = (0..if flags & 0x20 != 0 { draws.byte() % 16 } else { 0 })
            .map(|source| Ssrc(u32::from(source)))
            .collect();
        let padding_len = if flags & 0x40 != 0 { draws.byte() } else { 0 };
        let header = RtpHeader {
            marker: flags & 0x80 != 0,
            payload_type,
            sequence_number,
            timestamp,
            ssrc: Ssrc(ssrc),
        };
        let builder = RtpBuilder { header, csrcs: &csrcs, extensions: &extensions, padding_len };
        let mut packet = Vec::new();
        let payload = payload(draws, &section.payload_types, last);
        builder.encode(&payload, &mut packet);
        // Rarely a byte of the header is another.
        if let Some(place @ 0xf8..) = draws.0.first().copied() {
            let _seen = draws.byte();
            if let Some(byte) = packet.get_mut(usize::from(place & 7) * 4) {
                *byte ^= draws.byte();
            }
        }
        packet
    }

    fn extension(&mut self, uri: &str, mid: &str, draws: &mut Draws<'_>) -> Vec<u8> {
        let raw = draws.byte();
        if raw >= 0xf0 {
            return draws.take(usize::from(raw & 0x0f)).to_vec();
        }
        match uri.rsplit([':', '/']).next().unwrap_or_default() {
            "mid" if raw >= 0xe0 => b"unknown".to_vec(),
            "mid" => mid.as_bytes().to_vec(),
            "rtp-stream-id" | "repaired-rtp-stream-id" => vec![b"qhfq0"[usize::from(raw % 5)]],
            "abs-send-time" | "playout-delay" => vec![raw, draws.byte(), draws.byte()],
            "abs-capture-time" => draws.take(8 + usize::from(raw & 8)).to_vec(),
            "csrc-audio-level" => draws.take(usize::from(raw & 15)).to_vec(),
            uri if uri.contains("transport-wide-cc") => {
                self.transport_wide = self.transport_wide.wrapping_add(1 + u16::from(raw >> 6));
                self.transport_wide.to_be_bytes().to_vec()
            }
            _ => vec![raw],
        }
    }

    fn own_ssrc(&self, draws: &mut Draws<'_>) -> u32 {
        match draws.byte() {
            0xff => draws.u32(),
            // Somebody else's name.
            at @ 0xf8.. => nth(&self.theirs, at).map_or(0, |theirs| theirs.0),
            at => nth(&self.own, at).copied().unwrap_or_default(),
        }
    }

    fn their_stream(&self, draws: &mut Draws<'_>) -> (Ssrc, u16) {
        match draws.byte() {
            0xff => (Ssrc(draws.u32()), 0),
            at @ 0xf8.. => (Ssrc(nth(&self.own, at).copied().unwrap_or_default()), 0),
            at => {
                let (ssrc, last) = nth(&self.theirs, at).copied().unwrap_or_default();
                (Ssrc(ssrc), last)
            }
        }
    }

    /// Reports and feedback in one datagram, of which not all need be well formed.
    pub fn rtcp(&self, draws: &mut Draws<'_>) -> Vec<u8> {
        let mut datagram = Vec::new();
        for _ in 0..1 + draws.byte() % 4 {
            self.report(draws, &mut datagram);
        }
        datagram
    }

    fn report(&self, draws: &mut Draws<'_>, out: &mut Vec<u8>) {
        let kind = draws.byte();
        let ssrc = Ssrc(self.own_ssrc(draws));
        let (media_ssrc, last) = self.their_stream(draws);
        let near = last.wrapping_sub(u16::from(draws.byte()));
        let count = usize::from(draws.byte() % 6);
        match kind % 16 {
            0 | 1 => {
                let reports: Vec<_> = (0..count).map(|_| self.report_block(draws)).collect();
                let reports = List::new(&reports);
                let extensions = [];
                let packet = if kind % 16 == 0 {
                    RtcpPacket::SenderReport(SenderReport {
                        ssrc,
                        ntp_timestamp: u64::from(draws.u32()) << 32 | u64::from(draws.u32()),
                        rtp_timestamp: draws.u32(),
                        packet_count: draws.u32(),
                        octet_count: draws.u32(),
                        reports,
                        extensions: &extensions,
                    })
                } else {
                    let extensions = &extensions;
                    RtcpPacket::ReceiverReport(ReceiverReport { ssrc, reports, extensions })
                };
                packet.encode(out);
            }
            2 => {
                let mid = nth(&self.sections, draws.byte()).map_or("", |section| &section.mid);
                let len = usize::from(draws.byte());
                let items = [
                    SdesItem { item_type: SdesItemType::CNAME, text: draws.take(len) },
                    SdesItem { item_type: SdesItemType::MID, text: mid.as_bytes() },
                    SdesItem { item_type: SdesItemType::RTP_STREAM_ID, text: b"h" },
                    SdesItem { item_type: SdesItemType(draws.byte()), text: b"more" },
                ];
                let items = List::new(&items[..count.min(4)]);
                let chunks = [SdesChunk { ssrc, items }];
                SourceDescription { chunks: List::new(&chunks) }.encode(out);
            }
            3 => {
                let sources = [ssrc, Ssrc(self.own_ssrc(draws)), media_ssrc];
                let sources = List::new(&sources[..count.min(3)]);
                Goodbye { sources, reason: draws.take(count) }.encode(out);
            }
            4 | 5 => {
                let pairs: Vec<_> = (0..=count as u16)
                    .map(|at| NackPair {
                        packet_id: near.wrapping_add(17 * at),
                        lost_packets: draws.u16(),
                    })
                    .collect();
                Nack { sender_ssrc: ssrc, media_ssrc, pairs: List::new(&pairs) }.encode(out);
            }
            6 => PictureLossIndication { sender_ssrc: ssrc, media_ssrc }.encode(out),
            7 => {
                let entries = [FirEntry { ssrc: media_ssrc, sequence_number: draws.byte() }; 5];
                let entries = List::new(&entries[..count.min(5)]);
                FullIntraRequest { sender_ssrc: ssrc, entries }.encode(out);
            }
            8 => {
                let bitrate = u64::from(draws.u32()) << (draws.byte() & 31);
                let ssrcs = [media_ssrc; 5];
                let ssrcs = List::new(&ssrcs[..count.min(5)]);
                ReceiverEstimatedMaximumBitrate { sender_ssrc: ssrc, bitrate, ssrcs }.encode(out);
            }
            9 | 10 => {
                let entries: Vec<_> = (0..count)
                    .map(|_| TmmbrEntry {
                        ssrc: self.their_stream(draws).0,
                        bitrate: u64::from(draws.u16()) << (draws.byte() & 31),
                        overhead: draws.u16(),
                    })
                    .collect();
                let (sender_ssrc, entries) = (ssrc, List::new(&entries));
                if kind % 16 == 9 {
                    TemporaryMaximumMediaStreamBitrateRequest { sender_ssrc, entries }.encode(out);
                } else {
                    TemporaryMaximumMediaStreamBitrateNotification { sender_ssrc, entries }
                        .encode(out);
                }
            }
            11 => {
                let times: Vec<_> = (0..count)
                    .map(|_| DlrrSubBlock {
                        ssrc: self.their_stream(draws).0,
                        last_receiver_report: draws.u32(),
                        delay_since_last_receiver_report: draws.u32(),
                    })
                    .collect();
                let blocks = [
                    ExtendedReportBlock::ReceiverReferenceTime(u64::from(draws.u32()) << 24),
                    ExtendedReportBlock::Dlrr(List::new(&times)),
                ];
                ExtendedReport { ssrc, blocks: List::new(&blocks) }.encode(out);
            }
            12 => {
                let statuses: Vec<_> = (0..draws.byte())
                    .map(|_| match draws.byte() {
                        0 => PacketStatus::NotReceived,
                        delta @ 1..=0xf0 => PacketStatus::Received(Some(delta.into())),
                        delta => PacketStatus::Received(Some(-i16::from(delta) << 4)),
                    })
                    .collect();
                let feedback = TransportFeedback {
                    sender_ssrc: ssrc,
                    media_ssrc,
                    base_sequence_number: draws.u16() & 0x80ff,
                    reference_time: i32::from(draws.byte()) - 100,
                    feedback_packet_count: draws.byte(),
                    statuses: PacketStatuses::new(&statuses),
                };
                feedback.encode(out);
            }
            13 => {
                let metrics: Vec<_> = (0..draws.byte() % 32)
                    .map(|_| match draws.byte() {
                        0 => MetricBlock::NotReceived,
                        offset => MetricBlock::Received {
                            ecn: [None, Some(Ecn::Ect0), Some(Ecn::Ect1), Some(Ecn::Ce)]
                                [usize::from(offset & 3)],
                            arrival: ArrivalTimeOffset::new(u32::from(offset) << 6),
                        },
                    })
                    .collect();
                let metrics = List::new(&metrics);
                let report =
                    StreamReport { ssrc: media_ssrc, begin_sequence_number: near, metrics };
                let streams = [report; 5];
                let streams = List::new(&streams[..count.min(5)]);
                let report_timestamp = draws.u32();
                CongestionControlFeedback { sender_ssrc: ssrc, streams, report_timestamp }
                    .encode(out);
            }
            14 => {
                let data = draws.take(4 * count);
                ApplicationDefined { subtype: kind >> 4, ssrc, name: *b"fuzz", data }.encode(out);
            }
            _ => {
                // The header is one, the rest is whatever it is.
                let packet_type = 192 + draws.byte() % 32;
                let len = usize::from(draws.byte() & 0x7f);
                RawPacket { count: kind >> 4, packet_type, body: draws.take(len) }.encode(out);
            }
        }
    }

    fn report_block(&self, draws: &mut Draws<'_>) -> ReportBlock {
        let (ssrc, last) = self.their_stream(draws);
        ReportBlock {
            ssrc,
            fraction_lost: draws.byte(),
            cumulative_lost: i32::from(draws.byte()) - 20,
            extended_highest_sequence_number: u32::from(draws.byte() & 1) << 16 | u32::from(last),
            jitter: draws.u32(),
            last_sender_report: draws.u32(),
            delay_since_last_sender_report: draws.u16().into(),
        }
    }
}

/// A payload that begins as one of some format does.
pub fn payload(draws: &mut Draws<'_>, payload_types: &[u8], last: u16) -> Vec<u8> {
    let shape = draws.byte();
    let mut payload = match shape % 16 {
        // VP8: a key frame begins; one goes on; with every field of the descriptor.
        1 => vec![0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0],
        2 => vec![0],
        3 => vec![0x90, 0xf0, 0x80 | draws.byte(), draws.byte(), 1, 0x20, 0x11],
        // VP9: a key frame with its structure; predicted; flexible with references.
        4 => vec![0x8e, 0x80, draws.byte(), 0x08, 1, 4, 1, 0x82, 0x49],
        5 => vec![0xec, 0x80, draws.byte(), draws.byte(), draws.byte(), 0x86],
        6 => vec![0xdc, draws.byte() & 0x7f, 3, 5, 2, 0x86],
        // H.264: parameter sets and an IDR slice together; a slice; a unit that begins, and ends.
        7 => vec![0x78, 0, 2, 0x67, 1, 0, 2, 0x68, 2, 0, 2, 0x65, 0x88],
        8 => vec![0x41, 0x9a],
        9 => vec![0x7c, 0x85, 0x88],
        10 => vec![0x7c, 0x45],
        // A retransmission of what is missing, and redundancy of what went before.
        11 => {
            let number = last.wrapping_sub(u16::from(draws.byte()));
            let mut payload = number.to_be_bytes().to_vec();
            payload.extend([0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a]);
            payload
        }
        12 => {
            let inner = nth(payload_types, draws.byte()).copied().unwrap_or_default();
            vec![0x80 | inner, draws.byte() >> 2, draws.byte() & 0xfc, 2, inner, 0x78, 1, 0x78]
        }
        // A tone, comfort noise, Opus of two frames.
        13 => vec![draws.byte() & 0x0f, draws.byte(), 0, draws.byte()],
        14 => vec![draws.byte() & 0x7f, 1],
        15 => vec![0x79, 1, 2],
        _ => Vec::new(),
    };
    let len = usize::from(draws.byte() & 0x3f);
    payload.extend_from_slice(draws.take(len));
    if shape & 0xe0 == 0xe0 {
        payload.resize(payload.len() + 37 * usize::from(draws.byte() & 0x1f), shape);
    }
    payload
}

fn nth<T>(of: &[T], at: u8) -> Option<&T> {
    of.get(usize::from(at) % of.len().max(1))
}
