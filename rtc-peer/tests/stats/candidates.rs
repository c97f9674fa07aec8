//! What is told of candidates.

use std::net::SocketAddr;

use rtc_core::Protocol;
use rtc_ice::CandidateKind;
use rtc_peer::{Description, IceCandidate, OfferOptions};

use super::common::{ALICE, BOB, Pair};
use super::references::hangs_together;
use super::{attributes, reports};

/// A pair of which the answer that Alice gets has no candidates, as yet; they are returned.
fn without_candidates_of_bob() -> (Pair, Vec<String>) {
    let mut pair = Pair::new();
    let now = pair.now;
    let alice = &mut pair.alice.connection;
    alice.create_data_channel("chat", Default::default()).unwrap();
    let offer = alice.create_offer(OfferOptions::default()).unwrap();
    alice.set_local_description(now, Some(offer)).unwrap();
    let offer = alice.local_description().unwrap();
    let bob = &mut pair.bob.connection;
    bob.set_remote_description(now, offer).unwrap();
    bob.set_local_description(now, None).unwrap();
    let answer = bob.local_description().unwrap().sdp;
    let lines = |with: bool| {
        let is = move |line: &&str| {
            line.starts_with("a=candidate:") || line.starts_with("a=end-of-candidates")
        };
        answer.lines().filter(move |line| is(line) == with)
    };
    let bare: String = lines(false).flat_map(|line| [line, "\r\n"]).collect();
    let candidates = lines(true)
        .filter_map(|line| line.strip_prefix("a="))
        .filter(|line| line.starts_with("candidate"))
        .map(Into::into)
        .collect();
    pair.alice.connection.set_remote_description(now, Description::answer(bare)).unwrap();
    (pair, candidates)
}

#[test]
fn candidates_are_those_of_the_descriptions() {
    let (pair, ..) = Pair::connected();
    for (peer, report) in [&pair.alice, &pair.bob].into_iter().zip(reports(&pair)) {
        for (remote, candidates) in
            [(false, &report.local_candidates), (true, &report.remote_candidates)]
        {
            assert_eq!(candidates.len(), 1);
            let stats = &candidates[0];
            let line = attributes(&peer.connection, remote, "candidate").remove(0);
            let described = rtc_sdp::Candidate::parse(&format!("candidate:{line}")).unwrap();
            assert_eq!(stats.foundation.as_str(), &*described.foundation);
            assert_eq!(stats.priority, described.priority);
            assert_eq!(stats.port, described.port);
            assert_eq!(stats.protocol, Protocol::Udp);
            assert_eq!(stats.candidate_type, CandidateKind::Host);
            assert_eq!((&stats.related_address, stats.related_port), (&None, None));
            let address = described.address.ip().unwrap().to_string();
            assert_eq!(stats.address, Some(address));
            let ufrag = attributes(&peer.connection, remote, "ice-ufrag").remove(0);
            assert_eq!(stats.username_fragment, Some(ufrag));
        }
    }
}

#[test]
fn the_address_of_a_remote_candidate_is_told_once_it_was_signalled() {
    let (mut pair, candidates) = without_candidates_of_bob();
    pair.drive_until(|pair| !pair.alice.opened().is_empty());
    let report = pair.alice.connection.stats(pair.now);
    hangs_together(&report);
    let reflexive = report.remote_candidates[0].clone();
    assert_eq!(reflexive.candidate_type, CandidateKind::PeerReflexive);
    assert_eq!(reflexive.address, None);
    let selected = report.transports[0].selected_candidate_pair_id;
    assert_eq!(Some(report.candidate_pairs[0].id), selected);
    assert_eq!(report.candidate_pairs[0].remote_candidate_id, reflexive.id);

    let candidate = IceCandidate::new(candidates[0].clone(), "0");
    pair.alice.connection.add_ice_candidate(pair.now, &candidate).unwrap();
    let report = pair.alice.connection.stats(pair.now);
    let signalled = &report.remote_candidates[0];
    let address: SocketAddr = BOB.parse().unwrap();
    assert_eq!(signalled.id, reflexive.id);
    assert_eq!(signalled.candidate_type, CandidateKind::Host);
    assert_eq!(signalled.address, Some(address.ip().to_string()));
    assert_eq!(signalled.port, address.port());
    assert_eq!(report.candidate_pairs[0].remote_candidate_id, reflexive.id);
    assert_eq!(report.transports[0].selected_candidate_pair_id, selected);
}

#[test]
fn the_fragment_of_an_unsignalled_candidate_is_told_once_it_was_signalled() {
    let mut pair = Pair::new();
    let now = pair.now;
    let alice = &mut pair.alice.connection;
    alice.create_data_channel("chat", Default::default()).unwrap();
    let offer = alice.create_offer(OfferOptions::default()).unwrap();
    alice.set_local_description(now, Some(offer)).unwrap();
    let bob = &mut pair.bob.connection;
    bob.set_remote_description(now, alice.local_description().unwrap()).unwrap();
    bob.set_local_description(now, None).unwrap();
    let answer = bob.local_description().unwrap();
    // Bob's checks come before his answer.
    pair.drive_for(std::time::Duration::from_millis(100));
    let early = pair.alice.connection.stats(pair.now).remote_candidates.remove(0);
    assert_eq!((early.address, early.username_fragment), (None, None));
    pair.alice.connection.set_remote_description(pair.now, answer).unwrap();
    let candidate = pair.alice.connection.stats(pair.now).remote_candidates.remove(0);
    assert_eq!(candidate.id, early.id);
    assert!(candidate.address.is_some());
    let ufrag = attributes(&pair.alice.connection, true, "ice-ufrag").remove(0);
    assert_eq!(candidate.username_fragment, Some(ufrag));
}

#[test]
fn every_local_address_is_a_candidate() {
    let mut pair = Pair::new();
    let more: SocketAddr = "[2001:db8::1]:4001".parse().unwrap();
    pair.alice.connection.add_local_address(pair.now, more, Protocol::Udp).unwrap();
    pair.alice.connection.create_data_channel("chat", Default::default()).unwrap();
    pair.negotiate();
    let report = pair.alice.connection.stats(pair.now);
    hangs_together(&report);
    let known: Vec<_> = report
        .local_candidates
        .iter()
        .map(|one| (one.address.clone().unwrap(), one.port))
        .collect();
    let expected = [ALICE.parse().unwrap(), more]
        .map(|address: SocketAddr| (address.ip().to_string(), address.port()));
    assert_eq!(known, expected);
}
