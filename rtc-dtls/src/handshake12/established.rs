//! What remains when the handshake has ended.

use super::key_schedule::Secrets;
use super::peer::PeerCertificate;
use crate::crypto::NamedGroup;
use crate::srtp_profile::SrtpProfile;

/// A finished handshake.
pub(crate) struct Established {
    pub(crate) secrets: Secrets,
    pub(crate) group: NamedGroup,
    pub(crate) srtp_profile: Option<SrtpProfile>,
    pub(crate) peer_certificate: PeerCertificate,
}
