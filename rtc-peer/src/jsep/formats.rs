//! Whether the numbers of a remote description mean one thing each: payload types and the ids of
//! header extensions.

use rtc_sdp::{MediaDescription, SessionDescription};

use super::accept::{self, Purpose, unacceptable};
use super::bundle::Groups;
use crate::error::{DescriptionError, Fault};

/// The payload types of an m-section that means to be used: each means one thing, is none of those
/// that would be taken for RTCP (RFC 5761 section 4), and what repairs another one repairs one
/// that is there (RFC 9429 section 5.10).
pub(super) fn check(index: usize, media: &MediaDescription) -> Result<(), DescriptionError> {
    let fault = || unacceptable(index, Fault::PayloadType);
    let formats = media.payload_formats();
    if formats.conflict().is_some() {
        return Err(fault());
    }
    for format in formats.iter() {
        if (64..=95).contains(&format.payload_type) {
            return Err(fault());
        }
        let is_rtx = format.rtpmap.is_some_and(|rtpmap| rtpmap.is("rtx"));
        let mut repaired = format.fmtps.iter().filter_map(|fmtp| fmtp.parameter("apt"));
        let is_missing = |apt: &str| apt.parse().is_ok_and(|apt| formats.find(apt).is_none());
        if is_rtx && repaired.any(is_missing) {
            return Err(fault());
        }
    }
    Ok(())
}

/// In a BUNDLE group one id of a header extension has one meaning (RFC 8285 section 5). So has a
/// payload type (RFC 9143 section 9.1), but of those that do not, an answer can choose.
pub(super) fn check_groups(
    session: &SessionDescription,
    groups: &Groups,
) -> Result<(), DescriptionError> {
    for group in groups.iter() {
        let mut ids = [None::<&str>; 256];
        for &index in group {
            let Some(media) = session.media.get(index) else { continue };
            let Purpose::Media(_) = accept::purpose(media) else { continue };
            for extmap in session.extmaps(media) {
                let Some(slot) = ids.get_mut(usize::from(extmap.id)) else { continue };
                if *slot.get_or_insert(&extmap.uri) != &*extmap.uri {
                    return Err(unacceptable(index, Fault::ExtensionIds));
                }
            }
        }
    }
    Ok(())
}

/// Whether an id means another header extension than in this m-section before.
pub(super) fn reassigns(
    before: (&SessionDescription, &MediaDescription),
    after: (&SessionDescription, &MediaDescription),
) -> bool {
    let mut uris = [None::<&str>; 256];
    for extmap in before.0.extmaps(before.1) {
        if let Some(slot) = uris.get_mut(usize::from(extmap.id)) {
            *slot = Some(&extmap.uri);
        }
    }
    after.0.extmaps(after.1).any(|extmap| {
        let known = uris.get(usize::from(extmap.id)).copied().flatten();
        known.is_some_and(|uri| uri != &*extmap.uri)
    })
}
