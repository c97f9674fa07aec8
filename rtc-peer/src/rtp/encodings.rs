//! The checks of what an application wants its encodings to be.

use alloc::vec::Vec;

use super::codec::RtpCodec;
use super::kind::MediaKind;
use super::parameters::RtpEncodingParameters;
use crate::error::EncodingFault;

/// The W3C specification's "addTransceiver sendEncodings validation steps", which may also fill in
/// and take away members. `codecs` are those that could be sent.
///
/// Says which encoding is wrong in what.
pub(crate) fn validate_new(
    kind: MediaKind,
    mut encodings: Vec<RtpEncodingParameters>,
    codecs: &[RtpCodec],
) -> Result<Vec<RtpEncodingParameters>, (usize, EncodingFault)> {
    check(&encodings, |encoding| match &encoding.rid {
        Some(rid) if !is_rid(rid) => Some(EncodingFault::BadRid),
        _ => None,
    })?;
    let named = encodings.iter().any(|encoding| encoding.rid.is_some());
    check(&encodings, |encoding| {
        (named && encoding.rid.is_none()).then_some(EncodingFault::MissingRid)
    })?;
    for (index, encoding) in encodings.iter().enumerate() {
        let same = |other: &RtpEncodingParameters| other.rid == encoding.rid;
        if encoding.rid.is_some() && encodings.iter().take(index).any(same) {
            return Err((index, EncodingFault::DuplicateRid));
        }
    }
    check_codecs(&encodings, codecs, false)?;
    check_numbers(kind, &mut encodings)?;
    if encodings.iter().any(|encoding| encoding.scale_resolution_down_by.is_some()) {
        for encoding in &mut encodings {
            encoding.scale_resolution_down_by.get_or_insert(1.0);
        }
    }
    encodings.truncate(MAX_ENCODINGS);
    if kind == MediaKind::Video {
        for (doublings, encoding) in encodings.iter_mut().rev().enumerate() {
            let factor = (0..doublings).fold(1.0, |factor, _| factor * 2.0);
            encoding.scale_resolution_down_by.get_or_insert(factor);
        }
    }
    if let [alone] = &mut *encodings {
        alone.rid = None;
    }
    Ok(encodings)
}

/// The W3C specification's "setParameters validation steps", as far as they concern the values of
/// single encodings. `codecs` are those that may be chosen.
pub(crate) fn validate_changed(
    kind: MediaKind,
    mut encodings: Vec<RtpEncodingParameters>,
    codecs: &[RtpCodec],
) -> Result<Vec<RtpEncodingParameters>, (usize, EncodingFault)> {
    check_codecs(&encodings, codecs, true)?;
    if kind == MediaKind::Video {
        for encoding in &mut encodings {
            encoding.scale_resolution_down_by.get_or_insert(1.0);
        }
    }
    check_numbers(kind, &mut encodings)?;
    Ok(encodings)
}

/// A codec that is chosen must be one of these, and one that a track can be sent with.
fn check_codecs(
    encodings: &[RtpEncodingParameters],
    codecs: &[RtpCodec],
    ignore_asymmetrical_parameters: bool,
) -> Result<(), (usize, EncodingFault)> {
    check(encodings, |encoding| {
        let chosen = encoding.codec.as_ref()?;
        let same = |codec: &RtpCodec| codec.is_same(chosen, ignore_asymmetrical_parameters);
        let known = chosen.carries_a_track() && codecs.iter().any(same);
        (!known).then_some(EncodingFault::UnknownCodec)
    })
}

/// What only video has is taken away from audio, and otherwise checked.
fn check_numbers(
    kind: MediaKind,
    encodings: &mut [RtpEncodingParameters],
) -> Result<(), (usize, EncodingFault)> {
    if kind == MediaKind::Audio {
        for encoding in &mut *encodings {
            encoding.scale_resolution_down_by = None;
            encoding.max_framerate = None;
        }
    }
    // What is not a number, or not finite, is none of WebIDL's doubles.
    let less = |number: Option<f64>, least: f64| {
        number.is_some_and(|number| !number.is_finite() || number < least)
    };
    check(encodings, |encoding| {
        less(encoding.scale_resolution_down_by, 1.0).then_some(EncodingFault::Scale)
    })?;
    check(encodings, |encoding| {
        less(encoding.max_framerate, 0.0).then_some(EncodingFault::Framerate)
    })
}

/// The first encoding in which something is wrong.
fn check(
    encodings: &[RtpEncodingParameters],
    fault: impl Fn(&RtpEncodingParameters) -> Option<EncodingFault>,
) -> Result<(), (usize, EncodingFault)> {
    let mut faults = encodings.iter().map(fault).enumerate();
    match faults.find_map(|(index, fault)| fault.map(|fault| (index, fault))) {
        Some(first) => Err(first),
        None => Ok(()),
    }
}

