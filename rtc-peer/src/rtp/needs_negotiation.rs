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

#[cfg(test)]
mod tests {
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::super::kind::MediaKind;
    use super::super::transceivers::{NewTransceiver, Transceivers};
    use super::*;

    const SENDRECV: TransceiverDirection = TransceiverDirection::SendRecv;
    const SENDONLY: TransceiverDirection = TransceiverDirection::SendOnly;
    const RECVONLY: TransceiverDirection = TransceiverDirection::RecvOnly;
    const INACTIVE: TransceiverDirection = TransceiverDirection::Inactive;

    fn transceiver(direction: TransceiverDirection, streams: &[&str]) -> TransceiverState {
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let mut transceivers = Transceivers::new(&mut rng);
        let streams = streams.iter().map(|stream| (*stream).into()).collect();
        let new = NewTransceiver { direction, streams, ..NewTransceiver::default() };
        let id = transceivers.add(MediaKind::Audio, new, &mut rng);
        transceivers.get(id).unwrap().clone()
    }

    fn section(
        local_is_offer: bool,
        local_direction: TransceiverDirection,
        remote_direction: TransceiverDirection,
    ) -> SectionFacts<'static> {
        SectionFacts {
            local_is_offer,
            local_msids: &["-"],
            local_direction,
            remote_direction,
            is_rejected: false,
        }
    }

    #[test]
    fn a_transceiver_without_an_m_section_needs_one_unless_it_has_stopped() {
        let mut transceiver = transceiver(SENDRECV, &[]);
        assert!(transceiver.needs_negotiation(None));
        transceiver.stop_sending_and_receiving();
        assert!(transceiver.needs_negotiation(None));
        transceiver.stop();
        assert!(!transceiver.needs_negotiation(None));
    }

    #[test]
    fn an_m_section_is_to_be_rejected_once_its_transceiver_has_stopped() {
        let mut transceiver = transceiver(SENDRECV, &[]);
        let agreed = section(true, SENDRECV, SENDRECV);
        assert!(!transceiver.needs_negotiation(Some(agreed)));
        transceiver.stop_sending_and_receiving();
        assert!(transceiver.needs_negotiation(Some(agreed)));
        transceiver.stop();
        assert!(transceiver.needs_negotiation(Some(agreed)));
        let rejected = SectionFacts { is_rejected: true, ..agreed };
        assert!(!transceiver.needs_negotiation(Some(rejected)));
    }

    #[test]
    fn directions_are_compared_as_w3c_says() {
        let table = [
            // We offered: our offer or the answer, seen from our side, must say it.
            (false, SENDRECV, section(true, SENDRECV, SENDRECV)),
            (false, SENDRECV, section(true, SENDRECV, SENDONLY)),
            (false, RECVONLY, section(true, SENDRECV, SENDONLY)),
            (true, SENDONLY, section(true, SENDRECV, SENDONLY)),
            (true, INACTIVE, section(true, SENDRECV, SENDRECV)),
            // We answered: the answer must be what we want of what was offered.
            (false, SENDRECV, section(false, SENDRECV, SENDRECV)),
            (false, SENDRECV, section(false, RECVONLY, SENDONLY)),
            (false, RECVONLY, section(false, RECVONLY, SENDONLY)),
            (true, SENDONLY, section(false, RECVONLY, SENDONLY)),
            (true, SENDRECV, section(false, RECVONLY, SENDRECV)),
            (false, INACTIVE, section(false, INACTIVE, SENDRECV)),
        ];
        for (expected, direction, section) in table {
            let transceiver = transceiver(direction, &[]);
            let needed = transceiver.needs_negotiation(Some(section));
            assert_eq!(needed, expected, "{direction} {section:?}");
        }
    }

    #[test]
    fn streams_must_be_those_of_the_description_while_something_is_sent() {
        let table: [(bool, &[&str], &[&str]); 8] = [
            (false, &[], &["-"]),
            (true, &[], &[]),
            (true, &[], &["a"]),
            (true, &["a"], &["-"]),
            (false, &["a"], &["a"]),
            (false, &["a", "b"], &["b", "a"]),
            (true, &["a", "b"], &["a"]),
            (true, &["a"], &["a", "b"]),
        ];
        for (expected, streams, local_msids) in table {
            let section = SectionFacts { local_msids, ..section(true, SENDRECV, SENDRECV) };
            let sends = transceiver(SENDRECV, streams);
            assert_eq!(sends.needs_negotiation(Some(section)), expected, "{streams:?}");
            let section =
                SectionFacts { local_direction: RECVONLY, remote_direction: SENDONLY, ..section };
            assert!(!transceiver(RECVONLY, streams).needs_negotiation(Some(section)));
        }
    }
}
