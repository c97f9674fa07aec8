//! INIT, INIT ACK, COOKIE ECHO and COOKIE ACK: beginning, meeting, beginning again
//! (RFC 9260 section 5).

use alloc::vec::Vec;

use bytes::Bytes;
use rtc_core::Instant;

use super::pending::{MAX_CAUSES, Reply};
use super::{Association, Peer, State};
use crate::cookie::Cookie;
use crate::error::{Error, Violation};
use crate::event::Event;
use crate::packet::{
    Cause, CauseCode, CookieEcho, ForwardTsn, Init, InitAck, Parameter, RawTlv, Reconfig, Tsn,
};
use crate::receive::Inbound;
use crate::send::InFlight;
use crate::timer::Timer;

impl Association {
    /// Answers an INIT and remembers nothing of it (section 5.1, 5.2.1, 5.2.2).
    pub(super) fn on_init(&mut self, now: Instant, init: &Init<'_>) -> Result<(), Error> {
        if !is_valid(init) {
            return Err(Error::Unexpected);
        }
        let (local_tag, local_tsn, tie_local, tie_peer) = match self.state {
            State::Closed => return Err(Error::Closed),
            State::ShutdownAckSent => {
                self.pending.shutdown_ack = true;
                return Ok(());
            }
            // Both sides began at once: the same tag and TSN as in our own INIT.
            State::New | State::CookieWait => (self.local_tag, self.initial_tsn, 0, 0),
            State::CookieEchoed => (
                self.local_tag,
                self.initial_tsn,
                self.local_tag,
                self.peer.map_or(0, |peer| peer.tag),
            ),
            // The peer may have begun anew, or someone says so: new numbers, and the old tags in
            // the cookie as a proof that it was this association.
            _ => (
                self.secret.next_u32().max(1),
                Tsn(self.secret.next_u32()),
                self.local_tag,
                self.peer.map_or(0, |peer| peer.tag),
            ),
        };
        let capabilities = read_parameters(init)?;
        let cookie = Cookie {
            created_at: now,
            local_tag,
            peer_tag: init.initiate_tag,
            local_tsn,
            peer_tsn: init.initial_tsn,
            peer_window: init.a_rwnd,
            peer_outbound_streams: init.outbound_streams,
            peer_inbound_streams: init.inbound_streams,
            forward_tsn: capabilities.forward_tsn,
            reconfig: capabilities.reconfig,
            tie_local,
            tie_peer,
        };
        self.pending.reply =
            Some(Reply::InitAck { cookie, unrecognized: capabilities.unrecognized });
        Ok(())
    }

    pub(super) fn on_init_ack(&mut self, now: Instant, chunk: &InitAck<'_>) -> Result<(), Error> {
        if self.state != State::CookieWait {
            // "If an INIT ACK chunk is received by an endpoint in any state other than the
            // COOKIE-WAIT state, the endpoint should discard the INIT ACK chunk."
            return Err(Error::Unexpected);
        }
        let init = &chunk.0;
        if !is_valid(init) {
            return Err(Violation::InvalidParameter.into());
        }
        let capabilities = read_parameters(init)?;
        let Some(cookie) = capabilities.cookie else {
            return Err(Violation::InvalidParameter.into());
        };
        self.cookie = Bytes::copy_from_slice(cookie);
        if !capabilities.unrecognized.is_empty() {
            let information = &capabilities.unrecognized;
            self.pending.report(|out| {
                Cause { code: CauseCode::UNRECOGNIZED_PARAMETERS, information }.encode(out);
            });
        }
        self.adopt_peer(
            init.initiate_tag,
            init.initial_tsn,
            init.a_rwnd,
            (init.outbound_streams, init.inbound_streams),
            (capabilities.forward_tsn, capabilities.reconfig),
        );
        self.state = State::CookieEchoed;
        self.pending.init = false;
        self.pending.cookie_echo = true;
        self.timers.stop(Timer::Handshake);
        // The first round trip is measured by the way; not if INIT was sent again (Karn).
        if self.init_retransmits == 0 {
            self.round_trip.measure(now, now.saturating_duration_since(self.init_sent_at));
        }
        self.init_retransmits = 0;
        Ok(())
    }