/// RFC 8851 section 10 with its erratum 7132: letters and digits only. The W3C's tests hold more
/// than 16 of them to be too long, as browsers do, though the header extension has room for 255.
fn is_rid(text: &str) -> bool {
    (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// How many encodings a sender has: what goes beyond is cut off, as the W3C specification allows.
pub(crate) const MAX_ENCODINGS: usize = 1;

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::super::capabilities;
    use super::*;

    const VIDEO: MediaKind = MediaKind::Video;
    const AUDIO: MediaKind = MediaKind::Audio;

    fn rids(rids: &[Option<&str>]) -> Vec<RtpEncodingParameters> {
        let encoding = |rid: &Option<&str>| RtpEncodingParameters {
            rid: rid.map(Into::into),
            ..RtpEncodingParameters::default()
        };
        rids.iter().map(encoding).collect()
    }

    fn validate(
        kind: MediaKind,
        encodings: Vec<RtpEncodingParameters>,
    ) -> Result<Vec<RtpEncodingParameters>, (usize, EncodingFault)> {
        validate_new(kind, encodings, &capabilities::codecs(kind))
    }

    #[test]
    fn rids_are_letters_and_digits_of_all_or_none_and_each_its_own() {
        let long = "a".repeat(16);
        let too_long = "a".repeat(256);
        type Case<'a> = (&'a [Option<&'a str>], Option<(usize, EncodingFault)>);
        let table: [Case<'_>; 11] = [
            (&[Some("a")], None),
            (&[Some("Foo123"), Some("b")], None),
            (&[None, None], None),
            (&[Some(&long)], None),
            (&[Some(&too_long)], Some((0, EncodingFault::BadRid))),
            (&[Some("")], Some((0, EncodingFault::BadRid))),
            (&[Some("a"), Some("a_b")], Some((1, EncodingFault::BadRid))),
            (&[Some("a-b")], Some((0, EncodingFault::BadRid))),
            (&[Some("é")], Some((0, EncodingFault::BadRid))),
            (&[Some("a"), None], Some((1, EncodingFault::MissingRid))),
            (&[Some("a"), Some("b"), Some("a")], Some((2, EncodingFault::DuplicateRid))),
        ];
        for (given, fault) in table {
            assert_eq!(validate(VIDEO, rids(given)).err(), fault, "{given:?}");
        }
    }

    #[test]
    fn one_encoding_is_kept_and_needs_no_rid() {
        let kept = validate(VIDEO, rids(&[Some("a"), Some("b"), Some("c")])).unwrap();
        let expected = RtpEncodingParameters {
            scale_resolution_down_by: Some(1.0),
            ..RtpEncodingParameters::default()
        };
        assert_eq!(kept, [expected]);
        // A scale that was given is kept, also for one that another encoding has.
        let mut given = rids(&[Some("a"), Some("b")]);
        given[1].scale_resolution_down_by = Some(3.0);
        assert_eq!(validate(VIDEO, given).unwrap()[0].scale_resolution_down_by, Some(1.0));
    }

    #[test]
    fn numbers_out_of_range_are_refused_for_video_and_taken_away_from_audio() {
        let scale = |scale| RtpEncodingParameters {
            scale_resolution_down_by: Some(scale),
            ..RtpEncodingParameters::default()
        };
        let framerate = |framerate| RtpEncodingParameters {
            max_framerate: Some(framerate),
            ..RtpEncodingParameters::default()
        };
        let refused = [
            (scale(0.999), EncodingFault::Scale),
            (scale(-1.0), EncodingFault::Scale),
            (scale(f64::NAN), EncodingFault::Scale),
            (scale(f64::INFINITY), EncodingFault::Scale),
            (framerate(-0.1), EncodingFault::Framerate),
            (framerate(f64::NAN), EncodingFault::Framerate),
        ];
        for (encoding, fault) in refused {
            let given = vec![RtpEncodingParameters::default(), encoding.clone()];
            assert_eq!(validate(VIDEO, given.clone()), Err((1, fault)));
            assert_eq!(validate_changed(VIDEO, given, &[]), Err((1, fault)));
            let plain = vec![RtpEncodingParameters::default()];
            assert_eq!(validate(AUDIO, vec![encoding.clone()]), Ok(plain.clone()));
            assert_eq!(validate_changed(AUDIO, vec![encoding], &[]), Ok(plain));
        }
        for encoding in [scale(1.0), scale(7.5), framerate(0.0), framerate(59.94)] {
            assert!(validate(VIDEO, vec![encoding]).is_ok());
        }
    }

    #[test]
    fn a_codec_must_be_one_that_can_be_chosen() {
        let with = |codec: &RtpCodec| {
            vec![RtpEncodingParameters { codec: Some(codec.clone()), ..Default::default() }]
        };
        for codec in capabilities::codecs(VIDEO) {
            let is_chosen = validate(VIDEO, with(&codec)).is_ok();
            assert_eq!(is_chosen, !codec.is("rtx"), "{codec:?}");
            assert_eq!(
                validate(AUDIO, with(&codec)),
                Err((0, EncodingFault::UnknownCodec)),
                "{codec:?}"
            );
        }
        for codec in capabilities::codecs(AUDIO) {
            let carries = !["CN", "telephone-event", "red"].iter().any(|name| codec.is(name));
            assert_eq!(validate(AUDIO, with(&codec)).is_ok(), carries, "{codec:?}");
        }
        // What differs in a level only can be chosen once it was negotiated, and not before.
        let mut codec = capabilities::codecs(VIDEO).remove(4);
        let fmtp = codec.sdp_fmtp_line.as_ref().unwrap().replace("42e01f", "42e034");
        codec.sdp_fmtp_line = Some(fmtp);
        assert!(validate(VIDEO, with(&codec)).is_err());
        let choosable = capabilities::codecs(VIDEO);
        assert!(validate_changed(VIDEO, with(&codec), &choosable).is_ok());
    }
}
