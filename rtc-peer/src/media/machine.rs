//! The media of a connection: packets in, packets out.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use rand_core::CryptoRng;
use rtc_core::{Ecn, Instant};
use rtc_srtp::Ssrc;

use super::config::MediaConfig;
use super::counters::{InboundCounters, OutboundCounters, TransportMediaCounters};
use super::draws::Draws;
use super::error::{DtmfError, MediaError, ReceiverError, SendMediaError};
use super::event::MediaEvent;
use super::frame::{OutgoingFrame, ReceivedFrame};
use super::incoming::IncomingStream;
use super::ntp::NtpClock;
use super::outgoing::OutgoingStream;
use super::outgoing_packet::Names;
use super::outlets::Outlets;
use super::packet::{OutgoingPacket, ReceivedPacket};
use super::section::{Delivery, Section};
use super::session::{Session, Shared};
use super::sources::RtpSource;
use crate::rtp::{MediaSection, RtpCodec, TransceiverId, TransportId};

/// RTP and RTCP of all transports of a connection (RFC 3550, RFC 8834), in the clear: protecting
/// packets, and sending them, is the connection's.
#[derive(Debug)]
pub(crate) struct Media {
    sessions: BTreeMap<TransportId, Session>,
    /// Which session has which transceiver.
    homes: BTreeMap<TransceiverId, TransportId>,
    /// What was chosen for receivers, of m-sections that are there or may come.
    deliveries: BTreeMap<TransceiverId, Delivery>,
    /// Streams that are not sent at the moment, at most [`MAX_PAUSED`]: an SSRC that is taken up
    /// again goes on with its numbers.
    paused: BTreeMap<(TransceiverId, Ssrc), OutgoingStream>,
    shared: Shared,
}

/// What a packet is that was just written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum PacketKind {
    Rtp,
    Rtcp,
}

impl Media {
    /// Packets of fewer than 576 bytes have no room for what RTCP must say in one: a lower
    /// `max_packet_size` is taken for that.
    pub(crate) fn new(mut config: MediaConfig, rng: &mut dyn CryptoRng) -> Self {
        config.max_packet_size = config.max_packet_size.max(MIN_PACKET_SIZE);
        Self {
            sessions: BTreeMap::new(),
            homes: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            paused: BTreeMap::new(),
            shared: Shared {
                clock: NtpClock::new(config.unix_time_at_epoch),
                draws: Draws::new(rng),
                outlets: Outlets::new(&config),
                config,
            },
        }
    }

    /// Takes the complete set of m-sections in force. Streams that go on, of the same transceiver
    /// and with the same SSRC, keep their state even on another transport; a sender's streams that
    /// are gone say goodbye.
    pub(crate) fn configure(&mut self, now: Instant, sections: Vec<MediaSection>) {
        let mut old_sections: BTreeMap<TransceiverId, Section> = BTreeMap::new();
        let mut outgoing: BTreeMap<(TransceiverId, Ssrc), (TransportId, OutgoingStream)> =
            BTreeMap::new();
        let mut incoming: Vec<(TransportId, IncomingStream)> = Vec::new();
        for session in self.sessions.values_mut() {
            old_sections.append(&mut session.sections);
            let streams = core::mem::take(&mut session.outgoing);
            outgoing.extend(
                streams
                    .into_values()
                    .map(|stream| ((stream.transceiver, stream.ssrc), (session.transport, stream))),
            );
            let streams = core::mem::take(&mut session.incoming);
            incoming.extend(streams.into_values().map(|stream| (session.transport, stream)));
        }
        self.homes.clear();
        for negotiated in sections {
            let (id, transport) = (negotiated.transceiver, negotiated.transport);
            self.homes.insert(id, transport);
            let shared = &mut self.shared;
            let session =
                self.sessions.entry(transport).or_insert_with(|| Session::new(transport, shared));
            let encodings =
                negotiated.send.as_ref().map(|send| send.encodings.clone()).unwrap_or_default();
            let kind = negotiated.kind;
            let section = match old_sections.remove(&id) {
                Some(mut section) => {
                    section.reconfigure(negotiated);
                    section
                }
                None => {
                    let delivery = self.deliveries.get(&id).copied().unwrap_or_default();
                    Section::new(negotiated, delivery)
                }
            };
            for (at, encoding) in encodings.iter().enumerate() {
                let name = (id, encoding.ssrc);
                let known = outgoing.remove(&name).map(|(_, stream)| stream);
                let stream = match known.or_else(|| self.paused.remove(&name)) {
                    Some(mut stream) => {
                        stream.reconfigure(&section.mid, at, encoding);
                        stream.queued = false;
                        stream
                    }
                    None => OutgoingStream::new(
                        id,
                        kind,
                        section.mid.clone(),
                        at,
                        encoding,
                        &shared.config,
                        &mut shared.draws,
                    ),
                };
                session.outgoing.insert(encoding.ssrc, stream);
            }
            session.sections.insert(id, section);
        }
        for (_, stream) in incoming {
            let home = self.homes.get(&stream.transceiver);
            if let Some(session) = home.and_then(|home| self.sessions.get_mut(home)) {
                session.note_deadlines(stream.deadline(), stream.feedback_at());
                session.incoming.insert(stream.ssrc, stream);
            }
        }
        for (name, (transport, mut stream)) in outgoing {
            if let Some(session) = self.sessions.get_mut(&transport)
                && stream.sent_at.is_some()
                && session.leaving.len() < MAX_LEAVING
            {
                session.leaving.push(stream.ssrc);
            }
            stream.pause();
            self.paused.insert(name, stream);
            if self.paused.len() > MAX_PAUSED {
                // Of the oldest transceiver.
                self.paused.pop_first();
            }
        }
        for session in self.sessions.values_mut() {
            session.settle(now);
        }
        // A transport without m-sections stays as long as it has a goodbye to say.
        self.sessions
            .retain(|_, session| !session.sections.is_empty() || !session.leaving.is_empty());
    }

