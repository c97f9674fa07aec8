//! ICE that starts anew, and which offers do that.

use rtc_peer::{
    BundlePolicy, Configuration, ConnectionState, Description, MediaKind, OfferOptions,
    PeerConnection, SignalingState,
};

use crate::media::add;
use crate::peers::{Peers, START, events, lines, lone, negotiation_needed, offer, other};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-restartIce.https.html", A2;

    restartice_has_no_effect_on_a_closed_peer_connection =
        "restartIce() has no effect on a closed peer connection" => {
        let mut pc = lone();
        pc.close();
        pc.restart_ice();
        not_needed(&mut pc, SignalingState::Closed);
    };
    restartice_does_not_trigger_negotiation_ahead_of_initial_negotiation =
        "restartIce() does not trigger negotiation ahead of initial negotiation" => {
        let mut pc1 = lone();
        pc1.restart_ice();
        not_needed(&mut pc1, SignalingState::Stable);
        add(&mut pc1, MediaKind::Audio);
        assert!(negotiation_needed(&mut pc1));
        not_needed(&mut pc1, SignalingState::Stable);
    };
    restartice_has_no_effect_on_initial_negotiation =
        "restartIce() has no effect on initial negotiation" => has_no_effect_on_the_first_exchange(EXPLICIT);
    restartice_fires_negotiationneeded_after_initial_negotiation =
        "restartIce() fires negotiationneeded after initial negotiation" => asks_for_negotiation_after_the_first_exchange(EXPLICIT);
    restartice_causes_fresh_ufrags = "restartIce() causes fresh ufrags" => brings_fresh_ufrags(EXPLICIT);
    restartice_retains_dtls_transports = "restartIce() retains dtls transports" => retains_dtls(EXPLICIT);
    restartice_works_in_have_local_offer = "restartIce() works in have-local-offer" => works_in_have_local_offer(EXPLICIT);
    restartice_works_in_initial_have_local_offer =
        "restartIce() works in initial have-local-offer" => works_in_the_first_have_local_offer(EXPLICIT);
    restartice_works_in_have_remote_offer = "restartIce() works in have-remote-offer" => works_in_have_remote_offer(EXPLICIT);
    restartice_does_nothing_in_initial_have_remote_offer =
        "restartIce() does nothing in initial have-remote-offer" => does_nothing_in_the_first_have_remote_offer(EXPLICIT);
    restartice_survives_remote_offer = "restartIce() survives remote offer" => survives_a_remote_offer(EXPLICIT);
    restartice_is_satisfied_by_remote_ice_restart =
        "restartIce() is satisfied by remote ICE restart" => is_satisfied_by_a_remote_restart(EXPLICIT);
    restartice_trumps_icerestart_false = "restartIce() trumps {iceRestart: false}" => trumps_the_option(EXPLICIT);
    restartice_survives_rollback = "restartIce() survives rollback" => survives_a_rollback(EXPLICIT);
    restartice_survives_remote_offer_containing_partial_restart =
        "restartIce() survives remote offer containing partial restart" => survives_a_partial_restart(EXPLICIT);
    restartice_has_no_effect_on_initial_negotiation_perfect_negotiation =
        "restartIce() has no effect on initial negotiation (perfect negotiation)" => has_no_effect_on_the_first_exchange(PERFECT);
    restartice_fires_negotiationneeded_after_initial_negotiation_perfect_negotiation =
        "restartIce() fires negotiationneeded after initial negotiation (perfect negotiation)" => asks_for_negotiation_after_the_first_exchange(PERFECT);
    restartice_causes_fresh_ufrags_perfect_negotiation =
        "restartIce() causes fresh ufrags (perfect negotiation)" => brings_fresh_ufrags(PERFECT);
    restartice_retains_dtls_transports_perfect_negotiation =
        "restartIce() retains dtls transports (perfect negotiation)" => retains_dtls(PERFECT);
    restartice_works_in_have_local_offer_perfect_negotiation =
        "restartIce() works in have-local-offer (perfect negotiation)" => works_in_have_local_offer(PERFECT);
    restartice_works_in_initial_have_local_offer_perfect_negotiation =
        "restartIce() works in initial have-local-offer (perfect negotiation)" => works_in_the_first_have_local_offer(PERFECT);
    restartice_works_in_have_remote_offer_perfect_negotiation =
        "restartIce() works in have-remote-offer (perfect negotiation)" => works_in_have_remote_offer(PERFECT);
    restartice_does_nothing_in_initial_have_remote_offer_perfect_negotiation =
        "restartIce() does nothing in initial have-remote-offer (perfect negotiation)" => does_nothing_in_the_first_have_remote_offer(PERFECT);
    restartice_survives_remote_offer_perfect_negotiation =
        "restartIce() survives remote offer (perfect negotiation)" => survives_a_remote_offer(PERFECT);
    restartice_is_satisfied_by_remote_ice_restart_perfect_negotiation =
        "restartIce() is satisfied by remote ICE restart (perfect negotiation)" => is_satisfied_by_a_remote_restart(PERFECT);
    restartice_trumps_icerestart_false_perfect_negotiation =
        "restartIce() trumps {iceRestart: false} (perfect negotiation)" => trumps_the_option(PERFECT);
    restartice_survives_rollback_perfect_negotiation =
        "restartIce() survives rollback (perfect negotiation)" => survives_a_rollback(PERFECT);
    restartice_survives_remote_offer_containing_partial_restart_perfect_negotiation =
        "restartIce() survives remote offer containing partial restart (perfect negotiation)" => survives_a_partial_restart(PERFECT);
}

