//! What was sent before a channel was closed arrives.

use crate::peers::negotiated;
use crate::record::subtests;
use crate::rtcdatachannel_send_close_string::{LARGE, everything_sent_before_close_arrives};

subtests! {
    "RTCDataChannel-send-close-array-buffer-negotiated.window.js", A2;

    negotiated_datachannel_should_be_able_to_send_and_receive_all_arraybuffer_messages_on_close =
        "Negotiated datachannel should be able to send and receive all arraybuffer messages on close" => everything_sent_before_close_arrives(&negotiated(), vec![b' '; LARGE].into());
}
