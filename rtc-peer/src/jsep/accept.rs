//! Reads what a remote description asks for, and refuses what cannot be had.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rtc_dtls::{Fingerprint, HashAlgorithm, Role};
use rtc_ice::Credentials;
use rtc_sdp::{HashFunction, MediaDescription, SessionDescription, Setup};

use crate::error::{DescriptionError, Fault};

/// What an m-section says of the transport below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TransportSection {
    pub(super) ufrag: String,
    pub(super) password: String,
    pub(super) fingerprints: Vec<Fingerprint>,
    pub(super) setup: Option<Setup>,
    pub(super) tls_id: Option<String>,
}

/// What an m-section says of SCTP (RFC 8841).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sctp {
    /// The other side's port.
    pub(crate) port: u16,
    /// The largest message that the other side takes, in bytes.
    pub(crate) max_message_size: usize,
}

/// The m-section whose data channels an answer to `session` accepts.
pub(super) fn data_section(session: &SessionDescription) -> Option<usize> {
    session.media.iter().position(|media| media.is_data_channel() && !media.is_rejected())
}

/// The checks of any description: it must be one that this crate can handle at all.
pub(super) fn check_form(session: &SessionDescription) -> Result<(), DescriptionError> {
    if session.media.len() > MAX_SECTIONS {
        return Err(unacceptable(MAX_SECTIONS, Fault::TooManySections));
    }
    let mids = session.mids();
    let mut sections = session.media.iter().filter(|media| !media.is_rejected());
    let bundled = session.bundles().next().is_some();
    if bundled && sections.any(|media| media.mid().is_none()) {
        let missing = |media: &MediaDescription| media.mid().is_none() && !media.is_rejected();
        let index = session.media.iter().position(missing).unwrap_or_default();
        return Err(unacceptable(index, Fault::MissingMid));
    }
    // No two groups may name one mid (RFC 9143 section 7.1).
    let mut named = alloc::collections::BTreeSet::new();
    for mid in session.bundles().flat_map(|group| &group.mids) {
        if !mids.contains_key(&**mid) || !named.insert(&**mid) {
            return Err(unacceptable(0, Fault::BadBundle));
        }
    }
    Ok(())
}

/// An answer must mirror its offer (RFC 3264 section 6, RFC 9143 section 7.3).
pub(super) fn check_answer(
    offer: &SessionDescription,
    answer: &SessionDescription,
) -> Result<(), DescriptionError> {
    if offer.media.len() != answer.media.len() {
        return Err(unacceptable(0, Fault::SectionCount));
    }
    for (index, (offered, answered)) in offer.media.iter().zip(&answer.media).enumerate() {
        let same_mid = answered.mid() == offered.mid()
            || (answered.mid().is_none() && (answered.is_rejected() || offer.media.len() == 1));
        if offered.kind != answered.kind || !same_mid {
            return Err(unacceptable(index, Fault::SectionMismatch));
        }
        if offered.is_rejected() && !answered.is_rejected() {
            return Err(unacceptable(index, Fault::SectionMismatch));
        }
    }
    let offered = |mid: &str| offer.bundles().any(|group| group.mids.iter().any(|m| &**m == mid));
    let strangers = answer.bundles().flat_map(|group| &group.mids).any(|mid| !offered(mid));
    if strangers {
        return Err(unacceptable(0, Fault::BadBundle));
    }
    Ok(())
}

/// A later offer must keep every m-section in its place (RFC 3264 section 8); a rejected one may
/// be taken for something else.
pub(super) fn check_reoffer(
    previous: &SessionDescription,
    offer: &SessionDescription,
) -> Result<(), DescriptionError> {
    if offer.media.len() < previous.media.len() {
        return Err(unacceptable(0, Fault::FewerSections));
    }
    for (index, (before, after)) in previous.media.iter().zip(&offer.media).enumerate() {
        let same = before.kind == after.kind && before.mid() == after.mid();
        if !before.is_rejected() && !same {
            return Err(unacceptable(index, Fault::SectionMismatch));
        }
    }
    Ok(())
}

