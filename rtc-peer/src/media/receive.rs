//! What happens to an RTP packet that comes.

use alloc::sync::Arc;

use bytes::Bytes;
use rtc_core::{Ecn, Instant};
use rtc_srtp::Ssrc;
use rtc_srtp::payload::{Red, RtxPayload};
use rtc_srtp::rtp::RtpPacket;

use super::demux::by_mid;
use super::error::MediaError;
use super::event::MediaEvent;
use super::extensions::{self, Labels, Values};
use super::incoming::{Coming, IncomingStream};
use super::packet::PacketOrigin;
use super::section::Role;
use super::session::{Session, Shared};
use super::statistics::Arrival;
use crate::rtp::TransceiverId;

impl Session {
    /// Takes an RTP packet, authentic and decrypted.
    pub(super) fn handle_rtp(
        &mut self,
        now: Instant,
        ecn: Option<Ecn>,
        bytes: &Bytes,
        shared: &mut Shared,
    ) -> Result<(), MediaError> {
        let packet = RtpPacket::decode(bytes).inspect_err(|_| self.counters.malformed += 1)?;
        let (values, labels) = extensions::read(&packet, &self.ids);
        let ssrc = packet.ssrc();
        // RFC 3550, section 8.2: that a packet of somebody else has our SSRC is a loop or a
        // collision. Signalling gave the SSRC away, so it is not ours to change.
        if self.is_ours(ssrc) {
            self.counters.collisions += 1;
            return Err(MediaError::Collision);
        }
        if let Some((arrivals, number)) =
            self.arrivals.as_mut().zip(values.transport_sequence_number)
        {
            arrivals.on_packet(now, number, ssrc);
            self.timing.start(now, &mut shared.draws);
        }
        let role = self.admit(now, &packet, labels, shared)?;
        let payload_len = packet.payload().len();
        let header_len = bytes.len().saturating_sub(payload_len);
        let Some(stream) = self.incoming.get_mut(&ssrc) else {
            return Err(MediaError::Unrecognized);
        };
        let number = packet.sequence_number();
        let arrival = stream.on_arrival(now, ecn, number, header_len, payload_len);
        let index = match arrival {
            Arrival::Duplicate => return Err(MediaError::Duplicate),
            Arrival::Jump => return Err(MediaError::Jump),
            Arrival::Newest { index, .. }
            | Arrival::Late { index }
            | Arrival::Restart { index } => index,
        };
        if let Some(told) = &mut self.told_by_ccfb {
            stream.arrivals.on_packet(now, index, ecn);
            told.on_packet(now);
        }
        if !self.timing.is_running() {
            self.timing.start(now, &mut shared.draws);
        }
        let coming = Coming {
            now,
            ecn,
            marker: packet.marker(),
            index,
            timestamp: packet.timestamp(),
            payload: bytes.slice_ref(packet.payload()),
            values,
            origin: PacketOrigin::Original,
        };
        match role {
            Role::Media(codec) => {
                stream.note_missing(now, arrival);
                self.deliver(ssrc, codec, coming, shared);
                Ok(())
            }
            Role::Redundant(codec) => {
                stream.note_missing(now, arrival);
                self.deliver_redundant(ssrc, codec, coming, shared)
            }
            Role::Repair(codec) => self.repair(ssrc, codec, coming, shared),
        }
    }

