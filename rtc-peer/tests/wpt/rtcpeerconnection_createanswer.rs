//! Answers, and when there are none.

use rtc_peer::SdpType;

use crate::peers::{START, data_channel_offer, lone, offer};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-createAnswer.html", A1;

    createanswer_with_null_remotedescription_should_reject_with_invalidstateerror =
        "createAnswer() with null remoteDescription should reject with InvalidStateError" => {
        let error = lone().create_answer().unwrap_err();
        assert_eq!(error.exception().name(), "InvalidStateError");
    };
    createanswer_returns_rtcsessiondescriptioninit =
        "createAnswer() returns RTCSessionDescriptionInit" => {
        let mut pc = lone();
        let offer = offer(&mut pc);
        pc.set_remote_description(START, offer).unwrap();
        let answer = pc.create_answer().unwrap();
        assert_eq!(answer.kind, SdpType::Answer);
        assert!(answer.sdp.starts_with("v=0\r\n"));
    };
    createanswer_when_connection_is_closed_should_reject_with_invalidstateerror =
        "createAnswer() when connection is closed should reject with InvalidStateError" => {
        let mut pc = lone();
        let offer = data_channel_offer(&mut pc);
        pc.set_remote_description(START, offer).unwrap();
        pc.close();
        let error = pc.create_answer().unwrap_err();
        assert_eq!(error.exception().name(), "InvalidStateError");
    };
}
