//! The session keys of one direction, and what they do to one packet.
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::crypto::{AesCounterMode, AesGcm, HmacSha1};
use crate::srtp::cryptex::Layout;
use crate::srtp::key_derivation::{KeyDerivation, Label};
use crate::srtp::master_key::MasterKey;
use crate::srtp::profile::ProtectionProfile;
use crate::ssrc::Ssrc;

/// The session keys for SRTP or for SRTCP.
#[cfg_attr(
    feature = "aws-lc-rs",
    expect(clippy::large_enum_variant, reason = "two per direction, and no pointer to follow")
)]
pub(crate) enum SessionKeys {
    CounterMode { cipher: AesCounterMode, salt: Zeroizing<u128>, mac: HmacSha1, tag_len: usize },
    Gcm { cipher: AesGcm, salt: Zeroizing<u128> },
}

impl SessionKeys {
    /// The keys for SRTP and for SRTCP; `None` never happens.
    pub(crate) fn derive(master: &MasterKey) -> Option<(Self, Self)> {
        let derivation = KeyDerivation::new(master)?;
        let profile = master.profile();
        let rtcp_tag_len = profile.rtcp_overhead() - 4;
        let rtp = [Label::RtpEncryption, Label::RtpAuthentication, Label::RtpSalt];
        let rtcp = [Label::RtcpEncryption, Label::RtcpAuthentication, Label::RtcpSalt];
        Some((
            Self::new(&derivation, profile, rtp, profile.rtp_overhead())?,
            Self::new(&derivation, profile, rtcp, rtcp_tag_len)?,
        ))
    }

    fn new(
        derivation: &KeyDerivation,
        profile: ProtectionProfile,
        [encryption, authentication, salt]: [Label; 3],
        tag_len: usize,
    ) -> Option<Self> {
        let mut key = [0; 32];
        let key_slice = key.get_mut(..profile.key_len())?;
        derivation.derive_into(encryption, key_slice);
        let keys = match profile {
            ProtectionProfile::Aes128CmHmacSha1_80 | ProtectionProfile::Aes128CmHmacSha1_32 => {
                Self::CounterMode {
                    cipher: AesCounterMode::new(key_slice)?,
                    salt: Self::salt(&*derivation.derive::<14>(salt)),
                    mac: HmacSha1::new(&*derivation.derive::<20>(authentication))?,
                    tag_len,
                }
            }
            ProtectionProfile::AeadAes128Gcm | ProtectionProfile::AeadAes256Gcm => {
                let salt = Self::salt(&*derivation.derive::<12>(salt));
                Self::Gcm { cipher: AesGcm::new(key_slice)?, salt }
            }
        };
        key.zeroize();
        Some(keys)
    }

    /// How long the tag is.
    pub(crate) const fn tag_len(&self) -> usize {
        match self {
            Self::CounterMode { tag_len, .. } => *tag_len,
            Self::Gcm { .. } => 16,
        }
    }

    /// A salt as the number that it is in network byte order.
    pub(crate) fn salt(bytes: &[u8]) -> Zeroizing<u128> {
        Zeroizing::new(bytes.iter().fold(0, |number, byte| number << 8 | u128::from(*byte)))
    }

    /// The counter block for a packet (RFC 3711, section 4.1.1).
    fn counter_block(salt: u128, ssrc: Ssrc, index: u64) -> [u8; 16] {
        let block = u128::from(ssrc.0) << 48 ^ u128::from(index & INDEX_MASK) ^ salt;
        (block << 16).to_be_bytes()
    }

