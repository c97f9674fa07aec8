//! Requests that await an answer.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use rtc_core::{FiveTuple, Instant};

use super::channel_data::ChannelNumber;
use crate::retransmission::Retransmission;
use crate::stun::Method;

/// One request. Its bytes are made when it is first sent, and are the same each time.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) purpose: Purpose,
    pub(super) path: FiveTuple,
    pub(super) timer: Retransmission,
    pub(super) bytes: Vec<u8>,
    pub(super) first_sent_at: Instant,
    /// The number of the challenge that was answered; `None`: it carries no credentials.
    pub(super) challenge: Option<u32>,
    /// How often the same was asked before and refused for its nonce or realm.
    pub(super) attempt: u8,
    /// Answers have come that were not authentic.
    pub(super) was_violated: bool,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Allocate,
    /// Ends what the server believes to be an allocation of ours, before another Allocate.
    Clear,
    Refresh,
    /// A Refresh with a ticket, on the path that is to come.
    Move,
    Release,
    Permission(IpAddr),
    Channel(ChannelNumber, SocketAddr),
}

impl Purpose {
    pub(super) const fn method(self) -> Method {
        match self {
            Self::Allocate => Method::ALLOCATE,
            Self::Clear | Self::Refresh | Self::Move | Self::Release => Method::REFRESH,
            Self::Permission(_) => Method::CREATE_PERMISSION,
            Self::Channel(..) => Method::CHANNEL_BIND,
        }
    }
}

/// How often the same is asked again because its nonce was stale or the realm was another.
pub(super) const MAX_ATTEMPTS: u8 = 3;
/// How many nonces in a row, of all requests, may be stale before the server is given up.
pub(super) const MAX_STALE_IN_A_ROW: u8 = 16;
