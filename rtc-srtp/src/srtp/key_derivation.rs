//! Session keys from a master key.

use zeroize::Zeroizing;

use crate::crypto::AesCounterMode;
use crate::srtp::master_key::MasterKey;

/// The key derivation function (RFC 3711, section 4.3; RFC 6188, section 3 for keys of 256 bits)
/// with a key derivation rate of zero, as DTLS-SRTP has it.
pub(crate) struct KeyDerivation {
    prf: AesCounterMode,
    salt: Zeroizing<[u8; 14]>,
}

impl KeyDerivation {
    /// `None` never happens, since a master key has the length that its profile says.
    pub(crate) fn new(master: &MasterKey) -> Option<Self> {
        Some(Self { prf: AesCounterMode::new(master.key())?, salt: Zeroizing::new(*master.salt()) })
    }

    /// With a salt that no profile has.
    #[cfg(test)]
    pub(crate) fn with_salt(mut self, salt: &[u8]) -> Self {
        self.salt.copy_from_slice(salt);
        self
    }

    /// The first `N` bytes of what is derived under this label.
    pub(crate) fn derive<const N: usize>(&self, label: Label) -> Zeroizing<[u8; N]> {
        let mut derived = Zeroizing::new([0; N]);
        self.derive_into(label, &mut *derived);
        derived
    }

    /// Fills `out` with what is derived under this label.
    pub(crate) fn derive_into(&self, label: Label, out: &mut [u8]) {
        // key_id = label || (index DIV kdr), and that is zero; x = key_id XOR master_salt, aligned
        // to the right; the counter block is x * 2^16.
        let mut block = [0; 16];
        block.iter_mut().zip(self.salt.iter()).for_each(|(to, from)| *to = *from);
        block[7] ^= label as u8;
        out.fill(0);
        self.prf.apply(&block, out);
    }
}

/// What a session key is for (RFC 3711, sections 4.3.1 and 4.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Label {
    RtpEncryption = 0x00,
    RtpAuthentication = 0x01,
    RtpSalt = 0x02,
    RtcpEncryption = 0x03,
    RtcpAuthentication = 0x04,
    RtcpSalt = 0x05,
}
