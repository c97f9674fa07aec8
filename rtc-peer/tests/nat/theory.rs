//! Which peers connect, and how: computed from the kinds alone, by what RFC 4787 and RFC 8445 say.

use std::fmt;

use crate::kind::Kind;
use crate::translator::{Filtering, Firewall, Mapping};

/// What the peers are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Servers {
    None,
    Stun,
    /// STUN, and TURN over UDP.
    TurnUdp,
    /// STUN, and TURN over TCP to port 3478.
    TurnTcp,
    /// STUN, and TURN over TLS to port 443.
    TurnTls,
}

/// The type of a candidate, as statistics name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Type {
    Host,
    Srflx,
    Prflx,
    Relay,
}

/// How two peers are connected: the offerer's local and remote candidate, then the answerer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    pub(crate) offerer: (Type, Type),
    pub(crate) answerer: (Type, Type),
}

impl Route {
    /// Whether a call went as this says. The check of a peer that has been told a public address may
    /// come there ahead of the peer's own candidate, which first has to be asked for and signalled:
    /// then it is peer-reflexive, and that is the same address.
    pub(crate) fn allows(self, seen: Self) -> bool {
        let alike = |expected: Type, seen: Type, other: Type| {
            expected == seen || (other, expected, seen) == (Type::Host, Type::Srflx, Type::Prflx)
        };
        let side = |expected: (Type, Type), seen: (Type, Type)| {
            alike(expected.0, seen.0, expected.1) && alike(expected.1, seen.1, expected.0)
        };
        side(self.offerer, seen.offerer) && side(self.answerer, seen.answerer)
    }
}

/// All boxes of a peer taken together.
#[derive(Debug, Clone, Copy)]
struct Access {
    is_public: bool,
    mapping: Mapping,
    filtering: Filtering,
    firewall: Firewall,
    servers: Servers,
}

impl Access {
    /// Boxes one behind the other are as bad as the worst of them in each respect.
    fn new(kind: Kind, servers: Servers) -> Self {
        let boxes = kind.boxes();
        let worst = |filter: Filtering, each: Filtering| filter.max(each);
        Self {
            is_public: boxes.is_empty(),
            mapping: boxes
                .iter()
                .map(|one| one.mapping)
                .max()
                .unwrap_or(Mapping::EndpointIndependent),
            filtering: boxes
                .iter()
                .map(|one| one.filtering)
                .fold(Filtering::EndpointIndependent, worst),
            firewall: boxes.iter().map(|one| one.firewall).max().unwrap_or(Firewall::Open),
            servers,
        }
    }

    fn has_udp(self) -> bool {
        self.firewall == Firewall::Open
    }

    fn has_relay(self) -> bool {
        match self.servers {
            Servers::None | Servers::Stun => false,
            Servers::TurnUdp => self.has_udp(),
            Servers::TurnTcp => self.firewall <= Firewall::TcpOnly,
            Servers::TurnTls => true,
        }
    }

    /// Whether the other side learns its public IP address.
    fn is_known(self) -> bool {
        self.is_public || (self.servers != Servers::None && self.has_udp())
    }

    /// Whether the address that the other side learns is the one that its packets to there come from.
    fn is_constant(self) -> bool {
        self.is_public || self.mapping == Mapping::EndpointIndependent
    }

    /// Whether a packet from `other` to the address that it knows comes in, `self` having sent to the
    /// address that it knows of `other`.
    fn lets_in(self, other: Self) -> bool {
        self.is_public
            || (self.mapping == Mapping::EndpointIndependent
                && match self.filtering {
                    Filtering::EndpointIndependent => true,
                    Filtering::AddressDependent => other.is_known(),
                    Filtering::AddressAndPortDependent => other.is_known() && other.is_constant(),
                })
    }

    /// How its own address looks in the selected pair: to itself, by what it is told in answers, and
    /// to the other side, by what it was told of candidates.
    fn seen_as(self) -> Type {
        match (self.is_public, self.is_constant() && self.is_known()) {
            (true, _) => Type::Host,
            (false, true) => Type::Srflx,
            (false, false) => Type::Prflx,
        }
    }
}

/// How the two connect; `None` if they do not.
pub(crate) fn predict(offerer: Kind, answerer: Kind, servers: Servers) -> Option<Route> {
    let (ours, theirs) = (Access::new(offerer, servers), Access::new(answerer, servers));
    let route = |near: Type, far: Type| Route { offerer: (near, far), answerer: (far, near) };
    // It is enough that one direction is open: the answer goes back the way the check came, and so
    // does everything that follows.
    let meet =
        (theirs.is_known() && theirs.lets_in(ours)) || (ours.is_known() && ours.lets_in(theirs));
    if ours.has_udp() && theirs.has_udp() && meet {
        return Some(route(ours.seen_as(), theirs.seen_as()));
    }
    // A relay lets in whom it has a permission for: a matter of the IP address alone. So the
    // address must be known, and how it is mapped does not matter.
    let by_ours = ours.has_relay() && theirs.has_udp() && theirs.is_known();
    let by_theirs = theirs.has_relay() && ours.has_udp() && ours.is_known();
    let by_both = ours.has_relay() && theirs.has_relay();
    match (by_ours, by_theirs, by_both) {
        // Of pairs whose worse candidate is a relayed one, that with the better other candidate
        // comes first, and of two such that whose better candidate is the controlling side's
        // (RFC 8445, section 6.1.2.3).
        (_, true, _) => Some(route(ours.seen_as(), Type::Relay)),
        (true, _, _) => Some(route(Type::Relay, theirs.seen_as())),
        (_, _, true) => Some(route(Type::Relay, Type::Relay)),
        _ => None,
    }
}

impl Servers {
    pub(crate) const ALL: [Self; 5] =
        [Self::None, Self::Stun, Self::TurnUdp, Self::TurnTcp, Self::TurnTls];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Stun => "STUN",
            Self::TurnUdp => "STUN, TURN over UDP",
            Self::TurnTcp => "STUN, TURN over TCP",
            Self::TurnTls => "STUN, TURN over TLS to port 443",
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "host",
            Self::Srflx => "srflx",
            Self::Prflx => "prflx",
            Self::Relay => "relay",
        })
    }
}

/// Both ends as each side sees its own.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} - {}", self.offerer.0, self.answerer.0)
    }
}
