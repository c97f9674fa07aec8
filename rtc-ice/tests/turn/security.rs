//! What a TURN client must not fall for: a named test for each defence.

use std::time::Duration;

use bytes::BytesMut;
use rtc_core::{FiveTuple, Protocol};
use rtc_ice::stun::{
    Class, ErrorCode, IntegrityKey, Message, MessageBuilder, Method, TransactionId,
};
use rtc_ice::turn::{
    ChannelData, ChannelNumber, Client, Credentials, Error, Event, Failure, Inbound,
};

use crate::scene::{Scene, addr, config, path, peer, rng, start};
use crate::turn_server::Auth;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn data_indication(peer: std::net::SocketAddr, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    MessageBuilder::new(&mut out, Class::Indication, Method::DATA, TransactionId([1; 12]))
        .xor_peer_address(peer)
        .data(data)
        .finish();
    out
}

fn channel_data(number: u16) -> Vec<u8> {
    let mut out = Vec::new();
    ChannelData { number: ChannelNumber::new(number).unwrap(), data: b"data" }.encode(&mut out);
    out
}

/// The id and the method of the last request that the client sent.
fn last_request(scene: &Scene) -> (TransactionId, Method) {
    let last = scene.log.iter().rev().find_map(|(_, _, bytes)| Message::decode(bytes).ok());
    let last = last.unwrap();
    (last.transaction_id(), last.method())
}

#[test]
fn a_response_counts_only_from_the_servers_address() {
    let mut scene = Scene::new();
    scene.drive(Duration::ZERO);
    let (id, method) = last_request(&scene);
    let own = scene.client.path();
    let mut refusal = Vec::new();
    MessageBuilder::new(&mut refusal, Class::Error, method, id)
        .error_code(ErrorCode::INSUFFICIENT_CAPACITY)
        .finish();
    for path in [
        FiveTuple { remote: addr("203.0.113.1:3479"), ..own },
        FiveTuple { remote: addr("203.0.113.2:3478"), ..own },
        FiveTuple { local: addr("192.0.2.1:1001"), ..own },
        FiveTuple { protocol: Protocol::Tcp, ..own },
    ] {
        let inbound = scene.client.handle_datagram(scene.now, path, &mut refusal[..].into());
        assert_eq!(inbound, Ok(Inbound::NotMine));
    }
    assert_eq!(scene.client.poll_event(), None);
    scene.inject(&refusal).unwrap();
    assert!(scene.client.poll_event().is_some());
}

#[test]
fn a_response_with_an_unknown_transaction_id_changes_nothing() {
    let mut scene = Scene::new();
    scene.drive(Duration::ZERO);
    let (TransactionId(mut id), method) = last_request(&scene);
    id[11] ^= 1;
    let mut refusal = Vec::new();
    MessageBuilder::new(&mut refusal, Class::Error, method, TransactionId(id))
        .error_code(ErrorCode::INSUFFICIENT_CAPACITY)
        .finish();
    assert_eq!(scene.inject(&refusal), Err(Error::UnknownTransaction));
    scene.allocate();
}

#[test]
fn data_from_a_peer_without_permission_is_refused() {
    let mut scene = Scene::with_channel();
    let stranger = addr("198.51.100.99:4000");
    assert_eq!(scene.inject(&data_indication(stranger, b"x")), Err(Error::NoPermission));
    let v6 = addr("[2001:db8::9]:4000");
    assert_eq!(scene.inject(&data_indication(v6, b"x")), Err(Error::NoPermission));
    // A permission is for all ports of an address.
    let known = addr("198.51.100.7:4001");
    assert!(matches!(scene.inject(&data_indication(known, b"x")), Ok(Inbound::Data { .. })));
    assert_eq!(scene.client.allocated().unwrap().relayed().count(), 1);
    // And for as long as it lasts: it was used, so it was renewed once.
    scene.drive(seconds(600));
    assert_eq!(scene.inject(&data_indication(known, b"x")), Err(Error::NoPermission));
}

#[test]
fn data_on_a_channel_that_is_not_bound_is_refused() {
    let mut scene = Scene::with_channel();
    let bound = *scene.server.allocations()[0].channels.keys().next().unwrap();
    for number in [0x4000, 0x4fff, bound ^ 1] {
        if number != bound {
            let number_of = ChannelNumber::new(number).unwrap();
            let refused = scene.inject(&channel_data(number));
            assert_eq!(refused, Err(Error::UnknownChannel(number_of)));
        }
    }
    assert!(matches!(scene.inject(&channel_data(bound)), Ok(Inbound::Data { .. })));
    // The permission runs out before the binding does.
    scene.drive(seconds(600));
    assert_eq!(scene.inject(&channel_data(bound)), Err(Error::NoPermission));
    scene.drive(seconds(300));
    assert!(matches!(scene.inject(&channel_data(bound)), Err(Error::UnknownChannel(_))));
}

