//! Finds out what setting a description would do, and refuses what cannot be done. Changes nothing.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use rtc_dtls::Role;
use rtc_ice::Credentials;
use rtc_sdp::{MediaDescription, RidDirection, SessionDescription, Setup};

use super::accept::{self, Purpose, Sctp, TransportSection, unacceptable};
use super::agreement::{
    Agreement, MediaAgreement, RemoteTransport, SectionAgreement, TransportDescription,
};
use super::bundle::Groups;
use super::compose;
use super::description::{Description, SdpType};
use super::session::{Session, wrong};
use super::signaling::{self, Side};
use super::{formats as numbers, sections, simulcast};
use crate::error::{DescriptionError, Fault};
use crate::rtp::{
    Extensions, MAX_TRANSCEIVERS, RemoteSource, TransceiverId, Transceivers, TransportId,
    extension_ids, formats,
};
use crate::state::SignalingState;

/// A description that was found to be in order, and what setting it will do. Planning changes
/// nothing, committing cannot fail.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) next: SignalingState,
    pub(super) step: Step,
}

#[derive(Debug)]
pub(super) enum Step {
    Rollback(Side),
    LocalOffer {
        session: Box<SessionDescription>,
        /// Whose each m-section is.
        transceivers: Vec<Option<TransceiverId>>,
        agreement: Box<Agreement>,
    },
    RemoteOffer {
        session: Box<SessionDescription>,
    },
    Answer {
        side: Side,
        kind: SdpType,
        session: Box<SessionDescription>,
        agreement: Box<Agreement>,
    },
}

impl Session {
    pub(crate) fn plan_local(
        &self,
        description: Description,
        transceivers: &Transceivers,
    ) -> Result<Plan, DescriptionError> {
        let kind = description.kind;
        let next = self.next(Side::Local, kind)?;
        let created = match kind {
            SdpType::Rollback => return Ok(Plan { next, step: Step::Rollback(Side::Local) }),
            SdpType::Offer => &self.last_offer,
            SdpType::Pranswer | SdpType::Answer => &self.last_answer,
        };
        let created = created
            .as_ref()
            .filter(|created| description.sdp.is_empty() || created.text == description.sdp)
            .ok_or(DescriptionError::NotLastCreated)?;
        let session = Box::new(created.session.clone());
        let fits = |(index, id): (usize, &Option<TransceiverId>)| match id {
            Some(id) => transceivers
                .get(*id)
                .is_some_and(|known| known.m_line_index.is_none_or(|place| place == index)),
            None => true,
        };
        // An answer goes by the m-sections of its offer, also where that was rolled back and set
        // again.
        let fits = match (kind, &self.pending_remote) {
            (SdpType::Offer, _) => created.transceivers.iter().enumerate().all(fits),
            (_, Some(offer)) => created.offer == Some(compose::without_candidates(&offer.session)),
            (_, None) => false,
        };
        if !fits {
            return Err(DescriptionError::NotLastCreated);
        }
        let step = if kind == SdpType::Offer {
            let agreement = Box::new(self.with_local_transports(&session, Side::Local));
            let transceivers = created.transceivers.clone();
            Step::LocalOffer { session, transceivers, agreement }
        } else {
            let offer = self.pending_remote.as_ref().ok_or_else(|| wrong(self.state))?;
            let base = self.with_local_transports(&session, Side::Remote);
            let exchange = Exchange {
                local: &session,
                remote: &offer.session,
                offerer: Side::Remote,
                is_final: kind == SdpType::Answer,
            };
            let agreement = Box::new(self.agree(base, exchange, transceivers)?);
            Step::Answer { side: Side::Local, kind, session, agreement }
        };
        Ok(Plan { next, step })
    }

