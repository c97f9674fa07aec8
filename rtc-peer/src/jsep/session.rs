//! What an exchange of descriptions remembers: the four descriptions and what was agreed on.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use rand_core::CryptoRng;
use rtc_ice::Credentials;
use rtc_sdp::{Attribute, Candidate, SessionDescription};

use super::accept::Sctp;
use super::agreement::{Agreement, TransportDescription};
use super::answer;
use super::candidates::Fresh;
use super::commit::Saved;
use super::compose::{self, Composer, Created, Draw};
use super::description::Description;
use super::offer;
use super::sections::Local;
use super::stored::{InForce, Stored};
use crate::configuration::BundlePolicy;
use crate::error::DescriptionError;
use crate::rtp::{ExtensionIds, PayloadTypes, Transceivers, TransportId};
use crate::state::SignalingState;

/// The descriptions of a connection.
#[derive(Debug)]
pub(crate) struct Session {
    pub(super) state: SignalingState,
    session_id: u64,
    /// The version of the local description that was set last, rolled back or not.
    pub(super) version: Option<u64>,
    tls_id: String,
    policy: BundlePolicy,
    pub(super) current_local: Option<InForce>,
    pub(super) pending_local: Option<Stored>,
    pub(super) current_remote: Option<InForce>,
    pub(super) pending_remote: Option<Stored>,
    pub(super) last_offer: Option<Box<Created>>,
    pub(super) last_answer: Option<Box<Created>>,
    /// What is in force.
    pub(super) agreement: Agreement,
    /// The same as our offer had it, for whatever answers come to it.
    pub(super) offered: Option<Agreement>,
    /// What a rollback leads back to, while an exchange is under way.
    pub(super) stable: Option<Box<Saved>>,
    /// What was made of the agreement for the rest of the connection.
    pub(super) transports: Vec<TransportDescription>,
    pub(super) next_transport: u32,
    next_mid: u32,
    pub(super) payload_types: PayloadTypes,
    pub(super) extension_ids: ExtensionIds,
    /// Drawn for descriptions that were created and not set.
    pub(super) pool: Vec<Credentials>,
    /// The stream of tracks whose description says nothing of streams.
    pub(super) default_stream: Option<String>,
    /// Remote candidates that the agents have not been given.
    pub(super) fresh: Vec<Fresh>,
}

impl Session {
    pub(crate) fn new(session_id: u64, tls_id: String, policy: BundlePolicy) -> Self {
        Self {
            state: SignalingState::Stable,
            // RFC 9429 section 5.2.1: 63 bits, so that signed integers can hold it.
            session_id: session_id >> 1,
            version: None,
            tls_id,
            policy,
            current_local: None,
            pending_local: None,
            current_remote: None,
            pending_remote: None,
            last_offer: None,
            last_answer: None,
            agreement: Agreement::default(),
            offered: None,
            stable: None,
            transports: Vec::new(),
            next_transport: 0,
            next_mid: 0,
            payload_types: PayloadTypes::default(),
            extension_ids: ExtensionIds::default(),
            pool: Vec::new(),
            default_stream: None,
            fresh: Vec::new(),
        }
    }

    pub(crate) const fn signaling_state(&self) -> SignalingState {
        self.state
    }

    pub(crate) fn close(&mut self) {
        self.state = SignalingState::Closed;
    }

    // Creating.

    pub(crate) const fn check_offer(&self) -> Result<(), DescriptionError> {
        match self.state {
            SignalingState::Stable | SignalingState::HaveLocalOffer => Ok(()),
            state => Err(wrong(state)),
        }
    }

    pub(crate) const fn check_answer(&self) -> Result<(), DescriptionError> {
        match self.state {
            SignalingState::HaveRemoteOffer | SignalingState::HaveLocalPranswer => Ok(()),
            state => Err(wrong(state)),
        }
    }

    /// Whether `setLocalDescription()` without an argument means an answer.
    pub(crate) const fn awaits_local_answer(&self) -> bool {
        self.check_answer().is_ok()
    }