#[test]
fn channel_numbers_stay_in_their_range() {
    for seed in 0..40 {
        let mut scene = Scene::new();
        scene.client = Client::new(config(), path(Protocol::Udp), start(), &mut rng(seed));
        scene.allocate();
        for port in 1..20 {
            let peer = addr(&format!("198.51.100.7:{port}"));
            scene.send(peer, b"\x80one");
            scene.drive(seconds(1));
            scene.send(peer, b"\x80two");
        }
        scene.drive(seconds(1));
        let channels = &scene.server.allocations()[0].channels;
        assert_eq!(channels.len(), 19);
        assert!(channels.keys().all(|number| (0x4000..=0x4fff).contains(number)));
    }
    let mut scene = Scene::with_channel();
    for number in [0x3fff_u16, 0x5000, 0x7fff, 0xffff] {
        let [n0, n1] = number.to_be_bytes();
        let inbound = scene.inject(&[n0, n1, 0, 1, 7]);
        assert!(!matches!(inbound, Ok(Inbound::Data { .. })), "{number:#x}");
    }
}

#[test]
fn a_redirection_is_told_once_and_loops_are_not_followed() {
    let mut scene = Scene::new();
    let other = addr("203.0.113.9:3478");
    scene.server.alternate = Some(other);
    scene.drive(seconds(1));
    let failure = Failure::Redirected { server: other, domain: None };
    assert_eq!(scene.failure(), Some(&Event::Failed(failure)));

    let refused = Event::Failed(Failure::Refused(ErrorCode::TRY_ALTERNATE));
    let own = path(Protocol::Udp);
    // Back to where we came from, to itself, to another family, to no host, and too far.
    let visited = config().redirected(other);
    let far = (1..4)
        .fold(config(), |config, port| config.redirected(addr(&format!("203.0.113.10:{port}"))));
    for (config, to) in [
        (visited, other),
        (config(), own.remote),
        (config(), addr("[2001:db8::1]:3478")),
        (config(), addr("0.0.0.0:3478")),
        (config(), addr("224.0.0.1:3478")),
        (config(), addr("203.0.113.9:0")),
        (far, other),
    ] {
        let mut scene = Scene::with(config, Protocol::Udp);
        scene.server.alternate = Some(to);
        scene.drive(seconds(1));
        assert_eq!(scene.failure(), Some(&refused), "{to}");
    }
}

#[test]
fn an_allocation_that_stands_is_not_redirected() {
    let mut scene = Scene::allocated();
    scene.server.refusals.push_back((Method::REFRESH, 300));
    scene.drive(seconds(450));
    let refused = Failure::Refused(ErrorCode::TRY_ALTERNATE);
    assert_eq!(scene.failure(), Some(&Event::Lost(refused)));
}

#[test]
fn a_server_whose_nonces_are_always_stale_is_given_up() {
    for auth in [Auth::Md5, Auth::Sha256] {
        let mut scene = Scene::new();
        scene.server.auth = auth;
        scene.server.is_never_content = true;
        scene.drive(seconds(60));
        let failure = Failure::Refused(ErrorCode::STALE_NONCE);
        assert_eq!(scene.failure(), Some(&Event::Failed(failure)));
        assert_eq!(scene.server.count(Method::ALLOCATE), 4);
    }
}

#[test]
fn stale_nonces_are_bounded_over_all_requests() {
    let mut scene = Scene::allocated();
    scene.server.is_never_content = true;
    let before = scene.server.requests.len();
    for host in 1..100 {
        scene.send(addr(&format!("198.51.100.{host}:4000")), b"\x80hello");
        scene.drive(Duration::from_millis(100));
    }
    let failure = Failure::Refused(ErrorCode::STALE_NONCE);
    assert_eq!(scene.failure(), Some(&Event::Lost(failure)));
    assert!(scene.server.requests.len() - before <= 32);
}

#[test]
fn a_flood_of_challenges_for_one_request_counts_once() {
    let mut scene = Scene::new();
    scene.drive(Duration::ZERO);
    let (id, method) = last_request(&scene);
    let mut challenge = Vec::new();
    MessageBuilder::new(&mut challenge, Class::Error, method, id)
        .error_code(ErrorCode::UNAUTHENTICATED)
        .realm("realm")
        .nonce(b"nonce")
        .finish();
    assert_eq!(scene.inject(&challenge), Ok(Inbound::Own));
    for _ in 0..1000 {
        assert_eq!(scene.inject(&challenge), Err(Error::UnknownTransaction));
    }
    let sent = scene.log.len();
    scene.drive(Duration::ZERO);
    assert_eq!(scene.log.len(), sent + 1);
}

