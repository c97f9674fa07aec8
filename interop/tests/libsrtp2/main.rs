//! SRTP beside libsrtp2: what both protect are the same bytes, and what one accepts or refuses, so
//! does the other. The replay windows are as large there as here: 1,024 packets, as libsrtp2 is told,
//! and 128 of SRTCP, which both have by themselves. libsrtp2 2.5 knows nothing of cryptex (RFC 9335).
//!
//! The places where the two differ have tests of their own, at the end.

mod peer;
mod traffic;

use anyhow::{Context as _, ensure};
use bytes::BytesMut;
use rtc_srtp::{
    ProtectError, Ssrc, UnprotectError,
    rtp::{RtpBuilder, RtpHeader},
    srtp::{Config, MasterKey, ProtectionProfile, SrtpReceiver, SrtpSender},
};

use self::{
    peer::{Answer, Batch, Peer, Status},
    traffic::{Arrival, Dice, Network, Traffic},
};

#[test]
fn no_packet_differs_under_aes128_cm_hmac_sha1_80() -> anyhow::Result<()> {
    compare(ProtectionProfile::Aes128CmHmacSha1_80, [1, 2])
}

#[test]
fn no_packet_differs_under_aes128_cm_hmac_sha1_32() -> anyhow::Result<()> {
    compare(ProtectionProfile::Aes128CmHmacSha1_32, [3, 4])
}

#[test]
fn no_packet_differs_under_aead_aes_128_gcm() -> anyhow::Result<()> {
    compare(ProtectionProfile::AeadAes128Gcm, [5, 6])
}

#[test]
fn no_packet_differs_under_aead_aes_256_gcm() -> anyhow::Result<()> {
    compare(ProtectionProfile::AeadAes256Gcm, [7, 8])
}

/// In each direction, under a key of its own, as many packets as [`PACKETS`].
fn compare(profile: ProtectionProfile, seeds: [u8; 2]) -> anyhow::Result<()> {
    let Some(mut peer) = Peer::require()? else { return Ok(()) };
    for seed in seeds {
        Comparison::new(profile, seed, &mut peer)?.run()?;
    }
    Ok(())
}

/// Both of ours and both of libsrtp2's, under one key.
struct Comparison<'a> {
    peer: &'a mut Peer,
    sender: SrtpSender,
    receiver: SrtpReceiver,
    dice: Dice,
    tally: Tally,
}

/// How often what happened: a comparison of nothing would succeed as well.
#[derive(Debug, Default)]
struct Tally {
    protected: u32,
    protected_rtcp: u32,
    not_protected: u32,
    opened: u32,
    opened_rtcp: u32,
    /// The highest rollover counter.
    cycles: u64,
    replayed: u32,
    replayed_rtcp: u32,
    /// Authentic, but so late that it was taken for one of another cycle.
    misplaced: u32,
    damaged: u32,
}

impl<'a> Comparison<'a> {
    fn new(profile: ProtectionProfile, seed: u8, peer: &'a mut Peer) -> anyhow::Result<Self> {
        let mut dice = Dice::new(seed);
        let (sender, receiver) = set_keys(profile, &mut dice, peer, true)?;
        Ok(Self { peer, sender, receiver, dice, tally: Tally::default() })
    }

    fn run(mut self) -> anyhow::Result<()> {
        let mut traffic = Traffic::new();
        let mut network = Network::new();
        while self.tally.protected + self.tally.protected_rtcp < PACKETS {
            let arrivals = self.send(&mut traffic, &mut network)?;
            self.receive(arrivals)?;
        }
        let Tally { protected_rtcp, not_protected, opened, opened_rtcp, .. } = self.tally;
        let Tally { replayed, replayed_rtcp, misplaced, damaged, cycles, .. } = self.tally;
        let told = [
            (protected_rtcp, 5_000),
            (not_protected, 500),
            (opened, 70_000),
            (opened_rtcp, 5_000),
            (replayed, 4_000),
            (replayed_rtcp, 400),
            (misplaced, 10),
            (damaged, 2_000),
        ];
        ensure!(told.iter().all(|(count, least)| count >= least) && cycles > 3, "{:?}", self.tally);
        println!("{:?}: {:?}", self.sender.profile(), self.tally);
        Ok(())
    }

