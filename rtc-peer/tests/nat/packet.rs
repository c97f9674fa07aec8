//! What travels on the simulated internet.

use std::net::SocketAddr;

/// An IP packet, as far as translators and hosts look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packet {
    pub(crate) source: SocketAddr,
    pub(crate) target: SocketAddr,
    pub(crate) body: Body,
}

/// The network neither loses nor reorders, so TCP needs no more than this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Udp(Vec<u8>),
    Syn,
    SynAck,
    Data(Vec<u8>),
    Fin,
    Reset,
}

impl Packet {
    /// The same way back, with another load.
    pub(crate) fn reply(&self, body: Body) -> Self {
        Self { source: self.target, target: self.source, body }
    }

    pub(crate) fn is_udp(&self) -> bool {
        matches!(self.body, Body::Udp(_))
    }
}