    pub(crate) fn plan_remote(
        &self,
        description: Description,
        transceivers: &Transceivers,
    ) -> Result<Plan, DescriptionError> {
        let kind = description.kind;
        let next = self.next(Side::Remote, kind)?;
        if kind == SdpType::Rollback {
            return Ok(Plan { next, step: Step::Rollback(Side::Remote) });
        }
        let session = Box::new(SessionDescription::parse(&description.sdp)?);
        let groups = accept::check_form(&session)?;
        let step = if kind == SdpType::Offer {
            accept::check_sections(&session, &groups)?;
            self.check_remote_offer(&session, &groups, transceivers)?;
            Step::RemoteOffer { session }
        } else {
            let (Some(offer), Some(offered)) = (&self.pending_local, &self.offered) else {
                return Err(wrong(self.state));
            };
            accept::check_answer(&offer.session, &session)?;
            accept::check_sections(&session, &groups)?;
            let base = bundled_by(offered, &offer.session, &session, &groups)?;
            let exchange = Exchange {
                local: &offer.session,
                remote: &session,
                offerer: Side::Local,
                is_final: kind == SdpType::Answer,
            };
            let agreement = Box::new(self.agree(base, exchange, transceivers)?);
            Step::Answer { side: Side::Remote, kind, session, agreement }
        };
        Ok(Plan { next, step })
    }

    fn next(&self, side: Side, kind: SdpType) -> Result<SignalingState, DescriptionError> {
        signaling::next(self.state, side, kind).ok_or_else(|| wrong(self.state))
    }

    /// What was agreed on before the exchange that is under way.
    pub(super) fn settled(&self) -> &Agreement {
        self.stable.as_ref().map_or(&self.agreement, |saved| &saved.agreement)
    }

    /// The transports by a description of ours. Where our offer rejects an m-section, what goes on
    /// there goes on until the answer. An m-section keeps its transport; a new one is on that of its
    /// group if the group has been answered, or answers, or if it could not do without.
    fn with_local_transports(&self, session: &SessionDescription, offerer: Side) -> Agreement {
        let groups = Groups::of(session);
        let mut agreement = self.agreement.clone();
        agreement.sections.resize(session.media.len(), SectionAgreement::default());
        let mut next = self.next_transport;
        let settled = |index: &usize| {
            let settled = self.settled().sections.get(*index);
            settled.is_some_and(|section| section.transport.is_some())
        };
        // Of each group.
        let mut shared: BTreeMap<usize, TransportId> = BTreeMap::new();
        let mut claimed = BTreeSet::new();
        for index in groups.order() {
            let Some(media) = session.media.get(index) else { continue };
            let Some(section) = agreement.sections.get(index).cloned() else { continue };
            let Some(local) = credentials(session, media) else {
                if offerer == Side::Remote {
                    agreement.sections[index] = SectionAgreement::default();
                }
                continue;
            };
            let group = groups.group(index);
            let joins = offerer == Side::Remote
                || media.is_bundle_only()
                || groups.around(index).iter().any(settled);
            let joined = group.and_then(|group| shared.get(&group)).copied().filter(|_| joins);
            // A lone section, or the first of an answered group, takes no other's transport.
            let own = section.transport.filter(|id| !claimed.contains(id));
            let own = match offerer {
                Side::Local => section.transport,
                Side::Remote => own.or_else(|| {
                    let around = groups.around(index).iter();
                    let known = around.filter_map(|member| agreement.sections.get(*member));
                    known.filter_map(|known| known.transport).find(|id| !claimed.contains(id))
                }),
            };
            let known = match offerer {
                Side::Local => own.or(joined),
                Side::Remote => joined.or(own),
            };
            let id = match known {
                Some(id) => {
                    if let Some(transport) = agreement.transport_mut(id) {
                        transport.local = local;
                    }
                    id
                }
                None => {
                    let id = TransportId(next);
                    next = next.saturating_add(1);
                    let section = (0, alloc::string::String::new());
                    agreement.transports.push(TransportDescription {
                        id,
                        local,
                        section,
                        remote: None,
                    });
                    id
                }
            };
            claimed.insert(id);
            if let Some(group) = group {
                shared.entry(group).or_insert(id);
            }
            agreement.sections[index].transport = Some(id);
        }
        agreement.retain_used();
        agreement.speak(groups.order(), |index| mid(session, index));
        agreement.transports.shrink_to_fit();
        agreement
    }

