//! The bytes of a value that is about to be written.

use core::ops::Deref;

/// Up to 16 bytes, all that the one-byte form of an element can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtensionValue {
    bytes: [u8; 16],
    len: u8,
}

impl ExtensionValue {
    /// Keeps the first 16 bytes.
    pub(crate) fn new(bytes: impl IntoIterator<Item = u8>) -> Self {
        let mut value = Self { bytes: [0; 16], len: 0 };
        for (slot, byte) in value.bytes.iter_mut().zip(bytes) {
            *slot = byte;
            value.len += 1;
        }
        value
    }
}

impl Deref for ExtensionValue {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl AsRef<[u8]> for ExtensionValue {
    fn as_ref(&self) -> &[u8] {
        self
    }
}