    /// To be called only after [`check_offer`](Self::check_offer). With `restart`, all transports
    /// get new credentials.
    pub(crate) fn create_offer(
        &mut self,
        local: &Local,
        transceivers: &Transceivers,
        restart: bool,
        rng: &mut dyn CryptoRng,
    ) -> Description {
        let created =
            self.compose(local, transceivers, rng, |composer| offer::offer(composer, restart));
        let text = created.text.clone();
        self.last_offer = Some(Box::new(created));
        Description::offer(text)
    }

    /// To be called only after [`check_answer`](Self::check_answer).
    pub(crate) fn create_answer(
        &mut self,
        local: &Local,
        transceivers: &Transceivers,
        rng: &mut dyn CryptoRng,
    ) -> Description {
        let offer = self.pending_remote.take();
        let mut created = self.compose(local, transceivers, rng, |composer| {
            answer::answer(composer, &offer.as_ref().expect("checked: there is an offer").session)
        });
        created.offer = offer.as_ref().map(|offer| compose::without_candidates(&offer.session));
        self.pending_remote = offer;
        let text = created.text.clone();
        self.last_answer = Some(Box::new(created));
        Description::answer(text)
    }

    fn compose(
        &mut self,
        local: &Local,
        transceivers: &Transceivers,
        rng: &mut dyn CryptoRng,
        body: impl FnOnce(Composer<'_>) -> (SessionDescription, Vec<Option<crate::rtp::TransceiverId>>),
    ) -> Created {
        let current_local = self.current_local.as_ref().map(InForce::read);
        let current_remote = self.current_remote.as_ref().map(InForce::read);
        let composer = Composer {
            session_id: self.session_id,
            tls_id: &self.tls_id,
            policy: self.policy,
            local,
            transceivers,
            agreement: &self.agreement,
            current_local: current_local.as_deref(),
            current_remote: current_remote.as_deref(),
            pending_local: self.pending_local.as_ref(),
            payload_types: self.payload_types.clone(),
            extension_ids: self.extension_ids.clone(),
            next_mid: self.next_mid,
            draw: Draw { pool: &mut self.pool, used: 0, rng },
        };
        let (session, transceivers) = body(composer);
        let session = self.with_version(session);
        Created { text: compose::text(&session), session, offer: None, transceivers }
    }

    /// RFC 3264 section 8: the version rises whenever a description differs from the last one, also
    /// from one that was rolled back.
    fn with_version(&self, mut session: SessionDescription) -> SessionDescription {
        if let Some(version) = self.version {
            session.origin.session_version = version;
            if self.local().is_none_or(|last| *last.session != session) {
                session.origin.session_version = version.saturating_add(1);
            }
        }
        session
    }

    /// A description of ours was set: what it gave out is not given out again.
    pub(super) fn note_local(&mut self, session: &SessionDescription) {
        self.version = Some(session.origin.session_version);
        for media in &session.media {
            if let Some(ufrag) = session.ice_ufrag(media) {
                self.pool.retain(|credentials| credentials.ufrag() != ufrag);
                self.pool.shrink_to_fit();
            }
            let number = media.mid().and_then(|mid| mid.parse::<u32>().ok());
            if let Some(number) = number.filter(|number| *number >= self.next_mid) {
                self.next_mid = number.saturating_add(1);
            }
        }
    }

    // What was agreed on.

    /// SCTP's parameters, once they were negotiated.
    pub(crate) fn sctp(&self) -> Option<Sctp> {
        self.agreement.data.map(|(_, sctp)| sctp)
    }

    /// The credentials of the local description that was agreed on.
    pub(crate) fn current_local_ufrags(&mut self) -> impl Iterator<Item = &str> {
        let current = self.current_local.as_mut().map(|description| &description.open().session);
        current.into_iter().flat_map(|session| {
            let used = session.media.iter().filter(|media| !media.is_rejected());
            used.filter_map(|media| session.ice_ufrag(media))
        })
    }

    /// The transports that there are to be, in the order of their m-sections.
    pub(crate) fn transports(&self) -> &[TransportDescription] {
        &self.transports
    }

    /// The transport that data channels go on.
    pub(crate) fn data_transport(&self) -> Option<TransportId> {
        let (index, _) = self.agreement.data?;
        self.agreement.of_section(index).map(|transport| transport.id)
    }

    // Descriptions as W3C gives them out.

    pub(super) fn local(&self) -> Option<Cow<'_, Stored>> {
        newest(self.pending_local.as_ref(), self.current_local.as_ref())
    }

