//! Media: what senders are given to send, and what receivers have received.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::Instant;

use super::PeerConnection;
use crate::error::UnknownTransceiver;
use crate::event::Event;
use crate::media::{
    Delivery, DtmfError, Media, MediaEvent, OutgoingFrame, OutgoingPacket, PacketKind,
    ReceivedFrame, ReceivedPacket, ReceiverError, RtpSource, SendMediaError,
};
use crate::rtp::{RtpCodec, TransceiverId};
use crate::transport::Transport;

impl PeerConnection {
    /// Chooses whether what a receiver gets is given out as packets or as frames; it may be chosen
    /// before there is anything to receive. Packets are what there is
    /// without a choice.
    ///
    /// # Errors
    ///
    /// There is no such transceiver.
    pub fn set_delivery(
        &mut self,
        id: TransceiverId,
        delivery: Delivery,
    ) -> Result<(), UnknownTransceiver> {
        self.transceivers.get(id).ok_or(UnknownTransceiver)?;
        self.media.set_delivery(id, delivery);
        Ok(())
    }

    /// The next RTP packet of those receivers whose delivery is of packets.
    /// [`Event::PacketsReady`] tells when there is one.
    #[must_use]
    pub fn poll_packet(&mut self) -> Option<ReceivedPacket> {
        self.media.poll_packet()
    }

    /// The next frame of those receivers whose delivery is of frames. [`Event::FramesReady`] tells
    /// when there is one.
    #[must_use]
    pub fn poll_frame(&mut self) -> Option<ReceivedFrame> {
        self.media.poll_frame()
    }

    /// Sends an RTP packet. Its payload is not copied before it is written into a datagram, so that
    /// one payload can go to any number of senders.
    ///
    /// # Errors
    ///
    /// See [`SendMediaError`]. Nothing has changed then. Before the transport is secured nothing is
    /// being sent.
    pub fn send_packet(
        &mut self,
        id: TransceiverId,
        packet: &OutgoingPacket,
    ) -> Result<(), SendMediaError> {
        self.media.send_packet(self.now, id, packet)
    }

    /// Takes a frame apart and sends it: all of its packets or none.
    ///
    /// # Errors
    ///
    /// See [`SendMediaError`]. Nothing has changed then. Before the transport is secured nothing is
    /// being sent.
    pub fn send_frame(
        &mut self,
        id: TransceiverId,
        frame: &OutgoingFrame,
    ) -> Result<(), SendMediaError> {
        self.media.send_frame(self.now, id, frame)
    }

    /// Tells that a packet of this source will not be sent on purpose, so that the numbers of those
    /// that follow leave no gap, which the other side would want repaired.
    ///
    /// # Errors
    ///
    /// Nothing is being sent, or there is no such encoding.
    pub fn skip_packet(
        &mut self,
        id: TransceiverId,
        encoding: usize,
        packet: &ReceivedPacket,
    ) -> Result<(), SendMediaError> {
        self.media.skip_packet(id, encoding, packet.ssrc, packet.index)
    }

    /// The codec that a receiver has negotiated for a payload type: that of a received packet.
    pub fn received_codec(&self, id: TransceiverId, payload_type: u8) -> Option<&RtpCodec> {
        self.media.received_codec(id, payload_type)
    }

    /// The payload type that a sender has negotiated for a codec. Where a sender has negotiated
    /// several, whoever forwards puts it into [`OutgoingPacket::payload_type`]; without it a packet
    /// goes out as one of the encoding's codec.
    pub fn sent_payload_type(&self, id: TransceiverId, codec: &RtpCodec) -> Option<u8> {
        self.media.sent_payload_type(id, codec)
    }

    /// How many received packets, and how many frames, the application did not take in time, so
    /// that they gave way to newer ones.
    pub fn dropped_media(&self) -> (u64, u64) {
        self.media.dropped()
    }

    /// Asks the other side for a key frame of the stream with this RID, or of all streams of the
    /// receiver. It is asked at most twice a second.
    ///
    /// # Errors
    ///
    /// See [`ReceiverError`].
    pub fn request_key_frame(
        &mut self,
        id: TransceiverId,
        rid: Option<&str>,
    ) -> Result<(), ReceiverError> {
        self.media.request_key_frame(id, rid)
    }

    /// Tells the other side how much we can receive, in bit/s, on every transport that has
    /// negotiated `goog-remb`: now and with each report. `None` ends that.
    ///
    /// # Errors
    ///
    /// Nothing is being received, or `goog-remb` was not negotiated.
    pub fn set_maximum_receive_bitrate(
        &mut self,
        bitrate: Option<u64>,
    ) -> Result<(), ReceiverError> {
        let now = self.now;
        let mut outcome = Err(ReceiverError::NotReceiving);
        for transport in self.transports.iter() {
            match self.media.set_remb(now, transport.id, bitrate) {
                Err(error) if outcome.is_err() => outcome = Err(error),
                Err(_) => {}
                Ok(()) => outcome = Ok(()),
            }
        }
        outcome
    }

