//! What arrives: whether it is for us, and what each chunk does.

use bytes::Bytes;
use rtc_core::Instant;

use super::pending::{AckState, Reply};
use super::{Association, State};
use crate::congestion::{Ack, Loss};
use crate::error::{DecodeError, Error};
use crate::event::CloseReason;
use crate::packet::{
    Abort, Cause, CauseCode, Chunk, Data, DataFlags, ForwardTsn, GapBlock, Header, HeartbeatAck,
    Packet, Parameter, Reconfig, ReconfigResponse, Sack, Shutdown, ShutdownComplete, Tsn,
};
use crate::receive::Taken;
use crate::reset::Answer;
use crate::timer::Timer;

impl Association {
    pub(super) fn on_datagram(&mut self, now: Instant, datagram: &Bytes) -> Result<(), Error> {
        let packet = Packet::decode(datagram)?;
        let header = packet.header;
        if header.source_port != self.config.remote_port
            || header.destination_port != self.config.local_port
        {
            return Err(Error::Port);
        }
        let mut chunks = packet.chunks();
        let first = chunks.next().ok_or(DecodeError::Truncated)??;
        if self.state == State::Closed {
            return self.on_late_packet(header, &first);
        }
        // Section 8.5.1: the chunks that may come with another tag than ours, and only as the
        // first of their packet.
        match first {
            Chunk::Init(init) => {
                if header.verification_tag != 0 || chunks.next().is_some() {
                    return Err(Error::Unexpected);
                }
                self.on_received(datagram.len());
                return self.on_init(now, &init);
            }
            Chunk::Abort(abort) => {
                self.check_reflected(header, abort.tag_reflected)?;
                self.on_received(datagram.len());
                self.on_abort(&abort);
                return Ok(());
            }
            Chunk::ShutdownComplete(chunk) => {
                self.check_reflected(header, chunk.tag_reflected)?;
                self.on_received(datagram.len());
                self.on_shutdown_complete();
                return Ok(());
            }
            Chunk::CookieEcho(echo) => {
                self.on_cookie_echo(now, header.verification_tag, &echo)?;
                self.on_received(datagram.len());
            }
            _ => {
                if header.verification_tag != self.local_tag {
                    return Err(Error::VerificationTag);
                }
                self.on_received(datagram.len());
                self.on_chunk(now, first, datagram)?;
            }
        }
        let mut had_data = matches!(first, Chunk::Data(_));
        let mut result = Ok(());
        for chunk in chunks {
            if result.is_err() || self.state == State::Closed {
                break;
            }
            result = chunk.map_err(Error::from).and_then(|chunk| {
                had_data |= matches!(chunk, Chunk::Data(_));
                self.on_chunk(now, chunk, datagram)
            });
        }
        if self.state == State::Closed {
            return result;
        }
        // What was taken before something was wrong is acknowledged all the same.
        if had_data {
            self.schedule_sack(now);
        }
        if self.timers.is_running(Timer::Heartbeat) {
            self.start_heartbeat_timer(now);
        }
        result
    }

    fn on_received(&mut self, length: usize) {
        self.statistics.packets_received += 1;
        self.statistics.bytes_received += length as u64;
    }

    /// ABORT and SHUTDOWN COMPLETE carry our tag, or with the T bit the peer's.
    fn check_reflected(&self, header: Header, tag_reflected: bool) -> Result<(), Error> {
        let expected =
            if tag_reflected { self.peer.map(|peer| peer.tag) } else { Some(self.local_tag) };
        if expected == Some(header.verification_tag) { Ok(()) } else { Err(Error::VerificationTag) }
    }

    /// Tells a peer that has missed the end (section 8.4), without remembering anything.
    fn on_late_packet(&mut self, header: Header, first: &Chunk<'_>) -> Result<(), Error> {
        let tag = header.verification_tag;
        if tag == self.local_tag && self.pending.reply.is_none() {
            match first {
                Chunk::ShutdownAck(_) => {
                    self.pending.reply = Some(Reply::ShutdownComplete { tag, tag_reflected: true });
                }
                Chunk::Abort(_) | Chunk::ShutdownComplete(_) | Chunk::Init(_) => {}
                _ => {
                    self.pending.reply =
                        Some(Reply::Abort { tag, cause: None, tag_reflected: true });
                }
            }
        }
        Err(Error::Closed)
    }

