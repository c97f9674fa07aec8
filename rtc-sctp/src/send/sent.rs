//! A chunk that has been sent, and how it is written.

use alloc::vec::Vec;

use rtc_core::Instant;

use super::delivery::Delivery;
use super::queue::Fragment;
use crate::packet::{Data, DataFlags, Tsn};

/// A chunk that has a TSN.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) fragment: Fragment,
    pub(super) status: Status,
    pub(super) transmissions: u16,
    pub(super) packet: u64,
    pub(super) sent_at: Instant,
    pub(super) delivered: u64,
    pub(super) delivered_at: Instant,
    pub(super) first_sent_at: Instant,
    pub(super) application_limited: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    InFlight,
    Lost,
    /// Acknowledged by a gap ack block.
    Received,
    /// Given up (RFC 3758).
    Abandoned,
}

impl Sent {
    pub(super) fn delivery(&self) -> Delivery {
        Delivery {
            size: wire_size(&self.fragment),
            is_retransmitted: self.transmissions > 1,
            packet: self.packet,
            sent_at: self.sent_at,
            delivered: self.delivered,
            delivered_at: self.delivered_at,
            first_sent_at: self.first_sent_at,
            application_limited: self.application_limited,
        }
    }
}

/// Writes a fragment as a DATA chunk.
pub(super) fn write(fragment: &Fragment, tsn: Tsn, immediate: bool, out: &mut Vec<u8>) {
    Data {
        flags: fragment.flags.with(DataFlags::IMMEDIATE, immediate),
        tsn,
        stream: fragment.stream,
        ssn: fragment.wire_ssn(),
        ppid: fragment.ppid,
        payload: &fragment.payload,
    }
    .encode(out);
}

pub(super) fn wire_size(fragment: &Fragment) -> usize {
    fragment.payload.len() + Data::HEADER_LENGTH
}
