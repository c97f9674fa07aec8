//! Reads what a remote description asks for, and refuses what cannot be had.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};
use alloc::sync::Arc;

use rtc_dtls::{Fingerprint, HashAlgorithm, Role};
use rtc_ice::Credentials;
use rtc_sdp::{
    Attribute, HashFunction, MediaDescription, SessionDescription, Setup, TransportProtocol,
};

use super::bundle::Groups;
use super::formats;
use crate::error::{DescriptionError, Fault};
use crate::rtp::MediaKind;

/// What an m-section says of the transport below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TransportSection {
    pub(super) ufrag: String,
    pub(super) password: String,
    pub(super) fingerprints: Arc<[Fingerprint]>,
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

/// What an m-section is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Audio or video over a profile that RFC 9429 section 5.1.2 has us take.
    Media(MediaKind),
    /// Data channels.
    Data,
    /// Nothing that we know; to be rejected.
    Unknown,
}

/// What an m-section is to us, rejected or not.
pub(super) fn purpose(media: &MediaDescription) -> Purpose {
    match media.kind {
        _ if media.is_data_channel() => Purpose::Data,
        rtc_sdp::MediaKind::Audio if is_known_profile(&media.protocol) => {
            Purpose::Media(MediaKind::Audio)
        }
        rtc_sdp::MediaKind::Video if is_known_profile(&media.protocol) => {
            Purpose::Media(MediaKind::Video)
        }
        _ => Purpose::Unknown,
    }
}

/// The profiles that RFC 9429 section 5.1.2 has us treat alike.
fn is_known_profile(protocol: &TransportProtocol) -> bool {
    match protocol {
        TransportProtocol::RtpAvp
        | TransportProtocol::RtpAvpf
        | TransportProtocol::RtpSavp
        | TransportProtocol::RtpSavpf
        | TransportProtocol::UdpTlsRtpSavp
        | TransportProtocol::UdpTlsRtpSavpf
        | TransportProtocol::TcpDtlsRtpSavp
        | TransportProtocol::TcpDtlsRtpSavpf => true,
        TransportProtocol::UdpDtlsSctp
        | TransportProtocol::TcpDtlsSctp
        | TransportProtocol::DtlsSctp
        | TransportProtocol::Other(_) => false,
    }
}

/// The checks of any remote description: it must be one that this crate can handle at all.
pub(super) fn check_form(session: &SessionDescription) -> Result<Groups, DescriptionError> {
    if session.media.len() > MAX_SECTIONS {
        return Err(unacceptable(MAX_SECTIONS, Fault::TooManySections));
    }
    Groups::check(session)?;
    Ok(Groups::of(session))
}

/// The checks of the m-sections that a remote description means to use.
pub(super) fn check_sections(
    session: &SessionDescription,
    groups: &Groups,
) -> Result<(), DescriptionError> {
    for (index, media) in session.media.iter().enumerate() {
        if media.is_rejected() {
            continue;
        }
        if media.port != 0 && media.has(&Attribute::BundleOnly) {
            // RFC 9143 section 6 leaves the meaning of this open.
            return Err(unacceptable(index, Fault::BundleOnly));
        }
        if media.is_bundle_only() && groups.group(index).is_none() {
            return Err(unacceptable(index, Fault::BundleOnly));
        }
        if let Purpose::Media(_) = purpose(media) {
            check_media(session, groups, index)?;
            formats::check(index, media)?;
        }
    }
    check_tracks(session)?;
    formats::check_groups(session, groups)
}

/// No two m-sections may be of one track (RFC 8830 section 2). Those that name no track are of none.
fn check_tracks(session: &SessionDescription) -> Result<(), DescriptionError> {
    let mut known = BTreeSet::new();
    for (index, media) in session.media.iter().enumerate().filter(|(_, it)| !it.is_rejected()) {
        let named = media.msids().filter_map(|msid| Some((&*msid.stream, msid.track.as_deref()?)));
        let tracks: BTreeSet<_> = named.collect();
        if !tracks.is_disjoint(&known) {
            return Err(unacceptable(index, Fault::DuplicateMsid));
        }
        known.extend(tracks);
    }
    Ok(())
}

