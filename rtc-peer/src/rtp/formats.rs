//! The codecs of an m-section: read, written, offered, answered, and what two sections have in
//! common.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use rtc_sdp::{Attribute, FeedbackTarget, Fmtp, Format, MediaDescription, RtcpFb, Rtpmap};

use super::capabilities;
use super::codec::{RtpCodec, RtpCodecParameters};
use super::fmtp::Parameters;
use super::kind::MediaKind;
use super::payload_types::{PayloadTypes, is_usable, static_codec};
use super::section::{Feedback, NegotiatedCodec, SectionCodec};

/// The codecs of a description's m-section, the preferred first. What has neither an `a=rtpmap` nor
/// a static payload type is left out.
pub(crate) fn read(kind: MediaKind, media: &MediaDescription) -> Vec<SectionCodec> {
    let formats = media.payload_formats();
    let mut rtx = [None::<u8>; 128];
    let mut codecs: Vec<SectionCodec> = Vec::new();
    for format in formats.iter() {
        let fmtp = format.fmtps.first().map(|fmtp| &*fmtp.parameters);
        let codec = match format.rtpmap {
            Some(rtpmap) => RtpCodec {
                channels: (kind == MediaKind::Audio).then(|| rtpmap.channels.unwrap_or(1)),
                sdp_fmtp_line: fmtp.map(Into::into),
                ..RtpCodec::new(kind, &rtpmap.encoding, rtpmap.clock_rate)
            },
            None => match static_codec(kind, format.payload_type) {
                Some(codec) => RtpCodec { sdp_fmtp_line: fmtp.map(Into::into), ..codec },
                None => continue,
            },
        };
        if codec.is("rtx") {
            let apt = Parameters::of(fmtp).number::<usize>("apt");
            if let Some(slot @ None) = apt.and_then(|apt| rtx.get_mut(apt)) {
                *slot = Some(format.payload_type);
            }
            continue;
        }
        let mut feedback = Feedback::default();
        formats.feedback(format).for_each(|line| feedback.add(line));
        codecs.push(SectionCodec { payload_type: format.payload_type, codec, feedback, rtx: None });
    }
    for codec in &mut codecs {
        codec.rtx = rtx.get(usize::from(codec.payload_type)).copied().flatten();
    }
    codecs
}

/// Adds the codecs to a description's m-section: the payload types to its `m=` line, and their
/// lines to its attributes.
pub(crate) fn write(codecs: &[SectionCodec], media: &mut MediaDescription) {
    for SectionCodec { payload_type, codec, feedback, rtx } in codecs {
        let payload_type = *payload_type;
        media.formats.push(Format::PayloadType(payload_type));
        media.attributes.push(Attribute::Rtpmap(Rtpmap {
            channels: codec.channels.filter(|&channels| channels != 1),
            ..Rtpmap::new(payload_type, codec.name().to_string(), codec.clock_rate)
        }));
        media.attributes.extend(feedback.lines().map(|feedback| {
            let target = FeedbackTarget::PayloadType(payload_type);
            Attribute::RtcpFb(RtcpFb { target, feedback })
        }));
        let mut fmtp = |payload_type, parameters: &str| {
            let parameters = parameters.into();
            media.attributes.push(Attribute::Fmtp(Fmtp { payload_type, parameters }));
        };
        if let Some(parameters) = &codec.sdp_fmtp_line {
            fmtp(payload_type, parameters);
        }
        if let Some(rtx) = *rtx {
            media.formats.push(Format::PayloadType(rtx));
            let rtpmap = Rtpmap::new(rtx, "rtx", codec.clock_rate);
            media.attributes.push(Attribute::Rtpmap(rtpmap));
            let parameters = format!("apt={payload_type}").into();
            media.attributes.push(Attribute::Fmtp(Fmtp { payload_type: rtx, parameters }));
        }
    }
}

