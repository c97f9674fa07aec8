//! All transceivers of a connection, in the order in which they were created.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use rand_core::CryptoRng;
use rtc_srtp::Ssrc;

use super::direction::TransceiverDirection;
use super::extensions;
use super::kind::MediaKind;
use super::parameters::RtpEncodingParameters;
use super::track::{Track, TransceiverId};
use super::transceiver::{Encoding, Life, ReceiverState, SenderState, TransceiverState};

/// The W3C specification's "set of transceivers". At most [`MAX_TRANSCEIVERS`] at any time.
#[derive(Debug)]
pub(crate) struct Transceivers {
    /// By rising id.
    transceivers: Vec<TransceiverState>,
    first_id: u32,
    next_id: u32,
    /// Of all senders (RFC 7022 section 4.2: drawn for the connection).
    cname: String,
    /// Whether any sender may have parameters to set.
    parameters_returned: bool,
}

/// What a new transceiver is to be.
#[derive(Debug, Default)]
pub(crate) struct NewTransceiver {
    pub(crate) track: Option<Track>,
    pub(crate) direction: TransceiverDirection,
    pub(crate) streams: Vec<String>,
    /// Checked; one encoding by default where there is none.
    pub(crate) encodings: Vec<RtpEncodingParameters>,
    pub(crate) added_by_track: bool,
}

impl Transceivers {
    /// None yet. Ids start at a drawn number, so that those of one connection mean nothing to
    /// another one.
    pub(crate) fn new(rng: &mut dyn CryptoRng) -> Self {
        let first_id = rng.next_u32() >> 1;
        Self {
            transceivers: Vec::new(),
            first_id,
            next_id: first_id,
            cname: uuid(rng),
            parameters_returned: false,
        }
    }