#[test]
fn an_answer_without_the_key_is_as_if_it_had_not_come() {
    let mut scene = Scene::new();
    scene.server.is_forging = true;
    scene.drive(seconds(60));
    // Over UDP it may be somebody else's, so the true one is waited for.
    assert_eq!(scene.failure(), Some(&Event::Failed(Failure::Integrity)));
    assert_eq!(scene.server.count(Method::ALLOCATE), 8);

    let mut scene = Scene::with(config(), Protocol::Tcp);
    scene.server.is_forging = true;
    scene.drive(seconds(1));
    assert_eq!(scene.failure(), Some(&Event::Failed(Failure::Integrity)));
    assert_eq!(scene.server.count(Method::ALLOCATE), 2);
}

#[test]
fn answers_without_any_integrity_or_with_a_weaker_one_are_not_believed() {
    let mut scene = Scene::new();
    scene.server.auth = Auth::Sha256;
    scene.drive(Duration::from_millis(20));
    let (id, method) = last_request(&scene);
    let key = IntegrityKey::long_term(
        rtc_ice::stun::PasswordAlgorithm::Sha256,
        "lab",
        "lab.local",
        "secret",
    );
    let answer = |sign: &dyn Fn(&mut MessageBuilder<'_>)| {
        let mut out = Vec::new();
        let mut builder = MessageBuilder::new(&mut out, Class::Success, method, id);
        builder
            .xor_relayed_address(addr("203.0.113.5:50000"))
            .xor_mapped_address(addr("192.0.2.1:1000"))
            .lifetime(seconds(600));
        sign(&mut builder);
        builder.finish();
        out
    };
    let key = key.unwrap();
    let none = answer(&|_| {});
    let weak = answer(&|builder| {
        builder.message_integrity(&key);
    });
    let strong = answer(&|builder| {
        builder.message_integrity_sha256(&key);
    });
    assert_eq!(scene.inject(&none), Err(Error::Integrity));
    assert_eq!(scene.inject(&weak), Err(Error::Integrity));
    assert_eq!(scene.client.poll_event(), None);
    assert_eq!(scene.inject(&strong), Ok(Inbound::Own));
    assert!(matches!(scene.client.poll_event(), Some(Event::Allocated(_))));
}

#[test]
fn a_challenge_whose_algorithms_were_taken_out_is_not_answered() {
    let mut scene = Scene::new();
    scene.server.auth = Auth::Stripped;
    scene.drive(seconds(60));
    assert_eq!(scene.failure(), Some(&Event::Failed(Failure::BidDown)));
    assert_eq!(scene.server.count(Method::ALLOCATE), 1);

    // Nor is one that is weaker than the one before.
    let mut scene = Scene::new();
    scene.server.auth = Auth::Sha256;
    scene.allocate();
    scene.server.auth = Auth::Md5;
    scene.server.nonce_lifetime = Some(seconds(1));
    scene.drive(seconds(450));
    assert_eq!(scene.failure(), Some(&Event::Lost(Failure::BidDown)));
}

#[test]
fn a_bad_request_without_integrity_is_as_if_it_had_not_come() {
    let mut scene = Scene::new();
    scene.drive(Duration::ZERO);
    let (id, method) = last_request(&scene);
    let mut refusal = Vec::new();
    MessageBuilder::new(&mut refusal, Class::Error, method, id)
        .error_code(ErrorCode::BAD_REQUEST)
        .finish();
    assert_eq!(scene.inject(&refusal), Err(Error::Integrity));
    scene.allocate();
}