    /// Forgets what there is of transceivers that are gone for good: what waits for the application
    /// belongs to nobody any more.
    pub(crate) fn retain(&mut self, is_there: impl Fn(TransceiverId) -> bool) {
        self.deliveries.retain(|id, _| is_there(*id));
        self.shared.outlets.retain(is_there);
    }

    /// Takes an RTP packet that came over this transport, authentic and decrypted, with the ECN
    /// mark of its datagram.
    pub(crate) fn handle_rtp(
        &mut self,
        now: Instant,
        transport: TransportId,
        ecn: Option<Ecn>,
        packet: &Bytes,
    ) -> Result<(), MediaError> {
        let session = self.sessions.get_mut(&transport).ok_or(MediaError::NoMedia)?;
        session.handle_rtp(now, ecn, packet, &mut self.shared)
    }

    /// Takes an RTCP packet, compound or of reduced size, authentic and decrypted.
    pub(crate) fn handle_rtcp(
        &mut self,
        now: Instant,
        transport: TransportId,
        packet: &[u8],
    ) -> Result<(), MediaError> {
        let session = self.sessions.get_mut(&transport).ok_or(MediaError::NoMedia)?;
        session.handle_rtcp(now, packet, &mut self.shared)
    }

    /// Takes what ICE knows of how long a round trip takes on this transport.
    pub(crate) fn set_round_trip_time(
        &mut self,
        transport: TransportId,
        round_trip_time: Option<Duration>,
    ) {
        if let Some(session) = self.sessions.get_mut(&transport) {
            session.round_trip.on_check(round_trip_time);
        }
    }

    /// The transport's packets take another path: nothing that was measured holds there.
    pub(crate) fn handle_path_change(&mut self, transport: TransportId) {
        if let Some(session) = self.sessions.get_mut(&transport) {
            session.round_trip.restart();
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        for session in self.sessions.values_mut() {
            session.handle_timeout(now, &mut self.shared);
        }
    }

    /// Appends one packet for this transport, to be protected and sent.
    #[must_use]
    pub(crate) fn poll_transmit(
        &mut self,
        now: Instant,
        transport: TransportId,
        out: &mut Vec<u8>,
    ) -> Option<PacketKind> {
        let session = self.sessions.get_mut(&transport)?;
        if session.poll_rtcp(now, &mut self.shared, out) {
            if session.sections.is_empty() && session.leaving.is_empty() {
                self.sessions.remove(&transport);
            }
            return Some(PacketKind::Rtcp);
        }
        session.poll_media(now, &mut self.shared, out).then_some(PacketKind::Rtp)
    }

    /// What the packet that was polled last on this transport asks of the network. Reports ask for
    /// what the media beside them does (RFC 8837 section 5).
    pub(crate) fn dscp(&self, transport: TransportId) -> u8 {
        self.sessions.get(&transport).map_or(0, |session| session.dscp)
    }

    #[must_use]
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        Instant::earliest(self.sessions.values().map(Session::poll_timeout))
    }

