//! Packets to protect, and a network that does to them whatever a network does.

use std::collections::{BTreeMap, VecDeque};

use chacha20::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use rtc_srtp::{
    Ssrc,
    rtp::{HeaderExtension, RtpBuilder, RtpHeader},
};

/// A generator that gives the same draws in each run.
pub(crate) struct Dice(ChaCha20Rng);

impl Dice {
    pub(crate) fn new(seed: u8) -> Self {
        Self(ChaCha20Rng::from_seed([seed; 32]))
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(end)) >> 32) as u32
    }

    /// Whether something happens that happens so many times in a thousand.
    fn happens(&mut self, in_a_thousand: u32) -> bool {
        self.below(1_000) < in_a_thousand
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

/// A packet that is yet to be protected.
pub(crate) struct Plain {
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_rtcp: bool,
    /// Whether it is the first of its stream and its kind.
    pub(crate) is_first: bool,
    /// Whether the network has to deliver it, now: if too much is lost at once, RFC 3711 leaves the
    /// receiver without a way to know the rollover counter.
    pub(crate) is_certain: bool,
}

/// A few streams at a time, of which each ends sooner or later and another begins.
pub(crate) struct Traffic {
    streams: Vec<Stream>,
    next_ssrc: u32,
}

struct Stream {
    ssrc: u32,
    /// The index of the next packet; `None` before the first.
    next: Option<u64>,
    /// What was left out and may still be sent.
    omitted: Vec<u64>,
    has_rtcp: bool,
    left: u32,
}

impl Traffic {
    pub(crate) const fn new() -> Self {
        Self { streams: Vec::new(), next_ssrc: 0x5eed_0000 }
    }

    pub(crate) fn next(&mut self, dice: &mut Dice) -> Plain {
        self.streams.retain(|stream| stream.left > 0);
        while self.streams.len() < 6 {
            self.next_ssrc = self.next_ssrc.wrapping_mul(0x9e37_79b1).wrapping_add(1);
            self.streams.push(Stream {
                ssrc: self.next_ssrc,
                next: None,
                omitted: Vec::new(),
                has_rtcp: false,
                left: 1_000 + dice.below(8_000),
            });
        }
        let at = dice.below(self.streams.len() as u32) as usize;
        let stream = &mut self.streams[at];
        stream.left -= 1;
        if dice.happens(110) { stream.rtcp(dice) } else { stream.rtp(dice) }
    }
}

impl Stream {
    fn rtp(&mut self, dice: &mut Dice) -> Plain {
        let mut is_certain = false;
        let is_first = self.next.is_none();
        let index = match self.next {
            // A stream may begin anywhere, and just before a wrap is where it is interesting.
            None => {
                is_certain = true;
                u64::from(match dice.below(3) {
                    0 => 65_400 + dice.below(136),
                    1 => dice.below(3),
                    _ => dice.below(65_536),
                })
            }
            Some(next) => match dice.below(100) {
                // A long way ahead, so that the rollover counter grows.
                0 => {
                    is_certain = true;
                    self.omitted.clear();
                    next + 1_000 + u64::from(dice.below(19_000))
                }
                1..=3 => {
                    let index = next + 1 + u64::from(dice.below(4));
                    self.omitted.extend(next..index);
                    index
                }
                4..=7 if !self.omitted.is_empty() => {
                    self.omitted.swap_remove(dice.below(self.omitted.len() as u32) as usize)
                }
                // A number that was used, or so far back that nobody knows.
                8 => next.saturating_sub(1 + u64::from(dice.below(3_000))),
                _ => next,
            },
        };
        self.next = Some(self.next.unwrap_or_default().max(index + 1));
        let header = RtpHeader {
            marker: dice.happens(100),
            payload_type: 96 + dice.below(16) as u8,
            sequence_number: index as u16,
            timestamp: dice.below(u32::MAX),
            ssrc: Ssrc(self.ssrc),
        };
        let csrcs: Vec<_> = match dice.below(4) {
            0 => (0..dice.below(16)).map(Ssrc).collect(),
            _ => Vec::new(),
        };
        let short = 1 + dice.below(16) as usize;
        let values = [3, short, 40].map(|len| dice.bytes(len));
        let elements = [(1, &values[0]), (5, &values[1]), (200, &values[2])]
            .map(|(id, value)| HeaderExtension::new(id, value).expect("short"));
        let builder = RtpBuilder {
            csrcs: &csrcs,
            // None, the one-byte form, and the two-byte form.
            extensions: &elements[..dice.below(4) as usize],
            padding_len: if dice.happens(50) { 1 + dice.below(255) as u8 } else { 0 },
            ..RtpBuilder::new(header)
        };
        let len = match dice.below(10) {
            0 => 0,
            1 => 1_200,
            2 => dice.below(1_400),
            _ => dice.below(200),
        };
        let mut bytes = Vec::new();
        builder.encode(&dice.bytes(len as usize), &mut bytes);
        if bytes.first().is_some_and(|first| first & 0x10 != 0) && dice.happens(50) {
            // A header extension that is not of RFC 8285.
            let at = 12 + 4 * csrcs.len();
            bytes[at..at + 2].copy_from_slice(&[0x12, 0x34]);
        }
        Plain { bytes, is_rtcp: false, is_first, is_certain }
    }

    fn rtcp(&mut self, dice: &mut Dice) -> Plain {
        let words = 1 + dice.below(30) as u8;
        let mut bytes = vec![0x80, 200 + dice.below(8) as u8, 0, words];
        bytes.extend(self.ssrc.to_be_bytes());
        bytes.extend(dice.bytes(4 * usize::from(words - 1)));
        let is_first = !self.has_rtcp;
        self.has_rtcp = true;
        Plain { bytes, is_rtcp: true, is_first, is_certain: false }
    }
}

/// A packet that arrives.
#[derive(Clone)]
pub(crate) struct Arrival {
    pub(crate) bytes: Vec<u8>,
    /// What was protected; `None` if the network has changed it on the way.
    pub(crate) plain: Option<Vec<u8>>,
    pub(crate) is_rtcp: bool,
}

/// Loses, delays, repeats and damages packets.
pub(crate) struct Network {
    now: u64,
    delayed: BTreeMap<(u64, u64), Arrival>,
    /// What an attacker has recorded.
    recorded: VecDeque<Arrival>,
}

impl Network {
    pub(crate) const fn new() -> Self {
        Self { now: 0, delayed: BTreeMap::new(), recorded: VecDeque::new() }
    }

    /// Takes a packet in, and appends what arrives meanwhile.
    pub(crate) fn carry(
        &mut self,
        mut packet: Arrival,
        is_certain: bool,
        dice: &mut Dice,
        arrivals: &mut Vec<Arrival>,
    ) {
        self.now += 1;
        self.recorded.push_back(packet.clone());
        if self.recorded.len() > 6_000 {
            self.recorded.pop_front();
        }
        match dice.below(1_000) {
            _ if is_certain => arrivals.push(packet),
            0..=59 => {}
            60..=99 => arrivals.extend([packet.clone(), packet]),
            100..=199 => {
                let by = if dice.happens(100) { 15_000 } else { 200 };
                let due = self.now + 1 + u64::from(dice.below(by));
                self.delayed.insert((due, self.now), packet);
            }
            200..=224 => {
                let bit = dice.below(8 * packet.bytes.len() as u32);
                packet.bytes[bit as usize / 8] ^= 1 << (bit % 8);
                packet.plain = None;
                arrivals.push(packet);
            }
            225..=234 => {
                packet.bytes.truncate(dice.below(packet.bytes.len() as u32) as usize);
                packet.plain = None;
                arrivals.push(packet);
            }
            _ => arrivals.push(packet),
        }
        if dice.happens(30) {
            let at = dice.below(self.recorded.len() as u32) as usize;
            arrivals.extend(self.recorded.get(at).cloned());
        }
        let late = self.delayed.split_off(&(self.now + 1, 0));
        arrivals.extend(core::mem::replace(&mut self.delayed, late).into_values());
    }
}
