//! A name of ours: what it stands for and when that was last said.

use core::net::IpAddr;

use rtc_core::Instant;

use super::family::Family;

/// A published name.
#[derive(Debug)]
pub(super) struct Publication {
    pub(super) address: IpAddr,
    /// Whether it has been withdrawn and only its goodbye is still to be said.
    pub(super) is_leaving: bool,
    v4: Said,
    v6: Said,
}

/// What the members of one group have heard: that the name has this address, and no other.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Said {
    /// How many more announcements there will be.
    pub(super) announcements: u8,
    pub(super) at: Option<Instant>,
}

impl Publication {
    pub(super) fn new(address: IpAddr) -> Self {
        Self { address, is_leaving: false, v4: Said::default(), v6: Said::default() }
    }

    pub(super) fn said(&self, family: Family) -> &Said {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }

    pub(super) fn said_mut(&mut self, family: Family) -> &mut Said {
        match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        }
    }
}
