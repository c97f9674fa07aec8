//! Linux as NAT, of four kinds.

use crate::{
    error::Error,
    lab::{Lab, Namespace},
};

/// What a home's router does to those behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Router {
    /// Keeps ports, and sends whatever comes for them inside.
    FullCone,
    /// Keeps ports; whoever was not sent to is not let in.
    PortRestricted,
    /// A random port for each destination.
    Symmetric,
    /// Lets no UDP through.
    Blocked,
}

impl Router {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::FullCone, Self::PortRestricted, Self::Symmetric, Self::Blocked];

    /// `out` is the interface to the public network. What comes for the router itself is dropped
    /// unseen: else the kernel would remember it as a connection, and give the hole that is being
    /// punched another port.
    fn rules(self) -> String {
        let inbound = match self {
            Self::FullCone => "iifname out udp dport 1024-65535 dnat to 192.168.1.10",
            _ => "",
        };
        let outbound = match self {
            Self::Symmetric => "oifname out masquerade fully-random",
            _ => "oifname out masquerade",
        };
        let passing = match self {
            Self::FullCone => "",
            Self::PortRestricted | Self::Symmetric => "iifname out ct state new drop",
            Self::Blocked => "meta l4proto udp drop",
        };
        format!(
            "table ip translation {{
                 chain inbound {{
                     type nat hook prerouting priority dstnat
                     {inbound}
                 }}
                 chain outbound {{
                     type nat hook postrouting priority srcnat
                     {outbound}
                 }}
             }}
             table ip wall {{
                 chain passing {{
                     type filter hook forward priority filter
                     {passing}
                 }}
                 chain own {{
                     type filter hook input priority filter
                     iifname out meta l4proto udp drop
                 }}
             }}"
        )
    }
}

impl Lab {
    /// A network of public addresses, with a host at 203.0.113.1. What is for addresses that nobody
    /// has goes out and is lost, as on the internet: were there no route, sending would fail, and
    /// coturn ends a session for that.
    ///
    /// # Errors
    /// [`Error::Lab`].
    pub fn public_network(&self) -> Result<Namespace, Error> {
        let public = self.namespace("public")?;
        public.ip("link add bridge type bridge")?;
        public.ip("address add 203.0.113.1/24 dev bridge")?;
        public.ip("link set bridge up")?;
        public
            .ip("neighbour add 203.0.113.254 lladdr 02:00:00:00:00:fe dev bridge nud permanent")?;
        public.ip("route add default via 203.0.113.254")?;
        Ok(public)
    }

    /// A host behind a router of its own, with the public address 203.0.113.(10 + number). Behind its
    /// router each has the same address, as half of all homes have: 192.168.1.10.
    ///
    /// # Errors
    /// [`Error::Lab`].
    pub fn home(
        &self,
        public: &Namespace,
        number: usize,
        kind: Router,
    ) -> Result<Namespace, Error> {
        let router = self.namespace(&format!("router{number}"))?;
        let host = self.namespace(&format!("host{number}"))?;
        let port = format!("port{number}");
        let address = format!("203.0.113.{}/24", 10 + number);
        self.cable((public, &port, ""), (&router, "out", &address))?;
        public.ip(&format!("link set {port} master bridge"))?;
        self.cable((&router, "home", "192.168.1.1/24"), (&host, "wire", "192.168.1.10/24"))?;
        host.ip("route add default via 192.168.1.1")?;
        router.sysctl("net.ipv4.ip_forward", "1")?;
        router.nft(&kind.rules())?;
        Ok(host)
    }
}