    /// Finds out what a packet is and makes room for its stream if it is the first.
    fn admit(
        &mut self,
        now: Instant,
        packet: &RtpPacket<'_>,
        labels: Labels<'_>,
        shared: &Shared,
    ) -> Result<Role, MediaError> {
        let (ssrc, payload_type) = (packet.ssrc(), packet.payload_type());
        if let Some(stream) = self.incoming.get(&ssrc) {
            let section = self.sections.get(&stream.transceiver);
            let moved = labels.mid.filter(|mid| section.is_none_or(|at| *at.mid != **mid));
            if moved.is_none() {
                let receive = section.and_then(|section| section.receive.as_ref());
                let role = receive.and_then(|receive| receive.role(payload_type));
                return role.ok_or_else(|| {
                    self.counters.payload_type_refused += 1;
                    MediaError::PayloadType(payload_type)
                });
            }
            // The stream says that it belongs to another m-section now. Packets that are older
            // than what is known do not change the table.
            let newer = packet.sequence_number().wrapping_sub(stream.reception.highest() as u16);
            if newer == 0
                || newer >= 1 << 15
                || by_mid(&self.sections, moved.unwrap_or("")).is_none()
            {
                self.counters.unrecognized += 1;
                return Err(MediaError::Unrecognized);
            }
        }
        let found = self.demux.find(&self.sections, ssrc, payload_type, labels.mid);
        let section = found.and_then(|found| self.sections.get(&found.transceiver));
        let receive = section.and_then(|section| section.receive.as_ref());
        let (Some(found), Some(receive)) = (found, receive) else {
            self.counters.unrecognized += 1;
            return Err(MediaError::Unrecognized);
        };
        let Some(role) = receive.role(payload_type) else {
            self.counters.payload_type_refused += 1;
            return Err(MediaError::PayloadType(payload_type));
        };
        let known = |rid: &str| receive.rids.iter().find(|known| ***known == *rid).cloned();
        let label = if matches!(role, Role::Repair(_)) {
            labels.repaired_rid.or(labels.rid)
        } else {
            labels.rid
        };
        let rid: Option<Arc<str>> = match label {
            Some(label) if !receive.rids.is_empty() => {
                let rid = known(label);
                if rid.is_none() {
                    self.counters.unrecognized += 1;
                    return Err(MediaError::Unrecognized);
                }
                rid
            }
            _ => None,
        };
        let repairs = match role {
            Role::Repair(_) => {
                let of = found.repairs.or_else(|| self.repaired(found.transceiver, rid.as_deref()));
                Some(of.ok_or(MediaError::UnknownRepair)?)
            }
            _ => None,
        };
        self.make_room(now, ssrc, found.transceiver, shared)?;
        if rid.is_some() {
            // An encoding has one stream: another SSRC for it takes the place of the one before.
            self.incoming.retain(|_, stream| {
                stream.transceiver != found.transceiver
                    || stream.rid != rid
                    || stream.repairs.is_some() != repairs.is_some()
            });
        }
        let first = packet.sequence_number();
        let stream = IncomingStream::new(now, ssrc, found.transceiver, rid, repairs, first);
        self.incoming.insert(ssrc, stream);
        Ok(role)
    }

    /// The stream that a retransmission without an FID group repairs: that of its encoding, or the
    /// only one that there is.
    fn repaired(&self, transceiver: TransceiverId, rid: Option<&str>) -> Option<Ssrc> {
        let mut media = self.incoming.values().filter(|stream| {
            stream.transceiver == transceiver
                && stream.repairs.is_none()
                && rid.is_none_or(|rid| stream.rid.as_deref() == Some(rid))
        });
        let first = media.next()?;
        media.next().is_none().then_some(first.ssrc)
    }

    /// Makes sure that there is room for another stream.
    fn make_room(
        &mut self,
        now: Instant,
        ssrc: Ssrc,
        transceiver: TransceiverId,
        shared: &Shared,
    ) -> Result<(), MediaError> {
        let config = &shared.config;
        let of_section = |stream: &&IncomingStream| stream.transceiver == transceiver;
        let count = self.incoming.values().filter(of_section).count();
        if count < config.max_streams_per_section && self.incoming.len() < config.max_streams {
            return Ok(());
        }
        // What nobody announced and has been silent for long makes room.
        let demux = &self.demux;
        let oldest = self
            .incoming
            .values()
            .filter(of_section)
            .filter(|stream| !demux.is_announced(stream.ssrc))
            .filter(|stream| now.saturating_duration_since(stream.last_at) > SILENT)
            .min_by_key(|stream| stream.last_at)
            .map(|stream| stream.ssrc);
        let Some(oldest) = oldest.filter(|oldest| *oldest != ssrc) else {
            self.counters.streams_refused += 1;
            return Err(MediaError::TooManyStreams);
        };
        self.incoming.remove(&oldest);
        Ok(())
    }

    /// Gives a packet to its stream.
    fn deliver(&mut self, ssrc: Ssrc, codec: usize, coming: Coming, shared: &mut Shared) {
        let Some(stream) = self.incoming.get_mut(&ssrc) else { return };
        let Some(section) = self.sections.get_mut(&stream.transceiver) else { return };
        let codec = section.receive.as_ref().and_then(|receive| receive.codecs.get(codec));
        let Some(codec) = codec else { return };
        let level = coming.values.media.audio_level.map(|level| level.level);
        let Values { csrcs, .. } = &coming.values;
        section.sources.on_packet(coming.now, ssrc, level, csrcs, coming.timestamp);
        if core::mem::take(&mut section.muted) {
            shared.outlets.events.push(MediaEvent::Unmuted(section.transceiver));
        }
        let (kind, delivery) = (section.kind, section.delivery);
        stream.round_trip = self.round_trip.expected();
        stream.on_media(coming, codec, kind, delivery, &shared.config, &mut shared.outlets);
        let (deadline, feedback) = (stream.deadline(), stream.feedback_at());
        self.note_deadlines(deadline, feedback);
    }

