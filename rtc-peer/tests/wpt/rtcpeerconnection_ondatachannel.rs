//! Channels that the other side opens.

use std::time::Duration;

use rtc_peer::{ChannelEvent, ChannelId, DataChannelInit, DataChannelState, Event, PeerConnection};

use crate::peers::{Peers, Who, in_band, with_id};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-ondatachannel.html", A2;

    data_channel_event_should_fire_when_new_data_channel_is_announced_to_the_remote_peer =
        "Data channel event should fire when new data channel is announced to the remote peer" => {
        let mut peers = Peers::new();
        let dc2 = announced(&mut peers, in_band()).1;
        let state = peers.pc2().data_channel(dc2).unwrap().ready_state();
        assert_eq!(state, DataChannelState::Open);
        peers.run_for(Duration::from_millis(500));
        let said = peers.bob.history.iter().filter(|event| is_announced(event)).count();
        assert_eq!(said, 1);
    };
    should_be_able_to_send_data_in_a_datachannel_event_handler =
        "Should be able to send data in a datachannel event handler" => {
        let mut peers = Peers::new();
        let (dc1, dc2) = announced(&mut peers, in_band());
        peers.pc2().channel(dc2).unwrap().send("meow meow!").unwrap();
        assert_eq!(peers.await_message(Who::Alice, dc1), "meow meow!".into());
    };
    open_event_should_not_be_raised_when_closing_the_channel_in_the_datachannel_event =
        "Open event should not be raised when closing the channel in the datachannel event" => {
        let mut peers = Peers::new();
        let dc2 = close_when_announced(&mut peers, None).1;
        peers.run_for(Duration::from_millis(500));
        assert!(!peers.bob.opened().contains(&dc2));
    };
    open_event_should_be_raised_when_closing_the_channel_in_the_datachannel_event_after_enqueuing_a_task =
        "Open event should be raised when closing the channel in the datachannel event after enqueuing a task" => {
        let mut peers = Peers::new();
        let dc2 = announced(&mut peers, in_band()).1;
        peers.run_for(Duration::from_millis(2));
        peers.pc2().channel(dc2).unwrap().close();
        assert!(peers.bob.opened().contains(&dc2));
    };
    open_event_should_not_be_raised_when_sending_and_immediately_closing_the_channel_in_the_datachannel_event =
        "Open event should not be raised when sending and immediately closing the channel in the datachannel event" => {
        let mut peers = Peers::new();
        let (dc1, dc2) = close_when_announced(&mut peers, Some("meow meow!"));
        assert_eq!(peers.await_message(Who::Alice, dc1), "meow meow!".into());
        peers.run_for(Duration::from_millis(500));
        assert!(!peers.bob.opened().contains(&dc2));
    };
    in_band_negotiated_channel_created_on_remote_peer_should_match_the_same_configuration_as_local_peer =
        "In-band negotiated channel created on remote peer should match the same configuration as local peer" => the_other_side_sees_the_same(
        DataChannelInit {
            ordered: false,
            max_retransmits: Some(1),
            protocol: "custom".into(),
            ..in_band()
        },
        "test",
    );
    in_band_negotiated_channel_created_on_remote_peer_should_match_the_same_default_configuration_as_local_peer =
        "In-band negotiated channel created on remote peer should match the same (default) configuration as local peer" => the_other_side_sees_the_same(in_band(), "");
    negotiated_channel_should_not_fire_datachannel_event_on_remote_peer =
        "Negotiated channel should not fire datachannel event on remote peer" => {
        let mut peers = Peers::new();
        let dc1 = peers.pc1().create_data_channel("test", with_id(42)).unwrap();
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        peers.run_until(|peers| peers.alice.opened().contains(&dc1));
        peers.run_for(Duration::from_millis(500));
        assert!(!peers.bob.history.iter().any(is_announced));
    };
}

/// Opens a channel from the first peer to the second.
fn announced(peers: &mut Peers, init: DataChannelInit) -> (ChannelId, ChannelId) {
    let dc1 = peers.pc1().create_data_channel("fire-me!", init).unwrap();
    peers.exchange_ice_candidates();
    peers.exchange_offer_answer();
    let Event::DataChannel(event) = peers.wait_for(Who::Bob, is_announced) else { panic!() };
    (dc1, event.channel())
}

/// Closes a channel between the event that announces it and the next one.
fn close_when_announced(peers: &mut Peers, message: Option<&str>) -> (ChannelId, ChannelId) {
    let dc1 = peers.pc1().create_data_channel("fire-me!", in_band()).unwrap();
    peers.exchange_ice_candidates();
    peers.exchange_offer_answer();
    let Event::DataChannel(event) = peers.pause_at(Who::Bob, is_announced) else { panic!() };
    let mut dc2 = peers.pc2().channel(event.channel()).unwrap();
    if let Some(message) = message {
        dc2.send(message).unwrap();
    }
    dc2.close();
    peers.resume(Who::Bob);
    (dc1, event.channel())
}

fn the_other_side_sees_the_same(init: DataChannelInit, label: &str) {
    let mut peers = Peers::new();
    let dc1 = peers.pc1().create_data_channel(label, init.clone()).unwrap();
    let look = |pc: &PeerConnection, id| {
        let channel = pc.data_channel(id).unwrap();
        assert_eq!(channel.label(), label);
        assert_eq!(channel.ordered(), init.ordered);
        assert_eq!(channel.max_packet_life_time(), None);
        assert_eq!(channel.max_retransmits(), init.max_retransmits);
        assert_eq!(channel.protocol(), init.protocol);
        assert!(!channel.negotiated());
        channel.id()
    };
    assert_eq!(look(peers.pc1(), dc1), None);
    peers.exchange_ice_candidates();
    peers.exchange_offer_answer();
    let Event::DataChannel(event) = peers.wait_for(Who::Bob, is_announced) else { panic!() };
    let id = look(peers.pc2(), event.channel());
    assert!(id.is_some());
    assert_eq!(id, look(peers.pc1(), dc1));
}

fn is_announced(event: &Event) -> bool {
    matches!(event, Event::DataChannel(ChannelEvent::Announced(_)))
}
