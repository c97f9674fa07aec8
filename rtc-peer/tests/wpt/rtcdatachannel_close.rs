//! Closing a data channel, or the connection below it.

use std::time::Duration;

use rtc_peer::{ChannelEvent, ChannelId, DataChannelInit, DataChannelState, Event, Message};

use crate::peers::{Peers, Who, in_band, negotiated};
use crate::record::subtests;

subtests! {
    "RTCDataChannel-close.html", A2;

    close_datachannel_causes_onclosing_and_onclose_to_be_called =
        "Close datachannel causes onclosing and onclose to be called" => closing_comes_before_close(&in_band());
    close_datachannel_causes_closing_and_close_event_to_be_called =
        "Close datachannel causes closing and close event to be called" => closing_comes_before_close(&in_band());
    repeated_open_send_echo_close_datachannel_works =
        "Repeated open/send/echo/close datachannel works" => open_send_echo_close(&in_band());
    close_peerconnection_causes_close_event_and_error_to_be_called_on_datachannel =
        "Close peerconnection causes close event and error to be called on datachannel" => closing_the_connection_closes_with_an_error(&in_band());
    close_peerconnection_after_datachannel_close_causes_no_events =
        "Close peerconnection after datachannel close causes no events" => what_is_closed_does_not_close_again(&in_band());
    close_peerconnection_causes_close_event_and_error_on_many_channels_datachannel =
        "Close peerconnection causes close event and error on many channels, datachannel" => many_channels_close_with_errors(&in_band());
    close_negotiated_datachannel_causes_onclosing_and_onclose_to_be_called =
        "Close negotiated datachannel causes onclosing and onclose to be called" => closing_comes_before_close(&negotiated());
    close_negotiated_datachannel_causes_closing_and_close_event_to_be_called =
        "Close negotiated datachannel causes closing and close event to be called" => closing_comes_before_close(&negotiated());
    repeated_open_send_echo_close_negotiated_datachannel_works =
        "Repeated open/send/echo/close negotiated datachannel works" => open_send_echo_close(&negotiated());
    close_peerconnection_causes_close_event_and_error_to_be_called_on_negotiated_datachannel =
        "Close peerconnection causes close event and error to be called on negotiated datachannel" => closing_the_connection_closes_with_an_error(&negotiated());
    close_peerconnection_after_negotiated_datachannel_close_causes_no_events =
        "Close peerconnection after negotiated datachannel close causes no events" => what_is_closed_does_not_close_again(&negotiated());
    close_peerconnection_causes_close_event_and_error_on_many_channels_negotiated_datachannel =
        "Close peerconnection causes close event and error on many channels, negotiated datachannel" => many_channels_close_with_errors(&negotiated());
}

fn closing_comes_before_close(init: &DataChannelInit) {
    let mut peers = Peers::new();
    let (channel1, channel2) = peers.data_channel_pair(init);
    peers.pc1().channel(channel1).unwrap().close();
    peers.run_until(|peers| {
        let events = peers.said_of(Who::Bob, channel2);
        let state = peers.pc2().data_channel(channel2).unwrap().ready_state();
        if events.last() == Some(&ChannelEvent::Closing(channel2)) {
            assert_eq!(state, DataChannelState::Closing);
        }
        events.contains(&ChannelEvent::Closed(channel2))
    });
    let state = peers.pc2().data_channel(channel2).unwrap().ready_state();
    assert_eq!(state, DataChannelState::Closed);
    let events = peers.said_of(Who::Bob, channel2);
    assert_eq!(
        events[events.len() - 2..],
        [ChannelEvent::Closing(channel2), ChannelEvent::Closed(channel2)]
    );
    assert!(!events.contains(&ChannelEvent::Error(channel2)));
    assert!(!peers.said_of(Who::Alice, channel1).contains(&ChannelEvent::Closing(channel1)));
}