    /// What an offer can be refused for before there is an answer to it.
    fn check_remote_offer(
        &self,
        offer: &SessionDescription,
        groups: &Groups,
        transceivers: &Transceivers,
    ) -> Result<(), DescriptionError> {
        let current = self.current_local.as_ref().zip(self.current_remote.as_ref());
        let current = current.map(|(ours, theirs)| (ours.read(), theirs.read()));
        if let Some((ours, theirs)) = &current {
            accept::check_reoffer([&ours.session, &theirs.session], offer)?;
        }
        let settled = self.settled();
        let mut new = 0;
        for (index, media) in offer.media.iter().enumerate() {
            let purpose = accept::purpose(media);
            if media.is_rejected() || purpose == Purpose::Unknown {
                continue;
            }
            let transport = accept::transport(offer, groups, index)?;
            accept::check_offered_setup(index, transport.setup)?;
            let known = settled.of_section(index).and_then(|known| known.remote.as_ref());
            if let Some(known) = known.filter(|_| groups.tagged(index, |_| true) == index) {
                // Who insists on the part that we have wants another association.
                if let (Some(Setup::Active), Role::Client) | (Some(Setup::Passive), Role::Server) =
                    (transport.setup, known.dtls_role)
                {
                    return Err(unacceptable(index, Fault::DtlsChanged));
                }
                check_unchanged(index, known, &transport)?;
            }
            match purpose {
                Purpose::Data => self.check_sctp(index, accept::sctp(offer, index)?)?,
                Purpose::Media(_) => {
                    let is = |id: usize| transceivers.iter().any(|t| t.m_line_index == Some(id));
                    new += usize::from(index >= settled.sections.len() || !is(index));
                    let before = current.as_ref().and_then(|(_, theirs)| {
                        let before = theirs.session.media.get(index)?;
                        (before.mid() == media.mid()).then_some((&*theirs.session, before))
                    });
                    if before.is_some_and(|before| numbers::reassigns(before, (offer, media))) {
                        return Err(unacceptable(index, Fault::ExtensionIds));
                    }
                }
                Purpose::Unknown => {}
            }
        }
        if transceivers.len() + new > MAX_TRANSCEIVERS {
            return Err(unacceptable(offer.media.len(), Fault::TooManySections));
        }
        Ok(())
    }

    fn check_sctp(&self, index: usize, sctp: Sctp) -> Result<(), DescriptionError> {
        match self.settled().data {
            Some((_, before)) if before.port != sctp.port => {
                Err(unacceptable(index, Fault::SctpPortChanged))
            }
            _ => Ok(()),
        }
    }

    /// What two descriptions agree on. `agreement` has our side of the transports.
    fn agree(
        &self,
        mut agreement: Agreement,
        exchange: Exchange<'_>,
        transceivers: &Transceivers,
    ) -> Result<Agreement, DescriptionError> {
        let groups = Groups::of(exchange.remote);
        let mut transports = core::mem::take(&mut agreement.transports);
        for transport in &mut transports {
            let used = |section: &SectionAgreement| section.transport == Some(transport.id);
            if agreement.sections.iter().any(used) {
                transport.remote = Some(self.agree_transport(transport, exchange, &groups)?);
            }
        }
        agreement.transports = transports;
        agreement.data = None;
        for (index, media) in exchange.answer().media.iter().enumerate() {
            let Some(section) = agreement.sections.get_mut(index) else { continue };
            section.media = None;
            if media.is_rejected() {
                continue;
            }
            match accept::purpose(media) {
                Purpose::Data => {
                    let sctp = accept::sctp(exchange.remote, index)?;
                    self.check_sctp(index, sctp)?;
                    agreement.data.get_or_insert((index, sctp));
                }
                Purpose::Media(_) => {
                    section.media = agree_media(index, exchange, transceivers)?;
                }
                Purpose::Unknown => {}
            }
        }
        if exchange.is_final {
            agreement.retain_used();
        }
        Ok(agreement)
    }

