//! Which payload types a session has given to which codecs.

use alloc::collections::BTreeMap;

use super::codec::RtpCodec;
use super::kind::MediaKind;
use super::section::SectionCodec;

/// The payload types that have ever been used in a session, by either side. What one has meant it
/// goes on meaning, also where the codec has left the descriptions (RFC 9429 section 5.2.2), and
/// bundled m-sections agree about it (RFC 9143 section 9.1).
#[derive(Debug, Clone, Default)]
pub(crate) struct PayloadTypes {
    /// What each has meant first: at most 128 entries.
    meanings: BTreeMap<u8, RtpCodec>,
}

impl PayloadTypes {
    /// Takes note of the codecs of a description that was set, whoever's it is.
    pub(crate) fn learn(&mut self, codecs: &[SectionCodec]) {
        for SectionCodec { payload_type, codec, rtx, .. } in codecs {
            self.meanings.entry(*payload_type).or_insert_with(|| codec.clone());
            if let Some(rtx) = *rtx {
                self.meanings.entry(rtx).or_insert_with(|| codec.retransmission(*payload_type));
            }
        }
    }

    /// The payload type of a codec in an m-section that has `used` already, which is added to: the
    /// one that it has had before, or its static one, or else the next that has not meant anything.
    /// `None` where all have.
    pub(crate) fn assign(&mut self, codec: &RtpCodec, used: &mut [bool; 128]) -> Option<u8> {
        let is_free =
            |payload_type: u8| used.get(usize::from(payload_type)).is_some_and(|used| !used);
        let is_new =
            |payload_type: &u8| is_free(*payload_type) && !self.meanings.contains_key(payload_type);
        let known = self.meanings.iter().find_map(|(&payload_type, meaning)| {
            (is_usable(payload_type) && is_free(payload_type) && means(meaning, codec))
                .then_some(payload_type)
        });
        let payload_type = known
            .or_else(|| static_payload_type(codec).filter(&is_new))
            .or_else(|| DYNAMIC.into_iter().flatten().find(&is_new))?;
        self.meanings.entry(payload_type).or_insert_with(|| codec.clone());
        if let Some(slot) = used.get_mut(usize::from(payload_type)) {
            *slot = true;
        }
        Some(payload_type)
    }
}

/// Retransmissions are the same if they are of the same payload type.
fn means(meaning: &RtpCodec, codec: &RtpCodec) -> bool {
    meaning.matches(codec) && (!codec.is("rtx") || meaning.sdp_fmtp_line == codec.sdp_fmtp_line)
}

/// RFC 3551 section 6, as far as we know the codecs.
pub(crate) fn static_codec(kind: MediaKind, payload_type: u8) -> Option<RtpCodec> {
    let (_, name) = STATIC.into_iter().find(|&(known, _)| known == payload_type)?;
    (kind == MediaKind::Audio)
        .then(|| RtpCodec { channels: Some(1), ..RtpCodec::new(kind, name, 8_000) })
}

fn static_payload_type(codec: &RtpCodec) -> Option<u8> {
    let is_static = |&(_, name): &(u8, &str)| codec.is(name) && codec.clock_rate == 8_000;
    STATIC.into_iter().find(is_static).map(|(payload_type, _)| payload_type)
}

const STATIC: [(u8, &str); 4] = [(0, "PCMU"), (8, "PCMA"), (9, "G722"), (13, "CN")];

/// RFC 5761 section 4: where RTP and RTCP share a port, which they always do here, packets of these
/// payload types would be taken for RTCP.
pub(crate) fn is_usable(payload_type: u8) -> bool {
    !(64..=95).contains(&payload_type)
}

/// RFC 5761 section 4: dynamic ones first, then those that nothing else has.
const DYNAMIC: [core::ops::RangeInclusive<u8>; 2] = [96..=127, 35..=63];
