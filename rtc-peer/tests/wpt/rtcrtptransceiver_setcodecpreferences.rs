//! Which codecs are offered and answered, and in which order.

use rtc_peer::{
    MediaKind, PeerConnection, RtpCodec, RtpReceiver, SetCodecPreferencesError, TransceiverId,
};

use crate::media::{add, codec_names, ids};
use crate::peers::{START, lone, offer, other};
use crate::record::subtests;

subtests! {
    "RTCRtpTransceiver-setCodecPreferences.html", A1;

    setcodecpreferences_on_audio_transceiver_with_codecs_returned_from_rtcrtpreceiver_getcapabilities_audio_should_succeed =
        "setCodecPreferences() on audio transceiver with codecs returned from RTCRtpReceiver.getCapabilities('audio') should succeed" => prefer(MediaKind::Audio, codecs(MediaKind::Audio)).1.unwrap();
    setcodecpreferences_on_video_transceiver_with_codecs_returned_from_rtcrtpreceiver_getcapabilities_video_should_succeed =
        "setCodecPreferences() on video transceiver with codecs returned from RTCRtpReceiver.getCapabilities('video') should succeed" => prefer(MediaKind::Video, codecs(MediaKind::Video)).1.unwrap();
    setcodecpreferences_should_succeed = "setCodecPreferences([]) should succeed" => prefer(MediaKind::Audio, Vec::new()).1.unwrap();
    setcodecpreferences_with_reordered_codecs_should_succeed =
        "setCodecPreferences() with reordered codecs should succeed" => {
        let mut codecs = codecs(MediaKind::Audio);
        codecs.swap(0, 1);
        prefer(MediaKind::Audio, codecs).1.unwrap();
    };
    setcodecpreferences_with_only_vp8_should_succeed =
        "setCodecPreferences() with only VP8 should succeed" => prefer(MediaKind::Video, [find("video/VP8")].into()).1.unwrap();
    setcodecpreferences_with_only_h264_should_succeed =
        "setCodecPreferences() with only H264 should succeed" => prefer(MediaKind::Video, [find("video/H264")].into()).1.unwrap();
    setcodecpreferences_should_allow_setting_h264_as_first_codec =
        "setCodecPreferences() should allow setting H264 as first codec" => comes_first("H264");
    setcodecpreferences_should_allow_setting_vp8_as_first_codec =
        "setCodecPreferences() should allow setting VP8 as first codec" => comes_first("VP8");
    setcodecpreferences_on_audio_transceiver_with_codecs_returned_from_getcapabilities_video_should_throw_invalidmodificationerror =
        "setCodecPreferences() on audio transceiver with codecs returned from getCapabilities('video') should throw InvalidModificationError" => refuses(MediaKind::Audio, codecs(MediaKind::Video));
    setcodecpreferences_with_user_defined_codec_with_invalid_mimetype_should_throw_invalidmodificationerror =
        "setCodecPreferences() with user defined codec with invalid mimeType should throw InvalidModificationError" => refuses(MediaKind::Audio, [of_own("data")].into());
    setcodecpreferences_with_user_defined_codec_should_throw_invalidmodificationerror =
        "setCodecPreferences() with user defined codec should throw InvalidModificationError" => refuses(MediaKind::Audio, [of_own("audio/piepiper")].into());
    setcodecpreferences_with_user_defined_codec_together_with_codecs_returned_from_getcapabilities_should_throw_invalidmodificationerror =
        "setCodecPreferences() with user defined codec together with codecs returned from getCapabilities() should throw InvalidModificationError" => {
        let mut codecs = codecs(MediaKind::Audio);
        codecs.push(of_own("audio/piepiper"));
        refuses(MediaKind::Audio, codecs);
    };
    setcodecpreferences_with_modified_codec_clock_rate_should_throw_invalidmodificationerror =
        "setCodecPreferences() with modified codec clock rate should throw InvalidModificationError" => {
        let mut codec = codecs(MediaKind::Audio)[0].clone();
        codec.clock_rate /= 2;
        refuses(MediaKind::Audio, [codec].into());
    };
    setcodecpreferences_with_modified_codec_channel_count_should_throw_invalidmodificationerror =
        "setCodecPreferences() with modified codec channel count should throw InvalidModificationError" => {
        let mut codec = codecs(MediaKind::Audio)[0].clone();
        codec.channels = Some(codec.channels.unwrap() + 11);
        refuses(MediaKind::Audio, [codec].into());
    };
    setcodecpreferences_with_modified_codec_parameters_should_throw_invalidmodificationerror =
        "setCodecPreferences() with modified codec parameters should throw InvalidModificationError" => {
        let mut codec = codecs(MediaKind::Audio)[0].clone();
        codec.sdp_fmtp_line = Some("modifiedparameter=1".into());
        refuses(MediaKind::Audio, [codec].into());
    };
    setcodecpreferences_with_modified_codecs_returned_from_getcapabilities_should_throw_invalidmodificationerror =
        "setCodecPreferences() with modified codecs returned from getCapabilities() should throw InvalidModificationError" => {
        let mut codecs = codecs(MediaKind::Audio);
        codecs[0].channels = Some(codecs[0].channels.unwrap() + 1);
        refuses(MediaKind::Audio, codecs);
    };
    setcodecpreferences_modifies_the_order_of_audio_codecs_in_createoffer =
        "setCodecPreferences() modifies the order of audio codecs in createOffer" => {
        let mut codecs = codecs(MediaKind::Audio);
        let index = codecs.iter().position(|codec| codec.mime_type == "audio/PCMU").unwrap();
        assert_ne!(index, 0);
        let first = codecs.remove(index);
        codecs.insert(0, first);
        let (mut pc, result) = prefer(MediaKind::Audio, codecs);
        result.unwrap();
        assert_eq!(codec_names(&offer(&mut pc).sdp)[0], "PCMU");
    };
    setcodecpreferences_modifies_the_order_of_video_codecs_in_createoffer =
        "setCodecPreferences() modifies the order of video codecs in createOffer" => {
        let mut codecs = codecs(MediaKind::Video);
        let place = |name| codecs.iter().position(|codec| codec.mime_type == name).unwrap();
        let (vp8, h264) = (place("video/VP8"), place("video/H264"));
        codecs.swap(vp8, h264);
        let expected = if vp8 < h264 { "H264" } else { "VP8" };
        let (mut pc, result) = prefer(MediaKind::Video, codecs);
        result.unwrap();
        assert_eq!(codec_names(&offer(&mut pc).sdp)[0], expected);
    };
    setcodecpreferences_can_remove_rtx = "setCodecPreferences() can remove rtx" => {
        let mut codecs = codecs(MediaKind::Video);
        let count = codecs.len();
        codecs.retain(|codec| codec.mime_type != "video/rtx");
        assert_ne!(codecs.len(), count);
        let (mut pc, result) = prefer(MediaKind::Video, codecs);
        result.unwrap();
        assert!(!codec_names(&offer(&mut pc).sdp).contains(&"rtx".to_string()));
    };
    setcodecpreferences_filters_on_receiver_and_prefers_receiver_order =
        "setCodecPreferences() filters on receiver and prefers receiver order" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let id1 = add(&mut pc1, MediaKind::Video);
        let (vp8, h264, third) = (find("video/VP8"), find("video/H264"), find("video/VP9"));
        set(&mut pc1, id1, [vp8.clone(), third.clone()].into()).unwrap();
        pc1.set_local_description(START, None).unwrap();
        pc2.set_remote_description(START, pc1.local_description().unwrap()).unwrap();
        let id2 = ids(&pc2)[0];
        set(&mut pc2, id2, [h264, third, vp8].into()).unwrap();
        pc2.set_local_description(START, None).unwrap();
        let answer = pc2.local_description().unwrap();
        assert_eq!(codec_names(&answer.sdp), ["VP9", "VP8"]);
        pc1.set_remote_description(START, answer).unwrap();
    };
    setcodecpreferences_should_accept_audio_codecs_regardless_of_mimetype_case =
        "setCodecPreferences should accept audio codecs regardless of mimeType case" => case_does_not_matter(MediaKind::Audio);
    setcodecpreferences_should_accept_video_codecs_regardless_of_mimetype_case =
        "setCodecPreferences should accept video codecs regardless of mimeType case" => case_does_not_matter(MediaKind::Video);

    [not applicable: "a decision: RED and ULPFEC are not spoken"]
        "setCodecPreferences() can remove red",
        "setCodecPreferences() can remove ulpfec";
}

