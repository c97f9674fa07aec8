//! What can be wrong with what a gatherer is handed.

use crate::{binding, turn};

/// Why a local address was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddLocalError {
    /// The address, or the one that it is advertised as, is unspecified, multicast or broadcast,
    /// or its port is 0, or they are of two families.
    #[error("the address cannot be that of a candidate")]
    Address,
    /// There are as many addresses as the configuration allows.
    #[error("there are {limit} local addresses already")]
    Full {
        /// How many are allowed.
        limit: usize,
    },
    /// The gatherer was released.
    #[error("the gatherer was released")]
    Released,
}

/// Why what came from a server had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GatherError {
    /// It came from a STUN server.
    #[error(transparent)]
    Binding(#[from] binding::Error),
    /// It came from a TURN server.
    #[error(transparent)]
    Turn(#[from] turn::Error),
}
