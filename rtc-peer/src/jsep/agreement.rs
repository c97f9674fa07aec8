//! What exchanges of descriptions have settled: the transports that shall exist, and what goes on
//! each m-section.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use rtc_dtls::{Fingerprint, Role};
use rtc_ice::Credentials;

use super::accept::Sctp;
use crate::rtp::extension_ids::Agreed;
use crate::rtp::{Extensions, RemoteSource, SectionCodec, TransceiverId, TransportId};

/// A transport that shall exist now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TransportDescription {
    /// Counts up; never given to another transport.
    pub(crate) id: TransportId,
    /// Our credentials. Others than before restart ICE.
    pub(crate) local: Credentials,
    /// The m-section that speaks for it: its index and mid.
    pub(crate) section: (u16, String),
    /// `None` before an answer has met an offer.
    pub(crate) remote: Option<RemoteTransport>,
}

/// The other side of a transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteTransport {
    pub(crate) ufrag: String,
    pub(crate) password: String,
    pub(crate) lite: bool,
    /// `a=ice-pacing`, in milliseconds; `None` where the other side says nothing.
    pub(crate) pacing: Option<u32>,
    /// Whether both sides know `renomination`.
    pub(crate) renomination: bool,
    /// Whether our side controls, as the offerer does, and anyone whose peer is lite.
    pub(crate) controlling: bool,
    pub(crate) fingerprints: Arc<[Fingerprint]>,
    /// Our part in the DTLS association.
    pub(crate) dtls_role: Role,
    pub(super) tls_id: Option<String>,
}

/// The transports and sections in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Agreement {
    pub(super) transports: Vec<TransportDescription>,
    /// By m-line index.
    pub(super) sections: Vec<SectionAgreement>,
    /// The m-section of data channels, once they were negotiated.
    pub(super) data: Option<(usize, Sctp)>,
}

/// What goes on one m-section.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SectionAgreement {
    /// `None` where the section is not used.
    pub(super) transport: Option<TransportId>,
    /// Audio or video, once it was negotiated.
    pub(super) media: Option<Box<MediaAgreement>>,
}

/// What both sides want to send and receive on an m-section of audio or video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MediaAgreement {
    pub(super) transceiver: TransceiverId,
    /// What the other side takes, by its payload types and in its order.
    pub(super) send: Vec<SectionCodec>,
    /// What the other side may send, by our payload types.
    pub(super) receive: Vec<SectionCodec>,
    pub(super) extensions: Agreed,
    pub(super) ids: Extensions,
    pub(super) reduced_size_rtcp: bool,
    /// What the other side said that it sends.
    pub(super) sources: Vec<RemoteSource>,
    /// The streams of a simulcast that we receive.
    pub(super) rids: Vec<Box<str>>,
    /// Whether what we send is told apart by RIDs.
    pub(super) sends_rids: bool,
}

impl Agreement {
    pub(super) fn transport(&self, id: TransportId) -> Option<&TransportDescription> {
        self.transports.iter().find(|transport| transport.id == id)
    }

    pub(super) fn transport_mut(&mut self, id: TransportId) -> Option<&mut TransportDescription> {
        self.transports.iter_mut().find(|transport| transport.id == id)
    }

    /// The transport that an m-section is on.
    pub(super) fn of_section(&self, index: usize) -> Option<&TransportDescription> {
        self.transport(self.sections.get(index)?.transport?)
    }

    /// Drops the transports that no m-section is on.
    pub(super) fn retain_used(&mut self) {
        let sections = &self.sections;
        let used = |id| sections.iter().any(|section| section.transport == Some(id));
        self.transports.retain(|transport| used(transport.id));
    }

    /// Makes the first m-section of each transport, by the order of its group, speak for it.
    pub(super) fn speak<'a>(
        &mut self,
        order: impl Iterator<Item = usize>,
        mid: impl Fn(usize) -> &'a str,
    ) {
        let mut said = alloc::collections::BTreeSet::new();
        for index in order {
            let Some(id) = self.sections.get(index).and_then(|section| section.transport) else {
                continue;
            };
            if !said.insert(id) {
                continue;
            }
            if let Some(transport) = self.transport_mut(id) {
                // There are at most 256 sections.
                transport.section = (index as u16, mid(index).into());
            }
        }
    }
}