/// How descriptions are set.
#[derive(Clone, Copy)]
struct Negotiator {
    /// Whether they are created first.
    explicit: bool,
}

const EXPLICIT: Negotiator = Negotiator { explicit: true };
const PERFECT: Negotiator = Negotiator { explicit: false };

impl Negotiator {
    fn set_offer(self, pc: &mut PeerConnection) {
        let offer = self.explicit.then(|| offer(pc));
        pc.set_local_description(START, offer).unwrap();
    }

    fn set_answer(self, pc: &mut PeerConnection) {
        let answer = self.explicit.then(|| pc.create_answer().unwrap());
        pc.set_local_description(START, answer).unwrap();
    }

    /// `exchangeOfferAnswerEndOnFirst`.
    fn exchange(self, pc1: &mut PeerConnection, pc2: &mut PeerConnection) {
        self.set_offer(pc1);
        pc2.set_remote_description(START, pc1.local_description().unwrap()).unwrap();
        self.set_answer(pc2);
        pc1.set_remote_description(START, pc2.local_description().unwrap()).unwrap();
    }

    /// `exchangeOfferAnswerEndOnSecond`.
    fn exchange_ending_on_second(self, pc1: &mut PeerConnection, pc2: &mut PeerConnection) {
        self.set_offer(pc1);
        pc2.set_remote_description(START, pc1.local_description().unwrap()).unwrap();
        let answer = pc2.create_answer().unwrap();
        pc1.set_remote_description(START, answer.clone()).unwrap();
        pc2.set_local_description(START, Some(answer)).unwrap();
    }
}

/// Two, of which the first has an audio transceiver and has said that it needs negotiation.
fn with_audio() -> (PeerConnection, PeerConnection) {
    let (mut pc1, pc2) = (lone(), other());
    add(&mut pc1, MediaKind::Audio);
    assert!(negotiation_needed(&mut pc1));
    (pc1, pc2)
}

#[track_caller]
fn not_needed(pc: &mut PeerConnection, state: SignalingState) {
    assert_eq!(pc.signaling_state(), state);
    assert!(!negotiation_needed(pc));
}

fn ufrags(pc: &PeerConnection) -> Vec<String> {
    of_lines(&pc.local_description().unwrap().sdp, "a=ice-ufrag:")
}

fn of_lines(sdp: &str, start: &str) -> Vec<String> {
    assert!(lines(sdp, start) > 0);
    sdp.lines().filter(|line| line.starts_with(start)).map(String::from).collect()
}

/// The ufrags of both.
fn both(pc1: &PeerConnection, pc2: &PeerConnection) -> [String; 2] {
    [ufrags(pc1)[0].clone(), ufrags(pc2)[0].clone()]
}

