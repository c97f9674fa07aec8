//! The paths to the other side: ICE finds one, DTLS secures it, SRTP takes its keys from there.

mod demux;
mod dtls_transport;
mod errands;
mod srtp;
mod traffic;
mod transports;

pub(crate) use dtls_transport::{Inbound, RemoteParameters, Transport};
pub(crate) use errands::{Errands, NamedCandidate};
pub(crate) use transports::Transports;
