//! A frame taken apart into pieces of about the same size.

use bytes::Bytes;

/// What is left of a frame, and into how many pieces it goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Split {
    rest: Bytes,
    pieces: usize,
}

impl Split {
    /// Takes a frame apart into as few pieces of at most `max_len` bytes as are needed. An empty
    /// frame has none.
    pub(crate) fn new(frame: Bytes, max_len: usize) -> Self {
        let pieces = frame.len().div_ceil(max_len.max(1));
        Self { rest: frame, pieces }
    }

    /// The next piece, and whether it is the last one.
    pub(crate) fn next(&mut self) -> Option<(Bytes, bool)> {
        if self.pieces == 0 {
            return None;
        }
        let len = self.rest.len().div_ceil(self.pieces);
        self.pieces -= 1;
        Some((self.rest.split_to(len), self.pieces == 0))
    }
}