#[track_caller]
fn all_differ(new: &[String; 2], old: &[String; 2]) {
    assert!(new.iter().all(|ufrag| !old.contains(ufrag)));
}

fn has_no_effect_on_the_first_exchange(negotiator: Negotiator) {
    let (mut pc1, mut pc2) = with_audio();
    pc1.restart_ice();
    negotiator.exchange(&mut pc1, &mut pc2);
    not_needed(&mut pc1, SignalingState::Stable);
}

fn asks_for_negotiation_after_the_first_exchange(negotiator: Negotiator) {
    let (mut pc1, mut pc2) = with_audio();
    negotiator.exchange(&mut pc1, &mut pc2);
    not_needed(&mut pc1, SignalingState::Stable);
    pc1.restart_ice();
    assert!(negotiation_needed(&mut pc1));
}

fn brings_fresh_ufrags(negotiator: Negotiator) {
    let (mut pc1, mut pc2) = with_audio();
    negotiator.exchange(&mut pc1, &mut pc2);
    let old = both(&pc1, &pc2);
    negotiator.exchange(&mut pc1, &mut pc2);
    assert_eq!(both(&pc1, &pc2), old);
    events(&mut pc1);
    pc1.restart_ice();
    assert!(negotiation_needed(&mut pc1));
    negotiator.exchange(&mut pc1, &mut pc2);
    let new = both(&pc1, &pc2);
    all_differ(&new, &old);
    not_needed(&mut pc1, SignalingState::Stable);
    negotiator.exchange(&mut pc1, &mut pc2);
    assert_eq!(both(&pc1, &pc2), new);
}

fn retains_dtls(negotiator: Negotiator) {
    let configuration = || {
        let mut configuration = Configuration::default();
        configuration.bundle_policy = BundlePolicy::MaxBundle;
        configuration
    };
    let mut peers = Peers::with(configuration(), configuration());
    peers.exchange_ice_candidates();
    add(peers.pc1(), MediaKind::Video);
    add(peers.pc1(), MediaKind::Audio);
    exchange_on_network(&mut peers, negotiator);
    peers.run_until(|peers| peers.is_connected());
    let certificate = peers.pc1().remote_certificate().unwrap().to_vec();
    exchange_on_network(&mut peers, negotiator);
    assert_eq!(peers.pc1().remote_certificate(), Some(&*certificate));
    assert_eq!(peers.pc1().connection_state(), ConnectionState::Connected);
    let old = ufrags(peers.pc1());
    peers.pc1().restart_ice();
    exchange_on_network(&mut peers, negotiator);
    assert_ne!(ufrags(peers.pc1()), old);
    assert_eq!(peers.pc1().remote_certificate(), Some(&*certificate));
    // No handshake follows: every record of one has this type, in the clear.
    let before = peers.log.len();
    peers.run_until(|peers| peers.is_connected());
    peers.run_for(std::time::Duration::from_secs(5));
    assert!(peers.log[before..].iter().all(|(_, _, datagram)| datagram[0] != 22));
}

fn exchange_on_network(peers: &mut Peers, negotiator: Negotiator) {
    peers.carry();
    let now = peers.now;
    negotiator_offer(peers.pc1(), negotiator, now);
    let offer = peers.pc1().local_description().unwrap();
    peers.pc2().set_remote_description(now, offer).unwrap();
    let answer = negotiator.explicit.then(|| peers.pc2().create_answer().unwrap());
    peers.pc2().set_local_description(now, answer).unwrap();
    let answer = peers.pc2().local_description().unwrap();
    peers.pc1().set_remote_description(now, answer).unwrap();
}

fn negotiator_offer(pc: &mut PeerConnection, negotiator: Negotiator, now: rtc_core::Instant) {
    let offer = negotiator.explicit.then(|| offer(pc));
    pc.set_local_description(now, offer).unwrap();
}

