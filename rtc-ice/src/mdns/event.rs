//! What the machine has found out.

use core::net::IpAddr;

use super::name::CandidateName;

/// What has become of a name that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// It stands for this address.
    Resolved {
        /// The name.
        name: CandidateName,
        /// The address. Where it is a link-local one of IPv6, it says nothing of the interface.
        address: IpAddr,
    },
    /// Nobody has answered within [`Mdns::PATIENCE`](super::Mdns::PATIENCE), or the answer held more
    /// than one address: candidates with such a name are to be ignored
    /// (draft-ietf-mmusic-mdns-ice-candidates, section "ICE Candidate Processing").
    Unresolved {
        /// The name.
        name: CandidateName,
    },
}
