//! What can be chosen about a gatherer.

use core::time::Duration;

/// Which candidates are wanted, how they are looked for, and the caps.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GathererConfig {
    /// Which candidates are wanted.
    ///
    /// Default: [`GatherPolicy::All`].
    pub policy: GatherPolicy,
    /// Whether there are TCP candidates: an active one for each IP address of ours, and a passive
    /// one for each listener. It has no say in how servers are spoken to.
    ///
    /// Default: yes, as RFC 8835, section 3.4, wants.
    pub tcp: bool,
    /// Whether our own addresses are nobody's business: related addresses and the addresses in
    /// errors are left out. That of the host candidates is for their owner to hide.
    ///
    /// Default: no.
    pub hide_local_addresses: bool,
    /// Ta: the time between the first datagrams of two transactions (RFC 8445, section 14.2); less
    /// than 5 ms counts as 5 ms.
    ///
    /// Default: 5 ms, as for the agent's checks and for the same reasons.
    pub pacing: Duration,
    /// The time until a request over UDP is first sent again; it doubles with each repetition.
    ///
    /// Default: 500 ms (RFC 8445, section 14.3).
    pub rto: Duration,
    /// How long a server may take from our first step towards it, the resolution of its name
    /// apart, until it has given what we want of it; as long may its name take.
    ///
    /// Default: 9.5 s, which leaves room for five transmissions (after 0, 0.5, 1.5, 3.5 and 7.5 s)
    /// and 2 s for the answer to the last. RFC 8489's seven transmissions would take 39.5 s, which
    /// nobody waits for: gathering that a dead server prolongs ends after about 10 s in other
    /// implementations too.
    pub timeout: Duration,
    /// After how long the next address of a server is tried, if it has more than one and this one
    /// is silent.
    ///
    /// Default: 2 s, time for three transmissions.
    pub next_address_after: Duration,
    /// The time between two requests that keep a server-reflexive candidate alive in the
    /// translators, for as long as [`Gatherer::set_keepalive`](super::Gatherer::set_keepalive)
    /// wants it; less than 5 s counts as 5 s.
    ///
    /// Default: 15 s (Tr, RFC 8445, section 14.3 with section 11).
    pub keepalive: Duration,
    /// The most local addresses.
    ///
    /// Default: 128.
    pub max_locals: usize,
    /// The most servers; those beyond are not used.
    ///
    /// Default: 20. W3C lets an implementation choose; a browser has 32 or a warning after 5.
    pub max_servers: usize,
    /// The most addresses of one server that are tried, for each family.
    ///
    /// Default: 4.
    pub max_addresses: usize,
    /// The most combinations of a local address and a server.
    ///
    /// Default: 128, which is more than an agent has room for.
    pub max_tasks: usize,
    /// The most allocations that are held or asked for at a time, 1 or more.
    ///
    /// Default: 32.
    pub max_allocations: usize,
}

/// Which candidates are wanted (W3C's RTCIceTransportPolicy).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum GatherPolicy {
    /// All of them.
    #[default]
    All,
    /// Relayed ones alone.
    Relay,
}

impl Default for GathererConfig {
    fn default() -> Self {
        Self {
            policy: GatherPolicy::All,
            tcp: true,
            hide_local_addresses: false,
            pacing: MIN_PACING,
            rto: Duration::from_millis(500),
            timeout: Duration::from_millis(9_500),
            next_address_after: Duration::from_secs(2),
            keepalive: Duration::from_secs(15),
            max_locals: 128,
            max_servers: 20,
            max_addresses: 4,
            max_tasks: 128,
            max_allocations: 32,
        }
    }
}

impl GathererConfig {
    /// Brings every value into its documented range.
    pub(super) fn sanitized(mut self) -> Self {
        self.pacing = self.pacing.max(MIN_PACING);
        self.keepalive = self.keepalive.max(MIN_KEEPALIVE);
        self.max_allocations = self.max_allocations.max(1);
        self
    }
}

/// No two transactions begin closer than this (RFC 8445, section 14.2).
const MIN_PACING: Duration = Duration::from_millis(5);
const MIN_KEEPALIVE: Duration = Duration::from_secs(5);
