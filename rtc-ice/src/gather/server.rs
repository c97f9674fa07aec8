//! A STUN or TURN server as its user names it.

use alloc::boxed::Box;
use core::fmt;

use zeroize::Zeroize;

use crate::uri::ServerUri;

/// A server and what it knows us by. STUN servers want no name and no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Where it is.
    pub uri: ServerUri,
    /// The user name of the long-term credentials.
    pub username: Box<str>,
    /// The password of the long-term credentials; overwritten when the server is dropped.
    pub password: Box<str>,
}

impl Server {
    /// A server that wants no credentials.
    pub fn stun(uri: ServerUri) -> Self {
        Self { uri, username: Box::default(), password: Box::default() }
    }

    /// Whether it is the same server, written as it may be.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let what = |uri: &ServerUri| (uri.is_turn(), uri.port, uri.transport);
        what(&self.uri) == what(&other.uri) && self.uri.host == other.uri.host
    }

    /// Whether it is the same server with the same credentials.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let has_same_credentials =
            self.username == other.username && self.password == other.password;
        self.is_like(other) && (!self.uri.is_turn() || has_same_credentials)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("uri", &self.uri.as_str())
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.password.zeroize();
    }
}
