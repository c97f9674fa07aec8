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

use crate::input::Input;

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
    pub fn rtp(&mut self, input: &mut Input<'_>) -> Vec<u8> {
        let Some(section) = nth(&self.sections, input.next()).cloned() else { return Vec::new() };
        let ssrc = self.own_ssrc(input);
        let payload_type = match input.next() {
            raw @ 0xf0.. => raw.wrapping_mul(29) & 0x7f,
            at => nth(&section.payload_types, at).copied().unwrap_or_default(),
        };
        let flags = input.next();
        let (last, timestamp) = self.sent.get(&ssrc).copied().unwrap_or((65_500, 1));
        let sequence_number = match flags & 0x07 {
            0..=4 => last.wrapping_add(1),
            5 => last.wrapping_add(2 + u16::from(input.next())),
            6 => last.wrapping_sub(u16::from(input.next())),
            _ => input.u16(),
        };
        let timestamp = match flags & 0x18 {
            0 => timestamp,
            0x08 => timestamp.wrapping_add(u32::from(input.next()) * 30),
            0x10 => timestamp.wrapping_sub(u32::from(input.next()) * 30),
            _ => input.u32(),
        };
        self.sent.insert(ssrc, (sequence_number, timestamp));

        let chosen = input.next();
        let mut values: Vec<(u8, Vec<u8>)> = Vec::new();
        for (at, (id, uri)) in section.extensions.iter().enumerate() {
            if chosen >> (at % 7) & 1 != 0 {
                values.push((*id, self.extension(uri, &section.mid, input)));
            }
        }
        if chosen & 0x80 != 0 {
            let len = usize::from(input.next() % 24);
            values.push((input.next(), input.take(len).to_vec()));
        }
        let extensions: Vec<_> =
            values.iter().filter_map(|(id, value)| HeaderExtension::new(*id, value)).collect();
        let csrcs: Vec<_> = (0..if flags & 0x20 != 0 { input.next() % 16 } else { 0 })
            .map(|source| Ssrc(u32::from(source)))
            .collect();
        let padding_len = if flags & 0x40 != 0 { input.next() } else { 0 };
        let header = RtpHeader {
            marker: flags & 0x80 != 0,
            payload_type,
            sequence_number,
            timestamp,
            ssrc: Ssrc(ssrc),
        };
        let builder = RtpBuilder { header, csrcs: &csrcs, extensions: &extensions, padding_len };
        let mut packet = Vec::new();
        let payload = payload(input, &section.payload_types, last);
        builder.encode(&payload, &mut packet);
        // Rarely a byte of the header is another.
        if let Some(place @ 0xf8..) = input.0.first().copied() {
            let _seen = input.next();
            if let Some(byte) = packet.get_mut(usize::from(place & 7) * 4) {
                *byte ^= input.next();
            }
        }
        packet
    }

    fn extension(&mut self, uri: &str, mid: &str, input: &mut Input<'_>) -> Vec<u8> {
        let raw = input.next();
        if raw >= 0xf0 {
            return input.take(usize::from(raw & 0x0f)).to_vec();
        }
        match uri.rsplit([':', '/']).next().unwrap_or_default() {
            "mid" if raw >= 0xe0 => b"unknown".to_vec(),
            "mid" => mid.as_bytes().to_vec(),
            "rtp-stream-id" | "repaired-rtp-stream-id" => vec![b"qhfq0"[usize::from(raw % 5)]],
            "abs-send-time" | "playout-delay" => vec![raw, input.next(), input.next()],
            "abs-capture-time" => input.take(8 + usize::from(raw & 8)).to_vec(),
            "csrc-audio-level" => input.take(usize::from(raw & 15)).to_vec(),
            uri if uri.contains("transport-wide-cc") => {
                self.transport_wide = self.transport_wide.wrapping_add(1 + u16::from(raw >> 6));
                self.transport_wide.to_be_bytes().to_vec()
            }
            _ => vec![raw],
        }
    }

    fn own_ssrc(&self, input: &mut Input<'_>) -> u32 {
        match input.next() {
            0xff => input.u32(),
            // Somebody else's name.
            at @ 0xf8.. => nth(&self.theirs, at).map_or(0, |theirs| theirs.0),
            at => nth(&self.own, at).copied().unwrap_or_default(),
        }
    }

    fn their_stream(&self, input: &mut Input<'_>) -> (Ssrc, u16) {
        match input.next() {
            0xff => (Ssrc(input.u32()), 0),
            at @ 0xf8.. => (Ssrc(nth(&self.own, at).copied().unwrap_or_default()), 0),
            at => {
                let (ssrc, last) = nth(&self.theirs, at).copied().unwrap_or_default();
                (Ssrc(ssrc), last)
            }
        }
    }

    /// Reports and feedback in one datagram, of which not all need be well formed.
    pub fn rtcp(&self, input: &mut Input<'_>) -> Vec<u8> {
        let mut datagram = Vec::new();
        for _ in 0..1 + input.next() % 4 {
            self.report(input, &mut datagram);
        }
        datagram
    }

    fn report(&self, input: &mut Input<'_>, out: &mut Vec<u8>) {
        let kind = input.next();
        let ssrc = Ssrc(self.own_ssrc(input));
        let (media_ssrc, last) = self.their_stream(input);
        let near = last.wrapping_sub(u16::from(input.next()));
        let count = usize::from(input.next() % 6);
        match kind % 16 {
            0 | 1 => {
                let reports: Vec<_> = (0..count).map(|_| self.report_block(input)).collect();
                let reports = List::new(&reports);
                let extensions = [];
                let packet = if kind % 16 == 0 {
                    RtcpPacket::SenderReport(SenderReport {
                        ssrc,
                        ntp_timestamp: u64::from(input.u32()) << 32 | u64::from(input.u32()),
                        rtp_timestamp: input.u32(),
                        packet_count: input.u32(),
                        octet_count: input.u32(),
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
                let mid = nth(&self.sections, input.next()).map_or("", |section| &section.mid);
                let len = usize::from(input.next());
                let items = [
                    SdesItem { item_type: SdesItemType::CNAME, text: input.take(len) },
                    SdesItem { item_type: SdesItemType::MID, text: mid.as_bytes() },
                    SdesItem { item_type: SdesItemType::RTP_STREAM_ID, text: b"h" },
                    SdesItem { item_type: SdesItemType(input.next()), text: b"more" },
                ];
                let items = List::new(&items[..count.min(4)]);
                let chunks = [SdesChunk { ssrc, items }];
                SourceDescription { chunks: List::new(&chunks) }.encode(out);
            }
            3 => {
                let sources = [ssrc, Ssrc(self.own_ssrc(input)), media_ssrc];
                let sources = List::new(&sources[..count.min(3)]);
                Goodbye { sources, reason: input.take(count) }.encode(out);
            }
            4 | 5 => {
                let pairs: Vec<_> = (0..=count as u16)
                    .map(|at| NackPair {
                        packet_id: near.wrapping_add(17 * at),
                        lost_packets: input.u16(),
                    })
                    .collect();
                Nack { sender_ssrc: ssrc, media_ssrc, pairs: List::new(&pairs) }.encode(out);
            }
            6 => PictureLossIndication { sender_ssrc: ssrc, media_ssrc }.encode(out),
            7 => {
                let entries = [FirEntry { ssrc: media_ssrc, sequence_number: input.next() }; 5];
                let entries = List::new(&entries[..count.min(5)]);
                FullIntraRequest { sender_ssrc: ssrc, entries }.encode(out);
            }
            8 => {
                let bitrate = u64::from(input.u32()) << (input.next() & 31);
                let ssrcs = [media_ssrc; 5];
                let ssrcs = List::new(&ssrcs[..count.min(5)]);
                ReceiverEstimatedMaximumBitrate { sender_ssrc: ssrc, bitrate, ssrcs }.encode(out);
            }
            9 | 10 => {
                let entries: Vec<_> = (0..count)
                    .map(|_| TmmbrEntry {
                        ssrc: self.their_stream(input).0,
                        bitrate: u64::from(input.u16()) << (input.next() & 31),
                        overhead: input.u16(),
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
                        ssrc: self.their_stream(input).0,
                        last_receiver_report: input.u32(),
                        delay_since_last_receiver_report: input.u32(),
                    })
                    .collect();
                let blocks = [
                    ExtendedReportBlock::ReceiverReferenceTime(u64::from(input.u32()) << 24),
                    ExtendedReportBlock::Dlrr(List::new(&times)),
                ];
                ExtendedReport { ssrc, blocks: List::new(&blocks) }.encode(out);
            }
            12 => {
                let statuses: Vec<_> = (0..input.next())
                    .map(|_| match input.next() {
                        0 => PacketStatus::NotReceived,
                        delta @ 1..=0xf0 => PacketStatus::Received(Some(delta.into())),
                        delta => PacketStatus::Received(Some(-i16::from(delta) << 4)),
                    })
                    .collect();
                let feedback = TransportFeedback {
                    sender_ssrc: ssrc,
                    media_ssrc,
                    base_sequence_number: input.u16() & 0x80ff,
                    reference_time: i32::from(input.next()) - 100,
                    feedback_packet_count: input.next(),
                    statuses: PacketStatuses::new(&statuses),
                };
                feedback.encode(out);
            }
            13 => {
                let metrics: Vec<_> = (0..input.next() % 32)
                    .map(|_| match input.next() {
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
                let report_timestamp = input.u32();
                CongestionControlFeedback { sender_ssrc: ssrc, streams, report_timestamp }
                    .encode(out);
            }
            14 => {
                let data = input.take(4 * count);
                ApplicationDefined { subtype: kind >> 4, ssrc, name: *b"fuzz", data }.encode(out);
            }
            _ => {
                // The header is one, the rest is whatever it is.
                let packet_type = 192 + input.next() % 32;
                let len = usize::from(input.next() & 0x7f);
                RawPacket { count: kind >> 4, packet_type, body: input.take(len) }.encode(out);
            }
        }
    }

    fn report_block(&self, input: &mut Input<'_>) -> ReportBlock {
        let (ssrc, last) = self.their_stream(input);
        ReportBlock {
            ssrc,
            fraction_lost: input.next(),
            cumulative_lost: i32::from(input.next()) - 20,
            extended_highest_sequence_number: u32::from(input.next() & 1) << 16 | u32::from(last),
            jitter: input.u32(),
            last_sender_report: input.u32(),
            delay_since_last_sender_report: input.u16().into(),
        }
    }
}

/// A payload that begins as one of some format does.
pub fn payload(input: &mut Input<'_>, payload_types: &[u8], last: u16) -> Vec<u8> {
    let shape = input.next();
    let mut payload = match shape % 16 {
        // VP8: a key frame begins; one goes on; with every field of the descriptor.
        1 => vec![0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0],
        2 => vec![0],
        3 => vec![0x90, 0xf0, 0x80 | input.next(), input.next(), 1, 0x20, 0x11],
        // VP9: a key frame with its structure; predicted; flexible with references.
        4 => vec![0x8e, 0x80, input.next(), 0x08, 1, 4, 1, 0x82, 0x49],
        5 => vec![0xec, 0x80, input.next(), input.next(), input.next(), 0x86],
        6 => vec![0xdc, input.next() & 0x7f, 3, 5, 2, 0x86],
        // H.264: parameter sets and an IDR slice together; a slice; a unit that begins, and ends.
        7 => vec![0x78, 0, 2, 0x67, 1, 0, 2, 0x68, 2, 0, 2, 0x65, 0x88],
        8 => vec![0x41, 0x9a],
        9 => vec![0x7c, 0x85, 0x88],
        10 => vec![0x7c, 0x45],
        // A retransmission of what is missing, and redundancy of what went before.
        11 => {
            let number = last.wrapping_sub(u16::from(input.next()));
            let mut payload = number.to_be_bytes().to_vec();
            payload.extend([0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a]);
            payload
        }
        12 => {
            let inner = nth(payload_types, input.next()).copied().unwrap_or_default();
            vec![0x80 | inner, input.next() >> 2, input.next() & 0xfc, 2, inner, 0x78, 1, 0x78]
        }
        // A tone, comfort noise, Opus of two frames.
        13 => vec![input.next() & 0x0f, input.next(), 0, input.next()],
        14 => vec![input.next() & 0x7f, 1],
        15 => vec![0x79, 1, 2],
        _ => Vec::new(),
    };
    let len = usize::from(input.next() & 0x3f);
    payload.extend_from_slice(input.take(len));
    if shape & 0xe0 == 0xe0 {
        payload.resize(payload.len() + 37 * usize::from(input.next() & 0x1f), shape);
    }
    payload
}

fn nth<T>(of: &[T], at: u8) -> Option<&T> {
    of.get(usize::from(at) % of.len().max(1))
}
