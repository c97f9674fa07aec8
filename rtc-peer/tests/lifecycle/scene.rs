//! What happens to connections here, and what is seen of it.

use std::net::SocketAddr;
use std::time::Duration;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::Protocol;
use rtc_peer::{
    ChannelEvent, Configuration, ConnectionState, Event, IceConnectionState, PeerConnection,
};

use crate::common::{Fate, Pair, START};

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub(crate) fn lone(seed: u8, addresses: &[&str]) -> PeerConnection {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let mut configuration = Configuration::default();
    // One candidate for one address.
    configuration.ice_tcp = false;
    let mut connection = PeerConnection::new(configuration, START, &mut rng).unwrap();
    for text in addresses {
        connection.add_local_address(START, address(text), Protocol::Udp).unwrap();
    }
    connection
}

/// Keeps everything from arriving for some time.
pub(crate) fn silence(pair: &mut Pair, duration: Duration) {
    pair.fates = std::iter::repeat_n(Fate::Drop, 100_000).collect();
    pair.drive_for(duration);
    pair.fates.clear();
}

pub(crate) fn ice_states(events: &[Event]) -> Vec<IceConnectionState> {
    let state = |event: &Event| match event {
        Event::IceConnectionStateChange(state) => Some(*state),
        _ => None,
    };
    events.iter().filter_map(state).collect()
}

pub(crate) fn states(events: &[Event]) -> Vec<ConnectionState> {
    let state = |event: &Event| match event {
        Event::ConnectionStateChange(state) => Some(*state),
        _ => None,
    };
    events.iter().filter_map(state).collect()
}

/// The name of an event, and its state if it has one.
fn name(event: &Event) -> String {
    match event {
        Event::NegotiationNeeded => "negotiationneeded".into(),
        Event::SignalingStateChange(state) => format!("signaling {state}"),
        Event::IceGatheringStateChange(state) => format!("gathering {state}"),
        Event::IceConnectionStateChange(state) => format!("ice {state}"),
        Event::ConnectionStateChange(state) => format!("connection {state}"),
        Event::IceCandidate(candidate) if candidate.candidate.is_empty() => "end".into(),
        Event::IceCandidate(_) => "candidate".into(),
        Event::SelectedCandidatePairChange(_) => "pair".into(),
        Event::DataChannel(ChannelEvent::Announced(_)) => "datachannel".into(),
        Event::DataChannel(ChannelEvent::Open(_)) => "open".into(),
        Event::DataChannel(event) => format!("{event:?}"),
        _ => panic!("unknown event"),
    }
}

pub(crate) fn names(events: &[Event]) -> Vec<String> {
    events.iter().map(name).collect()
}
