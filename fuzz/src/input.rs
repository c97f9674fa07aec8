//! The bytes of a fuzz input, read from front to back as commands and what they are about.

/// What has not been read yet.
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl<'a> Input<'a> {
    /// The next byte, while there is one.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next byte; 0 after the end.
    pub(crate) fn next(&mut self) -> u8 {
        self.byte().unwrap_or(0)
    }

    /// The next two bytes as a number; zeros after the end.
    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_be_bytes([self.next(), self.next()])
    }

    /// The next four bytes as a number; zeros after the end.
    pub(crate) fn u32(&mut self) -> u32 {
        u32::from(self.u16()) << 16 | u32::from(self.u16())
    }

    /// That many bytes, or as many as are left.
    pub(crate) fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }
}
