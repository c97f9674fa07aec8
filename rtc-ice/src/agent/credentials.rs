//! The user name fragment and the password of one side (RFC 8445, section 5.3).

use alloc::string::String;
use core::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::candidate::is_ice_char;
use crate::error::CredentialsError;

/// A user name fragment and a password.
///
/// The password is zeroed when dropped and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    ufrag: String,
    password: Zeroizing<String>,
}

impl Credentials {
    /// Checks credentials that were signalled.
    ///
    /// # Errors
    ///
    /// If the fragment is not 4 to 256 characters long, the password is not 22 to 256, or one of
    /// them has a character that is not a letter, a digit, `+` or `/` (RFC 8839, section 5.4).
    pub fn new(ufrag: &str, password: &str) -> Result<Self, CredentialsError> {
        if !(4..=256).contains(&ufrag.len()) {
            return Err(CredentialsError::UfragLength);
        }
        if !(22..=256).contains(&password.len()) {
            return Err(CredentialsError::PasswordLength);
        }
        if !ufrag.bytes().chain(password.bytes()).all(is_ice_char) {
            return Err(CredentialsError::Character);
        }
        Ok(Self { ufrag: String::from(ufrag), password: Zeroizing::new(String::from(password)) })
    }

    /// Draws fresh ones: 8 and 24 characters of 6 bits each. The RFC asks for at least 24 and 128
    /// bits of randomness.
    pub fn draw(rng: &mut dyn CryptoRng) -> Self {
        let mut bits = Zeroizing::new([0; UFRAG_LENGTH + PASSWORD_LENGTH]);
        rng.fill_bytes(&mut *bits);
        let mut characters = bits
            .iter()
            .map(|byte| char::from(*ALPHABET.get(usize::from(byte & 63)).unwrap_or(&b'0')));
        let ufrag = characters.by_ref().take(UFRAG_LENGTH).collect();
        // Enough room from the start, so that no unzeroed copy is left behind by growing.
        let mut password = Zeroizing::new(String::with_capacity(PASSWORD_LENGTH));
        password.extend(characters);
        Self { ufrag, password }
    }

    /// The user name fragment.
    pub fn ufrag(&self) -> &str {
        &self.ufrag
    }

    /// The password.
    pub fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}

const UFRAG_LENGTH: usize = 8;
const PASSWORD_LENGTH: usize = 24;
/// The 64 characters that the grammar allows: six bits each, without bias.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use alloc::format;

    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn drawn_credentials_pass_the_check_and_hide_the_password() {
        let drawn = Credentials::draw(&mut ChaCha20Rng::from_seed([7; 32]));
        assert_eq!(drawn.ufrag().len(), 8);
        assert_eq!(drawn.password().len(), 24);
        assert_eq!(Credentials::new(drawn.ufrag(), drawn.password()), Ok(drawn.clone()));
        assert!(!format!("{drawn:?}").contains(drawn.password()));
    }

    #[test]
    fn bad_credentials_are_refused() {
        let password = "a".repeat(22);
        assert_eq!(Credentials::new("abc", &password), Err(CredentialsError::UfragLength));
        let long = "a".repeat(257);
        assert_eq!(Credentials::new(&long, &password), Err(CredentialsError::UfragLength));
        assert_eq!(Credentials::new("abcd", "short"), Err(CredentialsError::PasswordLength));
        assert_eq!(Credentials::new("ab:d", &password), Err(CredentialsError::Character));
        assert!(Credentials::new("abcd", &password).is_ok());
    }
}
