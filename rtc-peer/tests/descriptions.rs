//! Offers, answers and candidates, as the W3C specification and JSEP (RFC 9429) have them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use chacha20::ChaCha20Rng;
use proptest::prelude::*;
use rand_core::SeedableRng;
use rtc_core::{Instant, Protocol};
use rtc_peer::{
    AddIceCandidateError, ChannelId, Configuration, ConnectionState, DataChannelInit, Description,
    DescriptionError, Event, Exception, Fault, IceCandidate, IceConnectionState, IceGatheringState,
    MAX_REMOTE_CANDIDATES, Message, OfferOptions, PeerConnection, SdpType, SignalingState,
};

use common::{Pair, START, Who};

fn lone(seed: u8) -> PeerConnection {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let mut connection = PeerConnection::new(Configuration::default(), START, &mut rng).unwrap();
    let address = format!("192.0.2.{seed}:4000").parse().unwrap();
    connection.add_local_address(START, address, Protocol::Udp).unwrap();
    connection
}

fn with_channel(seed: u8) -> PeerConnection {
    let mut connection = lone(seed);
    connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    connection
}

/// An offer with candidates.
fn offer() -> Description {
    let mut connection = with_channel(1);
    connection.set_local_description(START, None).unwrap();
    connection.local_description().unwrap()
}

/// The answer of somebody else to this offer.
fn answer_to(offer: &Description) -> Description {
    let mut connection = lone(9);
    connection.set_remote_description(START, offer.clone()).unwrap();
    connection.set_local_description(START, None).unwrap();
    connection.local_description().unwrap()
}

/// A connection whose offer was answered by this one, and that answer.
fn offered() -> (PeerConnection, Description) {
    let mut connection = with_channel(1);
    connection.set_local_description(START, None).unwrap();
    let answer = answer_to(&connection.local_description().unwrap());
    (connection, answer)
}

/// A connection with a data channel that was negotiated by offer and answer of its own.
fn stable() -> PeerConnection {
    let (mut connection, answer) = offered();
    connection.set_remote_description(START, answer).unwrap();
    connection
}

const STATES: [SignalingState; 6] = [
    SignalingState::Stable,
    SignalingState::HaveLocalOffer,
    SignalingState::HaveRemoteOffer,
    SignalingState::HaveLocalPranswer,
    SignalingState::HaveRemotePranswer,
    SignalingState::Closed,
];

fn in_state(state: SignalingState) -> PeerConnection {
    let mut connection = with_channel(2);
    match state {
        SignalingState::Stable => {}
        SignalingState::HaveLocalOffer => connection.set_local_description(START, None).unwrap(),
        SignalingState::HaveRemoteOffer => {
            connection.set_remote_description(START, offer()).unwrap();
        }
        SignalingState::HaveLocalPranswer => {
            connection.set_remote_description(START, offer()).unwrap();
            let answer = connection.create_answer().unwrap();
            let pranswer = Description::pranswer(answer.sdp);
            connection.set_local_description(START, Some(pranswer)).unwrap();
        }
        SignalingState::HaveRemotePranswer => {
            connection.set_local_description(START, None).unwrap();
            let answer = answer_to(&connection.local_description().unwrap());
            let pranswer = Description::pranswer(answer.sdp);
            connection.set_remote_description(START, pranswer).unwrap();
        }
        SignalingState::Closed => connection.close(),
    }
    assert_eq!(connection.signaling_state(), state);
    while connection.poll_event().is_some() {}
    connection
}

/// What can be seen of a connection, and what it would say next.
#[derive(Debug, PartialEq)]
struct View {
    signaling: SignalingState,
    gathering: IceGatheringState,
    ice: IceConnectionState,
    connection: ConnectionState,
    descriptions: [Option<Description>; 4],
    can_trickle: Option<bool>,
    max_message_size: Option<usize>,
    deadline: Option<Instant>,
    stats: String,
    next_offer: Result<Description, DescriptionError>,
    next_answer: Result<Description, DescriptionError>,
}

fn view(connection: &mut PeerConnection) -> View {
    View {
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
        can_trickle: connection.can_trickle_ice_candidates(),
        max_message_size: connection.max_message_size(),
        deadline: connection.poll_timeout(),
        stats: format!("{:?}", connection.stats(START)),
        next_offer: connection.create_offer(OfferOptions::default()),
        next_answer: connection.create_answer(),
    }
}

/// Runs a command that must fail, and sees that it has changed nothing.
#[track_caller]
fn fails<T: std::fmt::Debug, E>(
    connection: &mut PeerConnection,
    command: impl FnOnce(&mut PeerConnection) -> Result<T, E>,
) -> E {
    while connection.poll_event().is_some() {}
    let before = view(connection);
    let error = command(connection)
        .map(|_| ())
        .err()
        .unwrap_or_else(|| panic!("the command is not refused"));
    assert_eq!(connection.poll_event(), None, "a failed command says nothing");
    assert_eq!(view(connection), before, "a failed command changes nothing");
    error
}

#[track_caller]
fn refuses(connection: &mut PeerConnection, description: Description) -> DescriptionError {
    fails(connection, |connection| connection.set_remote_description(START, description))
}

#[track_caller]
fn refuses_for(connection: &mut PeerConnection, description: Description, expected: Fault) {
    match refuses(connection, description) {
        DescriptionError::Unacceptable { fault, .. } => assert_eq!(fault, expected),
        error => panic!("{error:?} instead of {expected:?}"),
    }
}

/// The value of the first line with this beginning.
fn value<'a>(sdp: &'a str, prefix: &str) -> Option<&'a str> {
    sdp.lines().find_map(|line| line.strip_prefix(prefix))
}

fn ufrag(description: &Description) -> String {
    value(&description.sdp, "a=ice-ufrag:").unwrap().to_string()
}

fn version(description: &Description) -> u64 {
    value(&description.sdp, "o=").unwrap().split(' ').nth(2).unwrap().parse().unwrap()
}

fn lines<'a>(sdp: &'a str, prefix: &str) -> Vec<&'a str> {
    sdp.lines().filter(|line| line.starts_with(prefix)).collect()
}

/// The description with each line that begins like this put through a change; `None` drops it.
fn edit(description: &Description, prefix: &str, new: Option<&str>) -> Description {
    let sdp = description
        .sdp
        .lines()
        .filter_map(|line| if line.starts_with(prefix) { new } else { Some(line) })
        .map(|line| format!("{line}\r\n"))
        .collect();
    Description { kind: description.kind, sdp }
}

fn events(connection: &mut PeerConnection) -> Vec<Event> {
    std::iter::from_fn(|| connection.poll_event()).collect()
}

fn negotiation_needed(connection: &mut PeerConnection) -> usize {
    events(connection).iter().filter(|event| **event == Event::NegotiationNeeded).count()
}