    /// Takes a COOKIE ECHO, in a packet with the tag `tag` (section 5.2.4).
    pub(super) fn on_cookie_echo(
        &mut self,
        now: Instant,
        tag: u32,
        chunk: &CookieEcho<'_>,
    ) -> Result<(), Error> {
        if self.state == State::Closed {
            return Err(Error::Closed);
        }
        let cookie =
            match Cookie::open(chunk.cookie, &self.secret, now, self.config.cookie_lifetime) {
                Ok(cookie) => cookie,
                Err(Error::StaleCookie) => {
                    // How stale it is, in microseconds, is all that the cause says.
                    self.pending.report(|out| {
                        Cause { code: CauseCode::STALE_COOKIE, information: &[0; 4] }.encode(out);
                    });
                    return Err(Error::StaleCookie);
                }
                Err(error) => return Err(error),
            };
        if cookie.local_tag != tag {
            return Err(Error::VerificationTag);
        }
        let is_local_tag = cookie.local_tag == self.local_tag;
        let is_peer_tag = self.peer.is_some_and(|peer| peer.tag == cookie.peer_tag);
        match (self.state, is_local_tag, is_peer_tag) {
            // Nothing was there, or both began at once and the other's INIT ACK has not come
            // (actions B and D).
            (State::New | State::CookieWait, true, _) | (State::CookieEchoed, true, false) => {
                self.adopt_cookie(&cookie);
                self.on_established(now);
                self.pending.cookie_ack = true;
            }
            (State::CookieEchoed, true, true) => {
                self.on_established(now);
                self.pending.cookie_ack = true;
            }
            // A repetition: the COOKIE ACK was lost.
            (_, true, true) => self.pending.cookie_ack = true,
            // The peer has begun anew (action A).
            (_, false, false) if self.is_tied(&cookie) => {
                if self.state == State::ShutdownAckSent {
                    self.pending.shutdown_ack = true;
                    self.pending.report(|out| {
                        let code = CauseCode::COOKIE_RECEIVED_WHILE_SHUTTING_DOWN;
                        Cause { code, information: &[] }.encode(out);
                    });
                    return Ok(());
                }
                self.restart(now, &cookie);
            }
            // An old one (action C), or none of ours.
            _ => return Err(Error::Cookie),
        }
        Ok(())
    }

    pub(super) fn on_cookie_ack(&mut self, now: Instant) {
        if self.state == State::CookieEchoed {
            self.on_established(now);
        }
    }

    fn is_tied(&self, cookie: &Cookie) -> bool {
        cookie.tie_local == self.local_tag
            && self.peer.is_some_and(|peer| peer.tag == cookie.tie_peer)
    }

    fn adopt_cookie(&mut self, cookie: &Cookie) {
        self.adopt_peer(
            cookie.peer_tag,
            cookie.peer_tsn,
            cookie.peer_window,
            (cookie.peer_outbound_streams, cookie.peer_inbound_streams),
            (cookie.forward_tsn, cookie.reconfig),
        );
    }

    fn adopt_peer(
        &mut self,
        tag: u32,
        initial_tsn: Tsn,
        window: u32,
        (their_outbound, their_inbound): (u16, u16),
        (forward_tsn, reconfig): (bool, bool),
    ) {
        let outbound_streams = self.config.outbound_streams.min(their_inbound);
        let inbound_streams = self.config.inbound_streams.min(their_outbound);
        self.peer = Some(Peer { tag, outbound_streams, inbound_streams, forward_tsn, reconfig });
        self.peer_window = window as usize;
        self.inbound = Some(Inbound::new(&self.config, initial_tsn, inbound_streams));
        self.queue.limit_streams(outbound_streams);
    }

