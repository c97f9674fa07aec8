//! All chunks that a packet may carry.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::abort::Abort;
use super::cookie::{CookieAck, CookieEcho};
use super::data::Data;
use super::error_chunk::ErrorChunk;
use super::forward_tsn::ForwardTsn;
use super::heartbeat::{Heartbeat, HeartbeatAck};
use super::init::{Init, InitAck};
use super::reconfig::Reconfig;
use super::sack::Sack;
use super::shutdown::{Shutdown, ShutdownAck, ShutdownComplete};
use super::tlv::RawChunk;
use crate::error::DecodeError;

/// A chunk (RFC 9260 section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunk<'a> {
    /// DATA, 0.
    Data(Data<'a>),
    /// INIT, 1.
    Init(Init<'a>),
    /// INIT ACK, 2.
    InitAck(InitAck<'a>),
    /// SACK, 3.
    Sack(Sack<'a>),
    /// HEARTBEAT, 4.
    Heartbeat(Heartbeat<'a>),
    /// HEARTBEAT ACK, 5.
    HeartbeatAck(HeartbeatAck<'a>),
    /// ABORT, 6.
    Abort(Abort<'a>),
    /// SHUTDOWN, 7.
    Shutdown(Shutdown),
    /// SHUTDOWN ACK, 8.
    ShutdownAck(ShutdownAck),
    /// ERROR, 9.
    Error(ErrorChunk<'a>),
    /// COOKIE ECHO, 10.
    CookieEcho(CookieEcho<'a>),
    /// COOKIE ACK, 11.
    CookieAck(CookieAck),
    /// SHUTDOWN COMPLETE, 14.
    ShutdownComplete(ShutdownComplete),
    /// RE-CONFIG, 130.
    Reconfig(Reconfig<'a>),
    /// FORWARD TSN, 192.
    ForwardTsn(ForwardTsn<'a>),
    /// A type that is not known.
    Unknown(RawChunk<'a>),
}

impl<'a> Chunk<'a> {
    /// Takes one chunk and its padding from the front of `input`.
    ///
    /// # Errors
    ///
    /// When the framing or the fixed part of the value is malformed.
    pub fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError> {
        let raw = RawChunk::decode(input)?;
        Ok(match raw.kind {
            Data::TYPE => Self::Data(Data::decode(raw)?),
            Init::TYPE => Self::Init(Init::decode(raw)?),
            InitAck::TYPE => Self::InitAck(InitAck::decode(raw)?),
            Sack::TYPE => Self::Sack(Sack::decode(raw)?),
            Heartbeat::TYPE => Self::Heartbeat(Heartbeat::decode(raw)?),
            HeartbeatAck::TYPE => Self::HeartbeatAck(HeartbeatAck::decode(raw)?),
            Abort::TYPE => Self::Abort(Abort::decode(raw)?),
            Shutdown::TYPE => Self::Shutdown(Shutdown::decode(raw)?),
            ShutdownAck::TYPE => Self::ShutdownAck(ShutdownAck::decode(raw)?),
            ErrorChunk::TYPE => Self::Error(ErrorChunk::decode(raw)?),
            CookieEcho::TYPE => Self::CookieEcho(CookieEcho::decode(raw)?),
            CookieAck::TYPE => Self::CookieAck(CookieAck::decode(raw)?),
            ShutdownComplete::TYPE => Self::ShutdownComplete(ShutdownComplete::decode(raw)?),
            Reconfig::TYPE => Self::Reconfig(Reconfig::decode(raw)?),
            ForwardTsn::TYPE => Self::ForwardTsn(ForwardTsn::decode(raw)?),
            _ => Self::Unknown(raw),
        })
    }

    /// Appends the chunk and its padding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Data(chunk) => chunk.encode(out),
            Self::Init(chunk) => chunk.encode(out),
            Self::InitAck(chunk) => chunk.encode(out),
            Self::Sack(chunk) => chunk.encode(out),
            Self::Heartbeat(chunk) => chunk.encode(out),
            Self::HeartbeatAck(chunk) => chunk.encode(out),
            Self::Abort(chunk) => chunk.encode(out),
            Self::Shutdown(chunk) => chunk.encode(out),
            Self::ShutdownAck(chunk) => chunk.encode(out),
            Self::Error(chunk) => chunk.encode(out),
            Self::CookieEcho(chunk) => chunk.encode(out),
            Self::CookieAck(chunk) => chunk.encode(out),
            Self::ShutdownComplete(chunk) => chunk.encode(out),
            Self::Reconfig(chunk) => chunk.encode(out),
            Self::ForwardTsn(chunk) => chunk.encode(out),
            Self::Unknown(chunk) => chunk.encode(out),
        }
    }
}

/// The chunks of a packet one after the other; after the first error there are none.
#[derive(Debug, Clone)]
pub struct Chunks<'a> {
    rest: &'a [u8],
}

impl<'a> Chunks<'a> {
    pub(crate) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<Chunk<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let chunk = Chunk::decode(&mut self.rest);
        if chunk.is_err() {
            self.rest = &[];
        }
        Some(chunk)
    }
}