fn messages_flow(pair: &mut Pair, ours: ChannelId, theirs: ChannelId) {
    pair.alice.connection.channel(ours).unwrap().send("to Bob").unwrap();
    pair.bob.connection.channel(theirs).unwrap().send("to Alice").unwrap();
    let (mut to_alice, mut to_bob) = (Vec::new(), Vec::new());
    pair.drive_until(|pair| {
        to_bob.extend(pair.bob.receive(theirs));
        to_alice.extend(pair.alice.receive(ours));
        !to_alice.is_empty() && !to_bob.is_empty()
    });
    assert_eq!((&to_bob[..], &to_alice[..]), (&["to Bob".into()][..], &["to Alice".into()][..]));
    let _: &[Message] = &to_bob;
}

// States.

/// A row of a table: the names of exceptions, or nothing where the command is allowed.
type Row<const N: usize> = [&'static str; N];

type Command = fn(&mut PeerConnection) -> Result<(), DescriptionError>;

#[test]
fn every_command_is_allowed_in_the_states_that_w3c_names() {
    use SdpType::{Answer, Offer, Pranswer, Rollback};
    const NO: &str = "InvalidStateError";
    // createOffer, createAnswer, setLocal() | setLocal, setRemote: offer, pranswer, answer, rollback
    let table: [(SignalingState, Row<3>, Row<4>, Row<4>); 6] = [
        (SignalingState::Stable, ["", NO, ""], ["", NO, NO, NO], ["", NO, NO, NO]),
        (SignalingState::HaveLocalOffer, ["", NO, ""], ["", NO, NO, ""], ["", "", "", NO]),
        (SignalingState::HaveRemoteOffer, [NO, "", ""], [NO, "", "", NO], ["", NO, NO, ""]),
        (SignalingState::HaveLocalPranswer, [NO, "", ""], [NO, "", "", NO], [NO, NO, NO, NO]),
        (SignalingState::HaveRemotePranswer, [NO, NO, NO], [NO, NO, NO, NO], [NO, "", "", NO]),
        (SignalingState::Closed, [NO, NO, NO], [NO, NO, NO, NO], [NO, NO, NO, NO]),
    ];
    let name = |result: Result<(), DescriptionError>| {
        result.err().map_or("", |error| error.exception().name())
    };
    assert_eq!(table.each_ref().map(|row| row.0), STATES);
    for (state, alone, local, remote) in table {
        let commands: [Command; 3] = [
            |connection| connection.create_offer(OfferOptions::default()).map(|_| ()),
            |connection| connection.create_answer().map(|_| ()),
            |connection| connection.set_local_description(START, None),
        ];
        for (number, (command, expected)) in commands.into_iter().zip(alone).enumerate() {
            let connection = &mut in_state(state);
            match expected {
                "" => assert_eq!(name(command(connection)), "", "{state} command {number}"),
                _ => assert_eq!(fails(connection, command).exception().name(), expected),
            }
        }
        for (column, kind) in [Offer, Pranswer, Answer, Rollback].into_iter().enumerate() {
            let connection = &mut in_state(state);
            let created = match kind {
                Offer => connection.create_offer(OfferOptions::default()),
                _ => connection.create_answer(),
            };
            let sdp = created.map_or_else(|_| offer().sdp, |description| description.sdp);
            let description = Description { kind, sdp };
            let result = connection.set_local_description(START, Some(description.clone()));
            assert_eq!(name(result), local[column], "{state}: set local {kind}");
            if !local[column].is_empty() {
                fails(&mut in_state(state), |connection| {
                    connection.set_local_description(START, Some(description))
                });
            }

            let connection = &mut in_state(state);
            let sdp = match kind {
                Offer => offer().sdp,
                _ => connection.local_description().map_or_else(
                    || offer().sdp,
                    |d| {
                        if d.kind == Offer { answer_to(&d).sdp } else { offer().sdp }
                    },
                ),
            };
            let description = Description { kind, sdp };
            let result = connection.set_remote_description(START, description.clone());
            assert_eq!(name(result), remote[column], "{state}: set remote {kind}");
            if !remote[column].is_empty() {
                refuses(&mut in_state(state), description);
            }
        }
    }
}

#[test]
fn the_descriptions_are_pending_until_the_answer_and_current_then() {
    let (mut alice, mut bob) = (with_channel(1), lone(2));
    let four = |c: &PeerConnection| {
        [
            c.current_local_description(),
            c.pending_local_description(),
            c.current_remote_description(),
            c.pending_remote_description(),
        ]
        .map(|description| description.map(|description| description.kind))
    };
    use SdpType::{Answer, Offer, Pranswer};
    assert_eq!(four(&alice), [None; 4]);
    alice.set_local_description(START, None).unwrap();
    assert_eq!(four(&alice), [None, Some(Offer), None, None]);
    bob.set_remote_description(START, alice.local_description().unwrap()).unwrap();
    assert_eq!(four(&bob), [None, None, None, Some(Offer)]);
    let answer = bob.create_answer().unwrap();
    for _ in 0..2 {
        let pranswer = Description::pranswer(answer.sdp.clone());
        bob.set_local_description(START, Some(pranswer)).unwrap();
        assert_eq!(four(&bob), [None, Some(Pranswer), None, Some(Offer)]);
        let pranswer = bob.local_description().unwrap();
        assert_eq!(pranswer.kind, Pranswer);
        alice.set_remote_description(START, pranswer).unwrap();
        assert_eq!(four(&alice), [None, Some(Offer), None, Some(Pranswer)]);
    }
    bob.set_local_description(START, None).unwrap();
    assert_eq!(four(&bob), [Some(Answer), None, Some(Offer), None]);
    alice.set_remote_description(START, bob.local_description().unwrap()).unwrap();
    assert_eq!(four(&alice), [Some(Offer), None, Some(Answer), None]);
}

#[test]
fn a_local_description_must_be_the_one_created_last() {
    let mut connection = with_channel(1);
    let mut created = connection.create_offer(OfferOptions::default()).unwrap();
    created.sdp = created.sdp.replace("a=setup:actpass", "a=setup:active");
    let error = connection.set_local_description(START, Some(created)).unwrap_err();
    assert_eq!(error, DescriptionError::NotLastCreated);
    assert_eq!(error.exception().name(), "InvalidModificationError");
    assert_eq!(connection.signaling_state(), SignalingState::Stable);
    assert_eq!(connection.local_description(), None);
    // The empty text stands for the last one.
    connection.set_local_description(START, Some(Description::offer(""))).unwrap();
}

#[test]
fn a_provisional_answer_is_enough_to_connect() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    let (alice, bob) = (&mut pair.alice.connection, &mut pair.bob.connection);
    alice.set_local_description(now, None).unwrap();
    bob.set_remote_description(now, alice.local_description().unwrap()).unwrap();
    let answer = bob.create_answer().unwrap();
    bob.set_local_description(now, Some(Description::pranswer(answer.sdp))).unwrap();
    alice.set_remote_description(now, bob.local_description().unwrap()).unwrap();
    pair.drive_until(|pair| pair.is_connected());
    let now = pair.now;
    let (alice, bob) = (&mut pair.alice.connection, &mut pair.bob.connection);
    bob.set_local_description(now, None).unwrap();
    alice.set_remote_description(now, bob.local_description().unwrap()).unwrap();
    assert_eq!(alice.signaling_state(), SignalingState::Stable);
    pair.drive_for(Duration::from_secs(40));
    assert!(pair.is_connected());
}

