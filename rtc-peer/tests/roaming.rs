//! What data and media notice when the network under them goes and another one is there.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use rtc_core::{Instant, Protocol};
use rtc_peer::{
    ChannelId, ConnectionState, DataChannelInit, Event, MediaKind, OutgoingFrame, Track,
    TransceiverId,
};

use common::{ALICE, Pair, Who};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// How Alice's network goes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Loss {
    /// Nobody says anything.
    Silence,
    /// Her driver says that its interface has no carrier.
    Carrier,
    /// Her driver says that its interface is gone.
    Interface,
}

impl Loss {
    const ALL: [Self; 3] = [Self::Silence, Self::Carrier, Self::Interface];

    fn happen(self, pair: &mut Pair) {
        let (now, address) = (pair.now, ALICE.parse().unwrap());
        pair.cut = Some(address);
        let alice = &mut pair.alice.connection;
        match self {
            Self::Silence => {}
            Self::Carrier => alice.doubt_local_address(now, address, Protocol::Udp),
            Self::Interface => {
                assert!(alice.remove_local_address(now, address, Protocol::Udp));
            }
        }
    }
}

/// A pair of which Alice has a second address, on another network.
fn two_ways() -> Pair {
    let mut pair = Pair::new();
    let second = "198.51.100.1:4001".parse().unwrap();
    pair.alice.connection.add_local_address(pair.now, second, Protocol::Udp).unwrap();
    pair.logging = false;
    pair
}

fn goes_by(pair: &Pair) -> u16 {
    pair.alice.connection.selected_path().unwrap().local.port()
}

/// What has come so far and when the last of it did, in the longest pause.
struct Pause {
    last: Instant,
    longest: Duration,
}

impl Pause {
    fn new(now: Instant) -> Self {
        Self { last: now, longest: Duration::ZERO }
    }

    fn note(&mut self, now: Instant, has_come: bool) {
        self.longest = self.longest.max(now.saturating_duration_since(self.last));
        if has_come {
            self.last = now;
        }
    }
}

fn was_disconnected(pair: &Pair) -> bool {
    let told = Event::ConnectionStateChange(ConnectionState::Disconnected);
    pair.alice.said(&told) || pair.bob.said(&told)
}

/// Has `from` send as much as it may for some time; the longest pause in what arrives.
fn stream(pair: &mut Pair, ids: [ChannelId; 2], from: Who, time: Duration) -> Duration {
    let to = if from == Who::Alice { ids[1] } else { ids[0] };
    let id = if from == Who::Alice { ids[0] } else { ids[1] };
    let end = pair.now + time;
    let mut pause = Pause::new(pair.now);
    while pair.now < end {
        let mut channel = pair.peer(from).connection.channel(id).unwrap();
        while channel.attributes().buffered_amount() < 20_000 {
            channel.send(vec![7; 4_000]).unwrap();
        }
        pair.drive_for(5 * MILLISECOND);
        let has_come = !pair.peer(from.other()).receive(to).is_empty();
        pause.note(pair.now, has_come);
    }
    pause.longest
}

#[test]
fn a_reliable_stream_goes_on_within_a_second_and_at_once_where_the_loss_is_known() {
    for latency in [1, 10, 50] {
        for loss in Loss::ALL {
            for from in [Who::Alice, Who::Bob] {
                let mut pair = two_ways();
                pair.latency = latency * MILLISECOND;
                let alice = &mut pair.alice.connection;
                let chat = alice.create_data_channel("a", DataChannelInit::default()).unwrap();
                pair.negotiate();
                pair.drive_until(|pair| pair.alice.opened().len() + pair.bob.opened().len() == 2);
                let ids = [chat, pair.bob.opened()[0]];
                stream(&mut pair, ids, from, 10 * SECOND);
                assert_eq!(goes_by(&pair), 4000);
                loss.happen(&mut pair);
                let pause = stream(&mut pair, ids, from, 3 * SECOND);
                println!("{loss:?}, round trip {} ms, {from:?} sends: {pause:?}", 2 * latency);
                let most = match (loss, from) {
                    // Bob learns of it from Alice, who has little to send.
                    (Loss::Silence, _) | (Loss::Carrier, Who::Bob) => 650 * MILLISECOND,
                    _ => 120 * MILLISECOND,
                };
                let most = most + 10 * pair.latency;
                assert!(pause <= most, "{loss:?} {latency} {from:?}: {pause:?}");
                assert_eq!(goes_by(&pair), 4001);
                assert!(!was_disconnected(&pair));
            }
        }
    }
}

/// A call with sound in both directions, or in one.
fn call(is_both: bool) -> (Pair, TransceiverId, TransceiverId) {
    let mut pair = two_ways();
    let track = || Track::new(MediaKind::Audio, "track");
    let ours = pair.alice.connection.add_track(track(), &["stream"]).unwrap();
    if is_both {
        pair.bob.connection.add_track(track(), &["stream"]).unwrap();
    }
    pair.negotiate();
    pair.drive_until(|pair| pair.is_connected());
    let theirs = pair.bob.connection.transceivers().next().unwrap().id();
    (pair, ours, theirs)
}

