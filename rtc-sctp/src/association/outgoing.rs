//! What is sent: one packet at a time, made when it is asked for.

use alloc::vec::Vec;
use core::time::Duration;

use rtc_core::Instant;

use super::pending::{AckState, Reply};
use super::{Association, State};
use crate::cookie::Cookie;
use crate::packet::{
    Abort, Cause, CookieAck, CookieEcho, Data, DataFlags, ErrorChunk, ForwardTsn, Header,
    Heartbeat, HeartbeatAck, Init, InitAck, Parameter, Reconfig, Shutdown, ShutdownAck,
    ShutdownComplete,
};
use crate::receive::Inbound;
use crate::timer::Timer;

impl Association {
    /// Appends a packet without its checksum; false if there is nothing to send, and then what
    /// has been appended is to be cut off.
    pub(super) fn write_packet(&mut self, now: Instant, out: &mut Vec<u8>) -> bool {
        if let Some(reply) = self.pending.reply.take() {
            self.write_reply(reply, out);
            return true;
        }
        match self.state {
            State::New | State::Closed => false,
            State::CookieWait => self.write_init(now, out),
            State::CookieEchoed => self.write_cookie_echo(now, out),
            _ => self.write_chunks(now, out),
        }
    }

    fn header(&self, verification_tag: u32) -> Header {
        Header {
            source_port: self.config.local_port,
            destination_port: self.config.remote_port,
            verification_tag,
        }
    }

    fn write_reply(&mut self, reply: Reply, out: &mut Vec<u8>) {
        match reply {
            Reply::InitAck { cookie, unrecognized } => {
                self.header(cookie.peer_tag).encode(out);
                let mut sealed = Vec::with_capacity(Cookie::LENGTH);
                cookie.seal(&self.secret, &mut sealed);
                let mut parameters = Vec::with_capacity(Cookie::LENGTH + 32);
                Parameter::StateCookie(&sealed).encode(&mut parameters);
                encode_capabilities(&mut parameters);
                let mut rest = &*unrecognized;
                while let Some((one, others)) = split_parameter(rest) {
                    Parameter::Unrecognized(one).encode(&mut parameters);
                    rest = others;
                }
                InitAck(Init {
                    initiate_tag: cookie.local_tag,
                    a_rwnd: self.initial_window(),
                    outbound_streams: self.config.outbound_streams,
                    inbound_streams: self.config.inbound_streams,
                    initial_tsn: cookie.local_tsn,
                    parameters: &parameters,
                })
                .encode(out);
            }
            Reply::Abort { tag, cause, tag_reflected } => {
                self.header(tag).encode(out);
                let mut causes = Vec::new();
                if let Some(code) = cause {
                    Cause { code, information: &[] }.encode(&mut causes);
                }
                Abort { tag_reflected, causes: &causes }.encode(out);
            }
            Reply::ShutdownComplete { tag, tag_reflected } => {
                self.header(tag).encode(out);
                ShutdownComplete { tag_reflected }.encode(out);
            }
        }
    }

    fn initial_window(&self) -> u32 {
        u32::try_from(self.config.receive_window).unwrap_or(u32::MAX)
    }

    fn write_init(&mut self, now: Instant, out: &mut Vec<u8>) -> bool {
        if !core::mem::take(&mut self.pending.init) {
            return false;
        }
        self.init_sent_at = now;
        self.header(0).encode(out);
        let mut parameters = Vec::new();
        encode_capabilities(&mut parameters);
        Init {
            initiate_tag: self.local_tag,
            a_rwnd: self.initial_window(),
            outbound_streams: self.config.outbound_streams,
            inbound_streams: self.config.inbound_streams,
            initial_tsn: self.initial_tsn,
            parameters: &parameters,
        }
        .encode(out);
        self.timers.start(Timer::Handshake, now + self.round_trip.timeout());
        true
    }

    /// COOKIE ECHO, and as much data as fits behind it: the peer takes both at once
    /// (RFC 9260 section 5.1).
    fn write_cookie_echo(&mut self, now: Instant, out: &mut Vec<u8>) -> bool {
        if !core::mem::take(&mut self.pending.cookie_echo) {
            return false;
        }
        let Some(peer) = self.peer else { return false };
        let limit = out.len() + self.config.max_packet_size;
        self.header(peer.tag).encode(out);
        CookieEcho { cookie: &self.cookie }.encode(out);
        self.write_causes(limit, out);
        if out.len() < limit {
            self.write_data(now, limit, false, out);
        }
        // Nothing is waited for but the COOKIE ACK.
        self.timers.stop(Timer::Retransmission);
        self.timers.stop(Timer::Probe);
        self.timers.start(Timer::Handshake, now + self.round_trip.timeout());
        true
    }

