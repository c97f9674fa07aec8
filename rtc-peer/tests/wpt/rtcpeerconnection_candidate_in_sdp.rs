//! Candidates in the local description.

use crate::record::subtests;

subtests! {
    "RTCPeerConnection-candidate-in-sdp.https.html", A2;

    [not applicable: "candidates of our own addresses are known when the description has been set, and it has them"]
        "localDescription contains candidates";
}
