//! Where a datagram goes and how: five-tuples, ECN marks, segments.

use core::fmt;
use core::net::SocketAddr;

/// The transport that carries datagrams between two addresses.
///
/// Over TCP the machines cut the stream into datagrams and join datagrams to a stream (RFC 4571
/// between peers, RFC 8656 to a TURN server): a driver hands in whatever a read has brought, and
/// writes what it is given as it is. A TLS connection is a TCP connection to the machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Bare datagrams.
    Udp,
    /// A piece of the stream of a TCP connection.
    Tcp,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        })
    }
}

/// One path between this host and another: what identifies a flow to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FiveTuple {
    /// The transport.
    pub protocol: Protocol,
    /// Our address: that of the socket, never one that a translator gave it.
    pub local: SocketAddr,
    /// The other side's address, as this host sees it.
    pub remote: SocketAddr,
}

impl FiveTuple {
    /// A UDP path.
    pub const fn udp(local: SocketAddr, remote: SocketAddr) -> Self {
        Self { protocol: Protocol::Udp, local, remote }
    }
}

impl fmt::Display for FiveTuple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} -> {}", self.protocol, self.local, self.remote)
    }
}

/// The congestion mark of an IP packet (RFC 3168, RFC 9331); the absence of one is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Ecn {
    /// ECT(0): classic ECN-capable transport.
    Ect0 = 0b10,
    /// ECT(1): low-latency ECN-capable transport.
    Ect1 = 0b01,
    /// Congestion was experienced on the way.
    Ce = 0b11,
}

impl Ecn {
    /// Reads the two low bits of a traffic class; `None` for Not-ECT.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits & 0b11 {
            0b10 => Some(Self::Ect0),
            0b01 => Some(Self::Ect1),
            0b11 => Some(Self::Ce),
            _ => None,
        }
    }
}

/// How to send what a `poll_transmit` has just written to the caller's buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transmit {
    /// The path to send on.
    pub path: FiveTuple,
    /// The mark to send with.
    pub ecn: Option<Ecn>,
    /// The differentiated services code point to send with, 0 to 63 (RFC 2474); 0 asks for nothing.
    pub dscp: u8,
    /// How many bytes of the buffer to send.
    pub size: usize,
    /// `Some(n)`: the buffer holds several datagrams of `n` bytes each, the last one possibly
    /// shorter, to be sent in one system call where the system can. `None`: it is one datagram.
    pub segment_size: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecn_bits_round_trip() {
        for mark in [Ecn::Ect0, Ecn::Ect1, Ecn::Ce] {
            assert_eq!(Ecn::from_bits(mark as u8), Some(mark));
            assert_eq!(Ecn::from_bits(mark as u8 | 0b1011_1000), Some(mark));
        }
        assert_eq!(Ecn::from_bits(0), None);
    }
}
