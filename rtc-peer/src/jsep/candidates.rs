//! The other side's candidates: told by descriptions and by signalling, handed to the agents.

use alloc::boxed::Box;
use alloc::vec::Vec;

use rtc_sdp::{Attribute, Candidate, SessionDescription};

use super::bundle::Groups;
use super::candidate::IceCandidate;
use super::session::Session;
use super::stored::InForce;
use crate::error::AddIceCandidateError;
use crate::rtp::TransportId;
use crate::state::SignalingState;

/// A remote candidate that waits for its transport to be agreed on.
#[derive(Debug, Clone)]
pub(super) struct Fresh {
    section: usize,
    /// The other side's generation that it belongs to.
    ufrag: Box<str>,
    candidate: Candidate,
}

impl Session {
    /// `addIceCandidate`; whether there is something new for the agents.
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
        let pending = self.pending_remote.iter_mut();
        for stored in pending.chain(self.current_remote.iter_mut().map(InForce::open)) {
            match section_of(&stored.session, candidate, parsed.as_ref()) {
                Ok(sections) => {
                    store(&mut stored.session, &sections, parsed.as_ref())?;
                    if let (Some(candidate), [section]) = (parsed, &sections[..]) {
                        self.fresh.extend(fresh(&stored.session, *section, &candidate));
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
        let mut taken = Vec::new();
        let mut kept = Vec::new();
        for fresh in core::mem::take(&mut self.fresh) {
            let transport = self.agreement.of_section(fresh.section).and_then(|transport| {
                let remote = transport.remote.as_ref()?;
                (*remote.ufrag == *fresh.ufrag).then_some(transport.id)
            });
            match transport {
                Some(transport) => taken.push((transport, fresh.candidate)),
                None => kept.push(fresh),
            }
        }
        self.fresh = kept;
        taken
    }

    /// Whether the other side has said that there will be no more candidates for this transport.
    pub(crate) fn remote_candidates_ended(&self, transport: TransportId) -> bool {
        let Some(remote) = self.agreement.transport(transport).and_then(|t| t.remote.as_ref())
        else {
            return false;
        };
        self.remote().is_some_and(|stored| {
            let session = &stored.session;
            session.media.iter().enumerate().any(|(index, media)| {
                let on_it = self.agreement.sections.get(index).and_then(|s| s.transport);
                on_it == Some(transport)
                    && session.ice_ufrag(media) == Some(&remote.ufrag)
                    && session.end_of_candidates(media)
            })
        })
    }

    /// Starts anew with the candidates that a remote description brings itself. What is bundled
    /// has those of the m-section that speaks for all, or else whatever the others have.
    pub(super) fn set_fresh(&mut self, session: &SessionDescription) {
        self.fresh.clear();
        let groups = Groups::of(session);
        let has_any = |index: usize| {
            session.media.get(index).is_some_and(|media| media.candidates().next().is_some())
        };
        for (index, media) in session.media.iter().enumerate() {
            let speaker = groups.tagged(index, has_any);
            if media.is_rejected() || speaker != index && shares(session, index, speaker) {
                continue;
            }
            let candidates = media.candidates().take(MAX_REMOTE_CANDIDATES);
            self.fresh.extend(candidates.filter_map(|candidate| fresh(session, index, candidate)));
        }
    }
}

/// Whether two m-sections of a remote description speak of one transport.
fn shares(session: &SessionDescription, one: usize, other: usize) -> bool {
    let ufrag = |index: usize| session.media.get(index).and_then(|m| session.ice_ufrag(m));
    ufrag(one).is_none() || ufrag(one) == ufrag(other)
}

fn fresh(session: &SessionDescription, section: usize, candidate: &Candidate) -> Option<Fresh> {
    // What is bundled may leave it to the first of its group to say.
    let speaker = Groups::of(session).around(section).first().copied();
    let ufrag = |index: usize| session.ice_ufrag(session.media.get(index)?);
    let ufrag = ufrag(section).or_else(|| ufrag(speaker?))?.into();
    Some(Fresh { section, ufrag, candidate: candidate.clone() })
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

fn store(
    session: &mut SessionDescription,
    sections: &[usize],
    candidate: Option<&Candidate>,
) -> Result<(), AddIceCandidateError> {
    let full = |index: &usize| {
        session.media.get(*index).is_some_and(|media| {
            media.candidates().take(MAX_REMOTE_CANDIDATES).count() >= MAX_REMOTE_CANDIDATES
        })
    };
    if candidate.is_some() && sections.iter().any(full) {
        return Err(AddIceCandidateError::TooMany);
    }
    for index in sections {
        let Some(media) = session.media.get_mut(*index) else { continue };
        match candidate {
            Some(candidate) => media.attributes.push(candidate.clone().into()),
            None if media.attributes.contains(&Attribute::EndOfCandidates) => {}
            None => media.attributes.push(Attribute::EndOfCandidates),
        }
    }
    Ok(())
}

/// How many candidates of the other side an m-section of a remote description keeps.
pub const MAX_REMOTE_CANDIDATES: usize = 100;
