//! What was sent before a channel was closed arrives.

use crate::peers::in_band;
use crate::record::subtests;
use crate::rtcdatachannel_send_close_string::{LARGE, everything_sent_before_close_arrives};

subtests! {
    "RTCDataChannel-send-close-array-buffer.window.js", A2;

    datachannel_should_be_able_to_send_and_receive_all_arraybuffer_messages_on_close =
        "Datachannel should be able to send and receive all arraybuffer messages on close" => everything_sent_before_close_arrives(&in_band(), vec![b' '; LARGE].into());
}