/// The transport of an m-section. Where a bundled section does not say, the first one of its group
/// speaks for it (RFC 8859, RFC 9143 section 7.1.3).
pub(super) fn transport(
    session: &SessionDescription,
    index: usize,
) -> Result<TransportSection, DescriptionError> {
    let own = section_transport(session, index);
    if own.is_ok() {
        return own;
    }
    let tagged = session
        .bundles()
        .find(|group| {
            session.media[index].mid().is_some_and(|mid| group.mids.iter().any(|m| **m == *mid))
        })
        .and_then(|group| session.media_by_mid(group.mids.first()?));
    match tagged {
        Some((tagged, _)) if tagged != index => section_transport(session, tagged).or(own),
        _ => own,
    }
}

fn section_transport(
    session: &SessionDescription,
    index: usize,
) -> Result<TransportSection, DescriptionError> {
    let fault = |fault| unacceptable(index, fault);
    let media = &session.media[index];
    let (Some(ufrag), Some(password)) = (session.ice_ufrag(media), session.ice_pwd(media)) else {
        return Err(fault(Fault::MissingIceCredentials));
    };
    if Credentials::new(ufrag, password.as_str()).is_err() {
        return Err(fault(Fault::BadIceCredentials));
    }
    let fingerprints: Vec<_> = session.fingerprints(media).filter_map(fingerprint).collect();
    if fingerprints.is_empty() {
        return Err(fault(Fault::MissingFingerprint));
    }
    Ok(TransportSection {
        ufrag: ufrag.to_string(),
        password: password.as_str().to_string(),
        fingerprints,
        setup: session.setup(media),
        tls_id: media.tls_id().map(Into::into),
    })
}

/// What a data-channel section says of SCTP.
pub(super) fn sctp(session: &SessionDescription, index: usize) -> Result<Sctp, DescriptionError> {
    let media = &session.media[index];
    let port = match media.sctp_port() {
        Some(0) => return Err(unacceptable(index, Fault::SctpPortZero)),
        Some(port) => port,
        // RFC 8841 defines no default; everybody who leaves it out means this one.
        None => 5000,
    };
    let max_message_size = match media.max_message_size() {
        // RFC 8841 section 6.1: any size.
        Some(0) => usize::MAX,
        Some(size) => usize::try_from(size).unwrap_or(usize::MAX),
        None => 65_536,
    };
    Ok(Sctp { port, max_message_size })
}

/// Our part where the answer is ours: active, unless the other side insists on it (RFC 8842
/// section 5.3).
pub(super) fn answer_role(offered: Option<Setup>) -> Role {
    match offered {
        Some(Setup::Active) => Role::Server,
        _ => Role::Client,
    }
}

/// Our part where the answer is the other side's.
pub(super) fn offer_role(index: usize, answered: Option<Setup>) -> Result<Role, DescriptionError> {
    match answered {
        Some(Setup::Active) => Ok(Role::Server),
        Some(Setup::Passive) => Ok(Role::Client),
        _ => Err(unacceptable(index, Fault::BadSetup)),
    }
}

/// An offer may leave the choice to us or insist on a part, but not put DTLS off.
pub(super) fn check_offered_setup(
    index: usize,
    offered: Option<Setup>,
) -> Result<(), DescriptionError> {
    match offered {
        Some(Setup::Actpass | Setup::Active | Setup::Passive) | None => Ok(()),
        _ => Err(unacceptable(index, Fault::BadSetup)),
    }
}

pub(super) const fn unacceptable(section: usize, fault: Fault) -> DescriptionError {
    DescriptionError::Unacceptable { section, fault }
}

/// A fingerprint that DTLS can check. MD5 and SHA-1 are none (RFC 8122 section 5).
fn fingerprint(fingerprint: &rtc_sdp::Fingerprint) -> Option<Fingerprint> {
    let algorithm = match fingerprint.hash() {
        HashFunction::Sha256 => HashAlgorithm::Sha256,
        HashFunction::Sha384 => HashAlgorithm::Sha384,
        HashFunction::Sha512 => HashAlgorithm::Sha512,
        _ => return None,
    };
    Fingerprint::new(algorithm, fingerprint.bytes()).ok()
}

/// How many m-sections are handled.
const MAX_SECTIONS: usize = 256;
