//! RTP and RTCP share a port, always.

use rtc_peer::{Description, MediaKind, TransceiverDirection, TransceiverInit};

use crate::peers::{START, lone, rejects};
use crate::record::subtests;

subtests! {
    "RTCConfiguration-rtcpMuxPolicy.html", A1;

    setremotedescription_throws_invalidaccesserror_when_called_with_an_offer_without_rtcp_mux =
        "setRemoteDescription throws InvalidAccessError when called with an offer without rtcp-mux and rtcpMuxPolicy is set to require" => {
        let offer = Description::offer(DESCRIPTION.replace("SETUP", "actpass\r\na=mid:audio1"));
        rejects(lone().set_remote_description(START, offer), "InvalidAccessError");
    };
    setremotedescription_throws_invalidaccesserror_when_called_with_an_answer_without_rtcp_mux =
        "setRemoteDescription throws InvalidAccessError when called with an answer without rtcp-mux and rtcpMuxPolicy is set to require" => {
        let mut pc = lone();
        let direction = TransceiverDirection::RecvOnly;
        let init = TransceiverInit { direction, ..TransceiverInit::default() };
        pc.add_transceiver(MediaKind::Audio, init).unwrap();
        pc.set_local_description(START, None).unwrap();
        let answer = Description::answer(DESCRIPTION.replace("SETUP", "active"));
        rejects(pc.set_remote_description(START, answer), "InvalidAccessError");
    };

    [not applicable: "a decision: RTP and RTCP are always multiplexed, so that there is no policy to set"]
        "new RTCPeerConnection() should have default rtcpMuxPolicy require",
        "new RTCPeerConnection({ rtcpMuxPolicy: undefined }) should have default rtcpMuxPolicy require",
        "new RTCPeerConnection({ rtcpMuxPolicy: 'require' }) should succeed",
        "new RTCPeerConnection({ rtcpMuxPolicy: 'negotiate' }) may succeed or throw NotSupportedError",
        "new RTCPeerConnection(config) - with { rtcpMuxPolicy: null } should throw TypeError",
        "setConfiguration(config) - with { rtcpMuxPolicy: null } should throw TypeError",
        "new RTCPeerConnection(config) - with { rtcpMuxPolicy: 'invalid' } should throw TypeError",
        "setConfiguration(config) - with { rtcpMuxPolicy: 'invalid' } should throw TypeError",
        "setConfiguration({ rtcpMuxPolicy: 'negotiate' }) with initial rtcpMuxPolicy require should throw InvalidModificationError",
        "setConfiguration({ rtcpMuxPolicy: 'require' }) with initial rtcpMuxPolicy negotiate should throw InvalidModificationError",
        "setConfiguration({}) with initial rtcpMuxPolicy require should leave rtcpMuxPolicy to require",
        "setConfiguration({}) with initial rtcpMuxPolicy negotiate should throw InvalidModificationError";
}

const DESCRIPTION: &str = "v=0\r
o=- 166855176514521964 2 IN IP4 127.0.0.1\r
s=-\r
t=0 0\r
m=audio 9 UDP/TLS/RTP/SAVPF 111\r
c=IN IP4 0.0.0.0\r
a=rtcp:9 IN IP4 0.0.0.0\r
a=ice-ufrag:someufrag\r
a=ice-pwd:somelongpwdwithenoughrandomness\r
a=fingerprint:sha-256 00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00\r
a=setup:SETUP\r
a=sendonly\r
a=rtcp-rsize\r
a=rtpmap:111 opus/48000/2\r
";
