//! A long-term credential.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use zeroize::Zeroizing;

/// A user name and a password for a TURN server (RFC 8489, section 9.2).
///
/// The password is zeroed when dropped and never printed. Both are taken as they are: text from
/// people must have gone through the OpaqueString profile (RFC 8265) before it comes here.
#[derive(Clone)]
pub struct Credentials {
    username: Box<str>,
    password: Zeroizing<String>,
}

impl Credentials {
    /// A credential. A user name past 508 bytes makes requests that the server refuses.
    pub fn new(username: &str, password: &str) -> Self {
        Self { username: username.into(), password: Zeroizing::new(password.into()) }
    }

    /// The user name.
    pub fn username(&self) -> &str {
        &self.username
    }

    pub(super) fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    #[test]
    fn a_password_is_not_printed() {
        let printed = format!("{:?}", Credentials::new("lab", "secret"));
        assert!(printed.contains("lab") && !printed.contains("secret"));
    }
}
