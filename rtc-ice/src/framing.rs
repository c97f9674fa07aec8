//! Datagrams within a stream: RFC 4571 between peers, STUN and ChannelData to a TURN server.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;
use core::ops::Range;

use crate::turn::ChannelNumber;

/// Cuts a stream into frames.
///
/// One deframer serves one direction of one connection. Whatever a read has brought is handed in
/// with [`next_frame`](Self::next_frame) until that gives no more:
///
/// ```
/// use rtc_ice::framing::{Deframer, Framing};
///
/// let mut deframer = Deframer::new(Framing::Rfc4571, 1500);
/// let mut frames = Vec::new();
/// for read in [&b"\0\x02hi\0\x05th"[..], b"ere\0"] {
///     let mut piece = read;
///     while let Some(frame) = deframer.next_frame(&mut piece) {
///         frames.push(frame?.to_vec());
///     }
/// }
/// assert_eq!(frames, [&b"hi"[..], b"there"]);
/// assert!(deframer.is_within_frame());
/// # Ok::<(), rtc_ice::framing::FramingError>(())
/// ```
///
/// A frame that lies whole within one read is not copied. Of others the bytes that have come are
/// kept: at most one frame with its header, and never more than was received, whatever length the
/// header claims. There is no clock here: who finds that a connection stays within a frame for too
/// long ([`is_within_frame`](Self::is_within_frame)) closes it.
///
/// An error ends the deframer for good, since nobody can know where the next frame begins: the
/// connection is to be closed. What comes after it is swallowed.
#[derive(Debug)]
pub struct Deframer {
    framing: Framing,
    max_frame: usize,
    /// The beginning of a frame that has not come whole, or the frame that was given last.
    partial: Vec<u8>,
    progress: Progress,
}

/// How frames follow each other in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Framing {
    /// A length of 16 bits before each frame (RFC 4571, section 2): between peers (RFC 6544).
    ///
    /// ```text
    ///  0                   1                   2                   3
    ///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    /// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    /// |             LENGTH            |  STUN, DTLS, RTP or RTCP ...  |
    /// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    /// ```
    Rfc4571,
    /// STUN messages and ChannelData messages, which tell their own lengths; the latter are padded
    /// to a multiple of four bytes (RFC 8656, section 12.5): to a STUN or TURN server.
    Turn,
}

/// Why a stream cannot be cut any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FramingError {
    /// A frame is longer than is taken.
    #[error("a frame of {length} bytes where at most {limit} are taken")]
    TooLong {
        /// What its header claims.
        length: usize,
        /// What is taken.
        limit: usize,
    },
    /// What stands where a frame should begin is neither STUN nor ChannelData.
    #[error("neither STUN nor ChannelData begins here")]
    Garbage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// `partial` holds the beginning of a frame, or nothing.
    Collecting,
    /// `partial` holds a frame that was given.
    Given,
    Broken,
}

/// Where a frame lies, counted from the beginning of its header.
#[derive(Debug, Clone, Copy)]
struct Extent {
    header: usize,
    end: usize,
    padded_end: usize,
}

/// Where the next frame was found.
enum Found<'p> {
    Nothing,
    InPiece(&'p [u8]),
    InPartial(Range<usize>),
    Failed(FramingError),
}

impl Deframer {
    /// A deframer that takes frames of at most `max_frame` bytes; the length of RFC 4571 is not
    /// counted, the header of a STUN or ChannelData message is.
    pub const fn new(framing: Framing, max_frame: usize) -> Self {
        Self { framing, max_frame, partial: Vec::new(), progress: Progress::Collecting }
    }