fn codecs(kind: MediaKind) -> Vec<RtpCodec> {
    RtpReceiver::capabilities(kind).codecs
}

fn find(mime_type: &str) -> RtpCodec {
    let mut codecs = codecs(MediaKind::Video).into_iter();
    codecs.find(|codec| codec.mime_type == mime_type).unwrap()
}

fn of_own(mime_type: &str) -> RtpCodec {
    RtpCodec {
        mime_type: mime_type.into(),
        clock_rate: 2000,
        channels: Some(2),
        sdp_fmtp_line: Some("0-15".into()),
    }
}

fn set(
    pc: &mut PeerConnection,
    id: TransceiverId,
    codecs: Vec<RtpCodec>,
) -> Result<(), SetCodecPreferencesError> {
    pc.transceiver_mut(id).unwrap().set_codec_preferences(codecs)
}

/// A connection with a transceiver that was told to prefer these.
fn prefer(
    kind: MediaKind,
    codecs: Vec<RtpCodec>,
) -> (PeerConnection, Result<(), SetCodecPreferencesError>) {
    let mut pc = lone();
    let id = add(&mut pc, kind);
    let result = set(&mut pc, id, codecs);
    (pc, result)
}

#[track_caller]
fn refuses(kind: MediaKind, codecs: Vec<RtpCodec>) {
    let error = prefer(kind, codecs).1.unwrap_err();
    assert_eq!(error.exception().name(), "InvalidModificationError");
}

fn comes_first(name: &str) {
    let mut codecs = codecs(MediaKind::Video);
    codecs.sort_by_key(|codec| codec.mime_type != format!("video/{name}"));
    let (mut pc, result) = prefer(MediaKind::Video, codecs);
    result.unwrap();
    let names = codec_names(&offer(&mut pc).sdp);
    assert!(names.len() > 1);
    assert_eq!(names[0], name);
}

fn case_does_not_matter(kind: MediaKind) {
    let mut codec = codecs(kind)[0].clone();
    codec.mime_type = codec.mime_type.to_uppercase();
    let (mut pc, result) = prefer(kind, [codec.clone()].into());
    result.unwrap();
    codec.mime_type = codec.mime_type.to_lowercase();
    let id = ids(&pc)[0];
    set(&mut pc, id, [codec].into()).unwrap();
}