    fn write_chunks(&mut self, now: Instant, out: &mut Vec<u8>) -> bool {
        let Some(peer) = self.peer else { return false };
        let limit = out.len() + self.config.max_packet_size;
        self.header(peer.tag).encode(out);
        let empty = out.len();
        self.write_control(now, limit, out);
        let may_send = self.state != State::ShutdownSent && self.state != State::ShutdownAckSent;
        let has_data = may_send && self.has_data_to_send(now);
        let is_acking = match self.pending.ack {
            AckState::Idle => false,
            AckState::Delayed => has_data,
            AckState::Now => true,
        };
        if is_acking && let Some(inbound) = &mut self.inbound {
            inbound.write_sack(limit.saturating_sub(out.len()), out);
            self.pending.ack = AckState::Idle;
            self.timers.stop(Timer::Sack);
            self.statistics.sacks_sent += 1;
        }
        if self.pending.shutdown {
            self.pending.shutdown = false;
            let cumulative_tsn =
                self.inbound.as_ref().map_or(self.initial_tsn, Inbound::cumulative_tsn);
            Shutdown { cumulative_tsn }.encode(out);
            self.timers.start(Timer::Shutdown, now + self.round_trip.timeout());
        }
        if self.pending.shutdown_ack {
            self.pending.shutdown_ack = false;
            ShutdownAck.encode(out);
            self.timers.start(Timer::Shutdown, now + self.round_trip.timeout());
        }
        if has_data && limit > out.len() {
            self.write_data(now, limit, out.len() == empty, out);
        }
        if out.len() > empty {
            return true;
        }
        // Everything has been asked for: what was sent so far is all that there is.
        if self.queue.is_empty() && !self.in_flight.has_lost() {
            self.pending.was_window_limited = false;
            self.in_flight.on_application_limited();
        }
        false
    }

    fn write_control(&mut self, now: Instant, limit: usize, out: &mut Vec<u8>) {
        if core::mem::take(&mut self.pending.cookie_ack) {
            CookieAck.encode(out);
        }
        self.write_causes(limit, out);
        if let Some(info) = self.pending.heartbeat_ack.take() {
            HeartbeatAck { info: &info }.encode(out);
        }
        if core::mem::take(&mut self.pending.heartbeat) {
            let micros = u64::try_from(now.since_epoch().as_micros()).unwrap_or(u64::MAX);
            self.heartbeat_nonce = self.secret.next_u32().max(1);
            let [a, b, c, d] = self.heartbeat_nonce.to_be_bytes();
            let [e, f, g, h, i, j, k, l] = micros.to_be_bytes();
            Heartbeat { info: &[a, b, c, d, e, f, g, h, i, j, k, l] }.encode(out);
        }
        self.write_reconfig(now, limit, out);
        if core::mem::take(&mut self.pending.forward_tsn) {
            let room = limit.saturating_sub(out.len() + ForwardTsn::FIXED_LENGTH) / 4;
            if let Some((tsn, streams)) = self.in_flight.forward_tsn(room) {
                ForwardTsn::write(out, tsn, streams.into_iter());
                self.forward_tsn_sent_at = now;
                if !self.timers.is_running(Timer::Retransmission) {
                    self.timers.start(Timer::Retransmission, now + self.round_trip.timeout());
                }
            }
        }
    }

    fn write_reconfig(&mut self, now: Instant, limit: usize, out: &mut Vec<u8>) {
        if let Some(response) = self.pending.reconfig_response.take() {
            let mut parameters = Vec::new();
            response.encode(&mut parameters);
            Reconfig { parameters: &parameters }.encode(out);
        }
        let max_streams = (self.config.max_packet_size - RECONFIG_RESERVE) / 2;
        if self.resets.begin(&self.queue, self.in_flight.next_tsn(), max_streams) {
            self.in_flight.on_reset_begun();
        }
        if self.resets.is_due() && out.len() + self.resets.length() + 4 <= limit {
            let last_request = self.inbound.as_ref().map_or(0, Inbound::last_request);
            let mut parameters = Vec::new();
            self.resets.write(last_request, &mut parameters);
            Reconfig { parameters: &parameters }.encode(out);
            self.timers.start(Timer::Reconfig, now + self.round_trip.timeout());
        }
    }

    fn write_causes(&mut self, limit: usize, out: &mut Vec<u8>) {
        if !self.pending.causes.is_empty() && out.len() + self.pending.causes.len() + 4 <= limit {
            ErrorChunk { causes: &core::mem::take(&mut self.pending.causes) }.encode(out);
        }
    }

    /// Whether a DATA chunk may be sent now.
    fn has_data_to_send(&mut self, now: Instant) -> bool {
        let may_abandon = self.may_abandon();
        let skip_before = self.in_flight.pending_skip();
        let has_lost =
            self.in_flight.next_retransmission(now, &mut self.queue, may_abandon).is_some();
        self.note_abandoned(skip_before);
        if !has_lost && self.queue.is_empty() {
            return false;
        }
        if self.in_flight.bytes() == 0 {
            self.on_idle(now);
        }
        if !self.has_window() {
            self.pending.was_window_limited = true;
            return false;
        }
        (has_lost || self.has_peer_window()) && self.is_paid_for(now)
    }

