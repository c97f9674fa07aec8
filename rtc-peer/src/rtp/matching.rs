//! When two codecs are the same: in the eyes of the W3C specification, and in descriptions.

use alloc::format;
use alloc::string::String;

use super::codec::RtpCodec;
use super::fmtp::Parameters;
use super::profile_level_id::ProfileLevelId;

impl RtpCodec {
    /// The W3C specification's "codec dictionary match".
    ///
    /// Without `ignore_asymmetrical_parameters`, all parameters of the format must be equal.
    pub(crate) fn is_same(&self, other: &Self, ignore_asymmetrical_parameters: bool) -> bool {
        if !self.mime_type.eq_ignore_ascii_case(&other.mime_type)
            || self.clock_rate != other.clock_rate
            || self.channels != other.channels
        {
            return false;
        }
        match (&self.sdp_fmtp_line, &other.sdp_fmtp_line) {
            (None, None) => true,
            (Some(one), Some(two)) => {
                let (first, second) = (Parameters::of(Some(one)), Parameters::of(Some(two)));
                if !first.is_key_value() || !second.is_key_value() {
                    return one == two;
                }
                self.has_format_of(other) && (ignore_asymmetrical_parameters || first.same(second))
            }
            _ => false,
        }
    }

    /// Whether both are one codec where they stand in two descriptions: the same name, clock rate
    /// and channels, and the same values of those parameters that offer and answer must share.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        self.mime_type.eq_ignore_ascii_case(&other.mime_type)
            && self.clock_rate == other.clock_rate
            && self.channels.unwrap_or(1) == other.channels.unwrap_or(1)
            && self.has_format_of(other)
    }

    /// The parameters that an answer gives this codec of ours, where `offered` matches it.
    ///
    /// What we can receive does not depend on the offer, except for the level of H.264
    /// (RFC 6184 section 8.2.2).
    pub(crate) fn answer_to(&self, offered: &Self) -> Self {
        let sdp_fmtp_line = match self.is("H264") {
            true => Some(h264_answer(self.parameters(), offered.parameters())),
            false => self.sdp_fmtp_line.clone(),
        };
        Self { sdp_fmtp_line, ..self.clone() }
    }

    fn parameters(&self) -> Parameters<'_> {
        Parameters::of(self.sdp_fmtp_line.as_deref())
    }

    /// Whether the parameters agree that must be the same on both sides.
    fn has_format_of(&self, other: &Self) -> bool {
        let (one, other) = (self.parameters(), other.parameters());
        match () {
            // RFC 6184 section 8.2.2: the profile and how packets are made; not the level.
            () if self.is("H264") => {
                let profile = |parameters| profile_level_id(parameters).map(|id| id.profile());
                packetization_mode(one) == packetization_mode(other)
                    && profile(one).is_some()
                    && profile(one) == profile(other)
            }
            // RFC 9628 section 7.
            () if self.is("VP9") => {
                let profile = |parameters: Parameters<'_>| match parameters.get("profile-id") {
                    Some(profile) => profile.parse::<u8>().ok(),
                    None => Some(0),
                };
                profile(one).is_some() && profile(one) == profile(other)
            }
            // RFC 7587 section 7, RFC 7741 section 6.2 and RFC 4733 section 2.5: each side only
            // says what it prefers to receive.
            () => true,
        }
    }
}

/// `None` where there is one that cannot be read.
fn profile_level_id(parameters: Parameters<'_>) -> Option<ProfileLevelId> {
    match parameters.get("profile-level-id") {
        Some(text) => ProfileLevelId::parse(text),
        None => Some(ProfileLevelId::DEFAULT),
    }
}

/// 0 by default; `None` where it cannot be read.
fn packetization_mode(parameters: Parameters<'_>) -> Option<u8> {
    match parameters.get("packetization-mode") {
        Some(mode) => mode.parse().ok(),
        None => Some(0),
    }
}

/// The profile is named with the offerer's bytes, for whoever compares them as text. The level is
/// ours where both sides allow different ones, and otherwise the lower one.
fn h264_answer(own: Parameters<'_>, offered: Parameters<'_>) -> String {
    let own_id = profile_level_id(own).unwrap_or(ProfileLevelId::DEFAULT);
    let offered_id = profile_level_id(offered).unwrap_or(ProfileLevelId::DEFAULT);
    let asymmetry = |parameters: Parameters<'_>| {
        parameters.number::<u8>("level-asymmetry-allowed").is_some_and(|allowed| allowed == 1)
    };
    let both = asymmetry(own) && asymmetry(offered);
    let level = if both { own_id.level() } else { own_id.level().min(offered_id.level()) };
    let mode = packetization_mode(own).unwrap_or_default();
    let id = offered_id.at(level).write();
    let allowed = u8::from(asymmetry(own));
    format!("level-asymmetry-allowed={allowed};packetization-mode={mode};profile-level-id={id}")
}
