//! Which packets of a stream there have been.

use rtc_core::ReplayWindow;

use crate::rtp::nearest;

/// The indices of a stream's packets that have been used or accepted, of the last 1,024.
///
/// An index is the sequence number with the rollover counter above it (RFC 3711, section 3.3.1).
#[derive(Debug, Clone)]
pub(crate) struct Indices(ReplayWindow<16>);

impl Indices {
    /// Those of a stream of which there has been this one.
    pub(crate) fn beginning_with(index: u64) -> Self {
        let mut window = ReplayWindow::new();
        window.accept(index);
        Self(window)
    }

    /// The index that a sequence number stands for, if it may be used or accepted now.
    pub(crate) fn next(&self, sequence_number: u16) -> Result<u64, IndexError> {
        let highest = self.0.highest().unwrap_or_default();
        let index = nearest(highest, sequence_number).ok_or(IndexError::BeforeFirst)?;
        if index > LAST {
            return Err(IndexError::AfterLast);
        }
        if self.0.check(index) { Ok(index) } else { Err(IndexError::NotNew) }
    }

    /// Takes note of an index.
    pub(crate) fn insert(&mut self, index: u64) {
        self.0.accept(index);
    }
}

/// Why a sequence number stands for no index that may be used or accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexError {
    /// It would belong to the cycle before the first.
    BeforeFirst,
    /// All the indices that there are under one key are behind.
    AfterLast,
    /// There has been that index, or so many after it that nobody remembers.
    NotNew,
}

/// The last index under one key (RFC 3711, section 9.2).
const LAST: u64 = (1 << 48) - 1;
