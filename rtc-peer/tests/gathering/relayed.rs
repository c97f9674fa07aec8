//! Through relays.

use rtc_core::Protocol;
use rtc_ice::CandidateKind;
use rtc_peer::{
    Configuration, ConnectionState, Event, IceServer, IceTransportPolicy, MediaKind,
    OutgoingPacket, PeerConnection, Track,
};

use crate::net::{Net, SERVER, address};

fn relayed(url: &str) -> Configuration {
    let mut configuration = Configuration::default();
    configuration.ice_servers = vec![IceServer::turn(url, "lab", "secret")];
    configuration.ice_transport_policy = IceTransportPolicy::Relay;
    configuration
}

/// The kinds of the two ends of the pair that is used.
fn kinds(pc: &PeerConnection, net: &Net) -> (CandidateKind, CandidateKind) {
    let report = pc.stats(net.now);
    let selected = report.transports[0].selected_candidate_pair_id;
    let pair = report.candidate_pairs.iter().find(|pair| Some(pair.id) == selected).unwrap();
    let find = |list: &[rtc_peer::CandidateStats], id| {
        list.iter().find(|candidate| candidate.id == id).unwrap().candidate_type
    };
    (
        find(&report.local_candidates, pair.local_candidate_id),
        find(&report.remote_candidates, pair.remote_candidate_id),
    )
}

#[test]
fn with_the_policy_relay_on_both_sides_everything_goes_through_relays() {
    for url in [format!("turn:{SERVER}"), format!("turn:{SERVER}?transport=tcp")] {
        let mut net = Net::pair(relayed(&url), relayed(&url));
        let (ours, theirs) = net.connect();
        net.talk(ours, theirs);
        assert_eq!(kinds(&net.nodes[0].pc, &net).0, CandidateKind::Relayed, "{url}");
        assert_eq!(kinds(&net.nodes[1].pc, &net).0, CandidateKind::Relayed, "{url}");
        let server = address(SERVER);
        for node in &net.nodes {
            assert!(node.sent.iter().all(|(_, _, to, _)| *to == server), "{url}");
        }
        for node in 0..2 {
            for candidate in net.candidates(node).iter().filter(|text| !text.is_empty()) {
                assert!(candidate.contains(" typ relay raddr 0.0.0.0 rport 9"), "{candidate}");
                assert!(!candidate.contains("192.0.2."), "{candidate}");
            }
        }
    }
}

#[test]
fn one_side_with_a_relay_reaches_one_without() {
    let mut net = Net::pair(relayed(&format!("turn:{SERVER}")), Configuration::default());
    let (ours, theirs) = net.connect();
    net.talk(ours, theirs);
    assert_eq!(kinds(&net.nodes[0].pc, &net).0, CandidateKind::Relayed);
}

#[test]
fn many_messages_and_large_ones_go_through_a_relay() {
    for url in [format!("turn:{SERVER}"), format!("turn:{SERVER}?transport=tcp")] {
        let mut net = Net::pair(relayed(&url), relayed(&url));
        let (ours, theirs) = net.connect();
        let message = vec![7; 200_000];
        for _ in 0..5 {
            net.pc(0).channel(ours).unwrap().send(message.clone()).unwrap();
        }
        let mut received = 0;
        assert!(net.run_until(120, |net| {
            while let Some(got) = net.pc(1).channel(theirs).unwrap().recv() {
                assert_eq!(got, message.clone().into());
                received += 1;
            }
            received == 5
        }));
    }
}

#[test]
fn what_goes_over_a_channel_leaves_in_batches() {
    for (transport, is_batched) in [("udp", true), ("tcp", false)] {
        let url = format!("turn:{SERVER}?transport={transport}");
        let mut net = Net::pair(relayed(&url), relayed(&url));
        let (ours, theirs) = net.connect();
        net.talk(ours, theirs);
        net.run_for(2);
        net.batched = (0, 0);
        let message = vec![7; 200_000];
        net.pc(0).channel(ours).unwrap().send(message.clone()).unwrap();
        let mut received = None;
        assert!(net.run_until(120, |net| {
            received = received.take().or_else(|| net.pc(1).channel(theirs).unwrap().recv());
            received.is_some()
        }));
        assert_eq!(received, Some(message.into()));
        let (batched, most) = net.batched;
        assert_eq!(batched > 50 && most > 2, is_batched, "{url}: {batched}, at most {most}");
        // What the relay's headers take is not counted.
        net.run_for(2);
        let [sent, taken] =
            [0, 1].map(|node| net.nodes[node].pc.stats(net.now).transports.remove(0));
        assert_eq!(sent.bytes_sent, taken.bytes_received);
        assert_eq!(taken.bytes_sent, sent.bytes_received);
    }
}

