//! Questions that rtc-peer asks a description, with the session's values where a media
//! description has none of its own.

use alloc::collections::BTreeMap;

use crate::address::NetworkAddress;
use crate::attribute::Attribute;
use crate::attribute::candidate::Candidate;
use crate::attribute::extmap::Extmap;
use crate::attribute::fingerprint::Fingerprint;
use crate::attribute::group::{Group, GroupSemantics};
use crate::attribute::ice::IcePassword;
use crate::attribute::msid::Msid;
use crate::attribute::negotiation::{Direction, Rtcp, Setup};
use crate::attribute::simulcast::{Rid, Simulcast};
use crate::attribute::source::{Ssrc, SsrcGroup};
use crate::lexer::split;
use crate::media::{Format, MediaDescription, TransportProtocol};
use crate::payload::PayloadFormats;
use crate::session::SessionDescription;

/// The values of all attributes of one variant.
macro_rules! all {
    ($attributes:expr, $variant:ident) => {
        $attributes.iter().filter_map(|attribute| match attribute {
            Attribute::$variant(value) => Some(value),
            _ => None,
        })
    };
}

/// The value of the first attribute of one variant.
macro_rules! first {
    ($attributes:expr, $variant:ident) => {
        all!($attributes, $variant).next()
    };
}

/// Each costs one walk over the attributes of the description.
impl MediaDescription {
    /// `a=mid`.
    pub fn mid(&self) -> Option<&str> {
        first!(self.attributes, Mid).map(|mid| &**mid)
    }

    /// Whether the media is rejected: port 0 and not `bundle-only` (RFC 9143 section 6).
    pub fn is_rejected(&self) -> bool {
        self.port == 0 && !self.is_bundle_only()
    }

    /// Whether the port is 0 and there is `a=bundle-only`: wanted only if bundled. With another
    /// port the attribute's meaning is unspecified (RFC 9143 section 6).
    pub fn is_bundle_only(&self) -> bool {
        self.port == 0 && self.has(&Attribute::BundleOnly)
    }

    /// Whether there is `a=rtcp-mux`.
    pub fn rtcp_mux(&self) -> bool {
        self.has(&Attribute::RtcpMux)
    }

    /// Whether there is `a=rtcp-mux-only`.
    pub fn rtcp_mux_only(&self) -> bool {
        self.has(&Attribute::RtcpMuxOnly)
    }

    /// Whether there is `a=rtcp-rsize`.
    pub fn rtcp_rsize(&self) -> bool {
        self.has(&Attribute::RtcpRsize)
    }

    /// `a=rtcp`.
    pub fn rtcp(&self) -> Option<&Rtcp> {
        first!(self.attributes, Rtcp)
    }

    /// `a=candidate` lines that could be read.
    pub fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        all!(self.attributes, Candidate).map(|candidate| &**candidate)
    }

    /// `a=sctp-port`; with the old `DTLS/SCTP`, the format, which was the port.
    pub fn sctp_port(&self) -> Option<u16> {
        first!(self.attributes, SctpPort).copied().or_else(|| match self.formats.first() {
            Some(Format::Token(port)) if self.protocol == TransportProtocol::DtlsSctp => {
                port.parse().ok()
            }
            _ => None,
        })
    }

    /// Whether it is SCTP with `webrtc-datachannel`, in the new form or the old one.
    pub fn is_data_channel(&self) -> bool {
        const NAME: &str = "webrtc-datachannel";
        self.protocol.is_sctp()
            && (matches!(self.formats.first(), Some(Format::Token(name)) if &**name == NAME)
                || all!(self.attributes, SctpMap).any(|map| &*map.application == NAME))
    }

    /// `a=max-message-size` in bytes, 0 for any; where it is absent RFC 8841 section 6.1 means
    /// 64 KiB.
    pub fn max_message_size(&self) -> Option<u64> {
        first!(self.attributes, MaxMessageSize).copied()
    }

    /// `a=sctp-init`: an SCTP INIT chunk.
    pub fn sctp_init(&self) -> Option<&[u8]> {
        first!(self.attributes, SctpInit).map(|chunk| &**chunk)
    }

    /// `a=tls-id`, which stands in media descriptions only (RFC 8842 section 4).
    pub fn tls_id(&self) -> Option<&str> {
        first!(self.attributes, TlsId).map(|id| &**id)
    }

    /// What is said about each payload type.
    pub fn payload_formats(&self) -> PayloadFormats<'_> {
        PayloadFormats::of(self)
    }

    /// `a=msid` lines.
    pub fn msids(&self) -> impl Iterator<Item = &Msid> {
        all!(self.attributes, Msid)
    }

    /// `a=ssrc` lines.
    pub fn ssrcs(&self) -> impl Iterator<Item = &Ssrc> {
        all!(self.attributes, Ssrc)
    }

    /// `a=ssrc-group` lines.
    pub fn ssrc_groups(&self) -> impl Iterator<Item = &SsrcGroup> {
        all!(self.attributes, SsrcGroup)
    }

    /// `a=rid` lines that could be read.
    pub fn rids(&self) -> impl Iterator<Item = &Rid> {
        all!(self.attributes, Rid)
    }

    /// `a=simulcast`.
    pub fn simulcast(&self) -> Option<&Simulcast> {
        first!(self.attributes, Simulcast)
    }

    /// Whether this attribute stands among the lines, letter by letter.
    pub fn has(&self, attribute: &Attribute) -> bool {
        self.attributes.contains(attribute)
    }
}

