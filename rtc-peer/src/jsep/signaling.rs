//! The signaling state machine (RFC 9429 section 3.2; W3C section 4.4.1.6), as one table.

use super::SdpType;
use crate::state::SignalingState;

/// Whose description is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// `setLocalDescription`.
    Local,
    /// `setRemoteDescription`.
    Remote,
}

/// The state that setting a description of this kind leads to; `None` where it is not allowed.
///
/// A remote offer in `have-local-offer` is allowed: it rolls the local one back first.
pub(super) fn next(state: SignalingState, side: Side, kind: SdpType) -> Option<SignalingState> {
    use SdpType::{Answer, Offer, Pranswer, Rollback};
    use Side::{Local, Remote};
    use SignalingState::{
        HaveLocalOffer, HaveLocalPranswer, HaveRemoteOffer, HaveRemotePranswer, Stable,
    };

    Some(match (state, side, kind) {
        (Stable | HaveLocalOffer, Local, Offer) => HaveLocalOffer,
        (Stable | HaveRemoteOffer | HaveLocalOffer, Remote, Offer) => HaveRemoteOffer,
        (HaveRemoteOffer | HaveLocalPranswer, Local, Answer) => Stable,
        (HaveLocalOffer | HaveRemotePranswer, Remote, Answer) => Stable,
        (HaveRemoteOffer | HaveLocalPranswer, Local, Pranswer) => HaveLocalPranswer,
        (HaveLocalOffer | HaveRemotePranswer, Remote, Pranswer) => HaveRemotePranswer,
        (HaveLocalOffer, Local, Rollback) | (HaveRemoteOffer, Remote, Rollback) => Stable,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    /// One row per state and side; a column each for offer, pranswer, answer and rollback.
    #[test]
    fn every_pair_of_state_and_description_is_decided() {
        const TABLE: [(SignalingState, Side, [&str; 4]); 12] = [
            (SignalingState::Stable, Side::Local, ["have-local-offer", "", "", ""]),
            (SignalingState::Stable, Side::Remote, ["have-remote-offer", "", "", ""]),
            (SignalingState::HaveLocalOffer, Side::Local, ["have-local-offer", "", "", "stable"]),
            (
                SignalingState::HaveLocalOffer,
                Side::Remote,
                ["have-remote-offer", "have-remote-pranswer", "stable", ""],
            ),
            (
                SignalingState::HaveRemoteOffer,
                Side::Local,
                ["", "have-local-pranswer", "stable", ""],
            ),
            (
                SignalingState::HaveRemoteOffer,
                Side::Remote,
                ["have-remote-offer", "", "", "stable"],
            ),
            (
                SignalingState::HaveLocalPranswer,
                Side::Local,
                ["", "have-local-pranswer", "stable", ""],
            ),
            (SignalingState::HaveLocalPranswer, Side::Remote, ["", "", "", ""]),
            (SignalingState::HaveRemotePranswer, Side::Local, ["", "", "", ""]),
            (
                SignalingState::HaveRemotePranswer,
                Side::Remote,
                ["", "have-remote-pranswer", "stable", ""],
            ),
            (SignalingState::Closed, Side::Local, ["", "", "", ""]),
            (SignalingState::Closed, Side::Remote, ["", "", "", ""]),
        ];
        let kinds = [SdpType::Offer, SdpType::Pranswer, SdpType::Answer, SdpType::Rollback];
        for (state, side, expected) in TABLE {
            let found: Vec<String> = kinds
                .iter()
                .map(|kind| next(state, side, *kind).map_or("", SignalingState::as_str).into())
                .collect();
            assert_eq!(found, expected, "{state} {side:?}");
        }
    }
}
