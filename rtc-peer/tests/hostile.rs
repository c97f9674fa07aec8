//! Nobody who lacks the keys can change anything, whatever they send and whenever they send it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use proptest::prelude::*;
use rtc_core::{FiveTuple, Instant};
use rtc_ice::stun::{
    AttributeType, Class, ErrorCode, IntegrityKey, Message as Stun, MessageBuilder, Method,
    TransactionId,
};
use rtc_peer::{
    ChannelId, ConnectionState, DataChannelInit, DatagramError, Description, Event,
    IceConnectionState, IceGatheringState, PeerConnection, SignalingState, StatsReport,
};

use common::{ALICE, BOB, Pair, Who};

/// Where attacks come from unless they forge the other side's address.
const MALLORY: &str = "203.0.113.66:6666";

/// How many datagrams must leave no trace in memory.
const SPRAY: usize = 1000;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// The path on which `who` sees a datagram of the attacker's.
fn elsewhere(who: Who) -> FiveTuple {
    FiveTuple::udp(own(who), address(MALLORY))
}

/// The path on which `who` sees the other side, whose address is easily forged.
fn forged(who: Who) -> FiveTuple {
    FiveTuple::udp(own(who), own(who.other()))
}

fn own(who: Who) -> SocketAddr {
    address(match who {
        Who::Alice => ALICE,
        Who::Bob => BOB,
    })
}

/// All that can be seen of a connection from outside.
#[derive(Debug, PartialEq)]
struct Picture {
    signaling: SignalingState,
    gathering: IceGatheringState,
    ice: IceConnectionState,
    connection: ConnectionState,
    descriptions: [Option<Description>; 4],
    path: Option<FiveTuple>,
    remote_certificate: Option<Vec<u8>>,
    deadline: Option<Instant>,
    stats: StatsReport,
}

impl Picture {
    fn of(connection: &PeerConnection, now: Instant) -> Self {
        Self {
            signaling: connection.signaling_state(),
            gathering: connection.ice_gathering_state(),
            ice: connection.ice_connection_state(),
            connection: connection.connection_state(),
            descriptions: [
                connection.current_local_description(),
                connection.pending_local_description(),
                connection.current_remote_description(),
                connection.pending_remote_description(),
            ],
            path: connection.selected_path(),
            remote_certificate: connection.remote_certificate().map(Into::into),
            deadline: connection.poll_timeout(),
            stats: connection.stats(now),
        }
    }
}

/// Hands in a datagram that must be refused and change nothing.
#[track_caller]
fn refused(pair: &mut Pair, who: Who, path: FiveTuple, datagram: &[u8]) -> DatagramError {
    let before = pair.peer(who).connection.stats(Instant::EPOCH).transports[0].packets_received;
    match harmless(pair, who, path, datagram) {
        Ok(()) => panic!("{who:?} takes {datagram:02x?}"),
        Err(error) => {
            let after =
                pair.peer(who).connection.stats(Instant::EPOCH).transports[0].packets_received;
            assert_eq!(before, after, "{who:?} counts what it refuses");
            error
        }
    }
}

/// Hands in a datagram that must change nothing but the count of datagrams.
#[track_caller]
fn harmless(
    pair: &mut Pair,
    who: Who,
    path: FiveTuple,
    datagram: &[u8],
) -> Result<(), DatagramError> {
    let now = pair.now;
    pair.drain();
    let connection = &mut pair.peer(who).connection;
    let before = Picture::of(connection, now);
    let result = connection.handle_datagram(now, path, None, BytesMut::from(datagram));
    let mut out = Vec::new();
    assert_eq!(connection.poll_transmit(now, 1, &mut out), None, "{who:?} answers {datagram:02x?}");
    assert_eq!(connection.poll_event(), None, "{who:?} says something about {datagram:02x?}");
    let mut after = Picture::of(connection, now);
    after.stats.transports[0].packets_received = before.stats.transports[0].packets_received;
    after.stats.transports[0].bytes_received = before.stats.transports[0].bytes_received;
    for (after, before) in after.stats.candidate_pairs.iter_mut().zip(&before.stats.candidate_pairs)
    {
        after.packets_received = before.packets_received;
        after.bytes_received = before.bytes_received;
        after.last_packet_received_timestamp = before.last_packet_received_timestamp;
    }
    assert_eq!(after, before, "{who:?} after {datagram:02x?}");
    result
}

