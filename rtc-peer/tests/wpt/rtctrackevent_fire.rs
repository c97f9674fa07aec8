//! Streams that come and go with the `msid` of remote descriptions.

use rtc_peer::{Description, Event, PeerConnection, TrackEvent};

use crate::media::track_events;
use crate::peers::{START, events, lone};
use crate::record::subtests;

subtests! {
    "RTCTrackEvent-fire.html", A1;

    when_a_msid_is_absent_the_track_should_still_be_associated_with_a_stream =
        "When a=msid is absent, the track should still be associated with a stream" => assert_eq!(streams("").len(), 1);
    source_level_msid_should_be_ignored_if_media_level_msid_is_present =
        "Source-level msid should be ignored if media-level msid is present" => assert_eq!(streams(BOTH), ["1"]);
    source_level_msid_should_be_parsed_if_media_level_msid_is_absent =
        "Source-level msid should be parsed if media-level msid is absent" => assert_eq!(streams("a=ssrc:3 cname:4\na=ssrc:3 msid:1 2\n"), ["1"]);
    source_level_msid_should_be_ignored_or_an_error_should_be_thrown_if_a_different_media_level_msid_is_present =
        "Source-level msid should be ignored, or an error should be thrown, if a different media-level msid is present" => assert_eq!(streams("a=msid:1 2\na=ssrc:3 cname:4\na=ssrc:3 msid:3 2\n"), ["1"]);
    stream_ids_should_be_found_even_if_msid_semantic_is_absent =
        "stream ids should be found even if msid-semantic is absent" => {
        let mut pc = lone();
        let mut offer = described(BOTH);
        offer.sdp = offer.sdp.replace("msid-semantic", "unknownattr");
        pc.set_remote_description(START, offer).unwrap();
        assert_eq!(only(&mut pc).streams, ["1"]);
    };
    a_msid_should_result_in_a_track_event_with_no_streams =
        "a=msid:- should result in a track event with no streams" => assert_eq!(streams("a=msid:-\n").len(), 0);
    duplicate_a_msid_should_result_in_a_track_event_with_one_stream =
        "Duplicate a=msid should result in a track event with one stream" => assert_eq!(streams("a=msid:1 2\na=msid:1 2\n").len(), 1);
    applying_a_remote_description_with_removed_msid_should_trigger_firing_a_removetrack_event_on_the_corresponding_stream =
        "Applying a remote description with removed msid should trigger firing a removetrack event on the corresponding stream" => {
        let mut pc = lone();
        pc.set_remote_description(START, described(BOTH)).unwrap();
        let TrackEvent { transceiver, streams, .. } = only(&mut pc);
        assert_eq!(streams, ["1"]);
        pc.set_local_description(START, None).unwrap();
        pc.set_remote_description(START, described("")).unwrap();
        assert!(events(&mut pc).contains(&Event::StreamTrackRemoved { transceiver, stream: "1".into() }));
    };
    applying_a_remote_description_with_a_new_msid_should_trigger_firing_an_event_with_populated_streams =
        "Applying a remote description with a new msid should trigger firing an event with populated streams" => {
        let mut pc = lone();
        pc.set_remote_description(START, described("")).unwrap();
        let before = only(&mut pc);
        pc.set_local_description(START, None).unwrap();
        pc.set_remote_description(START, described(BOTH)).unwrap();
        let after = only(&mut pc);
        assert_eq!(after.streams, ["1"]);
        assert_eq!(after.track, before.track);
    };
}

const BOTH: &str = "a=msid:1 2\na=ssrc:3 cname:4\na=ssrc:3 msid:1 2\n";

/// The offer of a track with these lines.
fn described(lines: &str) -> Description {
    Description::offer(format!("{BASE}\n{lines}"))
}

/// The streams of the track that such an offer brings.
fn streams(lines: &str) -> Vec<String> {
    let mut pc = lone();
    pc.set_remote_description(START, described(lines)).unwrap();
    only(&mut pc).streams
}

/// The one `track` event since the connection was asked last.
fn only(pc: &mut PeerConnection) -> TrackEvent {
    let mut all = track_events(pc);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

const BASE: &str = "v=0
o=- 5511237691691746 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=ice-options:trickle
a=ice-lite
a=msid-semantic:WMS *
m=audio 9 UDP/TLS/RTP/SAVPF 111 103 9 102 0 8 105 13 110 113 126
c=IN IP6 ::
a=rtcp:9 IN IP6 ::
a=rtcp-mux
a=mid:0
a=sendrecv
a=ice-ufrag:z0i8R3C9C4hPRWls
a=ice-pwd:O7bPpOFAqasqoidV4yxnFVbc
a=ice-lite
a=fingerprint:sha-256 B7:9C:0D:C9:D1:42:57:97:82:4D:F9:B7:93:75:49:C3:42:21:5A:DD:9C:B5:ED:53:53:F0:B4:C8:AE:88:7A:E7
a=setup:actpass
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid
a=rtpmap:0 PCMU/8000";