    /// The nonce for a packet (RFC 7714, sections 8.1 and 9.1).
    fn nonce(salt: u128, ssrc: Ssrc, index: u64) -> [u8; 12] {
        // In two parts, since that is what the processor can do.
        let high = (salt >> 64) as u32 ^ ssrc.0 >> 16;
        let low = salt as u64 ^ u64::from(ssrc.0) << 48 ^ index & INDEX_MASK;
        let [a, b, c, d] = high.to_be_bytes();
        let [e, f, g, h, i, j, k, l] = low.to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l]
    }

    /// Encrypts the RTP packet at the end of the buffer and appends its tag. `None` never happens.
    pub(crate) fn seal_rtp(
        &self,
        buffer: &mut Vec<u8>,
        start: usize,
        layout: &Layout,
        index: u64,
    ) -> Option<()> {
        let packet = buffer.get_mut(start..)?;
        layout.arrange(packet);
        let (header, data) = packet.split_at_mut_checked(layout.clear)?;
        match self {
            Self::CounterMode { cipher, salt, mac, tag_len } => {
                cipher.apply(&Self::counter_block(**salt, layout.ssrc, index), data);
                layout.restore(packet);
                let code = mac.code(packet, &rollover_counter(index));
                buffer.extend_from_slice(code.get(..*tag_len)?);
            }
            Self::Gcm { cipher, salt } => {
                let tag = cipher.seal(&Self::nonce(**salt, layout.ssrc, index), header, data);
                layout.restore(packet);
                buffer.extend_from_slice(&tag?);
            }
        }
        Some(())
    }

    /// Decrypts an RTP packet, given without its tag, if the tag is right; says whether it was.
    #[must_use]
    pub(crate) fn open_rtp(
        &self,
        packet: &mut [u8],
        tag: &[u8],
        layout: &Layout,
        index: u64,
        forgery: Forgery,
    ) -> bool {
        match self {
            Self::CounterMode { cipher, salt, mac, tag_len } => {
                let code = mac.code(packet, &rollover_counter(index));
                if !code.get(..*tag_len).is_some_and(|expected| expected.ct_eq(tag).into()) {
                    return false;
                }
                layout.arrange(packet);
                if let Some((_, data)) = packet.split_at_mut_checked(layout.clear) {
                    cipher.apply(&Self::counter_block(**salt, layout.ssrc, index), data);
                }
                layout.restore(packet);
                true
            }
            Self::Gcm { cipher, salt } => {
                let Ok(tag) = tag.try_into() else { return false };
                layout.arrange(packet);
                let opened =
                    packet.split_at_mut_checked(layout.clear).is_some_and(|(header, data)| {
                        let nonce = Self::nonce(**salt, layout.ssrc, index);
                        match forgery {
                            Forgery::Kept => cipher.try_open(&nonce, header, data, tag),
                            Forgery::GivenUp => cipher.open(&nonce, header, data, tag),
                        }
                    });
                layout.restore(packet);
                opened
            }
        }
    }

    /// Encrypts the RTCP packets at the end of the buffer, from their ninth byte on, and appends the
    /// tag and the word with the index, in the order of the profile. `None`, and nothing has
    /// happened, if there are no eight bytes.
    pub(crate) fn seal_rtcp(
        &self,
        buffer: &mut Vec<u8>,
        start: usize,
        ssrc: Ssrc,
        index: u32,
    ) -> Option<()> {
        let packet = buffer.get_mut(start..)?;
        let (header, data) = packet.split_first_chunk_mut::<RTCP_CLEAR>()?;
        let word = (ENCRYPTED | index).to_be_bytes();
        match self {
            Self::CounterMode { cipher, salt, mac, tag_len } => {
                cipher.apply(&Self::counter_block(**salt, ssrc, index.into()), data);
                let code = mac.code(packet, &word);
                buffer.extend_from_slice(&word);
                buffer.extend_from_slice(code.get(..*tag_len)?);
            }
            Self::Gcm { cipher, salt } => {
                let nonce = Self::nonce(**salt, ssrc, index.into());
                let tag = cipher.seal(&nonce, &rtcp_aad(header, word), data)?;
                buffer.extend_from_slice(&tag);
                buffer.extend_from_slice(&word);
            }
        }
        Some(())
    }

    /// Takes an SRTCP packet apart: how long the RTCP packets are, and the word with the index.
    pub(crate) fn rtcp_parts(&self, packet: &[u8]) -> Option<(usize, u32)> {
        let len = packet.len().checked_sub(4 + self.tag_len())?;
        let word_at = match self {
            Self::CounterMode { .. } => len,
            Self::Gcm { .. } => len + self.tag_len(),
        };
        let word = packet.get(word_at..)?.first_chunk()?;
        (len >= RTCP_CLEAR).then_some((len, u32::from_be_bytes(*word)))
    }

    /// Decrypts an SRTCP packet, given whole and with what [`rtcp_parts`](Self::rtcp_parts) found,
    /// if its tag is right; says whether it was. If it was not, the packet is
    /// [given up](Forgery::GivenUp).
    #[must_use]
    pub(crate) fn open_rtcp(&self, packet: &mut [u8], ssrc: Ssrc, len: usize, word: u32) -> bool {
        let encrypted = word & ENCRYPTED != 0;
        let index = u64::from(word & !ENCRYPTED);
        let Some((body, trailer)) = packet.split_at_mut_checked(len) else { return false };
        match self {
            Self::CounterMode { cipher, salt, mac, tag_len } => {
                let Some((word, tag)) = trailer.split_first_chunk::<4>() else { return false };
                let code = mac.code(body, word);
                if !code.get(..*tag_len).is_some_and(|expected| expected.ct_eq(tag).into()) {
                    return false;
                }
                if let (true, Some((_, data))) = (encrypted, body.split_at_mut_checked(RTCP_CLEAR))
                {
                    cipher.apply(&Self::counter_block(**salt, ssrc, index), data);
                }
                true
            }
            Self::Gcm { cipher, salt } => {
                let nonce = Self::nonce(**salt, ssrc, index);
                let Some((tag, _)) = trailer.split_first_chunk::<16>() else { return false };
                if encrypted {
                    let Some((header, data)) = body.split_first_chunk_mut::<RTCP_CLEAR>() else {
                        return false;
                    };
                    return cipher.open(&nonce, &rtcp_aad(header, word.to_be_bytes()), data, tag);
                }
                // What is authenticated is the packet and the word, which stands behind the tag:
                // it takes the place of the tag for a moment.
                let tag = *tag;
                let Some(authenticated) = packet.get_mut(..len + 4) else { return false };
                if let Some((_, end)) = authenticated.split_last_chunk_mut::<4>() {
                    *end = word.to_be_bytes();
                }
                let opened = cipher.open(&nonce, authenticated, &mut [], &tag);
                let place = packet.get_mut(len..).and_then(|rest| rest.first_chunk_mut::<16>());
                if let Some(place) = place {
                    *place = tag;
                }
                opened
            }
        }
    }
}

/// What becomes of a packet whose tag is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgery {
    /// It is as it was, so that another index can be tried.
    Kept,
    /// Nobody looks at it again: it may be wiped.
    GivenUp,
}

/// The rollover counter of an index, as it is authenticated.
const fn rollover_counter(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}

/// What is authenticated besides encrypted RTCP (RFC 7714, section 9.2).
fn rtcp_aad(header: &[u8; RTCP_CLEAR], word: [u8; 4]) -> [u8; 12] {
    let mut aad = [0; 12];
    aad.iter_mut().zip(header.iter().chain(&word)).for_each(|(to, from)| *to = *from);
    aad
}

/// How many bytes of RTCP stay in the clear: the header and the SSRC of the first packet.
const RTCP_CLEAR: usize = 8;
/// The E flag of the word with the SRTCP index.
pub(crate) const ENCRYPTED: u32 = 1 << 31;
const INDEX_MASK: u64 = (1 << 48) - 1;
