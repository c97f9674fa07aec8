//! Lists that are read in place and written from slices.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;
use core::fmt;

use crate::error::DecodeError;
use crate::ssrc::Ssrc;
use crate::wire::take_array;

/// Something that lists are made of.
pub trait Item<'a>: Copy {
    /// Takes one item off the front of the input.
    ///
    /// # Errors
    ///
    /// If the bytes are not such an item.
    fn decode(input: &mut &'a [u8]) -> Result<Self, DecodeError>;

    /// Appends the item.
    fn encode(&self, out: &mut Vec<u8>);
}

/// A list of items: either in a packet that was received, where it has been checked and each item
/// is decoded when the iterator comes to it, or in a slice, to be encoded.
#[derive(Clone, Copy)]
pub struct List<'a, T>(Source<'a, T>);

#[derive(Clone, Copy)]
enum Source<'a, T> {
    Wire(&'a [u8]),
    Items(&'a [T]),
}

impl<'a, T> List<'a, T> {
    /// The items of a slice.
    pub const fn new(items: &'a [T]) -> Self {
        Self(Source::Items(items))
    }

    /// Whether there are no items.
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            Source::Wire(bytes) => bytes.is_empty(),
            Source::Items(items) => items.is_empty(),
        }
    }
}

impl<'a, T: Item<'a>> List<'a, T> {
    /// The items, in their order.
    pub const fn iter(&self) -> Iter<'a, T> {
        Iter(self.0)
    }

    /// Takes `count` items off the front of the input.
    pub(crate) fn take(input: &mut &'a [u8], count: usize) -> Result<Self, DecodeError> {
        let whole = *input;
        for _ in 0..count {
            T::decode(input)?;
        }
        let len = whole.len() - input.len();
        Ok(Self(Source::Wire(whole.get(..len).ok_or(DecodeError::Truncated)?)))
    }

    /// Takes all the input as items, of which there may be no more than `max`.
    pub(crate) fn all(input: &mut &'a [u8], max: usize) -> Result<Self, DecodeError> {
        let whole = *input;
        let mut count = 0;
        while !input.is_empty() {
            if count == max {
                return Err(DecodeError::TooMany);
            }
            let before = input.len();
            T::decode(input)?;
            debug_assert!(input.len() < before, "an item has a length");
            count += 1;
        }
        Ok(Self(Source::Wire(whole)))
    }

    /// Appends up to `max` items and returns how many it were.
    pub(crate) fn encode(&self, max: usize, out: &mut Vec<u8>) -> usize {
        let mut count = 0;
        for item in self.iter().take(max) {
            item.encode(out);
            count += 1;
        }
        count
    }
}

impl<T> Default for List<'_, T> {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl<'a, T> From<&'a [T]> for List<'a, T> {
    fn from(items: &'a [T]) -> Self {
        Self::new(items)
    }
}

impl<'a, T, const N: usize> From<&'a [T; N]> for List<'a, T> {
    fn from(items: &'a [T; N]) -> Self {
        Self::new(items)
    }
}

impl<'a, T: Item<'a> + PartialEq> PartialEq for List<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a, T: Item<'a> + Eq> Eq for List<'a, T> {}

impl<'a, T: Item<'a> + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Item<'a>> IntoIterator for &List<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Item<'a>> IntoIterator for List<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// The items of a [`List`].
#[derive(Clone)]
pub struct Iter<'a, T>(Source<'a, T>);

impl<'a, T: Item<'a>> Iterator for Iter<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Source::Wire([]) => None,
            Source::Wire(bytes) => T::decode(bytes).ok(),
            Source::Items(items) => {
                let (first, rest) = items.split_first()?;
                *items = rest;
                Some(*first)
            }
        }
    }
}

impl<'a, T: Item<'a> + fmt::Debug> fmt::Debug for Iter<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl Item<'_> for Ssrc {
    fn decode(input: &mut &[u8]) -> Result<Self, DecodeError> {
        take_array(input).map(|bytes| Self(u32::from_be_bytes(*bytes)))
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
}
