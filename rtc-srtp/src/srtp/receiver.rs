//! Verifying and opening what is received.

use core::fmt;

use bytes::BytesMut;
use rtc_core::ReplayWindow;

use crate::error::{DecodeError, UnprotectError};
use crate::srtp::config::{Config, CryptexPolicy};
use crate::srtp::contexts::Contexts;
use crate::srtp::cryptex::{Layout, decrypted_profile};
use crate::srtp::indices::{IndexError, Indices};
use crate::srtp::master_key::MasterKey;
use crate::srtp::profile::ProtectionProfile;
use crate::srtp::sender::rtcp_ssrc;
use crate::srtp::session::{ENCRYPTED, Forgery, SessionKeys};

/// The cryptographic contexts (RFC 3711, section 3.2) of all streams that are received under one
/// master key.
///
/// A stream is remembered from its first authentic packet on: packets that are not authentic
/// allocate nothing and change nothing. Each stream has a replay window of 1,024 packets, and one
/// of 128 for SRTCP.
///
/// The first packet of a stream is tried with a rollover counter of zero, and if its sequence
/// number is in the lower half also with one: the sequence number may have wrapped before anything
/// arrived.
pub struct SrtpReceiver {
    contexts: Contexts<ReplayWindow<2>>,
}

impl SrtpReceiver {
    /// A receiver that has received nothing.
    pub fn new(key: &MasterKey, config: &Config) -> Self {
        Self { contexts: Contexts::new(key, config) }
    }

    /// The profile that the packets have to be protected under.
    pub const fn profile(&self) -> ProtectionProfile {
        self.contexts.profile
    }

    /// Sets whether header extensions and contributing sources are expected to be encrypted from
    /// now on.
    pub const fn set_cryptex(&mut self, policy: CryptexPolicy) {
        self.contexts.cryptex = policy;
    }

    /// How many streams are remembered, of SRTP and of SRTCP.
    pub const fn streams(&self) -> (usize, usize) {
        (self.contexts.rtp_streams.len(), self.contexts.rtcp_streams.len())
    }

    /// Turns an SRTP packet into the RTP packet in it, in place, and returns its index: the
    /// sequence number with the rollover counter above it.
    ///
    /// # Errors
    ///
    /// See [`UnprotectError`]. The packet is then to be dropped; nothing else has changed.
    pub fn unprotect(&mut self, packet: &mut BytesMut) -> Result<u64, UnprotectError> {
        let tag_len = self.contexts.rtp.tag_len();
        let len = packet.len().checked_sub(tag_len).ok_or(DecodeError::Truncated)?;
        let (body, tag) = packet.split_at_mut_checked(len).ok_or(DecodeError::Truncated)?;
        let (layout, decrypted) = self.layout(body)?;
        let contexts = &mut self.contexts;
        let index = match contexts.rtp_streams.find_mut(layout.ssrc) {
            Some(indices) => {
                let index = indices.next(layout.sequence_number)?;
                if !contexts.rtp.open_rtp(body, tag, &layout, index, Forgery::GivenUp) {
                    return Err(UnprotectError::Authentication);
                }
                indices.insert(index);
                index
            }
            None => {
                if !contexts.rtp_streams.has_room() {
                    return Err(UnprotectError::TooManyStreams);
                }
                let index = open_first(&contexts.rtp, body, tag, &layout)
                    .ok_or(UnprotectError::Authentication)?;
                contexts.rtp_streams.insert(layout.ssrc, Indices::beginning_with(index));
                index
            }
        };
        if let Some(profile) = decrypted {
            let field = body.get_mut(layout.profile_at()..).and_then(|rest| rest.first_chunk_mut());
            if let Some(field) = field {
                *field = profile.to_be_bytes();
            }
        }
        packet.truncate(len);
        Ok(index)
    }

    /// Turns an SRTCP packet into the RTCP packets in it, in place, and returns its index.
    ///
    /// A packet that is authenticated and not encrypted is accepted: the sender has said so in
    /// what is authenticated (RFC 3711, section 3.4).
    ///
    /// # Errors
    ///
    /// See [`UnprotectError`]. The packet is then to be dropped; nothing else has changed.
    pub fn unprotect_rtcp(&mut self, packet: &mut BytesMut) -> Result<u32, UnprotectError> {
        let contexts = &mut self.contexts;
        let ssrc = rtcp_ssrc(packet)?;
        let (len, word) = contexts.rtcp.rtcp_parts(packet).ok_or(DecodeError::Truncated)?;
        let index = word & !ENCRYPTED;
        match contexts.rtcp_streams.find_mut(ssrc) {
            Some(window) => {
                if !window.check(index.into()) {
                    return Err(UnprotectError::Replayed);
                }
                if !contexts.rtcp.open_rtcp(packet, ssrc, len, word) {
                    return Err(UnprotectError::Authentication);
                }
                window.accept(index.into());
            }
            None => {
                if !contexts.rtcp_streams.has_room() {
                    return Err(UnprotectError::TooManyStreams);
                }
                if !contexts.rtcp.open_rtcp(packet, ssrc, len, word) {
                    return Err(UnprotectError::Authentication);
                }
                let mut window = ReplayWindow::new();
                window.accept(index.into());
                contexts.rtcp_streams.insert(ssrc, window);
            }
        }
        packet.truncate(len);
        Ok(index)
    }

    /// The layout of a packet, and the profile field to write when it has been decrypted.
    fn layout(&self, packet: &[u8]) -> Result<(Layout, Option<u16>), UnprotectError> {
        let layout = Layout::decode(packet)?;
        if self.contexts.cryptex == CryptexPolicy::Disabled {
            return Ok((layout, None));
        }
        match layout.profile.map(decrypted_profile) {
            Some(Some(profile)) => Ok((layout.with_cryptex(), Some(profile))),
            Some(None) if self.contexts.cryptex == CryptexPolicy::Required => {
                Err(UnprotectError::NotEncrypted)
            }
            None if self.contexts.cryptex == CryptexPolicy::Required && layout.csrcs_len > 0 => {
                Err(UnprotectError::NotEncrypted)
            }
            _ => Ok((layout, None)),
        }
    }

    /// Puts a stream where a test wants it.
    #[cfg(test)]
    pub(crate) fn place(&mut self, ssrc: crate::Ssrc, rtp_index: u64) {
        self.contexts.rtp_streams.insert(ssrc, Indices::beginning_with(rtp_index));
    }

    /// With these session keys instead of derived ones.
    #[cfg(test)]
    pub(crate) fn with_session_keys(mut self, rtp: SessionKeys, rtcp: SessionKeys) -> Self {
        self.contexts.rtp = rtp;
        self.contexts.rtcp = rtcp;
        self
    }
}

impl fmt::Debug for SrtpReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.contexts.debug("SrtpReceiver", f)
    }
}

/// Opens the first packet of a stream and says under which index.
fn open_first(keys: &SessionKeys, body: &mut [u8], tag: &[u8], layout: &Layout) -> Option<u64> {
    let index = u64::from(layout.sequence_number);
    let mut open =
        |index, forgery| keys.open_rtp(body, tag, layout, index, forgery).then_some(index);
    if layout.sequence_number < 1 << 15 {
        open(index, Forgery::Kept).or_else(|| open(index + (1 << 16), Forgery::GivenUp))
    } else {
        open(index, Forgery::GivenUp)
    }
}

impl From<IndexError> for UnprotectError {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::NotNew => Self::Replayed,
            IndexError::BeforeFirst | IndexError::AfterLast => Self::Index,
        }
    }
}
