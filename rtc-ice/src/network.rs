//! Which of the host's networks an address belongs to.

/// A network of this host, as its owner knows it; the default is one network that is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Network {
    /// A number that tells the host's networks apart; 0 for one that nobody has numbered.
    pub id: u16,
    /// What using it costs, as browsers count: 0 is free, 10 a cable or wireless LAN, 50 unknown,
    /// 900 to 999 a mobile network. Among equals the cheaper one is preferred.
    pub cost: u16,
}
