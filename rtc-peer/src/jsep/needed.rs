//! What the descriptions in force have to say about "check if negotiation is needed" (W3C
//! section 4.7.3).

use super::description::SdpType;
use super::sections;
use super::session::Session;
use super::stored::Stored;
use super::tracks;
use crate::rtp::{SectionFacts, TransceiverDirection, TransceiverState, Transceivers};

impl Session {
    /// Whether a new offer would change something about one of the transceivers.
    pub(crate) fn needs_negotiation(&mut self, transceivers: &Transceivers) -> bool {
        if transceivers.len() == 0 {
            return false;
        }
        let current = self.current_local.as_mut().zip(self.current_remote.as_mut());
        let current = current.map(|(local, remote)| (&*local.open(), &*remote.open()));
        transceivers.iter().any(|transceiver| {
            let index = transceiver.m_line_index;
            match current.zip(index) {
                Some(((local, remote), index)) => is_changed(transceiver, local, remote, index),
                None => transceiver.needs_negotiation(None),
            }
        })
    }
}

fn is_changed(
    transceiver: &TransceiverState,
    local: &Stored,
    remote: &Stored,
    index: usize,
) -> bool {
    let (Some(ours), Some(theirs)) =
        (local.session.media.get(index), remote.session.media.get(index))
    else {
        return transceiver.needs_negotiation(None);
    };
    // Where the description has an application's names in other letters, they are the same.
    let mut msids = tracks::msids(ours);
    for stream in &transceiver.sender.streams {
        let name = sections::msid(stream);
        if let Some(msid) = msids.iter_mut().find(|msid| **msid == name) {
            *msid = stream;
        }
    }
    transceiver.needs_negotiation(Some(SectionFacts {
        local_is_offer: local.kind == SdpType::Offer,
        local_msids: &msids,
        local_direction: TransceiverDirection::from_sdp(local.session.direction(ours)),
        remote_direction: TransceiverDirection::from_sdp(remote.session.direction(theirs)),
        is_rejected: ours.is_rejected() || theirs.is_rejected(),
    }))
}