    #[must_use]
    pub(crate) fn poll_event(&mut self) -> Option<MediaEvent> {
        self.shared.outlets.events.poll()
    }

    /// The next packet of receivers with [`Delivery::Packets`].
    #[must_use]
    pub(crate) fn poll_packet(&mut self) -> Option<ReceivedPacket> {
        self.shared.outlets.poll_packet()
    }

    /// The next frame of receivers with [`Delivery::Frames`].
    #[must_use]
    pub(crate) fn poll_frame(&mut self) -> Option<ReceivedFrame> {
        self.shared.outlets.poll_frame()
    }

    /// Chooses how what a receiver receives is given out; it may be chosen before there is anything
    /// to receive.
    pub(crate) fn set_delivery(&mut self, id: TransceiverId, delivery: Delivery) {
        self.deliveries.insert(id, delivery);
        if let Some(section) = self.section_mut(id) {
            section.delivery = delivery;
        }
    }

    /// Puts a packet into the queue of its encoding.
    pub(crate) fn send_packet(
        &mut self,
        now: Instant,
        id: TransceiverId,
        packet: &OutgoingPacket,
    ) -> Result<(), SendMediaError> {
        let (session, ssrc) = self.sending(id, packet.encoding)?;
        let max_packet_size = self.shared.config.max_packet_size;
        let session = self.sessions.get_mut(&session).ok_or(SendMediaError::NotSending)?;
        let section = session.sections.get(&id).ok_or(SendMediaError::NotSending)?;
        let codec = section.send_codec(packet.encoding, packet.payload_type);
        let codec =
            codec.ok_or_else(|| SendMediaError::PayloadType(packet.payload_type.unwrap_or(0)))?;
        let stream = session.outgoing.get_mut(&ssrc).ok_or(SendMediaError::NotSending)?;
        if !stream.active {
            return Err(SendMediaError::Inactive);
        }
        stream.send_packet(now, packet, codec, max_packet_size)?;
        session.make_ready(ssrc);
        Ok(())
    }

    /// Takes a frame apart and puts its packets into the queue of its encoding: all or none.
    pub(crate) fn send_frame(
        &mut self,
        now: Instant,
        id: TransceiverId,
        frame: &OutgoingFrame,
    ) -> Result<(), SendMediaError> {
        let (session, ssrc) = self.sending(id, frame.encoding)?;
        let max_packet_size = self.shared.config.max_packet_size;
        let session = self.sessions.get_mut(&session).ok_or(SendMediaError::NotSending)?;
        let section = session.sections.get(&id).ok_or(SendMediaError::NotSending)?;
        let codec = section.send_codec(frame.encoding, frame.payload_type);
        let codec =
            codec.ok_or_else(|| SendMediaError::PayloadType(frame.payload_type.unwrap_or(0)))?;
        let stream = session.outgoing.get_mut(&ssrc).ok_or(SendMediaError::NotSending)?;
        if !stream.active {
            return Err(SendMediaError::Inactive);
        }
        let rid = stream.rid.clone();
        let names = Names { ids: &section.ids, mid: &section.mid, rid: rid.as_deref() };
        stream.send_frame(now, frame, codec, names, max_packet_size)?;
        session.make_ready(ssrc);
        Ok(())
    }

    /// The codec of packets and frames that a receiver gave out with this payload type.
    pub(crate) fn received_codec(&self, id: TransceiverId, payload_type: u8) -> Option<&RtpCodec> {
        let receive = self.section(id)?.receive.as_ref()?;
        let codec = receive.codecs.iter().find(|codec| codec.payload_type == payload_type)?;
        Some(&codec.codec)
    }

