//! The keys and the codes of MESSAGE-INTEGRITY and MESSAGE-INTEGRITY-SHA256.

use alloc::vec::Vec;
use core::fmt;

use hmac::block_api::HmacCore;
use hmac::digest::block_api::CoreProxy;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::password_algorithm::PasswordAlgorithm;

/// The key of an integrity attribute (RFC 8489, sections 9.1.1 and 9.2.2).
///
/// Zeroed when dropped, never printed.
///
/// Passwords, user names and realms are taken as they are: text from people must have gone through
/// the OpaqueString profile (RFC 8265) before it comes here. The credentials of ICE are ASCII
/// and need none of that.
#[derive(Clone)]
pub struct IntegrityKey {
    key: Zeroizing<Vec<u8>>,
    /// The key worked into HMAC-SHA1, which each message would otherwise do again. It wipes itself.
    sha1: HmacCore<Sha1>,
}

impl IntegrityKey {
    /// The key of a short-term credential: the password itself.
    pub fn short_term(password: &str) -> Self {
        Self::new(password.as_bytes().to_vec())
    }

    fn new(key: Vec<u8>) -> Self {
        let sha1 = HmacCore::new_from_slice(&key).expect(ANY_LENGTH);
        Self { key: Zeroizing::new(key), sha1 }
    }

    /// The key of a long-term credential. `None` if the algorithm is not known.
    pub fn long_term(
        algorithm: PasswordAlgorithm,
        username: &str,
        realm: &str,
        password: &str,
    ) -> Option<Self> {
        let parts = [username, ":", realm, ":", password];
        Some(match algorithm {
            PasswordAlgorithm::Md5 => Self::new(digest::<Md5>(&parts)),
            PasswordAlgorithm::Sha256 => Self::new(digest::<Sha256>(&parts)),
            PasswordAlgorithm::Unknown(_) => return None,
        })
    }

    /// HMAC-SHA1 of the parts.
    pub(super) fn sha1(&self, parts: &[&[u8]]) -> [u8; SHA1_LENGTH] {
        let mut mac = Hmac::<Sha1>::compose(self.sha1.clone(), Default::default());
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// HMAC-SHA256 of the parts.
    pub(super) fn sha256(&self, parts: &[&[u8]]) -> [u8; SHA256_LENGTH] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect(ANY_LENGTH);
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for IntegrityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IntegrityKey(..)")
    }
}

/// What USERHASH holds (RFC 8489, section 14.4).
pub fn userhash(username: &str, realm: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [username, ":", realm] {
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// Compares a received code with ours without telling by time where they differ.
///
/// `received` may be a truncation of `computed`; how short it may be is for the caller to say.
pub(super) fn matches(computed: &[u8], received: &[u8]) -> bool {
    computed.get(..received.len()).is_some_and(|computed| computed.ct_eq(received).into())
}

fn digest<D: Digest>(parts: &[&str]) -> Vec<u8> {
    let mut hash = D::new();
    for part in parts {
        hash.update(part.as_bytes());
    }
    hash.finalize().to_vec()
}

const ANY_LENGTH: &str = "HMAC takes keys of any length";
/// The length of HMAC-SHA1.
pub(super) const SHA1_LENGTH: usize = 20;
/// The length of HMAC-SHA256.
pub(super) const SHA256_LENGTH: usize = 32;

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn the_long_term_key_of_the_rfc_comes_out() {
        // RFC 8489, section 9.2.2.
        let key = IntegrityKey::long_term(PasswordAlgorithm::Md5, "user", "realm", "pass").unwrap();
        let expected = 0x8493_fbc5_3ba5_82fb_4c04_4c45_6bdc_40eb_u128.to_be_bytes();
        assert_eq!(*key.key, expected);
    }

    #[test]
    fn an_unknown_algorithm_gives_no_key() {
        let unknown = PasswordAlgorithm::Unknown(7);
        assert!(IntegrityKey::long_term(unknown, "user", "realm", "pass").is_none());
    }

    #[test]
    fn a_key_is_not_printed() {
        assert_eq!(format!("{:?}", IntegrityKey::short_term("secret")), "IntegrityKey(..)");
    }
}