/// Hands in many datagrams that have no effect, and counts the bytes that they leave behind.
#[track_caller]
fn leaves_nothing(pair: &mut Pair, who: Who, path: FiveTuple, datagram: impl Fn(u32) -> Vec<u8>) {
    let now = pair.now;
    pair.drain();
    let connection = &mut pair.peer(who).connection;
    let datagrams: Vec<_> = (0..SPRAY as u32 + 8).map(datagram).collect();
    let (first, rest) = datagrams.split_at(8);
    let mut hand_in = |datagram: &Vec<u8>| {
        let datagram = BytesMut::from(&datagram[..]);
        let _refused = connection.handle_datagram(now, path, None, datagram);
    };
    // What is used again and again may be made with the first.
    first.iter().for_each(&mut hand_in);
    let information = allocation_counter::measure(|| rest.iter().for_each(&mut hand_in));
    assert_eq!(information.bytes_current, 0, "bytes that {SPRAY} datagrams left with {who:?}");
    let mut out = Vec::new();
    assert_eq!(connection.poll_transmit(now, 1, &mut out), None, "{who:?} answers {out:02x?}");
    assert_eq!(connection.poll_event(), None);
}

/// A pair in the middle of its set-up, after `steps` of it.
fn being_set_up(steps: usize) -> Pair {
    let mut pair = Pair::new();
    pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    pair.negotiate();
    for _ in 0..steps {
        pair.step();
    }
    pair.drain();
    pair
}

/// How many steps a set-up takes; there is something under way after each.
const SET_UP: usize = 12;

/// Does something to both sides of pairs at every moment of the set-up and after it, and sees that
/// they connect and carry messages nevertheless.
fn at_every_moment(mut attack: impl FnMut(&mut Pair, Who)) {
    for steps in 0..SET_UP {
        let mut pair = being_set_up(steps);
        attack(&mut pair, Who::Alice);
        attack(&mut pair, Who::Bob);
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
        let (ours, theirs) = (pair.alice.opened()[0], pair.bob.opened()[0]);
        still_talks(&mut pair, ours, theirs);
    }
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    attack(&mut pair, Who::Alice);
    attack(&mut pair, Who::Bob);
    still_talks(&mut pair, ours, theirs);
}

/// Sends a message each way.
#[track_caller]
fn still_talks(pair: &mut Pair, ours: ChannelId, theirs: ChannelId) {
    pair.talk(ours, theirs);
    assert!(pair.is_connected());
    for peer in [&pair.alice, &pair.bob] {
        assert!(!peer.said(&Event::ConnectionStateChange(ConnectionState::Failed)));
        assert!(!peer.said(&Event::ConnectionStateChange(ConnectionState::Disconnected)));
    }
}

/// A session from its first datagram to an exchange of messages.
fn recorded() -> Vec<(Who, Vec<u8>)> {
    let (mut pair, ours, theirs) = Pair::connected();
    still_talks(&mut pair, ours, theirs);
    pair.drive_for(Duration::from_secs(1));
    pair.log.into_iter().map(|(_, who, bytes)| (who, bytes)).collect()
}

fn is_stun(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(0..=3))
}

/// A record of DTLS 1.2.
fn record(content_type: u8, epoch: u16, sequence: u32, body: &[u8]) -> Vec<u8> {
    let mut record = vec![content_type, 0xfe, 0xfd];
    record.extend(epoch.to_be_bytes());
    record.extend([0, 0]);
    record.extend(sequence.to_be_bytes());
    record.extend((body.len() as u16).to_be_bytes());
    record.extend(body);
    record
}

/// The ClientHello with which Bob began a session of his own with somebody else.
fn client_hello() -> Vec<u8> {
    recorded()
        .into_iter()
        .map(|(_, bytes)| bytes)
        .find(|bytes| bytes[0] == 22 && bytes[13] == 1)
        .expect("there is a handshake in the session")
}

fn credentials(pair: &mut Pair, who: Who) -> (String, String) {
    let sdp = pair.peer(who).connection.local_description().unwrap().sdp;
    let value = |name: &str| {
        sdp.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_string()
    };
    (value("a=ice-ufrag:"), value("a=ice-pwd:"))
}

/// What is right and what is wrong with a forged request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forgery {
    WrongPassword,
    WrongUfrag,
    NoIntegrity,
    NoUsername,
}

