//! What an exchange of descriptions remembers: the four descriptions and what was agreed on.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rtc_dtls::{Fingerprint, Role};
use rtc_ice::Credentials;
use rtc_sdp::{Attribute, Candidate, SessionDescription, Setup};

use super::accept::{self, Sctp, TransportSection};
use super::candidate::IceCandidate;
use super::compose::{self, Known, Local};
use super::description::{Description, SdpType};
use super::signaling::{self, Side};
use crate::error::{AddIceCandidateError, DescriptionError, Fault};
use crate::rtp::TransportId;
use crate::state::SignalingState;

/// The descriptions of a connection.
#[derive(Debug)]
pub(crate) struct Session {
    state: SignalingState,
    session_id: u64,
    /// The version of the local description that was set last, rolled back or not.
    version: Option<u64>,
    tls_id: String,
    current_local: Option<Stored>,
    pending_local: Option<Stored>,
    current_remote: Option<Stored>,
    pending_remote: Option<Stored>,
    last_offer: Option<Created>,
    last_answer: Option<Created>,
    agreed: Option<Agreed>,
    transports: Vec<TransportDescription>,
    /// Remote candidates that the agent has not been given, of the newest remote description.
    fresh: Vec<Candidate>,
}

/// A description that was set.
#[derive(Debug, Clone)]
struct Stored {
    kind: SdpType,
    session: SessionDescription,
}

/// A description that was created and may be set.
#[derive(Debug)]
struct Created {
    text: String,
    session: SessionDescription,
}

/// What an offer and an answer have settled.
#[derive(Debug, Clone)]
struct Agreed {
    transport: TransportSection,
    role: Role,
    controlling: bool,
    lite: bool,
    /// `None` once the data-channel section was rejected in a later exchange.
    sctp: Option<Sctp>,
}

/// A description that was found to be in order, and what setting it will do. Planning changes
/// nothing, committing cannot fail.
#[derive(Debug)]
pub(crate) struct Plan {
    next: SignalingState,
    step: Step,
}

#[derive(Debug)]
enum Step {
    Rollback(Side),
    Offer {
        side: Side,
        session: Box<SessionDescription>,
    },
    Answer {
        side: Side,
        kind: SdpType,
        session: Box<SessionDescription>,
        agreed: Box<Option<Agreed>>,
    },
}

/// A transport that there is to be.
#[derive(Debug, Clone)]
pub(crate) struct TransportDescription {
    pub(crate) id: TransportId,
    pub(crate) local: Credentials,
    /// The m-section that speaks for it: its index and mid.
    pub(crate) section: (u16, String),
    /// What goes with these credentials of ours, once an offer and an answer have met: nothing again
    /// while the offer of an ICE restart waits for its answer.
    pub(crate) remote: Option<RemoteTransport>,
}

/// The other side's part of a transport.
#[derive(Debug, Clone)]
pub(crate) struct RemoteTransport {
    pub(crate) ufrag: String,
    pub(crate) password: String,
    pub(crate) lite: bool,
    /// Whether our side controls, as the offerer does, and anyone whose peer is lite.
    pub(crate) controlling: bool,
    pub(crate) fingerprints: Vec<Fingerprint>,
    /// Our part in the DTLS association.
    pub(crate) dtls_role: Role,
}

