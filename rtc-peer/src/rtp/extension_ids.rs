//! The ids of header extensions (RFC 8285 section 5): given out, offered, answered, agreed on.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use rtc_sdp::{Direction, Extmap};

use super::direction::TransceiverDirection;
use super::extensions;
use super::parameters::{RtpHeaderExtensionCapability, RtpHeaderExtensionParameters};
use super::section::Extensions;

/// Which id names which extension in a session. One id has one meaning in all m-sections, so that
/// any of them can be bundled with any other, and keeps it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExtensionIds {
    /// At most 254 entries, and no URI twice.
    uris: BTreeMap<u8, Box<str>>,
}

impl ExtensionIds {
    /// Takes note of the extensions of a description that was set, whoever's it is. The latest
    /// description is right: what it says displaces what was given out and not agreed on.
    pub(crate) fn learn<'a>(&mut self, extmaps: impl IntoIterator<Item = &'a Extmap>) {
        for extmap in extmaps {
            let Some(id) = usable(extmap.id, true) else { continue };
            if self.uris.get(&id).is_none_or(|uri| **uri != *extmap.uri) {
                self.uris.retain(|_, uri| **uri != *extmap.uri);
                self.uris.insert(id, extmap.uri.clone());
            }
        }
    }

    /// The id of an extension: the one that it has, or the next one that is free. `mixed` says
    /// whether ids may be used that only fit in two-byte headers (`a=extmap-allow-mixed`).
    pub(crate) fn assign(&mut self, uri: &str, mixed: bool) -> Option<u8> {
        let known = self.uris.iter().find(|(_, known)| ***known == *uri);
        if let Some(id) = known.map(|(&id, _)| id).filter(|&id| usable(id.into(), mixed).is_some())
        {
            return Some(id);
        }
        let last = if mixed { 255 } else { 14 };
        let id = (1..=last).find(|id| *id != 15 && !self.uris.contains_key(id))?;
        self.uris.retain(|_, known| **known != *uri);
        self.uris.insert(id, uri.into());
        Some(id)
    }
}

/// The `a=extmap` lines of an offer. An extension for which no id is left is left out.
pub(crate) fn offer(
    wanted: &[RtpHeaderExtensionCapability],
    mixed: bool,
    ids: &mut ExtensionIds,
) -> Vec<Extmap> {
    let line = |wanted: &RtpHeaderExtensionCapability| {
        let direction = to_sdp(wanted.direction)?;
        let id = ids.assign(&wanted.uri, mixed)?;
        Some(extmap(id, &wanted.uri, direction))
    };
    wanted.iter().filter_map(line).collect()
}

/// The `a=extmap` lines of an answer: of those offered, each once, what is wanted too. A direction
/// goes no further than both sides want. Ids are the offer's, except where it leaves the choice to
/// us (4096 and above).
///
/// `mixed` says whether offer and answer have `a=extmap-allow-mixed`. Without it the headers of a
/// stream are of one kind (RFC 8285 section 4.1), so that ids which want two bytes are taken where
/// the offer has no others.
pub(crate) fn answer<'a>(
    wanted: &[RtpHeaderExtensionCapability],
    offered: impl IntoIterator<Item = &'a Extmap>,
    mixed: bool,
    ids: &mut ExtensionIds,
) -> Vec<Extmap> {
    let mut lines: Vec<Extmap> = Vec::new();
    let offered: Vec<_> = offered.into_iter().collect();
    let mixed = mixed || offered.iter().all(|offered| matches!(offered.id, 16..=255));
    for offered in offered {
        let Some(wanted) = wanted.iter().find(|wanted| *wanted.uri == *offered.uri) else {
            continue;
        };
        let theirs = from_sdp(offered.direction).reversed();
        let direction = wanted.direction.and(theirs);
        if lines.iter().any(|line| line.uri == offered.uri) {
            continue;
        }
        let id = match offered.id {
            4096.. => ids.assign(&offered.uri, mixed),
            id => usable(id, mixed),
        };
        let taken = |id: u8| lines.iter().any(|line| line.id == u16::from(id));
        if let Some(id) = id.filter(|&id| direction != TransceiverDirection::Inactive && !taken(id))
        {
            ids.learn([&Extmap::new(id.into(), &offered.uri)]);
            let direction = to_sdp(direction).unwrap_or(Direction::Inactive);
            lines.push(extmap(id, &offered.uri, direction));
        }
    }
    lines
}

