//! Offers and answers: JSEP (RFC 9429), by the names of the W3C specification.

mod accept;
mod agreement;
mod answer;
mod bundle;
mod candidate;
mod candidates;
mod commit;
mod compose;
mod description;
mod formats;
mod in_force;
mod needed;
mod offer;
mod plan;
mod sections;
mod session;
mod signaling;
mod simulcast;
mod stored;
mod tracks;

pub(crate) use agreement::{RemoteTransport, TransportDescription};
pub use candidate::IceCandidate;
pub(crate) use candidate::{candidate_to_ice, candidate_to_sdp, local_name};
pub use candidates::MAX_REMOTE_CANDIDATES;
pub use description::{Description, OfferOptions, SdpType, UnknownSdpType};
pub(crate) use plan::Plan;
pub(crate) use sections::{IceLines, Local};
pub(crate) use session::{Gathered, Session};
pub(crate) use tracks::Change;