    /// Protects a batch of packets on both sides and sends them through the network.
    fn send(
        &mut self,
        traffic: &mut Traffic,
        network: &mut Network,
    ) -> anyhow::Result<Vec<Arrival>> {
        let mut batch = Batch::default();
        let mut packets = Vec::new();
        for _ in 0..BATCH {
            let plain = traffic.next(&mut self.dice);
            batch.push(if plain.is_rtcp { b'P' } else { b'p' }, &plain.bytes)?;
            packets.push(plain);
        }
        let answers = self.peer.ask(batch)?;
        let mut arrivals = Vec::new();
        for (plain, answer) in packets.into_iter().zip(answers) {
            let mut packet = plain.bytes.clone();
            let result = if plain.is_rtcp {
                if plain.is_first {
                    // libsrtp2 begins with the index 1: see below.
                    self.sender.protect_rtcp(&mut plain.bytes.clone())?;
                }
                self.sender.protect_rtcp(&mut packet)
            } else {
                self.sender.protect(&mut packet)
            };
            match (result, answer) {
                (Ok(()), Ok(theirs)) => ensure!(packet == theirs, "{:02x?}", plain.bytes),
                (Err(ProtectError::Reused), Err(theirs)) if theirs.is_replay() => {
                    ensure!(packet == plain.bytes, "changed in spite of an error");
                    self.tally.not_protected += 1;
                    continue;
                }
                (ours, theirs) => {
                    ensure!(false, "{ours:?}, libsrtp2 {theirs:?}: {:02x?}", plain.bytes);
                }
            }
            if plain.is_rtcp {
                self.tally.protected_rtcp += 1;
            } else {
                self.tally.protected += 1;
            }
            let packet =
                Arrival { bytes: packet, plain: Some(plain.bytes), is_rtcp: plain.is_rtcp };
            network.carry(packet, plain.is_certain, &mut self.dice, &mut arrivals);
        }
        Ok(arrivals)
    }

    /// Opens what arrives on both sides.
    fn receive(&mut self, arrivals: Vec<Arrival>) -> anyhow::Result<()> {
        let mut batch = Batch::default();
        for arrival in &arrivals {
            batch.push(if arrival.is_rtcp { b'U' } else { b'u' }, &arrival.bytes)?;
        }
        for (arrival, answer) in arrivals.into_iter().zip(self.peer.ask(batch)?) {
            let mut packet = BytesMut::from(&arrival.bytes[..]);
            let result = if arrival.is_rtcp {
                self.receiver.unprotect_rtcp(&mut packet).map(u64::from)
            } else {
                self.receiver.unprotect(&mut packet)
            };
            self.judge(&arrival, &packet, result, &answer).with_context(|| {
                format!("{result:?}, libsrtp2 {answer:02x?}: {:02x?}", arrival.bytes)
            })?;
        }
        Ok(())
    }

    fn judge(
        &mut self,
        arrival: &Arrival,
        packet: &[u8],
        result: Result<u64, UnprotectError>,
        answer: &Answer,
    ) -> anyhow::Result<()> {
        match (&arrival.plain, result, answer) {
            (Some(plain), Ok(index), Ok(theirs)) => {
                ensure!(packet == plain && theirs == plain, "opened as something else");
                if arrival.is_rtcp {
                    self.tally.opened_rtcp += 1;
                } else {
                    self.tally.opened += 1;
                    self.tally.cycles = self.tally.cycles.max(index >> 16);
                }
            }
            (Some(_), Err(UnprotectError::Replayed), Err(theirs)) if theirs.is_replay() => {
                if arrival.is_rtcp {
                    self.tally.replayed_rtcp += 1;
                } else {
                    self.tally.replayed += 1;
                }
            }
            (Some(_), Err(UnprotectError::Authentication), Err(Status::FORGED)) => {
                ensure!(!arrival.is_rtcp);
                self.tally.misplaced += 1;
            }
            (None, Err(_), Err(_)) => self.tally.damaged += 1,
            _ => ensure!(false, "not alike"),
        }
        Ok(())
    }
}

