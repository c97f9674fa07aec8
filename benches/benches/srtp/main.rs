//! SRTP, one packet after the other, beside what it cannot be faster than (the raw cipher of the same
//! backend) and beside libsrtp2. With the feature `aws-lc-rs`, AES-GCM is AWS-LC's.
//!
//! Criterion's figures are for comparing one day with another. What is compared with one another is
//! measured in turns, at the end, and printed as a table.

#[path = "../../../interop/tests/libsrtp2/peer.rs"]
#[allow(dead_code, reason = "the test that it belongs to needs more of it")]
mod peer;
mod raw;

use std::time::{Duration, Instant};

use bytes::BytesMut;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rtc_srtp::srtp::{Config, MasterKey, ProtectionProfile, SrtpReceiver, SrtpSender};

use self::peer::{Batch, Peer};
use self::raw::RawCipher;

/// Somebody who protects packets and opens them.
trait Contender {
    /// How long it takes to protect [`PACKETS`] packets, and how long to open them.
    fn round(&mut self) -> [Duration; 2];
}

fn srtp(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("srtp");
    group.throughput(Throughput::Elements(PACKETS as u64));
    for (profile, name) in PROFILES {
        for size in SIZES {
            for (who, mut contender) in contenders(profile, size) {
                for (at, what) in ["protect", "unprotect"].into_iter().enumerate() {
                    let id = BenchmarkId::new(format!("{name}/{what}"), format!("{size} B/{who}"));
                    group.bench_function(id, |bencher| {
                        bencher
                            .iter_custom(|rounds| (0..rounds).map(|_| contender.round()[at]).sum());
                    });
                }
            }
        }
    }
    group.finish();
}