#[test]
fn answers_that_make_no_sense_give_no_allocation() {
    let (relayed, mapped) = (addr("203.0.113.5:50000"), addr("192.0.2.1:1000"));
    let answers: [&dyn Fn(&mut MessageBuilder<'_>); 6] = [
        &|_| {},
        &|builder| {
            builder.xor_mapped_address(mapped).lifetime(seconds(600));
        },
        &|builder| {
            builder.xor_mapped_address(mapped).xor_relayed_address(relayed);
        },
        &|builder| {
            let builder = builder.xor_mapped_address(mapped).xor_relayed_address(relayed);
            builder.lifetime(Duration::ZERO);
        },
        &|builder| {
            let relayed = addr("0.0.0.0:50000");
            builder.xor_mapped_address(mapped).xor_relayed_address(relayed).lifetime(seconds(600));
        },
        &|builder| {
            let relayed = addr("[2001:db8::5]:50000");
            builder.xor_mapped_address(mapped).xor_relayed_address(relayed).lifetime(seconds(600));
        },
    ];
    for write in answers {
        let mut scene = Scene::new();
        scene.drive(Duration::ZERO);
        let (id, method) = last_request(&scene);
        let mut out = Vec::new();
        let mut builder = MessageBuilder::new(&mut out, Class::Success, method, id);
        write(&mut builder);
        builder.finish();
        scene.inject(&out).unwrap();
        scene.drive(Duration::ZERO);
        assert_eq!(scene.failure(), Some(&Event::Failed(Failure::Malformed)));
    }
}

#[test]
fn requests_from_the_server_are_not_answered() {
    let mut scene = Scene::with_channel();
    for method in [Method::ALLOCATE, Method::REFRESH, Method::SEND, Method::DATA] {
        let mut out = Vec::new();
        MessageBuilder::new(&mut out, Class::Request, method, TransactionId([1; 12])).finish();
        assert_eq!(scene.inject(&out), Err(Error::Unexpected));
    }
    // Binding may be somebody else's, and DTLS is.
    let mut out = Vec::new();
    MessageBuilder::new(&mut out, Class::Request, Method::BINDING, TransactionId([1; 12])).finish();
    assert_eq!(scene.inject(&out), Ok(Inbound::NotMine));
    assert_eq!(scene.inject(b"\x16\xfe\xfd"), Ok(Inbound::NotMine));
    let sent = scene.log.len();
    scene.drive(Duration::ZERO);
    assert_eq!(scene.log.len(), sent);
}

#[test]
fn a_stream_of_garbage_ends_the_client() {
    let mut scene = Scene::with(config(), Protocol::Tcp);
    scene.allocate();
    assert!(matches!(scene.inject(b"HTTP/1.1 200 OK\r\n"), Ok(Inbound::Own)));
    assert!(matches!(
        scene.inject(&[0xff; 70_000]),
        Err(Error::UnknownChannel(_)) | Err(Error::Framing(_))
    ));
    scene.drive(seconds(1));
    assert_eq!(scene.failure(), Some(&Event::Lost(Failure::Disconnected)));
}

#[test]
fn of_a_stream_one_message_is_taken_at_a_time_and_nothing_is_kept_that_is_whole() {
    let mut scene = Scene::with(config(), Protocol::Tcp);
    scene.allocate();
    scene.client.permit(scene.now, peer());
    scene.drive(seconds(1));
    let path = scene.client.path();
    let mut piece = BytesMut::new();
    for number in 0..3 {
        piece.extend_from_slice(&data_indication(peer(), &[number; 60_000]));
    }
    piece.extend_from_slice(b"\x00");
    let pointer = piece.as_ptr();
    for number in 0..3 {
        let inbound = scene.client.handle_datagram(scene.now, path, &mut piece).unwrap();
        let Inbound::Data { payload, .. } = inbound else { panic!("{inbound:?}") };
        assert_eq!(payload, vec![number; 60_000]);
        // Where it was, behind the headers: not copied.
        let offset = payload.as_ptr() as usize - pointer as usize;
        assert_eq!(offset / 60_000, usize::from(number));
    }
    assert_eq!(piece.len(), 1);
    assert_eq!(scene.client.handle_datagram(scene.now, path, &mut piece), Ok(Inbound::Own));
    assert!(piece.is_empty());
}

#[test]
fn an_icmp_hint_is_passed_on_for_known_peers_alone() {
    use rtc_ice::stun::Icmp;
    let mut scene = Scene::with_channel();
    let icmp = Icmp { kind: 3, code: 3, data: 0 };
    let mut hint = |peer| {
        let mut out = Vec::new();
        MessageBuilder::new(&mut out, Class::Indication, Method::DATA, TransactionId([1; 12]))
            .xor_peer_address(peer)
            .icmp(icmp)
            .finish();
        scene.inject(&out)
    };
    assert_eq!(hint(peer()), Ok(Inbound::Icmp { peer: peer(), icmp }));
    assert_eq!(hint(addr("198.51.100.99:1")), Err(Error::NoPermission));
}

#[test]
fn a_password_never_leaves_the_client() {
    let mut config = config();
    config.credentials = Credentials::new("lab", "a-very-secret-password");
    assert!(!format!("{config:?}").contains("a-very"));
    let mut scene = Scene::with(config, Protocol::Udp);
    scene.server.password = "a-very-secret-password".into();
    scene.allocate();
    assert!(!format!("{:?}", scene.client).contains("a-very"));
    let is_in = |bytes: &[u8]| bytes.windows(6).any(|window| window == b"a-very");
    assert!(!scene.log.iter().any(|at| is_in(&at.2)));
}