/// A binding request to `who` as the other side could have sent it, but for one thing.
fn request(pair: &mut Pair, who: Who, forgery: Forgery, id: u32, role: AttributeType) -> Vec<u8> {
    let (own_ufrag, own_password) = credentials(pair, who);
    let (other_ufrag, _) = credentials(pair, who.other());
    let own_ufrag = match forgery {
        Forgery::WrongUfrag => "other".to_string(),
        _ => own_ufrag,
    };
    let key = match forgery {
        Forgery::WrongPassword => IntegrityKey::short_term("0123456789012345678901"),
        _ => IntegrityKey::short_term(&own_password),
    };
    let mut out = Vec::new();
    let mut builder =
        MessageBuilder::new(&mut out, Class::Request, Method::BINDING, transaction(id));
    if forgery != Forgery::NoUsername {
        builder.username(&format!("{own_ufrag}:{other_ufrag}"));
    }
    builder.priority(0x6e7f_ffff).use_candidate();
    builder.attribute(role, &u64::MAX.to_be_bytes());
    if forgery != Forgery::NoIntegrity {
        builder.message_integrity(&key);
    }
    builder.fingerprint().finish();
    out
}

fn transaction(id: u32) -> TransactionId {
    let mut bytes = [0x5a; 12];
    bytes[..4].copy_from_slice(&id.to_be_bytes());
    TransactionId(bytes)
}

fn success(id: TransactionId, key: Option<&IntegrityKey>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut builder = MessageBuilder::new(&mut out, Class::Success, Method::BINDING, id);
    builder.xor_mapped_address(address(MALLORY));
    if let Some(key) = key {
        builder.message_integrity(key);
    }
    builder.fingerprint().finish();
    out
}

fn role_conflict(id: TransactionId, key: Option<&IntegrityKey>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut builder = MessageBuilder::new(&mut out, Class::Error, Method::BINDING, id);
    builder.error_code(ErrorCode::ROLE_CONFLICT);
    if let Some(key) = key {
        builder.message_integrity(key);
    }
    builder.fingerprint().finish();
    out
}

/// The transaction ids of the requests that `who` has sent so far.
fn outstanding(pair: &Pair, who: Who) -> Vec<TransactionId> {
    pair.log
        .iter()
        .filter(|(_, from, bytes)| *from == who && is_stun(bytes))
        .filter_map(|(_, _, bytes)| Stun::decode(bytes).ok())
        .filter(|message| message.class() == Class::Request)
        .map(|message| message.transaction_id())
        .collect()
}

// Garbage.

#[test]
fn every_first_byte_from_a_stranger_is_refused_and_changes_nothing() {
    at_every_moment(|pair, who| {
        for byte in 0..=255u8 {
            let mut datagram = [0x17; 64];
            datagram[0] = byte;
            let error = refused(pair, who, elsewhere(who), &datagram);
            let expected = match byte {
                0..=3 => matches!(error, DatagramError::Ice(rtc_ice::Error::Decode(_))),
                20..=63 | 128..=191 => error == DatagramError::UnvalidatedPath,
                _ => error == DatagramError::UnknownProtocol,
            };
            assert!(expected, "{byte}: {error:?}");
        }
        assert_eq!(refused(pair, who, elsewhere(who), &[]), DatagramError::UnknownProtocol);
    });
}

#[test]
fn every_first_byte_under_the_address_of_the_other_side_changes_nothing() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    for who in [Who::Alice, Who::Bob] {
        for byte in 0..=255u8 {
            for length in [1, 12, 13, 14, 20, 37, 64, 1200] {
                let mut datagram = vec![byte; length];
                datagram[1..].iter_mut().skip(length / 2).for_each(|place| *place = !byte);
                let error = refused(&mut pair, who, forged(who), &datagram);
                let expected = match byte {
                    0..=3 => matches!(error, DatagramError::Ice(rtc_ice::Error::Decode(_))),
                    20..=63 => matches!(error, DatagramError::Dtls(_)),
                    // No media was negotiated.
                    128..=191 => error == DatagramError::UnexpectedMedia,
                    _ => error == DatagramError::UnknownProtocol,
                };
                assert!(expected, "{byte} {length}: {error:?}");
            }
        }
    }
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn garbage_leaves_nothing_in_memory() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    for who in [Who::Alice, Who::Bob] {
        for path in [elsewhere(who), forged(who)] {
            leaves_nothing(&mut pair, who, path, |n| {
                let mut datagram = vec![n as u8; 20 + n as usize % 1100];
                datagram[1] = (n >> 8) as u8;
                datagram
            });
        }
    }
    for steps in [0, 2, 4, 6] {
        let mut pair = being_set_up(steps);
        for who in [Who::Alice, Who::Bob] {
            leaves_nothing(&mut pair, who, elsewhere(who), |n| vec![n as u8; 200]);
        }
    }
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn a_datagram_to_an_address_that_is_not_ours_is_refused() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    let log = recorded();
    for (from, datagram) in &log {
        let who = from.other();
        let path = FiveTuple::udp(address("198.51.100.7:4000"), own(*from));
        refused(&mut pair, who, path, datagram);
    }
    still_talks(&mut pair, ours, theirs);
}

