//! What DTLS exports for one direction.

use core::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::error::KeyError;
use crate::srtp::profile::ProtectionProfile;

/// The master key and master salt of one direction, with the profile that they are for.
///
/// The bytes are wiped when this is dropped, and never shown.
#[derive(Clone)]
pub struct MasterKey {
    profile: ProtectionProfile,
    key: [u8; 32],
    salt: [u8; 14],
}

impl MasterKey {
    /// Takes the key and the salt.
    ///
    /// # Errors
    ///
    /// If one of them is not as long as the profile says.
    pub fn new(profile: ProtectionProfile, key: &[u8], salt: &[u8]) -> Result<Self, KeyError> {
        if key.len() != profile.key_len() {
            return Err(KeyError::KeyLength { expected: profile.key_len() });
        }
        if salt.len() != profile.salt_len() {
            return Err(KeyError::SaltLength { expected: profile.salt_len() });
        }
        // A salt of 96 bits is put to the left of the 112 that the derivation takes (RFC 7714,
        // section 11).
        let mut this = Self { profile, key: [0; 32], salt: [0; 14] };
        this.key.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        this.salt.iter_mut().zip(salt).for_each(|(to, from)| *to = *from);
        Ok(this)
    }

    /// The profile.
    pub const fn profile(&self) -> ProtectionProfile {
        self.profile
    }

    pub(crate) fn key(&self) -> &[u8] {
        self.key.get(..self.profile.key_len()).unwrap_or_default()
    }

    /// The salt, filled up with zeros to 112 bits.
    pub(crate) const fn salt(&self) -> &[u8; 14] {
        &self.salt
    }
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.key.zeroize();
        self.salt.zeroize();
    }
}

impl ZeroizeOnDrop for MasterKey {}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("profile", &self.profile).finish_non_exhaustive()
    }
}
