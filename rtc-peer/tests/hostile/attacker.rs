//! What an attacker without keys can do, and how one sees that nothing came of it.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use rtc_core::{FiveTuple, Instant};
use rtc_ice::stun::{
    AttributeType, Class, ErrorCode, IntegrityKey, Message as Stun, MessageBuilder, Method,
    TransactionId,
};
use rtc_peer::{
    ChannelId, ConnectionState, DataChannelInit, DatagramError, Description, Event,
    IceConnectionState, IceGatheringState, PeerConnection, SignalingState, StatsReport,
};

use crate::common::{ALICE, BOB, Pair, Who};

/// Where attacks come from unless they forge the other side's address.
pub(crate) const MALLORY: &str = "203.0.113.66:6666";

/// How many datagrams must leave no trace in memory.
pub(crate) const SPRAY: usize = 1000;

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// The path on which `who` sees a datagram of the attacker's.
pub(crate) fn elsewhere(who: Who) -> FiveTuple {
    FiveTuple::udp(own(who), address(MALLORY))
}

/// The path on which `who` sees the other side, whose address is easily forged.
pub(crate) fn forged(who: Who) -> FiveTuple {
    FiveTuple::udp(own(who), own(who.other()))
}

pub(crate) fn own(who: Who) -> SocketAddr {
    address(match who {
        Who::Alice => ALICE,
        Who::Bob => BOB,
    })
}

/// All that can be seen of a connection from outside.
#[derive(Debug, PartialEq)]
pub(crate) struct Picture {
    pub(crate) signaling: SignalingState,
    pub(crate) gathering: IceGatheringState,
    pub(crate) ice: IceConnectionState,
    pub(crate) connection: ConnectionState,
    pub(crate) descriptions: [Option<Description>; 4],
    pub(crate) path: Option<FiveTuple>,
    pub(crate) remote_certificate: Option<Vec<u8>>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) stats: StatsReport,
}

impl Picture {
    pub(crate) fn of(connection: &PeerConnection, now: Instant) -> Self {
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
pub(crate) fn refused(
    pair: &mut Pair,
    who: Who,
    path: FiveTuple,
    datagram: &[u8],
) -> DatagramError {
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
pub(crate) fn harmless(
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
pub(crate) fn leaves_nothing(
    pair: &mut Pair,
    who: Who,
    path: FiveTuple,
    datagram: impl Fn(u32) -> Vec<u8>,
) {
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
pub(crate) fn being_set_up(steps: usize) -> Pair {
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
pub(crate) const SET_UP: usize = 12;

/// Does something to both sides of pairs at every moment of the set-up and after it, and sees that
/// they connect and carry messages nevertheless.
pub(crate) fn at_every_moment(mut attack: impl FnMut(&mut Pair, Who)) {
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
pub(crate) fn still_talks(pair: &mut Pair, ours: ChannelId, theirs: ChannelId) {
    pair.talk(ours, theirs);
    assert!(pair.is_connected());
    for peer in [&pair.alice, &pair.bob] {
        assert!(!peer.said(&Event::ConnectionStateChange(ConnectionState::Failed)));
        assert!(!peer.said(&Event::ConnectionStateChange(ConnectionState::Disconnected)));
    }
}

/// A session from its first datagram to an exchange of messages.
pub(crate) fn recorded() -> Vec<(Who, Vec<u8>)> {
    let (mut pair, ours, theirs) = Pair::connected();
    still_talks(&mut pair, ours, theirs);
    pair.drive_for(Duration::from_secs(1));
    pair.log.into_iter().map(|(_, who, bytes)| (who, bytes)).collect()
}

pub(crate) fn is_stun(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(0..=3))
}

/// A record of DTLS 1.2.
pub(crate) fn record(content_type: u8, epoch: u16, sequence: u32, body: &[u8]) -> Vec<u8> {
    let mut record = vec![content_type, 0xfe, 0xfd];
    record.extend(epoch.to_be_bytes());
    record.extend([0, 0]);
    record.extend(sequence.to_be_bytes());
    record.extend((body.len() as u16).to_be_bytes());
    record.extend(body);
    record
}

/// The ClientHello with which Bob began a session of his own with somebody else.
pub(crate) fn client_hello() -> Vec<u8> {
    recorded()
        .into_iter()
        .map(|(_, bytes)| bytes)
        .find(|bytes| bytes[0] == 22 && bytes[13] == 1)
        .expect("there is a handshake in the session")
}

pub(crate) fn credentials(pair: &mut Pair, who: Who) -> (String, String) {
    let sdp = pair.peer(who).connection.local_description().unwrap().sdp;
    let value = |name: &str| {
        sdp.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_string()
    };
    (value("a=ice-ufrag:"), value("a=ice-pwd:"))
}

/// What is right and what is wrong with a forged request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgery {
    WrongPassword,
    WrongUfrag,
    NoIntegrity,
    NoUsername,
}

/// A binding request to `who` as the other side could have sent it, but for one thing.
pub(crate) fn request(
    pair: &mut Pair,
    who: Who,
    forgery: Forgery,
    id: u32,
    role: AttributeType,
) -> Vec<u8> {
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

pub(crate) fn transaction(id: u32) -> TransactionId {
    let mut bytes = [0x5a; 12];
    bytes[..4].copy_from_slice(&id.to_be_bytes());
    TransactionId(bytes)
}

pub(crate) fn success(id: TransactionId, key: Option<&IntegrityKey>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut builder = MessageBuilder::new(&mut out, Class::Success, Method::BINDING, id);
    builder.xor_mapped_address(address(MALLORY));
    if let Some(key) = key {
        builder.message_integrity(key);
    }
    builder.fingerprint().finish();
    out
}

pub(crate) fn role_conflict(id: TransactionId, key: Option<&IntegrityKey>) -> Vec<u8> {
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
pub(crate) fn outstanding(pair: &Pair, who: Who) -> Vec<TransactionId> {
    pair.log
        .iter()
        .filter(|(_, from, bytes)| *from == who && is_stun(bytes))
        .filter_map(|(_, _, bytes)| Stun::decode(bytes).ok())
        .filter(|message| message.class() == Class::Request)
        .map(|message| message.transaction_id())
        .collect()
}