/// Medians of what is measured in turns.
fn table(_: &mut Criterion) {
    let not_measured = ["--list", "--test", "--profile-time"];
    if std::env::args().any(|argument| not_measured.contains(&&*argument)) {
        return;
    }
    println!("\nns per packet, protect / unprotect; and what part of ours the others take");
    for (profile, name) in PROFILES {
        for size in SIZES {
            let mut contenders = contenders(profile, size);
            let mut turns = Vec::new();
            for _ in 0..TURNS {
                let times = contenders.iter_mut().map(|(_, contender)| {
                    // Once to get into the caches again.
                    contender.round();
                    contender.round()
                });
                turns.push(times.collect::<Vec<_>>());
            }
            print!("{name:24} {size:4} B");
            for (at, (who, _)) in contenders.iter().enumerate() {
                let time = |what: usize| {
                    median(turns.iter().map(|turn| turn[at][what].as_nanos() as f64))
                        / PACKETS as f64
                };
                // Of two that stand side by side, so that it matters little what else the machine
                // was doing then.
                let part = |what: usize| {
                    100.0
                        * median(turns.iter().map(|turn| {
                            turn[at][what].as_nanos() as f64 / turn[0][what].as_nanos() as f64
                        }))
                };
                print!("  {who} {:.0} / {:.0}", time(0), time(1));
                if at > 0 {
                    print!(" ({:.0} / {:.0} %)", part(0), part(1));
                }
            }
            println!();
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn contenders(profile: ProtectionProfile, size: usize) -> Vec<(&'static str, Box<dyn Contender>)> {
    let mut contenders: Vec<(_, Box<dyn Contender>)> = vec![
        ("rtc-srtp", Box::new(Ours::new(profile, size))),
        ("raw", Box::new(RawCipher::new(profile, size))),
    ];
    if let Some(theirs) = Theirs::new(profile, size).expect("libsrtp2 takes the keys") {
        contenders.push(("libsrtp2", Box::new(theirs)));
    }
    contenders
}

struct Ours {
    sender: SrtpSender,
    receiver: SrtpReceiver,
    index: u64,
    size: usize,
    packets: Vec<Vec<u8>>,
    received: Vec<BytesMut>,
}

impl Ours {
    fn new(profile: ProtectionProfile, size: usize) -> Self {
        let (key, salt) = (vec![1; profile.key_len()], vec![2; profile.salt_len()]);
        let key = MasterKey::new(profile, &key, &salt).expect("as long as the profile says");
        let config = Config::default();
        Self {
            sender: SrtpSender::new(&key, &config),
            receiver: SrtpReceiver::new(&key, &config),
            index: 0,
            size,
            packets: (0..PACKETS).map(|_| Vec::with_capacity(2048)).collect(),
            received: (0..PACKETS).map(|_| BytesMut::with_capacity(2048)).collect(),
        }
    }
}

impl Contender for Ours {
    fn round(&mut self) -> [Duration; 2] {
        for packet in &mut self.packets {
            packet.clear();
            packet.extend_from_slice(&header(self.index));
            packet.resize(HEADER + self.size, 0x5a);
            self.index += 1;
        }
        let started = Instant::now();
        for packet in &mut self.packets {
            self.sender.protect(packet).expect("a new packet");
        }
        let protected = started.elapsed();
        for (received, packet) in self.received.iter_mut().zip(&self.packets) {
            received.clear();
            received.extend_from_slice(packet);
        }
        let started = Instant::now();
        for packet in &mut self.received {
            self.receiver.unprotect(packet).expect("a new packet");
        }
        [protected, started.elapsed()]
    }
}

/// libsrtp2, which looks at its own clock.
struct Theirs {
    peer: Peer,
    size: u16,
}

impl Theirs {
    fn new(profile: ProtectionProfile, size: usize) -> anyhow::Result<Option<Self>> {
        let Some(mut peer) = Peer::require()? else { return Ok(None) };
        peer.set_keys(profile, &vec![1; profile.key_len()], &vec![2; profile.salt_len()], true)?;
        Ok(Some(Self { peer, size: size.try_into()? }))
    }

    fn measure(&mut self) -> anyhow::Result<[Duration; 2]> {
        let mut batch = Batch::default();
        batch.push(b't', &[(PACKETS as u16).to_be_bytes(), self.size.to_be_bytes()].concat())?;
        let answer = self.peer.ask(batch)?.remove(0);
        let answer = answer.map_err(|status| anyhow::anyhow!("{status:?}"))?;
        let (times, _) = answer.as_chunks::<8>();
        let times = times.iter().map(|time| Duration::from_nanos(u64::from_be_bytes(*time)));
        times.collect::<Vec<_>>().try_into().map_err(|_| anyhow::anyhow!("not two times"))
    }
}

impl Contender for Theirs {
    fn round(&mut self) -> [Duration; 2] {
        self.measure().expect("libsrtp2 goes on")
    }
}

/// The header of an RTP packet of one stream.
fn header(index: u64) -> [u8; HEADER] {
    let [.., high, low] = index.to_be_bytes();
    [0x80, 96, high, low, 0, 0, 0, 0, 0, 0, 0, 7]
}

const PROFILES: [(ProtectionProfile, &str); 4] = [
    (ProtectionProfile::Aes128CmHmacSha1_80, "AES128_CM_HMAC_SHA1_80"),
    (ProtectionProfile::Aes128CmHmacSha1_32, "AES128_CM_HMAC_SHA1_32"),
    (ProtectionProfile::AeadAes128Gcm, "AEAD_AES_128_GCM"),
    (ProtectionProfile::AeadAes256Gcm, "AEAD_AES_256_GCM"),
];
/// Bytes of payload: a video packet, and 20 ms of Opus.
const SIZES: [usize; 2] = [1_200, 160];
const HEADER: usize = 12;
/// How many packets a round has: few enough for the first-level cache.
const PACKETS: usize = 16;
/// How often each has its turn for the table.
const TURNS: usize = 2_000;

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500));
    targets = srtp, table
}
criterion_main!(benches);
