//! The m-sections of our descriptions, line by line.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use rtc_dtls::{Fingerprint, Role};
use rtc_ice::Credentials;
use rtc_sdp::{
    Attribute, Direction, Extmap, Format, HashFunction, IcePassword, MediaDescription, Msid,
    NetworkAddress, RidDirection, Rtcp, Setup, Ssrc, SsrcGroup, SsrcGroupSemantics,
    TransportProtocol,
};

use crate::rtp::{Encoding, MediaKind, SectionCodec, TransceiverDirection, formats};

/// What our side puts into a description, besides its transceivers.
#[derive(Debug, Clone)]
pub(crate) struct Local {
    /// Those of all certificates; the first is that of the one that is shown.
    pub(crate) fingerprints: Vec<Fingerprint>,
    /// Whether data channels wait for a section that carries them.
    pub(crate) wants_data: bool,
    pub(crate) sctp_port: u16,
    pub(crate) max_message_size: u64,
    pub(crate) ice: IceLines,
}

/// What our side says of ICE to the whole session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IceLines {
    /// `a=ice-lite`.
    pub(crate) lite: bool,
    /// The tag of draft-thatcher-ice-renomination.
    pub(crate) renomination: bool,
    /// `a=ice-pacing`, in milliseconds.
    pub(crate) pacing: u32,
}

/// What an m-section says of its transport. RFC 9429 has only the first m-section of a BUNDLE group
/// say it; browsers have all of them, and there are peers that look nowhere else.
#[derive(Debug, Clone)]
pub(super) struct TransportLines {
    pub(super) credentials: Credentials,
    pub(super) setup: Setup,
}

/// How an m-section stands in its description.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) mid: String,
    pub(super) protocol: TransportProtocol,
    /// Only to be used if bundled.
    pub(super) bundle_only: bool,
    /// Whether RTCP has never been negotiated for it.
    pub(super) initial: bool,
    pub(super) transport: TransportLines,
}

/// An m-section of audio or video.
#[derive(Debug)]
pub(super) struct MediaLines<'a> {
    pub(super) kind: MediaKind,
    pub(super) direction: Direction,
    pub(super) codecs: &'a [SectionCodec],
    pub(super) extensions: Vec<Extmap>,
    pub(super) reduced_size_rtcp: bool,
    /// The streams that we send belong to these MediaStreams.
    pub(super) streams: &'a [String],
    pub(super) track: Option<&'a str>,
    /// What we send, and the name of it all.
    pub(super) encodings: &'a [Encoding],
    pub(super) cname: &'a str,
    /// Those of [`simulcast`](super::simulcast).
    pub(super) simulcast: Vec<Attribute>,
}

/// A section for audio or video (RFC 9429 section 5.2.1).
pub(super) fn media(
    head: &Head,
    local: &Local,
    tls_id: &str,
    lines: MediaLines<'_>,
) -> MediaDescription {
    let kind = match lines.kind {
        MediaKind::Audio => rtc_sdp::MediaKind::Audio,
        MediaKind::Video => rtc_sdp::MediaKind::Video,
    };
    let mut media = begin(head, kind);
    media.attributes.push(Attribute::Direction(lines.direction));
    formats::write(lines.codecs, &mut media);
    if lines.kind == MediaKind::Audio {
        media.attributes.push(Attribute::Maxptime(MAX_PACKET_TIME));
    }
    media.attributes.extend(lines.extensions.into_iter().map(Attribute::Extmap));
    let sends = lines.direction.sends();
    if sends {
        let streams = match lines.streams {
            [] => &[NO_STREAM.into()][..],
            streams => streams,
        };
        let track = lines.track.filter(|track| is_msid(track));
        let msid = |stream: &String| Attribute::Msid(Msid::new(&msid(stream), track));
        media.attributes.extend(streams.iter().map(msid));
    }
    push_transport(&mut media, head, local, tls_id);
    if head.initial {
        media.attributes.push(Attribute::Rtcp(Rtcp {
            port: DISCARD,
            address: Some(NetworkAddress::unspecified()),
        }));
    }
    media.attributes.push(Attribute::RtcpMux);
    if head.initial {
        media.attributes.push(Attribute::RtcpMuxOnly);
    }
    media.attributes.extend(lines.reduced_size_rtcp.then_some(Attribute::RtcpRsize));
    let is_sent = |line: &Attribute| matches!(line, Attribute::Rid(rid) if rid.direction == RidDirection::Send);
    let named = lines.simulcast.iter().any(is_sent);
    media.attributes.extend(lines.simulcast);
    if sends && !named {
        let repaired = lines.codecs.iter().any(|codec| codec.rtx.is_some());
        push_sources(&mut media, lines.encodings, repaired, lines.cname);
    }
    media
}

/// A section for data channels (RFC 8841 section 4). `media` tells an answer how the offer has it.
pub(super) fn data(head: &Head, local: &Local, tls_id: &str) -> MediaDescription {
    let mut media = begin(head, rtc_sdp::MediaKind::Application);
    media.formats.push(Format::data_channel());
    push_transport(&mut media, head, local, tls_id);
    media.attributes.push(Attribute::SctpPort(local.sctp_port));
    media.attributes.push(Attribute::MaxMessageSize(local.max_message_size));
    media
}

