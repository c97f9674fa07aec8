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

/// RFC 8851 section 10 with its erratum 7132: letters and digits only. The header extension that
/// carries it has room for 255 bytes.
fn is_rid(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// How many encodings a sender has: what goes beyond is cut off, as the W3C specification allows.
pub(crate) const MAX_ENCODINGS: usize = 1;