    /// Whether the pace of the controller allows another packet; if not, the timer says when.
    fn is_paid_for(&mut self, now: Instant) -> bool {
        let is_paid = self.pending.probe || self.pace_at <= now + PACE_QUANTUM;
        self.timers.set(Timer::Pace, (!is_paid).then_some(self.pace_at));
        is_paid
    }

    /// Charges a packet with data to the pace.
    fn pay(&mut self, now: Instant, bytes: usize) {
        if let Some(rate) = self.congestion.pacing_rate() {
            let nanos = (bytes as u64).saturating_mul(1_000_000_000) / rate.max(1);
            self.pace_at = self.pace_at.max(now) + Duration::from_nanos(nanos);
        }
    }

    fn has_window(&self) -> bool {
        let in_flight = self.in_flight.bytes();
        self.pending.probe || in_flight == 0 || in_flight < self.congestion.window()
    }

    /// Whether the peer has room for new data. One chunk may always be under way: it asks
    /// whether a closed window has opened (RFC 9260 section 6.1 A).
    pub(super) fn has_peer_window(&self) -> bool {
        let outstanding = self.in_flight.outstanding();
        outstanding == 0 || outstanding + self.max_fragment_size() <= self.peer_window
    }

    /// Fills the packet up to `limit`; `is_alone` tells that nothing is in it yet.
    fn write_data(&mut self, now: Instant, limit: usize, is_alone: bool, out: &mut Vec<u8>) {
        let start = out.len();
        let packet = self.in_flight.begin_packet();
        let may_abandon = self.may_abandon();
        let full = self.max_fragment_size();
        let mut is_first = is_alone;
        // A small window fills soon: the sooner it is acknowledged, the better (RFC 7053).
        let window = self.congestion.window();
        let is_small = window < IMMEDIATE_PACKETS * self.config.max_packet_size;
        let skip_before = self.in_flight.pending_skip();
        while self.has_window() {
            let Some(length) =
                self.in_flight.next_retransmission(now, &mut self.queue, may_abandon)
            else {
                break;
            };
            // What was cut for larger packets goes out alone; it cannot be cut again.
            if !is_first && out.len() + Data::HEADER_LENGTH + length > limit {
                break;
            }
            is_first = false;
            self.in_flight.retransmit(now, packet, is_small, out);
            self.statistics.data_chunks_retransmitted += 1;
        }
        while self.has_window() && self.has_peer_window() && !self.in_flight.has_lost() {
            let room = limit.saturating_sub(out.len() + Data::HEADER_LENGTH) & !3;
            if room == 0 {
                break;
            }
            let Some(fragment) = self.queue.next_fragment(now, room, full) else { break };
            let tsn = self.in_flight.next_tsn();
            let is_last = self.in_flight.bytes() + fragment.payload.len() >= window;
            Data {
                flags: fragment.flags.with(DataFlags::IMMEDIATE, is_small || is_last),
                tsn,
                stream: fragment.stream,
                ssn: fragment.wire_ssn(),
                ppid: fragment.ppid,
                payload: &fragment.payload,
            }
            .encode(out);
            self.in_flight.push(now, packet, fragment);
            self.statistics.data_chunks_sent += 1;
        }
        self.pay(now, out.len() - start);
        self.note_abandoned(skip_before);
        let has_written = out.len() > start;
        // Beside other chunks there may have been too little room: the probe is the next packet.
        self.pending.probe &= !has_written && !is_alone;
        if has_written || self.in_flight.is_empty() {
            self.start_data_timers(now);
        }
    }

    /// Forgets a window that was measured long ago (RFC 9260 section 7.2.1).
    fn on_idle(&mut self, now: Instant) {
        let idle = now.saturating_duration_since(self.in_flight.last_sent_at());
        let timeout = self.round_trip.timeout();
        if idle > timeout && self.statistics.data_chunks_sent > 0 {
            self.congestion.on_idle(idle, timeout);
        }
    }
}

fn encode_capabilities(out: &mut Vec<u8>) {
    Parameter::ForwardTsnSupported.encode(out);
    Parameter::SupportedExtensions(&[Reconfig::TYPE, ForwardTsn::TYPE]).encode(out);
}

/// Splits one padded parameter off what [`Association::on_init`] has kept.
fn split_parameter(parameters: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(u16::from_be_bytes(*parameters.get(2..)?.first_chunk()?));
    let one = parameters.get(..length.max(4))?;
    let rest = parameters.get(length.max(4).next_multiple_of(4)..).unwrap_or_default();
    Some((one, rest))
}

/// Under how many packets of congestion window a SACK is asked for at once, as in libwebrtc.
const IMMEDIATE_PACKETS: usize = 10;

/// How much may be sent ahead of the pace, in time: timers need not be finer.
const PACE_QUANTUM: Duration = Duration::from_millis(1);

/// What else is in a packet with a request to reset streams.
const RECONFIG_RESERVE: usize = 128;
