//! The addresses that a driver names.

use core::fmt;
use core::net::SocketAddr;

use rtc_core::Protocol;
use rtc_ice::Network;

/// A socket's address, with what the driver knows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LocalAddress {
    /// The address, as others on its network can reach it.
    pub address: SocketAddr,
    /// UDP for a socket of datagrams, TCP for one that listens.
    pub protocol: Protocol,
    /// What others are told in its place: the public address of a host behind a translator that
    /// maps one to one. Default: `None`.
    pub advertised: Option<SocketAddr>,
    /// Which network it is on, and what that costs. Default: one that is free.
    pub network: Network,
    /// `networkType` of the statistics. Default: `None`, not known.
    pub network_type: Option<NetworkType>,
}

impl LocalAddress {
    /// An address of which nothing more is known.
    pub fn new(address: SocketAddr, protocol: Protocol) -> Self {
        let network = Network::default();
        Self { address, protocol, advertised: None, network, network_type: None }
    }
}

/// `RTCNetworkType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkType {
    /// `bluetooth`.
    Bluetooth,
    /// `cellular`.
    Cellular,
    /// `ethernet`.
    Ethernet,
    /// `wifi`.
    Wifi,
    /// `vpn`.
    Vpn,
}

impl NetworkType {
    /// The W3C specification's string for this type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bluetooth => "bluetooth",
            Self::Cellular => "cellular",
            Self::Ethernet => "ethernet",
            Self::Wifi => "wifi",
            Self::Vpn => "vpn",
        }
    }
}

impl fmt::Display for NetworkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