    fn agree_transport(
        &self,
        transport: &TransportDescription,
        exchange: Exchange<'_>,
        groups: &Groups,
    ) -> Result<RemoteTransport, DescriptionError> {
        let index = usize::from(transport.section.0);
        let theirs = accept::transport(exchange.remote, groups, index)?;
        let known = self.agreement.transport(transport.id).and_then(|t| t.remote.as_ref());
        if let Some(known) = known {
            check_unchanged(index, known, &theirs)?;
        }
        let before = self.settled().transport(transport.id);
        let before = before.and_then(|before| Some((before, before.remote.as_ref()?)));
        if let (Some((before, remote)), Side::Local) = (before, exchange.offerer) {
            let ours = before.local != transport.local;
            if ours != (remote.ufrag != theirs.ufrag || remote.password != theirs.password) {
                return Err(unacceptable(index, Fault::RestartMismatch));
            }
        }
        let dtls_role = match exchange.offerer {
            Side::Local => {
                let role = accept::offer_role(index, theirs.setup)?;
                // Firefox answers a restart with the other part and keeps the one it has. The
                // fingerprint has not changed, so neither has the association.
                known.map_or(role, |known| known.dtls_role)
            }
            Side::Remote => {
                let media = exchange.local.media.get(index);
                match media.and_then(|media| exchange.local.setup(media)) {
                    Some(Setup::Passive) => Role::Server,
                    _ => Role::Client,
                }
            }
        };
        if known.is_some_and(|known| known.dtls_role != dtls_role) {
            return Err(unacceptable(index, Fault::DtlsChanged));
        }
        let lite = exchange.remote.ice_lite();
        // RFC 8445 section 6.1.1: who is full controls who is lite.
        let controls = match (exchange.local.ice_lite(), lite) {
            (false, true) => true,
            (true, false) => false,
            _ => exchange.offerer == Side::Local,
        };
        Ok(RemoteTransport {
            ufrag: theirs.ufrag,
            password: theirs.password,
            lite,
            pacing: exchange.remote.ice_pacing(),
            renomination: [exchange.local, exchange.remote].into_iter().all(knows_renomination),
            controlling: known.map_or(controls, |known| known.controlling),
            fingerprints: theirs.fingerprints,
            dtls_role,
            tls_id: theirs.tls_id,
        })
    }
}

/// An offer and an answer.
#[derive(Debug, Clone, Copy)]
struct Exchange<'a> {
    local: &'a SessionDescription,
    remote: &'a SessionDescription,
    offerer: Side,
    /// Whether the answer is not a provisional one.
    is_final: bool,
}

impl<'a> Exchange<'a> {
    fn answer(&self) -> &'a SessionDescription {
        if self.offerer == Side::Local { self.remote } else { self.local }
    }

    fn offer(&self) -> &'a SessionDescription {
        if self.offerer == Side::Local { self.local } else { self.remote }
    }
}

/// A live DTLS association stays as it is: RFC 8842 section 5 would have us make a new one, which
/// no browser asks for.
fn check_unchanged(
    index: usize,
    before: &RemoteTransport,
    transport: &TransportSection,
) -> Result<(), DescriptionError> {
    let other_tls_id = before.tls_id.is_some() && before.tls_id != transport.tls_id;
    if before.fingerprints != transport.fingerprints || other_tls_id {
        return Err(unacceptable(index, Fault::DtlsChanged));
    }
    Ok(())
}

/// Our offer, with the transports that are left when it was answered like this: what the answer
/// bundles goes on the transport of the first of its group (RFC 9143 section 7.4).
fn bundled_by(
    offered: &Agreement,
    offer: &SessionDescription,
    answer: &SessionDescription,
    groups: &Groups,
) -> Result<Agreement, DescriptionError> {
    let mut agreement = offered.clone();
    let mut taken = BTreeSet::new();
    for index in groups.order() {
        let first = groups.tagged(index, |_| true);
        let (Some(media), Some(offered_media)) = (answer.media.get(index), offer.media.get(index))
        else {
            continue;
        };
        let Some(section) = agreement.sections.get_mut(index) else { continue };
        if media.is_rejected() {
            *section = SectionAgreement::default();
            continue;
        }
        section.transport = offered.sections.get(first).and_then(|section| section.transport);
        if first != index {
            continue;
        }
        // Nothing that was offered with others' transport can be had with one of its own, and no
        // two groups have one.
        let alone = groups.group(index).is_none() && offered_media.is_bundle_only();
        if alone || section.transport.is_none_or(|id| !taken.insert(id)) {
            return Err(unacceptable(index, Fault::BadBundle));
        }
    }
    agreement.speak(groups.order(), |index| mid(offer, index));
    Ok(agreement)
}

