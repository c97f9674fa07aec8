//! Which peers have a number (RFC 8656, section 12).

use alloc::collections::BTreeMap;
use core::net::SocketAddr;
use core::time::Duration;

use rtc_core::Instant;

use super::channel_data::ChannelNumber;

/// The channels: bound, being bound, and resting until their numbers may be used anew. A number and
/// its peer stay together while they rest: neither may be bound to another (RFC 8656, section 12),
/// and both may be bound to each other again.
#[derive(Debug)]
pub(super) struct Channels {
    by_peer: BTreeMap<SocketAddr, Channel>,
    by_number: BTreeMap<ChannelNumber, SocketAddr>,
    next: ChannelNumber,
}

/// The channel of one peer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Channel {
    pub(super) number: ChannelNumber,
    /// Until when it is surely bound.
    pub(super) bound_until: Option<Instant>,
    /// Until when the permission that came with it is surely there.
    pub(super) permitted_until: Option<Instant>,
    /// A ChannelBind is outstanding.
    pub(super) is_asked: bool,
    /// The server has refused it: it is not asked for again.
    pub(super) is_refused: bool,
    /// Something was sent over it since it was asked for last.
    pub(super) is_used: bool,
}

impl Channels {
    pub(super) const fn new(first: ChannelNumber) -> Self {
        Self { by_peer: BTreeMap::new(), by_number: BTreeMap::new(), next: first }
    }

    /// Gives a peer without a channel a number. `None` if there are as many as allowed.
    pub(super) fn insert(&mut self, peer: SocketAddr, limit: usize) -> Option<ChannelNumber> {
        if self.by_number.len() >= limit.min(MAX_NUMBERS) {
            return None;
        }
        while self.by_number.contains_key(&self.next) {
            self.next = self.next.next();
        }
        let number = self.next;
        self.next = number.next();
        self.by_number.insert(number, peer);
        let channel = Channel {
            number,
            bound_until: None,
            permitted_until: None,
            is_asked: true,
            is_refused: false,
            is_used: true,
        };
        self.by_peer.insert(peer, channel);
        Some(number)
    }

    /// Whether data can go to a peer over a channel now.
    pub(super) fn has_usable(&self, now: Instant, peer: SocketAddr) -> bool {
        self.by_peer.get(&peer).is_some_and(|channel| channel.is_usable(now))
    }

    pub(super) fn of_peer(&mut self, peer: SocketAddr) -> Option<&mut Channel> {
        self.by_peer.get_mut(&peer)
    }

    /// The peer of a number and its channel.
    pub(super) fn of_number(
        &mut self,
        number: ChannelNumber,
    ) -> Option<(SocketAddr, &mut Channel)> {
        let peer = *self.by_number.get(&number)?;
        Some((peer, self.by_peer.get_mut(&peer)?))
    }

    /// Lets a number and its peer be used anew.
    pub(super) fn remove(&mut self, number: ChannelNumber) {
        if let Some(peer) = self.by_number.remove(&number) {
            self.by_peer.remove(&peer);
        }
    }

    pub(super) fn clear(&mut self) {
        self.by_peer.clear();
        self.by_number.clear();
    }
}

impl Channel {
    /// Whether data can go over it and come over it now.
    pub(super) fn is_usable(&self, now: Instant) -> bool {
        self.is_bound(now) && self.permitted_until.is_some_and(|until| until > now)
    }

    pub(super) fn is_bound(&self, now: Instant) -> bool {
        self.bound_until.is_some_and(|until| until > now)
    }

    /// Whether data over it is taken: also when the answer to our wish is still on its way.
    pub(super) fn lets_in(&self, now: Instant) -> bool {
        self.is_bound(now) || (self.is_asked && !self.is_refused)
    }
}

/// How long a binding lasts (RFC 8656, section 12).
pub(super) const LIFETIME: Duration = Duration::from_secs(600);
/// How long after the end of its binding a number stays with its peer (RFC 8656, section 12).
pub(super) const REST: Duration = Duration::from_secs(300);
/// How many numbers there are.
const MAX_NUMBERS: usize = 0x1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    #[test]
    fn numbers_go_round_and_none_is_given_twice() {
        let mut channels = Channels::new(ChannelNumber::LAST);
        assert_eq!(channels.insert(peer(1), 3), Some(ChannelNumber::LAST));
        assert_eq!(channels.insert(peer(2), 3), Some(ChannelNumber::FIRST));
        assert_eq!(channels.insert(peer(3), 3), ChannelNumber::new(0x4001));
        assert_eq!(channels.insert(peer(4), 3), None);
        channels.remove(ChannelNumber::FIRST);
        assert!(channels.of_peer(peer(2)).is_none());
        assert!(channels.of_number(ChannelNumber::FIRST).is_none());
        assert_eq!(channels.insert(peer(4), 3), ChannelNumber::new(0x4002));
    }

    #[test]
    fn there_are_no_more_channels_than_numbers() {
        let mut channels = Channels::new(ChannelNumber::FIRST);
        for port in 0..0x1000 {
            assert!(channels.insert(peer(port), usize::MAX).is_some());
        }
        assert_eq!(channels.insert(peer(0x1000), usize::MAX), None);
        channels.remove(ChannelNumber::LAST);
        assert_eq!(channels.insert(peer(0x1000), usize::MAX), Some(ChannelNumber::LAST));
    }
}
