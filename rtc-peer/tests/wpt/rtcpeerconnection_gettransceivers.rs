//! A connection without transceivers.

use crate::peers::lone;
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-getTransceivers.html", A1;

    initial_peer_connection_should_have_list_of_zero_senders_receivers_and_transceivers =
        "Initial peer connection should have list of zero senders, receivers and transceivers" => assert_eq!(lone().transceivers().count(), 0);
}