    fn on_chunk(&mut self, now: Instant, chunk: Chunk<'_>, datagram: &Bytes) -> Result<(), Error> {
        match chunk {
            Chunk::Data(data) => self.on_data(&data, datagram)?,
            Chunk::Sack(sack) => self.on_sack(now, &sack)?,
            Chunk::InitAck(init_ack) => self.on_init_ack(now, &init_ack)?,
            Chunk::CookieAck(_) => self.on_cookie_ack(now),
            Chunk::Heartbeat(heartbeat) => {
                if heartbeat.info.len() <= MAX_HEARTBEAT {
                    self.pending.heartbeat_ack = Some(datagram.slice_ref(heartbeat.info));
                }
            }
            Chunk::HeartbeatAck(ack) => self.on_heartbeat_ack(now, &ack),
            Chunk::Abort(abort) => self.on_abort(&abort),
            Chunk::Shutdown(shutdown) => self.on_shutdown(now, shutdown)?,
            Chunk::ShutdownAck(_) => self.on_shutdown_ack(),
            Chunk::ShutdownComplete(ShutdownComplete { .. }) => self.on_shutdown_complete(),
            Chunk::Reconfig(reconfig) => self.on_reconfig(now, &reconfig)?,
            Chunk::ForwardTsn(forward_tsn) => self.on_forward_tsn(&forward_tsn)?,
            // A report that the peer did not understand something: nothing here depends on it, but
            // a stale cookie means that the handshake has to begin again.
            Chunk::Error(error) => {
                let is_stale =
                    error.cause().is_some_and(|cause| cause.code == CauseCode::STALE_COOKIE);
                if is_stale && self.state == State::CookieEchoed {
                    self.restart_handshake();
                }
            }
            Chunk::Init(_) | Chunk::CookieEcho(_) => return Err(Error::Unexpected),
            Chunk::Unknown(raw) => {
                let action = raw.unknown_action();
                if action.reports() {
                    self.pending.report(|out| {
                        let mut information = alloc::vec::Vec::new();
                        raw.encode(&mut information);
                        let code = CauseCode::UNRECOGNIZED_CHUNK_TYPE;
                        Cause { code, information: &information }.encode(out);
                    });
                }
                if !action.goes_on() {
                    return Err(Error::UnknownChunk { kind: raw.kind });
                }
            }
        }
        Ok(())
    }

    fn on_data(&mut self, data: &Data<'_>, datagram: &Bytes) -> Result<(), Error> {
        if self.state >= State::ShutdownReceived {
            // The peer has promised not to send any more.
            return Err(Error::Unexpected);
        }
        let Some(inbound) = &mut self.inbound else { return Err(Error::Unexpected) };
        match inbound.on_data(data, datagram)? {
            Taken::New => {
                self.statistics.data_chunks_received += 1;
                if data.flags.contains(DataFlags::IMMEDIATE)
                    || self.statistics.data_chunks_received == 1
                {
                    self.pending.ack_now();
                }
            }
            Taken::Duplicate => {
                self.statistics.data_chunks_duplicated += 1;
                self.pending.ack_now();
            }
            Taken::Refused => {
                self.statistics.data_chunks_refused += 1;
                self.pending.ack_now();
            }
            Taken::InvalidStream => {
                let [high, low] = data.stream.to_be_bytes();
                self.pending.report(|out| {
                    let code = CauseCode::INVALID_STREAM_IDENTIFIER;
                    Cause { code, information: &[high, low, 0, 0] }.encode(out);
                });
            }
        }
        Ok(())
    }

    /// A packet with data has been taken: it is acknowledged now or a little later.
    fn schedule_sack(&mut self, now: Instant) {
        let has_gap = self.inbound.as_ref().is_some_and(|inbound| inbound.has_gap());
        let is_closing = self.state == State::ShutdownSent;
        if has_gap || is_closing || self.pending.ack != AckState::Idle {
            self.pending.ack_now();
            // "While in the SHUTDOWN-SENT state, ... MUST respond to each received packet
            // containing one or more DATA chunks with a SHUTDOWN chunk".
            self.pending.shutdown |= is_closing;
        } else {
            self.pending.ack = AckState::Delayed;
            let delay = self.config.sack_delay.min(self.round_trip.timeout() / 2);
            self.timers.start(Timer::Sack, now + delay);
        }
    }