impl Session {
    pub(crate) fn new(session_id: u64, tls_id: String) -> Self {
        Self {
            state: SignalingState::Stable,
            // RFC 9429 section 5.2.1: 63 bits, so that signed integers can hold it.
            session_id: session_id >> 1,
            version: None,
            tls_id,
            current_local: None,
            pending_local: None,
            current_remote: None,
            pending_remote: None,
            last_offer: None,
            last_answer: None,
            agreed: None,
            transports: Vec::new(),
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

    pub(crate) fn create_offer(&mut self, local: &Local) -> Description {
        let session = self.with_version(compose::offer(self.known(), local));
        let text = compose::text(&session);
        self.last_offer = Some(Created { text: text.clone(), session });
        Description::offer(text)
    }

    /// To be called only after [`check_answer`](Self::check_answer).
    pub(crate) fn create_answer(&mut self, local: &Local) -> Description {
        let offer = self.pending_remote.as_ref().expect("checked: there is a remote offer");
        let session = self.with_version(compose::answer(self.known(), local, &offer.session));
        let text = compose::text(&session);
        self.last_answer = Some(Created { text: text.clone(), session });
        Description::answer(text)
    }

    /// Whether the remote offer that waits for an answer comes with new ICE credentials.
    pub(crate) fn remote_restarts_ice(&self) -> bool {
        let (Some(agreed), Some(offer)) = (&self.agreed, &self.pending_remote) else {
            return false;
        };
        accept::data_section(&offer.session)
            .and_then(|index| accept::transport(&offer.session, index).ok())
            .is_some_and(|transport| transport.ufrag != agreed.transport.ufrag)
    }

    // Planning and committing.

    pub(crate) fn plan_local(&self, description: Description) -> Result<Plan, DescriptionError> {
        let kind = description.kind;
        let next = self.next(Side::Local, kind)?;
        let created = match kind {
            SdpType::Rollback => return Ok(Plan { next, step: Step::Rollback(Side::Local) }),
            SdpType::Offer => &self.last_offer,
            SdpType::Pranswer | SdpType::Answer => &self.last_answer,
        };
        let session = created
            .as_ref()
            .filter(|created| description.sdp.is_empty() || created.text == description.sdp)
            .map(|created| Box::new(created.session.clone()))
            .ok_or(DescriptionError::NotLastCreated)?;
        let step = if kind == SdpType::Offer {
            Step::Offer { side: Side::Local, session }
        } else {
            let offer = self.pending_remote.as_ref().ok_or_else(|| wrong(self.state))?;
            let agreed = self.agree(&session, &offer.session, Side::Remote)?;
            Step::Answer { side: Side::Local, kind, session, agreed: Box::new(agreed) }
        };
        Ok(Plan { next, step })
    }

    pub(crate) fn plan_remote(&self, description: Description) -> Result<Plan, DescriptionError> {
        let kind = description.kind;
        let next = self.next(Side::Remote, kind)?;
        if kind == SdpType::Rollback {
            return Ok(Plan { next, step: Step::Rollback(Side::Remote) });
        }
        let session = Box::new(SessionDescription::parse(&description.sdp)?);
        accept::check_form(&session)?;
        let step = if kind == SdpType::Offer {
            self.check_remote_offer(&session)?;
            Step::Offer { side: Side::Remote, session }
        } else {
            let offer = self.pending_local.as_ref().ok_or_else(|| wrong(self.state))?;
            accept::check_answer(&offer.session, &session)?;
            let agreed = self.agree(&offer.session, &session, Side::Local)?;
            Step::Answer { side: Side::Remote, kind, session, agreed: Box::new(agreed) }
        };
        Ok(Plan { next, step })
    }

    pub(crate) fn commit(&mut self, plan: Plan) {
        self.state = plan.next;
        match plan.step {
            Step::Rollback(Side::Local) => self.rewind(),
            Step::Rollback(Side::Remote) => {
                self.pending_remote = None;
                self.fresh.clear();
            }
            Step::Offer { side: Side::Local, session } => {
                self.version = Some(session.origin.session_version);
                self.pending_local = Some(Stored { kind: SdpType::Offer, session: *session });
            }
            Step::Offer { side: Side::Remote, session } => {
                if self.pending_local.is_some() {
                    self.rewind();
                }
                self.set_fresh(&session);
                self.pending_remote = Some(Stored { kind: SdpType::Offer, session: *session });
            }
            Step::Answer { side, kind, session, agreed } => {
                if side == Side::Remote {
                    self.set_fresh(&session);
                } else {
                    self.version = Some(session.origin.session_version);
                }
                self.store_answer(side, Stored { kind, session: *session });
                match *agreed {
                    Some(agreed) => self.agreed = Some(agreed),
                    None => {
                        if let Some(agreed) = &mut self.agreed {
                            agreed.sctp = None;
                        }
                    }
                }
            }
        }
        self.update_transports();
    }

    /// The transports that there are to be by the descriptions in force.
    fn update_transports(&mut self) {
        let local = self.local().and_then(|stored| credentials(&stored.session));
        let described = local.and_then(|local| {
            let section = self.local_transport_section()?;
            let is_agreed_on = self.current_local_credentials().is_some_and(|c| c == local)
                || matches!(self.local(), Some(stored) if stored.kind != SdpType::Offer)
                || self.state == SignalingState::HaveRemotePranswer;
            let remote = self.agreed.as_ref().filter(|_| is_agreed_on).map(Agreed::remote);
            Some(TransportDescription { id: TransportId(0), local, section, remote })
        });
        match described {
            Some(described) => self.transports = [described].into(),
            // What was agreed on stays, even if no section needs it any more.
            None if self.agreed.is_none() => self.transports.clear(),
            None => {}
        }
    }

    fn next(&self, side: Side, kind: SdpType) -> Result<SignalingState, DescriptionError> {
        signaling::next(self.state, side, kind).ok_or_else(|| wrong(self.state))
    }

    fn rewind(&mut self) {
        self.pending_local = None;
        if self.agreed.is_none() {
            return;
        }
        if let Some(current) = self.current_remote.take() {
            self.set_fresh(&current.session);
            self.current_remote = Some(current);
        }
    }

    fn store_answer(&mut self, side: Side, answer: Stored) {
        let (own, other_current, other_pending) = match side {
            Side::Local => {
                (&mut self.pending_local, &mut self.current_remote, &mut self.pending_remote)
            }
            Side::Remote => {
                (&mut self.pending_remote, &mut self.current_local, &mut self.pending_local)
            }
        };
        if answer.kind == SdpType::Pranswer {
            *own = Some(answer);
            return;
        }
        *own = None;
        *other_current = other_pending.take();
        match side {
            Side::Local => self.current_local = Some(answer),
            Side::Remote => self.current_remote = Some(answer),
        }
        self.last_offer = None;
        self.last_answer = None;
    }

    /// What an offer can be refused for before there is an answer to it.
    fn check_remote_offer(&self, offer: &SessionDescription) -> Result<(), DescriptionError> {
        if let Some(current) = &self.current_remote {
            accept::check_reoffer(&current.session, offer)?;
        }
        let Some(index) = accept::data_section(offer) else { return Ok(()) };
        let transport = accept::transport(offer, index)?;
        accept::check_offered_setup(index, transport.setup)?;
        let sctp = accept::sctp(offer, index)?;
        let role = self.agreed.as_ref().map(|agreed| agreed.role);
        // Who insists on the part that we have wants another association.
        if let (Some(Setup::Active), Some(Role::Client))
        | (Some(Setup::Passive), Some(Role::Server)) = (transport.setup, role)
        {
            return Err(accept::unacceptable(index, Fault::DtlsChanged));
        }
        self.check_unchanged(index, &transport, sctp)
    }

    /// What the two descriptions agree on, if the answer takes the data channels.
    fn agree(
        &self,
        local: &SessionDescription,
        remote: &SessionDescription,
        offerer: Side,
    ) -> Result<Option<Agreed>, DescriptionError> {
        let answer = if offerer == Side::Local { remote } else { local };
        let Some(index) = accept::data_section(answer) else { return Ok(None) };
        let transport = accept::transport(remote, index)?;
        let sctp = accept::sctp(remote, index)?;
        self.check_unchanged(index, &transport, sctp)?;
        let role = match (offerer, &self.agreed) {
            (Side::Local, None) => accept::offer_role(index, transport.setup)?,
            (Side::Local, Some(agreed)) => {
                accept::offer_role(index, transport.setup)?;
                // Firefox answers a restart with the other part and keeps the one it has. The
                // fingerprint has not changed, so neither has the association.
                agreed.role
            }
            (Side::Remote, _) => match local.setup(&local.media[index]) {
                Some(Setup::Passive) => Role::Server,
                _ => Role::Client,
            },
        };
        let lite = remote.ice_lite();
        let controlling = offerer == Side::Local || lite;
        if self.agreed.as_ref().is_some_and(|agreed| agreed.role != role) {
            return Err(accept::unacceptable(index, Fault::DtlsChanged));
        }
        Ok(Some(Agreed { transport, role, controlling, lite, sctp: Some(sctp) }))
    }

    /// A live DTLS or SCTP association stays as it is: RFC 8842 section 5 would have us make a new
    /// one, which no browser asks for.
    fn check_unchanged(
        &self,
        index: usize,
        transport: &TransportSection,
        sctp: Sctp,
    ) -> Result<(), DescriptionError> {
        let Some(agreed) = &self.agreed else { return Ok(()) };
        let before = &agreed.transport;
        let other_tls_id = before.tls_id.is_some() && before.tls_id != transport.tls_id;
        if before.fingerprints != transport.fingerprints || other_tls_id {
            return Err(accept::unacceptable(index, Fault::DtlsChanged));
        }
        match agreed.sctp {
            Some(before) if before.port != sctp.port => {
                Err(accept::unacceptable(index, Fault::SctpPortChanged))
            }
            _ => Ok(()),
        }
    }

    // What was agreed on.

    /// SCTP's parameters, once they were negotiated.
    pub(crate) fn sctp(&self) -> Option<Sctp> {
        self.agreed.as_ref()?.sctp
    }

    /// The credentials of the local description that was agreed on.
    pub(crate) fn current_local_credentials(&self) -> Option<Credentials> {
        credentials(&self.current_local.as_ref()?.session)
    }

    /// The transports that there are to be, in the order of their m-sections.
    pub(crate) fn transports(&self) -> &[TransportDescription] {
        &self.transports
    }

    /// The transport that data channels go on.
    pub(crate) fn data_transport(&self) -> Option<TransportId> {
        self.transports.first().map(|transport| transport.id)
    }

    /// The m-section of the local description that speaks for the transport: its index and mid.
    pub(crate) fn local_transport_section(&self) -> Option<(u16, String)> {
        let session = &self.local()?.session;
        let index = session.media.iter().position(|media| !media.is_rejected())?;
        let mid = session.media[index].mid().unwrap_or_default().to_string();
        // There are at most 256 sections.
        Some((index as u16, mid))
    }

    // Remote candidates.

    /// `addIceCandidate`; whether there is something new for the agent.
    pub(crate) fn add_candidate(
        &mut self,
        candidate: &IceCandidate,
    ) -> Result<bool, AddIceCandidateError> {
        if self.state == SignalingState::Closed {
            return Err(AddIceCandidateError::Closed);
        }
        // W3C: the end of candidates may come without any section, and then means all of them.
        let ends = candidate.candidate.is_empty();
        if candidate.sdp_mid.is_none() && candidate.sdp_m_line_index.is_none() && !ends {
            return Err(AddIceCandidateError::NoSection);
        }
        if self.current_remote.is_none() && self.pending_remote.is_none() {
            return Err(AddIceCandidateError::NoRemoteDescription);
        }
        let parsed = match ends {
            true => None,
            false => Some(candidate.parse().map_err(|_| AddIceCandidateError::Syntax)?),
        };
        // The newest description first, then the one that is in force (W3C section 4.4.2).
        let mut unknown = AddIceCandidateError::UnknownSection;
        for stored in [&mut self.pending_remote, &mut self.current_remote].into_iter().flatten() {
            match section_of(&stored.session, candidate, parsed.as_ref()) {
                Ok(sections) => {
                    store_candidate(&mut stored.session, &sections, parsed.as_ref())?;
                    if is_used(&stored.session, &sections) {
                        self.fresh.extend(parsed);
                    }
                    return Ok(true);
                }
                Err(error) => unknown = error,
            }
        }
        Err(unknown)
    }

    /// The remote candidates that have come since the last call and belong to what was agreed on.
    pub(crate) fn take_new_remote_candidates(&mut self) -> Vec<(TransportId, Candidate)> {
        if self.remote_restarts_ice() || self.agreed.is_none() {
            return Vec::new();
        }
        let fresh = core::mem::take(&mut self.fresh);
        fresh.into_iter().map(|candidate| (TransportId(0), candidate)).collect()
    }

    /// Whether the other side has said that there will be no more candidates.
    pub(crate) fn remote_candidates_ended(&self, _transport: TransportId) -> bool {
        let (Some(remote), Some(agreed)) = (self.remote(), &self.agreed) else { return false };
        sections_with_ufrag(&remote.session, &agreed.transport.ufrag)
            .any(|index| remote.session.end_of_candidates(&remote.session.media[index]))
    }

    /// Starts anew with the candidates that a remote description brings itself.
    fn set_fresh(&mut self, session: &SessionDescription) {
        self.fresh.clear();
        let Some(transport) =
            accept::data_section(session).and_then(|index| accept::transport(session, index).ok())
        else {
            return;
        };
        for index in sections_with_ufrag(session, &transport.ufrag) {
            self.fresh.extend(session.media[index].candidates().cloned());
        }
        self.fresh.truncate(MAX_REMOTE_CANDIDATES);
    }

    // Descriptions as W3C gives them out.

    fn local(&self) -> Option<&Stored> {
        self.pending_local.as_ref().or(self.current_local.as_ref())
    }

    fn remote(&self) -> Option<&Stored> {
        self.pending_remote.as_ref().or(self.current_remote.as_ref())
    }

    pub(crate) fn current_local(&self, gathered: &[Gathered<'_>]) -> Option<Description> {
        self.current_local.as_ref().map(|stored| stored.describe(gathered.first()))
    }

    pub(crate) fn pending_local(&self, gathered: &[Gathered<'_>]) -> Option<Description> {
        self.pending_local.as_ref().map(|stored| stored.describe(gathered.first()))
    }

    pub(crate) fn current_remote(&self) -> Option<Description> {
        self.current_remote.as_ref().map(|stored| stored.describe(None))
    }

    pub(crate) fn pending_remote(&self) -> Option<Description> {
        self.pending_remote.as_ref().map(|stored| stored.describe(None))
    }

    /// `canTrickleIceCandidates`; unknown before there is a remote description.
    pub(crate) fn can_trickle(&self) -> Option<bool> {
        let session = &self.remote()?.session;
        let trickles = |media| session.ice_options(media).any(|option| option == "trickle");
        Some(session.media.iter().any(trickles))
    }

    fn known(&self) -> Known<'_> {
        Known {
            session_id: self.session_id,
            tls_id: &self.tls_id,
            current_local: self.current_local.as_ref().map(|stored| &stored.session),
            current_remote: self.current_remote.as_ref().map(|stored| &stored.session),
        }
    }

    /// RFC 3264 section 8: the version rises whenever a description differs from the last one, also
    /// from one that was rolled back.
    fn with_version(&self, mut session: SessionDescription) -> SessionDescription {
        if let Some(version) = self.version {
            session.origin.session_version = version;
            if self.local().is_none_or(|last| last.session != session) {
                session.origin.session_version = version.saturating_add(1);
            }
        }
        session
    }
}

/// What local descriptions gain while candidates are gathered.
#[derive(Debug)]
pub(crate) struct Gathered<'a> {
    pub(crate) transport: TransportId,
    pub(crate) candidates: &'a [Candidate],
    pub(crate) complete: bool,
}

impl Agreed {
    fn remote(&self) -> RemoteTransport {
        RemoteTransport {
            ufrag: self.transport.ufrag.clone(),
            password: self.transport.password.clone(),
            lite: self.lite,
            controlling: self.controlling,
            fingerprints: self.transport.fingerprints.clone(),
            dtls_role: self.role,
        }
    }
}

impl Stored {
    fn describe(&self, gathered: Option<&Gathered<'_>>) -> Description {
        let sdp = match gathered {
            Some(gathered) if !gathered.candidates.is_empty() || gathered.complete => {
                let mut session = self.session.clone();
                if let Some(media) = session.media.iter_mut().find(|media| !media.is_rejected()) {
                    let candidates = gathered.candidates.iter().cloned().map(Attribute::from);
                    media.attributes.extend(candidates);
                    media
                        .attributes
                        .extend(gathered.complete.then_some(Attribute::EndOfCandidates));
                }
                compose::text(&session)
            }
            _ => compose::text(&self.session),
        };
        Description { kind: self.kind, sdp }
    }
}

/// The m-sections of `session` that a candidate is for.
fn section_of(
    session: &SessionDescription,
    candidate: &IceCandidate,
    parsed: Option<&Candidate>,
) -> Result<Vec<usize>, AddIceCandidateError> {
    let sections = match (&candidate.sdp_mid, candidate.sdp_m_line_index) {
        (Some(mid), _) => session.media_by_mid(mid).map(|(index, _)| [index].into()),
        (None, Some(index)) => {
            let index = usize::from(index);
            (index < session.media.len()).then(|| [index].into())
        }
        (None, None) => Some((0..session.media.len()).collect::<Vec<_>>()),
    };
    let mut sections = sections.ok_or(AddIceCandidateError::UnknownSection)?;
    let ufrag = candidate
        .username_fragment
        .as_deref()
        .or_else(|| parsed.and_then(|candidate| candidate.ufrag()));
    if let Some(ufrag) = ufrag {
        sections.retain(|index| session.ice_ufrag(&session.media[*index]) == Some(ufrag));
        if sections.is_empty() {
            return Err(AddIceCandidateError::UnknownUfrag);
        }
    }
    Ok(sections)
}

fn store_candidate(
    session: &mut SessionDescription,
    sections: &[usize],
    candidate: Option<&Candidate>,
) -> Result<(), AddIceCandidateError> {
    let stored: usize = session.media.iter().map(|media| media.candidates().count()).sum();
    if candidate.is_some() && stored >= MAX_REMOTE_CANDIDATES {
        return Err(AddIceCandidateError::TooMany);
    }
    for index in sections {
        let attributes = &mut session.media[*index].attributes;
        match candidate {
            Some(candidate) => attributes.push(candidate.clone().into()),
            None if attributes.contains(&Attribute::EndOfCandidates) => {}
            None => attributes.push(Attribute::EndOfCandidates),
        }
    }
    Ok(())
}

/// Whether one of the sections has the transport that data goes on.
fn is_used(session: &SessionDescription, sections: &[usize]) -> bool {
    let Some(data) = accept::data_section(session) else { return false };
    let Ok(transport) = accept::transport(session, data) else { return false };
    let shares =
        |index: &usize| session.ice_ufrag(&session.media[*index]) == Some(&transport.ufrag);
    sections.contains(&data) || sections.iter().any(shares)
}

/// The ICE credentials of a description of ours, if there is a transport in it.
fn credentials(session: &SessionDescription) -> Option<Credentials> {
    let media = session.media.iter().find(|media| !media.is_rejected())?;
    Credentials::new(session.ice_ufrag(media)?, session.ice_pwd(media)?.as_str()).ok()
}

/// The sections that share the transport with this ufrag: what is said of one holds for all.
fn sections_with_ufrag(session: &SessionDescription, ufrag: &str) -> impl Iterator<Item = usize> {
    let has_it = move |(index, media)| (session.ice_ufrag(media) == Some(ufrag)).then_some(index);
    session.media.iter().enumerate().filter_map(has_it)
}

const fn wrong(state: SignalingState) -> DescriptionError {
    match state {
        SignalingState::Closed => DescriptionError::Closed,
        state => DescriptionError::WrongState(state),
    }
}

/// How many candidates of the other side a remote description keeps.
pub const MAX_REMOTE_CANDIDATES: usize = 100;
