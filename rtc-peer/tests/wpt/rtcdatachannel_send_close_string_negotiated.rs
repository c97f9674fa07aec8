//! What was sent before a channel was closed arrives.

use crate::peers::negotiated;
use crate::record::subtests;
use crate::rtcdatachannel_send_close_string::{LARGE, everything_sent_before_close_arrives};

subtests! {
    "RTCDataChannel-send-close-string-negotiated.window.js", A2;

    negotiated_datachannel_should_be_able_to_send_and_receive_all_string_messages_on_close =
        "Negotiated datachannel should be able to send and receive all string messages on close" => everything_sent_before_close_arrives(&negotiated(), " ".repeat(LARGE).into());
}
