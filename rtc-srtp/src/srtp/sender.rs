//! Protecting what is sent.

use alloc::vec::Vec;
use core::fmt;

use bytes::Buf;

use crate::error::{DecodeError, ProtectError};
use crate::srtp::config::{Config, CryptexPolicy};
use crate::srtp::contexts::Contexts;
use crate::srtp::cryptex::{
    ENCRYPTED_ONE_BYTE, EXTENSION_HEADER, Layout, decrypted_profile, encrypted_profile,
};
use crate::srtp::indices::{IndexError, Indices};
use crate::srtp::master_key::MasterKey;
use crate::srtp::profile::ProtectionProfile;
use crate::srtp::session::{ENCRYPTED, SessionKeys};
use crate::ssrc::Ssrc;

/// The cryptographic contexts (RFC 3711, section 3.2) of all streams that are sent under one
/// master key.
///
/// A new stream begins with a rollover counter of zero. Packets of a stream may be protected out of
/// order as long as they are less than 1,024 behind, and each sequence number only once: with AEAD
/// ciphers as with counter mode, an index that is used twice undoes the protection.
pub struct SrtpSender {
    /// Of SRTCP, the next index; 2^31 when there is none left.
    contexts: Contexts<u32>,
}

impl SrtpSender {
    /// A sender that has sent nothing.
    pub fn new(key: &MasterKey, config: &Config) -> Self {
        Self { contexts: Contexts::new(key, config) }
    }

    /// The profile that the packets are protected under.
    pub const fn profile(&self) -> ProtectionProfile {
        self.contexts.profile
    }

    /// Sets whether header extensions and contributing sources are encrypted from now on.
    pub const fn set_cryptex(&mut self, policy: CryptexPolicy) {
        self.contexts.cryptex = policy;
    }

    /// Turns an RTP packet into an SRTP packet, in place; the buffer grows by
    /// [`rtp_overhead`](ProtectionProfile::rtp_overhead) bytes, with cryptex by up to four more.
    ///
    /// # Errors
    ///
    /// See [`ProtectError`]. After an error the packet is as it was.
    pub fn protect(&mut self, packet: &mut Vec<u8>) -> Result<(), ProtectError> {
        self.protect_from(packet, 0)
    }

    /// Turns the RTP packet that begins at `start` in the buffer and reaches to its end into an
    /// SRTP packet; what comes before it is left alone.
    ///
    /// # Errors
    ///
    /// See [`ProtectError`]. After an error the packet is as it was.
    pub fn protect_from(&mut self, buffer: &mut Vec<u8>, start: usize) -> Result<(), ProtectError> {
        let layout = Layout::decode(buffer.get(start..).ok_or(DecodeError::Truncated)?)?;
        let encrypted = self.encrypted_profile(&layout)?;
        let ssrc = layout.ssrc;
        let contexts = &mut self.contexts;
        match contexts.rtp_streams.find_mut(ssrc) {
            Some(indices) => {
                let index = indices.next(layout.sequence_number)?;
                seal(&contexts.rtp, buffer, start, &layout, encrypted, index)?;
                indices.insert(index);
            }
            None => {
                if !contexts.rtp_streams.has_room() {
                    return Err(ProtectError::TooManyStreams);
                }
                let index = u64::from(layout.sequence_number);
                seal(&contexts.rtp, buffer, start, &layout, encrypted, index)?;
                contexts.rtp_streams.insert(ssrc, Indices::beginning_with(index));
            }
        }
        Ok(())
    }

    /// Turns RTCP packets into an SRTCP packet, in place; the buffer grows by
    /// [`rtcp_overhead`](ProtectionProfile::rtcp_overhead) bytes.
    ///
    /// # Errors
    ///
    /// See [`ProtectError`]. After an error the packets are as they were.
    pub fn protect_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<(), ProtectError> {
        self.protect_rtcp_from(packet, 0)
    }