fn check_media(
    session: &SessionDescription,
    groups: &Groups,
    index: usize,
) -> Result<(), DescriptionError> {
    let fault = |fault| unacceptable(index, fault);
    let media = &session.media[index];
    // Where a bundled section does not say, the one that speaks for its group does (RFC 8859).
    let tagged = groups.tagged(index, |member| session.media[member].rtcp_mux());
    if !media.rtcp_mux() && !session.media[tagged].rtcp_mux() {
        return Err(fault(Fault::NoRtcpMux));
    }
    let encrypts_by_sdp = media.attributes.iter().any(|attribute| attribute.name() == "crypto");
    if encrypts_by_sdp && session.fingerprints(media).next().is_none() {
        return Err(fault(Fault::SdesKeys));
    }
    if session.conflicting_extmap(media).is_some() {
        return Err(fault(Fault::ExtensionIds));
    }
    // Several tracks in one section are what "plan B" was.
    let mut tracks = media.ssrcs().filter(|line| line.attribute == "msid").map(|line| &line.value);
    if tracks.next().is_some_and(|first| tracks.any(|track| track != first)) {
        return Err(fault(Fault::SeveralTracks));
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
    let bundles = answer.bundles().next().is_some();
    for (index, (offered, answered)) in offer.media.iter().zip(&answer.media).enumerate() {
        // Who has never heard of mids, and bundles nothing, goes by the order.
        let same_mid = answered.mid() == offered.mid() || (answered.mid().is_none() && !bundles);
        let same_mid = same_mid || (answered.mid().is_none() && answered.is_rejected());
        if offered.kind != answered.kind || !same_mid {
            return Err(unacceptable(index, Fault::SectionMismatch));
        }
        if offered.is_rejected() && !answered.is_rejected() {
            return Err(unacceptable(index, Fault::SectionMismatch));
        }
        if !answered.is_rejected() && purpose(offered) != purpose(answered) {
            return Err(unacceptable(index, Fault::SectionMismatch));
        }
        // RFC 3264 section 6.1: nobody sends what the other side does not receive.
        let [ours, theirs] = [offer.direction(offered), answer.direction(answered)];
        let allowed = (ours.receives() || !theirs.sends()) && (ours.sends() || !theirs.receives());
        if matches!(purpose(answered), Purpose::Media(_)) && !answered.is_rejected() && !allowed {
            return Err(unacceptable(index, Fault::Direction));
        }
    }
    let offered = |mid: &str| offer.bundles().any(|group| group.mids.iter().any(|m| &**m == mid));
    let strangers = answer.bundles().flat_map(|group| &group.mids).any(|mid| !offered(mid));
    if strangers {
        return Err(unacceptable(0, Fault::BadBundle));
    }
    Ok(())
}

/// A later offer must keep every m-section in its place (RFC 3264 section 8); one that either side
/// has rejected may be taken for something else.
pub(super) fn check_reoffer(
    previous: [&SessionDescription; 2],
    offer: &SessionDescription,
) -> Result<(), DescriptionError> {
    let [ours, theirs] = previous;
    if offer.media.len() < theirs.media.len() {
        return Err(unacceptable(0, Fault::FewerSections));
    }
    for (index, (before, after)) in theirs.media.iter().zip(&offer.media).enumerate() {
        let same = before.kind == after.kind && before.mid() == after.mid();
        let rejected =
            before.is_rejected() || ours.media.get(index).is_some_and(|media| media.is_rejected());
        if !rejected && !same {
            return Err(unacceptable(index, Fault::SectionMismatch));
        }
    }
    Ok(())
}

/// The transport of an m-section. Where a bundled section does not say, the first one of its group
/// that does speaks for it (RFC 8859, RFC 9143 section 7.1.3).
pub(super) fn transport(
    session: &SessionDescription,
    groups: &Groups,
    index: usize,
) -> Result<TransportSection, DescriptionError> {
    let own = section_transport(session, index);
    if own.is_ok() {
        return own;
    }
    match groups.around(index).first() {
        Some(&tagged) if tagged != index => section_transport(session, tagged).or(own),
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
    let fingerprints: Arc<[_]> = session.fingerprints(media).filter_map(fingerprint).collect();
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
pub(super) const MAX_SECTIONS: usize = 256;
