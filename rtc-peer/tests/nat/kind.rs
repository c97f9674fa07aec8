//! How a peer is connected to the internet, and what is known of that by theory.

use std::time::Duration;

use crate::internet::{Internet, NatId, RealmId};
use crate::translator::{Behaviour, Filtering, Firewall, Mapping};

/// What stands between a peer and the public internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Nothing: it has a public address.
    Public,
    /// Endpoint-independent mapping and filtering.
    FullCone,
    /// Endpoint-independent mapping, address-dependent filtering.
    AddressRestricted,
    /// Endpoint-independent mapping, address-and-port-dependent filtering.
    PortRestricted,
    /// Address-and-port-dependent mapping and filtering.
    Symmetric,
    /// A full cone behind a port-restricted NAT.
    Double,
    /// A port-restricted NAT behind a symmetric one.
    DoubleSymmetric,
    /// A firewall that lets only TCP through.
    TcpOnly,
    /// A firewall that lets only TCP to port 443 through.
    WebOnly,
}

impl Kind {
    pub(crate) const ALL: [Self; 9] = [
        Self::Public,
        Self::FullCone,
        Self::AddressRestricted,
        Self::PortRestricted,
        Self::Symmetric,
        Self::Double,
        Self::DoubleSymmetric,
        Self::TcpOnly,
        Self::WebOnly,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::FullCone => "full cone",
            Self::AddressRestricted => "address-restricted",
            Self::PortRestricted => "port-restricted",
            Self::Symmetric => "symmetric",
            Self::Double => "double",
            Self::DoubleSymmetric => "double symmetric",
            Self::TcpOnly => "TCP only",
            Self::WebOnly => "TCP 443 only",
        }
    }

    /// The boxes from the outside to the inside.
    pub(crate) fn boxes(self) -> Vec<Behaviour> {
        let eim = Mapping::EndpointIndependent;
        let apdm = Mapping::AddressAndPortDependent;
        let (eif, adf, apdf) = (
            Filtering::EndpointIndependent,
            Filtering::AddressDependent,
            Filtering::AddressAndPortDependent,
        );
        let nat = |mapping, filtering| Behaviour { mapping, filtering, ..Behaviour::default() };
        match self {
            Self::Public => vec![],
            Self::FullCone => vec![nat(eim, eif)],
            Self::AddressRestricted => vec![nat(eim, adf)],
            Self::PortRestricted => vec![nat(eim, apdf)],
            Self::Symmetric => vec![nat(apdm, apdf)],
            Self::Double => vec![nat(eim, apdf), nat(eim, eif)],
            Self::DoubleSymmetric => vec![nat(apdm, apdf), nat(eim, apdf)],
            Self::TcpOnly => vec![Behaviour { firewall: Firewall::TcpOnly, ..nat(eim, apdf) }],
            Self::WebOnly => vec![Behaviour { firewall: Firewall::WebOnly, ..nat(eim, apdf) }],
        }
    }

    /// Sets up the boxes, the outermost with a public address; the realm in which the peer is.
    pub(crate) fn build(self, internet: &mut Internet, outside: &str) -> (Vec<NatId>, RealmId) {
        let mut realm = Internet::PUBLIC;
        let mut ids = Vec::new();
        for (depth, behaviour) in self.boxes().into_iter().enumerate() {
            // Shared address space between the boxes (RFC 6598).
            let address = if depth == 0 { outside } else { "100.64.0.7" };
            let (id, inside) = internet.add_nat(realm, address, behaviour, BOX_LATENCY);
            ids.push(id);
            realm = inside;
        }
        (ids, realm)
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            mapping: Mapping::EndpointIndependent,
            filtering: Filtering::AddressAndPortDependent,
            firewall: Firewall::Open,
            hairpin: false,
            // The most impatient one that RFC 4787, section 4.3 lets pass for good: two minutes.
            timeout: Duration::from_secs(120),
        }
    }
}

/// How long a packet takes through a box.
pub(crate) const BOX_LATENCY: Duration = Duration::from_micros(500);
