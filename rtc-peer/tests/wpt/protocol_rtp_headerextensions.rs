//! Header extensions that are offered and answered.

use rtc_peer::{Description, MediaKind};

use crate::media::add;
use crate::peers::{START, lone, offer};
use crate::record::subtests;

subtests! {
    "protocol/rtp-headerextensions.html", A1;

    mid_header_extension_is_supported = "MID header extension is supported." => are_supported(&[(1, MID)], &[(1, MID)]);
    audio_level_header_extension_is_supported = "Audio level header extension is supported." => are_supported(&[(1, LEVEL)], &[]);
    video_orientation_header_extension_is_supported =
        "Video orientation header extension is supported." => are_supported(&[], &[(1, "urn:3gpp:video-orientation")]);
    negotiates_the_subset_of_supported_extensions_offered =
        "Negotiates the subset of supported extensions offered" => {
        let mut pc = lone();
        add(&mut pc, MediaKind::Video);
        let sdp = offer(&mut pc).sdp;
        let offered = extensions(&sdp);
        let (_, other) = offered.iter().find(|(_, uri)| uri != MID).unwrap();
        let changed = Description::offer(sdp.replace(&**other, "bogus"));
        pc.set_remote_description(START, changed).unwrap();
        pc.set_local_description(START, None).unwrap();
        let answered = extensions(&pc.local_description().unwrap().sdp);
        assert_eq!(answered.len(), offered.len() - 1);
        for (_, uri) in &answered {
            assert!(uri != other && offered.iter().any(|(_, known)| known == uri), "{uri}");
        }
    };
    supports_header_extensions_with_id_15 = "Supports header extensions with id=15" => lone().set_remote_description(START, described(&[(15, MID)], &[])).unwrap();
    supports_two_byte_header_extensions = "Supports two-byte header extensions" => {
        let mut pc = lone();
        pc.set_remote_description(START, described(&[(16, MID), (17, LEVEL)], &[])).unwrap();
        pc.set_local_description(START, None).unwrap();
        let answered = extensions(&pc.local_description().unwrap().sdp);
        assert_eq!(answered, [(16, MID.to_string()), (17, LEVEL.to_string())]);
    };
}

const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
const LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/// Those of all m-sections: id and URI.
fn extensions(sdp: &str) -> Vec<(u16, String)> {
    let extension = |line: &str| {
        let (id, uri) = line.strip_prefix("a=extmap:")?.split_once(' ')?;
        Some((id.split('/').next()?.parse().ok()?, uri.to_string()))
    };
    sdp.lines().filter_map(extension).collect()
}

fn are_supported(audio: &[(u16, &str)], video: &[(u16, &str)]) {
    let mut pc = lone();
    pc.set_remote_description(START, described(audio, video)).unwrap();
    let answered = extensions(&pc.create_answer().unwrap().sdp);
    let offered = audio.iter().chain(video).map(|(id, uri)| (*id, uri.to_string()));
    assert_eq!(answered, offered.collect::<Vec<_>>());
}

/// An offer with an m-section for each kind that has header extensions.
fn described(audio: &[(u16, &str)], video: &[(u16, &str)]) -> Description {
    let section = |extensions: &[(u16, &str)], kind, format, codec| {
        if extensions.is_empty() {
            return String::new();
        }
        let lines = extensions.iter().map(|(id, uri)| format!("a=extmap:{id} {uri}\n"));
        let head = format!(
            "m={kind} 9 RTP/SAVPF {format}
c=IN IP4 0.0.0.0
a=rtcp-mux
a=sendonly
a=mid:{kind}
a=rtpmap:{format} {codec}
a=setup:actpass
"
        );
        head + &lines.collect::<String>()
    };
    let group = match (audio, video) {
        (_, []) => "audio",
        ([], _) => "video",
        _ => "audio video",
    };
    let audio = section(audio, "audio", 111, "opus/48000/2");
    let video = section(video, "video", 112, "VP8/90000");
    Description::offer(format!(
        "v=0
o=- 0 3 IN IP4 127.0.0.1
s=-
t=0 0
a=fingerprint:sha-256 A7:24:72:CA:6E:02:55:39:BA:66:DF:6E:CC:4C:D8:B0:1A:BF:1A:56:65:7D:F4:03:AD:7E:77:43:2A:29:EC:93
a=ice-ufrag:6HHHdzzeIhkE0CKj
a=ice-pwd:XYDGVpfvklQIEnZ6YnyLsAew
a=group:BUNDLE {group}
{audio}{video}"
    ))
}
