//! What waits to be sent, and the event that says that it has shrunk.

use rtc_peer::{ChannelEvent, ChannelId, DataChannelInit, Event, Message};

use crate::peers::{Peers, Who, in_band, negotiated};
use crate::record::{NO_BLOB, subtests};

subtests! {
    "RTCDataChannel-bufferedAmount.html", A2;

    datachannel_bufferedamount_initial_value_should_be_0_for_both_peers =
        "datachannel bufferedAmount initial value should be 0 for both peers" => starts_at_zero(&in_band());
    datachannel_bufferedamount_should_increase_to_byte_length_of_encodedunicode_string_sent =
        "datachannel bufferedAmount should increase to byte length of encodedunicode string sent" => grows_by(&in_band(), UNICODE.into(), 12);
    datachannel_bufferedamount_should_stay_at_zero_for_empty_string_sent =
        "datachannel bufferedAmount should stay at zero for empty string sent" => grows_by(&in_band(), "".into(), 0);
    datachannel_bufferedamount_should_increase_to_byte_length_of_buffer_sent =
        "datachannel bufferedAmount should increase to byte length of buffer sent" => grows_by(&in_band(), hello_buffer(), 5);
    datachannel_bufferedamount_should_stay_at_zero_for_empty_buffer_sent =
        "datachannel bufferedAmount should stay at zero for empty buffer sent" => grows_by(&in_band(), Vec::new().into(), 0);
    datachannel_bufferedamount_should_not_decrease_immediately_after_initiating_closure =
        "datachannel bufferedAmount should not decrease immediately after initiating closure" => stays_when_the_channel_closes(&in_band());
    datachannel_bufferedamount_should_not_decrease_after_closing_the_peer_connection =
        "datachannel bufferedAmount should not decrease after closing the peer connection" => stays_when_the_connection_closes(&in_band());
    datachannel_bufferedamountlow_event_fires_after_send_is_complete =
        "datachannel bufferedamountlow event fires after send() is complete" => low_is_said_after_a_message(&in_band());
    datachannel_bufferedamount_is_data_length_on_send_data =
        "datachannel bufferedamount is data.length on send(data)" => grows_by(&in_band(), HELLO.into(), 5);
    datachannel_bufferedamount_returns_the_same_amount_if_no_more_data_is =
        "datachannel bufferedamount returns the same amount if no more data is" => is_the_same_when_asked_again(&in_band());
    datachannel_bufferedamountlow_event_fires_only_once_after_multiple_consecutive_send_calls =
        "datachannel bufferedamountlow event fires only once after multiple consecutive send() calls" => low_is_said_once_for_two_messages(&in_band());
    datachannel_bufferedamountlow_event_fires_after_each_sent_message =
        "datachannel bufferedamountlow event fires after each sent message" => low_is_said_after_each_message(&in_band());
    negotiated_datachannel_bufferedamount_initial_value_should_be_0_for_both_peers =
        "negotiated datachannel bufferedAmount initial value should be 0 for both peers" => starts_at_zero(&negotiated());
    negotiated_datachannel_bufferedamount_should_increase_to_byte_length_of_encodedunicode_string_sent =
        "negotiated datachannel bufferedAmount should increase to byte length of encodedunicode string sent" => grows_by(&negotiated(), UNICODE.into(), 12);
    negotiated_datachannel_bufferedamount_should_stay_at_zero_for_empty_string_sent =
        "negotiated datachannel bufferedAmount should stay at zero for empty string sent" => grows_by(&negotiated(), "".into(), 0);
    negotiated_datachannel_bufferedamount_should_increase_to_byte_length_of_buffer_sent =
        "negotiated datachannel bufferedAmount should increase to byte length of buffer sent" => grows_by(&negotiated(), hello_buffer(), 5);
    negotiated_datachannel_bufferedamount_should_stay_at_zero_for_empty_buffer_sent =
        "negotiated datachannel bufferedAmount should stay at zero for empty buffer sent" => grows_by(&negotiated(), Vec::new().into(), 0);
    negotiated_datachannel_bufferedamount_should_not_decrease_immediately_after_initiating_closure =
        "negotiated datachannel bufferedAmount should not decrease immediately after initiating closure" => stays_when_the_channel_closes(&negotiated());
    negotiated_datachannel_bufferedamount_should_not_decrease_after_closing_the_peer_connection =
        "negotiated datachannel bufferedAmount should not decrease after closing the peer connection" => stays_when_the_connection_closes(&negotiated());
    negotiated_datachannel_bufferedamountlow_event_fires_after_send_is_complete =
        "negotiated datachannel bufferedamountlow event fires after send() is complete" => low_is_said_after_a_message(&negotiated());
    negotiated_datachannel_bufferedamount_is_data_length_on_send_data =
        "negotiated datachannel bufferedamount is data.length on send(data)" => grows_by(&negotiated(), HELLO.into(), 5);
    negotiated_datachannel_bufferedamount_returns_the_same_amount_if_no_more_data_is =
        "negotiated datachannel bufferedamount returns the same amount if no more data is" => is_the_same_when_asked_again(&negotiated());
    negotiated_datachannel_bufferedamountlow_event_fires_only_once_after_multiple_consecutive_send_calls =
        "negotiated datachannel bufferedamountlow event fires only once after multiple consecutive send() calls" => low_is_said_once_for_two_messages(&negotiated());
    negotiated_datachannel_bufferedamountlow_event_fires_after_each_sent_message =
        "negotiated datachannel bufferedamountlow event fires after each sent message" => low_is_said_after_each_message(&negotiated());

    [not applicable: NO_BLOB]
        "datachannel bufferedAmount should increase to size of blob sent",
        "datachannel bufferedAmount should stay at zero for empty blob sent",
        "datachannel bufferedAmount should increase by byte length for each message sent",
        "negotiated datachannel bufferedAmount should increase to size of blob sent",
        "negotiated datachannel bufferedAmount should stay at zero for empty blob sent",
        "negotiated datachannel bufferedAmount should increase by byte length for each message sent";
}

