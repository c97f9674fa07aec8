//! TCP connections that have not said yet whom they are for.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use hashbrown::HashMap;
use rand_core::CryptoRng;
use rtc_core::{FiveTuple, Instant};

use super::keyed::Keyed;
use super::paths::PathKey;

/// The beginnings of streams, until the first datagram of each is whole (RFC 4571).
///
/// A datagram that comes whole in the first piece is never held. So whoever opens connections and
/// says little can take all the room there is, and yet keeps nobody out who speaks up.
#[derive(Debug)]
pub(super) struct Strangers {
    held: HashMap<PathKey, Held, Keyed>,
    /// When each is given up, in this order. Those that are not held any more are still in here.
    order: VecDeque<(Instant, PathKey, u32)>,
    /// Tells a connection from an earlier one on the same path.
    serial: u32,
    most: usize,
}

#[derive(Debug)]
struct Held {
    bytes: Vec<u8>,
    path: FiveTuple,
    serial: u32,
}

/// What is known of a stream after a piece of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// Not enough.
    Short,
    /// The first datagram is at this place in everything that has come.
    Whole { bytes: Vec<u8>, first: core::ops::Range<usize> },
    /// It is longer than a check can be, or there are too many that are short.
    Refused,
}

impl Strangers {
    pub(super) fn new(most: usize, rng: &mut dyn CryptoRng) -> Self {
        let held = HashMap::with_hasher(Keyed::draw(rng));
        Self { held, order: VecDeque::new(), serial: 0, most }
    }

    /// Takes a piece of a stream of nobody's. What is whole or refused is not held any more.
    pub(super) fn push(
        &mut self,
        now: Instant,
        path: &FiveTuple,
        key: PathKey,
        piece: &[u8],
    ) -> Beginning {
        let Some(held) = self.held.get_mut(&key) else {
            return match first_frame(piece) {
                Frame::Short if piece.len() <= MAX_BYTES && self.make_room() => {
                    self.serial = self.serial.wrapping_add(1);
                    let (bytes, serial) = (piece.to_vec(), self.serial);
                    self.held.insert(key, Held { bytes, path: *path, serial });
                    self.order.push_back((now + PATIENCE, key, serial));
                    Beginning::Short
                }
                Frame::Whole(first) => Beginning::Whole { bytes: piece.to_vec(), first },
                Frame::Short | Frame::TooLong => Beginning::Refused,
            };
        };
        held.bytes.extend_from_slice(piece);
        match first_frame(&held.bytes) {
            Frame::Short if held.bytes.len() <= MAX_BYTES => Beginning::Short,
            Frame::Whole(first) => {
                let bytes = core::mem::take(&mut held.bytes);
                self.held.remove(&key);
                Beginning::Whole { bytes, first }
            }
            Frame::Short | Frame::TooLong => {
                self.held.remove(&key);
                Beginning::Refused
            }
        }
    }

    pub(super) fn remove(&mut self, key: PathKey) {
        self.held.remove(&key);
    }

    /// The next connection whose time is over.
    pub(super) fn pop_late(&mut self, now: Instant) -> Option<FiveTuple> {
        loop {
            let &(until, key, serial) = self.order.front()?;
            let is_held = self.held.get(&key).is_some_and(|held| held.serial == serial);
            if is_held && until > now {
                return None;
            }
            self.order.pop_front();
            if is_held {
                return self.held.remove(&key).map(|held| held.path);
            }
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        if self.held.is_empty() { None } else { self.order.front().map(|(until, ..)| *until) }
    }

    /// Whether one more may be held. Keeps the order as short as what it orders.
    fn make_room(&mut self) -> bool {
        if self.held.len() >= self.most {
            return false;
        }
        if self.order.len() >= self.most {
            let held = &self.held;
            self.order.retain(|(_, key, serial)| {
                held.get(key).is_some_and(|held| held.serial == *serial)
            });
        }
        true
    }
}

enum Frame {
    Short,
    Whole(core::ops::Range<usize>),
    TooLong,
}

/// The first datagram of a stream that is not empty.
fn first_frame(bytes: &[u8]) -> Frame {
    let mut start = 0;
    while let Some(&[high, low]) = bytes.get(start..start + 2) {
        let length = usize::from(u16::from_be_bytes([high, low]));
        start += 2;
        if length > 0 {
            return match start + length {
                end if end > MAX_BYTES => Frame::TooLong,
                end if end > bytes.len() => Frame::Short,
                end => Frame::Whole(start..end),
            };
        }
    }
    Frame::Short
}

/// How many bytes may come before the first datagram ends: a check with every attribute that we
/// know fits.
const MAX_BYTES: usize = 2048;

/// How long it may take: as long as a peer connection waits for proof.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;
    use rtc_core::Protocol;

