//! Composes offers and answers.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use rtc_dtls::{Fingerprint, Role};
use rtc_sdp::{
    Attribute, Format, Group, HashFunction, IcePassword, MediaDescription, MediaKind,
    NetworkAddress, Origin, SessionDescription, Setup, TransportProtocol,
};

use super::accept::{answer_role, data_section};

/// What our side puts into a description.
#[derive(Debug, Clone)]
pub(crate) struct Local {
    pub(crate) ufrag: String,
    pub(crate) password: String,
    pub(crate) fingerprint: Fingerprint,
    /// Our part in the DTLS association, once it was negotiated.
    pub(crate) dtls_role: Option<Role>,
    /// Whether data channels wait for a section that carries them.
    pub(crate) wants_data: bool,
    pub(crate) sctp_port: u16,
    pub(crate) max_message_size: u64,
}

/// What the session knows that both sides of an exchange build on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) session_id: u64,
    pub(super) tls_id: &'a str,
    pub(super) current_local: Option<&'a SessionDescription>,
    pub(super) current_remote: Option<&'a SessionDescription>,
}

/// An offer (RFC 9429 section 5.2): every m-section of the session in its place, then what is new.
pub(super) fn offer(known: Known<'_>, local: &Local) -> SessionDescription {
    let mut session = SessionDescription::new(Origin::new(known.session_id, 0));
    let previous = known.current_local.map_or(&[][..], |session| &session.media);
    let remote = known.current_remote.map_or(&[][..], |session| &session.media);
    let mut has_data = false;
    let mut recyclable = None;
    for (index, media) in previous.iter().enumerate() {
        let rejected = media.is_rejected() || remote.get(index).is_some_and(|m| m.is_rejected());
        if !rejected && media.is_data_channel() {
            has_data = true;
            let mid = media.mid().unwrap_or_default();
            session.media.push(data_media(mid, Setup::Actpass, known.tls_id, local));
        } else {
            recyclable.get_or_insert(index);
            session.media.push(rejected_media(media));
        }
    }
    if local.wants_data && !has_data {
        let mid = unused_mid(&known);
        let media = data_media(&mid, Setup::Actpass, known.tls_id, local);
        match recyclable {
            Some(index) => session.media[index] = media,
            None => session.media.push(media),
        }
    }
    finish(&mut session, true);
    session
}

/// An answer (RFC 9429 section 5.3): the offer's data channels are accepted, all else is rejected.
pub(super) fn answer(
    known: Known<'_>,
    local: &Local,
    offer: &SessionDescription,
) -> SessionDescription {
    let mut session = SessionDescription::new(Origin::new(known.session_id, 0));
    let accepted = data_section(offer);
    for (index, media) in offer.media.iter().enumerate() {
        if Some(index) != accepted {
            session.media.push(rejected_media(media));
            continue;
        }
        let role = local.dtls_role.unwrap_or_else(|| answer_role(offer.setup(media)));
        let setup = match role {
            Role::Client => Setup::Active,
            Role::Server => Setup::Passive,
        };
        let mut answer = data_media(media.mid().unwrap_or_default(), setup, known.tls_id, local);
        answer.protocol = media.protocol.clone();
        session.media.push(answer);
    }
    finish(&mut session, offer.bundles().next().is_some());
    session
}

/// The lines that a session needs around its m-sections.
fn finish(session: &mut SessionDescription, bundle: bool) {
    let mids: Vec<&str> =
        session.media.iter().filter(|m| !m.is_rejected()).filter_map(|m| m.mid()).collect();
    let group = (bundle && !mids.is_empty()).then(|| Attribute::Group(Group::bundle(mids)));
    session.attributes.extend(group);
    let options: Vec<Box<str>> = ["trickle", "ice2"].map(Into::into).into();
    session.attributes.push(Attribute::IceOptions(options));
}

/// A section for data channels (RFC 8841 section 4).
fn data_media(mid: &str, setup: Setup, tls_id: &str, local: &Local) -> MediaDescription {
    let mut media =
        MediaDescription::new(MediaKind::Application, DISCARD, TransportProtocol::UdpDtlsSctp);
    media.formats.push(Format::Token("webrtc-datachannel".into()));
    media.connections.push(NetworkAddress::unspecified());
    if !mid.is_empty() {
        media.attributes.push(Attribute::Mid(mid.into()));
    }
    media.attributes.extend([
        Attribute::IceUfrag(local.ufrag.as_str().into()),
        Attribute::IcePwd(IcePassword::new(&local.password)),
        Attribute::Fingerprint(fingerprint(&local.fingerprint)),
        Attribute::Setup(setup),
        Attribute::TlsId(tls_id.into()),
        Attribute::SctpPort(local.sctp_port),
        Attribute::MaxMessageSize(local.max_message_size),
    ]);
    media
}

/// A section that is not used, in the form of `like` so that it matches its counterpart.
fn rejected_media(like: &MediaDescription) -> MediaDescription {
    let mut media = MediaDescription::new(like.kind.clone(), 0, like.protocol.clone());
    media.formats.clone_from(&like.formats);
    media.connections.push(NetworkAddress::unspecified());
    media.attributes.extend(like.mid().map(|mid| Attribute::Mid(mid.into())));
    media
}

/// The smallest number that is the mid of no m-section.
fn unused_mid(known: &Known<'_>) -> String {
    let taken = |mid: &str| {
        let has = |session: Option<&SessionDescription>| {
            session.is_some_and(|session| session.media_by_mid(mid).is_some())
        };
        has(known.current_local) || has(known.current_remote)
    };
    let mut number = 0u32;
    loop {
        let mid = number.to_string();
        if !taken(&mid) {
            return mid;
        }
        number += 1;
    }
}

fn fingerprint(fingerprint: &Fingerprint) -> rtc_sdp::Fingerprint {
    let hash = match fingerprint.algorithm() {
        rtc_dtls::HashAlgorithm::Sha256 => HashFunction::Sha256,
        rtc_dtls::HashAlgorithm::Sha384 => HashFunction::Sha384,
        rtc_dtls::HashAlgorithm::Sha512 => HashFunction::Sha512,
    };
    rtc_sdp::Fingerprint::new(hash, fingerprint.bytes())
}

/// The text of a description.
pub(super) fn text(session: &SessionDescription) -> String {
    format!("{session}")
}

/// The port of a section whose address is yet to be found (RFC 8838 section 4.1).
const DISCARD: u16 = 9;