    fn on_established(&mut self, now: Instant) {
        self.state = State::Established;
        self.pending.init = false;
        self.pending.cookie_echo = false;
        self.cookie = Bytes::new();
        self.timers.stop(Timer::Handshake);
        self.timeouts = 0;
        if let Some(peer) = self.peer {
            self.events.push_back(Event::Connected {
                outbound_streams: peer.outbound_streams,
                inbound_streams: peer.inbound_streams,
            });
            if !peer.reconfig {
                self.resets.refuse_all(&mut self.queue, &mut self.events);
            }
        }
        self.start_heartbeat_timer(now);
        self.start_data_timers(now);
        if self.pending.shutdown_when_established {
            self.pending.shutdown_when_established = false;
            self.shutdown(now);
        }
    }

    /// Goes on with a peer that has begun anew (section 5.2.4.1).
    fn restart(&mut self, now: Instant, cookie: &Cookie) {
        let inbound_streams = self.config.inbound_streams.min(cookie.peer_outbound_streams);
        let outbound_streams = self.config.outbound_streams.min(cookie.peer_inbound_streams);
        self.local_tag = cookie.local_tag;
        self.initial_tsn = cookie.local_tsn;
        self.peer = Some(Peer {
            tag: cookie.peer_tag,
            outbound_streams,
            inbound_streams,
            forward_tsn: cookie.forward_tsn,
            reconfig: cookie.reconfig,
        });
        self.peer_window = cookie.peer_window as usize;
        self.in_flight.release_all(&mut self.queue);
        self.in_flight = InFlight::new(cookie.local_tsn, now);
        self.queue.drop_begun();
        self.queue.on_restart();
        self.resets.on_restart(cookie.local_tsn, &mut self.queue, &mut self.events);
        if let Some(inbound) = &mut self.inbound {
            inbound.restart(cookie.peer_tsn, inbound_streams);
        }
        self.queue.limit_streams(outbound_streams);
        for timer in Timer::ALL {
            self.timers.stop(timer);
        }
        self.state = State::Established;
        self.pending = super::Pending { cookie_ack: true, ..super::Pending::default() };
        self.timeouts = 0;
        self.events.push_back(Event::Restarted);
        self.start_heartbeat_timer(now);
    }
}

/// What the parameters of an INIT or INIT ACK say.
struct Capabilities<'a> {
    cookie: Option<&'a [u8]>,
    forward_tsn: bool,
    reconfig: bool,
    /// Parameters to be reported, header and all.
    unrecognized: Vec<u8>,
}

fn read_parameters<'a>(init: &Init<'a>) -> Result<Capabilities<'a>, Error> {
    let mut capabilities = Capabilities {
        cookie: None,
        forward_tsn: false,
        reconfig: false,
        unrecognized: Vec::new(),
    };
    for parameter in init.parameters() {
        match parameter? {
            Parameter::StateCookie(cookie) => capabilities.cookie = Some(cookie),
            Parameter::ForwardTsnSupported => capabilities.forward_tsn = true,
            Parameter::SupportedExtensions(types) => {
                capabilities.forward_tsn |= types.contains(&ForwardTsn::TYPE);
                capabilities.reconfig |= types.contains(&Reconfig::TYPE);
            }
            Parameter::Unknown(raw) => {
                let action = raw.unknown_action();
                if action.reports() {
                    note_unrecognized(raw, &mut capabilities.unrecognized);
                }
                if !action.goes_on() {
                    break;
                }
            }
            Parameter::Unrecognized(_)
            | Parameter::Ignored(_)
            | Parameter::OutgoingResetRequest(_)
            | Parameter::IncomingResetRequest(_)
            | Parameter::ReconfigResponse(_) => {}
        }
    }
    Ok(capabilities)
}

/// Keeps an unknown parameter to be reported, unless there are too many of them.
fn note_unrecognized(raw: RawTlv<'_>, out: &mut Vec<u8>) {
    let before = out.len();
    raw.encode(out);
    if out.len() > MAX_CAUSES - 8 {
        out.truncate(before);
    }
}

fn is_valid(init: &Init<'_>) -> bool {
    init.initiate_tag != 0 && init.outbound_streams != 0 && init.inbound_streams != 0
}
