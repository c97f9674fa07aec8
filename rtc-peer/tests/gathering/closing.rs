//! What a connection leaves behind.

use rtc_core::Protocol;
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