fn works_in_have_local_offer(negotiator: Negotiator) {
    let (mut pc1, mut pc2) = with_audio();
    negotiator.exchange(&mut pc1, &mut pc2);
    let old = both(&pc1, &pc2);
    events(&mut pc1);
    negotiator.set_offer(&mut pc1);
    pc1.restart_ice();
    pc2.set_remote_description(START, pc1.local_description().unwrap()).unwrap();
    negotiator.set_answer(&mut pc2);
    assert!(!negotiation_needed(&mut pc1));
    pc1.set_remote_description(START, pc2.local_description().unwrap()).unwrap();
    assert_eq!(both(&pc1, &pc2), old);
    assert!(negotiation_needed(&mut pc1));
    negotiator.exchange(&mut pc1, &mut pc2);
    all_differ(&both(&pc1, &pc2), &old);
    not_needed(&mut pc1, SignalingState::Stable);
}

fn works_in_the_first_have_local_offer(negotiator: Negotiator) {
    let (mut pc1, mut pc2) = with_audio();
    negotiator.set_offer(&mut pc1);
    pc1.restart_ice();
    pc2.set_remote_description(START, pc1.local_description().unwrap()).unwrap();
    negotiator.set_answer(&mut pc2);
    assert!(!negotiation_needed(&mut pc1));
    pc1.set_remote_description(START, pc2.local_description().unwrap()).unwrap();
    let old = both(&pc1, &pc2);
    assert!(negotiation_needed(&mut pc1));
    negotiator.exchange(&mut pc1, &mut pc2);
    all_differ(&both(&pc1, &pc2), &old);
    not_needed(&mut pc1, SignalingState::Stable);
}

fn works_in_have_remote_offer(negotiator: Negotiator) {
    let (mut pc1, mut pc2) = with_audio();
    negotiator.exchange(&mut pc1, &mut pc2);
    let old = both(&pc1, &pc2);
    negotiator.set_offer(&mut pc2);
    pc1.set_remote_description(START, pc2.local_description().unwrap()).unwrap();
    pc1.restart_ice();
    let answer = pc1.create_answer().unwrap();
    pc2.set_remote_description(START, answer.clone()).unwrap();
    assert!(!negotiation_needed(&mut pc1));
    pc1.set_local_description(START, Some(answer)).unwrap();
    assert_eq!(both(&pc1, &pc2), old);
    assert!(negotiation_needed(&mut pc1));
    negotiator.exchange(&mut pc1, &mut pc2);
    all_differ(&both(&pc1, &pc2), &old);
    not_needed(&mut pc1, SignalingState::Stable);
}

fn does_nothing_in_the_first_have_remote_offer(negotiator: Negotiator) {
    let (mut pc1, mut pc2) = (lone(), other());
    add(&mut pc2, MediaKind::Audio);
    negotiator.set_offer(&mut pc2);
    pc1.set_remote_description(START, pc2.local_description().unwrap()).unwrap();
    pc1.restart_ice();
    let answer = pc1.create_answer().unwrap();
    pc2.set_remote_description(START, answer.clone()).unwrap();
    pc1.set_local_description(START, Some(answer)).unwrap();
    not_needed(&mut pc1, SignalingState::Stable);
}

fn survives_a_remote_offer(negotiator: Negotiator) {
    let (mut pc1, mut pc2) = with_audio();
    negotiator.exchange(&mut pc1, &mut pc2);
    let old = both(&pc1, &pc2);
    pc1.restart_ice();
    assert!(negotiation_needed(&mut pc1));
    negotiator.exchange_ending_on_second(&mut pc2, &mut pc1);
    assert_eq!(both(&pc1, &pc2), old);
    assert!(negotiation_needed(&mut pc1));
    negotiator.exchange(&mut pc1, &mut pc2);
    all_differ(&both(&pc1, &pc2), &old);
    not_needed(&mut pc1, SignalingState::Stable);
}

fn is_satisfied_by_a_remote_restart(negotiator: Negotiator) {
    let (mut pc1, mut pc2) = with_audio();
    negotiator.exchange(&mut pc1, &mut pc2);
    let old = both(&pc1, &pc2);
    pc1.restart_ice();
    pc2.restart_ice();
    assert!(negotiation_needed(&mut pc1));
    negotiator.exchange_ending_on_second(&mut pc2, &mut pc1);
    let new = both(&pc1, &pc2);
    all_differ(&new, &old);
    not_needed(&mut pc1, SignalingState::Stable);
    negotiator.exchange(&mut pc1, &mut pc2);
    assert_eq!(both(&pc1, &pc2), new);
    not_needed(&mut pc1, SignalingState::Stable);
}