/// A section that is not used, in the form of `like` so that it matches its counterpart.
pub(super) fn rejected(like: &MediaDescription) -> MediaDescription {
    let mut media = MediaDescription::new(like.kind.clone(), 0, like.protocol.clone());
    media.formats.clone_from(&like.formats);
    media.connections.push(NetworkAddress::unspecified());
    media.attributes.extend(like.mid().map(|mid| Attribute::Mid(mid.into())));
    if matches!(like.kind, rtc_sdp::MediaKind::Audio | rtc_sdp::MediaKind::Video) {
        media.attributes.push(Attribute::Direction(Direction::Inactive));
    }
    media
}

fn begin(head: &Head, kind: rtc_sdp::MediaKind) -> MediaDescription {
    let port = if head.bundle_only { 0 } else { DISCARD };
    let mut media = MediaDescription::new(kind, port, head.protocol.clone());
    media.connections.push(NetworkAddress::unspecified());
    if !head.mid.is_empty() {
        media.attributes.push(Attribute::Mid(head.mid.as_str().into()));
    }
    media.attributes.extend(head.bundle_only.then_some(Attribute::BundleOnly));
    media
}

fn push_transport(media: &mut MediaDescription, head: &Head, local: &Local, tls_id: &str) {
    let TransportLines { credentials, setup } = &head.transport;
    media.attributes.extend([
        Attribute::IceUfrag(credentials.ufrag().into()),
        Attribute::IcePwd(IcePassword::new(credentials.password())),
    ]);
    let fingerprints = local.fingerprints.iter().map(fingerprint);
    media.attributes.extend(fingerprints.map(Attribute::Fingerprint));
    media.attributes.extend([Attribute::Setup(*setup), Attribute::TlsId(tls_id.into())]);
}

/// What peers without the header extension for the mid know our streams by (RFC 5576).
fn push_sources(media: &mut MediaDescription, encodings: &[Encoding], repaired: bool, cname: &str) {
    for encoding in encodings {
        let (ssrc, rtx) = (encoding.ssrc.0, encoding.rtx_ssrc.0);
        if repaired {
            media.attributes.push(Attribute::SsrcGroup(SsrcGroup {
                semantics: SsrcGroupSemantics::FlowIdentification,
                ssrcs: [ssrc, rtx].into(),
            }));
        }
        media.attributes.push(Attribute::Ssrc(Ssrc::cname(ssrc, cname)));
        media.attributes.extend(repaired.then(|| Attribute::Ssrc(Ssrc::cname(rtx, cname))));
    }
}

/// How a description names a stream, whatever the application calls it (RFC 8830 section 2).
pub(super) fn msid(stream: &str) -> Cow<'_, str> {
    if is_msid(stream) {
        return stream.into();
    }
    let legal = |c: char| if is_token(c) { c } else { '_' };
    match stream {
        "" => NO_STREAM.into(),
        stream => stream.chars().take(MAX_MSID).map(legal).collect::<String>().into(),
    }
}

fn is_msid(id: &str) -> bool {
    (1..=MAX_MSID).contains(&id.len()) && id.chars().all(is_token)
}

/// RFC 8866 section 9: `token-char`.
fn is_token(c: char) -> bool {
    c.is_ascii_graphic() && !r#""(),/:;<=>?@[\]"#.contains(c)
}

/// The part that a setup attribute of ours claims.
pub(super) const fn setup(role: Role) -> Setup {
    match role {
        Role::Client => Setup::Active,
        Role::Server => Setup::Passive,
    }
}

/// The direction as descriptions have it.
pub(super) const fn direction(direction: TransceiverDirection) -> Direction {
    match direction {
        TransceiverDirection::SendRecv => Direction::SendRecv,
        TransceiverDirection::SendOnly => Direction::SendOnly,
        TransceiverDirection::RecvOnly => Direction::RecvOnly,
        TransceiverDirection::Inactive | TransceiverDirection::Stopped => Direction::Inactive,
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

/// The tags that we put into `a=ice-options` (RFC 9429 section 5.2.1).
pub(super) fn ice_tags(lines: IceLines) -> impl Iterator<Item = &'static str> {
    ["trickle", "ice2"].into_iter().chain(lines.renomination.then_some(RENOMINATION))
}

/// The tag by which both sides say that nominations may be taken back.
pub(super) const RENOMINATION: &str = "renomination";

/// The line with these tags.
pub(super) fn ice_options<'a>(tags: impl Iterator<Item = &'a str>) -> Option<Attribute> {
    let tags: Vec<Box<str>> = tags.map(Into::into).collect();
    (!tags.is_empty()).then_some(Attribute::IceOptions(tags))
}

/// The port of a section whose address is yet to be found (RFC 8838 section 4.1).
const DISCARD: u16 = 9;
/// In milliseconds: the most that Opus puts into a packet (RFC 7587 section 4.2).
const MAX_PACKET_TIME: u32 = 120;
/// RFC 8830 section 2: a track that belongs to no MediaStream.
const NO_STREAM: &str = "-";
/// RFC 8830 section 2: the longest name of a stream.
const MAX_MSID: usize = 64;