// STUN.

#[test]
fn a_forged_request_is_refused_and_changes_nothing() {
    use Forgery::{NoIntegrity, NoUsername, WrongPassword, WrongUfrag};
    at_every_moment(|pair, who| {
        for path in [elsewhere(who), forged(who)] {
            for (n, forgery) in
                [WrongPassword, WrongUfrag, NoIntegrity, NoUsername].into_iter().enumerate()
            {
                let role = AttributeType::ICE_CONTROLLING;
                let datagram = request(pair, who, forgery, n as u32, role);
                let error = refused(pair, who, path, &datagram);
                let expected = match forgery {
                    WrongPassword => rtc_ice::Error::Integrity,
                    WrongUfrag => rtc_ice::Error::Username,
                    NoIntegrity | NoUsername => rtc_ice::Error::MissingCredentials,
                };
                assert_eq!(error, DatagramError::Ice(expected));
            }
        }
    });
}

#[test]
fn a_forged_request_in_either_role_brings_about_no_role_conflict() {
    at_every_moment(|pair, who| {
        for role in [AttributeType::ICE_CONTROLLING, AttributeType::ICE_CONTROLLED] {
            for path in [elsewhere(who), forged(who)] {
                for forgery in [Forgery::WrongPassword, Forgery::NoIntegrity] {
                    let datagram = request(pair, who, forgery, 1, role);
                    refused(pair, who, path, &datagram);
                }
            }
        }
    });
}

#[test]
fn a_forged_response_is_refused_and_changes_nothing() {
    at_every_moment(|pair, who| {
        let wrong = IntegrityKey::short_term("0123456789012345678901");
        let (_, password) = credentials(pair, who);
        // Our own password is the wrong one for a response to us.
        let own = IntegrityKey::short_term(&password);
        let mut ids = outstanding(pair, who);
        ids.push(transaction(99));
        for id in ids {
            for key in [None, Some(&wrong), Some(&own)] {
                for path in [elsewhere(who), forged(who)] {
                    refused(pair, who, path, &success(id, key));
                    refused(pair, who, path, &role_conflict(id, key));
                }
            }
        }
    });
}

#[test]
fn forged_stun_leaves_nothing_in_memory() {
    for steps in [0, 2, 4, 100] {
        let mut pair = being_set_up(steps);
        for who in [Who::Alice, Who::Bob] {
            for path in [elsewhere(who), forged(who)] {
                let wrong = request(
                    &mut pair,
                    who,
                    Forgery::WrongPassword,
                    0,
                    AttributeType::ICE_CONTROLLING,
                );
                let none =
                    request(&mut pair, who, Forgery::NoIntegrity, 0, AttributeType::ICE_CONTROLLED);
                leaves_nothing(&mut pair, who, path, |n| {
                    let mut datagram = if n % 2 == 0 { wrong.clone() } else { none.clone() };
                    // Without a right FINGERPRINT it would not get far.
                    let id = TransactionId([n as u8; 12]);
                    if n % 3 == 0 {
                        datagram = success(id, Some(&IntegrityKey::short_term("no")));
                    }
                    if n % 5 == 0 {
                        datagram = role_conflict(id, None);
                    }
                    datagram
                });
            }
        }
    }
}

// DTLS and what is inside.