    pub(super) fn remote(&self) -> Option<Cow<'_, Stored>> {
        newest(self.pending_remote.as_ref(), self.current_remote.as_ref())
    }

    /// Keeps the descriptions in force as small as they can be: the connection stands, so that they
    /// will not be needed soon.
    pub(crate) fn fold(&mut self) {
        for description in [&mut self.current_local, &mut self.current_remote] {
            description.iter_mut().for_each(InForce::fold);
        }
    }

    pub(crate) fn current_local(&self, gathered: &[Gathered<'_>]) -> Option<Description> {
        self.current_local.as_ref().map(|stored| self.describe(&stored.read(), gathered))
    }

    pub(crate) fn pending_local(&self, gathered: &[Gathered<'_>]) -> Option<Description> {
        self.pending_local.as_ref().map(|stored| self.describe(stored, gathered))
    }

    pub(crate) fn current_remote(&self) -> Option<Description> {
        self.current_remote.as_ref().map(InForce::describe)
    }

    pub(crate) fn pending_remote(&self) -> Option<Description> {
        self.pending_remote.as_ref().map(|stored| self.describe(stored, &[]))
    }

    /// `canTrickleIceCandidates`; unknown before there is a remote description.
    pub(crate) fn can_trickle(&self) -> Option<bool> {
        let remote = self.remote()?;
        let session = &remote.session;
        let trickles = |media| session.ice_options(media).any(|option| option == "trickle");
        Some(session.media.iter().any(trickles))
    }

    /// A description with the candidates that have been gathered for its transports, each in the
    /// first m-section that is on it.
    fn describe(&self, stored: &Stored, gathered: &[Gathered<'_>]) -> Description {
        let news = gathered.iter().any(|g| g.complete || !g.candidates.is_empty());
        if !news {
            return Description { kind: stored.kind, sdp: compose::text(&stored.session) };
        }
        let mut session = stored.session.clone();
        for Gathered { transport, candidates, complete } in gathered {
            let Some(transport) = self.agreement.transport(*transport) else { continue };
            let ufrag = transport.local.ufrag();
            let is_on = |index: usize| {
                stored.session.media.get(index).is_some_and(|media| {
                    !media.is_rejected() && stored.session.ice_ufrag(media) == Some(ufrag)
                })
            };
            let speaks = usize::from(transport.section.0);
            let index = match is_on(speaks) {
                true => Some(speaks),
                false => (0..stored.session.media.len()).find(|index| is_on(*index)),
            };
            let Some(media) = index.and_then(|index| session.media.get_mut(index)) else {
                continue;
            };
            media.attributes.extend(candidates.iter().cloned().map(Attribute::from));
            media.attributes.extend(complete.then_some(Attribute::EndOfCandidates));
        }
        Description { kind: stored.kind, sdp: compose::text(&session) }
    }
}

/// What local descriptions gain while candidates are gathered for a transport.
#[derive(Debug)]
pub(crate) struct Gathered<'a> {
    pub(crate) transport: TransportId,
    pub(crate) candidates: &'a [Candidate],
    pub(crate) complete: bool,
}

fn newest<'a>(
    pending: Option<&'a Stored>,
    current: Option<&'a InForce>,
) -> Option<Cow<'a, Stored>> {
    pending.map(Cow::Borrowed).or_else(|| current.map(InForce::read))
}

pub(super) const fn wrong(state: SignalingState) -> DescriptionError {
    match state {
        SignalingState::Closed => DescriptionError::Closed,
        state => DescriptionError::WrongState(state),
    }
}