fn trumps_the_option(negotiator: Negotiator) {
    let (mut pc1, mut pc2) = with_audio();
    negotiator.exchange(&mut pc1, &mut pc2);
    let old = both(&pc1, &pc2);
    pc1.restart_ice();
    assert!(negotiation_needed(&mut pc1));
    let offer = pc1.create_offer(OfferOptions { ice_restart: false }).unwrap();
    pc1.set_local_description(START, Some(offer)).unwrap();
    pc2.set_remote_description(START, pc1.local_description().unwrap()).unwrap();
    negotiator.set_answer(&mut pc2);
    pc1.set_remote_description(START, pc2.local_description().unwrap()).unwrap();
    all_differ(&both(&pc1, &pc2), &old);
    not_needed(&mut pc1, SignalingState::Stable);
}

fn survives_a_rollback(negotiator: Negotiator) {
    let (mut pc1, mut pc2) = with_audio();
    negotiator.exchange(&mut pc1, &mut pc2);
    let old = both(&pc1, &pc2);
    pc1.restart_ice();
    assert!(negotiation_needed(&mut pc1));
    negotiator.set_offer(&mut pc1);
    assert!(!negotiation_needed(&mut pc1));
    pc1.set_local_description(START, Some(Description::rollback())).unwrap();
    assert!(negotiation_needed(&mut pc1));
    negotiator.exchange(&mut pc1, &mut pc2);
    all_differ(&both(&pc1, &pc2), &old);
    not_needed(&mut pc1, SignalingState::Stable);
}

/// The local description without its BUNDLE group.
fn unbundled(pc: &PeerConnection) -> Description {
    let Description { kind, sdp } = pc.local_description().unwrap();
    let sdp = sdp.split_inclusive('\n').filter(|line| !line.starts_with("a=group:")).collect();
    Description { kind, sdp }
}

/// An offer restarts ICE in its second m-section only, which takes peers that do not bundle.
fn survives_a_partial_restart(negotiator: Negotiator) {
    let configuration = || {
        let mut configuration = Configuration::default();
        configuration.bundle_policy = BundlePolicy::MaxCompat;
        configuration
    };
    let mut pc1 = crate::peers::configured(configuration(), 7);
    let mut pc2 = crate::peers::configured(configuration(), 8);
    add(&mut pc1, MediaKind::Audio);
    add(&mut pc1, MediaKind::Video);
    assert!(negotiation_needed(&mut pc1));
    negotiator.set_offer(&mut pc1);
    pc2.set_remote_description(START, unbundled(&pc1)).unwrap();
    negotiator.set_answer(&mut pc2);
    pc1.set_remote_description(START, unbundled(&pc2)).unwrap();
    let (old1, old2) = (ufrags(&pc1), ufrags(&pc2));
    let old_password = of_lines(&pc2.local_description().unwrap().sdp, "a=ice-pwd:")[0].clone();
    pc1.restart_ice();
    assert!(negotiation_needed(&mut pc1));
    pc2.restart_ice();
    negotiator.set_offer(&mut pc2);
    let offer = unbundled(&pc2);
    let new_password = of_lines(&offer.sdp, "a=ice-pwd:")[0].clone();
    let sdp = offer.sdp.replacen(&ufrags(&pc2)[0], &old2[0], 1);
    let sdp = sdp.replacen(&new_password, &old_password, 1);
    let offered = of_lines(&sdp, "a=ice-ufrag:");
    assert_eq!(offered[0], old2[0]);
    assert_ne!(offered[1], old2[1]);
    pc1.set_remote_description(START, Description::offer(sdp)).unwrap();
    assert!(!negotiation_needed(&mut pc1));
    negotiator.set_answer(&mut pc1);
    let new1 = ufrags(&pc1);
    assert_eq!(new1[0], old1[0]);
    assert_ne!(new1[1], old1[1]);
    assert!(negotiation_needed(&mut pc1));
    negotiator.set_offer(&mut pc1);
    let newest1 = ufrags(&pc1);
    assert_ne!(newest1[0], old1[0]);
    assert_ne!(newest1[1], old1[1]);
    assert!(!negotiation_needed(&mut pc1));
}
