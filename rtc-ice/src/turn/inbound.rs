//! What the server sends.

use core::net::SocketAddr;
use core::ops::Range;

use bytes::{Buf, BytesMut};
use rtc_core::{FiveTuple, Instant, Protocol};

use super::channel_data::ChannelData;
use super::client::{Client, Phase, plain};
use super::error::{Error, Failure};
use super::event::{Event, Inbound};
use crate::stun::{AttributeType, Class, Icmp, Message, Method};

/// What one message was.
pub(super) enum Meaning {
    NotMine,
    Own,
    /// Where the payload lies in the message.
    Data {
        relayed: SocketAddr,
        peer: SocketAddr,
        payload: Range<usize>,
    },
    Icmp {
        peer: SocketAddr,
        icmp: Icmp,
    },
}

impl Client {
    /// Takes a datagram, or over TCP what a read has brought: of that each call takes as much as
    /// one message, and more is to be called for until `datagram` is empty. The payloads of peers are
    /// parts of `datagram`, not copied; of a stream only what did not come in one piece is.
    ///
    /// A datagram that is not for the client, or is refused, is left as it is.
    ///
    /// Only what comes from the server's address counts; answers only if they belong to an
    /// outstanding request and were made with the key; data only if the client wants its peer to
    /// have a permission. All else changes nothing.
    ///
    /// # Errors
    ///
    /// If it came from the server and had no effect.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        datagram: &mut BytesMut,
    ) -> Result<Inbound, Error> {
        if !self.owns(&path) || self.phase == Phase::Over {
            return Ok(Inbound::NotMine);
        }
        if path.protocol == Protocol::Udp {
            let meaning = self.on_message(now, path, datagram)?;
            if let Meaning::NotMine = meaning {
                return Ok(Inbound::NotMine);
            }
            return Ok(meaning.with(datagram.split()));
        }
        let is_moving = path != self.path;
        let deframer = if is_moving { &mut self.moving_deframer } else { &mut self.deframer };
        match deframer.split_frame(datagram) {
            None => Ok(Inbound::Own),
            Some(Ok(frame)) => Ok(self.on_message(now, path, &frame)?.with(frame)),
            Some(Err(error)) => {
                self.handle_disconnected(now, path);
                Err(error.into())
            }
        }
    }

    fn on_message(
        &mut self,
        now: Instant,
        path: FiveTuple,
        datagram: &[u8],
    ) -> Result<Meaning, Error> {
        if ChannelData::is_channel_data(datagram) {
            return self.on_channel_data(now, datagram);
        }
        if !Message::is_stun(datagram) {
            return Ok(Meaning::NotMine);
        }
        let message = Message::decode(datagram)?;
        match (message.class(), message.method()) {
            (Class::Indication, Method::DATA) => self.on_data(now, &message),
            // Binding may be of another client on the same path.
            (_, Method::BINDING) => Ok(Meaning::NotMine),
            (Class::Success | Class::Error, _) => {
                self.on_response(now, path, &message).map(|()| Meaning::Own)
            }
            (Class::Request | Class::Indication, _) => Err(Error::Unexpected),
        }
    }

    fn on_channel_data(&mut self, now: Instant, datagram: &[u8]) -> Result<Meaning, Error> {
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
        let start = ChannelData::HEADER_LENGTH;
        Ok(Meaning::Data { relayed, peer, payload: start..start + message.data.len() })
    }

    fn on_data(&mut self, now: Instant, message: &Message<'_>) -> Result<Meaning, Error> {
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
            return Ok(Meaning::Data { relayed, peer, payload });
        }
        let icmp = message.icmp()?.ok_or(Error::MissingAttribute(AttributeType::DATA))?;
        Ok(Meaning::Icmp { peer, icmp })
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

impl Meaning {
    /// What the message, which is `bytes`, is to the client's owner.
    fn with(self, mut bytes: BytesMut) -> Inbound {
        match self {
            // On a stream there is nobody else.
            Self::NotMine | Self::Own => Inbound::Own,
            Self::Data { relayed, peer, payload } => {
                bytes.truncate(payload.end);
                bytes.advance(payload.start.min(bytes.len()));
                Inbound::Data { relayed, peer, payload: bytes }
            }
            Self::Icmp { peer, icmp } => Inbound::Icmp { peer, icmp },
        }
    }
}