    /// Takes the next frame, or what there is of it, off the front of `piece`. `None`: all has been
    /// taken, and more is needed.
    ///
    /// Null frames, of length 0, are passed over. ChannelData comes without its padding.
    ///
    /// # Errors
    ///
    /// Once, if a frame is too long or is none. After that there are no more frames.
    pub fn next_frame<'f, 'p: 'f>(
        &'f mut self,
        piece: &mut &'p [u8],
    ) -> Option<Result<&'f [u8], FramingError>> {
        loop {
            match self.find(piece) {
                Found::Nothing => return None,
                Found::InPiece([]) => {}
                Found::InPartial(range) if range.is_empty() => {}
                Found::InPiece(frame) => return Some(Ok(frame)),
                Found::InPartial(range) => {
                    return Some(Ok(self.partial.get(range).unwrap_or_default()));
                }
                Found::Failed(error) => {
                    self.progress = Progress::Broken;
                    self.partial = Vec::new();
                    *piece = &[];
                    return Some(Err(error));
                }
            }
        }
    }

    /// Whether a frame has begun and not yet ended.
    pub fn is_within_frame(&self) -> bool {
        self.progress == Progress::Collecting && !self.partial.is_empty()
    }

    /// Whether the stream was found to be none of frames.
    pub fn is_broken(&self) -> bool {
        self.progress == Progress::Broken
    }

    /// How many bytes are kept: at most one frame with its header and its padding.
    pub fn buffered(&self) -> usize {
        self.partial.len()
    }

    fn find<'p>(&mut self, piece: &mut &'p [u8]) -> Found<'p> {
        match self.progress {
            Progress::Collecting => {}
            Progress::Given => {
                self.partial.clear();
                self.progress = Progress::Collecting;
            }
            Progress::Broken => {
                *piece = &[];
                return Found::Nothing;
            }
        }
        if self.partial.is_empty() {
            let bytes = *piece;
            match self.extent(bytes) {
                Err(error) => return Found::Failed(error),
                Ok(Some(extent)) => {
                    if let Some((whole, rest)) = bytes.split_at_checked(extent.padded_end) {
                        *piece = rest;
                        let frame = whole.get(extent.header..extent.end);
                        return Found::InPiece(frame.unwrap_or_default());
                    }
                }
                Ok(None) => {}
            }
            self.partial.extend_from_slice(bytes);
            *piece = &[];
            return Found::Nothing;
        }
        // The header may come byte by byte; then the rest of the frame.
        loop {
            let (wanted, extent) = match self.extent(&self.partial) {
                Err(error) => return Found::Failed(error),
                Ok(Some(extent)) => (extent.padded_end, Some(extent)),
                Ok(None) => (self.partial.len() + 1, None),
            };
            let missing = wanted.saturating_sub(self.partial.len());
            if let (0, Some(extent)) = (missing, extent) {
                self.progress = Progress::Given;
                return Found::InPartial(extent.header..extent.end);
            }
            let (taken, rest) = piece.split_at_checked(missing).unwrap_or((*piece, &[]));
            if taken.is_empty() {
                return Found::Nothing;
            }
            self.partial.extend_from_slice(taken);
            *piece = rest;
        }
    }

    /// Where the frame lies that `bytes` begins with; `None` if the header has not come whole.
    fn extent(&self, bytes: &[u8]) -> Result<Option<Extent>, FramingError> {
        let extent = match self.framing {
            Framing::Rfc4571 => rfc4571_extent(bytes),
            Framing::Turn => turn_extent(bytes)?,
        };
        if let Some(Extent { header, end, .. }) = extent {
            let length = end - header;
            if length > self.max_frame {
                return Err(FramingError::TooLong { length, limit: self.max_frame });
            }
        }
        Ok(extent)
    }
}

/// Puts the length of RFC 4571 before what stands in `out` from `start` on. Returns false, and
/// changes nothing, if that is longer than 65,535 bytes or `start` is past the end.
pub fn frame_rfc4571(out: &mut Vec<u8>, start: usize) -> bool {
    let end = out.len();
    let Some(Ok(length)) = end.checked_sub(start).map(u16::try_from) else { return false };
    out.extend_from_slice(&[0; 2]);
    out.copy_within(start..end, start + 2);
    if let Some(field) = out.get_mut(start..start + 2) {
        field.copy_from_slice(&length.to_be_bytes());
    }
    true
}

fn rfc4571_extent(bytes: &[u8]) -> Option<Extent> {
    let (length, _) = bytes.split_first_chunk::<2>()?;
    let end = 2 + usize::from(u16::from_be_bytes(*length));
    Some(Extent { header: 2, end, padded_end: end })
}

fn turn_extent(bytes: &[u8]) -> Result<Option<Extent>, FramingError> {
    let Some(first) = bytes.first() else { return Ok(None) };
    match first {
        0x00..0x40 => {
            let Some((header, _)) = bytes.split_first_chunk::<8>() else { return Ok(None) };
            let &[_, _, l0, l1, ref cookie @ ..] = header;
            let length = usize::from(u16::from_be_bytes([l0, l1]));
            if *cookie != STUN_COOKIE || length % 4 != 0 {
                return Err(FramingError::Garbage);
            }
            let end = STUN_HEADER_LENGTH + length;
            Ok(Some(Extent { header: 0, end, padded_end: end }))
        }
        0x40..0x50 => {
            let Some((header, _)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
            let &[n0, n1, l0, l1] = header;
            if ChannelNumber::new(u16::from_be_bytes([n0, n1])).is_none() {
                return Err(FramingError::Garbage);
            }
            let end = 4 + usize::from(u16::from_be_bytes([l0, l1]));
            Ok(Some(Extent { header: 0, end, padded_end: end.next_multiple_of(4) }))
        }
        _ => Err(FramingError::Garbage),
    }
}

/// The fixed second word of a STUN message (RFC 8489, section 5).
const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const STUN_HEADER_LENGTH: usize = 20;

#[cfg(test)]
#[path = "framing/tests.rs"]
mod tests;