#[test]
fn media_goes_through_relays() {
    let url = format!("turn:{SERVER}");
    let mut net = Net::pair(relayed(&url), relayed(&url));
    let track = Track::new(MediaKind::Video, "track");
    let id = net.pc(0).add_track(track, &[]).unwrap();
    net.negotiate();
    assert!(net.run_until(40, |net| net.is_connected()));
    let mut received = 0;
    for number in 0..50 {
        let payload = vec![0x10; 1000];
        net.pc(0).send_packet(id, &OutgoingPacket::new(number * 3000, payload.into())).unwrap();
        net.run_for(1);
        while net.pc(1).poll_packet().is_some() {
            received += 1;
        }
    }
    assert_eq!(received, 50);
}

#[test]
fn statistics_name_the_server_and_how_it_is_spoken_to() {
    let url = format!("turn:{SERVER}?transport=tcp");
    let mut net = Net::pair(relayed(&url), relayed(&format!("turn:{SERVER}")));
    net.connect();
    let report = net.nodes[0].pc.stats(net.now);
    let local = &report.local_candidates[0];
    assert_eq!(local.url.as_deref(), Some(&*url));
    assert_eq!(local.relay_protocol.unwrap().as_str(), "tcp");
    assert_eq!(local.protocol, Protocol::Udp, "what is relayed is UDP");
    assert_eq!((&local.related_address, local.related_port), (&None, None));
    let report = net.nodes[1].pc.stats(net.now);
    assert_eq!(report.local_candidates[0].relay_protocol.unwrap().as_str(), "udp");
    assert!(report.remote_candidates[0].url.is_none());
}

#[test]
fn an_allocation_that_is_lost_moves_the_call_to_the_direct_path_or_ends_it() {
    // Alone with its relay a connection fails; with a direct path beside it, it goes on.
    let url = format!("turn:{SERVER}");
    let mut net = Net::pair(relayed(&url), Configuration::default());
    net.connect();
    net.servers[0].forget();
    net.servers[0].is_silent = true;
    let lost = |net: &mut Net| net.pc(0).connection_state() != ConnectionState::Connected;
    assert!(net.run_until(60, lost));

    let mut net = Net::pair(relayed(&url), Configuration::default());
    let (ours, theirs) = net.connect();
    let mut all = net.pc(0).configuration().clone();
    all.ice_transport_policy = IceTransportPolicy::All;
    let now = net.now;
    net.pc(0).set_configuration(now, all).unwrap();
    net.pc(0).restart_ice();
    net.negotiate();
    net.run_for(3);
    assert_eq!(kinds(&net.nodes[0].pc, &net).0, CandidateKind::Host);
    net.servers[0].forget();
    net.servers[0].is_silent = true;
    net.run_for(40);
    net.talk(ours, theirs);
    let failed =
        |event: &Event| matches!(event, Event::ConnectionStateChange(ConnectionState::Failed));
    assert!(!net.nodes[0].history.iter().any(failed));
}

#[test]
fn a_restart_keeps_the_relayed_pair_until_there_is_another() {
    let url = format!("turn:{SERVER}");
    let mut net = Net::pair(relayed(&url), relayed(&url));
    let (ours, theirs) = net.connect();
    net.pc(0).restart_ice();
    let now = net.now;
    net.pc(0).set_local_description(now, None).unwrap();
    net.talk(ours, theirs);
    let offer = net.pc(0).local_description().unwrap();
    let now = net.now;
    net.pc(1).set_remote_description(now, offer).unwrap();
    net.pc(1).set_local_description(now, None).unwrap();
    let answer = net.pc(1).local_description().unwrap();
    net.pc(0).set_remote_description(now, answer).unwrap();
    net.talk(ours, theirs);
    net.run_for(40);
    net.talk(ours, theirs);
    assert!(net.is_connected());
}
