//! The m-sections in force, as the media room takes them.

use alloc::vec::Vec;

use super::agreement::{Agreement, MediaAgreement};
use super::session::Session;
use crate::rtp::{
    MediaSection, ReceiveSection, SendEncoding, SendSection, TransceiverDirection,
    TransceiverState, Transceivers, formats,
};

impl Session {
    /// The m-sections of audio and video on which something is sent or received.
    pub(crate) fn media(&self, transceivers: &Transceivers) -> Vec<MediaSection> {
        transceivers.iter().filter_map(|transceiver| self.section(transceiver)).collect()
    }

    fn section(&self, transceiver: &TransceiverState) -> Option<MediaSection> {
        let index = transceiver.m_line_index.filter(|_| !transceiver.is_stopping())?;
        let media = self.agreement.media(index, transceiver)?;
        let transport = self.agreement.of_section(index)?;
        transport.remote.as_ref()?;
        let sends = transceiver.current_direction.is_some_and(TransceiverDirection::sends);
        let send = sends.then(|| send_section(media, transceiver));
        let receive = transceiver.receptive.then(|| ReceiveSection {
            codecs: formats::in_force(&media.receive),
            sources: media.sources.clone(),
            rids: media.rids.clone(),
        });
        if send.is_none() && receive.is_none() {
            return None;
        }
        Some(MediaSection {
            transceiver: transceiver.id,
            kind: transceiver.kind,
            mid: transceiver.mid.clone().unwrap_or_default(),
            transport: transport.id,
            send,
            receive,
            reduced_size_rtcp: media.reduced_size_rtcp,
            extensions: media.ids,
        })
    }
}

impl Agreement {
    /// What was agreed on for the m-section of a transceiver.
    fn media(&self, index: usize, transceiver: &TransceiverState) -> Option<&MediaAgreement> {
        let media = self.sections.get(index)?.media.as_deref()?;
        (media.transceiver == transceiver.id).then_some(media)
    }

    /// Sets the slots of a transceiver that an answer decides.
    pub(super) fn apply(
        &self,
        index: usize,
        direction: TransceiverDirection,
        transceiver: &mut TransceiverState,
    ) {
        transceiver.sender.last_returned_parameters = None;
        let Some(media) = self.media(index, transceiver) else {
            transceiver.sender.set_codecs(Vec::new());
            transceiver.receiver.codecs.clear();
            return;
        };
        transceiver.sender.set_codecs(formats::parameters(&media.send));
        transceiver.receiver.codecs = match direction.receives() {
            true => formats::parameters(&media.receive),
            false => Vec::new(),
        };
        transceiver.sender.header_extensions.clone_from(&media.extensions.send);
        transceiver.receiver.header_extensions.clone_from(&media.extensions.receive);
        transceiver.sender.reduced_size_rtcp = media.reduced_size_rtcp;
        transceiver.negotiated_header_extensions.clone_from(&media.extensions.negotiated);
        transceiver.header_extensions_to_negotiate.clone_from(&media.extensions.negotiated);
    }
}

fn send_section(media: &MediaAgreement, transceiver: &TransceiverState) -> SendSection {
    let codecs = formats::in_force(&media.send);
    let repaired = codecs.iter().any(|codec| codec.rtx_payload_type.is_some());
    let encodings = transceiver.sender.encodings.iter().map(|encoding| {
        let parameters = &encoding.parameters;
        let chosen = parameters.codec.as_ref();
        SendEncoding {
            ssrc: encoding.ssrc,
            rtx_ssrc: repaired.then_some(encoding.rtx_ssrc),
            rid: parameters.rid.as_deref().filter(|_| media.sends_rids).map(Into::into),
            active: parameters.active,
            dscp: parameters
                .network_priority
                .unwrap_or(parameters.priority)
                .media_dscp(transceiver.kind),
            codec: chosen.and_then(|chosen| {
                codecs.iter().position(|codec| codec.codec.is_same(chosen, true))
            }),
        }
    });
    SendSection { encodings: encodings.collect(), codecs }
}