    /// The payload type by which a sender has negotiated this codec: with the same parameters if
    /// there is such a one, and else with any. A forwarder asks once for each source.
    pub(crate) fn sent_payload_type(&self, id: TransceiverId, codec: &RtpCodec) -> Option<u8> {
        self.section(id)?.send_payload_type(codec)
    }

    /// Tells that a packet of this source will not be sent on purpose, so that it leaves no gap.
    pub(crate) fn skip_packet(
        &mut self,
        id: TransceiverId,
        encoding: usize,
        source: Ssrc,
        index: u64,
    ) -> Result<(), SendMediaError> {
        let (session, ssrc) = self.sending(id, encoding)?;
        let session = self.sessions.get_mut(&session).ok_or(SendMediaError::NotSending)?;
        let stream = session.outgoing.get_mut(&ssrc).ok_or(SendMediaError::NotSending)?;
        stream.skip(source, index);
        Ok(())
    }

    /// Asks for a key frame of the stream with this RID, or of all streams of the receiver. It is
    /// asked at most twice a second.
    pub(crate) fn request_key_frame(
        &mut self,
        id: TransceiverId,
        rid: Option<&str>,
    ) -> Result<(), ReceiverError> {
        let session = self.receiving(id)?;
        let mut found = Err(ReceiverError::UnknownStream);
        let mut feedback = None;
        for stream in session.incoming.values_mut() {
            let meant = rid.is_none_or(|rid| stream.rid.as_deref() == Some(rid));
            if stream.transceiver != id || stream.repairs.is_some() || !meant {
                continue;
            }
            if !stream.feedback.nack_pli && !stream.feedback.ccm_fir {
                found = found.or(Err(ReceiverError::NotNegotiated));
                continue;
            }
            stream.key_frame.want();
            feedback = Instant::earliest([feedback, stream.feedback_at()]);
            found = Ok(());
        }
        session.note_deadlines(None, feedback);
        found
    }

    /// `insertDTMF`: sends these tones after the one that is being sent. Durations are brought into
    /// the range that W3C allows.
    pub(crate) fn insert_dtmf(
        &mut self,
        now: Instant,
        id: TransceiverId,
        tones: &str,
        duration: Duration,
        gap: Duration,
    ) -> Result<(), DtmfError> {
        if !self.can_insert_dtmf(id) {
            return Err(DtmfError::NotSending);
        }
        let home = self.homes.get(&id);
        let session = home.and_then(|home| self.sessions.get_mut(home));
        let Some(session) = session else { return Err(DtmfError::NotSending) };
        let Some(section) = session.sections.get_mut(&id) else {
            return Err(DtmfError::NotSending);
        };
        section.dtmf.insert(now, tones, duration, gap)?;
        session.run_tones(now, &mut self.shared);
        Ok(())
    }

    /// `canInsertDTMF`.
    pub(crate) fn can_insert_dtmf(&self, id: TransceiverId) -> bool {
        let Some(section) = self.section(id) else { return false };
        let active = section.send.as_ref().and_then(|send| send.encodings.first());
        active.is_some_and(|encoding| encoding.active) && section.tone_codec(0).is_some()
    }

    /// `toneBuffer`.
    pub(crate) fn tone_buffer(&self, id: TransceiverId) -> String {
        self.section(id).map(|section| section.dtmf.tone_buffer()).unwrap_or_default()
    }

    /// Tells the other side of a transport how much we can receive of it, in bit/s, now and with
    /// each report (REMB); `None` ends that.
    pub(crate) fn set_remb(
        &mut self,
        now: Instant,
        transport: TransportId,
        bitrate: Option<u64>,
    ) -> Result<(), ReceiverError> {
        let session = self.sessions.get_mut(&transport).ok_or(ReceiverError::NotReceiving)?;
        let mut receives = session.sections.values().filter_map(|section| section.receive.as_ref());
        let negotiated =
            receives.any(|receive| receive.codecs.iter().any(|codec| codec.feedback.goog_remb));
        if !negotiated {
            return Err(ReceiverError::NotNegotiated);
        }
        session.remb = bitrate;
        session.remb_is_due = bitrate.is_some();
        if bitrate.is_some() {
            session.press(now);
        }
        Ok(())
    }

    /// `getContributingSources`.
    pub(crate) fn contributing_sources(&self, now: Instant, id: TransceiverId) -> Vec<RtpSource> {
        self.section(id).map(|section| section.sources.contributing(now)).unwrap_or_default()
    }