// Rollback.

#[test]
fn a_rolled_back_offer_leaves_what_was_before() {
    let mut connection = with_channel(1);
    connection.set_local_description(START, None).unwrap();
    connection.set_local_description(START, Some(Description::rollback())).unwrap();
    assert_eq!(connection.signaling_state(), SignalingState::Stable);
    assert_eq!(connection.local_description(), None);
    assert_eq!(connection.ice_gathering_state(), IceGatheringState::New);
    assert_eq!(connection.ice_connection_state(), IceConnectionState::New);

    connection
        .set_remote_description(START, edit(&offer(), "o=", Some("o=- 5 0 IN IP4 0.0.0.0")))
        .unwrap();
    connection.set_remote_description(START, Description::rollback()).unwrap();
    assert_eq!(connection.signaling_state(), SignalingState::Stable);
    assert_eq!(connection.remote_description(), None);
    assert_eq!(connection.can_trickle_ice_candidates(), None);
}

#[test]
fn an_offer_that_was_rolled_back_is_not_a_trap_when_set_again() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    let alice = &mut pair.alice.connection;
    let offer = alice.create_offer(OfferOptions::default()).unwrap();
    alice.set_local_description(now, Some(offer.clone())).unwrap();
    alice.set_local_description(now, Some(Description::rollback())).unwrap();
    // Either it is refused as outdated, or it works.
    if alice.set_local_description(now, Some(offer)).is_ok() {
        let bob = &mut pair.bob.connection;
        bob.set_remote_description(now, alice.local_description().unwrap()).unwrap();
        bob.set_local_description(now, None).unwrap();
        alice.set_remote_description(now, bob.local_description().unwrap()).unwrap();
    } else {
        pair.negotiate();
    }
    pair.drive_until(|pair| pair.is_connected());
}

#[test]
fn glare_is_resolved_as_in_perfect_negotiation() {
    for polite in [Who::Alice, Who::Bob] {
        let mut pair = Pair::new();
        let now = pair.now;
        for who in [Who::Alice, Who::Bob] {
            let connection = &mut pair.peer(who).connection;
            connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
            connection.set_local_description(now, None).unwrap();
        }
        // The impolite one ignores the offer, the polite one gives in.
        let winner = pair.peer(polite.other()).connection.local_description().unwrap();
        let loser = &mut pair.peer(polite).connection;
        loser.set_remote_description(now, winner).unwrap();
        assert_eq!(loser.signaling_state(), SignalingState::HaveRemoteOffer);
        assert_eq!(loser.local_description(), None);
        loser.set_local_description(now, None).unwrap();
        let answer = loser.local_description().unwrap();
        pair.peer(polite.other()).connection.set_remote_description(now, answer).unwrap();
        pair.drive_until(|pair| pair.is_connected());
        // Both channels open, one from each side.
        pair.drive_until(|pair| pair.alice.opened().len() == 2 && pair.bob.opened().len() == 2);
    }
}

#[test]
fn glare_of_later_offers_leaves_the_connection_alone() {
    for restart in [false, true] {
        let (mut pair, ours, theirs) = Pair::connected();
        for who in [Who::Alice, Who::Bob] {
            let now = pair.now;
            for side in [Who::Alice, Who::Bob] {
                let connection = &mut pair.peer(side).connection;
                let offer = connection.create_offer(OfferOptions { ice_restart: restart }).unwrap();
                connection.set_local_description(now, Some(offer)).unwrap();
            }
            let winner = pair.peer(who).connection.local_description().unwrap();
            let polite = &mut pair.peer(who.other()).connection;
            polite.set_remote_description(now, winner).unwrap();
            polite.set_local_description(now, None).unwrap();
            let answer = polite.local_description().unwrap();
            pair.peer(who).connection.set_remote_description(now, answer).unwrap();
            pair.drive_for(Duration::from_secs(45));
            assert!(pair.is_connected(), "restart {restart}, {who:?} wins");
            messages_flow(&mut pair, ours, theirs);
        }
    }
}

#[test]
fn a_restart_that_loses_to_an_ordinary_offer_leaves_the_connection_alone() {
    for loser in [Who::Alice, Who::Bob] {
        let (mut pair, ours, theirs) = Pair::connected();
        let now = pair.now;
        pair.peer(loser).connection.restart_ice();
        pair.peer(loser).connection.set_local_description(now, None).unwrap();
        pair.drive_for(Duration::from_secs(3));
        pair.peer(loser).events.clear();
        pair.negotiate_from(loser.other());
        pair.drive_for(Duration::from_secs(90));
        assert!(pair.is_connected());
        messages_flow(&mut pair, ours, theirs);
        for peer in [&pair.alice, &pair.bob] {
            assert!(!peer.said(&Event::ConnectionStateChange(ConnectionState::Disconnected)));
        }
        // The restart is still wanted, and still possible.
        assert!(pair.peer(loser).events.contains(&Event::NegotiationNeeded));
        pair.negotiate_from(loser);
        pair.drive_for(Duration::from_secs(60));
        messages_flow(&mut pair, ours, theirs);
    }
}

#[test]
fn a_rolled_back_restart_leaves_the_connection_alone() {
    for side in [Who::Alice, Who::Bob] {
        let (mut pair, ours, theirs) = Pair::connected();
        let now = pair.now;
        let connection = &mut pair.peer(side).connection;
        let before = connection.current_local_description();
        let offer = connection.create_offer(OfferOptions { ice_restart: true }).unwrap();
        connection.set_local_description(now, Some(offer)).unwrap();
        connection.set_local_description(now, Some(Description::rollback())).unwrap();
        assert_eq!(connection.local_description().map(|d| ufrag(&d)), before.map(|d| ufrag(&d)));
        messages_flow(&mut pair, ours, theirs);
        // Longer than consent lasts.
        pair.drive_for(Duration::from_secs(90));
        assert!(pair.is_connected(), "{side:?} rolled back");
        messages_flow(&mut pair, ours, theirs);
        pair.negotiate_from(side);
        pair.drive_for(Duration::from_secs(60));
        assert!(pair.is_connected(), "{side:?} negotiated after a rollback");
        messages_flow(&mut pair, ours, theirs);
    }
}

// What is in a description.

#[test]
fn an_offer_bundles_its_one_section_and_says_what_it_can() {
    let mut connection = with_channel(1);
    let offer = connection.create_offer(OfferOptions::default()).unwrap().sdp;
    for line in [
        "v=0",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "a=ice-options:trickle ice2",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "a=mid:0",
        "a=setup:actpass",
        "a=sctp-port:5000",
        "a=max-message-size:262144",
    ] {
        assert_eq!(lines(&offer, line), [line], "in {offer}");
    }
    assert_eq!(lines(&offer, "a=fingerprint:sha-256 ").len(), 1);
    assert!(offer.ends_with("\r\n"));
    assert_eq!(offer.matches('\n').count(), offer.matches("\r\n").count());
    assert_eq!(lone(1).create_offer(OfferOptions::default()).unwrap().sdp.matches("m=").count(), 0);
}