    fn on_sack(&mut self, now: Instant, sack: &Sack<'_>) -> Result<(), Error> {
        self.statistics.sacks_received += 1;
        self.on_acknowledgement(now, sack.cumulative_tsn, Some(sack.a_rwnd), sack.gap_blocks())
    }

    fn on_acknowledgement(
        &mut self,
        now: Instant,
        cumulative_tsn: Tsn,
        window: Option<u32>,
        gaps: impl Iterator<Item = GapBlock> + Clone,
    ) -> Result<(), Error> {
        if self.peer.is_none() {
            return Err(Error::Unexpected);
        }
        let in_flight_before = self.in_flight.bytes();
        let outcome =
            self.in_flight.on_sack(now, cumulative_tsn, gaps, &self.round_trip, &mut self.queue)?;
        // `None`: overtaken by a later one.
        let Some(outcome) = outcome else { return Ok(()) };
        if let Some(window) = window {
            self.peer_window = window as usize;
        }
        self.timeouts = 0;
        if let Some(round_trip) = outcome.round_trip {
            self.round_trip.measure(now, round_trip);
        }
        if outcome.bytes > 0 {
            self.round_trip.answered();
            self.probes = 0;
        }
        self.detect_loss(now);
        if outcome.bytes > 0 {
            self.congestion.on_ack(&Ack {
                now,
                bytes: outcome.bytes,
                in_flight: self.in_flight.bytes(),
                window_limited: core::mem::take(&mut self.pending.was_window_limited)
                    || in_flight_before + self.config.max_packet_size >= self.congestion.window(),
                in_recovery: self.in_flight.in_recovery(),
                round_trip: outcome.round_trip,
                rate: outcome.rate,
            });
        }
        let is_behind = self.in_flight.pending_skip().is_some();
        if is_behind && now >= self.forward_tsn_sent_at + self.round_trip.estimate() {
            self.pending.forward_tsn = true;
        }
        if outcome.cumulative_advanced || outcome.bytes > 0 {
            self.timers.stop(Timer::Retransmission);
        }
        self.start_data_timers(now);
        self.continue_shutdown(now);
        Ok(())
    }

    /// Looks for losses and tells the congestion controller.
    pub(super) fn detect_loss(&mut self, now: Instant) {
        let may_abandon = self.may_abandon();
        let skip_before = self.in_flight.pending_skip();
        let loss = self.in_flight.detect_loss(now, &self.round_trip, &mut self.queue, may_abandon);
        self.timers.set(Timer::Loss, loss.next_at);
        self.note_abandoned(skip_before);
        if loss.bytes > 0 {
            if loss.new_episode {
                self.statistics.fast_recoveries += 1;
            }
            self.congestion.on_loss(&Loss { bytes: loss.bytes, new_episode: loss.new_episode });
        }
    }

    /// Has the peer told of what was given up, if that moved the point to skip to.
    pub(super) fn note_abandoned(&mut self, skip_before: Option<Tsn>) {
        self.statistics.messages_abandoned +=
            self.in_flight.take_abandoned() + self.queue.take_abandoned();
        let skip = self.in_flight.pending_skip();
        if skip.is_some() && skip != skip_before {
            self.pending.forward_tsn = true;
        }
    }

    fn on_forward_tsn(&mut self, chunk: &ForwardTsn<'_>) -> Result<(), Error> {
        let Some(inbound) = &mut self.inbound else { return Err(Error::Unexpected) };
        if !inbound.on_forward_tsn(chunk)? {
            return Err(Error::Unexpected);
        }
        self.pending.ack_now();
        Ok(())
    }

    fn on_reconfig(&mut self, now: Instant, chunk: &Reconfig<'_>) -> Result<(), Error> {
        // RFC 6525 section 3.1 knows chunks of two parameters at most.
        for parameter in chunk.parameters().take(2) {
            let (number, result) = match parameter? {
                Parameter::OutgoingResetRequest(request) => {
                    let Some(inbound) = &mut self.inbound else { return Err(Error::Unexpected) };
                    (request.request, inbound.on_reset_request(&request)?)
                }
                Parameter::IncomingResetRequest(request) => {
                    let Some(inbound) = &mut self.inbound else { return Err(Error::Unexpected) };
                    (request.request, inbound.on_other_request(request.request))
                }
                Parameter::ReconfigResponse(response) => {
                    self.on_reconfig_response(now, response);
                    continue;
                }
                // SSN/TSN reset (15) and added streams (17, 18) begin with a number, too.
                Parameter::Unknown(raw) if matches!(raw.kind, 15 | 17 | 18) => {
                    let Some(&bytes) = raw.value.first_chunk() else {
                        return Err(DecodeError::Truncated.into());
                    };
                    let Some(inbound) = &mut self.inbound else { return Err(Error::Unexpected) };
                    let number = u32::from_be_bytes(bytes);
                    (number, inbound.on_other_request(number))
                }
                _ => continue,
            };
            self.pending.reconfig_response = Some(ReconfigResponse { response: number, result });
        }
        Ok(())
    }

