//! Header extensions from offers to what is in force.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::kind::MediaKind;
use super::*;

fn capability(uri: &str, direction: TransceiverDirection) -> RtpHeaderExtensionCapability {
    RtpHeaderExtensionCapability { uri: uri.into(), direction }
}

fn ids(lines: &[Extmap]) -> Vec<(u16, &str)> {
    lines.iter().map(|line| (line.id, &*line.uri)).collect()
}

#[test]
fn an_extension_has_one_id_in_all_m_sections() {
    let mut table = ExtensionIds::default();
    let audio = offer(&extensions::to_negotiate(MediaKind::Audio), true, &mut table);
    let video = offer(&extensions::to_negotiate(MediaKind::Video), true, &mut table);
    for line in &audio {
        for other in &video {
            assert_eq!(line.id == other.id, line.uri == other.uri, "{line:?} {other:?}");
        }
    }
    assert!(audio.iter().chain(&video).all(|line| line.id <= 14));
    assert_eq!(offer(&extensions::to_negotiate(MediaKind::Audio), true, &mut table), audio);
    let csrc = audio.iter().find(|line| *line.uri == *extensions::CSRC_AUDIO_LEVEL).unwrap();
    assert_eq!(csrc.direction, Some(Direction::RecvOnly));
}

#[test]
fn what_has_stopped_is_not_offered() {
    let mut wanted = extensions::to_negotiate(MediaKind::Audio);
    wanted[0].direction = TransceiverDirection::Stopped;
    let lines = offer(&wanted, true, &mut ExtensionIds::default());
    assert_eq!(lines.len(), wanted.len() - 1);
    assert!(lines.iter().all(|line| *line.uri != *wanted[0].uri));
}

#[test]
fn ids_above_14_need_two_byte_headers() {
    let wanted: Vec<_> = (0..300)
        .map(|number| capability(&format!("urn:x:{number}"), TransceiverDirection::SendRecv))
        .collect();
    let lines = offer(&wanted, false, &mut ExtensionIds::default());
    assert_eq!(lines.iter().map(|line| line.id).collect::<Vec<_>>(), (1..=14).collect::<Vec<_>>());
    let lines = offer(&wanted, true, &mut ExtensionIds::default());
    assert_eq!(lines.len(), 254);
    assert!(lines.iter().all(|line| line.id != 15 && line.id <= 255));
}

#[test]
fn an_answer_takes_what_both_want_with_the_ids_of_the_offer() {
    let wanted = [
        capability("urn:x:both", TransceiverDirection::SendRecv),
        capability("urn:x:sent", TransceiverDirection::SendOnly),
        capability("urn:x:never", TransceiverDirection::Stopped),
        capability("urn:x:chosen", TransceiverDirection::SendRecv),
        capability("urn:x:wide", TransceiverDirection::SendRecv),
    ];
    let offered = [
        Extmap { direction: Some(Direction::SendOnly), ..Extmap::new(7, "urn:x:both") },
        Extmap::new(3, "urn:x:sent"),
        Extmap::new(4, "urn:x:never"),
        Extmap::new(5, "urn:x:unknown"),
        Extmap::new(4096, "urn:x:chosen"),
        Extmap::new(20, "urn:x:wide"),
        Extmap::new(9, "urn:x:both"),
    ];
    let mut table = ExtensionIds::default();
    let lines = answer(&wanted, &offered, false, &mut table);
    assert_eq!(ids(&lines), [(7, "urn:x:both"), (3, "urn:x:sent"), (1, "urn:x:chosen")]);
    assert_eq!(lines[0].direction, Some(Direction::RecvOnly));
    assert_eq!(lines[1].direction, Some(Direction::SendOnly));
    assert_eq!(lines[2].direction, None);
    // The ids are those of our next offer.
    let wanted: Vec<_> = wanted.into_iter().take(2).collect();
    assert_eq!(ids(&offer(&wanted, false, &mut table)), [(7, "urn:x:both"), (3, "urn:x:sent")]);
    // What goes one way only in opposite ways goes no way.
    let wanted = [capability("urn:x:both", TransceiverDirection::SendOnly)];
    assert_eq!(answer(&wanted, &offered[..1], false, &mut table), []);
}