#[test]
fn the_version_of_the_origin_rises_with_every_change_and_only_then() {
    let (mut pair, ..) = Pair::connected();
    let now = pair.now;
    let alice = &mut pair.alice.connection;
    let first = alice.current_local_description().unwrap();
    assert_eq!(version(&first), 0);
    let same = alice.create_offer(OfferOptions::default()).unwrap();
    assert_eq!(version(&same), 0);
    let restart = alice.create_offer(OfferOptions { ice_restart: true }).unwrap();
    assert_eq!(version(&restart), 1);
    let id =
        |d: &Description| value(&d.sdp, "o=- ").unwrap().split(' ').next().unwrap().to_string();
    assert_eq!(id(&first), id(&restart));
    assert!(id(&first).parse::<i64>().is_ok(), "63 bits");
    alice.set_local_description(now, Some(restart)).unwrap();
    let again = alice.create_offer(OfferOptions::default()).unwrap();
    assert_eq!(version(&again), 1);
    // Bob's answers count for themselves.
    let offer = pair.alice.connection.local_description().unwrap();
    let bob = &mut pair.bob.connection;
    bob.set_remote_description(now, offer).unwrap();
    bob.set_local_description(now, None).unwrap();
    assert_eq!(version(&bob.local_description().unwrap()), 1, "his credentials are new, too");
}

#[test]
fn answers_to_the_offers_of_browsers_take_all_of_it_on_one_transport() {
    let samples = [
        ("chromium-offer", include_str!("samples/chromium-offer.sdp")),
        ("chromium-dataonly", include_str!("samples/chromium-offer-dataonly.sdp")),
        ("chromium-max-bundle", include_str!("samples/chromium-offer-max-bundle.sdp")),
        ("chromium-max-compat", include_str!("samples/chromium-offer-max-compat.sdp")),
        ("firefox-offer", include_str!("samples/firefox-offer.sdp")),
        ("firefox-dataonly", include_str!("samples/firefox-offer-dataonly.sdp")),
        ("firefox-max-bundle", include_str!("samples/firefox-offer-max-bundle.sdp")),
        ("firefox-max-compat", include_str!("samples/firefox-offer-max-compat.sdp")),
    ];
    for (name, sample) in samples {
        let mut connection = lone(1);
        connection.set_remote_description(START, Description::offer(sample)).unwrap();
        connection.set_local_description(START, None).unwrap();
        let answer = connection.local_description().unwrap().sdp;
        let (offered, answered) = (lines(sample, "m="), lines(&answer, "m="));
        assert_eq!(offered.len(), answered.len(), "{name}");
        for (offered, answered) in offered.iter().zip(&answered) {
            let offered: Vec<_> = offered.split(' ').collect();
            let answered: Vec<_> = answered.split(' ').collect();
            assert_eq!((offered[0], offered[2]), (answered[0], answered[2]), "{name}");
            assert_eq!(answered[1], "9", "{name}");
            // Nothing is answered that was not offered, and the order is the offer's.
            let mut rest = offered[3..].iter();
            let in_order = answered[3..].iter().all(|format| rest.any(|known| known == format));
            assert!(in_order, "{name}: {answered:?}");
        }
        assert_eq!(lines(sample, "a=mid:"), lines(&answer, "a=mid:"), "{name}");
        assert_eq!(lines(&answer, "a=group:"), lines(sample, "a=group:BUNDLE"), "{name}");
        assert!(lines(&answer, "a=setup:").iter().all(|line| *line == "a=setup:active"), "{name}");
        let mut ufrags = lines(&answer, "a=ice-ufrag:");
        ufrags.dedup();
        assert_eq!(ufrags.len(), 1, "{name}");
        assert_eq!(lines(&answer, "a=candidate:").len(), 1, "{name}");
        let size = value(sample, "a=max-message-size:").unwrap().trim().parse().unwrap();
        assert_eq!(connection.max_message_size(), Some(size), "{name}");
        assert_eq!(connection.signaling_state(), SignalingState::Stable);
        assert_eq!(connection.ice_connection_state(), IceConnectionState::Checking, "{name}");
        // The candidate stands in the section that speaks for the transport.
        let section = answer.split("m=").find(|part| part.contains("a=candidate:")).unwrap();
        let first = offered_kind(lines(sample, "m=")[0]);
        assert!(section.starts_with(first), "{name}");
        let again = connection.create_offer(OfferOptions::default()).unwrap();
        assert_eq!(lines(&again.sdp, "m=").len(), offered_count(sample), "{name}");
    }
}

fn offered_kind(line: &str) -> &str {
    line.trim_start_matches("m=").split(' ').next().unwrap()
}

fn offered_count(sdp: &str) -> usize {
    lines(sdp, "m=").len()
}

#[test]
fn restarts_of_browsers_are_answered_with_new_credentials() {
    for (first, second) in [
        (
            include_str!("samples/chromium-offer.sdp"),
            include_str!("samples/chromium-offer-icerestart.sdp"),
        ),
        (
            include_str!("samples/firefox-offer.sdp"),
            include_str!("samples/firefox-offer-icerestart.sdp"),
        ),
    ] {
        let mut connection = lone(1);
        connection.set_remote_description(START, Description::offer(first)).unwrap();
        connection.set_local_description(START, None).unwrap();
        let before = connection.local_description().unwrap();
        connection.set_remote_description(START, Description::offer(second)).unwrap();
        connection.set_local_description(START, None).unwrap();
        let after = connection.local_description().unwrap();
        assert_ne!(ufrag(&before), ufrag(&after));
        assert_eq!(version(&after), version(&before) + 1);
        assert_eq!(lines(&before.sdp, "a=fingerprint"), lines(&after.sdp, "a=fingerprint"));
    }
}

// What is refused.

#[test]
fn offers_with_something_missing_or_wrong_are_refused_with_the_reason() {
    let good = offer();
    let cases: &[(&str, Option<&str>, Fault)] = &[
        ("a=ice-ufrag", None, Fault::MissingIceCredentials),
        ("a=ice-pwd", None, Fault::MissingIceCredentials),
        ("a=fingerprint", None, Fault::MissingFingerprint),
        (
            "a=fingerprint",
            Some("a=fingerprint:sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB"),
            Fault::MissingFingerprint,
        ),
        ("a=setup", Some("a=setup:holdconn"), Fault::BadSetup),
        ("a=sctp-port", Some("a=sctp-port:0"), Fault::SctpPortZero),
        ("a=mid", None, Fault::MissingMid),
        ("a=group", Some("a=group:BUNDLE 0 nobody"), Fault::BadBundle),
    ];
    for (prefix, line, fault) in cases {
        let mut connection = lone(2);
        let bad = edit(&good, prefix, *line);
        // Without mids there is nothing that the group could name.
        match refuses(&mut connection, bad.clone()) {
            DescriptionError::Unacceptable { fault: found, .. } => {
                assert_eq!(found, *fault, "{prefix} {line:?}");
            }
            error => panic!("{error:?}"),
        }
        let error = refuses(&mut connection, bad);
        assert_eq!(error.exception().name(), "InvalidAccessError");
    }
}