    /// `CollectTransceivers`: in the order of their creation.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &TransceiverState> + Clone {
        self.transceivers.iter()
    }

    /// The same, to change.
    pub(crate) fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut TransceiverState> {
        self.transceivers.iter_mut()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.transceivers.len()
    }

    /// Whether another one would be too many.
    pub(crate) fn is_full(&self) -> bool {
        self.len() >= MAX_TRANSCEIVERS
    }

    /// One by its id.
    pub(crate) fn get(&self, id: TransceiverId) -> Option<&TransceiverState> {
        self.place(id).and_then(|place| self.transceivers.get(place))
    }

    /// The same, to change.
    pub(crate) fn get_mut(&mut self, id: TransceiverId) -> Option<&mut TransceiverState> {
        self.place(id).and_then(|place| self.transceivers.get_mut(place))
    }

    /// Whether this is the id of a transceiver that is here, or was.
    pub(crate) fn has_given(&self, id: TransceiverId) -> bool {
        (self.first_id..self.next_id).contains(&id.0)
    }

    /// Creates a transceiver at the end of the order. Descriptions are bounded by the same number
    /// of m-sections, and commands ask [`is_full`](Self::is_full) first.
    pub(crate) fn add(
        &mut self,
        kind: MediaKind,
        new: NewTransceiver,
        rng: &mut dyn CryptoRng,
    ) -> TransceiverId {
        let id = TransceiverId(self.next_id);
        self.next_id = self.next_id.saturating_add(1);
        let header_extensions_to_negotiate =
            self.iter().find(|other| other.kind == kind && !other.is_stopping()).map_or_else(
                || extensions::to_negotiate(kind),
                |other| other.header_extensions_to_negotiate.clone(),
            );
        let mut sender = SenderState {
            ever_sent: false,
            streams: Vec::new(),
            encodings: Vec::new(),
            codecs: Vec::new(),
            header_extensions: Vec::new(),
            reduced_size_rtcp: false,
            last_returned_parameters: None,
            track: new.track,
        };
        sender.set_streams(&new.streams);
        let mut encodings = new.encodings;
        if encodings.is_empty() {
            let scale_resolution_down_by = (kind == MediaKind::Video).then_some(1.0);
            encodings
                .push(RtpEncodingParameters { scale_resolution_down_by, ..Default::default() });
        }
        for parameters in encodings {
            let encoding = self.encoding(&sender.encodings, parameters, rng);
            sender.encodings.push(encoding);
        }
        self.transceivers.push(TransceiverState {
            id,
            kind,
            mid: None,
            m_line_index: None,
            direction: new.direction,
            current_direction: None,
            fired_direction: None,
            life: Life::Active,
            receptive: false,
            added_by_track: new.added_by_track,
            ever_had_track: new.added_by_track,
            codec_preferences: Vec::new(),
            header_extensions_to_negotiate,
            negotiated_header_extensions: Vec::new(),
            sender,
            receiver: ReceiverState {
                track: Track::new(kind, uuid(rng)),
                muted: true,
                ended: false,
                streams: Vec::new(),
                codecs: Vec::new(),
                header_extensions: Vec::new(),
            },
        });
        id
    }

    /// Takes one away: where a rollback undoes its creation, or where it has stopped and its
    /// m-section was rejected.
    pub(crate) fn remove(&mut self, id: TransceiverId) {
        if let Some(place) = self.place(id) {
            self.transceivers.remove(place);
        }
    }

    /// The CNAME of everything that is sent.
    pub(crate) fn cname(&self) -> &str {
        &self.cname
    }

    /// An encoding with SSRCs that no other stream of ours has. `siblings` are encodings that are
    /// not in the store yet.
    pub(crate) fn encoding(
        &self,
        siblings: &[Encoding],
        parameters: RtpEncodingParameters,
        rng: &mut dyn CryptoRng,
    ) -> Encoding {
        let stored = self.iter().flat_map(|transceiver| &transceiver.sender.encodings);
        let taken = |ssrc: Ssrc| {
            let is = |encoding: &Encoding| encoding.ssrc == ssrc || encoding.rtx_ssrc == ssrc;
            stored.clone().chain(siblings).any(is)
        };
        let ssrc = draw_ssrc(rng, taken);
        let rtx_ssrc = draw_ssrc(rng, |other| other == ssrc || taken(other));
        Encoding { parameters, ssrc, rtx_ssrc }
    }

    /// The connection closes: every transceiver stops, without events.
    pub(crate) fn close(&mut self) {
        for transceiver in &mut self.transceivers {
            if !transceiver.is_stopped() {
                transceiver.stop();
            }
        }
    }

    /// Notes that a sender has returned parameters that can be set.
    pub(crate) fn note_parameters_returned(&mut self) {
        self.parameters_returned = true;
    }

    /// The end of what the W3C specification calls a task: parameters that senders have returned
    /// can be set no more. Costs nothing where there are none.
    pub(crate) fn forget_returned_parameters(&mut self) {
        if core::mem::take(&mut self.parameters_returned) {
            for transceiver in &mut self.transceivers {
                transceiver.sender.last_returned_parameters = None;
            }
        }
    }

    fn place(&self, id: TransceiverId) -> Option<usize> {
        self.transceivers.binary_search_by_key(&id, |transceiver| transceiver.id).ok()
    }
}

/// A random UUID (RFC 9562 section 5.4): 36 characters.
pub(crate) fn uuid(rng: &mut dyn CryptoRng) -> String {
    let (high, low) = (rng.next_u64(), rng.next_u64());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff,
    )
}

/// An SSRC that is not 0, which some receivers take for none, and not taken.
fn draw_ssrc(rng: &mut dyn CryptoRng, taken: impl Fn(Ssrc) -> bool) -> Ssrc {
    loop {
        let ssrc = Ssrc(rng.next_u32());
        if ssrc.0 != 0 && !taken(ssrc) {
            return ssrc;
        }
    }
}

/// How many transceivers a connection has at most: as many as a description may have m-sections.
pub const MAX_TRANSCEIVERS: usize = 256;

#[cfg(test)]
mod tests {
    use alloc::vec;

    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::super::codec::{RtpCodec, RtpCodecParameters};
    use super::*;

    fn store() -> (Transceivers, ChaCha20Rng) {
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        (Transceivers::new(&mut rng), rng)
    }

