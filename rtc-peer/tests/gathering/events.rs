//! What is said while candidates are gathered, and in which order (W3C sections 4.8 and 5.6).

use std::time::Duration;

use rtc_core::Protocol;
use rtc_peer::{Configuration, Event, IceGatheringState, IceServer};

use crate::net::{Net, SERVER};

pub(crate) fn with_servers(urls: &[&str]) -> Configuration {
    let mut configuration = Configuration::default();
    configuration.ice_tcp = false;
    configuration.ice_servers =
        urls.iter().map(|url| IceServer::turn(*url, "lab", "secret")).collect();
    configuration
}

/// What is said of gathering, shortly.
fn said(net: &Net, node: usize) -> Vec<String> {
    let word = |event: &Event| match event {
        Event::IceGatheringStateChange(state) => Some(state.to_string()),
        Event::IceCandidate(candidate) => Some(match candidate.parse() {
            Ok(candidate) => candidate.kind.as_str().to_string(),
            Err(_) => "end".to_string(),
        }),
        Event::IceCandidateError(error) => Some(error.error_code.to_string()),
        _ => None,
    };
    net.nodes[node].history.iter().filter_map(word).collect()
}

/// One peer whose offer has candidates of all kinds.
fn gathering(urls: &[&str]) -> Net {
    let mut net = Net::pair(with_servers(urls), Configuration::default());
    net.pc(0).create_data_channel("chat", Default::default()).unwrap();
    net
}

#[test]
fn states_and_candidates_come_in_the_order_of_the_specification() {
    let mut net = gathering(&[&format!("turn:{SERVER}")]);
    net.drain();
    assert!(said(&net, 0).is_empty(), "nothing is gathered before there is a description");
    let now = net.now;
    net.pc(0).set_local_description(now, None).unwrap();
    assert_eq!(net.pc(0).ice_gathering_state(), IceGatheringState::Gathering);
    assert!(net.run_until(5, |net| net.is_complete(0)));
    assert_eq!(said(&net, 0), ["gathering", "host", "relay", "end", "complete"]);
    let sdp = net.pc(0).local_description().unwrap().sdp;
    assert_eq!(sdp.matches("a=candidate:").count(), 2);
    assert!(sdp.contains("a=end-of-candidates"));
    assert!(net.now - Duration::from_secs(1) < now, "it has taken a few round trips");
}

#[test]
fn a_server_that_is_silent_is_an_error_and_delays_no_other() {
    let mut net = gathering(&["stun:198.51.100.9", &format!("turn:{SERVER}")]);
    let now = net.now;
    net.pc(0).set_local_description(now, None).unwrap();
    assert!(net.run_until(1, |net| said(net, 0).contains(&"relay".to_string())));
    assert!(!net.is_complete(0));
    assert!(net.run_until(30, |net| net.is_complete(0)));
    assert_eq!(said(&net, 0), ["gathering", "host", "relay", "701", "end", "complete"]);
    let error = net.nodes[0].history.iter().find_map(|event| match event {
        Event::IceCandidateError(error) => Some(error.clone()),
        _ => None,
    });
    let error = error.unwrap();
    assert_eq!(error.url, "stun:198.51.100.9");
    assert_eq!(error.address.as_deref(), Some("192.0.2.1"));
    assert_eq!(error.port, Some(4000));
    assert!(!error.error_text.is_empty());
}

#[test]
fn wrong_credentials_are_an_error_with_the_code_of_the_server() {
    let mut net = gathering(&[&format!("turn:{SERVER}")]);
    net.servers[0].password = "other".into();
    let now = net.now;
    net.pc(0).set_local_description(now, None).unwrap();
    assert!(net.run_until(30, |net| net.is_complete(0)));
    assert_eq!(said(&net, 0), ["gathering", "host", "401", "end", "complete"]);
}

#[test]
fn a_name_that_nobody_knows_is_an_error_with_701() {
    let mut net = gathering(&["turn:nowhere.example"]);
    let now = net.now;
    net.pc(0).set_local_description(now, None).unwrap();
    assert!(net.run_until(30, |net| net.is_complete(0)));
    assert_eq!(said(&net, 0), ["gathering", "host", "701", "end", "complete"]);
}

#[test]
fn the_name_of_a_server_is_resolved_by_the_driver() {
    let mut net = gathering(&["turn:relay.example"]);
    net.names.insert("relay.example".into(), "198.51.100.1".parse().unwrap());
    let now = net.now;
    net.pc(0).set_local_description(now, None).unwrap();
    assert!(net.run_until(30, |net| net.is_complete(0)));
    assert_eq!(said(&net, 0), ["gathering", "host", "relay", "end", "complete"]);
}

#[test]
fn an_address_that_comes_later_is_gathered_from_and_ends_the_generation_again() {
    let mut net = gathering(&[&format!("turn:{SERVER}")]);
    let now = net.now;
    net.pc(0).set_local_description(now, None).unwrap();
    net.run_until(5, |net| net.is_complete(0));
    net.nodes[0].history.clear();
    net.socket(0, "192.0.2.7:4007", Protocol::Udp);
    assert!(net.run_until(5, |net| net.is_complete(0)));
    assert_eq!(said(&net, 0), ["gathering", "host", "relay", "end", "complete"]);
}

#[test]
fn a_restart_gathers_anew_with_the_servers_of_by_then() {
    let mut net = Net::pair(with_servers(&[]), Configuration::default());
    let (ours, theirs) = net.connect();
    net.nodes[0].history.clear();
    let changed = with_servers(&[&format!("turn:{SERVER}")]);
    let now = net.now;
    net.pc(0).set_configuration(now, changed).unwrap();
    net.run_for(1);
    assert!(said(&net, 0).is_empty(), "another configuration does nothing by itself");
    net.pc(0).restart_ice();
    net.negotiate();
    assert!(net.run_until(5, |net| net.is_complete(0)));
    assert_eq!(said(&net, 0), ["gathering", "host", "relay", "end", "complete"]);
    net.talk(ours, theirs);
}