/// What an exchange has settled: the extensions of the answer, which the offer must have too, as
/// far as they are `wanted`. `local` says whether the answer is ours.
pub(crate) fn agree<'a>(
    wanted: &[RtpHeaderExtensionCapability],
    answer: impl IntoIterator<Item = &'a Extmap> + Clone,
    local: bool,
) -> Agreed {
    let mut agreed = Agreed::default();
    for wanted in wanted {
        let line = answer.clone().into_iter().find(|line| *line.uri == *wanted.uri);
        let line = line.and_then(|line| Some((line, usable(line.id, true)?)));
        let direction = match line {
            Some((line, _)) if local => from_sdp(line.direction),
            Some((line, _)) => from_sdp(line.direction).reversed(),
            None => TransceiverDirection::Stopped,
        };
        // The other side's answer may go no further than our offer did.
        let direction = match (wanted.direction, direction) {
            (TransceiverDirection::Stopped, _) | (_, TransceiverDirection::Stopped) => {
                TransceiverDirection::Stopped
            }
            (wanted, direction) => wanted.and(direction),
        };
        if let Some((_, id)) = line {
            let parameters = RtpHeaderExtensionParameters {
                uri: wanted.uri.clone(),
                id: id.into(),
                encrypted: false,
            };
            if direction.receives() {
                agreed.receive.push(parameters.clone());
            }
            if direction.sends() {
                agreed.send.push(parameters);
            }
        }
        agreed.negotiated.push(RtpHeaderExtensionCapability { uri: wanted.uri.clone(), direction });
    }
    agreed
}

/// What has been settled about the header extensions of an m-section.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Agreed {
    /// `[[NegotiatedHeaderExtensions]]`, which also become `[[HeaderExtensionsToNegotiate]]`.
    pub(crate) negotiated: Vec<RtpHeaderExtensionCapability>,
    /// What may be sent.
    pub(crate) send: Vec<RtpHeaderExtensionParameters>,
    /// What may come.
    pub(crate) receive: Vec<RtpHeaderExtensionParameters>,
}

impl Extensions {
    /// The ids of these extensions, for the media room.
    pub(crate) fn of<'a>(
        parameters: impl IntoIterator<Item = &'a RtpHeaderExtensionParameters>,
    ) -> Self {
        let mut ids = Self::default();
        for RtpHeaderExtensionParameters { uri, id, .. } in parameters {
            let slot = match &**uri {
                extensions::MID => &mut ids.mid,
                extensions::RID => &mut ids.rid,
                extensions::REPAIRED_RID => &mut ids.repaired_rid,
                extensions::AUDIO_LEVEL => &mut ids.audio_level,
                extensions::CSRC_AUDIO_LEVEL => &mut ids.csrc_audio_level,
                extensions::ABS_SEND_TIME => &mut ids.abs_send_time,
                extensions::TRANSPORT_CC => &mut ids.transport_sequence_number,
                extensions::ABS_CAPTURE_TIME => &mut ids.abs_capture_time,
                extensions::VIDEO_ORIENTATION => &mut ids.video_orientation,
                extensions::PLAYOUT_DELAY => &mut ids.playout_delay,
                _ => continue,
            };
            *slot = u8::try_from(*id).ok();
        }
        ids
    }
}

/// An id that packets can carry: 15 is none (RFC 8285 section 4.2), and above it headers have two
/// bytes.
fn usable(id: u16, mixed: bool) -> Option<u8> {
    u8::try_from(id).ok().filter(|id| matches!(id, 1..=14) || (mixed && *id > 15))
}

fn extmap(id: u8, uri: &str, direction: Direction) -> Extmap {
    let direction = Some(direction).filter(|&direction| direction != Direction::SendRecv);
    Extmap { direction, ..Extmap::new(id.into(), uri) }
}

fn from_sdp(direction: Option<Direction>) -> TransceiverDirection {
    direction.map_or(TransceiverDirection::SendRecv, TransceiverDirection::from_sdp)
}

fn to_sdp(direction: TransceiverDirection) -> Option<Direction> {
    match direction {
        TransceiverDirection::SendRecv => Some(Direction::SendRecv),
        TransceiverDirection::SendOnly => Some(Direction::SendOnly),
        TransceiverDirection::RecvOnly => Some(Direction::RecvOnly),
        TransceiverDirection::Inactive => Some(Direction::Inactive),
        TransceiverDirection::Stopped => None,
    }
}

#[cfg(test)]
mod tests;