/// What somebody without keys can say in DTLS.
fn forged_records() -> Vec<Vec<u8>> {
    let alert = |level, description| record(21, 0, 77, &[level, description]);
    vec![
        alert(2, 40),
        alert(2, 10),
        alert(1, 0),
        alert(2, 0),
        record(21, 1, 77, &[2, 40]),
        record(21, 1, 77, &[0x41; 26]),
        record(23, 0, 77, b"application data"),
        record(23, 1, 77, &[0x17; 48]),
        record(20, 0, 77, &[1]),
        record(22, 1, 77, &[0x16; 48]),
        record(24, 0, 77, &[1, 0, 16, 0]),
        record(63, 0, 77, &[9; 20]),
        // A message that claims to be the beginning of 16 MB.
        record(
            22,
            0,
            77,
            &[11, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0, 0, 0, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        ),
    ]
}

#[test]
fn dtls_from_a_path_that_was_not_validated_is_refused_and_changes_nothing() {
    let hello = client_hello();
    at_every_moment(|pair, who| {
        for datagram in forged_records().iter().chain([&hello]) {
            let error = refused(pair, who, elsewhere(who), datagram);
            assert_eq!(error, DatagramError::UnvalidatedPath);
        }
    });
}

#[test]
fn forged_records_under_the_address_of_the_other_side_do_not_end_a_connection() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    for who in [Who::Alice, Who::Bob] {
        for datagram in forged_records() {
            let result = harmless(&mut pair, who, forged(who), &datagram);
            // A late repetition of ChangeCipherSpec is nothing to complain of.
            let expected = datagram[0] == 20 || matches!(result, Err(DatagramError::Dtls(_)));
            assert!(expected, "{result:?} for {datagram:02x?}");
        }
    }
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn forged_records_under_the_address_of_the_other_side_do_not_keep_one_from_coming_about() {
    for steps in 0..SET_UP {
        let mut pair = being_set_up(steps);
        let now = pair.now;
        for who in [Who::Alice, Who::Bob] {
            for datagram in forged_records() {
                let datagram = BytesMut::from(&datagram[..]);
                let connection = &mut pair.peer(who).connection;
                let _refused = connection.handle_datagram(now, forged(who), None, datagram);
            }
        }
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
        let (ours, theirs) = (pair.alice.opened()[0], pair.bob.opened()[0]);
        still_talks(&mut pair, ours, theirs);
    }
}

#[test]
fn a_client_hello_from_elsewhere_neither_pins_nor_disturbs() {
    let hello = client_hello();
    for steps in 0..SET_UP {
        let mut pair = being_set_up(steps);
        for who in [Who::Alice, Who::Bob] {
            for _ in 0..20 {
                let error = refused(&mut pair, who, elsewhere(who), &hello);
                assert_eq!(error, DatagramError::UnvalidatedPath);
            }
        }
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
        for who in [Who::Alice, Who::Bob] {
            let other = pair.peer(who.other()).connection.certificate().der().to_vec();
            let connection = &pair.peer(who).connection;
            assert_eq!(connection.selected_path().unwrap().remote, own(who.other()));
            assert_eq!(connection.remote_certificate(), Some(&other[..]));
        }
    }
}

#[test]
fn unvalidated_dtls_leaves_nothing_in_memory() {
    let hello = client_hello();
    for steps in [0, 2, 4, 6, 100] {
        let mut pair = being_set_up(steps);
        for who in [Who::Alice, Who::Bob] {
            leaves_nothing(&mut pair, who, elsewhere(who), |n| {
                if n % 2 == 0 { hello.clone() } else { record(22, 0, n, &[0x16; 1000]) }
            });
        }
    }
}

#[test]
fn forged_records_of_a_connection_leave_nothing_in_memory() {
    let hello = client_hello();
    let records = forged_records();
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    for who in [Who::Alice, Who::Bob] {
        leaves_nothing(&mut pair, who, forged(who), |n| {
            records[n as usize % records.len()].clone()
        });
        leaves_nothing(&mut pair, who, forged(who), |n| {
            let mut fragment = hello.clone();
            // Another message_seq each time, as far as they go.
            fragment[17..19].copy_from_slice(&(n as u16).to_be_bytes());
            fragment[9..13].copy_from_slice(&n.to_be_bytes());
            fragment
        });
    }
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn media_in_the_clear_is_refused_on_every_path() {
    // The headers of RTP (payload type 96) and of an RTCP BYE.
    let rtp = [&[0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7][..], &[0; 160]].concat();
    let bye = [0x81, 203, 0, 1, 0, 0, 0, 7];
    at_every_moment(|pair, who| {
        for datagram in [&rtp[..], &bye] {
            let error = refused(pair, who, elsewhere(who), datagram);
            assert_eq!(error, DatagramError::UnvalidatedPath);
            let error = refused(pair, who, forged(who), datagram);
            assert!(
                matches!(
                    error,
                    DatagramError::UnvalidatedPath
                        | DatagramError::UnexpectedMedia
                        | DatagramError::Srtp(_)
                ),
                "{error:?}"
            );
        }
    });
    let (mut pair, ..) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    leaves_nothing(&mut pair, Who::Alice, forged(Who::Alice), |n| {
        let mut datagram = rtp.clone();
        datagram[8..12].copy_from_slice(&n.to_be_bytes());
        datagram
    });
}

#[test]
fn sctp_outside_of_dtls_is_refused() {
    // An INIT from port 5000 to port 5000, as a raw datagram and as a record in the clear.
    let mut init = vec![0x13, 0x88, 0x13, 0x88, 0, 0, 0, 0, 0, 0, 0, 0];
    init.extend([1, 0, 0, 20, 1, 2, 3, 4, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1]);
    at_every_moment(|pair, who| {
        assert_eq!(refused(pair, who, elsewhere(who), &init), DatagramError::UnknownProtocol);
        assert_eq!(refused(pair, who, forged(who), &init), DatagramError::UnknownProtocol);
        let datagram = record(23, 0, 5, &init);
        assert_eq!(refused(pair, who, elsewhere(who), &datagram), DatagramError::UnvalidatedPath);
    });
    for steps in 0..SET_UP {
        let mut pair = being_set_up(steps);
        let now = pair.now;
        for who in [Who::Alice, Who::Bob] {
            let connection = &mut pair.peer(who).connection;
            let datagram = BytesMut::from(&record(23, 0, 5, &init)[..]);
            let _refused = connection.handle_datagram(now, forged(who), None, datagram);
        }
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
    }
}

// What was once good.

#[test]
fn a_replay_on_its_own_path_brings_nothing_twice() {
    let (mut pair, ours, theirs) = Pair::connected();
    still_talks(&mut pair, ours, theirs);
    pair.drive_for(Duration::from_secs(1));
    let log: Vec<_> = pair.log.iter().map(|(_, who, bytes)| (*who, bytes.clone())).collect();
    let counts = |pair: &mut Pair| {
        [Who::Alice, Who::Bob].map(|who| {
            let stats = pair.peer(who).connection.stats(Instant::EPOCH);
            let channels = stats.data_channels.iter();
            (
                stats
                    .peer_connection
                    .map(|one| (one.data_channels_opened, one.data_channels_closed)),
                channels.map(|one| (one.messages_received, one.state)).collect::<Vec<_>>(),
                stats.sctp.map(|sctp| sctp.packets_received),
            )
        })
    };
    let before = counts(&mut pair);
    let events = (pair.alice.history.len(), pair.bob.history.len());
    for (from, datagram) in &log {
        let (now, who) = (pair.now, from.other());
        let result = pair.peer(who).connection.handle_datagram(
            now,
            forged(who),
            None,
            BytesMut::from(&datagram[..]),
        );
        // A datagram of the handshake may be answered by the last flight; records are refused.
        if datagram[0] == 23 {
            assert!(matches!(result, Err(DatagramError::Dtls(_))), "{result:?}");
        }
        pair.drain();
    }
    assert_eq!(counts(&mut pair), before);
    assert_eq!((pair.alice.history.len(), pair.bob.history.len()), events, "no events");
    pair.drive_for(Duration::from_secs(20));
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn a_replay_from_another_path_is_refused_unless_it_is_a_check() {
    let (mut pair, ours, theirs) = Pair::connected();
    still_talks(&mut pair, ours, theirs);
    pair.drive_for(Duration::from_secs(1));
    let log: Vec<_> = pair.log.iter().map(|(_, who, bytes)| (*who, bytes.clone())).collect();
    for (from, datagram) in &log {
        let who = from.other();
        if !is_stun(datagram) {
            let error = refused(&mut pair, who, elsewhere(who), datagram);
            assert_eq!(error, DatagramError::UnvalidatedPath);
        } else if Stun::decode(datagram).is_ok_and(|m| m.class() != Class::Request) {
            refused(&mut pair, who, elsewhere(who), datagram);
        }
    }
    // An authentic request may come from any address and is checked there; without an answer
    // nothing comes of it.
    let now = pair.now;
    for (from, datagram) in log.iter().filter(|(_, datagram)| is_stun(datagram)) {
        let who = from.other();
        let datagram = BytesMut::from(&datagram[..]);
        let _taken = pair.peer(who).connection.handle_datagram(now, elsewhere(who), None, datagram);
        let connection = &pair.peer(who).connection;
        assert_eq!(connection.selected_path(), Some(forged(who)));
        assert!(connection.stats(now).candidate_pairs.len() <= 2);
    }
    let mut buffer = Vec::new();
    while let Some(transmit) = pair.alice.connection.poll_transmit(now, 1, &mut buffer) {
        assert!(is_stun(&buffer), "only checks go to {}", transmit.path.remote);
    }
    pair.drive_for(Duration::from_secs(20));
    assert_eq!(pair.alice.connection.selected_path(), Some(forged(Who::Alice)));
    assert_eq!(pair.bob.connection.selected_path(), Some(forged(Who::Bob)));
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn replayed_records_leave_nothing_in_memory() {
    let (mut pair, ours, theirs) = Pair::connected();
    still_talks(&mut pair, ours, theirs);
    pair.drive_for(Duration::from_secs(1));
    for who in [Who::Alice, Who::Bob] {
        let records: Vec<_> = pair
            .log
            .iter()
            .filter(|(_, from, bytes)| *from != who && bytes[0] == 23)
            .map(|(_, _, bytes)| bytes.clone())
            .collect();
        leaves_nothing(&mut pair, who, forged(who), |n| {
            records[n as usize % records.len()].clone()
        });
        leaves_nothing(&mut pair, who, elsewhere(who), |n| {
            records[n as usize % records.len()].clone()
        });
    }
}

#[test]
fn what_another_session_said_means_nothing_to_this_one() {
    let other = recorded();
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    for (from, datagram) in &other {
        // The two peers have changed places, so that none of the keys is right.
        let who = *from;
        refused(&mut pair, who, elsewhere(who), datagram);
    }
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn every_truncation_of_every_datagram_is_refused_and_changes_nothing() {
    let log = recorded();
    let (mut pair, ours, theirs) = Pair::connected();
    still_talks(&mut pair, ours, theirs);
    pair.drive_for(Duration::from_secs(1));
    for (from, datagram) in &log {
        let who = from.other();
        // In a long one the places near its ends and some between.
        let size = datagram.len();
        let places = (0..size).filter(|n| *n < 64 || *n + 32 > size || n % 61 == 0);
        for length in places {
            refused(&mut pair, who, elsewhere(who), &datagram[..length]);
        }
    }
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn truncated_datagrams_on_the_way_only_cost_time() {
    for cut in [0, 1, 12, 13, 20, 25, 40] {
        let mut pair = Pair::new();
        pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
        pair.negotiate();
        // Each datagram comes twice: cut off first, then whole.
        for _ in 0..40 {
            let seen = pair.log.len();
            pair.drain();
            let now = pair.now;
            let fresh: Vec<_> = pair.log[seen..].to_vec();
            for (_, from, bytes) in fresh {
                let who = from.other();
                let part = BytesMut::from(&bytes[..cut.min(bytes.len() - 1)]);
                let connection = &mut pair.peer(who).connection;
                connection.handle_datagram(now, forged(who), None, part).unwrap_err();
            }
            pair.step();
        }
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
        let (ours, theirs) = (pair.alice.opened()[0], pair.bob.opened()[0]);
        still_talks(&mut pair, ours, theirs);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_change_of_a_recorded_datagram_from_elsewhere_is_taken(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 1u8..=255), 1..4),
        steps in 0usize..20,
    ) {
        let log = recorded();
        let (from, datagram) = which.get(&log);
        let mut datagram = datagram.clone();
        // What follows a check's MESSAGE-INTEGRITY is its FINGERPRINT, which protects nothing: a
        // check without it is as authentic as before.
        let is_check = datagram[0] < 4;
        let protected = datagram.len() - if is_check { FINGERPRINT_LENGTH } else { 0 };
        for (place, bits) in changes {
            *place.get_mut(&mut datagram[..protected]) ^= bits;
        }
        let who = from.other();
        let mut pair = being_set_up(steps);
        let same = log.iter().any(|(_, bytes)| *bytes == datagram);
        if !same {
            refused(&mut pair, who, elsewhere(who), &datagram);
        }
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
    }
}

/// The attribute's header and its CRC (RFC 8489 section 14.7).
const FINGERPRINT_LENGTH: usize = 8;
