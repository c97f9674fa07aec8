//! What was sent before a channel was closed arrives.

use rtc_peer::{ChannelEvent, DataChannelInit, Event, Message};

use crate::peers::{Peers, Who, in_band};
use crate::record::subtests;

subtests! {
    "RTCDataChannel-send-close-string.window.js", A2;

    datachannel_should_be_able_to_send_and_receive_all_string_messages_on_close =
        "Datachannel should be able to send and receive all string messages on close" => everything_sent_before_close_arrives(&in_band(), " ".repeat(LARGE).into());
}

/// Also that of the other files of this name.
pub(crate) fn everything_sent_before_close_arrives(init: &DataChannelInit, message: Message) {
    let mut peers = Peers::new();
    let (channel1, channel2) = peers.data_channel_pair(init);
    let mut sent = 0;
    while sent < 20 * 1024 * 1024 {
        match peers.pc1().channel(channel1).unwrap().send(message.clone()) {
            Ok(()) => sent += message.len(),
            Err(error) => {
                assert_eq!(error.exception().name(), "OperationError");
                break;
            }
        }
    }
    assert!(sent > 0);
    peers.pc1().channel(channel1).unwrap().close();
    let closed = Event::DataChannel(ChannelEvent::Closed(channel2));
    let mut received = 0;
    peers.run_until(|peers| {
        while let Some(message) = peers.pc2().channel(channel2).unwrap().recv() {
            received += message.len();
        }
        peers.bob.said(&closed)
    });
    assert_eq!(received, sent);
    assert!(!peers.said_of(Who::Bob, channel2).contains(&ChannelEvent::Error(channel2)));
    assert!(!peers.said_of(Who::Alice, channel1).contains(&ChannelEvent::Error(channel1)));
}

pub(crate) const LARGE: usize = 64 * 1024;
