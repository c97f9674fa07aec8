//! What the server sends.

use core::mem;
use core::net::SocketAddr;

use rtc_core::{FiveTuple, Instant, Protocol};

use super::channel_data::{self, ChannelData};
use super::client::{Client, MAX_FRAME, Phase, plain};
use super::error::{Error, Failure};
use super::event::{Event, Inbound, Received};
use crate::framing::{Deframer, Framing};
use crate::stun::{AttributeType, Class, Message, Method};

impl Client {
    /// Takes a datagram, or over TCP a piece of the stream; the payloads in that come by
    /// [`poll_data`](Self::poll_data).
    ///
    /// Only what comes from the server's address counts; answers only if they belong to an
    /// outstanding request and were made with the key; data only if the client wants its peer to
    /// have a permission. All else changes nothing.
    ///
    /// # Errors
    ///
    /// If it came from the server and had no effect; of a piece of the stream, the last such error.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        datagram: &[u8],
    ) -> Result<Inbound, Error> {
        if !self.owns(&path) || self.phase == Phase::Over {
            return Ok(Inbound::NotMine);
        }
        if path.protocol == Protocol::Udp {
            return self.on_message(now, path, datagram);
        }
        let fresh = Deframer::new(Framing::Turn, MAX_FRAME);
        let is_moving = path != self.path;
        let deframer = if is_moving { &mut self.moving_deframer } else { &mut self.deframer };
        let mut deframer = mem::replace(deframer, fresh);
        let result = self.on_stream(now, path, &mut deframer, datagram);
        // The move may have ended with this piece.
        if is_moving && path != self.path {
            self.moving_deframer = deframer;
        } else {
            self.deframer = deframer;
        }
        result
    }

    fn on_stream(
        &mut self,
        now: Instant,
        path: FiveTuple,
        deframer: &mut Deframer,
        mut piece: &[u8],
    ) -> Result<Inbound, Error> {
        let mut result = Ok(Inbound::Own);
        while let Some(frame) = deframer.next_frame(&mut piece) {
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => {
                    self.handle_disconnected(now, path);
                    return Err(error.into());
                }
            };
            match self.on_message(now, path, frame) {
                Ok(Inbound::Data { relayed, peer, payload }) => {
                    let data = frame.get(payload).unwrap_or_default();
                    if !self.received.push(Received { relayed, peer, size: data.len() }, data) {
                        result = Err(Error::Full);
                    }
                }
                Ok(_) => {}
                Err(error) => result = Err(error),
            }
        }
        result
    }

    fn on_message(
        &mut self,
        now: Instant,
        path: FiveTuple,
        datagram: &[u8],
    ) -> Result<Inbound, Error> {
        if ChannelData::is_channel_data(datagram) {
            return self.on_channel_data(now, datagram);
        }
        if !Message::is_stun(datagram) {
            return Ok(Inbound::NotMine);
        }
        let message = Message::decode(datagram)?;
        match (message.class(), message.method()) {
            (Class::Indication, Method::DATA) => self.on_data(now, &message),
            // Binding may be of another client on the same path.
            (_, Method::BINDING) => Ok(Inbound::NotMine),
            (Class::Success | Class::Error, _) => self.on_response(now, path, &message),
            (Class::Request | Class::Indication, _) => Err(Error::Unexpected),
        }
    }

    fn on_channel_data(&mut self, now: Instant, datagram: &[u8]) -> Result<Inbound, Error> {
        let message = ChannelData::decode(datagram)?;
        if self.phase != Phase::Allocated {
            return Err(Error::NotAllocated);
        }
        let (peer, channel) = self
            .channels
            .of_number(message.number)
            .filter(|(_, channel)| channel.lets_in(now))
            .ok_or(Error::UnknownChannel(message.number))?;
        let is_usable = channel.is_usable(now);
        if !is_usable && !self.lets_in(now, peer) {
            return Err(Error::NoPermission);
        }
        let relayed = self.relayed_for(peer)?;
        let start = channel_data::HEADER_LENGTH;
        Ok(Inbound::Data { relayed, peer, payload: start..start + message.data.len() })
    }

    fn on_data(&mut self, now: Instant, message: &Message<'_>) -> Result<Inbound, Error> {
        if let Some(unknown) = message.unknown_required().next() {
            return Err(Error::UnknownAttribute(unknown));
        }
        let peer = message
            .xor_peer_address()?
            .ok_or(Error::MissingAttribute(AttributeType::XOR_PEER_ADDRESS))?;
        let peer = plain(peer);
        let relayed = self.relayed_for(peer)?;
        if !self.lets_in(now, peer) {
            return Err(Error::NoPermission);
        }
        if let Some(payload) = message.value_range(AttributeType::DATA) {
            return Ok(Inbound::Data { relayed, peer, payload });
        }
        let icmp = message.icmp()?.ok_or(Error::MissingAttribute(AttributeType::DATA))?;
        Ok(Inbound::Icmp { peer, icmp })
    }

    fn lets_in(&self, now: Instant, peer: SocketAddr) -> bool {
        self.permissions.get(&peer.ip()).is_some_and(|permission| permission.lets_in(now))
    }

    fn relayed_for(&self, peer: SocketAddr) -> Result<SocketAddr, Error> {
        if self.phase != Phase::Allocated {
            return Err(Error::NotAllocated);
        }
        let relayed = self.allocated().and_then(|allocated| allocated.relayed_for(peer));
        relayed.ok_or(Error::NoPermission)
    }

    /// Ends the client because the server has failed it.
    pub(super) fn give_up(&mut self, failure: Failure) {
        match self.phase {
            Phase::Allocating => self.end(Event::Failed(failure)),
            Phase::Allocated => self.end(Event::Lost(failure)),
            Phase::Releasing => self.end(Event::Released),
            Phase::Over => {}
        }
    }
}