#[test]
fn texts_that_break_the_grammar_are_refused_with_the_line() {
    let good = offer();
    for (prefix, line) in [
        ("v=", "v=1"),
        ("m=", "m=application"),
        ("m=", "m=application 70000 UDP/DTLS/SCTP webrtc-datachannel"),
        ("a=ice-ufrag", "a=ice-ufrag:abc"),
        ("a=ice-pwd", "a=ice-pwd:short"),
        ("a=ice-pwd", "a=ice-pwd:0123456789012345678 01"),
        ("a=fingerprint", "a=fingerprint:sha-256 4A:AD"),
        ("a=fingerprint", "a=fingerprint:sha-256"),
        ("a=setup", "a=setup:whatever"),
        ("a=sctp-port", "a=sctp-port:65536"),
        ("a=max-message-size", "a=max-message-size:-1"),
        ("a=mid", "a=mid:"),
        ("t=", "nonsense"),
    ] {
        let mut connection = lone(2);
        let error = refuses(&mut connection, edit(&good, prefix, Some(line)));
        assert!(matches!(error, DescriptionError::Syntax(_)), "{line}: {error:?}");
        assert_eq!(error.exception(), Exception::SdpSyntax);
    }
    for text in ["", "v=0", "\r\n", "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\0"] {
        let error = refuses(&mut lone(2), Description::offer(text));
        assert!(matches!(error, DescriptionError::Syntax(_)), "{text:?}: {error:?}");
    }
}

#[test]
fn one_usable_fingerprint_among_several_is_enough() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    let (alice, bob) = (&mut pair.alice.connection, &mut pair.bob.connection);
    alice.set_local_description(now, None).unwrap();
    let offer = alice.local_description().unwrap();
    let right = lines(&offer.sdp, "a=fingerprint")[0];
    let several = format!(
        "a=fingerprint:sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB\r\n\
         a=fingerprint:sha-256 {}\r\n{right}",
        ["00"; 32].join(":")
    );
    bob.set_remote_description(now, edit(&offer, "a=fingerprint", Some(&several))).unwrap();
    bob.set_local_description(now, None).unwrap();
    alice.set_remote_description(now, bob.local_description().unwrap()).unwrap();
    pair.drive_until(|pair| pair.is_connected());
}

#[test]
fn a_wrong_fingerprint_fails_the_connection_on_either_side() {
    for liar in [Who::Alice, Who::Bob] {
        let mut pair = Pair::new();
        let now = pair.now;
        pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
        let wrong = format!("a=fingerprint:sha-256 {}", ["AB"; 32].join(":"));
        let change = |who, description: Description| match who == liar {
            true => edit(&description, "a=fingerprint", Some(&wrong)),
            false => description,
        };
        let (alice, bob) = (&mut pair.alice.connection, &mut pair.bob.connection);
        alice.set_local_description(now, None).unwrap();
        bob.set_remote_description(now, change(Who::Alice, alice.local_description().unwrap()))
            .unwrap();
        bob.set_local_description(now, None).unwrap();
        alice
            .set_remote_description(now, change(Who::Bob, bob.local_description().unwrap()))
            .unwrap();
        let failed = Event::ConnectionStateChange(ConnectionState::Failed);
        pair.drive_until(|pair| pair.peer(liar.other()).said(&failed));
        pair.drive_for(Duration::from_secs(5));
        let connected = Event::ConnectionStateChange(ConnectionState::Connected);
        assert!(!pair.peer(liar.other()).said(&connected));
        assert!(pair.alice.opened().is_empty() && pair.bob.opened().is_empty());
    }
}

#[test]
fn the_setup_attribute_decides_who_opens_the_handshake() {
    // An offer may insist on a part.
    for (offered, answered) in [("actpass", "active"), ("active", "passive"), ("passive", "active")]
    {
        let mut connection = lone(2);
        let line = format!("a=setup:{offered}");
        connection.set_remote_description(START, edit(&offer(), "a=setup", Some(&line))).unwrap();
        let answer = connection.create_answer().unwrap();
        assert_eq!(value(&answer.sdp, "a=setup:"), Some(answered), "to {offered}");
    }
    // An answer has to choose (RFC 5763 section 5).
    for line in [Some("a=setup:actpass"), Some("a=setup:holdconn"), None] {
        let (mut connection, answer) = offered();
        refuses_for(&mut connection, edit(&answer, "a=setup", line), Fault::BadSetup);
    }
    for choice in ["a=setup:active", "a=setup:passive"] {
        let (mut connection, answer) = offered();
        connection.set_remote_description(START, edit(&answer, "a=setup", Some(choice))).unwrap();
    }
}

#[test]
fn a_live_association_keeps_its_part_its_keys_and_its_port() {
    let (mut pair, ours, theirs) = Pair::connected();
    let now = pair.now;
    let offer = pair.alice.connection.create_offer(OfferOptions::default()).unwrap();
    let bob = &mut pair.bob.connection;
    let wrong = format!("a=fingerprint:sha-256 {}", ["AB"; 32].join(":"));
    for (prefix, line, fault, name) in [
        ("a=fingerprint", &wrong[..], Fault::DtlsChanged, "InvalidAccessError"),
        ("a=tls-id", "a=tls-id:ABCDEFGHIJKLMNOPQRSTUVWX", Fault::DtlsChanged, "InvalidAccessError"),
        ("a=sctp-port", "a=sctp-port:5001", Fault::SctpPortChanged, "InvalidModificationError"),
        // Bob opened the handshake; now Alice wants to have done it.
        ("a=setup", "a=setup:active", Fault::DtlsChanged, "InvalidAccessError"),
    ] {
        let bad = edit(&offer, prefix, Some(line));
        let error = fails(bob, |bob| bob.set_remote_description(now, bad));
        match error {
            DescriptionError::Unacceptable { fault: found, .. } => {
                assert_eq!(found, fault, "{line}")
            }
            error => panic!("{line}: {error:?}"),
        }
        assert_eq!(error.exception().name(), name, "{line}");
    }
    messages_flow(&mut pair, ours, theirs);
}

#[test]
fn the_sizes_of_messages_are_as_rfc_8841_has_them() {
    for (line, expected) in [
        (None, 65_536),
        (Some("a=max-message-size:0"), usize::MAX),
        (Some("a=max-message-size:1"), 1),
        (Some("a=max-message-size:1073741823"), 1_073_741_823),
    ] {
        let mut connection = lone(2);
        assert_eq!(connection.max_message_size(), None);
        connection
            .set_remote_description(START, edit(&offer(), "a=max-message-size", line))
            .unwrap();
        connection.set_local_description(START, None).unwrap();
        assert_eq!(connection.max_message_size(), Some(expected));
    }
    let mut connection = lone(2);
    connection.set_remote_description(START, edit(&offer(), "a=sctp-port", None)).unwrap();
}