    fn on_reconfig_response(&mut self, now: Instant, response: ReconfigResponse) {
        let answer = self.resets.on_response(
            response.response,
            response.result,
            &mut self.queue,
            &mut self.events,
        );
        match answer {
            // It will be done: ask again later what became of it.
            Some(Answer::NotYet) => {
                self.timers.start(Timer::Reconfig, now + self.round_trip.estimate());
            }
            Some(answer) => {
                self.timers.stop(Timer::Reconfig);
                self.in_flight.on_reset_finished(answer == Answer::Performed);
                if self.in_flight.pending_skip().is_some() {
                    self.pending.forward_tsn = true;
                }
            }
            None => {}
        }
    }

    fn on_heartbeat_ack(&mut self, now: Instant, chunk: &HeartbeatAck<'_>) {
        let Some((&nonce, rest)) = chunk.info.split_first_chunk::<4>() else { return };
        let Ok(micros) = <[u8; 8]>::try_from(rest) else { return };
        // The number cannot be foreseen, so what comes back is what was sent, and once.
        if self.heartbeat_nonce == 0 || u32::from_be_bytes(nonce) != self.heartbeat_nonce {
            return;
        }
        self.heartbeat_nonce = 0;
        self.timeouts = 0;
        let sent_at = Instant::from_micros(u64::from_be_bytes(micros));
        self.round_trip.measure(now, now.saturating_duration_since(sent_at));
    }

    fn on_abort(&mut self, abort: &Abort<'_>) {
        // An ABORT is never answered.
        self.pending.reply = None;
        let cause = abort.cause().map(|cause| cause.code);
        self.close(CloseReason::PeerAborted { cause });
    }

    fn on_shutdown(&mut self, now: Instant, chunk: Shutdown) -> Result<(), Error> {
        match self.state {
            State::Established | State::ShutdownPending | State::ShutdownReceived => {
                self.on_acknowledgement(now, chunk.cumulative_tsn, None, core::iter::empty())?;
                self.state = State::ShutdownReceived;
                self.continue_shutdown(now);
            }
            // Both have sent one (section 9.2).
            State::ShutdownSent => {
                self.on_acknowledgement(now, chunk.cumulative_tsn, None, core::iter::empty())?;
                self.state = State::ShutdownAckSent;
                self.pending.shutdown = false;
                self.pending.shutdown_ack = true;
            }
            State::ShutdownAckSent => self.pending.shutdown_ack = true,
            _ => return Err(Error::Unexpected),
        }
        Ok(())
    }

    fn on_shutdown_ack(&mut self) {
        if matches!(self.state, State::ShutdownSent | State::ShutdownAckSent) {
            if let Some(peer) = self.peer {
                self.pending.reply =
                    Some(Reply::ShutdownComplete { tag: peer.tag, tag_reflected: false });
            }
            self.close(CloseReason::Shutdown);
        }
    }

    fn on_shutdown_complete(&mut self) {
        if self.state == State::ShutdownAckSent {
            self.close(CloseReason::Shutdown);
        }
    }

    /// Goes on to SHUTDOWN or SHUTDOWN ACK once all data has arrived (section 9.2).
    pub(super) fn continue_shutdown(&mut self, _now: Instant) {
        if !self.queue.is_empty() || !self.in_flight.is_empty() {
            return;
        }
        match self.state {
            State::ShutdownPending => {
                self.state = State::ShutdownSent;
                self.pending.shutdown = true;
            }
            State::ShutdownReceived => {
                self.state = State::ShutdownAckSent;
                self.pending.shutdown_ack = true;
            }
            _ => {}
        }
    }
}

/// The longest HEARTBEAT that is answered, in bytes: what surely fits in a packet.
const MAX_HEARTBEAT: usize = 128;