    use super::*;

    const NOW: Instant = Instant::from_secs(1_000_000);

    fn strangers(most: usize) -> Strangers {
        Strangers::new(most, &mut ChaCha20Rng::from_seed([1; 32]))
    }

    fn push(strangers: &mut Strangers, now: Instant, port: u16, piece: &[u8]) -> Beginning {
        let path = path(port);
        strangers.push(now, &path, PathKey::new(&path), piece)
    }

    fn path(port: u16) -> FiveTuple {
        let local = "192.0.2.1:9000".parse().unwrap();
        FiveTuple { protocol: Protocol::Tcp, local, remote: ([192, 0, 2, 2], port).into() }
    }

    #[test]
    fn a_datagram_is_found_however_it_is_cut() {
        let stream = b"\0\0\0\x03abc\0\x01d";
        let whole = |bytes: &[u8]| Beginning::Whole { bytes: bytes.to_vec(), first: 4..7 };
        for cut in 0..7 {
            let mut strangers = strangers(2);
            assert_eq!(push(&mut strangers, NOW, 1, &stream[..cut]), Beginning::Short);
            assert_eq!(push(&mut strangers, NOW, 1, &stream[cut..]), whole(stream), "{cut}");
            assert_eq!(strangers.poll_timeout(), None);
        }
        assert_eq!(push(&mut strangers(0), NOW, 1, stream), whole(stream), "nothing to hold");
    }

    #[test]
    fn bytes_numbers_and_time_are_bounded() {
        let mut strangers = strangers(3);
        assert_eq!(push(&mut strangers, NOW, 1, &[0xff, 0xff]), Beginning::Refused);
        for port in 1..=3 {
            assert_eq!(push(&mut strangers, NOW, port, &[1]), Beginning::Short);
        }
        assert_eq!(push(&mut strangers, NOW, 4, &[1]), Beginning::Refused);
        // Empty datagrams for ever.
        for _ in 0..MAX_BYTES / 2 - 1 {
            assert_eq!(push(&mut strangers, NOW, 5, &[0, 0]), Beginning::Refused);
        }
        // Too long, as the second byte says; and empty ones without end.
        assert_eq!(push(&mut strangers, NOW, 1, &[0xff]), Beginning::Short);
        let held = strangers.held.len();
        assert_eq!(held, 3);
        strangers.remove(PathKey::new(&path(1)));
        assert_eq!(push(&mut strangers, NOW, 1, &[0; MAX_BYTES]), Beginning::Short);
        assert_eq!(push(&mut strangers, NOW, 1, &[0]), Beginning::Refused);
        assert_eq!(strangers.poll_timeout(), Some(NOW + PATIENCE));
        let late = NOW + Duration::from_secs(1);
        assert_eq!(push(&mut strangers, late, 1, &[1]), Beginning::Short);
        let popped = |strangers: &mut Strangers, now| -> Vec<_> {
            core::iter::from_fn(|| strangers.pop_late(now)).collect()
        };
        assert_eq!(popped(&mut strangers, NOW + PATIENCE), [path(2), path(3)]);
        assert_eq!(strangers.poll_timeout(), Some(late + PATIENCE));
        assert_eq!(popped(&mut strangers, late + PATIENCE), [path(1)]);
        assert_eq!(strangers.poll_timeout(), None);
    }

    #[test]
    fn those_that_come_and_go_leave_nothing_behind() {
        let mut strangers = strangers(4);
        for _ in 0..1000 {
            assert_eq!(push(&mut strangers, NOW, 1, &[0]), Beginning::Short);
            strangers.remove(PathKey::new(&path(1)));
        }
        assert!(strangers.order.len() <= 5);
    }
}