    /// Turns the RTCP packets that begin at `start` in the buffer and reach to its end into an
    /// SRTCP packet; what comes before them is left alone.
    ///
    /// # Errors
    ///
    /// See [`ProtectError`]. After an error the packets are as they were.
    pub fn protect_rtcp_from(
        &mut self,
        buffer: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), ProtectError> {
        let ssrc = rtcp_ssrc(buffer.get(start..).ok_or(DecodeError::Truncated)?)?;
        let contexts = &mut self.contexts;
        match contexts.rtcp_streams.find_mut(ssrc) {
            Some(next) => {
                if *next & ENCRYPTED != 0 {
                    return Err(ProtectError::KeyExpired);
                }
                let sealed = contexts.rtcp.seal_rtcp(buffer, start, ssrc, *next);
                sealed.ok_or(DecodeError::Truncated)?;
                *next += 1;
            }
            None => {
                if !contexts.rtcp_streams.has_room() {
                    return Err(ProtectError::TooManyStreams);
                }
                let sealed = contexts.rtcp.seal_rtcp(buffer, start, ssrc, 0);
                sealed.ok_or(DecodeError::Truncated)?;
                contexts.rtcp_streams.insert(ssrc, 1);
            }
        }
        Ok(())
    }

    /// The profile field to write if the header is to be encrypted.
    fn encrypted_profile(&self, layout: &Layout) -> Result<Option<u16>, ProtectError> {
        let encrypted = match (self.contexts.cryptex, layout.profile) {
            (CryptexPolicy::Disabled, _) => return Ok(None),
            (_, Some(profile)) => encrypted_profile(profile),
            (_, None) if layout.csrcs_len > 0 => Some(ENCRYPTED_ONE_BYTE),
            (_, None) => return Ok(None),
        };
        // A header extension that only looks encrypted would be decrypted by the other side.
        let looks_encrypted = layout.profile.and_then(decrypted_profile).is_some();
        if looks_encrypted
            || (encrypted.is_none() && self.contexts.cryptex == CryptexPolicy::Required)
        {
            return Err(ProtectError::HeaderExtension);
        }
        Ok(encrypted)
    }

    /// Puts a stream where a test wants it.
    #[cfg(test)]
    pub(crate) fn place(&mut self, ssrc: Ssrc, rtp_index: u64, next_rtcp_index: u32) {
        self.contexts.rtp_streams.insert(ssrc, Indices::beginning_with(rtp_index));
        self.contexts.rtcp_streams.insert(ssrc, next_rtcp_index);
    }

    /// With these session keys instead of derived ones.
    #[cfg(test)]
    pub(crate) fn with_session_keys(mut self, rtp: SessionKeys, rtcp: SessionKeys) -> Self {
        self.contexts.rtp = rtp;
        self.contexts.rtcp = rtcp;
        self
    }
}

impl fmt::Debug for SrtpSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.contexts.debug("SrtpSender", f)
    }
}

/// Seals the packet at the end of the buffer and appends its tag.
fn seal(
    keys: &SessionKeys,
    buffer: &mut Vec<u8>,
    start: usize,
    layout: &Layout,
    encrypted: Option<u16>,
    index: u64,
) -> Result<(), DecodeError> {
    let sealed = match encrypted {
        Some(profile) => {
            let layout = mark_encrypted(buffer, start, layout, profile)?;
            keys.seal_rtp(buffer, start, &layout, index)
        }
        None => keys.seal_rtp(buffer, start, layout, index),
    };
    sealed.ok_or(DecodeError::Truncated)
}

/// Writes the profile field that says that the header is encrypted, and before that a header
/// extension of no elements if there is none.
fn mark_encrypted(
    buffer: &mut Vec<u8>,
    start: usize,
    layout: &Layout,
    profile: u16,
) -> Result<Layout, DecodeError> {
    let at = start + layout.profile_at();
    if layout.profile.is_none() {
        buffer.extend_from_slice(&[0; EXTENSION_HEADER]);
        buffer.get_mut(at..).ok_or(DecodeError::Truncated)?.rotate_right(EXTENSION_HEADER);
        *buffer.get_mut(start).ok_or(DecodeError::Truncated)? |= 0x10;
    }
    let field = buffer.get_mut(at..).and_then(|rest| rest.first_chunk_mut());
    *field.ok_or(DecodeError::Truncated)? = profile.to_be_bytes();
    Ok(layout.with_cryptex())
}

/// The SSRC of the sender of an RTCP or SRTCP packet.
pub(crate) fn rtcp_ssrc(packet: &[u8]) -> Result<Ssrc, DecodeError> {
    let mut input = packet;
    let word = input.try_get_u32()?;
    if word >> 30 != 2 {
        return Err(DecodeError::Version);
    }
    Ok(Ssrc(input.try_get_u32()?))
}

impl From<IndexError> for ProtectError {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::AfterLast => Self::KeyExpired,
            IndexError::BeforeFirst | IndexError::NotNew => Self::Reused,
        }
    }
}