/// Those that take a media description look there first.
impl SessionDescription {
    /// The media description of this mid, and its index. To look up many, make
    /// [`SessionDescription::mids`].
    pub fn media_by_mid(&self, mid: &str) -> Option<(usize, &MediaDescription)> {
        self.media.iter().enumerate().find(|(_, media)| media.mid() == Some(mid))
    }

    /// Index of the media description of each mid.
    pub fn mids(&self) -> BTreeMap<&str, usize> {
        self.media
            .iter()
            .enumerate()
            .filter_map(|(index, media)| media.mid().map(|mid| (mid, index)))
            .collect()
    }

    /// `a=group` lines.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        all!(self.attributes, Group)
    }

    /// `a=group:BUNDLE` lines (RFC 9143).
    pub fn bundles(&self) -> impl Iterator<Item = &Group> {
        self.groups().filter(|group| group.semantics == GroupSemantics::Bundle)
    }

    /// Whether there is `a=ice-lite`.
    pub fn ice_lite(&self) -> bool {
        self.attributes.contains(&Attribute::IceLite)
    }

    /// `a=ice-pacing` in milliseconds.
    pub fn ice_pacing(&self) -> Option<u32> {
        first!(self.attributes, IcePacing).copied()
    }

    /// `a=ice-ufrag`.
    pub fn ice_ufrag<'a>(&'a self, media: &'a MediaDescription) -> Option<&'a str> {
        let ufrag =
            first!(media.attributes, IceUfrag).or_else(|| first!(self.attributes, IceUfrag));
        ufrag.map(|ufrag| &**ufrag)
    }

    /// `a=ice-pwd`.
    pub fn ice_pwd<'a>(&'a self, media: &'a MediaDescription) -> Option<&'a IcePassword> {
        first!(media.attributes, IcePwd).or_else(|| first!(self.attributes, IcePwd))
    }

    /// The tags of `a=ice-options`, those of the session and those of the media description.
    pub fn ice_options<'a>(&'a self, media: &'a MediaDescription) -> impl Iterator<Item = &'a str> {
        let (session, media) = (&self.attributes, &media.attributes);
        let lines = all!(session, IceOptions).chain(all!(media, IceOptions));
        lines.flatten().flat_map(|tags| split(tags, b','))
    }

    /// Whether no more candidates follow.
    pub fn end_of_candidates(&self, media: &MediaDescription) -> bool {
        self.either(media, &Attribute::EndOfCandidates)
    }

    /// `a=fingerprint` lines: those of the media description, or if it has none those of the
    /// session (RFC 8122 section 5).
    pub fn fingerprints<'a>(
        &'a self,
        media: &'a MediaDescription,
    ) -> impl Iterator<Item = &'a Fingerprint> {
        let own = first!(media.attributes, Fingerprint).is_some();
        let attributes = if own { &media.attributes } else { &self.attributes };
        all!(attributes, Fingerprint)
    }

    /// `a=setup`.
    pub fn setup(&self, media: &MediaDescription) -> Option<Setup> {
        first!(media.attributes, Setup).or_else(|| first!(self.attributes, Setup)).copied()
    }

    /// The direction, `sendrecv` where none is written.
    pub fn direction(&self, media: &MediaDescription) -> Direction {
        let own = first!(media.attributes, Direction);
        own.or_else(|| first!(self.attributes, Direction)).copied().unwrap_or_default()
    }

    /// `a=extmap` lines, first those of the session: they hold for all media descriptions
    /// (RFC 8285 section 5).
    pub fn extmaps<'a>(&'a self, media: &'a MediaDescription) -> impl Iterator<Item = &'a Extmap> {
        let (session, media) = (&self.attributes, &media.attributes);
        all!(session, Extmap).chain(all!(media, Extmap))
    }

    /// The first header extension id that is mapped to two extensions, which RFC 8285 section 5
    /// forbids: a receiver could not tell what it got. Ids from 4096 are alternatives to choose
    /// from and may repeat.
    pub fn conflicting_extmap(&self, media: &MediaDescription) -> Option<u16> {
        let mut uris = [None::<&str>; 256];
        for extmap in self.extmaps(media) {
            let Some(slot) = uris.get_mut(usize::from(extmap.id)) else { continue };
            if slot.is_some_and(|uri| uri != &*extmap.uri) {
                return Some(extmap.id);
            }
            *slot = Some(&extmap.uri);
        }
        None
    }

    /// Whether one- and two-byte header extensions may be mixed.
    pub fn extmap_allow_mixed(&self, media: &MediaDescription) -> bool {
        self.either(media, &Attribute::ExtmapAllowMixed)
    }

    /// Whether there is `a=cryptex` (RFC 9335).
    pub fn cryptex(&self, media: &MediaDescription) -> bool {
        self.either(media, &Attribute::Cryptex)
    }

    /// `c=`, of which a media description may have several.
    pub fn connections<'a>(
        &'a self,
        media: &'a MediaDescription,
    ) -> impl Iterator<Item = &'a NetworkAddress> {
        let session = self.connection.iter().filter(|_| media.connections.is_empty());
        media.connections.iter().chain(session)
    }

    fn either(&self, media: &MediaDescription, attribute: &Attribute) -> bool {
        media.has(attribute) || self.attributes.contains(attribute)
    }
}

#[cfg(test)]
mod tests;