// --- Where the two differ ---

/// RFC 3711, section 3.4: "The SRTCP index MUST be set to zero before the first SRTCP packet is sent,
/// and MUST be incremented by one, modulo 2^31, after each SRTCP packet is sent." libsrtp2 counts
/// before it sends. Neither minds when it receives.
#[test]
fn the_first_srtcp_packet_has_index_0_here_and_1_there() -> anyhow::Result<()> {
    let Some(mut peer) = Peer::require()? else { return Ok(()) };
    for profile in PROFILES {
        let (mut sender, mut receiver) = set_keys(profile, &mut Dice::new(9), &mut peer, true)?;
        let plain = [0x80, 201, 0, 1, 0, 0, 0, 7];
        let mut first = plain.to_vec();
        sender.protect_rtcp(&mut first)?;
        assert_eq!(peer.ask_one(b'U', &first)?, Ok(plain.to_vec()));
        assert_eq!(receiver.unprotect_rtcp(&mut BytesMut::from(&first[..])), Ok(0));
        let theirs = peer.ask_one(b'P', &plain)?;
        assert_eq!(receiver.unprotect_rtcp(&mut bytes(theirs.clone())?), Ok(1));
        let mut second = plain.to_vec();
        sender.protect_rtcp(&mut second)?;
        assert_eq!(theirs, Ok(second));
    }
    Ok(())
}

/// The sequence number wraps before anything of a stream arrives: RFC 3711 leaves the rollover
/// counter to the signalling. Here the likeliest one but zero is tried as well.
#[test]
fn a_stream_whose_first_packets_were_lost_before_a_wrap_is_opened_here_only() -> anyhow::Result<()>
{
    let Some(mut peer) = Peer::require()? else { return Ok(()) };
    for profile in PROFILES {
        let (mut sender, mut receiver) = set_keys(profile, &mut Dice::new(9), &mut peer, true)?;
        let lost = protect(&mut sender, 65_535)?;
        let first = protect(&mut sender, 0)?;
        assert_eq!(receiver.unprotect(&mut BytesMut::from(&first[..])), Ok(65_536));
        assert_eq!(peer.ask_one(b'u', &first)?, Err(Status::FORGED));
        // What was only late is opened by both.
        assert_eq!(receiver.unprotect(&mut BytesMut::from(&lost[..])), Ok(65_535));
        assert_eq!(peer.ask_one(b'u', &lost)?, Ok(rtp(65_535)));
    }
    Ok(())
}

/// More than 2^15 packets ahead, in the first cycle of a stream: by RFC 3711, appendix A, such a
/// number is one of the cycle before, of which there is none. libsrtp2 takes it for one of the same
/// cycle, in that cycle only.
#[test]
fn a_leap_over_half_of_the_first_cycle_is_refused_here_only() -> anyhow::Result<()> {
    let Some(mut peer) = Peer::require()? else { return Ok(()) };
    for profile in PROFILES {
        let (mut sender, mut receiver) = set_keys(profile, &mut Dice::new(9), &mut peer, true)?;
        let first = protect(&mut sender, 10)?;
        assert_eq!(peer.ask_one(b'p', &rtp(10))?, Ok(first.clone()));
        assert_eq!(protect(&mut sender, 40_000), Err(ProtectError::Reused));
        let leaping = peer.ask_one(b'p', &rtp(40_000))?;
        assert_eq!(receiver.unprotect(&mut BytesMut::from(&first[..])), Ok(10));
        let refused = receiver.unprotect(&mut bytes(leaping.clone())?);
        assert_eq!(refused, Err(UnprotectError::Index));
        assert_eq!(peer.ask_one(b'u', &first)?, Ok(rtp(10)));
        let leaping = bytes(leaping)?;
        assert_eq!(peer.ask_one(b'u', &leaping)?, Ok(rtp(40_000)));
    }
    Ok(())
}

