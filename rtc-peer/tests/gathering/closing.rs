//! What a connection leaves behind.

use std::time::Duration;

use rtc_core::Protocol;
use rtc_ice::stun::Method;
use rtc_peer::{ChannelEvent, Configuration, Event, IceServer, IceTransportPolicy, Request};

use crate::net::{Net, SERVER};

#[test]
fn closing_says_goodbye_and_gives_the_allocation_back() {
    for transport in ["udp", "tcp"] {
        let mut configuration = Configuration::default();
        let url = format!("turn:{SERVER}?transport={transport}");
        configuration.ice_servers = vec![IceServer::turn(url, "lab", "secret")];
        configuration.ice_transport_policy = IceTransportPolicy::Relay;
        let mut net = Net::pair(configuration, Configuration::default());
        let (_, theirs) = net.connect();
        assert_eq!(net.servers[0].allocations().len(), 1);
        net.pc(0).close();
        net.drain();
        net.run_for(2);
        assert!(net.servers[0].allocations().is_empty(), "{transport}");
        let closed = Event::DataChannel(ChannelEvent::Closed(theirs));
        assert!(net.nodes[1].history.contains(&closed), "{transport}: the goodbye went through");
        assert_eq!(net.pc(0).poll_timeout(), None);
        let is_disconnect = |request: &Request| matches!(request, Request::Disconnect(_));
        let disconnects = net.nodes[0].requests.iter().filter(|it| is_disconnect(it)).count();
        assert_eq!(disconnects, usize::from(transport == "tcp"));
    }
}

/// A call whose first side has a relay, with a nonce of twenty seconds ago.
fn relayed() -> Net {
    let mut configuration = Configuration::default();
    configuration.ice_servers = vec![IceServer::turn(format!("turn:{SERVER}"), "lab", "secret")];
    configuration.ice_transport_policy = IceTransportPolicy::Relay;
    let mut net = Net::pair(configuration, Configuration::default());
    net.connect();
    net.run_for(20);
    assert_eq!(net.servers[0].allocations().len(), 1);
    net
}

#[test]
fn an_allocation_is_given_back_though_the_nonce_is_stale() {
    let mut net = relayed();
    net.servers[0].nonce_lifetime = Some(Duration::from_secs(10));
    net.pc(0).close();
    net.drain();
    assert!(net.pc(0).poll_timeout().is_some(), "the server has not confirmed it");
    net.run_for(1);
    assert!(net.servers[0].allocations().is_empty());
    assert_eq!(net.servers[0].count(Method::REFRESH), 2);
    assert_eq!(net.pc(0).poll_timeout(), None);
}

#[test]
fn a_goodbye_is_not_said_for_ever() {
    let mut net = relayed();
    net.servers[0].is_never_content = true;
    net.pc(0).close();
    net.run_for(10);
    assert_eq!(net.servers[0].count(Method::REFRESH), 2);
    assert_eq!(net.pc(0).poll_timeout(), None);

    let mut net = relayed();
    net.servers[0].is_silent = true;
    net.pc(0).close();
    let sent = net.nodes[0].sent.len();
    let closed_at = net.now;
    assert!(net.run_until(10, |net| net.pc(0).poll_timeout().is_none()));
    assert!(net.now <= closed_at + Duration::from_secs(2));
    // The end of DTLS and the Refresh.
    assert!(net.nodes[0].sent.len() <= sent + 3);
}

#[test]
fn closing_has_connections_to_the_other_side_closed() {
    let mut net = Net::pair(Configuration::default(), Configuration::default());
    net.socket(1, "192.0.2.2:5001", Protocol::Tcp);
    net.blocks_udp = true;
    let (_, theirs) = net.connect();
    let path = net.nodes[0].pc.selected_path().unwrap();
    net.pc(0).close();
    net.drain();
    assert!(net.nodes[0].requests.contains(&Request::Disconnect(path)));
    net.run_for(1);
    let closed = Event::DataChannel(ChannelEvent::Closed(theirs));
    assert!(net.nodes[1].history.contains(&closed), "the goodbye went before");
}

#[test]
fn what_comes_after_the_end_changes_nothing() {
    let mut configuration = Configuration::default();
    configuration.ice_servers = vec![IceServer::turn("turn:relay.example", "lab", "secret")];
    let mut net = Net::pair(configuration, Configuration::default());
    net.pc(0).create_data_channel("chat", Default::default()).unwrap();
    let now = net.now;
    net.pc(0).set_local_description(now, None).unwrap();
    let query = std::iter::from_fn(|| net.nodes[0].pc.poll_request()).find_map(|it| match it {
        Request::Resolve { query, .. } => Some(query),
        _ => None,
    });
    net.pc(0).close();
    net.pc(0).handle_resolved(now, query.unwrap(), &["198.51.100.1".parse().unwrap()]);
    let mut buffer = Vec::new();
    assert_eq!(net.pc(0).poll_transmit(now, 1, &mut buffer), None);
    assert_eq!(net.pc(0).poll_event(), None);
    assert_eq!(net.pc(0).poll_timeout(), None);
    assert!(net.pc(0).set_configuration(now, Configuration::default()).is_err());
}
