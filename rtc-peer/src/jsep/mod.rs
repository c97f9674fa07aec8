//! Offers and answers: JSEP (RFC 9429), by the names of the W3C specification.

mod accept;
mod candidate;
mod compose;
mod description;
mod session;
mod signaling;

pub use candidate::IceCandidate;
pub(crate) use candidate::{candidate_to_ice, candidate_to_sdp};
pub(crate) use compose::Local;
pub use description::{Description, OfferOptions, SdpType, UnknownSdpType};
pub(crate) use session::{Gathered, Plan, RemoteTransport, Session, TransportDescription};

pub use session::MAX_REMOTE_CANDIDATES;