#[test]
fn an_answer_that_does_not_mirror_its_offer_is_refused() {
    let (mut connection, answer) = offered();
    refuses_for(&mut connection, edit(&answer, "a=mid", Some("a=mid:1")), Fault::BadBundle);
    let other = edit(&edit(&answer, "a=mid", Some("a=mid:1")), "a=group", None);
    refuses_for(&mut connection, other, Fault::SectionMismatch);
    let audio = edit(&answer, "m=", Some("m=audio 9 UDP/TLS/RTP/SAVPF 111"));
    refuses_for(&mut connection, audio, Fault::SectionMismatch);
    let mut more = answer.clone();
    more.sdp += "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n";
    refuses_for(&mut connection, more, Fault::SectionCount);
    let none = Description::answer(
        answer.sdp.split("m=").next().unwrap().replace("a=group:BUNDLE 0\r\n", ""),
    );
    refuses_for(&mut connection, none, Fault::SectionCount);
    connection.set_remote_description(START, answer).unwrap();
}

#[test]
fn a_refused_data_section_leaves_the_connection_without_data() {
    let (mut connection, answer) = offered();
    let refused = Description::answer(
        edit(&answer, "m=", Some("m=application 0 UDP/DTLS/SCTP webrtc-datachannel"))
            .sdp
            .replace("a=group:BUNDLE 0\r\n", ""),
    );
    connection.set_remote_description(START, refused).unwrap();
    assert_eq!(connection.signaling_state(), SignalingState::Stable);
    assert_eq!(connection.max_message_size(), None);
}

#[test]
fn later_offers_keep_every_section_in_its_place() {
    let mut connection = lone(2);
    let first = Description::offer(include_str!("samples/chromium-offer.sdp"));
    connection.set_remote_description(START, first.clone()).unwrap();
    connection.set_local_description(START, None).unwrap();
    let sections: Vec<_> = first.sdp.split("m=").collect();
    let fewer =
        [sections[0].replace("BUNDLE 0 1 2", "BUNDLE 0 1"), sections[1].into(), sections[2].into()];
    refuses_for(&mut connection, Description::offer(fewer.join("m=")), Fault::FewerSections);
    let swapped = [sections[0], sections[3], sections[2], sections[1]].join("m=");
    refuses_for(&mut connection, Description::offer(swapped), Fault::SectionMismatch);
    let renamed = edit(&first, "a=mid:2", Some("a=mid:data"));
    let renamed = edit(&renamed, "a=group", Some("a=group:BUNDLE 0 1 data"));
    refuses_for(&mut connection, renamed, Fault::SectionMismatch);
    connection.set_remote_description(START, first).unwrap();
}

#[test]
fn bombs_are_refused_or_borne_and_quickly() {
    let good = offer().sdp;
    let sections = |count: usize| {
        let mut sdp = good.split("a=group").next().unwrap().to_string();
        for mid in 0..count {
            sdp += &format!(
                "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\n"
            );
        }
        sdp
    };
    let bombs = [
        "x".repeat(2 << 20),
        good.clone() + &"a=x:y\r\n".repeat(200_000),
        good.clone() + &format!("a={}\r\n", "z".repeat(2 << 20)),
        sections(257),
        sections(10_000),
        good.replace("a=mid:0", &format!("a=mid:{}", "0".repeat(1 << 20))),
        good.clone() + &good[good.find("m=").unwrap()..],
    ];
    let mut connection = lone(2);
    for bomb in bombs {
        let head: String = bomb.chars().take(30).collect();
        let error = refuses(&mut connection, Description::offer(bomb));
        assert_ne!(error.exception(), Exception::InvalidState, "{head}");
    }
    let candidates = (0..10_000)
        .map(|n| {
            format!("a=candidate:{n} 1 udp {n} 198.51.{}.{} 4000 typ host\r\n", n / 250, n % 250)
        })
        .collect::<String>();
    connection.set_remote_description(START, Description::offer(good + &candidates)).unwrap();
    connection.set_local_description(START, None).unwrap();
    assert!(connection.stats(START).candidate_pairs.len() <= MAX_REMOTE_CANDIDATES);
}

// Candidates.

const GOOD: &str = "candidate:1 1 udp 2122260223 198.51.100.1 4000 typ host";

fn pairs(connection: &PeerConnection) -> usize {
    connection.stats(START).candidate_pairs.len()
}

#[test]
fn candidates_are_refused_by_the_rules_of_w3c() {
    use AddIceCandidateError as Error;
    let add = |connection: &mut PeerConnection, candidate: IceCandidate| {
        let error = fails(connection, |connection| connection.add_ice_candidate(START, &candidate));
        (error, error.exception().name())
    };
    let good = || IceCandidate::new(GOOD, "0");
    assert_eq!(add(&mut lone(2), good()), (Error::NoRemoteDescription, "InvalidStateError"));
    let nowhere = || IceCandidate { sdp_mid: None, ..good() };
    assert_eq!(add(&mut lone(2), nowhere()), (Error::NoSection, "TypeError"));

    let connection = &mut stable();
    assert_eq!(add(connection, nowhere()), (Error::NoSection, "TypeError"));
    let elsewhere = IceCandidate::new(GOOD, "7");
    assert_eq!(add(connection, elsewhere), (Error::UnknownSection, "OperationError"));
    let index = |index| IceCandidate { sdp_m_line_index: Some(index), ..nowhere() };
    assert_eq!(add(connection, index(1)), (Error::UnknownSection, "OperationError"));
    // The mid goes before the index.
    let both = IceCandidate { sdp_mid: Some("7".into()), ..index(0) };
    assert_eq!(add(connection, both), (Error::UnknownSection, "OperationError"));
    let stranger = IceCandidate { username_fragment: Some("nobody".into()), ..good() };
    assert_eq!(add(connection, stranger), (Error::UnknownUfrag, "OperationError"));
    let stranger = IceCandidate::new(format!("{GOOD} ufrag nobody"), "0");
    assert_eq!(add(connection, stranger), (Error::UnknownUfrag, "OperationError"));
    for text in
        ["garbage", "candidate:", "candidate:1 1 udp", "candidate:1 x udp 1 1.2.3.4 5 typ host"]
    {
        let garbage = IceCandidate::new(text, "0");
        assert_eq!(add(connection, garbage), (Error::Syntax, "OperationError"), "{text}");
    }
    connection.add_ice_candidate(START, &index(0)).unwrap();
    connection.close();
    assert_eq!(add(connection, good()), (Error::Closed, "InvalidStateError"));
}

