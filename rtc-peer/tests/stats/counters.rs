//! That what is counted is what went over the network.

use std::time::Duration;

use rtc_dtls::{Fingerprint, ProtocolVersion};
use rtc_peer::{CandidatePairStats, DataChannelStats, StatsReport, TransportStats};

use super::common::Pair;
use super::{attributes, reports};

/// All counters of a transport, of pairs and of channels, in order.
fn counters(report: &StatsReport) -> Vec<u64> {
    let of_transport = |one: &TransportStats| {
        [
            one.packets_sent,
            one.packets_received,
            one.bytes_sent,
            one.bytes_received,
            one.selected_candidate_pair_changes,
        ]
    };
    let of_pair = |one: &CandidatePairStats| {
        [
            one.packets_sent,
            one.packets_received,
            one.bytes_sent,
            one.bytes_received,
            one.requests_sent,
            one.requests_received,
            one.responses_sent,
            one.responses_received,
            one.consent_requests_sent,
            one.total_round_trip_time.as_nanos() as u64,
            one.last_packet_sent_timestamp.map_or(0, |at| at.as_millis() as u64),
            one.last_packet_received_timestamp.map_or(0, |at| at.as_millis() as u64),
        ]
    };
    let of_channel = |one: &DataChannelStats| {
        [one.messages_sent, one.bytes_sent, one.messages_received, one.bytes_received]
    };
    let connection = report.peer_connection.unwrap();
    let transports = report.transports.iter().flat_map(of_transport);
    transports
        .chain(report.candidate_pairs.iter().flat_map(of_pair))
        .chain(report.data_channels.iter().flat_map(of_channel))
        .chain([connection.data_channels_opened, connection.data_channels_closed])
        .collect()
}

#[test]
fn no_counter_ever_falls() {
    let (mut pair, ours, theirs) = Pair::connected();
    let mut before = reports(&pair).map(|report| counters(&report));
    for _ in 0..5 {
        pair.talk(ours, theirs);
        pair.drive_for(Duration::from_secs(7));
        let after = reports(&pair).map(|report| counters(&report));
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before.len(), after.len());
            assert!(before.iter().zip(after).all(|(before, after)| before <= after));
            assert!(before < after);
        }
        before = after;
    }
}

#[test]
fn one_side_receives_what_the_other_sends() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.talk(ours, theirs);
    pair.drive_for(Duration::from_secs(20));
    let checks = pair.log.iter().filter(|(_, _, bytes)| bytes[0] < 4).count() as u64;
    let data: usize = pair
        .log
        .iter()
        .map(|(_, _, bytes)| bytes)
        .filter(|bytes| bytes[0] >= 4)
        .map(Vec::len)
        .sum();
    let reports = reports(&pair);
    let [(alice, to_bob), (bob, to_alice)] =
        reports.each_ref().map(|report| (&report.transports[0], &report.candidate_pairs[0]));
    for (ours, theirs) in [(alice, bob), (bob, alice)] {
        assert_eq!(ours.packets_sent, theirs.packets_received);
        assert_eq!(ours.bytes_sent, theirs.bytes_received);
        assert_eq!(ours.selected_candidate_pair_changes, 1);
    }
    for (ours, theirs) in [(to_bob, to_alice), (to_alice, to_bob)] {
        assert!(ours.nominated);
        assert_eq!(ours.packets_sent, theirs.packets_received);
        assert_eq!(ours.bytes_sent, theirs.bytes_received);
        assert_eq!(ours.requests_sent + ours.consent_requests_sent, theirs.requests_received);
        assert_eq!(ours.responses_sent, theirs.responses_received);
        assert_eq!(ours.current_round_trip_time, Some(pair.latency * 2));
        assert!(ours.total_round_trip_time >= pair.latency * 2);
    }
    // There is but one path, so that the transport's figures are the pair's and the checks.
    assert_eq!(alice.bytes_sent, to_bob.bytes_sent);
    assert_eq!(bob.bytes_sent, to_alice.bytes_sent);
    assert_eq!(alice.bytes_sent + bob.bytes_sent, data as u64);
    assert_eq!(alice.packets_sent + bob.packets_sent, pair.log.len() as u64);
    assert_eq!(to_bob.packets_sent + to_alice.packets_sent + checks, pair.log.len() as u64);
}

