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
    /// (RFC 6184 section 8.2.2) and for the payload types that redundancy repeats.
    pub(crate) fn answer_to(&self, offered: &Self) -> Self {
        let sdp_fmtp_line = match () {
            () if self.is("H264") => Some(h264_answer(self.parameters(), offered.parameters())),
            // RFC 2198 section 5: payload types, which are the offer's.
            () if self.is("red") => offered.sdp_fmtp_line.clone(),
            () => self.sdp_fmtp_line.clone(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn codec(name: &str, clock_rate: u32, channels: Option<u16>, fmtp: Option<&str>) -> RtpCodec {
        let mime_type = name.into();
        RtpCodec { mime_type, clock_rate, channels, sdp_fmtp_line: fmtp.map(Into::into) }
    }

    fn video(name: &str, fmtp: Option<&str>) -> RtpCodec {
        codec(name, 90_000, None, fmtp)
    }

    #[test]
    fn descriptions_mean_one_codec_by_the_rules_of_its_format() {
        let h264 = |fmtp| video("video/H264", Some(fmtp));
        let opus = |fmtp| codec("audio/opus", 48_000, Some(2), fmtp);
        let table = [
            (true, video("video/VP8", None), video("VIDEO/vp8", None)),
            (true, video("video/VP8", None), video("video/VP8", Some("max-fs=12288;max-fr=60"))),
            (false, video("video/VP8", None), video("video/VP9", None)),
            (true, video("video/VP9", Some("profile-id=0")), video("video/VP9", Some("max-fs=1"))),
            (false, video("video/VP9", Some("profile-id=2")), video("video/VP9", None)),
            (false, video("video/VP9", Some("profile-id=x")), video("video/VP9", None)),
            (true, opus(Some("minptime=10;useinbandfec=1")), opus(Some("stereo=1"))),
            (true, opus(None), opus(Some("maxplaybackrate=48000;stereo=1"))),
            (false, opus(None), codec("audio/opus", 48_000, None, None)),
            (
                true,
                codec("audio/G722", 8_000, Some(1), None),
                codec("audio/g722", 8_000, None, None),
            ),
            (
                false,
                codec("audio/telephone-event", 8_000, None, None),
                codec("audio/telephone-event", 48_000, None, None),
            ),
            (
                true,
                codec("audio/telephone-event", 8_000, None, None),
                codec("audio/telephone-event", 8_000, None, Some("0-15")),
            ),
            (false, codec("audio/CN", 8_000, None, None), codec("audio/CN", 32_000, None, None)),
            // One profile in the bytes of another one, at another level.
            (
                true,
                h264("packetization-mode=1;profile-level-id=42e01f"),
                h264("profile-level-id=4D8034; packetization-mode=1"),
            ),
            (
                false,
                h264("packetization-mode=1;profile-level-id=42e01f"),
                h264("packetization-mode=0;profile-level-id=42e01f"),
            ),
            (
                false,
                h264("packetization-mode=1;profile-level-id=42e01f"),
                h264("packetization-mode=1;profile-level-id=42001f"),
            ),
            // What is missing is Baseline in single NAL unit mode.
            (true, h264("profile-level-id=42001f"), video("video/H264", None)),
            (false, h264("profile-level-id=nonsense"), h264("profile-level-id=nonsense")),
            (
                false,
                h264("packetization-mode=2;profile-level-id=42e01f"),
                h264("packetization-mode=1;profile-level-id=42e01f"),
            ),
        ];
        for (expected, one, other) in table {
            assert_eq!(one.matches(&other), expected, "{one:?} and {other:?}");
            assert_eq!(other.matches(&one), expected, "{other:?} and {one:?}");
        }
    }

    #[test]
    fn dictionaries_are_one_codec_as_w3c_says() {
        let level = |id| video("video/H264", Some(id));
        let one = level("packetization-mode=1;profile-level-id=42e01f");
        let reordered = level("profile-level-id=42e01f; packetization-mode=1");
        let higher = level("packetization-mode=1;profile-level-id=42e034");
        let other = level("packetization-mode=1;profile-level-id=64001f");
        assert!(one.is_same(&reordered, false));
        assert!(!one.is_same(&higher, false));
        assert!(one.is_same(&higher, true));
        assert!(!one.is_same(&other, true));
        // What is missing on one side only makes them differ.
        let opus = codec("audio/opus", 48_000, Some(2), Some("minptime=10;useinbandfec=1"));
        assert!(!opus.is_same(&RtpCodec { sdp_fmtp_line: None, ..opus.clone() }, true));
        assert!(!opus.is_same(&RtpCodec { channels: None, ..opus.clone() }, true));
        assert!(!opus.is_same(&RtpCodec { clock_rate: 8_000, ..opus.clone() }, true));
        assert!(opus.is_same(&RtpCodec { mime_type: "AUDIO/Opus".into(), ..opus.clone() }, false));
        // What is not written as name and value is compared letter by letter.
        let red = |fmtp| codec("audio/red", 48_000, Some(2), Some(fmtp));
        assert!(red("111/111").is_same(&red("111/111"), false));
        assert!(!red("111/111").is_same(&red("111/112"), true));
    }

    #[test]
    fn an_answer_has_the_offers_profile_and_a_level_that_both_can_have() {
        let own = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
        let table = [
            // Both sides allow different levels: ours is what we receive.
            ("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e034", "42e01f"),
            ("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e00a", "42e01f"),
            // They do not: the lower one.
            ("packetization-mode=1;profile-level-id=42e034", "42e01f"),
            ("packetization-mode=1;profile-level-id=42e00a", "42e00a"),
            ("packetization-mode=1;profile-level-id=42f00b", "42f00b"),
            // The bytes that name the profile are the offer's.
            ("packetization-mode=1;profile-level-id=42C01E", "42c01e"),
            ("packetization-mode=1;profile-level-id=4de00a", "4de00a"),
        ];
        for (offered, answered) in table {
            let own = video("video/H264", Some(own));
            let offered = video("video/H264", Some(offered));
            assert!(own.matches(&offered));
            let answer = own.answer_to(&offered);
            let expected = format!(
                "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={answered}"
            );
            assert_eq!(answer.sdp_fmtp_line, Some(expected), "{offered:?}");
            assert!(answer.matches(&offered));
        }
    }
}