/// Lets both talk for some time; the longest pauses in what Alice and Bob hear.
fn talk(
    pair: &mut Pair,
    ids: [TransceiverId; 2],
    is_both: bool,
    first: u32,
    time: Duration,
) -> [Duration; 2] {
    let mut pauses = [Pause::new(pair.now), Pause::new(pair.now)];
    for number in 0..u32::try_from(time.as_millis() / 20).unwrap() {
        let frame = OutgoingFrame::new((first + number) * 960, vec![0x78, 1, 2, 3].into());
        pair.alice.connection.send_frame(ids[0], &frame).unwrap();
        if is_both {
            pair.bob.connection.send_frame(ids[1], &frame).unwrap();
        }
        pair.drive_for(20 * MILLISECOND);
        for (pause, who) in pauses.iter_mut().zip([Who::Alice, Who::Bob]) {
            let connection = &mut pair.peer(who).connection;
            let has_come = std::iter::from_fn(|| connection.poll_packet()).count() > 0;
            pause.note(pair.now, has_come);
        }
    }
    pauses.map(|pause| pause.longest)
}

#[test]
fn a_call_goes_on_within_a_second_and_at_once_where_the_loss_is_known() {
    for loss in Loss::ALL {
        let (mut pair, ours, theirs) = call(true);
        talk(&mut pair, [ours, theirs], true, 0, 10 * SECOND);
        assert_eq!(goes_by(&pair), 4000);
        loss.happen(&mut pair);
        let pauses = talk(&mut pair, [ours, theirs], true, 500, 3 * SECOND);
        println!("{loss:?}: Alice hears nothing for {:?}, Bob for {:?}", pauses[0], pauses[1]);
        let most = if loss == Loss::Silence { 750 } else { 220 };
        assert!(pauses.iter().all(|pause| *pause <= most * MILLISECOND), "{loss:?} {pauses:?}");
        assert_eq!(goes_by(&pair), 4001);
        assert!(!was_disconnected(&pair));
    }
}

#[test]
fn sound_to_a_listener_that_says_little_goes_on_within_two_seconds() {
    for loss in Loss::ALL {
        let (mut pair, ours, theirs) = call(false);
        talk(&mut pair, [ours, theirs], false, 0, 20 * SECOND);
        assert_eq!(goes_by(&pair), 4000);
        loss.happen(&mut pair);
        let [_, pause] = talk(&mut pair, [ours, theirs], false, 1000, 5 * SECOND);
        println!("{loss:?}: nothing for {pause:?}");
        let most = if loss == Loss::Silence { 2 * SECOND } else { SECOND / 5 };
        assert!(pause <= most, "{loss:?} {pause:?}");
        assert_eq!(goes_by(&pair), 4001);
        assert!(!was_disconnected(&pair));
    }
}

#[test]
fn a_path_on_which_the_system_refuses_to_send_is_left() {
    let (mut pair, ours, theirs) = call(true);
    talk(&mut pair, [ours, theirs], true, 0, 5 * SECOND);
    let path = pair.alice.connection.selected_path().unwrap();
    pair.cut = Some(path.local);
    pair.alice.connection.handle_send_failure(pair.now, path);
    let pauses = talk(&mut pair, [ours, theirs], true, 250, 2 * SECOND);
    assert!(pauses.iter().all(|pause| *pause <= 220 * MILLISECOND), "{pauses:?}");
    assert_ne!(pair.alice.connection.selected_path().unwrap().local, path.local);
    // What failed elsewhere says nothing.
    let path = pair.alice.connection.selected_path().unwrap();
    let other = rtc_core::FiveTuple::udp(path.local, "203.0.113.1:9".parse().unwrap());
    pair.alice.connection.handle_send_failure(pair.now, other);
    talk(&mut pair, [ours, theirs], true, 350, SECOND);
    assert_eq!(pair.alice.connection.selected_path(), Some(path));
}

#[test]
fn what_strangers_repeat_or_forge_on_another_path_moves_nothing() {
    let (mut pair, ours, theirs) = call(true);
    talk(&mut pair, [ours, theirs], true, 0, 5 * SECOND);
    pair.logging = true;
    talk(&mut pair, [ours, theirs], true, 250, SECOND);
    let is_rtp = |bytes: &[u8]| matches!(bytes, [128..=191, 0..=191 | 224.., ..]);
    let known = pair.log.iter().rfind(|(_, who, bytes)| *who == Who::Bob && is_rtp(bytes));
    let known = known.unwrap().2.clone();
    let mut forged = known.clone();
    *forged.last_mut().unwrap() ^= 1;
    let path = pair.alice.connection.selected_path().unwrap();
    let standby = rtc_core::FiveTuple::udp("198.51.100.1:4001".parse().unwrap(), path.remote);
    let checks = |pair: &Pair| -> u64 {
        let pairs = pair.alice.connection.stats(pair.now).candidate_pairs;
        pairs.iter().map(|pair| pair.requests_sent).sum()
    };
    let before = checks(&pair);
    // So seldom that there is time to think that the other side has left.
    for number in 0..20 {
        let frame = OutgoingFrame::new((300 + 10 * number) * 960, vec![0x78, 1, 2, 3].into());
        for (who, id) in [(Who::Alice, ours), (Who::Bob, theirs)] {
            pair.peer(who).connection.send_frame(id, &frame).unwrap();
        }
        pair.drive_for(50 * MILLISECOND);
        for bytes in [&known, &forged] {
            let (now, alice) = (pair.now, &mut pair.alice.connection);
            assert!(alice.handle_datagram(now, standby, None, bytes[..].into()).is_err());
        }
        pair.drive_for(150 * MILLISECOND);
        assert_eq!(pair.alice.connection.selected_path(), Some(path));
    }
    // Those that keep the other path fresh.
    assert!(checks(&pair) <= before + 3, "{} checks", checks(&pair) - before);
}
