//! Datagrams within a stream: RFC 4571 between peers, STUN and ChannelData to a TURN server.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;
use core::ops::Range;

use bytes::{Buf, BytesMut};

use crate::turn::ChannelNumber;

/// Cuts a stream into frames.
///
/// One deframer serves one direction of one connection. Whatever a read has brought is handed in
/// with [`next_frame`](Self::next_frame), or with [`split_frame`](Self::split_frame) by who wants to
/// own the frames, until that gives no more:
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
    partial: BytesMut,
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
enum Found {
    /// All has been taken.
    Nothing,
    /// At the front of the piece, of which nothing has been taken.
    InPiece(Extent),
    /// In `partial`, which holds nothing else, after so many bytes of the piece were put there.
    InPartial(Extent, usize),
    /// Nothing can be found any more.
    Failed(FramingError),
}

impl Deframer {
    /// A deframer that takes frames of at most `max_frame` bytes; the length of RFC 4571 is not
    /// counted, the header of a STUN or ChannelData message is.
    pub fn new(framing: Framing, max_frame: usize) -> Self {
        Self { framing, max_frame, partial: BytesMut::new(), progress: Progress::Collecting }
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
            let bytes = *piece;
            match self.find(bytes) {
                Found::Nothing => {
                    *piece = &[];
                    return None;
                }
                Found::InPiece(extent) => {
                    *piece = bytes.get(extent.padded_end..).unwrap_or_default();
                    if !extent.is_null() {
                        return Some(Ok(bytes.get(extent.frame()).unwrap_or_default()));
                    }
                }
                Found::InPartial(extent, taken) => {
                    *piece = bytes.get(taken..).unwrap_or_default();
                    if !extent.is_null() {
                        return Some(Ok(self.partial.get(extent.frame()).unwrap_or_default()));
                    }
                }
                Found::Failed(error) => {
                    *piece = &[];
                    return Some(Err(error));
                }
            }
        }
    }

    /// The same with frames that are the caller's: one that lies whole within `piece` is split off
    /// it, any other is put together in a buffer that is used again when its frames are dropped.
    ///
    /// # Errors
    ///
    /// As for [`next_frame`](Self::next_frame).
    pub fn split_frame(&mut self, piece: &mut BytesMut) -> Option<Result<BytesMut, FramingError>> {
        loop {
            let (mut whole, extent) = match self.find(piece) {
                Found::Nothing => {
                    piece.clear();
                    return None;
                }
                Found::InPiece(extent) => (piece.split_to(extent.padded_end), extent),
                Found::InPartial(extent, taken) => {
                    piece.advance(taken);
                    (self.partial.split(), extent)
                }
                Found::Failed(error) => {
                    piece.clear();
                    return Some(Err(error));
                }
            };
            if !extent.is_null() {
                whole.truncate(extent.end);
                whole.advance(extent.header);
                return Some(Ok(whole));
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

    /// Finds the next frame in what is kept and `piece`. What is of a frame that has not come whole
    /// is kept.
    fn find(&mut self, piece: &[u8]) -> Found {
        match self.progress {
            Progress::Collecting => {}
            Progress::Given => {
                self.partial.clear();
                self.progress = Progress::Collecting;
            }
            Progress::Broken => return Found::Nothing,
        }
        if self.partial.is_empty() {
            match self.extent(piece) {
                Err(error) => return self.fail(error),
                Ok(Some(extent)) if extent.padded_end <= piece.len() => {
                    return Found::InPiece(extent);
                }
                Ok(_) => {}
            }
            self.partial.extend_from_slice(piece);
            return Found::Nothing;
        }
        // The header may come byte by byte; then the rest of the frame.
        let mut rest = piece;
        loop {
            let (wanted, extent) = match self.extent(&self.partial) {
                Err(error) => return self.fail(error),
                Ok(Some(extent)) => (extent.padded_end, Some(extent)),
                Ok(None) => (self.partial.len() + 1, None),
            };
            let missing = wanted.saturating_sub(self.partial.len());
            if let (0, Some(extent)) = (missing, extent) {
                self.progress = Progress::Given;
                return Found::InPartial(extent, piece.len() - rest.len());
            }
            let (taken, after) = rest.split_at_checked(missing).unwrap_or((rest, &[]));
            if taken.is_empty() {
                return Found::Nothing;
            }
            self.partial.extend_from_slice(taken);
            rest = after;
        }
    }

    fn fail(&mut self, error: FramingError) -> Found {
        self.progress = Progress::Broken;
        self.partial = BytesMut::new();
        Found::Failed(error)
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

impl Extent {
    fn frame(self) -> Range<usize> {
        self.header..self.end
    }

    fn is_null(self) -> bool {
        self.header == self.end
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
