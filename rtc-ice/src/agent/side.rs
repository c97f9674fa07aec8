//! The credentials of both sides in the form in which messages need them.

use alloc::string::String;

use super::credentials::Credentials;
use crate::stun::IntegrityKey;

/// What our own credentials are for: requests to us, and our answers to them.
#[derive(Debug)]
pub(super) struct LocalSide {
    pub(super) credentials: Credentials,
    pub(super) key: IntegrityKey,
}

impl LocalSide {
    pub(super) fn new(credentials: Credentials) -> Self {
        let key = IntegrityKey::short_term(credentials.password());
        Self { credentials, key }
    }
}

/// What the other side's credentials are for: our requests, and the answers to them.
#[derive(Debug)]
pub(super) struct RemoteSide {
    pub(super) credentials: Credentials,
    pub(super) key: IntegrityKey,
    /// What our requests carry: the remote fragment, a colon, ours.
    pub(super) username: String,
}

impl RemoteSide {
    pub(super) fn new(credentials: Credentials, local: &Credentials) -> Self {
        let key = IntegrityKey::short_term(credentials.password());
        let username = [credentials.ufrag(), ":", local.ufrag()].concat();
        Self { credentials, key, username }
    }
}