/// What an offer lists for a transceiver: its preferences, or else everything (RFC 9429
/// section 5.2).
///
/// Codecs of `previous`, which are those of this m-section in the most recent answer, keep their
/// payload types and their feedback, and stand first where there are no preferences. A codec for
/// which no payload type is left is left out.
pub(crate) fn offer(
    kind: MediaKind,
    preferences: &[RtpCodec],
    previous: &[SectionCodec],
    payload_types: &mut PayloadTypes,
) -> Vec<SectionCodec> {
    let previous: Vec<&SectionCodec> =
        previous.iter().filter(|known| is_usable(known.payload_type)).collect();
    let wanted = wanted(kind, preferences);
    let repaired = kind == MediaKind::Video && wanted.iter().any(|codec| codec.is("rtx"));
    let wanted = || wanted.iter().filter(|codec| !codec.is("rtx"));
    let mut used = [false; 128];
    for payload_type in previous.iter().flat_map(|codec| [Some(codec.payload_type), codec.rtx]) {
        let slot = payload_type.and_then(|payload_type| used.get_mut(usize::from(payload_type)));
        if let Some(slot) = slot {
            *slot = true;
        }
    }
    let is_known = |own: &RtpCodec| previous.iter().any(|known| known.codec.matches(own));
    // Each with what is known of it.
    let mut pairs: Vec<(&RtpCodec, Option<&SectionCodec>)> = Vec::new();
    if preferences.is_empty() {
        for known in previous.iter().copied() {
            let own = wanted().find(|own| own.matches(&known.codec));
            pairs.extend(own.map(|own| (own, Some(known))));
        }
        pairs.extend(wanted().filter(|own| !is_known(own)).map(|own| (own, None)));
    } else {
        for own in wanted() {
            let known = previous.iter().copied().filter(|known| known.codec.matches(own));
            pairs.extend(known.map(|known| (own, Some(known))));
            pairs.extend((!is_known(own)).then_some((own, None)));
        }
    }
    let mut codecs: Vec<SectionCodec> = Vec::with_capacity(pairs.len());
    for (codec, known) in pairs {
        let payload_type = match known {
            Some(known) => known.payload_type,
            None => match payload_types.assign(codec, &mut used) {
                Some(payload_type) => payload_type,
                None => continue,
            },
        };
        if codecs.iter().any(|other| other.payload_type == payload_type) {
            continue;
        }
        let rtx = match known.and_then(|known| known.rtx).filter(|&rtx| is_usable(rtx)) {
            _ if !repaired || !codec.carries_a_track() => None,
            Some(rtx) => Some(rtx),
            None => payload_types.assign(&codec.retransmission(payload_type), &mut used),
        };
        let feedback = match known {
            Some(known) => known.feedback.accepted(codec, true),
            None => Feedback::offered(codec),
        };
        codecs.push(SectionCodec { payload_type, codec: codec.clone(), feedback, rtx });
    }
    let carriers = codecs.clone();
    codecs.retain_mut(|codec| !codec.codec.is("red") || codec.repeats(&carriers));
    codecs
}

/// What an answer lists for a transceiver: of `offered` what we have too, with the offer's payload
/// types, in the order of our preferences or else of the offer (RFC 9429 section 5.3). Empty where
/// there is nothing that could carry a track: such an m-section is to be rejected.
///
/// `ccfb` says whether congestion control feedback of RFC 8888 is taken, which then takes the place
/// of transport-cc; it must be the same for all m-sections: see [`all_offer_ccfb`].
pub(crate) fn answer(
    kind: MediaKind,
    preferences: &[RtpCodec],
    offered: &[SectionCodec],
    ccfb: bool,
) -> Vec<SectionCodec> {
    let wanted = wanted(kind, preferences);
    let repaired = wanted.iter().any(|codec| codec.is("rtx"));
    let accept = |own: &RtpCodec, offered: &SectionCodec| SectionCodec {
        payload_type: offered.payload_type,
        codec: own.answer_to(&offered.codec),
        feedback: offered.feedback.accepted(own, ccfb),
        rtx: offered.rtx.filter(|&rtx| repaired && is_usable(rtx)),
    };
    let offered = || offered.iter().filter(|offered| is_usable(offered.payload_type));
    let mut codecs: Vec<SectionCodec> = Vec::new();
    if preferences.is_empty() {
        let pair = |offered: &SectionCodec| {
            let own = wanted.iter().find(|own| own.matches(&offered.codec))?;
            Some(accept(own, offered))
        };
        codecs.extend(offered().filter_map(pair));
    } else {
        for own in &wanted {
            let same = offered().filter(|offered| own.matches(&offered.codec));
            codecs.extend(same.map(|offered| accept(own, offered)));
        }
    }
    let numbers: Vec<u8> = codecs.iter().map(|codec| codec.payload_type).collect();
    codecs.retain(|codec| {
        !codec.codec.is("red") || codec.primary().is_some_and(|primary| numbers.contains(&primary))
    });
    if !codecs.iter().any(|codec| codec.codec.carries_a_track()) {
        codecs.clear();
    }
    codecs
}

/// What both m-sections of an exchange have: what is sent has the remote section's payload types,
/// parameters and order, what is received has the local one's. Feedback is what both list.
pub(crate) fn negotiate(local: &[SectionCodec], remote: &[SectionCodec]) -> Negotiated {
    let common = |own: &[SectionCodec], other: &[SectionCodec]| {
        let pair = |codec: &SectionCodec| {
            let same = |other: &&SectionCodec| other.codec.matches(&codec.codec);
            // Of several that match, the one that has the same payload type.
            let by_payload_type =
                |other: &&SectionCodec| same(other) && other.payload_type == codec.payload_type;
            let other = other.iter().find(by_payload_type).or_else(|| other.iter().find(same))?;
            Some(SectionCodec {
                feedback: codec.feedback.and(other.feedback),
                rtx: codec.rtx.filter(|&rtx| other.rtx.is_some() && is_usable(rtx)),
                ..codec.clone()
            })
        };
        own.iter().filter(|codec| is_usable(codec.payload_type)).filter_map(pair).collect()
    };
    Negotiated { send: common(remote, local), receive: common(local, remote) }
}

/// What two m-sections have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Negotiated {
    pub(crate) send: Vec<SectionCodec>,
    pub(crate) receive: Vec<SectionCodec>,
}

