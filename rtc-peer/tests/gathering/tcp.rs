//! Over TCP between peers (RFC 6544).

use rtc_core::Protocol;
use rtc_peer::{Configuration, Request};

use crate::net::Net;

/// Two peers between which no UDP goes; the second listens.
fn blocked() -> Net {
    let mut net = Net::pair(Configuration::default(), Configuration::default());
    net.socket(1, "192.0.2.2:5001", Protocol::Tcp);
    net.blocks_udp = true;
    net
}

#[test]
fn a_connection_is_opened_where_no_datagram_goes() {
    let mut net = blocked();
    let (ours, theirs) = net.connect();
    net.talk(ours, theirs);
    net.run_for(2);
    for node in 0..2 {
        let path = net.nodes[node].pc.selected_path().unwrap();
        assert_eq!(path.protocol, Protocol::Tcp);
        let report = net.nodes[node].pc.stats(net.now);
        let selected = report.transports[0].selected_candidate_pair_id;
        let pair = report.candidate_pairs.iter().find(|pair| Some(pair.id) == selected).unwrap();
        let local = report.local_candidates.iter().find(|one| one.id == pair.local_candidate_id);
        let expected = ["active", "passive"][node];
        assert_eq!(local.unwrap().tcp_type.unwrap().as_str(), expected);
    }
}

#[test]
fn descriptions_say_who_opens_a_connection() {
    let mut net = blocked();
    net.connect();
    let has = |texts: Vec<String>, what: &str| texts.iter().any(|text| text.contains(what));
    assert!(has(net.candidates(0), " 192.0.2.1 9 typ host tcptype active"));
    assert!(has(net.candidates(1), " 192.0.2.2 5001 typ host tcptype passive"));
}

#[test]
fn large_messages_go_over_a_connection() {
    let mut net = blocked();
    let (ours, theirs) = net.connect();
    let message = vec![9; 250_000];
    for _ in 0..4 {
        net.pc(0).channel(ours).unwrap().send(message.clone()).unwrap();
    }
    let mut received = 0;
    assert!(net.run_until(120, |net| {
        while let Some(got) = net.pc(1).channel(theirs).unwrap().recv() {
            assert_eq!(got, message.clone().into());
            received += 1;
        }
        received == 4
    }));
}

#[test]
fn where_connections_are_not_wanted_none_is_opened() {
    let mut net = Net::pair(Configuration::default(), Configuration::default());
    let mut without = Configuration::default();
    without.ice_tcp = false;
    let mut net_without = Net::pair(without.clone(), without);
    for net in [&mut net, &mut net_without] {
        net.connect();
        let is_connect = |request: &Request| matches!(request, Request::Connect { .. });
        assert!(!net.nodes.iter().any(|node| node.requests.iter().any(is_connect)));
    }
    assert!(net_without.candidates(0).iter().all(|text| !text.contains("tcptype")));
}

#[test]
fn a_connection_that_ends_is_opened_again() {
    let mut net = blocked();
    let (ours, theirs) = net.connect();
    let path = net.nodes[0].pc.selected_path().unwrap();
    let now = net.now;
    net.pc(0).handle_disconnected(now, path);
    let back = rtc_core::FiveTuple { local: path.remote, remote: path.local, ..path };
    net.pc(1).handle_disconnected(now, back);
    net.talk(ours, theirs);
    assert_ne!(net.nodes[0].pc.selected_path(), Some(path));
}