#[test]
fn candidates_of_no_use_are_kept_and_ignored() {
    let mut connection = stable();
    let before = pairs(&connection);
    for text in [
        "candidate:1 1 udp 2122260223 0b4d2b4e-5d1f-4c2a-8f0e-2b6a4b1c9d3e.local 4000 typ host",
        "candidate:1 1 tcp 1518280447 198.51.100.1 9 typ host tcptype active",
        "candidate:1 2 udp 2122260222 198.51.100.1 4001 typ host",
        "candidate:1 1 udp 2122260223 host.example 4000 typ host",
    ] {
        connection.add_ice_candidate(START, &IceCandidate::new(text, "0")).unwrap();
        assert_eq!(pairs(&connection), before, "{text}");
        let kept = connection.remote_description().unwrap().sdp;
        assert!(kept.contains(&text["candidate:1 1 ".len()..]), "{text} in {kept}");
    }
    connection.add_ice_candidate(START, &IceCandidate::new(GOOD, "0")).unwrap();
    assert_eq!(pairs(&connection), before + 1);
    connection.add_ice_candidate(START, &IceCandidate::new(GOOD, "0")).unwrap();
    assert_eq!(pairs(&connection), before + 1, "known");
}

#[test]
fn a_candidate_for_a_section_that_is_not_used_is_kept_and_ignored() {
    let mut connection = lone(2);
    // Not bundled: each section has a transport of its own.
    let sample = Description::offer(include_str!("samples/chromium-offer-max-compat.sdp"));
    let (head, tail) = sample.sdp.split_once("m=application").unwrap();
    let tail = tail.replace("a=ice-ufrag:cdjH", "a=ice-ufrag:other");
    let sdp =
        format!("{head}m=application{tail}").replace("a=group:BUNDLE 0 1 2", "a=group:LS 0 1");
    // Kinds that are not known are rejected.
    let sdp = sdp.replace("m=audio", "m=text").replace("m=video", "m=image");
    connection.set_remote_description(START, Description::offer(sdp)).unwrap();
    connection.set_local_description(START, None).unwrap();
    let before = pairs(&connection);
    for mid in ["0", "1"] {
        connection.add_ice_candidate(START, &IceCandidate::new(GOOD, mid)).unwrap();
        assert_eq!(pairs(&connection), before, "mid {mid}");
    }
    connection.add_ice_candidate(START, &IceCandidate::new(GOOD, "2")).unwrap();
    assert_eq!(pairs(&connection), before + 1);
}

#[test]
fn an_empty_candidate_ends_the_candidates() {
    for candidate in [
        IceCandidate::default(),
        IceCandidate::new("", "0"),
        IceCandidate { sdp_m_line_index: Some(0), ..IceCandidate::default() },
    ] {
        let (mut connection, answer) = offered();
        let answer = edit(&edit(&answer, "a=end-of-candidates", None), "a=candidate", None);
        connection.set_remote_description(START, answer).unwrap();
        connection.add_ice_candidate(START, &IceCandidate::new(GOOD, "0")).unwrap();
        connection.add_ice_candidate(START, &candidate).unwrap();
        connection.add_ice_candidate(START, &candidate).unwrap();
        let sdp = connection.remote_description().unwrap().sdp;
        assert_eq!(lines(&sdp, "a=end-of-candidates").len(), 1);
        assert_eq!(lines(&sdp, "a=candidate").len(), 1);
    }
}

#[test]
fn no_more_than_a_hundred_candidates_are_kept() {
    let (mut connection, answer) = offered();
    connection.set_remote_description(START, edit(&answer, "a=candidate", None)).unwrap();
    let candidate = |n: usize| {
        IceCandidate::new(format!("candidate:{n} 1 udp {n} 198.51.100.{n} 4000 typ host"), "0")
    };
    for n in 1..=MAX_REMOTE_CANDIDATES {
        connection.add_ice_candidate(START, &candidate(n)).unwrap();
    }
    let error = fails(&mut connection, |c| c.add_ice_candidate(START, &candidate(101)));
    assert_eq!(error, AddIceCandidateError::TooMany);
    assert_eq!(error.exception().name(), "OperationError");
    connection.add_ice_candidate(START, &IceCandidate::default()).unwrap();
}

// negotiationneeded.

#[test]
fn negotiation_is_needed_once_until_it_is_done() {
    let mut connection = lone(1);
    assert_eq!(negotiation_needed(&mut connection), 0);
    for expected in [1, 0, 0] {
        connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
        assert_eq!(negotiation_needed(&mut connection), expected);
    }
    connection.set_local_description(START, None).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 0);
    connection.set_local_description(START, Some(Description::rollback())).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 1, "again after a rollback");
    connection.set_local_description(START, None).unwrap();
    let answer = answer_to(&connection.local_description().unwrap());
    connection.set_remote_description(START, answer).unwrap();
    connection.create_data_channel("more", DataChannelInit::default()).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 0, "there is a section for all channels");
}

#[test]
fn a_channel_created_during_an_exchange_is_asked_for_after_it() {
    let mut connection = lone(2);
    connection
        .set_remote_description(
            START,
            Description::offer(lone(1).create_offer(OfferOptions::default()).unwrap().sdp),
        )
        .unwrap();
    connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 0, "not outside of stable");
    connection.set_local_description(START, None).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 1);
}

#[test]
fn restart_ice_is_satisfied_by_a_restart_and_by_nothing_else() {
    // Before anything was negotiated there is nothing to restart.
    let mut fresh = lone(1);
    fresh.restart_ice();
    assert_eq!(negotiation_needed(&mut fresh), 0);

    let mut connection = stable();
    events(&mut connection);
    let first = ufrag(&connection.local_description().unwrap());
    connection.restart_ice();
    connection.restart_ice();
    assert_eq!(negotiation_needed(&mut connection), 1);
    // A rollback does not satisfy it.
    connection.set_local_description(START, None).unwrap();
    assert_ne!(ufrag(&connection.local_description().unwrap()), first);
    connection.set_local_description(START, Some(Description::rollback())).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 1, "it survives a rollback");
    connection.set_local_description(START, None).unwrap();
    let offer = connection.local_description().unwrap();
    assert_ne!(ufrag(&offer), first);
    let answer = answer_to(&offer);
    // A restart answered by a peer that was made anew would have another certificate.
    let fingerprint =
        lines(&connection.remote_description().unwrap().sdp, "a=fingerprint")[0].to_string();
    let answer = edit(&answer, "a=fingerprint", Some(&fingerprint));
    // Nor may it go on with the credentials of before (RFC 9429 section 5.10).
    refuses_for(&mut connection, answer.clone(), Fault::RestartMismatch);
    let answer = edit(&answer, "a=ice-ufrag", Some("a=ice-ufrag:else"));
    connection.set_remote_description(START, answer).unwrap();
    assert_eq!(negotiation_needed(&mut connection), 0);
}

#[test]
fn restart_ice_is_satisfied_by_the_other_sides_restart() {
    let (mut pair, ..) = Pair::connected();
    pair.bob.connection.restart_ice();
    pair.drain();
    assert_eq!(pair.bob.events.iter().filter(|e| **e == Event::NegotiationNeeded).count(), 1);
    pair.bob.events.clear();
    pair.alice.connection.restart_ice();
    pair.negotiate_from(Who::Alice);
    pair.drain();
    assert!(!pair.bob.events.contains(&Event::NegotiationNeeded));
    let offer = pair.bob.connection.create_offer(OfferOptions::default()).unwrap();
    assert_eq!(ufrag(&offer), ufrag(&pair.bob.connection.local_description().unwrap()));
}

