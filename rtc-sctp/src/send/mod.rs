//! The sending half: what waits, what is under way, and who is next.

mod delivery;
mod in_flight;
mod queue;
mod ranges;
mod sent;

pub(crate) use in_flight::InFlight;
pub(crate) use queue::{OutMessage, SendQueue};
pub(crate) use ranges::Ranges;
