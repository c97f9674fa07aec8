//! The states of a peer connection, by the names of the W3C specification.

use core::fmt;

/// `RTCSignalingState`: where the offer/answer exchange stands (JSEP, RFC 9429 section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SignalingState {
    /// No exchange is under way.
    #[default]
    Stable,
    /// A local offer was set.
    HaveLocalOffer,
    /// A remote offer was set.
    HaveRemoteOffer,
    /// A remote offer and a provisional local answer were set.
    HaveLocalPranswer,
    /// A local offer and a provisional remote answer were set.
    HaveRemotePranswer,
    /// The connection was closed.
    Closed,
}

/// `RTCIceGatheringState`: whether local candidates are still being found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum IceGatheringState {
    /// Gathering has not begun.
    #[default]
    New,
    /// Candidates are being found.
    Gathering,
    /// All candidates of this generation were found.
    Complete,
}

/// `RTCIceConnectionState`: what the ICE transports, taken together, have reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum IceConnectionState {
    /// No transport has begun checking.
    #[default]
    New,
    /// Some transport is checking pairs of candidates.
    Checking,
    /// Each transport has a working pair and may find a better one.
    Connected,
    /// Each transport has a working pair and has finished checking.
    Completed,
    /// Some transport has lost its path for the moment.
    Disconnected,
    /// Some transport has found no path, or lost it for good.
    Failed,
    /// The connection was closed.
    Closed,
}

/// `RTCPeerConnectionState`: what the ICE and DTLS transports, taken together, have reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ConnectionState {
    /// Nothing has begun.
    #[default]
    New,
    /// Some transport is being established.
    Connecting,
    /// All transports are established.
    Connected,
    /// Some ICE transport has lost its path for the moment.
    Disconnected,
    /// Some transport has failed.
    Failed,
    /// The connection was closed.
    Closed,
}

/// The states of one transport.
pub(crate) type TransportStates = (rtc_ice::State, rtc_dtls::State);

impl IceConnectionState {
    /// The state that the W3C specification derives from those of the transports (section 4.4.4:
    /// the first rule that fits).
    pub(crate) fn derive(
        closed: bool,
        states: impl Iterator<Item = TransportStates> + Clone,
    ) -> Self {
        use rtc_ice::State as Ice;

        let any = |state: Ice| states.clone().any(|(ice, _)| ice == state);
        let all = |among: &[Ice]| states.clone().all(|(ice, _)| among.contains(&ice));
        if closed {
            Self::Closed
        } else if any(Ice::Failed) {
            Self::Failed
        } else if any(Ice::Disconnected) {
            Self::Disconnected
        } else if all(&[Ice::New, Ice::Closed]) {
            Self::New
        } else if any(Ice::New) || any(Ice::Checking) {
            Self::Checking
        } else if all(&[Ice::Completed, Ice::Closed]) {
            Self::Completed
        } else {
            Self::Connected
        }
    }
}

impl ConnectionState {
    /// The state that the W3C specification derives from those of the transports (section 4.4.3:
    /// the first rule that fits).
    pub(crate) fn derive(
        closed: bool,
        states: impl Iterator<Item = TransportStates> + Clone,
    ) -> Self {
        use rtc_dtls::State as Dtls;
        use rtc_ice::State as Ice;

        let any = |rule: fn(TransportStates) -> bool| states.clone().any(rule);
        let all = |rule: fn(TransportStates) -> bool| states.clone().all(rule);
        if closed {
            Self::Closed
        } else if any(|(ice, dtls)| ice == Ice::Failed || dtls == Dtls::Failed) {
            Self::Failed
        } else if any(|(ice, _)| ice == Ice::Disconnected) {
            Self::Disconnected
        } else if all(|(ice, dtls)| {
            matches!(ice, Ice::New | Ice::Closed) && matches!(dtls, Dtls::New | Dtls::Closed)
        }) {
            Self::New
        } else if all(|(ice, dtls)| {
            matches!(ice, Ice::Connected | Ice::Completed | Ice::Closed)
                && matches!(dtls, Dtls::Connected | Dtls::Closed)
        }) {
            Self::Connected
        } else {
            Self::Connecting
        }
    }
}

/// Displays each state by the string that the W3C specification gives it.
macro_rules! display_by_w3c_name {
    ($state:ident { $($variant:ident => $name:literal),+ $(,)? }) => {
        impl $state {
            /// The W3C specification's string for this state.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl fmt::Display for $state {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

display_by_w3c_name!(SignalingState {
    Stable => "stable",
    HaveLocalOffer => "have-local-offer",
    HaveRemoteOffer => "have-remote-offer",
    HaveLocalPranswer => "have-local-pranswer",
    HaveRemotePranswer => "have-remote-pranswer",
    Closed => "closed",
});

display_by_w3c_name!(IceGatheringState {
    New => "new",
    Gathering => "gathering",
    Complete => "complete",
});

display_by_w3c_name!(IceConnectionState {
    New => "new",
    Checking => "checking",
    Connected => "connected",
    Completed => "completed",
    Disconnected => "disconnected",
    Failed => "failed",
    Closed => "closed",
});

display_by_w3c_name!(ConnectionState {
    New => "new",
    Connecting => "connecting",
    Connected => "connected",
    Disconnected => "disconnected",
    Failed => "failed",
    Closed => "closed",
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_state_follows_the_first_rule_that_fits() {
        use rtc_dtls::State as Dtls;
        use rtc_ice::State as Ice;

        let derive = |ice, dtls| ConnectionState::derive(false, [(ice, dtls)].into_iter());
        assert_eq!(derive(Ice::Failed, Dtls::Connected), ConnectionState::Failed);
        assert_eq!(derive(Ice::Disconnected, Dtls::Failed), ConnectionState::Failed);
        assert_eq!(derive(Ice::Disconnected, Dtls::Connected), ConnectionState::Disconnected);
        assert_eq!(derive(Ice::New, Dtls::New), ConnectionState::New);
        assert_eq!(derive(Ice::Checking, Dtls::New), ConnectionState::Connecting);
        assert_eq!(derive(Ice::Connected, Dtls::New), ConnectionState::Connecting);
        assert_eq!(derive(Ice::Completed, Dtls::Connecting), ConnectionState::Connecting);
        assert_eq!(derive(Ice::Connected, Dtls::Connected), ConnectionState::Connected);
        assert_eq!(derive(Ice::Completed, Dtls::Closed), ConnectionState::Connected);
        assert_eq!(ConnectionState::derive(false, [].into_iter()), ConnectionState::New);
        assert_eq!(
            ConnectionState::derive(true, [(Ice::Failed, Dtls::Failed)].into_iter()),
            ConnectionState::Closed
        );
    }
}
