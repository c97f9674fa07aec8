//! Payload types that an offer may have.

use rtc_peer::Description;

use crate::peers::{START, lone, rejects};
use crate::record::subtests;

subtests! {
    "protocol/rtp-payloadtypes.html", A1;

    setremotedescription_with_a_codec_in_the_range_96_127_works =
        "setRemoteDescription with a codec in the range 96-127 works" => (96..=127).for_each(works);
    setremotedescription_with_a_codec_in_the_range_35_63_works =
        "setRemoteDescription with a codec in the range 35-63 works" => (35..=63).for_each(works);
    setremotedescription_with_a_codec_in_the_range_64_95_throws_an_invalidaccesserror =
        "setRemoteDescription with a codec in the range 64-95 throws an InvalidAccessError" => {
        for payload_type in 64..=95 {
            let result = lone().set_remote_description(START, offer(payload_type));
            rejects(result, "InvalidAccessError");
        }
    };
}

fn works(payload_type: u8) {
    let mut pc = lone();
    pc.set_remote_description(START, offer(payload_type)).unwrap();
    let answer = pc.create_answer().unwrap();
    assert!(answer.sdp.contains(&format!("\r\na=rtpmap:{payload_type} opus/48000/2\r\n")));
}

fn offer(payload_type: u8) -> Description {
    Description::offer(format!(
        "v=0
o=- 0 3 IN IP4 127.0.0.1
s=-
t=0 0
a=fingerprint:sha-256 A7:24:72:CA:6E:02:55:39:BA:66:DF:6E:CC:4C:D8:B0:1A:BF:1A:56:65:7D:F4:03:AD:7E:77:43:2A:29:EC:93
a=ice-ufrag:6HHHdzzeIhkE0CKj
a=ice-pwd:XYDGVpfvklQIEnZ6YnyLsAew
m=audio 9 RTP/SAVPF {payload_type}
c=IN IP4 0.0.0.0
a=rtcp-mux
a=sendonly
a=mid:audio
a=rtpmap:{payload_type} opus/48000/2
a=setup:actpass
"
    ))
}
