//! Connections in every state, and what can be seen of them.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{Instant, Protocol};
use rtc_peer::{
    ChannelId, Configuration, ConnectionState, DataChannelInit, Description, DescriptionError,
    Event, Fault, IceConnectionState, IceGatheringState, Message, OfferOptions, PeerConnection,
    SignalingState,
};

use crate::common::{Pair, START};

pub(crate) fn lone(seed: u8) -> PeerConnection {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let mut connection = PeerConnection::new(Configuration::default(), START, &mut rng).unwrap();
    let address = format!("192.0.2.{seed}:4000").parse().unwrap();
    connection.add_local_address(START, address, Protocol::Udp).unwrap();
    connection
}

pub(crate) fn with_channel(seed: u8) -> PeerConnection {
    let mut connection = lone(seed);
    connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    connection
}

/// An offer with candidates.
pub(crate) fn offer() -> Description {
    let mut connection = with_channel(1);
    connection.set_local_description(START, None).unwrap();
    connection.local_description().unwrap()
}

/// The answer of somebody else to this offer.
pub(crate) fn answer_to(offer: &Description) -> Description {
    let mut connection = lone(9);
    connection.set_remote_description(START, offer.clone()).unwrap();
    connection.set_local_description(START, None).unwrap();
    connection.local_description().unwrap()
}

/// A connection whose offer was answered by this one, and that answer.
pub(crate) fn offered() -> (PeerConnection, Description) {
    let mut connection = with_channel(1);
    connection.set_local_description(START, None).unwrap();
    let answer = answer_to(&connection.local_description().unwrap());
    (connection, answer)
}

/// A connection with a data channel that was negotiated by offer and answer of its own.
pub(crate) fn stable() -> PeerConnection {
    let (mut connection, answer) = offered();
    connection.set_remote_description(START, answer).unwrap();
    connection
}

pub(crate) const STATES: [SignalingState; 6] = [
    SignalingState::Stable,
    SignalingState::HaveLocalOffer,
    SignalingState::HaveRemoteOffer,
    SignalingState::HaveLocalPranswer,
    SignalingState::HaveRemotePranswer,
    SignalingState::Closed,
];

pub(crate) fn in_state(state: SignalingState) -> PeerConnection {
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
pub(crate) struct View {
    pub(crate) signaling: SignalingState,
    pub(crate) gathering: IceGatheringState,
    pub(crate) ice: IceConnectionState,
    pub(crate) connection: ConnectionState,
    descriptions: [Option<Description>; 4],
    pub(crate) can_trickle: Option<bool>,
    pub(crate) max_message_size: Option<usize>,
    pub(crate) deadline: Option<Instant>,
    pub(crate) transceivers: String,
    pub(crate) stats: String,
    pub(crate) next_offer: Result<Description, DescriptionError>,
    pub(crate) next_answer: Result<Description, DescriptionError>,
}

pub(crate) fn view(connection: &mut PeerConnection) -> View {
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
        transceivers: format!("{:?}", connection.transceivers().collect::<Vec<_>>()),
        stats: format!("{:?}", connection.stats(START)),
        next_offer: connection.create_offer(OfferOptions::default()),
        next_answer: connection.create_answer(),
    }
}

/// Runs a command that must fail, and sees that it has changed nothing.
#[track_caller]
pub(crate) fn fails<T: std::fmt::Debug, E>(
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
pub(crate) fn refuses(
    connection: &mut PeerConnection,
    description: Description,
) -> DescriptionError {
    fails(connection, |connection| connection.set_remote_description(START, description))
}

#[track_caller]
pub(crate) fn refuses_for(
    connection: &mut PeerConnection,
    description: Description,
    expected: Fault,
) {
    match refuses(connection, description) {
        DescriptionError::Unacceptable { fault, .. } => assert_eq!(fault, expected),
        error => panic!("{error:?} instead of {expected:?}"),
    }
}

/// The value of the first line with this beginning.
pub(crate) fn value<'a>(sdp: &'a str, prefix: &str) -> Option<&'a str> {
    sdp.lines().find_map(|line| line.strip_prefix(prefix))
}

pub(crate) fn ufrag(description: &Description) -> String {
    value(&description.sdp, "a=ice-ufrag:").unwrap().to_string()
}

pub(crate) fn version(description: &Description) -> u64 {
    value(&description.sdp, "o=").unwrap().split(' ').nth(2).unwrap().parse().unwrap()
}

pub(crate) fn lines<'a>(sdp: &'a str, prefix: &str) -> Vec<&'a str> {
    sdp.lines().filter(|line| line.starts_with(prefix)).collect()
}

/// The description with each line that begins like this put through a change; `None` drops it.
pub(crate) fn edit(description: &Description, prefix: &str, new: Option<&str>) -> Description {
    let sdp = description
        .sdp
        .lines()
        .filter_map(|line| if line.starts_with(prefix) { new } else { Some(line) })
        .map(|line| format!("{line}\r\n"))
        .collect();
    Description { kind: description.kind, sdp }
}

pub(crate) fn events(connection: &mut PeerConnection) -> Vec<Event> {
    std::iter::from_fn(|| connection.poll_event()).collect()
}

pub(crate) fn negotiation_needed(connection: &mut PeerConnection) -> usize {
    events(connection).iter().filter(|event| **event == Event::NegotiationNeeded).count()
}

pub(crate) fn messages_flow(pair: &mut Pair, ours: ChannelId, theirs: ChannelId) {
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

/// The m-sections of a description, each from its `m=` line on.
pub(crate) fn sections(sdp: &str) -> Vec<String> {
    sdp.split("m=").skip(1).map(|section| format!("m={section}")).collect()
}

/// Carries an offer of one connection to another one and the answer back; gives out both.
#[track_caller]
pub(crate) fn exchange(
    offerer: &mut PeerConnection,
    answerer: &mut PeerConnection,
) -> (Description, Description) {
    offerer.set_local_description(START, None).unwrap();
    let offer = offerer.local_description().unwrap();
    answerer.set_remote_description(START, offer.clone()).unwrap();
    answerer.set_local_description(START, None).unwrap();
    let answer = answerer.local_description().unwrap();
    offerer.set_remote_description(START, answer.clone()).unwrap();
    (offer, answer)
}