    /// `RTCDTMFSender.insertDTMF`: replaces the tones that wait. Durations are brought into the
    /// range that W3C allows; its defaults are 100 ms for a tone and 70 ms for the gap after it.
    ///
    /// # Errors
    ///
    /// See [`DtmfError`].
    pub fn insert_dtmf(
        &mut self,
        id: TransceiverId,
        tones: &str,
        duration: Duration,
        gap: Duration,
    ) -> Result<(), DtmfError> {
        self.media.insert_dtmf(self.now, id, tones, duration, gap)
    }

    /// `RTCDTMFSender.canInsertDTMF`.
    pub fn can_insert_dtmf(&self, id: TransceiverId) -> bool {
        self.media.can_insert_dtmf(id)
    }

    /// `RTCDTMFSender.toneBuffer`: the tones that wait.
    pub fn tone_buffer(&self, id: TransceiverId) -> String {
        self.media.tone_buffer(id)
    }

    /// `RTCRtpReceiver.getContributingSources`: those of the last ten seconds, the newest first.
    pub fn contributing_sources(&self, now: Instant, id: TransceiverId) -> Vec<RtpSource> {
        self.media.contributing_sources(now.max(self.now), id)
    }

    /// `RTCRtpReceiver.getSynchronizationSources`: those of the last ten seconds, the newest first.
    pub fn synchronization_sources(&self, now: Instant, id: TransceiverId) -> Vec<RtpSource> {
        self.media.synchronization_sources(now.max(self.now), id)
    }

    /// Tells the media room what is in force: what was negotiated, on transports that have keys.
    /// So nothing waits for a transport that cannot carry it.
    pub(super) fn configure_media(&mut self, now: Instant) {
        let mut sections = self.session.media(&self.transceivers);
        sections.retain(|section| {
            self.transports.get_mut(section.transport).is_some_and(Transport::prepare_srtp)
        });
        self.media.configure(now, sections);
        self.media.retain(|id| self.transceivers.get(id).is_some());
        for transport in self.transports.iter_mut() {
            self.media.set_round_trip_time(transport.id, transport.ice.round_trip_time());
        }
        self.report_media();
    }

    /// Passes on what the media room has to tell.
    pub(super) fn report_media(&mut self) {
        while let Some(event) = self.media.poll_event() {
            let event = match event {
                MediaEvent::Unmuted(id) => {
                    if !self.set_muted(id, false) {
                        continue;
                    }
                    Event::TrackUnmuted(id)
                }
                MediaEvent::Muted(id) => {
                    if !self.set_muted(id, true) {
                        continue;
                    }
                    Event::TrackMuted(id)
                }
                MediaEvent::KeyFrameRequested { transceiver, encoding } => {
                    Event::KeyFrameRequested { transceiver, encoding }
                }
                MediaEvent::ToneChange { transceiver, tone } => {
                    Event::ToneChange { transceiver, tone }
                }
                MediaEvent::BitrateLimited { transceiver, encoding, bitrate } => {
                    Event::BitrateLimited { transceiver, encoding, bitrate }
                }
                MediaEvent::EstimatedMaximumBitrate { bitrate, .. } => {
                    Event::EstimatedMaximumBitrate { bitrate }
                }
                MediaEvent::PacketsReady => Event::PacketsReady,
                MediaEvent::FramesReady => Event::FramesReady,
                // A congestion controller's business.
                MediaEvent::CongestionFeedback { .. } | MediaEvent::SourceLeft { .. } => continue,
            };
            self.say_newest(event);
        }
    }

    /// Whether that is new.
    fn set_muted(&mut self, id: TransceiverId, muted: bool) -> bool {
        let Some(transceiver) = self.transceivers.get_mut(id) else { return false };
        core::mem::replace(&mut transceiver.receiver.muted, muted) != muted
    }
}

/// Appends one protected packet of media, or of reports on it, to `out`, if there is one to send.
pub(super) fn protect_packet(
    media: &mut Media,
    transport: &mut Transport,
    now: Instant,
    out: &mut Vec<u8>,
) -> bool {
    let id = transport.id;
    let Some(sender) = transport.srtp_sender() else { return false };
    let start = out.len();
    while let Some(kind) = media.poll_transmit(now, id, out) {
        let protected = match kind {
            PacketKind::Rtp => sender.protect_from(out, start),
            PacketKind::Rtcp => sender.protect_rtcp_from(out, start),
        };
        if protected.is_ok() {
            return true;
        }
        // At the end of a key's life; the packet is lost.
        out.truncate(start);
    }
    false
}