fn agree_media(
    index: usize,
    exchange: Exchange<'_>,
    transceivers: &Transceivers,
) -> Result<Option<Box<MediaAgreement>>, DescriptionError> {
    let (Some(ours), Some(theirs)) =
        (exchange.local.media.get(index), exchange.remote.media.get(index))
    else {
        return Ok(None);
    };
    let Some(transceiver) = transceivers.iter().find(|known| known.m_line_index == Some(index))
    else {
        return Ok(None);
    };
    let (Some(offered), Some(answered)) =
        (exchange.offer().media.get(index), exchange.answer().media.get(index))
    else {
        return Ok(None);
    };
    if numbers::reassigns((exchange.offer(), offered), (exchange.answer(), answered)) {
        return Err(unacceptable(index, Fault::ExtensionIds));
    }
    let kind = transceiver.kind;
    let (local, remote) = (formats::read(kind, ours), formats::read(kind, theirs));
    let negotiated = formats::negotiate(&local, &remote);
    let lines: Vec<&rtc_sdp::Extmap> = exchange.answer().extmaps(answered).collect();
    let extensions = extension_ids::agree(
        &transceiver.header_extensions_to_negotiate,
        lines.iter().copied(),
        exchange.offerer == Side::Remote,
    );
    let mut rids = simulcast::streams(theirs, RidDirection::Send, &remote);
    let accepted = simulcast::streams(ours, RidDirection::Recv, &local);
    rids.retain(|rid| accepted.contains(rid));
    Ok(Some(Box::new(MediaAgreement {
        transceiver: transceiver.id,
        send: negotiated.send,
        receive: negotiated.receive,
        ids: Extensions::of(extensions.send.iter().chain(&extensions.receive)),
        extensions,
        reduced_size_rtcp: ours.rtcp_rsize() && theirs.rtcp_rsize(),
        sources: sources(theirs),
        rids,
        sends_rids: ours.rids().any(|rid| rid.direction == RidDirection::Send)
            && theirs.rids().any(|rid| rid.direction == RidDirection::Recv),
    })))
}

/// The sources that an m-section announces, retransmissions beside what they repair.
fn sources(media: &MediaDescription) -> Vec<RemoteSource> {
    let mut repaired = BTreeMap::new();
    let mut repairs = BTreeSet::new();
    for group in media.ssrc_groups().take(MAX_SOURCES) {
        if let (rtc_sdp::SsrcGroupSemantics::FlowIdentification, [first, second]) =
            (&group.semantics, &group.ssrcs[..])
        {
            repaired.entry(*first).or_insert(*second);
            repairs.insert(*second);
        }
    }
    let mut seen = BTreeSet::new();
    media
        .ssrcs()
        .filter(|line| !repairs.contains(&line.ssrc) && seen.insert(line.ssrc))
        .take(MAX_SOURCES)
        .map(|line| RemoteSource {
            ssrc: rtc_srtp::Ssrc(line.ssrc),
            rtx_ssrc: repaired.get(&line.ssrc).copied().map(rtc_srtp::Ssrc),
        })
        .collect()
}

/// The ICE credentials of an m-section of ours, if it is used.
fn credentials(session: &SessionDescription, media: &MediaDescription) -> Option<Credentials> {
    if media.is_rejected() {
        return None;
    }
    Credentials::new(session.ice_ufrag(media)?, session.ice_pwd(media)?.as_str()).ok()
}

fn knows_renomination(session: &SessionDescription) -> bool {
    let knows = |media| session.ice_options(media).any(|tag| tag == sections::RENOMINATION);
    session.media.iter().any(knows)
}

fn mid(session: &SessionDescription, index: usize) -> &str {
    session.media.get(index).and_then(|media| media.mid()).unwrap_or_default()
}

/// How many sources an m-section can announce.
const MAX_SOURCES: usize = 64;
