//! Whose turn it is.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Peers that may have something to give, each at most once, in turn.
#[derive(Debug, Default)]
pub(super) struct Ready {
    queue: VecDeque<u32>,
    /// By peer: whether it is in `queue`.
    is_queued: Vec<bool>,
}

impl Ready {
    /// Puts a peer at the end, unless it waits already.
    pub(super) fn push(&mut self, peer: u32) {
        let index = peer as usize;
        if self.is_queued.len() <= index {
            self.is_queued.resize(index + 1, false);
        }
        if !core::mem::replace(&mut self.is_queued[index], true) {
            self.queue.push_back(peer);
        }
    }

    /// The peer whose turn it is; it waits no more.
    pub(super) fn pop(&mut self) -> Option<u32> {
        let peer = self.queue.pop_front()?;
        self.is_queued[peer as usize] = false;
        Some(peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_twice_and_everybody_in_turn() {
        let mut ready = Ready::default();
        for peer in [3, 1, 3, 2, 1] {
            ready.push(peer);
        }
        assert_eq!(ready.pop(), Some(3));
        ready.push(3);
        let rest: Vec<_> = core::iter::from_fn(|| ready.pop()).collect();
        assert_eq!(rest, [1, 2, 3]);
    }
}