fn starts_at_zero(init: &DataChannelInit) {
    let mut peers = Peers::new();
    let (dc1, dc2) = peers.data_channel_pair(init);
    assert_eq!(amount(&mut peers, Who::Alice, dc1), 0);
    assert_eq!(amount(&mut peers, Who::Bob, dc2), 0);
}

/// A message counts by its bytes until it has gone.
fn grows_by(init: &DataChannelInit, message: Message, length: usize) {
    let mut peers = Peers::new();
    let (dc1, dc2) = peers.data_channel_pair(init);
    send(&mut peers, dc1, message.clone());
    assert_eq!(amount(&mut peers, Who::Alice, dc1), length);
    assert_eq!(peers.await_message(Who::Bob, dc2), message);
    assert_eq!(amount(&mut peers, Who::Alice, dc1), 0);
}

fn stays_when_the_channel_closes(init: &DataChannelInit) {
    let mut peers = Peers::new();
    let (dc1, _) = peers.data_channel_pair(init);
    send(&mut peers, dc1, hello_buffer());
    assert_eq!(amount(&mut peers, Who::Alice, dc1), 5);
    peers.pc1().channel(dc1).unwrap().close();
    assert_eq!(amount(&mut peers, Who::Alice, dc1), 5);
}

fn stays_when_the_connection_closes(init: &DataChannelInit) {
    let mut peers = Peers::new();
    let (dc1, _) = peers.data_channel_pair(init);
    send(&mut peers, dc1, hello_buffer());
    assert_eq!(amount(&mut peers, Who::Alice, dc1), 5);
    peers.pc1().close();
    assert_eq!(amount(&mut peers, Who::Alice, dc1), 5);
}

fn low_is_said_after_a_message(init: &DataChannelInit) {
    let mut peers = Peers::new();
    let (channel1, _) = peers.data_channel_pair(init);
    send(&mut peers, channel1, HELLO.into());
    wait_for_low(&mut peers, channel1);
}

fn is_the_same_when_asked_again(init: &DataChannelInit) {
    let mut peers = Peers::new();
    let (channel1, _) = peers.data_channel_pair(init);
    send(&mut peers, channel1, HELLO.into());
    assert_eq!(amount(&mut peers, Who::Alice, channel1), 5);
    assert_eq!(amount(&mut peers, Who::Alice, channel1), 5);
}

fn low_is_said_once_for_two_messages(init: &DataChannelInit) {
    let mut peers = Peers::new();
    let (channel1, channel2) = peers.data_channel_pair(init);
    send(&mut peers, channel1, HELLO.into());
    assert_eq!(amount(&mut peers, Who::Alice, channel1), 5);
    send(&mut peers, channel1, HELLO.into());
    assert_eq!(amount(&mut peers, Who::Alice, channel1), 10);
    wait_for_low(&mut peers, channel1);
    assert_eq!(peers.await_message(Who::Bob, channel2), HELLO.into());
    assert_eq!(peers.await_message(Who::Bob, channel2), HELLO.into());
    let low = ChannelEvent::BufferedAmountLow(channel1);
    let said = peers.said_of(Who::Alice, channel1);
    assert_eq!(said.iter().filter(|event| **event == low).count(), 1);
}

fn low_is_said_after_each_message(init: &DataChannelInit) {
    let mut peers = Peers::new();
    let (channel1, channel2) = peers.data_channel_pair(init);
    for _ in 0..2 {
        send(&mut peers, channel1, HELLO.into());
        assert_eq!(amount(&mut peers, Who::Alice, channel1), 5);
        wait_for_low(&mut peers, channel1);
        assert_eq!(peers.await_message(Who::Bob, channel2), HELLO.into());
    }
}

fn send(peers: &mut Peers, id: ChannelId, message: Message) {
    peers.pc1().channel(id).unwrap().send(message).unwrap();
}

fn amount(peers: &mut Peers, who: Who, id: ChannelId) -> usize {
    peers.pc(who).data_channel(id).unwrap().buffered_amount()
}

fn wait_for_low(peers: &mut Peers, id: ChannelId) {
    let low = Event::DataChannel(ChannelEvent::BufferedAmountLow(id));
    peers.wait_for(Who::Alice, |event| *event == low);
    let channel = peers.pc1().data_channel(id).unwrap();
    assert!(channel.buffered_amount() <= channel.buffered_amount_low_threshold());
}

fn hello_buffer() -> Message {
    HELLO.as_bytes().to_vec().into()
}

const HELLO: &str = "hello";
const UNICODE: &str = "世界你好";
