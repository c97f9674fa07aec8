//! A bad network, for tests: datagrams that get lost on purpose.

use chacha20::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// What a test does to a connection's media.
///
/// Only SRTP and SRTCP are lost, which the first byte tells (RFC 7983): so a connection is made
/// undisturbed, and what a test then sees repaired was repaired by NACK, RTX or a key frame, and by
/// nothing else. Losses are drawn for each datagram by itself, from a generator with a known seed;
/// what is lost still depends on the order in which datagrams come and go.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Impairment {
    /// Which part of the received datagrams is lost, 0 to 1. Default: 0.
    pub loss_in: f64,
    /// Which part of the datagrams to be sent is lost, 0 to 1. Default: 0.
    pub loss_out: f64,
    /// What losses are drawn from. Default: 0.
    pub seed: u64,
}

impl Impairment {
    /// The same loss in both directions.
    pub fn loss(part: f64, seed: u64) -> Self {
        Self { loss_in: part, loss_out: part, seed }
    }
}

/// Draws the fate of each datagram.
#[derive(Debug)]
pub(crate) struct Fates {
    impairment: Impairment,
    incoming: ChaCha20Rng,
    outgoing: ChaCha20Rng,
}

impl Fates {
    pub(crate) fn new(impairment: Impairment) -> Self {
        let mut seeds = ChaCha20Rng::seed_from_u64(impairment.seed);
        let mut generator = || ChaCha20Rng::seed_from_u64(seeds.next_u64());
        Self { impairment, incoming: generator(), outgoing: generator() }
    }

    /// Whether this datagram is lost before it is received.
    pub(crate) fn lose_received(&mut self, datagram: &[u8]) -> bool {
        is_media(datagram) && draw(&mut self.incoming, self.impairment.loss_in)
    }

    /// Whether this datagram is lost after it was sent.
    pub(crate) fn lose_sent(&mut self, datagram: &[u8]) -> bool {
        is_media(datagram) && draw(&mut self.outgoing, self.impairment.loss_out)
    }
}

fn is_media(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(128..=191))
}

fn draw(generator: &mut ChaCha20Rng, part: f64) -> bool {
    f64::from(generator.next_u32()) < part * (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_gets_lost_as_often_as_asked_for_and_nothing_else_does() {
        let mut fates = Fates::new(Impairment { loss_in: 0.05, loss_out: 0.5, seed: 1 });
        let lost_in = (0..10_000).filter(|_| fates.lose_received(&[0x80, 96])).count();
        let lost_out = (0..10_000).filter(|_| fates.lose_sent(&[0xbf])).count();
        assert!((400..600).contains(&lost_in), "{lost_in}");
        assert!((4_800..5_200).contains(&lost_out), "{lost_out}");
        // STUN, DTLS, ChannelData, and what is no packet at all.
        let mut all = Fates::new(Impairment::loss(1.0, 1));
        for first in (0..128).chain(192..=255) {
            assert!(!all.lose_received(&[first]) && !all.lose_sent(&[first]), "{first}");
        }
        assert!(!all.lose_received(&[]));
        assert!(all.lose_received(&[0x80]) && all.lose_sent(&[0x80]));
    }

    #[test]
    fn a_seed_stands_for_one_course_of_losses() {
        let course = |seed| {
            let mut fates = Fates::new(Impairment::loss(0.5, seed));
            [(); 64].map(|()| (fates.lose_received(&[0x80]), fates.lose_sent(&[0x80])))
        };
        assert_eq!(course(1), course(1));
        assert_ne!(course(1), course(2));
    }
}