fn open_send_echo_close(init: &DataChannelInit) {
    let mut peers = Peers::new();
    peers.pc1().create_data_channel("not-counted", init.clone()).unwrap();
    peers.exchange_ice_candidates();
    peers.exchange_offer_answer();
    if !init.negotiated {
        peers.wait_for(Who::Bob, is_announced);
    }
    for round in 1..=10 {
        let init = DataChannelInit { id: init.id.map(|_| round), ..init.clone() };
        let label = format!("dc {round}");
        let sender = peers.pc1().create_data_channel(&*label, init.clone()).unwrap();
        let receiver = if init.negotiated {
            let receiver = peers.pc2().create_data_channel(&*label, init).unwrap();
            peers.run_until(|peers| peers.bob.opened().contains(&receiver));
            receiver
        } else {
            wait_for_channel(&mut peers)
        };
        let state = peers.pc2().data_channel(receiver).unwrap().ready_state();
        assert_eq!(state, DataChannelState::Open);
        peers.run_until(|peers| peers.alice.opened().contains(&sender));
        let ping = Message::from(format!("ping {round}"));
        peers.pc1().channel(sender).unwrap().send(ping.clone()).unwrap();
        let echo = peers.await_message(Who::Bob, receiver);
        peers.pc2().channel(receiver).unwrap().send(echo).unwrap();
        assert_eq!(peers.await_message(Who::Alice, sender), ping);
        peers.pc1().channel(sender).unwrap().close();
        peers.wait_for(Who::Bob, |event| {
            *event == Event::DataChannel(ChannelEvent::Closed(receiver))
        });
    }
}

fn closing_the_connection_closes_with_an_error(init: &DataChannelInit) {
    let mut peers = Peers::new();
    let (_, channel2) = peers.data_channel_pair(init);
    peers.pc1().close();
    peers.wait_for(Who::Bob, |event| *event == Event::DataChannel(ChannelEvent::Closed(channel2)));
    let events = peers.said_of(Who::Bob, channel2);
    assert_eq!(
        events[events.len() - 2..],
        [ChannelEvent::Error(channel2), ChannelEvent::Closed(channel2)]
    );
}

fn what_is_closed_does_not_close_again(init: &DataChannelInit) {
    let mut peers = Peers::new();
    let (channel1, channel2) = peers.data_channel_pair(init);
    peers.pc1().channel(channel1).unwrap().close();
    peers.wait_for(Who::Bob, |event| *event == Event::DataChannel(ChannelEvent::Closed(channel2)));
    peers
        .wait_for(Who::Alice, |event| *event == Event::DataChannel(ChannelEvent::Closed(channel1)));
    assert!(!peers.said_of(Who::Alice, channel1).contains(&ChannelEvent::Error(channel1)));
    let said = peers.said_of(Who::Bob, channel2);
    peers.pc1().close();
    peers.run_for(Duration::from_millis(100));
    assert_eq!(peers.said_of(Who::Bob, channel2), said);
    assert!(peers.said_of(Who::Alice, channel1).ends_with(&[ChannelEvent::Closed(channel1)]));
}

fn many_channels_close_with_errors(init: &DataChannelInit) {
    let mut peers = Peers::new();
    peers.pc1().create_data_channel("not-counted", init.clone()).unwrap();
    peers.exchange_ice_candidates();
    peers.exchange_offer_answer();
    if !init.negotiated {
        peers.wait_for(Who::Bob, is_announced);
    }
    let mut channels = Vec::new();
    for id in 1..=10 {
        let init = DataChannelInit { id: init.id.map(|_| id), ..init.clone() };
        peers.pc1().create_data_channel("", init.clone()).unwrap();
        channels.push(if init.negotiated {
            peers.pc2().create_data_channel("", init).unwrap()
        } else {
            wait_for_channel(&mut peers)
        });
    }
    assert_eq!(channels.len(), 10);
    peers.run_until(|peers| channels.iter().all(|id| peers.bob.opened().contains(id)));
    peers.pc1().close();
    peers.run_for(Duration::from_secs(1));
    for id in channels {
        let events = peers.said_of(Who::Bob, id);
        let ends = events
            .iter()
            .filter(|event| matches!(event, ChannelEvent::Error(_) | ChannelEvent::Closed(_)));
        assert!(ends.eq(&[ChannelEvent::Error(id), ChannelEvent::Closed(id)]));
    }
}

fn wait_for_channel(peers: &mut Peers) -> ChannelId {
    let Event::DataChannel(event) = peers.wait_for(Who::Bob, is_announced) else { panic!() };
    event.channel()
}

fn is_announced(event: &Event) -> bool {
    matches!(event, Event::DataChannel(ChannelEvent::Announced(_)))
}
