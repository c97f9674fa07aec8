//! The states of connections and of their transports, as the subtests look at them.

use rtc_peer::{ConnectionState, Event, IceConnectionState, IceGatheringState, TransportStats};

use crate::peers::{Peers, Who, in_band};

/// Two that are about to connect for a data channel.
pub(crate) fn with_a_channel() -> Peers {
    let mut peers = Peers::new();
    peers.pc1().create_data_channel("test", in_band()).unwrap();
    peers.exchange_ice_candidates();
    peers.exchange_offer_answer();
    peers
}

/// What `onconnectionstatechange` has seen so far.
pub(crate) fn connection_states(peers: &mut Peers, who: Who) -> Vec<ConnectionState> {
    seen(peers, who, |event| match event {
        Event::ConnectionStateChange(state) => Some(*state),
        _ => None,
    })
}

/// What `oniceconnectionstatechange` has seen so far.
pub(crate) fn ice_states(peers: &mut Peers, who: Who) -> Vec<IceConnectionState> {
    seen(peers, who, |event| match event {
        Event::IceConnectionStateChange(state) => Some(*state),
        _ => None,
    })
}

/// What `onicegatheringstatechange` has seen so far.
pub(crate) fn gathering_states(peers: &mut Peers, who: Who) -> Vec<IceGatheringState> {
    seen(peers, who, |event| match event {
        Event::IceGatheringStateChange(state) => Some(*state),
        _ => None,
    })
}

fn seen<T>(peers: &mut Peers, who: Who, state: fn(&Event) -> Option<T>) -> Vec<T> {
    peers.carry();
    peers.peer(who).history.iter().filter_map(state).collect()
}

/// `listenToIceConnected`.
pub(crate) fn listen_to_ice_connected(peers: &mut Peers, who: Who) {
    use IceConnectionState::{Completed, Connected};
    peers.run_until(|peers| matches!(peers.pc(who).ice_connection_state(), Connected | Completed));
}

/// `listenToConnected`.
pub(crate) fn listen_to_connected(peers: &mut Peers, who: Who) {
    peers.run_until(|peers| peers.pc(who).connection_state() == ConnectionState::Connected);
}

/// `waitForIceStateChange`.
pub(crate) fn wait_for_ice_state(peers: &mut Peers, who: Who, wanted: &[IceConnectionState]) {
    peers.run_until(|peers| wanted.contains(&peers.pc(who).ice_connection_state()));
}

/// The `iceTransport`s and their `RTCDtlsTransport`s, as the statistics have them.
pub(crate) fn transports(peers: &mut Peers, who: Who) -> Vec<TransportStats> {
    let now = peers.now;
    peers.pc(who).stats(now).transports
}

/// The only one.
pub(crate) fn transport(peers: &mut Peers, who: Who) -> TransportStats {
    let mut all = transports(peers, who);
    assert_eq!(all.len(), 1);
    all.remove(0)
}