// ICE restarts.

#[test]
fn a_restart_by_either_side_goes_unnoticed_by_the_channels() {
    for by_options in [false, true] {
        let (mut pair, ours, theirs) = Pair::connected();
        for who in [Who::Alice, Who::Bob, Who::Bob, Who::Alice] {
            let before = [&pair.alice, &pair.bob]
                .map(|peer| ufrag(&peer.connection.current_local_description().unwrap()));
            let now = pair.now;
            if by_options {
                let (offerer, answerer) = match who {
                    Who::Alice => (&mut pair.alice.connection, &mut pair.bob.connection),
                    Who::Bob => (&mut pair.bob.connection, &mut pair.alice.connection),
                };
                let offer = offerer.create_offer(OfferOptions { ice_restart: true }).unwrap();
                offerer.set_local_description(now, Some(offer)).unwrap();
                let offer = offerer.local_description().unwrap();
                answerer.set_remote_description(now, offer).unwrap();
                answerer.set_local_description(now, None).unwrap();
                let answer = answerer.local_description().unwrap();
                offerer.set_remote_description(now, answer).unwrap();
            } else {
                pair.peer(who).connection.restart_ice();
                pair.drain();
                assert!(pair.peer(who).said(&Event::NegotiationNeeded));
                pair.negotiate_from(who);
            }
            let after = [&pair.alice, &pair.bob]
                .map(|peer| ufrag(&peer.connection.current_local_description().unwrap()));
            assert!(before[0] != after[0] && before[1] != after[1]);
            messages_flow(&mut pair, ours, theirs);
            pair.drive_for(Duration::from_secs(60));
            assert!(pair.is_connected());
            messages_flow(&mut pair, ours, theirs);
            for peer in [&pair.alice, &pair.bob] {
                let stats = peer.connection.stats(pair.now).transports.remove(0);
                let description = peer.connection.local_description().unwrap();
                assert_eq!(stats.ice_local_username_fragment, ufrag(&description));
                assert!(!peer.said(&Event::ConnectionStateChange(ConnectionState::Disconnected)));
            }
        }
        assert_eq!(pair.alice.opened().len(), 1);
    }
}

#[test]
fn a_restart_that_was_created_but_not_set_does_not_take_effect() {
    let (mut pair, ours, theirs) = Pair::connected();
    let alice = &mut pair.alice.connection;
    let before = ufrag(&alice.local_description().unwrap());
    let restart = alice.create_offer(OfferOptions { ice_restart: true }).unwrap();
    assert_ne!(ufrag(&restart), before);
    pair.negotiate_from(Who::Alice);
    assert_eq!(ufrag(&pair.alice.connection.local_description().unwrap()), before);
    let stats = pair.alice.connection.stats(pair.now).transports.remove(0);
    assert_eq!(stats.ice_local_username_fragment, before);
    pair.drive_for(Duration::from_secs(90));
    assert!(pair.is_connected());
    messages_flow(&mut pair, ours, theirs);
}

#[test]
fn candidates_of_a_restart_come_with_its_fragment() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.alice.events.clear();
    let now = pair.now;
    pair.alice.connection.restart_ice();
    let alice = &mut pair.alice.connection;
    alice.set_local_description(now, None).unwrap();
    let offer = alice.local_description().unwrap();
    let fragment = ufrag(&offer);
    pair.drain();
    let candidates: Vec<_> = pair
        .alice
        .events
        .iter()
        .filter_map(|event| match event {
            Event::IceCandidate(candidate) => Some(candidate.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(candidates.len(), 2, "a candidate and the end of them");
    assert!(candidates.iter().all(|c| c.username_fragment.as_deref() == Some(&fragment)));
    let bob = &mut pair.bob.connection;
    // Before the description they belong to nothing.
    let error = fails(bob, |bob| bob.add_ice_candidate(now, &candidates[0]));
    assert_eq!(error, AddIceCandidateError::UnknownUfrag);
    let stripped = edit(&edit(&offer, "a=candidate", None), "a=end-of-candidates", None);
    bob.set_remote_description(now, stripped).unwrap();
    for candidate in &candidates {
        bob.add_ice_candidate(now, candidate).unwrap();
    }
    bob.set_local_description(now, None).unwrap();
    let answer = bob.local_description().unwrap();
    pair.alice.connection.set_remote_description(now, answer).unwrap();
    pair.drive_for(Duration::from_secs(60));
    assert!(pair.is_connected());
    messages_flow(&mut pair, ours, theirs);
}

// Whatever comes.

fn mutated(
    good: &str,
    cut: Option<usize>,
    changes: &[(usize, u8)],
    moved: &[(usize, usize)],
) -> String {
    let mut lines: Vec<_> = good.split_inclusive("\r\n").collect();
    for (from, to) in moved {
        let line = lines[from % lines.len()];
        let place = to % (lines.len() + 1);
        if from % 2 == 0 {
            lines.insert(place, line);
        } else {
            lines.remove(from % lines.len());
        }
        if lines.is_empty() {
            break;
        }
    }
    let mut bytes = lines.concat().into_bytes();
    for (place, byte) in changes {
        if !bytes.is_empty() {
            let place = place % bytes.len();
            bytes[place] = byte & 0x7f;
        }
    }
    if let Some(cut) = cut {
        bytes.truncate(cut % (bytes.len() + 1));
    }
    String::from_utf8(bytes).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_description_is_taken_or_changes_nothing(
        which in 0usize..5,
        cut in proptest::option::weighted(0.3, any::<usize>()),
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..4),
        moved in proptest::collection::vec((any::<usize>(), any::<usize>()), 0..4),
    ) {
        let (mut connection, good) = match which {
            0 => (lone(2), offer()),
            1 => (lone(2), Description::offer(include_str!("samples/firefox-offer.sdp"))),
            2 => (with_channel(2), Description::offer(include_str!("samples/chromium-offer.sdp"))),
            3 => offered(),
            _ => {
                let mut connection = lone(2);
                connection.set_remote_description(START, offer()).unwrap();
                connection.set_local_description(START, None).unwrap();
                (connection, offer())
            }
        };
        let sdp = mutated(&good.sdp, cut, &changes, &moved);
        while connection.poll_event().is_some() {}
        let before = view(&mut connection);
        let description = Description { kind: good.kind, sdp };
        match connection.set_remote_description(START, description) {
            Err(_) => {
                prop_assert_eq!(connection.poll_event(), None);
                prop_assert_eq!(view(&mut connection), before);
            }
            Ok(()) if good.kind == SdpType::Offer => {
                // What was taken can be answered.
                connection.set_local_description(START, None).unwrap();
            }
            Ok(()) => prop_assert_eq!(connection.signaling_state(), SignalingState::Stable),
        }
    }
}
