//! What the association's packets ask of the network.

use super::channels::Channels;

impl Channels {
    /// The code point of all packets: they share one congestion control, so that they are not to be
    /// told apart, and the most important channel speaks for all (RFC 8837 section 5).
    pub(crate) fn dscp(&self) -> u8 {
        self.table.highest_priority().unwrap_or_default().data_dscp()
    }
}
