//! The paths to the other side: ICE finds one, DTLS secures it, SRTP takes its keys from there.

mod demux;
mod dtls_transport;
mod errands;
mod exit;
mod gathered;
mod names;
mod srtp;
mod streams;
mod traffic;
mod transports;

pub(crate) use dtls_transport::{Inbound, RemoteParameters, Transport};
pub(crate) use errands::{Errands, NamedCandidate, Opening, Query};
pub(crate) use exit::Exit;
pub(crate) use names::HostNames;
pub(crate) use streams::{Hopeless, Streams};
pub(crate) use transports::Transports;
