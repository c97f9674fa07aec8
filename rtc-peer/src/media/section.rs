//! An m-section in force, as media sees it.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::dtmf::Dtmf;
use super::sources::Sources;
use crate::rtp::{
    Extensions, MediaKind, MediaSection, NegotiatedCodec, RemoteSource, RtpCodec, SendSection,
    TransceiverId,
};

/// How what comes is given to the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Delivery {
    /// As RTP packets, in the order in which they come.
    #[default]
    Packets,
    /// As frames, put together and in order.
    Frames,
}

/// What is sent and received by one transceiver.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) transceiver: TransceiverId,
    pub(super) kind: MediaKind,
    pub(super) mid: Arc<str>,
    pub(super) send: Option<SendSection>,
    pub(super) receive: Option<ReceivePart>,
    pub(super) reduced_size_rtcp: bool,
    pub(super) ids: Extensions,
    pub(super) delivery: Delivery,
    pub(super) sources: Sources,
    /// Whether no packet has come since there was none.
    pub(super) muted: bool,
    pub(super) dtmf: Dtmf,
}

/// What may come.
#[derive(Debug)]
pub(super) struct ReceivePart {
    pub(super) codecs: Vec<NegotiatedCodec>,
    pub(super) sources: Vec<RemoteSource>,
    pub(super) rids: Vec<Arc<str>>,
}

/// What a payload type means in an m-section; codecs by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The codec's own payload.
    Media(usize),
    /// A retransmission of the codec's payload.
    Repair(usize),
    /// Redundant audio.
    Redundant(usize),
}

impl Section {
    pub(super) fn new(negotiated: MediaSection, delivery: Delivery) -> Self {
        let mut section = Self {
            transceiver: negotiated.transceiver,
            kind: negotiated.kind,
            mid: Arc::from(&*negotiated.mid),
            send: None,
            receive: None,
            reduced_size_rtcp: false,
            ids: Extensions::default(),
            delivery,
            sources: Sources::default(),
            muted: true,
            dtmf: Dtmf::default(),
        };
        section.reconfigure(negotiated);
        section
    }

    /// Takes on what was negotiated anew.
    pub(super) fn reconfigure(&mut self, negotiated: MediaSection) {
        if *self.mid != *negotiated.mid {
            self.mid = Arc::from(&*negotiated.mid);
        }
        self.kind = negotiated.kind;
        self.reduced_size_rtcp = negotiated.reduced_size_rtcp;
        self.ids = negotiated.extensions;
        self.send = negotiated.send;
        self.receive = negotiated.receive.map(|receive| ReceivePart {
            codecs: receive.codecs,
            sources: receive.sources,
            rids: receive.rids.iter().map(|rid| Arc::from(&**rid)).collect(),
        });
        if self.send.is_none() {
            self.dtmf.stop();
        }
        if self.receive.is_none() {
            self.muted = true;
        }
    }

    /// What to send with: the codec of this payload type, or of the encoding.
    pub(super) fn send_codec(
        &self,
        encoding: usize,
        payload_type: Option<u8>,
    ) -> Option<&NegotiatedCodec> {
        let send = self.send.as_ref()?;
        match payload_type {
            Some(number) => send.codecs.iter().find(|codec| codec.payload_type == number),
            None => {
                let chosen = send.encodings.get(encoding)?.codec;
                let chosen = chosen.and_then(|chosen| send.codecs.get(chosen));
                let carries_media = |codec: &&NegotiatedCodec| !is_auxiliary(codec);
                chosen.or_else(|| send.codecs.iter().find(carries_media))
            }
        }
    }

    /// The payload type of this codec, with the same parameters if there is such a one.
    pub(super) fn send_payload_type(&self, wanted: &RtpCodec) -> Option<u8> {
        let same = |codec: &&NegotiatedCodec| {
            codec.codec.mime_type.eq_ignore_ascii_case(&wanted.mime_type)
                && codec.codec.clock_rate == wanted.clock_rate
                && codec.codec.channels.unwrap_or(1) == wanted.channels.unwrap_or(1)
        };
        let codecs = || self.send.iter().flat_map(|send| &send.codecs).filter(same);
        let exact = codecs().find(|codec| codec.codec.sdp_fmtp_line == wanted.sdp_fmtp_line);
        exact.or_else(|| codecs().next()).map(|codec| codec.payload_type)
    }

    /// The telephone events that go with audio of this clock rate, or any (RFC 4733, section 2.1:
    /// they should have the same).
    pub(super) fn tone_codec(&self, clock_rate: u32) -> Option<&NegotiatedCodec> {
        let codecs = &self.send.as_ref()?.codecs;
        let tones = || codecs.iter().filter(|codec| is(codec, "audio/telephone-event"));
        tones().find(|codec| codec.codec.clock_rate == clock_rate).or_else(|| tones().next())
    }
}

impl ReceivePart {
    pub(super) fn role(&self, payload_type: u8) -> Option<Role> {
        self.codecs.iter().enumerate().find_map(|(at, codec)| {
            if codec.payload_type == payload_type {
                let redundant = is(codec, "audio/red");
                Some(if redundant { Role::Redundant(at) } else { Role::Media(at) })
            } else if codec.rtx_payload_type == Some(payload_type) {
                Some(Role::Repair(at))
            } else {
                None
            }
        })
    }
}

/// Redundancy, comfort noise and tones go beside a codec.
fn is_auxiliary(codec: &NegotiatedCodec) -> bool {
    ["audio/red", "audio/CN", "audio/telephone-event"].iter().any(|name| is(codec, name))
}

fn is(codec: &NegotiatedCodec, mime_type: &str) -> bool {
    codec.codec.mime_type.eq_ignore_ascii_case(mime_type)
}