/// As an application sees them: retransmission formats are entries of their own.
pub(crate) fn parameters(codecs: &[SectionCodec]) -> Vec<RtpCodecParameters> {
    let entry = |SectionCodec { payload_type, codec, rtx, .. }: &SectionCodec| {
        let repair = rtx.map(|rtx| RtpCodecParameters {
            payload_type: rtx,
            codec: codec.retransmission(*payload_type),
        });
        let codec = RtpCodecParameters { payload_type: *payload_type, codec: codec.clone() };
        [Some(codec), repair].into_iter().flatten()
    };
    codecs.iter().flat_map(entry).collect()
}

/// As the media room takes them: what carries a track stands first, so that it is what is sent by
/// default.
pub(crate) fn in_force(codecs: &[SectionCodec]) -> Vec<NegotiatedCodec> {
    let entry = |codec: &SectionCodec| NegotiatedCodec {
        payload_type: codec.payload_type,
        codec: codec.codec.clone(),
        format: capabilities::payload_format(&codec.codec),
        rtx_payload_type: codec.rtx,
        feedback: codec.feedback,
    };
    let carries = |codec: &&SectionCodec| codec.codec.carries_a_track();
    let others = codecs.iter().filter(|codec| !carries(codec));
    codecs.iter().filter(carries).chain(others).map(entry).collect()
}

/// Whether an m-section lets congestion control feedback of RFC 8888 take the place of
/// transport-cc: every codec that carries a track must offer it.
pub(crate) fn all_offer_ccfb(codecs: &[SectionCodec]) -> bool {
    codecs.iter().filter(|codec| codec.codec.carries_a_track()).all(|codec| codec.feedback.ccfb)
}

impl SectionCodec {
    /// Has redundancy repeat the first of these that it could (RFC 2198 section 5). False if there
    /// is none.
    fn repeats(&mut self, carriers: &[Self]) -> bool {
        let is_carrier = |other: &&Self| {
            other.codec.carries_a_track()
                && other.codec.clock_rate == self.codec.clock_rate
                && other.codec.channels == self.codec.channels
        };
        let carrier = carriers.iter().find(is_carrier).map(|carrier| carrier.payload_type);
        self.codec.sdp_fmtp_line = carrier.map(|number| format!("{number}/{number}"));
        carrier.is_some()
    }

    /// The payload type that redundancy repeats.
    fn primary(&self) -> Option<u8> {
        self.codec.sdp_fmtp_line.as_deref()?.split('/').next()?.trim().parse().ok()
    }
}

impl Feedback {
    /// What we offer for a codec.
    fn offered(codec: &RtpCodec) -> Self {
        let track = codec.carries_a_track();
        let video = track && codec.mime_type.starts_with("video");
        Self {
            nack: video,
            nack_pli: video,
            ccm_fir: video,
            transport_cc: track,
            goog_remb: video,
            ccfb: false,
        }
    }

    /// What we accept of these for a codec of ours.
    fn accepted(self, own: &RtpCodec, ccfb: bool) -> Self {
        let known = Self::offered(own);
        let track = own.carries_a_track();
        let ccfb = ccfb && track && self.ccfb;
        Self {
            // Also of audio, although we do not ask for it.
            nack: self.nack && track,
            ccfb,
            transport_cc: self.transport_cc && known.transport_cc && !ccfb,
            ..self.and(known)
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            nack: self.nack && other.nack,
            nack_pli: self.nack_pli && other.nack_pli,
            ccm_fir: self.ccm_fir && other.ccm_fir,
            transport_cc: self.transport_cc && other.transport_cc,
            goog_remb: self.goog_remb && other.goog_remb,
            ccfb: self.ccfb && other.ccfb,
        }
    }

    fn add(&mut self, line: &rtc_sdp::Feedback) {
        match line {
            rtc_sdp::Feedback::Nack => self.nack = true,
            rtc_sdp::Feedback::NackPli => self.nack_pli = true,
            rtc_sdp::Feedback::CcmFir => self.ccm_fir = true,
            rtc_sdp::Feedback::TransportCc => self.transport_cc = true,
            rtc_sdp::Feedback::GoogRemb => self.goog_remb = true,
            rtc_sdp::Feedback::AckCcfb => self.ccfb = true,
            _ => {}
        }
    }

    fn lines(self) -> impl Iterator<Item = rtc_sdp::Feedback> {
        [
            (self.goog_remb, rtc_sdp::Feedback::GoogRemb),
            (self.transport_cc, rtc_sdp::Feedback::TransportCc),
            (self.ccfb, rtc_sdp::Feedback::AckCcfb),
            (self.ccm_fir, rtc_sdp::Feedback::CcmFir),
            (self.nack, rtc_sdp::Feedback::Nack),
            (self.nack_pli, rtc_sdp::Feedback::NackPli),
        ]
        .into_iter()
        .filter_map(|(is_there, line)| is_there.then_some(line))
    }
}

fn wanted(kind: MediaKind, preferences: &[RtpCodec]) -> Vec<RtpCodec> {
    if preferences.is_empty() { capabilities::codecs(kind) } else { preferences.to_vec() }
}

#[cfg(test)]
mod tests;
