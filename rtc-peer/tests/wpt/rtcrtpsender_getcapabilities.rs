//! What a sender is capable of.

use rtc_peer::{MediaKind, RtpSender};

use crate::record::{NO_TYPES, subtests};
use crate::rtcrtpreceiver_getcapabilities::are_capabilities;

subtests! {
    "RTCRtpSender-getCapabilities.html", A1;

    rtcrtpsender_getcapabilities_audio_should_return_rtcrtpcapabilities_dictionary =
        "RTCRtpSender.getCapabilities('audio') should return RTCRtpCapabilities dictionary" => are_capabilities(MediaKind::Audio, &RtpSender::capabilities(MediaKind::Audio));
    rtcrtpsender_getcapabilities_video_should_return_rtcrtpcapabilities_dictionary =
        "RTCRtpSender.getCapabilities('video') should return RTCRtpCapabilities dictionary" => are_capabilities(MediaKind::Video, &RtpSender::capabilities(MediaKind::Video));

    [not applicable: NO_TYPES]
        "RTCRtpSender.getCapabilities('dummy') should return null";
}
