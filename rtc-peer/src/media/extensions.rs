//! What the header extensions of a packet say.

use rtc_srtp::rtp::RtpPacket;
use rtc_srtp::rtp::extension::{
    AbsCaptureTime, AbsSendTime, AudioLevel, CsrcAudioLevels, Mid, PlayoutDelay,
    RepairedRtpStreamId, RtpStreamId, TransportSequenceNumber, VideoOrientation,
};

use super::packet::{Csrcs, MediaExtensions};
use crate::rtp::Extensions;

/// What is kept of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Values {
    pub(super) media: MediaExtensions,
    pub(super) csrcs: Csrcs,
    pub(super) abs_send_time: Option<AbsSendTime>,
    pub(super) transport_sequence_number: Option<u16>,
}

/// What names the stream.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Labels<'a> {
    pub(super) mid: Option<&'a str>,
    pub(super) rid: Option<&'a str>,
    pub(super) repaired_rid: Option<&'a str>,
}

/// Reads all of them in one go; values that are malformed are as if they were not there.
pub(super) fn read<'a>(packet: &RtpPacket<'a>, ids: &Extensions) -> (Values, Labels<'a>) {
    let mut values = Values::default();
    let mut labels = Labels::default();
    let mut levels = None;
    for element in packet.extensions() {
        let (id, data) = (Some(element.id()), element.data());
        if id == ids.transport_sequence_number {
            values.transport_sequence_number =
                TransportSequenceNumber::decode(data).ok().map(|value| value.sequence_number);
        } else if id == ids.abs_send_time {
            values.abs_send_time = AbsSendTime::decode(data).ok();
        } else if id == ids.mid {
            labels.mid = Mid::decode(data).ok().map(|value| value.as_str());
        } else if id == ids.audio_level {
            values.media.audio_level = AudioLevel::decode(data).ok();
        } else if id == ids.rid {
            labels.rid = RtpStreamId::decode(data).ok().map(|value| value.as_str());
        } else if id == ids.repaired_rid {
            labels.repaired_rid =
                RepairedRtpStreamId::decode(data).ok().map(|value| value.as_str());
        } else if id == ids.video_orientation {
            values.media.video_orientation = VideoOrientation::decode(data).ok();
        } else if id == ids.abs_capture_time {
            values.media.abs_capture_time = AbsCaptureTime::decode(data).ok();
        } else if id == ids.playout_delay {
            values.media.playout_delay = PlayoutDelay::decode(data).ok();
        } else if id == ids.csrc_audio_level {
            levels = CsrcAudioLevels::decode(data).ok();
        }
    }
    let mut levels = levels.iter().flat_map(CsrcAudioLevels::levels);
    for csrc in packet.csrcs() {
        values.csrcs.push(csrc, levels.next());
    }
    (values, labels)
}

/// The identifiers of all m-sections of a transport: within a bundle one identifier has one meaning
/// (RFC 9143, section 9.2).
pub(super) fn union(all: &mut Extensions, more: &Extensions) {
    for (known, new) in [
        (&mut all.mid, more.mid),
        (&mut all.rid, more.rid),
        (&mut all.repaired_rid, more.repaired_rid),
        (&mut all.audio_level, more.audio_level),
        (&mut all.csrc_audio_level, more.csrc_audio_level),
        (&mut all.abs_send_time, more.abs_send_time),
        (&mut all.transport_sequence_number, more.transport_sequence_number),
        (&mut all.abs_capture_time, more.abs_capture_time),
        (&mut all.video_orientation, more.video_orientation),
        (&mut all.playout_delay, more.playout_delay),
    ] {
        *known = known.or(new);
    }
}
