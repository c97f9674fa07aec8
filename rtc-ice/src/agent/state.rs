//! What an agent tells about itself.

use core::fmt;

use rtc_core::FiveTuple;

/// Which agent decides on the pair (RFC 8445, section 6.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Nominates.
    Controlling,
    /// Takes what is nominated.
    Controlled,
}

impl Role {
    /// W3C's string for this role (RTCIceRole).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Controlling => "controlling",
            Self::Controlled => "controlled",
        }
    }

    /// The other role.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Controlling => Self::Controlled,
            Self::Controlled => Self::Controlling,
        }
    }
}

/// How far the agent is: the states of W3C's RTCIceTransportState.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Waiting for remote credentials or candidates; no check has been possible.
    New,
    /// Checking pairs, or waiting for more of them, without a usable one.
    Checking,
    /// There is a pair to send on, while checks, nomination or candidates are outstanding.
    Connected,
    /// A pair is selected and neither side will have more candidates.
    Completed,
    /// The pair to send on has stopped to answer, or there is none and more candidates may come.
    Disconnected,
    /// All pairs failed and no more candidates will come. Only a restart leads out.
    Failed,
    /// Closed for good.
    Closed,
}

impl State {
    /// W3C's string for this state (RTCIceTransportState).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Checking => "checking",
            Self::Connected => "connected",
            Self::Completed => "completed",
            Self::Disconnected => "disconnected",
            Self::Failed => "failed",
            Self::Closed => "closed",
        }
    }
}

/// What the agent has to tell. The newest of each kind is what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The state has changed.
    StateChange(State),
    /// The nominated pair has changed: data should go on this path, as
    /// [`Agent::send_path`](crate::Agent::send_path) says.
    SelectedPair(FiveTuple),
    /// Our role has changed: by a conflict that the other side has won, or by a command.
    RoleChange(Role),
}

/// What the agent knows about the path of a datagram that is not STUN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStatus {
    /// Nobody has proven anything: drop the datagram.
    Unknown,
    /// An authentic check came on the path; ours has not been answered yet. The other side may send
    /// already (RFC 8445, section 12.1).
    Checked,
    /// Our check on the path was answered.
    Valid,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