#[test]
fn a_batch_counts_as_its_datagrams() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.max_datagrams = 16;
    pair.drive_for(Duration::from_secs(3));
    for _ in 0..20 {
        pair.alice.connection.channel(ours).unwrap().send(vec![7; 60_000]).unwrap();
    }
    let mut received = 0;
    pair.drive_until(|pair| {
        received += pair.bob.receive(theirs).len();
        received == 20
    });
    pair.drive_for(Duration::from_secs(1));
    let [alice, bob] = reports(&pair);
    assert!(alice.candidate_pairs[0].packets_sent > 1_000);
    assert_eq!(alice.candidate_pairs[0].packets_sent, bob.candidate_pairs[0].packets_received);
    assert_eq!(alice.candidate_pairs[0].bytes_sent, bob.candidate_pairs[0].bytes_received);
    assert_eq!(alice.transports[0].packets_sent, bob.transports[0].packets_received);
}

#[test]
fn the_transport_tells_what_was_negotiated() {
    let mut pair = Pair::new();
    pair.alice.connection.create_data_channel("chat", Default::default()).unwrap();
    let offer = pair.alice.connection.create_offer(Default::default()).unwrap();
    pair.alice.connection.set_local_description(pair.now, Some(offer)).unwrap();
    let early = pair.alice.connection.stats(pair.now).transports.remove(0);
    assert_eq!(early.ice_role, Some(rtc_ice::Role::Controlling), "who offers controls");
    assert_eq!((early.dtls_role, early.tls_version), (None, None));
    assert_eq!((early.local_certificate_id, early.remote_certificate_id), (None, None));

    let (pair, ..) = Pair::connected();
    let reports = reports(&pair);
    let [alice, bob] = reports.each_ref().map(|report| &report.transports[0]);
    assert_eq!(alice.ice_role, Some(rtc_ice::Role::Controlling));
    assert_eq!(bob.ice_role, Some(rtc_ice::Role::Controlled));
    assert_eq!(alice.dtls_role, Some(rtc_dtls::Role::Server));
    assert_eq!(bob.dtls_role, Some(rtc_dtls::Role::Client));
    assert_eq!(alice.tls_version, Some(ProtocolVersion::Dtls12));
    assert_eq!(alice.dtls_cipher, bob.dtls_cipher);
    assert!(alice.dtls_cipher.unwrap().starts_with("TLS_ECDHE_ECDSA_WITH_"));
    assert_eq!(alice.srtp_cipher, bob.srtp_cipher);
    let ufrag = attributes(&pair.alice.connection, false, "ice-ufrag").remove(0);
    assert_eq!(alice.ice_local_username_fragment, ufrag);
}

#[test]
fn certificates_are_those_of_the_descriptions() {
    let (pair, ..) = Pair::connected();
    let reports = reports(&pair);
    let certificate = |report: &StatsReport, remote: bool| {
        let transport = &report.transports[0];
        let id =
            if remote { transport.remote_certificate_id } else { transport.local_certificate_id };
        report.certificates.iter().find(|one| Some(one.id) == id).unwrap().clone()
    };
    for (peer, ours, theirs) in [(&pair.alice, 0, 1), (&pair.bob, 1, 0)] {
        for remote in [false, true] {
            let shown = certificate(&reports[ours], remote);
            let described = attributes(&peer.connection, remote, "fingerprint").remove(0);
            assert_eq!(Ok(shown.fingerprint), described.parse::<Fingerprint>());
        }
        let shown = certificate(&reports[ours], true).certificate;
        assert_eq!(shown, certificate(&reports[theirs], false).certificate);
    }
}

#[test]
fn a_report_costs_the_same_after_much_traffic() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.talk(ours, theirs);
    let cost = |pair: &Pair| {
        allocation_counter::measure(|| drop(pair.alice.connection.stats(pair.now))).count_total
    };
    let before = cost(&pair);
    for _ in 0..200 {
        pair.talk(ours, theirs);
    }
    assert_eq!(cost(&pair), before);
    assert!(before < 60, "{before} allocations");
}
