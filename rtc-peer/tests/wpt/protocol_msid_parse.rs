//! How descriptions of streams are read.

use rtc_peer::Description;

use crate::media::track_events;
use crate::peers::{START, lone};
use crate::record::subtests;

subtests! {
    "protocol/msid-parse.html", A1;

    description_with_no_msid_produces_a_track_with_a_stream =
        "Description with no msid produces a track with a stream" => assert_eq!(streams("").len(), 1);
    description_with_msid_appid_produces_a_track_with_no_stream =
        "Description with msid:- appid produces a track with no stream" => assert_eq!(streams("a=msid:- foobar\n").len(), 0);
    description_with_msid_foo_bar_produces_a_stream_with_id_foo =
        "Description with msid:foo bar produces a stream with id foo" => assert_eq!(streams("a=msid:foo bar\n"), ["foo"]);
    description_with_two_msid_produces_two_streams =
        "Description with two msid produces two streams" => assert_eq!(streams("a=msid:foo bar\na=msid:baz bar\n").len(), 2);
    description_with_msid_foo_but_no_track_id_is_accepted =
        "Description with msid foo but no track id is accepted" => assert_eq!(streams("a=msid:foo\n"), ["foo"]);
}

fn streams(lines: &str) -> Vec<String> {
    let mut pc = lone();
    let offer = Description::offer(format!("{OFFER}{lines}"));
    pc.set_remote_description(START, offer).unwrap();
    assert_eq!(pc.transceivers().count(), 1);
    let [event] = &track_events(&mut pc)[..] else { panic!("not one track event") };
    event.streams.clone()
}

const OFFER: &str = "v=0
o=- 0 3 IN IP4 127.0.0.1
s=-
t=0 0
a=fingerprint:sha-256 A7:24:72:CA:6E:02:55:39:BA:66:DF:6E:CC:4C:D8:B0:1A:BF:1A:56:65:7D:F4:03:AD:7E:77:43:2A:29:EC:93
a=ice-ufrag:6HHHdzzeIhkE0CKj
a=ice-pwd:XYDGVpfvklQIEnZ6YnyLsAew
m=video 1 RTP/SAVPF 100
c=IN IP4 0.0.0.0
a=rtcp-mux
a=sendonly
a=mid:video
a=rtpmap:100 VP8/30
a=setup:actpass
";
