//! What a receiver is capable of.

use rtc_peer::{MediaKind, RtpCapabilities, RtpReceiver};

use crate::record::{NO_TYPES, subtests};

subtests! {
    "RTCRtpReceiver-getCapabilities.html", A1;

    rtcrtpsender_getcapabilities_audio_should_return_rtcrtpcapabilities_dictionary =
        "RTCRtpSender.getCapabilities('audio') should return RTCRtpCapabilities dictionary" => are_capabilities(MediaKind::Audio, &RtpReceiver::capabilities(MediaKind::Audio));
    rtcrtpsender_getcapabilities_video_should_return_rtcrtpcapabilities_dictionary =
        "RTCRtpSender.getCapabilities('video') should return RTCRtpCapabilities dictionary" => are_capabilities(MediaKind::Video, &RtpReceiver::capabilities(MediaKind::Video));

    [not applicable: NO_TYPES]
        "RTCRtpSender.getCapabilities('dummy') should return null";
}

/// Also those of a sender.
pub(crate) fn are_capabilities(kind: MediaKind, capabilities: &RtpCapabilities) {
    assert!(!capabilities.codecs.is_empty());
    for codec in &capabilities.codecs {
        assert_eq!(codec.mime_type.split_once('/').unwrap().0, kind.as_str());
        assert!(codec.clock_rate > 0);
        assert!(kind == MediaKind::Audio || codec.channels.is_none());
    }
    for extension in &capabilities.header_extensions {
        assert!(extension.uri.contains(':'));
    }
}