    /// `getSynchronizationSources`.
    pub(crate) fn synchronization_sources(
        &self,
        now: Instant,
        id: TransceiverId,
    ) -> Vec<RtpSource> {
        self.section(id).map(|section| section.sources.synchronization(now)).unwrap_or_default()
    }

    /// Appends an RTCP packet that says goodbye for all that we send on this transport: the last
    /// thing to send before it is closed. Returns whether there is anything to say.
    pub(crate) fn goodbye(&mut self, transport: TransportId, out: &mut Vec<u8>) -> bool {
        let session = self.sessions.get_mut(&transport);
        session.is_some_and(|session| session.write_goodbye(&self.shared, out))
    }

    /// What is counted of the streams of a receiver, by ascending SSRC.
    pub(crate) fn inbound(&self, id: TransceiverId) -> Vec<InboundCounters> {
        let home = self.homes.get(&id).and_then(|home| self.sessions.get(home));
        let section = home.and_then(|session| session.sections.get(&id));
        let Some((session, section)) = home.zip(section) else { return Vec::new() };
        let media = session
            .incoming
            .values()
            .filter(|stream| stream.transceiver == id && stream.repairs.is_none());
        media
            .map(|stream| {
                let repair =
                    session.incoming.values().find(|other| other.repairs == Some(stream.ssrc));
                stream.counters(section.kind, &section.mid, repair, &session.round_trips)
            })
            .collect()
    }

    /// What is counted of the streams of a sender, by the order of its encodings.
    pub(crate) fn outbound(&self, id: TransceiverId) -> Vec<OutboundCounters> {
        let home = self.homes.get(&id).and_then(|home| self.sessions.get(home));
        let section = home.and_then(|session| session.sections.get(&id));
        let Some((session, section)) = home.zip(section) else { return Vec::new() };
        let encodings = section.send.iter().flat_map(|send| &send.encodings);
        encodings
            .filter_map(|encoding| session.outgoing.get(&encoding.ssrc))
            .map(|stream| stream.counters.clone())
            .collect()
    }

    /// What is counted of all the media of a transport.
    pub(crate) fn transport_counters(&self, transport: TransportId) -> TransportMediaCounters {
        self.sessions.get(&transport).map(|session| session.counters).unwrap_or_default()
    }

    /// How many packets and frames the application did not take in time.
    pub(crate) fn dropped(&self) -> (u64, u64) {
        (self.shared.outlets.packets_dropped, self.shared.outlets.frames_dropped)
    }

    fn section(&self, id: TransceiverId) -> Option<&Section> {
        self.sessions.get(self.homes.get(&id)?)?.sections.get(&id)
    }

    fn section_mut(&mut self, id: TransceiverId) -> Option<&mut Section> {
        self.sessions.get_mut(self.homes.get(&id)?)?.sections.get_mut(&id)
    }

    fn sending(
        &self,
        id: TransceiverId,
        encoding: usize,
    ) -> Result<(TransportId, Ssrc), SendMediaError> {
        let home = self.homes.get(&id).ok_or(SendMediaError::NotSending)?;
        let section = self.section(id).ok_or(SendMediaError::NotSending)?;
        let send = section.send.as_ref().ok_or(SendMediaError::NotSending)?;
        let encoding = send.encodings.get(encoding).ok_or(SendMediaError::UnknownEncoding)?;
        Ok((*home, encoding.ssrc))
    }

    fn receiving(&mut self, id: TransceiverId) -> Result<&mut Session, ReceiverError> {
        let home = self.homes.get(&id).ok_or(ReceiverError::NotReceiving)?;
        let session = self.sessions.get_mut(home).ok_or(ReceiverError::NotReceiving)?;
        let section = session.sections.get(&id);
        if section.is_none_or(|section| section.receive.is_none()) {
            return Err(ReceiverError::NotReceiving);
        }
        Ok(session)
    }
}

/// What every path of IPv4 bears (RFC 1122, section 3.3.3).
const MIN_PACKET_SIZE: usize = 576;
/// How many streams that are not sent at the moment are remembered.
const MAX_PAUSED: usize = 256;
/// How many streams of a transport say goodbye at a time.
const MAX_LEAVING: usize = 256;
