//! Hosts behind names of multicast DNS (draft-ietf-mmusic-mdns-ice-candidates).

use std::net::IpAddr;

use rtc_core::Protocol;
use rtc_peer::{Configuration, IceCandidate, IceServer, IceTransportPolicy, Request};

use crate::net::{Net, SERVER};

fn hidden() -> Configuration {
    let mut configuration = Configuration::default();
    configuration.hide_local_addresses = true;
    configuration
}

/// Whether a text tells one of the addresses.
fn tells(text: &str) -> bool {
    text.contains("192.0.2.1") || text.contains("192.0.2.2")
}

#[test]
fn hidden_hosts_find_each_other_and_tell_nobody_where_they_are() {
    let mut net = Net::pair(hidden(), hidden());
    let (ours, theirs) = net.connect();
    net.talk(ours, theirs);
    net.run_for(10);
    for node in 0..2 {
        let texts = net.candidates(node);
        assert!(texts.iter().any(|text| text.contains(".local 4000 typ host")) || node == 1);
        for text in &texts {
            assert!(!tells(text), "{text}");
        }
        let pc = &net.nodes[node].pc;
        let report = pc.stats(net.now);
        let told = format!("{report:?}");
        assert!(!tells(&told), "{told}");
        let json = serde_json::to_string(&report).unwrap();
        assert!(!tells(&json), "{json}");
        assert!(json.contains(".local"));
        for description in [pc.local_description(), pc.remote_description()] {
            assert!(!tells(&description.unwrap().sdp));
        }
    }
}

#[test]
fn an_address_has_one_name_for_all_its_candidates_and_each_address_its_own() {
    let mut net = Net::pair(hidden(), Configuration::default());
    net.socket(0, "192.0.2.1:4001", Protocol::Udp);
    net.socket(0, "[2001:db8::1]:4002", Protocol::Udp);
    net.connect();
    let published: Vec<(String, IpAddr)> = (net.nodes[0].requests.iter())
        .filter_map(|request| match request {
            Request::Publish { name, address } => Some((name.clone(), *address)),
            _ => None,
        })
        .collect();
    assert_eq!(published.len(), 2);
    assert_ne!(published[0].0, published[1].0);
    assert_ne!(published[0].1, published[1].1);
}

#[test]
fn names_are_withdrawn_when_they_name_nothing_any_more() {
    let mut net = Net::pair(hidden(), Configuration::default());
    net.socket(0, "[2001:db8::1]:4002", Protocol::Udp);
    net.connect();
    net.unplug(0, "[2001:db8::1]:4002", Protocol::Udp);
    net.drain();
    let withdrawn = |net: &Net| {
        let is = |request: &&Request| matches!(request, Request::Withdraw { .. });
        net.nodes[0].requests.iter().filter(is).count()
    };
    assert_eq!(withdrawn(&net), 1);
    net.pc(0).close();
    net.drain();
    assert_eq!(withdrawn(&net), 2);
    assert!(net.names.is_empty());
}

#[test]
fn only_names_of_candidates_are_resolved_and_none_under_the_policy_relay() {
    let candidate = |host: &str| {
        IceCandidate::new(format!("candidate:1 1 udp 2122260223 {host} 9999 typ host"), "0")
    };
    let name = "1f4712db-ea17-4bcf-a596-105139dfd8bf.local";
    for (policy, expected) in [(IceTransportPolicy::All, 1), (IceTransportPolicy::Relay, 0)] {
        let mut configuration = Configuration::default();
        configuration.ice_transport_policy = policy;
        let mut net = Net::pair(configuration, Configuration::default());
        net.pc(0).create_data_channel("chat", Default::default()).unwrap();
        net.negotiate();
        let now = net.now;
        for host in [name, "printer.local", "a.b.local", "example.org", "localhost", name] {
            net.pc(0).add_ice_candidate(now, &candidate(host)).unwrap();
        }
        net.drain();
        let resolved: Vec<&Request> = (net.nodes[0].requests.iter())
            .filter(|request| matches!(request, Request::Resolve { .. }))
            .collect();
        assert_eq!(resolved.len(), expected);
        for request in resolved {
            assert!(matches!(request, Request::Resolve { host, .. } if host == name));
        }
    }
}

#[test]
fn names_beyond_measure_are_not_resolved() {
    let mut net = Net::pair(Configuration::default(), Configuration::default());
    net.pc(0).create_data_channel("chat", Default::default()).unwrap();
    net.negotiate();
    let now = net.now;
    for number in 0..90 {
        let host = format!("1f4712db-ea17-4bcf-a596-1051390000{number:02}.local");
        let text = format!("candidate:1 1 udp 2122260223 {host} 9999 typ host");
        let _too_many = net.pc(0).add_ice_candidate(now, &IceCandidate::new(text, "0"));
    }
    net.drain();
    assert!(net.nodes[0].requests.len() <= 64, "{}", net.nodes[0].requests.len());
}

#[test]
fn a_hidden_host_tells_where_servers_see_it_and_nothing_of_where_it_is() {
    let mut configuration = hidden();
    configuration.ice_servers = vec![IceServer::turn(format!("turn:{SERVER}"), "lab", "secret")];
    let mut net = Net::pair(configuration, hidden());
    net.connect();
    net.run_until(10, |net| net.is_complete(0));
    let texts = net.candidates(0);
    let relayed = texts.iter().find(|text| text.contains("typ relay")).unwrap();
    assert!(relayed.contains("raddr 0.0.0.0 rport 9"), "{relayed}");
    for text in texts.iter().filter(|text| !text.contains("typ srflx")) {
        assert!(!tells(text), "{text}");
    }
}

#[test]
fn what_has_a_name_is_never_paired_with_a_relay() {
    let mut configuration = Configuration::default();
    configuration.ice_servers = vec![IceServer::turn(format!("turn:{SERVER}"), "lab", "secret")];
    // The relay is there before anything is known of the other side.
    configuration.ice_candidate_pool_size = 1;
    let mut net = Net::pair(configuration, hidden());
    net.run_for(2);
    net.connect();
    net.run_for(10);
    let report = net.nodes[0].pc.stats(net.now);
    let relayed = report.local_candidates.iter().find(|one| one.relay_protocol.is_some()).unwrap();
    assert!(report.candidate_pairs.iter().all(|pair| pair.local_candidate_id != relayed.id));
    let peers = net.servers[0].allocations()[0].permissions.keys();
    assert_eq!(peers.count(), 0, "the server does not learn where the other side is");
}