    #[test]
    fn ids_stay_in_order_and_are_never_given_twice() {
        let (mut transceivers, mut rng) = store();
        let mut add = |transceivers: &mut Transceivers| {
            transceivers.add(MediaKind::Audio, NewTransceiver::default(), &mut rng)
        };
        let (first, second) = (add(&mut transceivers), add(&mut transceivers));
        transceivers.remove(second);
        let third = add(&mut transceivers);
        assert!(first < second && second < third);
        assert!(transceivers.get(second).is_none() && transceivers.get_mut(second).is_none());
        assert!(transceivers.has_given(second));
        assert!(!transceivers.has_given(TransceiverId(third.0 + 1)));
        assert!(!transceivers.has_given(TransceiverId(first.0.wrapping_sub(1))));
        transceivers.remove(second);
        transceivers.remove(first);
        assert_eq!(transceivers.iter().map(|it| it.id).collect::<Vec<_>>(), [third]);
        assert_eq!(transceivers.get(third).map(|it| it.id), Some(third));
    }

    #[test]
    fn who_has_sent_takes_no_other_track() {
        let (mut transceivers, mut rng) = store();
        let id = transceivers.add(MediaKind::Audio, NewTransceiver::default(), &mut rng);
        let transceiver = transceivers.get_mut(id).unwrap();
        let track = Track::new(MediaKind::Audio, "microphone");
        assert!(transceiver.takes(&track));
        transceiver.set_current_direction(Some(TransceiverDirection::RecvOnly));
        assert!(transceiver.takes(&track));
        transceiver.set_current_direction(Some(TransceiverDirection::SendOnly));
        transceiver.set_current_direction(Some(TransceiverDirection::Inactive));
        assert!(!transceiver.takes(&track));
    }

    #[test]
    fn a_transceiver_that_stopped_has_nothing_of_what_was_negotiated() {
        let (mut transceivers, mut rng) = store();
        let id = transceivers.add(MediaKind::Audio, NewTransceiver::default(), &mut rng);
        let transceiver = transceivers.get_mut(id).unwrap();
        transceiver.set_current_direction(Some(TransceiverDirection::SendRecv));
        transceiver.receptive = true;
        transceiver.receiver.streams.push("s".into());
        assert!(transceiver.stop_sending_and_receiving());
        assert_eq!(transceiver.direction, TransceiverDirection::Inactive);
        assert_eq!(transceiver.current_direction, Some(TransceiverDirection::SendRecv));
        assert!(transceiver.is_stopping() && !transceiver.is_stopped());
        // The track has ended before.
        assert!(!transceiver.stop());
        assert!(transceiver.is_stopping() && transceiver.is_stopped());
        assert_eq!(transceiver.current_direction, None);
        assert!(!transceiver.receptive && transceiver.receiver.streams.is_empty());
    }

    #[test]
    fn a_chosen_codec_is_forgotten_once_it_was_not_negotiated() {
        let (mut transceivers, mut rng) = store();
        let codecs = super::super::capabilities::codecs(MediaKind::Video);
        let encodings = vec![RtpEncodingParameters {
            codec: Some(codecs[4].clone()),
            ..RtpEncodingParameters::default()
        }];
        let new = NewTransceiver { encodings, ..NewTransceiver::default() };
        let id = transceivers.add(MediaKind::Video, new, &mut rng);
        let negotiated =
            |codec: &RtpCodec| RtpCodecParameters { payload_type: 96, codec: codec.clone() };
        transceivers.returned_parameters(id, &mut rng).unwrap();
        let sender = &mut transceivers.get_mut(id).unwrap().sender;
        sender.set_codecs(Vec::new());
        assert_eq!(sender.last_returned_parameters, None);
        assert_eq!(sender.encodings[0].parameters.codec.as_ref(), Some(&codecs[4]));
        // At another level it is the same codec.
        let fmtp = codecs[4].sdp_fmtp_line.as_ref().unwrap().replace("42e01f", "42c034");
        let other_level = RtpCodec { sdp_fmtp_line: Some(fmtp), ..codecs[4].clone() };
        sender.set_codecs(vec![negotiated(&codecs[0]), negotiated(&other_level)]);
        assert_eq!(sender.encodings[0].parameters.codec.as_ref(), Some(&codecs[4]));
        sender.set_codecs(vec![negotiated(&codecs[0])]);
        assert_eq!(sender.encodings[0].parameters.codec, None);
    }
}
