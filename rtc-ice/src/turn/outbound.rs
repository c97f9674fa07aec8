//! What the client sends.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use rtc_core::{FiveTuple, Instant, Protocol, Transmit};

use super::channel_data::{self, ChannelData};
use super::client::{Client, Phase, plain};
use super::config::{Families, MIN_KEEPALIVE};
use super::deadlines::Timer;
use super::permission::{Permission, Standing};
use super::request::{Purpose, Request};
use crate::stun::{AddressFamily, Class, Message, MessageBuilder, Method, TransactionId};

impl Client {
    /// Makes what stands in `out` from `start` on a message to the server that brings it to `peer`,
    /// in place, and returns the path to send it on.
    ///
    /// It is ChannelData once a channel is bound and a Send indication before; a channel is asked
    /// for with the first datagram that is not STUN. Over TCP the message is padded.
    ///
    /// `None`: nothing is to be sent now, and `out` ends at `start`. Either it cannot be sent, because
    /// there is no allocation with an address of the peer's family, the server has refused the peer,
    /// there are too many peers or it is too long; or the permission is being made and the datagram,
    /// if it has at most 1280 bytes, is kept in place of one that was kept before, and comes by
    /// [`poll_transmit`](Self::poll_transmit) if the permission does.
    pub fn wrap(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        out: &mut Vec<u8>,
        start: usize,
    ) -> Option<FiveTuple> {
        if self.wrap_in_place(now, plain(peer), out, start).is_none() {
            out.truncate(start);
            return None;
        }
        self.last_sent_at = now;
        Some(self.path)
    }

    /// Whether a channel to this peer can be sent over now: then
    /// [`wrap_in_channel`](Self::wrap_in_channel) is the way that moves nothing.
    pub fn has_channel(&self, now: Instant, peer: SocketAddr) -> bool {
        self.phase == Phase::Allocated && self.channels.has_usable(now, plain(peer))
    }

    /// Makes ChannelData to `peer` of the datagrams that stand in `out` from `start` on, each of
    /// them behind [`HEADER_LENGTH`](ChannelData::HEADER_LENGTH) bytes that are free, and returns
    /// the path to send them on. Only the headers are written, and over TCP the padding.
    ///
    /// With these bytes each of the datagrams takes `segment` bytes, the last one possibly less; so
    /// do the messages. Over TCP there can be only one.
    ///
    /// `None`: no channel is bound, or a datagram is too long, and `out` ends at `start`.
    pub fn wrap_in_channel(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        out: &mut Vec<u8>,
        start: usize,
        segment: usize,
    ) -> Option<FiveTuple> {
        let is_stream = self.path.protocol == Protocol::Tcp;
        let size = out.len().saturating_sub(start);
        let fits = segment <= MAX_PAYLOAD && (!is_stream || size <= segment);
        let channel = self.channels.of_peer(plain(peer)).filter(|channel| channel.is_usable(now));
        let Some(channel) = channel.filter(|_| fits && self.phase == Phase::Allocated) else {
            out.truncate(start);
            return None;
        };
        channel.is_used = true;
        let number = channel.number;
        for message in out.get_mut(start..)?.chunks_mut(segment.max(1)) {
            let Some((header, data)) = message.split_first_chunk_mut() else { continue };
            let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
            *header = channel_data::header(number, length);
        }
        if is_stream {
            pad(out, start);
        }
        self.last_sent_at = now;
        Some(self.path)
    }

    /// How many bytes [`wrap`](Self::wrap) adds to a datagram to this peer now, at most.
    pub fn overhead(&mut self, now: Instant, peer: SocketAddr) -> usize {
        let peer = plain(peer);
        let channel = self.channels.of_peer(peer);
        if channel.is_some_and(|channel| channel.is_usable(now)) {
            ChannelData::HEADER_LENGTH + if self.path.protocol == Protocol::Tcp { 3 } else { 0 }
        } else {
            let address = if peer.is_ipv4() { 12 } else { 24 };
            20 + address + 4 + 3
        }
    }

