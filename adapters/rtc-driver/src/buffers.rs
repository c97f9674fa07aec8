//! Buffers for received datagrams, used again as soon as the core and the application let go.

use std::collections::VecDeque;

use bytes::BytesMut;

/// Hands out one buffer per datagram.
///
/// What the application receives are slices of datagrams, and the association counts a message
/// that waits by the datagram that it keeps alive. So no two datagrams share a buffer, and small
/// ones get small buffers: were they cut from one large buffer, a byte that nobody reads could pin
/// all of it.
#[derive(Debug)]
pub(crate) struct Buffers {
    small: Ring,
    large: Ring,
}

impl Buffers {
    /// No buffers yet; they are made as they are needed.
    pub(crate) const fn new() -> Self {
        Self { small: Ring::new(256, 1024), large: Ring::new(1536, 1024) }
    }

    /// A buffer with this datagram in it.
    pub(crate) fn fill(&mut self, datagram: &[u8]) -> BytesMut {
        if datagram.len() <= self.small.size {
            self.small.fill(datagram)
        } else if datagram.len() <= self.large.size {
            self.large.fill(datagram)
        } else {
            BytesMut::from(datagram)
        }
    }
}

/// Buffers of one size, the one that was handed out longest ago in front.
#[derive(Debug)]
struct Ring {
    size: usize,
    /// How many are kept at most.
    limit: usize,
    buffers: VecDeque<BytesMut>,
}

impl Ring {
    const fn new(size: usize, limit: usize) -> Self {
        Self { size, limit, buffers: VecDeque::new() }
    }

    fn fill(&mut self, datagram: &[u8]) -> BytesMut {
        let mut buffer = self.reclaim().unwrap_or_else(|| BytesMut::with_capacity(self.size));
        buffer.extend_from_slice(datagram);
        let filled = buffer.split();
        // What stays is empty, but keeps hold of the memory until it can be reclaimed.
        self.buffers.push_back(buffer);
        filled
    }

    /// A buffer that everybody has let go of, if one of the two eldest is.
    fn reclaim(&mut self) -> Option<BytesMut> {
        for _ in 0..2 {
            let mut buffer = self.buffers.pop_front()?;
            if buffer.try_reclaim(self.size) {
                return Some(buffer);
            }
            // Still in use: a later turn may find it free. Of too many, the holders are left alone.
            if self.buffers.len() + 1 < self.limit {
                self.buffers.push_back(buffer);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_that_were_let_go_of_are_used_again() {
        let mut buffers = Buffers::new();
        for length in [1, 256, 257, 1536] {
            let first = buffers.fill(&vec![7; length]);
            let address = first.as_ptr();
            assert_eq!(first, vec![7; length]);
            drop(first);
            let second = buffers.fill(&vec![8; length]);
            assert_eq!((second.as_ptr(), &second[..]), (address, &vec![8; length][..]));
        }
        assert_eq!(buffers.fill(&[9; 65_507]).len(), 65_507);
        assert_eq!((buffers.small.buffers.len(), buffers.large.buffers.len()), (1, 1));
    }

    #[test]
    fn datagrams_that_are_kept_stay_as_they_were_and_the_rings_stay_bounded() {
        let mut buffers = Buffers::new();
        let kept: Vec<_> = (0..5000_u32).map(|n| buffers.fill(&n.to_be_bytes()).freeze()).collect();
        assert!(kept.iter().zip(0..).all(|(datagram, n)| datagram[..] == u32::to_be_bytes(n)));
        assert!(buffers.small.buffers.len() <= 1024);
    }

    #[test]
    fn one_kept_datagram_does_not_stop_reuse() {
        let mut buffers = Buffers::new();
        let _kept = buffers.fill(b"kept");
        for _ in 0..1000 {
            drop(buffers.fill(b"passing"));
        }
        assert!(buffers.small.buffers.len() <= 3);
    }
}
