//! The codecs that every endpoint must have (RFC 7742).

use rtc_peer::{MediaKind, RtpSendParameters};

use crate::media::{add_track, codec_names, parameters, video_offer};
use crate::peers::{exchange, lone, other};
use crate::record::subtests;

subtests! {
    "protocol/video-codecs.https.html", B;

    h_264_and_vp8_should_be_supported_in_initial_offer =
        "H.264 and VP8 should be supported in initial offer" => {
        let names = codec_names(&video_offer(&mut lone()).sdp);
        assert!(names.contains(&"VP8".to_string()));
        assert!(names.contains(&"H264".to_string()));
    };
    h_264_and_vp8_should_be_negotiated_after_handshake =
        "H.264 and VP8 should be negotiated after handshake" => {
        let parameters = negotiated();
        for name in ["video/h264", "video/vp8"] {
            let mut codecs = parameters.codecs.iter();
            assert!(codecs.any(|it| it.codec.mime_type.eq_ignore_ascii_case(name)));
        }
    };
    all_h_264_codecs_must_include_profile_level_id =
        "All H.264 codecs MUST include profile-level-id" => {
        let parameters = negotiated();
        let codecs = parameters.codecs.iter().filter(|it| it.codec.mime_type == "video/H264");
        let mut count = 0;
        for codec in codecs {
            let fmtp = codec.codec.sdp_fmtp_line.as_ref().unwrap();
            assert!(fmtp.split(';').any(|part| part.starts_with("profile-level-id=")));
            count += 1;
        }
        assert!(count > 0);
    };
}

fn negotiated() -> RtpSendParameters {
    let (mut pc1, mut pc2) = (lone(), other());
    let id = add_track(&mut pc1, MediaKind::Video);
    exchange(&mut pc1, &mut pc2);
    parameters(&mut pc1, id)
}
