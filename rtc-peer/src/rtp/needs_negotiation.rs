//! What a transceiver has to say about "check if negotiation is needed" (W3C section 4.7.3).

use super::direction::TransceiverDirection;
use super::transceiver::TransceiverState;

/// What the current descriptions say of the m-section that a transceiver is associated with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SectionFacts<'a> {
    /// Whether the current local description is the offer, and the remote one the answer.
    pub(crate) local_is_offer: bool,
    /// The stream ids of its `a=msid` lines in the current local description, `-` where a line
    /// says that there is no stream.
    pub(crate) local_msids: &'a [&'a str],
    /// Its direction in the current local description.
    pub(crate) local_direction: TransceiverDirection,
    /// Its direction in the current remote description, as that description says it.
    pub(crate) remote_direction: TransceiverDirection,
    /// Whether it is rejected in either description.
    pub(crate) is_rejected: bool,
}

impl TransceiverState {
    /// Whether a new offer would change something about this transceiver. `section` is `None` where
    /// it is not associated with an m-section of the current local description.
    pub(crate) fn needs_negotiation(&self, section: Option<SectionFacts<'_>>) -> bool {
        if self.is_stopping() && !self.is_stopped() {
            return true;
        }
        match section {
            None => !self.is_stopped(),
            Some(section) if self.is_stopped() => !section.is_rejected,
            Some(section) => {
                (self.direction.sends() && !self.has_msids(section.local_msids))
                    || self.is_elsewhere_bound(section)
            }
        }
    }

    /// Whether the `a=msid` lines are those that a new offer would have.
    fn has_msids(&self, msids: &[&str]) -> bool {
        let streams = &self.sender.streams;
        match msids {
            [] => false,
            // RFC 9429 section 5.2.1: one line without a stream.
            ["-"] => streams.is_empty(),
            msids => {
                msids.len() == streams.len()
                    && msids.iter().all(|msid| streams.iter().any(|stream| stream == msid))
            }
        }
    }

    fn is_elsewhere_bound(&self, section: SectionFacts<'_>) -> bool {
        let remote = section.remote_direction.reversed();
        if section.local_is_offer {
            self.direction != section.local_direction && self.direction != remote
        } else {
            self.direction.and(remote) != section.local_direction
        }
    }
}