    /// Takes a retransmission apart (RFC 4588) and gives what was in it to the stream that it
    /// repairs.
    fn repair(
        &mut self,
        ssrc: Ssrc,
        codec: usize,
        mut coming: Coming,
        shared: &mut Shared,
    ) -> Result<(), MediaError> {
        let decoded = RtxPayload::decode(&coming.payload);
        let Some(original) = decoded.inspect_err(|_| self.counters.malformed += 1)? else {
            // Padding, which probes the path and carries nothing.
            return Ok(());
        };
        let of = self.incoming.get(&ssrc).and_then(|stream| stream.repairs);
        let Some(stream) = of.and_then(|of| self.incoming.get_mut(&of)) else {
            return Err(MediaError::UnknownRepair);
        };
        stream.tally.retransmitted += 1;
        stream.tally.retransmitted_bytes += original.payload.len() as u64;
        let Some(index) = stream.reception.repair(original.original_sequence_number) else {
            stream.tally.duplicated += 1;
            return Err(MediaError::Duplicate);
        };
        stream.missing.on_found(index);
        let target = stream.ssrc;
        coming.payload = coming.payload.slice_ref(original.payload);
        coming.index = index;
        coming.origin = PacketOrigin::Retransmission;
        self.deliver(target, codec, coming, shared);
        Ok(())
    }

    /// Takes redundant audio apart (RFC 2198): what is missing of earlier packets, then the packet
    /// itself. Each block is taken to be the payload of one packet, which is how RED is sent.
    fn deliver_redundant(
        &mut self,
        ssrc: Ssrc,
        red: usize,
        coming: Coming,
        shared: &mut Shared,
    ) -> Result<(), MediaError> {
        let payload = coming.payload.clone();
        if payload.is_empty() {
            self.deliver(ssrc, red, coming, shared);
            return Ok(());
        }
        let decoded = Red::decode(&payload).inspect_err(|_| self.counters.malformed += 1)?;
        let blocks = decoded.blocks().count() as u64;
        for (at, block) in (0u64..).zip(decoded.blocks()) {
            let Some(index) = coming.index.checked_sub(blocks - at) else { continue };
            let Some(codec) = self.media_codec(ssrc, block.payload_type) else { continue };
            let Some(stream) = self.incoming.get_mut(&ssrc) else { continue };
            if block.payload.is_empty() || stream.reception.has(index) {
                continue;
            }
            if stream.reception.repair(index as u16) != Some(index) {
                continue;
            }
            stream.tally.redundant += 1;
            stream.missing.on_found(index);
            let earlier = Coming {
                index,
                timestamp: coming.timestamp.wrapping_sub(u32::from(block.timestamp_offset)),
                payload: payload.slice_ref(block.payload),
                marker: false,
                // Levels and the like are of the packet, not of what came before it.
                values: Values::default(),
                origin: PacketOrigin::Redundancy,
                ..coming.clone()
            };
            self.deliver(ssrc, codec, earlier, shared);
        }
        let Some(codec) = self.media_codec(ssrc, decoded.payload_type) else {
            self.counters.payload_type_refused += 1;
            return Err(MediaError::PayloadType(decoded.payload_type));
        };
        let primary = Coming { payload: payload.slice_ref(decoded.payload), ..coming };
        self.deliver(ssrc, codec, primary, shared);
        Ok(())
    }

    fn media_codec(&self, ssrc: Ssrc, payload_type: u8) -> Option<usize> {
        let stream = self.incoming.get(&ssrc)?;
        match self.sections.get(&stream.transceiver)?.receive.as_ref()?.role(payload_type)? {
            Role::Media(codec) => Some(codec),
            Role::Repair(_) | Role::Redundant(_) => None,
        }
    }
}

/// How long a stream has been silent that makes room for another one.
const SILENT: core::time::Duration = core::time::Duration::from_secs(10);
