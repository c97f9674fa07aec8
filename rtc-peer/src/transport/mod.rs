//! The path to the other side: ICE finds it, DTLS secures it.

mod demux;
mod dtls_transport;

pub(crate) use dtls_transport::{RemoteParameters, Transport};