#[test]
fn ids_of_two_bytes_are_taken_if_mixing_is_allowed_or_there_are_no_others() {
    let wanted = extensions::to_negotiate(MediaKind::Video);
    let wide = [Extmap::new(16, extensions::MID), Extmap::new(17, extensions::RID)];
    let both = [Extmap::new(16, extensions::MID), Extmap::new(2, extensions::RID)];
    let taken = |offered: &[Extmap], mixed| {
        answer(&wanted, offered, mixed, &mut ExtensionIds::default()).len()
    };
    assert_eq!((taken(&wide, false), taken(&both, false)), (2, 1));
    assert_eq!((taken(&wide, true), taken(&both, true)), (2, 2));
}

#[test]
fn a_remote_offer_displaces_ids_that_were_not_agreed_on() {
    let mut table = ExtensionIds::default();
    let wanted = extensions::to_negotiate(MediaKind::Video);
    let _rolled_back = offer(&wanted, true, &mut table);
    let offered = [Extmap::new(1, extensions::MID), Extmap::new(2, extensions::RID)];
    let lines = answer(&wanted, &offered, true, &mut table);
    assert_eq!(ids(&lines), [(1, extensions::MID), (2, extensions::RID)]);
    let lines = offer(&wanted, true, &mut table);
    let id = |uri: &str| lines.iter().find(|line| *line.uri == *uri).map(|line| line.id);
    assert_eq!((id(extensions::MID), id(extensions::RID)), (Some(1), Some(2)));
    let mut numbers: Vec<u16> = lines.iter().map(|line| line.id).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), wanted.len());
}

#[test]
fn what_is_in_force_is_what_the_answer_says_seen_from_our_side() {
    let wanted = [
        capability(extensions::MID, TransceiverDirection::SendRecv),
        capability(extensions::PLAYOUT_DELAY, TransceiverDirection::SendRecv),
        capability(extensions::AUDIO_LEVEL, TransceiverDirection::SendRecv),
        capability(extensions::ABS_SEND_TIME, TransceiverDirection::Stopped),
    ];
    let answer = [
        Extmap::new(4, extensions::MID),
        Extmap {
            direction: Some(Direction::RecvOnly),
            ..Extmap::new(6, extensions::PLAYOUT_DELAY)
        },
        Extmap::new(9, "urn:x:that-we-never-offered"),
        Extmap::new(10, extensions::ABS_SEND_TIME),
    ];
    let uris = |parameters: &[RtpHeaderExtensionParameters]| {
        parameters.iter().map(|it| (it.id, it.uri.clone())).collect::<Vec<(u16, String)>>()
    };
    let remote = agree(&wanted, &answer, false);
    assert_eq!(
        remote.negotiated,
        [
            capability(extensions::MID, TransceiverDirection::SendRecv),
            capability(extensions::PLAYOUT_DELAY, TransceiverDirection::SendOnly),
            capability(extensions::AUDIO_LEVEL, TransceiverDirection::Stopped),
            capability(extensions::ABS_SEND_TIME, TransceiverDirection::Stopped),
        ]
    );
    assert_eq!(
        uris(&remote.send),
        [(4, extensions::MID.into()), (6, extensions::PLAYOUT_DELAY.into())]
    );
    assert_eq!(uris(&remote.receive), [(4, extensions::MID.into())]);
    let local = agree(&wanted, &answer, true);
    assert_eq!(uris(&local.receive), uris(&remote.send));
    let ids = Extensions::of(&remote.send);
    assert_eq!((ids.mid, ids.playout_delay, ids.audio_level), (Some(4), Some(6), None));
}