/// SRTCP says in each packet, authenticated, whether it is encrypted. Under counter mode, and only
/// there, libsrtp2 demands that it is what was agreed upon.
#[test]
fn authentic_srtcp_in_the_clear_is_accepted_here_and_not_always_there() -> anyhow::Result<()> {
    let Some(mut peer) = Peer::require()? else { return Ok(()) };
    for profile in PROFILES {
        let (_, mut receiver) = set_keys(profile, &mut Dice::new(9), &mut peer, false)?;
        let plain = [0x80, 201, 0, 1, 0, 0, 0, 7, 1, 2, 3, 4];
        let clear = bytes(peer.ask_one(b'P', &plain)?)?;
        assert!(clear.starts_with(&plain));
        for bit in 0..8 * clear.len() {
            let mut forged = clear.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            assert!(receiver.unprotect_rtcp(&mut forged).is_err(), "{profile:?}, bit {bit}");
        }
        let mut packet = clear.clone();
        assert_eq!(receiver.unprotect_rtcp(&mut packet), Ok(1));
        assert_eq!(packet, plain[..]);
        set_keys(profile, &mut Dice::new(9), &mut peer, true)?;
        let theirs = peer.ask_one(b'U', &clear)?;
        if matches!(profile, ProtectionProfile::AeadAes128Gcm | ProtectionProfile::AeadAes256Gcm) {
            assert_eq!(theirs, Ok(plain.to_vec()));
        } else {
            assert_eq!(theirs, Err(Status::CANNOT_CHECK));
        }
    }
    Ok(())
}

/// The same new key for both of ours and both of libsrtp2's.
fn set_keys(
    profile: ProtectionProfile,
    dice: &mut Dice,
    peer: &mut Peer,
    encrypt_rtcp: bool,
) -> anyhow::Result<(SrtpSender, SrtpReceiver)> {
    let (key, salt) = (dice.bytes(profile.key_len()), dice.bytes(profile.salt_len()));
    peer.set_keys(profile, &key, &salt, encrypt_rtcp)?;
    let key = MasterKey::new(profile, &key, &salt)?;
    let config = Config::default();
    Ok((SrtpSender::new(&key, &config), SrtpReceiver::new(&key, &config)))
}

fn rtp(sequence_number: u16) -> Vec<u8> {
    let header = RtpHeader { sequence_number, ssrc: Ssrc(7), ..RtpHeader::default() };
    let mut packet = Vec::new();
    RtpBuilder::new(header).encode(b"payload", &mut packet);
    packet
}

fn protect(sender: &mut SrtpSender, sequence_number: u16) -> Result<Vec<u8>, ProtectError> {
    let mut packet = rtp(sequence_number);
    sender.protect(&mut packet)?;
    Ok(packet)
}

fn bytes(answer: Answer) -> anyhow::Result<BytesMut> {
    let packet = answer.map_err(|status| anyhow::anyhow!("refused: {status:?}"))?;
    Ok(BytesMut::from(&packet[..]))
}

const PROFILES: [ProtectionProfile; 4] = [
    ProtectionProfile::Aes128CmHmacSha1_80,
    ProtectionProfile::Aes128CmHmacSha1_32,
    ProtectionProfile::AeadAes128Gcm,
    ProtectionProfile::AeadAes256Gcm,
];
/// How many packets are protected in each direction.
const PACKETS: u32 = 100_000;
/// How many go to libsrtp2 at once.
const BATCH: usize = 250;
