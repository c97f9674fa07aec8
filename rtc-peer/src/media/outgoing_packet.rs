//! Packets with their places, and how they are written.

use alloc::vec::Vec;

use bytes::Bytes;
use rtc_srtp::Ssrc;
use rtc_srtp::payload::RtxPayload;
use rtc_srtp::rtp::extension::CsrcAudioLevels;
use rtc_srtp::rtp::{HeaderExtension, RtpBuilder, RtpHeader};

use super::history::Stamps;
use super::packet::{Csrcs, MediaExtensions};
use crate::rtp::Extensions;

/// A packet that has its place in a stream.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub(super) index: u64,
    pub(super) marker: bool,
    pub(super) payload_type: u8,
    /// What a retransmission of it has.
    pub(super) rtx_payload_type: Option<u8>,
    pub(super) timestamp: u32,
    pub(super) csrcs: Csrcs,
    pub(super) extensions: MediaExtensions,
    pub(super) payload: Bytes,
}

/// How a stream names itself in its packets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) ids: &'a Extensions,
    pub(super) mid: &'a str,
    pub(super) rid: Option<&'a str>,
}

/// A retransmission stream's part in a packet (RFC 4588).
#[derive(Debug, Clone, Copy)]
pub(super) struct Repair {
    pub(super) ssrc: Ssrc,
    pub(super) sequence_number: u16,
    pub(super) payload_type: u8,
}

impl Content {
    /// Appends the packet, or its retransmission, and returns the length of its header.
    pub(super) fn encode(
        &self,
        ssrc: Ssrc,
        repair: Option<Repair>,
        names: Names<'_>,
        stamps: Stamps,
        out: &mut Vec<u8>,
    ) -> usize {
        let ids = names.ids;
        let start = out.len();
        let media = &self.extensions;
        let level = media.audio_level.map(|value| value.encode());
        let orientation = media.video_orientation.map(|value| value.encode());
        let capture = media.abs_capture_time.map(|value| value.encode());
        let playout = media.playout_delay.map(|value| value.encode());
        let levels = self.csrcs.levels().and_then(|levels| CsrcAudioLevels::new(levels).ok());
        let levels = levels.map(|value| value.encode());
        let send_time = stamps.abs_send_time.map(|value| value.encode());
        let number = stamps.transport_sequence_number.map(u16::to_be_bytes);
        let (mid, rid) = if stamps.with_ids { (Some(names.mid), names.rid) } else { (None, None) };
        let rid_id = if repair.is_some() { ids.repaired_rid } else { ids.rid };
        let all: [(Option<u8>, Option<&[u8]>); 9] = [
            (ids.mid, mid.map(str::as_bytes)),
            (rid_id, rid.map(str::as_bytes)),
            (ids.abs_send_time, send_time.as_deref()),
            (ids.transport_sequence_number, number.as_ref().map(|bytes| &bytes[..])),
            (ids.audio_level, level.as_deref()),
            (ids.csrc_audio_level, levels.as_deref()),
            (ids.video_orientation, orientation.as_deref()),
            (ids.abs_capture_time, capture.as_deref()),
            (ids.playout_delay, playout.as_deref()),
        ];
        let mut elements = [EMPTY; 9];
        let mut count = 0;
        let present = all.into_iter().filter_map(|(id, data)| {
            HeaderExtension::new(id?, data.filter(|data| !data.is_empty())?)
        });
        for (slot, element) in elements.iter_mut().zip(present) {
            *slot = element;
            count += 1;
        }
        let builder = RtpBuilder {
            header: RtpHeader {
                marker: self.marker,
                payload_type: repair.map_or(self.payload_type, |repair| repair.payload_type),
                sequence_number: repair.map_or(self.index as u16, |repair| repair.sequence_number),
                timestamp: self.timestamp,
                ssrc: repair.map_or(ssrc, |repair| repair.ssrc),
            },
            csrcs: self.csrcs.ssrcs(),
            extensions: elements.get(..count).unwrap_or_default(),
            padding_len: 0,
        };
        builder.encode_header(out);
        let header_len = out.len() - start;
        if repair.is_some() {
            let original_sequence_number = self.index as u16;
            RtxPayload { original_sequence_number, payload: &self.payload }.encode(out);
        } else {
            out.extend_from_slice(&self.payload);
        }
        header_len
    }
}

/// How long the header of a packet of this stream can become at most, contributing sources left
/// out.
pub(super) fn max_header_len(names: Names<'_>) -> usize {
    let ids = names.ids;
    let lengths = [
        (ids.mid, names.mid.len()),
        (ids.rid.or(ids.repaired_rid), names.rid.map_or(0, str::len)),
        (ids.abs_send_time, 3),
        (ids.transport_sequence_number, 2),
        (ids.audio_level, 1),
        (ids.video_orientation, 1),
        (ids.abs_capture_time, 16),
        (ids.playout_delay, 3),
    ];
    let elements: usize =
        lengths.iter().filter(|(id, _)| id.is_some()).map(|(_, len)| len + 2).sum();
    12 + 4 + elements.next_multiple_of(4)
}

const EMPTY: HeaderExtension<'_> = match HeaderExtension::new(1, &[]) {
    Some(element) => element,
    None => panic!("1 is an identifier"),
};