    /// Appends the next datagram, or piece of the stream, to `out`.
    #[must_use]
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        self.handle_timeout(now);
        let start = out.len();
        let path = self.next_message(now, out, start)?;
        if path == self.path {
            self.last_sent_at = now;
        }
        let size = out.len() - start;
        Some(Transmit { path, ecn: None, dscp: 0, size, segment_size: None })
    }

    /// When a mapping wants to be kept alive.
    pub(super) fn keepalive_at(&self) -> Option<Instant> {
        let is_idle =
            self.phase == Phase::Allocated && self.path.protocol == Protocol::Udp && !self.is_cut;
        let keepalive = self.config.keepalive.filter(|_| is_idle)?;
        Some(self.last_sent_at + keepalive.max(MIN_KEEPALIVE))
    }

    /// What may be done for a peer; asks for its permission where there is none.
    pub(super) fn permission_of(&mut self, now: Instant, ip: IpAddr) -> Standing {
        let has_room = self.permissions.len() < self.config.max_peers;
        let Some(permission) = self.permissions.get_mut(&ip) else {
            if !has_room {
                return Standing::Refused;
            }
            self.permissions.insert(ip, Permission::asked());
            self.issue(now, Purpose::Permission(ip), 0);
            return Standing::Pending;
        };
        if permission.is_refused(now) {
            return Standing::Refused;
        }
        permission.is_used = true;
        if permission.is_granted(now) {
            return Standing::Granted;
        }
        if !permission.is_asked {
            permission.is_asked = true;
            self.deadlines.set(Timer::Permission(ip), None);
            self.issue(now, Purpose::Permission(ip), 0);
        }
        Standing::Pending
    }

    fn next_message(&mut self, now: Instant, out: &mut Vec<u8>, start: usize) -> Option<FiveTuple> {
        loop {
            if let Some(path) = self.next_request(now, out, start) {
                return Some(path);
            }
            // What cannot be sent after all may have made a request.
            let Some(peer) = self.ready.pop_front() else { break };
            let Some(datagram) = self.held.remove(&peer) else { continue };
            out.extend_from_slice(&datagram);
            if let Some(path) = self.wrap(now, peer, out, start) {
                return Some(path);
            }
        }
        if self.keepalive_at().is_some_and(|at| at <= now) {
            let id = TransactionId(self.draws.bytes());
            MessageBuilder::new(out, Class::Indication, Method::BINDING, id).fingerprint().finish();
            return Some(self.path);
        }
        None
    }

    fn next_request(&mut self, now: Instant, out: &mut Vec<u8>, start: usize) -> Option<FiveTuple> {
        while let Some(id) = self.due.pop_front() {
            let Some(mut request) = self.requests.remove(&id) else { continue };
            if request.timer.is_new() {
                request.first_sent_at = now;
                self.write_request(id, &mut request, out);
                if request.path.protocol == Protocol::Udp {
                    request.bytes.extend_from_slice(out.get(start..).unwrap_or_default());
                }
            } else {
                out.extend_from_slice(&request.bytes);
            }
            request.timer.on_transmit(now);
            self.deadlines.set(Timer::Request(id), Some(request.timer.due_at()));
            let path = request.path;
            self.requests.insert(id, request);
            return Some(path);
        }
        None
    }

    fn write_request(&self, id: TransactionId, request: &mut Request, out: &mut Vec<u8>) {
        let method = request.purpose.method();
        let mut builder = MessageBuilder::new(out, Class::Request, method, id);
        match request.purpose {
            Purpose::Allocate => {
                builder.requested_transport_udp().lifetime(self.config.lifetime);
                match self.families {
                    Families::V4 => {}
                    Families::V6 => {
                        builder.requested_address_family(AddressFamily::V6);
                    }
                    Families::Both => {
                        builder.additional_address_family(AddressFamily::V6);
                    }
                }
                if self.wants_ticket {
                    builder.mobility_ticket(&[]);
                }
            }
            Purpose::Clear | Purpose::Release => {
                builder.lifetime(Duration::ZERO);
            }
            Purpose::Refresh => {
                builder.lifetime(self.config.lifetime);
            }
            Purpose::Move => {
                builder.lifetime(self.config.lifetime);
                let allocation = self.allocation.as_ref();
                if let Some(ticket) = allocation.and_then(|allocation| allocation.ticket.as_ref()) {
                    builder.mobility_ticket(ticket);
                }
            }
            // The port does not count (RFC 8656, section 10.1).
            Purpose::Permission(ip) => {
                builder.xor_peer_address(SocketAddr::new(ip, 0));
            }
            Purpose::Channel(number, peer) => {
                builder.channel_number(number.number()).xor_peer_address(peer);
            }
        }
        request.challenge = self.challenge.as_ref().map(|challenge| {
            challenge.sign(&self.config.credentials, &mut builder);
            challenge.number()
        });
        builder.finish();
    }

    fn wrap_in_place(
        &mut self,
        now: Instant,
        peer: SocketAddr,
        out: &mut Vec<u8>,
        start: usize,
    ) -> Option<()> {
        if !self.relays_to(peer) {
            return None;
        }
        let payload = out.get(start..)?;
        if payload.len() > MAX_PAYLOAD {
            return None;
        }
        let is_data = !Message::is_stun(payload);
        if let Some(channel) = self.channels.of_peer(peer) {
            if channel.is_usable(now) {
                channel.is_used = true;
                let number = channel.number;
                self.prepend_channel_data(number, out, start);
                return Some(());
            }
            if is_data && !channel.is_asked && !channel.is_refused {
                channel.is_asked = true;
                channel.is_used = true;
                let number = channel.number;
                self.deadlines.set(Timer::Channel(number), None);
                self.issue(now, Purpose::Channel(number, peer), 0);
            }
        } else if is_data
            && self.permissions.get(&peer.ip()).is_some_and(|at| at.is_granted(now))
            && let Some(number) = self.channels.insert(peer, self.config.max_peers)
        {
            self.issue(now, Purpose::Channel(number, peer), 0);
        }
        match self.permission_of(now, peer.ip()) {
            Standing::Granted => {
                self.prepend_send_indication(peer, out, start);
                Some(())
            }
            Standing::Pending => {
                self.hold(peer, out.get(start..).unwrap_or_default());
                None
            }
            Standing::Refused => None,
        }
    }

    fn hold(&mut self, peer: SocketAddr, datagram: &[u8]) {
        if datagram.len() > MAX_HELD {
            return;
        }
        if let Some(held) = self.held.get_mut(&peer) {
            held.clear();
            held.extend_from_slice(datagram);
        } else if self.held.len() < self.config.max_peers {
            self.held.insert(peer, datagram.to_vec());
        }
    }

    fn prepend_channel_data(
        &self,
        number: channel_data::ChannelNumber,
        out: &mut Vec<u8>,
        start: usize,
    ) {
        let length = u16::try_from(out.len() - start).unwrap_or(u16::MAX);
        out.extend_from_slice(&channel_data::header(number, length));
        rotate(out, start, ChannelData::HEADER_LENGTH);
        // Over UDP the padding is not needed (RFC 8656, section 12.5).
        if self.path.protocol == Protocol::Tcp {
            pad(out, start);
        }
    }

    fn prepend_send_indication(&mut self, peer: SocketAddr, out: &mut Vec<u8>, start: usize) {
        let id = TransactionId(self.draws.bytes());
        let end = out.len();
        let length = u16::try_from(end - start).unwrap_or(u16::MAX);
        MessageBuilder::new(out, Class::Indication, Method::SEND, id)
            .xor_peer_address(peer)
            .finish();
        out.extend_from_slice(&DATA);
        out.extend_from_slice(&length.to_be_bytes());
        let header = out.len() - end;
        rotate(out, start, header);
        pad(out, start);
        let body = u16::try_from(out.len() - start - STUN_HEADER_LENGTH).unwrap_or(u16::MAX);
        if let Some(field) = out.get_mut(start + 2..start + 4) {
            field.copy_from_slice(&body.to_be_bytes());
        }
    }
}

/// Brings the last `length` bytes to `start`.
fn rotate(out: &mut [u8], start: usize, length: usize) {
    if let Some(message) = out.get_mut(start..) {
        message.rotate_right(length);
    }
}

fn pad(out: &mut Vec<u8>, start: usize) {
    let length = out.len() - start;
    out.resize(start + length.next_multiple_of(4), 0);
}

/// The most that a datagram to a peer may have: with all headers it fits the length of STUN and a
/// UDP datagram.
const MAX_PAYLOAD: usize = 65_400;
/// The most that waits for a permission: what fits a path of the least MTU of IPv6.
const MAX_HELD: usize = 1280;
/// The number of the attribute DATA.
const DATA: [u8; 2] = [0x00, 0x13];
const STUN_HEADER_LENGTH: usize = 20;
