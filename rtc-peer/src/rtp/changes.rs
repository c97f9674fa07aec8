//! What the commands of an application change about a transceiver.

use alloc::string::String;
use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::capabilities;
use super::codec::RtpCodec;
use super::direction::TransceiverDirection;
use super::encodings;
use super::extensions;
use super::kind::MediaKind;
use super::parameters::{
    RtcpParameters, RtpEncodingParameters, RtpHeaderExtensionCapability, RtpSendParameters,
};
use super::track::{Track, TransceiverId};
use super::transceiver::TransceiverState;
use super::transceivers::{NewTransceiver, Transceivers, uuid};
use crate::error::{
    EncodingFault, SetCodecPreferencesError, SetHeaderExtensionsError, SetParametersError,
};

impl NewTransceiver {
    /// The encodings that a new sender has, from those that it is asked to have.
    pub(crate) fn validate(
        kind: MediaKind,
        send_encodings: Vec<RtpEncodingParameters>,
    ) -> Result<Vec<RtpEncodingParameters>, (usize, EncodingFault)> {
        encodings::validate_new(kind, send_encodings, &capabilities::codecs(kind))
    }
}

impl Transceivers {
    /// `getParameters` of a sender: those that were returned last if they still can be set, or
    /// else new ones.
    pub(crate) fn returned_parameters(
        &mut self,
        id: TransceiverId,
        rng: &mut dyn CryptoRng,
    ) -> Option<RtpSendParameters> {
        self.note_parameters_returned();
        let cname = String::from(self.cname());
        let sender = &mut self.get_mut(id)?.sender;
        if sender.last_returned_parameters.is_none() {
            sender.last_returned_parameters = Some(RtpSendParameters {
                transaction_id: uuid(rng),
                encodings: sender.encodings.iter().map(|it| it.parameters.clone()).collect(),
                header_extensions: sender.header_extensions.clone(),
                rtcp: RtcpParameters { cname, reduced_size: sender.reduced_size_rtcp },
                codecs: sender.codecs.clone(),
            });
        }
        sender.last_returned_parameters.clone()
    }
}

impl TransceiverState {
    /// Whether `addTrack` gives this track to the sender: it has none and has never sent.
    pub(crate) fn takes(&self, track: &Track) -> bool {
        self.sender.track.is_none()
            && self.kind == track.kind
            && !self.is_stopping()
            && !self.sender.ever_sent
    }

    /// `addTrack` gives it a track.
    pub(crate) fn attach(&mut self, track: Track, streams: &[&str]) {
        self.sender.track = Some(track);
        self.sender.set_streams(streams);
        self.added_by_track = true;
        self.ever_had_track = true;
        self.direction = TransceiverDirection::of(true, self.direction.receives());
    }

    /// `setCodecPreferences`.
    pub(crate) fn set_codec_preferences(
        &mut self,
        codecs: Vec<RtpCodec>,
    ) -> Result<(), SetCodecPreferencesError> {
        let known = capabilities::codecs(self.kind);
        let mut preferences: Vec<RtpCodec> = Vec::with_capacity(codecs.len().min(known.len()));
        for (index, codec) in codecs.iter().enumerate() {
            if !known.iter().any(|known| known.is_same(codec, false)) {
                return Err(SetCodecPreferencesError::UnknownCodec(index));
            }
            if !preferences.iter().any(|other| other.is_same(codec, false)) {
                preferences.push(codec.clone());
            }
        }
        let can_carry = |codec: &RtpCodec| !codec.is_resilience() && !codec.is("CN");
        if !codecs.is_empty() && !preferences.iter().any(can_carry) {
            return Err(SetCodecPreferencesError::NothingToOffer);
        }
        self.codec_preferences = preferences;
        Ok(())
    }

    /// `setHeaderExtensionsToNegotiate`.
    pub(crate) fn set_header_extensions_to_negotiate(
        &mut self,
        mut extensions: Vec<RtpHeaderExtensionCapability>,
    ) -> Result<(), SetHeaderExtensionsError> {
        let current = &self.header_extensions_to_negotiate;
        if extensions.len() != current.len() {
            return Err(SetHeaderExtensionsError::Count);
        }
        for (index, (new, current)) in extensions.iter_mut().zip(current).enumerate() {
            if new.uri != current.uri {
                return Err(SetHeaderExtensionsError::Uri(index));
            }
            let needed_as_it_is =
                new.uri == extensions::MID && new.direction != TransceiverDirection::SendRecv;
            let needed = new.uri == extensions::VIDEO_ORIENTATION
                && new.direction == TransceiverDirection::Stopped;
            if needed_as_it_is || needed {
                return Err(SetHeaderExtensionsError::Mandatory(index));
            }
            if new.direction != TransceiverDirection::Stopped {
                new.direction = new.direction.and(extensions::capability(self.kind, &new.uri));
            }
        }
        self.header_extensions_to_negotiate = extensions;
        Ok(())
    }

    /// `setParameters` of the sender.
    pub(crate) fn set_parameters(
        &mut self,
        parameters: RtpSendParameters,
    ) -> Result<(), SetParametersError> {
        if self.is_stopping() {
            return Err(SetParametersError::Stopping);
        }
        let Some(returned) = &self.sender.last_returned_parameters else {
            return Err(SetParametersError::NotReturned);
        };
        let RtpSendParameters { transaction_id, encodings, header_extensions, rtcp, codecs } =
            parameters;
        let rid = |encoding: &RtpEncodingParameters| encoding.rid.clone();
        if transaction_id != returned.transaction_id
            || !encodings.iter().map(rid).eq(returned.encodings.iter().map(rid))
            || encodings.len() != self.sender.encodings.len()
            || header_extensions != returned.header_extensions
            || rtcp != returned.rtcp
            || codecs != returned.codecs
        {
            return Err(SetParametersError::ReadOnly);
        }
        let choosable: Vec<RtpCodec> = match &*codecs {
            [] => capabilities::codecs(self.kind),
            negotiated => negotiated.iter().map(|codec| codec.codec.clone()).collect(),
        };
        let encodings = encodings::validate_changed(self.kind, encodings, &choosable)
            .map_err(|(index, fault)| SetParametersError::Encoding { index, fault })?;
        self.sender.last_returned_parameters = None;
        for (encoding, parameters) in self.sender.encodings.iter_mut().zip(encodings) {
            encoding.parameters = parameters;
        }
        Ok(())
    }
}
