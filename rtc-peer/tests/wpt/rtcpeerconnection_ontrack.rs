//! When the other side sends something.

use rtc_peer::{
    Description, MediaKind, PeerConnection, TrackEvent, TransceiverDirection, TransceiverInit,
};

use crate::media::{add, add_with, direction, track, track_events};
use crate::peers::{START, lone, offer, other};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-ontrack.https.html", B;

    setremotedescription_should_trigger_ontrack_event_when_the_msid_of_the_stream_is_is_parsed =
        "setRemoteDescription should trigger ontrack event when the MSID of the stream is is parsed." => {
        let mut pc = lone();
        let event = of_offer(&mut pc, OFFER);
        assert_eq!(event.streams, ["stream1"]);
        assert_eq!(event.track.kind, MediaKind::Audio);
        assert_eq!(direction(&pc, event.transceiver), TransceiverDirection::RecvOnly);
    };
    setremotedescription_with_m_line_of_recvonly_direction_should_not_trigger_track_event =
        "setRemoteDescription() with m= line of recvonly direction should not trigger track event" => {
        let mut pc = lone();
        let offer = Description::offer(OFFER.replace("a=sendonly", "a=recvonly"));
        pc.set_remote_description(START, offer).unwrap();
        assert_eq!(track_events(&mut pc), []);
    };
    addtrack_should_cause_remote_connection_to_fire_ontrack_when_setremotedescription =
        "addTrack() should cause remote connection to fire ontrack when setRemoteDescription()" => {
        let mut pc1 = lone();
        pc1.add_track(track(MediaKind::Audio, "sound"), &["stream"]).unwrap();
        let event = of_offer(&mut other(), &offer(&mut pc1).sdp);
        assert_eq!(event.track.kind, MediaKind::Audio);
    };
    addtransceiver_video_should_cause_remote_connection_to_fire_ontrack_when_setremotedescription =
        "addTransceiver('video') should cause remote connection to fire ontrack when setRemoteDescription()" => {
        let mut pc1 = lone();
        add(&mut pc1, MediaKind::Video);
        let event = of_offer(&mut other(), &offer(&mut pc1).sdp);
        assert_eq!(event.track.kind, MediaKind::Video);
    };
    addtransceiver_with_inactive_direction_should_not_cause_remote_connection_to_fire_ontrack_when_setremotedescription =
        "addTransceiver() with inactive direction should not cause remote connection to fire ontrack when setRemoteDescription()" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add_with(&mut pc1, MediaKind::Audio, TransceiverDirection::Inactive);
        pc2.set_remote_description(START, offer(&mut pc1)).unwrap();
        assert_eq!(track_events(&mut pc2), []);
    };
    addtransceiver_order_of_kinds_is_retained_in_ontrack_at_the_receiver =
        "addTransceiver order of kinds is retained in ontrack at the receiver" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let expected = [MediaKind::Audio, MediaKind::Video, MediaKind::Video, MediaKind::Audio];
        for (kind, stream) in expected.iter().zip(["stream", "stream", "stream2", "stream2"]) {
            let init =
                TransceiverInit { streams: [stream.into()].into(), ..TransceiverInit::default() };
            pc1.add_transceiver(*kind, init).unwrap();
        }
        pc2.set_remote_description(START, offer(&mut pc1)).unwrap();
        let kinds: Vec<_> = track_events(&mut pc2).iter().map(|event| event.track.kind).collect();
        assert_eq!(kinds, expected);
    };
    ontrack_should_not_fire_for_rejected_media_sections =
        "ontrack should not fire for rejected media sections" => {
        let mut pc = lone();
        let offer = OFFER.replace("m=audio 9", "m=audio 0").replace("a=msid:stream1 track1\n", "");
        pc.set_remote_description(START, Description::offer(offer)).unwrap();
        assert_eq!(track_events(&mut pc), []);
    };

    [not applicable: "offerToReceiveAudio and offerToReceiveVideo are legacy, and not there"]
        "Using offerToReceiveAudio and offerToReceiveVideo should only cause a audio track event to fire, if audio was the only type negotiated",
        "Using offerToReceiveAudio and offerToReceiveVideo should only cause a video track event to fire, if video was the only type negotiated";
}

/// The one `track` event that an offer makes, whose parts must belong together.
fn of_offer(pc: &mut PeerConnection, sdp: &str) -> TrackEvent {
    pc.set_remote_description(START, Description::offer(sdp)).unwrap();
    let [event] = &track_events(pc)[..] else { panic!("not one track event") };
    let receiver = pc.transceiver(event.transceiver).unwrap().receiver();
    assert_eq!(receiver.track(), &event.track);
    assert!(receiver.streams().eq(event.streams.iter().map(|stream| &**stream)));
    event.clone()
}

const OFFER: &str = "v=0
o=- 166855176514521964 2 IN IP4 127.0.0.1
s=-
t=0 0
a=msid-semantic:WMS *
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:someufrag
a=ice-pwd:somelongpwdwithenoughrandomness
a=fingerprint:sha-256 8C:71:B3:8D:A5:38:FD:8F:A4:2E:A2:65:6C:86:52:BC:E0:6E:94:F2:9F:7C:4D:B5:DF:AF:AA:6F:44:90:8D:F4
a=setup:actpass
a=rtcp-mux
a=mid:mid1
a=sendonly
a=rtpmap:111 opus/48000/2
a=msid:stream1 track1
a=ssrc:1001 cname:some
";
