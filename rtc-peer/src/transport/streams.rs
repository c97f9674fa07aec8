//! TCP connections to other peers: what comes is cut into datagrams (RFC 4571).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::BytesMut;
use rtc_core::{FiveTuple, Instant};
use rtc_ice::framing::{Deframer, Framing};

/// The connections, opened and accepted.
///
/// Bounded: 64 of which nothing is proven, each for ten seconds and with at most 2,048 bytes that
/// wait for the end of their datagram; those of which ICE knows that the other side is at their
/// end are bounded by its pairs, with at most one datagram of 65,535 bytes.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    list: BTreeMap<FiveTuple, Stream>,
    /// How many of them nothing is proven of.
    strangers: usize,
}

#[derive(Debug)]
struct Stream {
    deframer: Deframer,
    /// Whether ICE has taken the path for the other side's.
    is_known: bool,
    /// When it is looked at again.
    review_at: Instant,
}

/// A stream that is of no use, and has been forgotten: the connection is to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hopeless;

impl Streams {
    /// Takes note of a connection that has been opened, or whose first piece has come.
    pub(crate) fn admit(&mut self, now: Instant, path: FiveTuple) -> Result<(), Hopeless> {
        if self.list.contains_key(&path) {
            return Ok(());
        }
        if self.strangers >= MAX_STRANGERS {
            return Err(Hopeless);
        }
        self.strangers += 1;
        let stream = Stream {
            deframer: Deframer::new(Framing::Rfc4571, MAX_FRAME),
            is_known: false,
            review_at: now + PROOF_TIME,
        };
        self.list.insert(path, stream);
        Ok(())
    }

    /// The next datagram of what has come on a stream; what is taken is taken off `piece`, and not
    /// copied if it is a whole one.
    pub(crate) fn next_frame(
        &mut self,
        path: &FiveTuple,
        piece: &mut BytesMut,
    ) -> Result<Option<BytesMut>, Hopeless> {
        let stream = self.list.get_mut(path).ok_or(Hopeless)?;
        stream.deframer.split_frame(piece).transpose().map_err(|_| {
            self.remove(path);
            Hopeless
        })
    }

    /// After a piece was taken: whether ICE knows the path, and whether what waits is within what a
    /// stream of that kind may have.
    pub(crate) fn settle(
        &mut self,
        now: Instant,
        path: &FiveTuple,
        is_known: bool,
    ) -> Result<(), Hopeless> {
        let Some(stream) = self.list.get_mut(path) else { return Ok(()) };
        if is_known && !stream.is_known {
            stream.is_known = true;
            stream.review_at = now + REVIEW_TIME;
            self.strangers -= 1;
        }
        if !stream.is_known && stream.deframer.buffered() > MAX_STRANGE_BYTES {
            self.remove(path);
            return Err(Hopeless);
        }
        Ok(())
    }

    pub(crate) fn contains(&self, path: &FiveTuple) -> bool {
        self.list.contains_key(path)
    }

    /// Forgets a connection; whether it was there.
    pub(crate) fn remove(&mut self, path: &FiveTuple) -> bool {
        let Some(stream) = self.list.remove(path) else { return false };
        self.strangers -= usize::from(!stream.is_known);
        true
    }

    /// Forgets all connections, and tells which there were.
    pub(crate) fn take(&mut self) -> Vec<FiveTuple> {
        self.strangers = 0;
        core::mem::take(&mut self.list).into_keys().collect()
    }

    /// The connections whose time is over, forgotten: those that have proven nothing, and those that
    /// nobody uses any more.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Instant,
        is_known: impl Fn(&FiveTuple) -> bool,
    ) -> Vec<FiveTuple> {
        let mut hopeless = Vec::new();
        for (path, stream) in &mut self.list {
            if stream.review_at > now {
                continue;
            }
            if is_known(path) {
                self.strangers -= usize::from(!stream.is_known);
                stream.is_known = true;
                stream.review_at = now + REVIEW_TIME;
            } else {
                hopeless.push(*path);
            }
        }
        for path in &hopeless {
            self.remove(path);
        }
        hopeless
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.list.values().map(|stream| stream.review_at).min()
    }
}

/// How many connections may be of whomever.
const MAX_STRANGERS: usize = 64;
/// How long a connection may take until a check on it has proven who is there: as long as libwebrtc
/// waits for a check.
const PROOF_TIME: Duration = Duration::from_secs(10);
/// How often it is asked whether a connection is still of use.
const REVIEW_TIME: Duration = Duration::from_secs(30);
/// A connectivity check fits.
const MAX_STRANGE_BYTES: usize = 2048;
/// All that RFC 4571 can say.
const MAX_FRAME: usize = 65_535;

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use rtc_core::Protocol;

    use super::*;

    const NOW: Instant = Instant::from_secs(1_000_000);

    fn path(port: u16) -> FiveTuple {
        let local = "192.0.2.1:9000".parse().unwrap();
        FiveTuple { protocol: Protocol::Tcp, local, remote: ([192, 0, 2, 2], port).into() }
    }

    fn cut(streams: &mut Streams, path: &FiveTuple, piece: &[u8]) -> Vec<BytesMut> {
        let mut piece = BytesMut::from(piece);
        let mut frames = Vec::new();
        while let Some(frame) = streams.next_frame(path, &mut piece).unwrap() {
            frames.push(frame);
        }
        frames
    }

    #[test]
    fn pieces_become_datagrams() {
        let mut streams = Streams::default();
        streams.admit(NOW, path(1)).unwrap();
        assert_eq!(cut(&mut streams, &path(1), b"\0\x02hi\0\0\0\x05th"), [&b"hi"[..]]);
        assert_eq!(cut(&mut streams, &path(1), b"ere"), [&b"there"[..]]);
    }

    #[test]
    fn only_so_many_strangers_are_let_in_and_not_for_long() {
        let mut streams = Streams::default();
        for port in 1..=64 {
            streams.admit(NOW, path(port)).unwrap();
        }
        assert_eq!(streams.admit(NOW, path(65)), Err(Hopeless));
        streams.settle(NOW, &path(1), true).unwrap();
        streams.admit(NOW, path(65)).unwrap();
        assert_eq!(streams.poll_timeout(), Some(NOW + PROOF_TIME));
        let gone = streams.handle_timeout(NOW + PROOF_TIME, |_| false);
        assert_eq!(gone.len(), 64);
        assert_eq!(streams.strangers, 0);
        assert!(!gone.contains(&path(1)));
        let review = NOW + REVIEW_TIME;
        assert_eq!(streams.handle_timeout(review, |_| true), []);
        assert_eq!(streams.handle_timeout(review + REVIEW_TIME, |_| false), [path(1)]);
        assert_eq!(streams.poll_timeout(), None);
    }

    #[test]
    fn a_stranger_that_never_ends_its_datagram_is_dropped() {
        let mut streams = Streams::default();
        streams.admit(NOW, path(1)).unwrap();
        assert!(cut(&mut streams, &path(1), &[0xff, 0xff]).is_empty());
        for _ in 0..MAX_STRANGE_BYTES - 2 {
            assert!(cut(&mut streams, &path(1), &[1]).is_empty());
            streams.settle(NOW, &path(1), false).unwrap();
        }
        assert!(cut(&mut streams, &path(1), &[1]).is_empty());
        assert_eq!(streams.settle(NOW, &path(1), false), Err(Hopeless));
        assert_eq!(streams.next_frame(&path(1), &mut [1][..].into()), Err(Hopeless));
    }
}
