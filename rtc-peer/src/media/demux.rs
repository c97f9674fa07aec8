//! Which m-section a packet belongs to (RFC 9143, section 9.2).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use rtc_srtp::Ssrc;

use super::section::Section;
use crate::rtp::TransceiverId;

/// The tables of one transport. The table of streams that packets have come of is the session's.
#[derive(Debug, Default)]
pub(super) struct Demux {
    /// Payload types of m-sections that receive; `None` where two have the same.
    payload_types: BTreeMap<u8, Option<TransceiverId>>,
    /// What `a=ssrc` lines announce, and for retransmissions what they repair.
    announced: BTreeMap<Ssrc, (TransceiverId, Option<Ssrc>)>,
    /// What source descriptions have said; at most [`MAX_DESCRIBED`].
    described: Vec<(Ssrc, TransceiverId)>,
}

/// What the tables know about a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) transceiver: TransceiverId,
    /// Which stream this one repairs, by an FID group.
    pub(super) repairs: Option<Ssrc>,
}

impl Demux {
    /// Makes the tables anew. What source descriptions said of m-sections that are still there
    /// holds.
    pub(super) fn configure(&mut self, sections: &BTreeMap<TransceiverId, Section>) {
        self.payload_types.clear();
        self.announced.clear();
        self.described.retain(|(_, id)| sections.contains_key(id));
        for (id, section) in sections {
            let Some(receive) = &section.receive else { continue };
            for codec in &receive.codecs {
                for number in [Some(codec.payload_type), codec.rtx_payload_type] {
                    let Some(number) = number else { continue };
                    self.payload_types
                        .entry(number)
                        .and_modify(|known| *known = known.filter(|known| known == id))
                        .or_insert(Some(*id));
                }
            }
            for source in receive.sources.iter().take(MAX_ANNOUNCED) {
                self.announced.insert(source.ssrc, (*id, None));
                if let Some(rtx) = source.rtx_ssrc {
                    self.announced.insert(rtx, (*id, Some(source.ssrc)));
                }
            }
        }
    }

    /// Looks up a stream that no packet has come of: by the MID of its packet, else by its SSRC,
    /// else by a payload type that only one m-section has.
    pub(super) fn find(
        &self,
        sections: &BTreeMap<TransceiverId, Section>,
        ssrc: Ssrc,
        payload_type: u8,
        mid: Option<&str>,
    ) -> Option<Found> {
        let announced = self.announced.get(&ssrc).copied();
        if let Some(mid) = mid {
            // "If the packet has a MID and that MID is not in the table mapping MIDs to m-lines,
            // drop the packet": nothing else is asked.
            let transceiver = by_mid(sections, mid)?;
            let repairs = announced.filter(|(id, _)| *id == transceiver).and_then(|(_, of)| of);
            return Some(Found { transceiver, repairs });
        }
        if let Some((transceiver, repairs)) = announced {
            return Some(Found { transceiver, repairs });
        }
        let described = self.described.iter().find(|(known, _)| *known == ssrc);
        let transceiver = match described {
            Some((_, transceiver)) => *transceiver,
            None => (*self.payload_types.get(&payload_type)?)?,
        };
        Some(Found { transceiver, repairs: None })
    }

    /// A source description says which m-section a stream belongs to.
    pub(super) fn describe(&mut self, ssrc: Ssrc, transceiver: TransceiverId) {
        if let Some((_, known)) = self.described.iter_mut().find(|(known, _)| *known == ssrc) {
            *known = transceiver;
        } else {
            if self.described.len() == MAX_DESCRIBED {
                self.described.remove(0);
            }
            self.described.push((ssrc, transceiver));
        }
    }

    pub(super) fn is_announced(&self, ssrc: Ssrc) -> bool {
        self.announced.contains_key(&ssrc)
    }
}

/// The m-section with this identification tag.
pub(super) fn by_mid(
    sections: &BTreeMap<TransceiverId, Section>,
    mid: &str,
) -> Option<TransceiverId> {
    let receives = |section: &&Section| section.receive.is_some() && *section.mid == *mid;
    sections.values().find(receives).map(|section| section.transceiver)
}

/// How many streams of an m-section are looked up by their announcement.
const MAX_ANNOUNCED: usize = 64;
/// How many streams are known by source descriptions alone.
const MAX_DESCRIBED: usize = 64;
