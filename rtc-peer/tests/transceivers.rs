//! Tracks and transceivers, as far as they need no exchange of descriptions.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::Instant;
use rtc_peer::{
    AddTrackError, AddTransceiverError, Configuration, ConnectionClosed, EncodingFault, Event,
    Exception, MAX_TRANSCEIVERS, MediaKind, PeerConnection, RemoveTrackError, ReplaceTrackError,
    RtpCodec, RtpEncodingParameters, RtpReceiver, RtpSender, SetCodecPreferencesError,
    SetDirectionError, SetHeaderExtensionsError, Track, TransceiverDirection, TransceiverId,
    TransceiverInit, UnknownTransceiver,
};

const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";

fn seeded(seed: u8) -> PeerConnection {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let start = Instant::from_secs(1_000_000);
    PeerConnection::new(Configuration::default(), start, &mut rng).unwrap()
}

fn peer() -> PeerConnection {
    seeded(1)
}

fn audio(id: &str) -> Track {
    Track::new(MediaKind::Audio, id)
}

fn video(id: &str) -> Track {
    Track::new(MediaKind::Video, id)
}

fn init(direction: TransceiverDirection) -> TransceiverInit {
    TransceiverInit { direction, ..TransceiverInit::default() }
}

fn ids(pc: &PeerConnection) -> Vec<TransceiverId> {
    pc.transceivers().map(|transceiver| transceiver.id()).collect()
}

fn direction(pc: &PeerConnection, id: TransceiverId) -> TransceiverDirection {
    pc.transceiver(id).unwrap().direction()
}

fn sent(pc: &PeerConnection, id: TransceiverId) -> Option<Track> {
    pc.transceiver(id).unwrap().sender().track().cloned()
}

fn streams(pc: &PeerConnection, id: TransceiverId) -> Vec<&str> {
    pc.transceiver(id).unwrap().sender().streams().collect()
}

#[test]
fn add_transceiver_by_kind_makes_one_with_nothing_to_send() {
    let mut pc = peer();
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let id = pc.add_transceiver(kind, TransceiverInit::default()).unwrap();
        let transceiver = pc.transceiver(id).unwrap();
        assert_eq!((transceiver.id(), transceiver.kind()), (id, kind));
        assert_eq!(transceiver.mid(), None);
        assert_eq!(transceiver.direction(), TransceiverDirection::SendRecv);
        assert_eq!(transceiver.current_direction(), None);
        assert!(!transceiver.stopped());
        let (sender, receiver) = (transceiver.sender(), transceiver.receiver());
        assert_eq!(sender.track(), None);
        assert_eq!(sender.streams().count(), 0);
        assert_eq!(receiver.track().kind, kind);
        assert!(receiver.muted() && !receiver.ended());
        assert_eq!(receiver.streams().count(), 0);
        assert_eq!(receiver.parameters().codecs, []);
        assert_eq!(receiver.parameters().rtcp.cname, "");
    }
    assert_eq!(pc.transceivers().count(), 2);
}

#[test]
fn tracks_of_receivers_have_ids_of_their_own_like_uuids() {
    let mut pc = peer();
    let mut seen = Vec::new();
    for _ in 0..20 {
        let id = pc.add_transceiver(audio("same"), TransceiverInit::default()).unwrap();
        let track = pc.transceiver(id).unwrap().receiver().track().id.clone();
        assert_eq!(track.len(), 36);
        let parts: Vec<usize> = track.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert!(track.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()));
        assert_eq!(track.as_bytes()[14], b'4');
        assert!(!seen.contains(&track));
        seen.push(track);
    }
    // One track sent by several senders, in the order of their creation.
    assert!(ids(&pc).is_sorted());
}

#[test]
fn ssrcs_are_all_different() {
    let mut pc = peer();
    let mut ssrcs = Vec::new();
    for _ in 0..100 {
        let id = pc.add_transceiver(MediaKind::Video, TransceiverInit::default()).unwrap();
        ssrcs.extend(pc.transceiver(id).unwrap().sender().ssrcs());
    }
    ssrcs.sort_unstable();
    ssrcs.dedup();
    assert_eq!(ssrcs.len(), 100);
    assert!(!ssrcs.contains(&0));
}

#[test]
fn add_transceiver_takes_direction_and_streams() {
    let mut pc = peer();
    for wanted in [
        TransceiverDirection::SendRecv,
        TransceiverDirection::SendOnly,
        TransceiverDirection::RecvOnly,
        TransceiverDirection::Inactive,
    ] {
        let init = TransceiverInit {
            direction: wanted,
            streams: vec!["a".into(), "b".into(), "a".into()],
            ..TransceiverInit::default()
        };
        let id = pc.add_transceiver(video("camera"), init).unwrap();
        assert_eq!(direction(&pc, id), wanted);
        assert_eq!(sent(&pc, id), Some(video("camera")));
        assert_eq!(streams(&pc, id), ["a", "b"]);
    }
    let refused = pc.add_transceiver(video("camera"), init(TransceiverDirection::Stopped));
    assert_eq!(refused, Err(AddTransceiverError::Stopped));
    assert_eq!(AddTransceiverError::Stopped.exception(), Exception::Type);
    assert_eq!(ids(&pc).len(), 4);
}

#[test]
fn a_refused_encoding_adds_nothing() {
    let mut pc = peer();
    let with = |encoding| TransceiverInit { send_encodings: vec![encoding], ..Default::default() };
    let codec = RtpCodec {
        mime_type: "video/nothing".into(),
        clock_rate: 90_000,
        channels: None,
        sdp_fmtp_line: None,
    };
    let table = [
        (
            RtpEncodingParameters { rid: Some("@Invalid!".into()), ..Default::default() },
            EncodingFault::BadRid,
            Exception::Type,
        ),
        (
            RtpEncodingParameters { scale_resolution_down_by: Some(0.5), ..Default::default() },
            EncodingFault::Scale,
            Exception::Range,
        ),
        (
            RtpEncodingParameters { max_framerate: Some(-10.0), ..Default::default() },
            EncodingFault::Framerate,
            Exception::Range,
        ),
        (
            RtpEncodingParameters { codec: Some(codec), ..Default::default() },
            EncodingFault::UnknownCodec,
            Exception::Operation,
        ),
    ];
    for (encoding, fault, exception) in table {
        let error = pc.add_transceiver(MediaKind::Video, with(encoding)).unwrap_err();
        assert_eq!(error, AddTransceiverError::Encoding { index: 0, fault });
        assert_eq!(error.exception(), exception);
    }
    assert_eq!(ids(&pc), []);
    assert_eq!(Exception::Range.name(), "RangeError");
}

#[test]
fn there_are_as_many_transceivers_as_m_sections_and_no_more() {
    let mut pc = peer();
    for _ in 0..MAX_TRANSCEIVERS {
        pc.add_transceiver(MediaKind::Audio, init(TransceiverDirection::RecvOnly)).unwrap();
    }
    let refused = pc.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    assert_eq!(refused, Err(AddTransceiverError::TooMany));
    assert_eq!(pc.add_track(video("camera"), &[]), Err(AddTrackError::TooMany));
    // One that has nothing to send still takes a track.
    assert_eq!(pc.add_track(audio("microphone"), &[]), Ok(ids(&pc)[0]));
}

#[test]
fn add_track_makes_a_transceiver_in_the_given_streams() {
    let mut pc = peer();
    let id = pc.add_track(audio("microphone"), &["s", "t", "s"]).unwrap();
    assert_eq!(sent(&pc, id), Some(audio("microphone")));
    assert_eq!(streams(&pc, id), ["s", "t"]);
    assert_eq!(direction(&pc, id), TransceiverDirection::SendRecv);
    assert_eq!(pc.transceiver(id).unwrap().receiver().track().kind, MediaKind::Audio);
    let other = pc.add_track(video("camera"), &[]).unwrap();
    assert_eq!(ids(&pc), [id, other]);
    assert_eq!(pc.add_track(audio("microphone"), &["u"]), Err(AddTrackError::AlreadyAdded));
    assert_eq!(AddTrackError::AlreadyAdded.exception(), Exception::InvalidAccess);
    assert_eq!(streams(&pc, id), ["s", "t"]);
}

#[test]
fn add_track_reuses_a_sender_that_has_no_track_and_never_sent() {
    let mut pc = peer();
    let of_other_kind = pc.add_transceiver(MediaKind::Video, TransceiverInit::default()).unwrap();
    let taken = pc.add_transceiver(audio("first"), TransceiverInit::default()).unwrap();
    let table = [
        (TransceiverDirection::RecvOnly, TransceiverDirection::SendRecv),
        (TransceiverDirection::Inactive, TransceiverDirection::SendOnly),
        (TransceiverDirection::SendRecv, TransceiverDirection::SendRecv),
        (TransceiverDirection::SendOnly, TransceiverDirection::SendOnly),
    ];
    for (before, after) in table {
        let id = pc.add_transceiver(MediaKind::Audio, init(before)).unwrap();
        let track = audio(before.as_str());
        assert_eq!(pc.add_track(track.clone(), &["s"]), Ok(id));
        assert_eq!(sent(&pc, id), Some(track));
        assert_eq!(direction(&pc, id), after);
        assert_eq!(streams(&pc, id), ["s"]);
    }
    assert_eq!(sent(&pc, of_other_kind), None);
    assert_eq!(sent(&pc, taken), Some(audio("first")));
    // One that is stopping is not reused.
    let stopping = pc.add_transceiver(MediaKind::Audio, TransceiverInit::default()).unwrap();
    pc.transceiver_mut(stopping).unwrap().stop().unwrap();
    assert_ne!(pc.add_track(audio("last"), &[]), Ok(stopping));
}

#[test]
fn remove_track_leaves_the_transceiver_which_then_takes_another_track() {
    let mut pc = peer();
    let table = [
        (TransceiverDirection::SendRecv, TransceiverDirection::RecvOnly),
        (TransceiverDirection::SendOnly, TransceiverDirection::Inactive),
        (TransceiverDirection::RecvOnly, TransceiverDirection::RecvOnly),
        (TransceiverDirection::Inactive, TransceiverDirection::Inactive),
    ];
    for (before, after) in table {
        let id = pc.add_transceiver(video("camera"), init(before)).unwrap();
        pc.remove_track(id).unwrap();
        assert_eq!(sent(&pc, id), None);
        assert_eq!(direction(&pc, id), after);
        pc.remove_track(id).unwrap();
        assert_eq!(direction(&pc, id), after);
        pc.transceiver_mut(id).unwrap().stop().unwrap();
    }
    let id = pc.add_track(audio("one"), &["s"]).unwrap();
    pc.remove_track(id).unwrap();
    assert_eq!(pc.add_track(audio("two"), &["t"]), Ok(id));
    assert_eq!(streams(&pc, id), ["t"]);
}

#[test]
fn remove_track_of_a_stopping_transceiver_does_nothing() {
    let mut pc = peer();
    let id = pc.add_track(audio("one"), &[]).unwrap();
    pc.transceiver_mut(id).unwrap().stop().unwrap();
    assert_eq!(pc.remove_track(id), Ok(()));
    assert_eq!(sent(&pc, id), Some(audio("one")));
}

#[test]
fn ids_of_another_connection_name_nothing() {
    let (mut pc, mut other) = (seeded(1), seeded(2));
    let id = other.add_track(audio("one"), &[]).unwrap();
    pc.add_track(audio("one"), &[]).unwrap();
    assert_eq!(pc.remove_track(id), Err(RemoveTrackError::Unknown(UnknownTransceiver)));
    assert_eq!(pc.remove_track(id).unwrap_err().exception(), Exception::InvalidAccess);
    assert!(pc.transceiver(id).is_err() && pc.transceiver_mut(id).is_err());
}

#[test]
fn a_direction_can_be_set_until_the_transceiver_stops() {
    let mut pc = peer();
    let id = pc.add_transceiver(MediaKind::Audio, TransceiverInit::default()).unwrap();
    let mut handle = pc.transceiver_mut(id).unwrap();
    handle.set_direction(TransceiverDirection::RecvOnly).unwrap();
    assert_eq!(handle.attributes().direction(), TransceiverDirection::RecvOnly);
    let refused = handle.set_direction(TransceiverDirection::Stopped).unwrap_err();
    assert_eq!((refused, refused.exception()), (SetDirectionError::Stopped, Exception::Type));
    handle.stop().unwrap();
    for direction in [TransceiverDirection::SendRecv, TransceiverDirection::Stopped] {
        let refused = handle.set_direction(direction).unwrap_err();
        assert_eq!(refused, SetDirectionError::Stopping);
        assert_eq!(refused.exception(), Exception::InvalidState);
    }
}

#[test]
fn stopping_ends_the_receivers_track_once() {
    let mut pc = peer();
    let id = pc.add_transceiver(video("camera"), TransceiverInit::default()).unwrap();
    let mut handle = pc.transceiver_mut(id).unwrap();
    handle.stop().unwrap();
    handle.stop().unwrap();
    let transceiver = pc.transceiver(id).unwrap();
    assert_eq!(transceiver.direction(), TransceiverDirection::Stopped);
    assert!(transceiver.receiver().ended());
    // The other side does not know yet.
    assert!(!transceiver.stopped());
    assert_eq!(transceiver.current_direction(), None);
    assert_eq!(ids(&pc), [id]);
    let events: Vec<Event> = core::iter::from_fn(|| pc.poll_event()).collect();
    assert_eq!(events.iter().filter(|event| **event == Event::TrackEnded(id)).count(), 1);
}

#[test]
fn after_close_everything_has_stopped_and_nothing_can_be_changed() {
    let mut pc = peer();
    let id = pc.add_track(audio("one"), &["s"]).unwrap();
    pc.close();
    let transceiver = pc.transceiver(id).unwrap();
    assert!(transceiver.stopped() && transceiver.receiver().ended());
    assert_eq!(transceiver.direction(), TransceiverDirection::Stopped);
    assert_eq!(transceiver.current_direction(), Some(TransceiverDirection::Stopped));
    assert_eq!(pc.add_track(audio("two"), &[]), Err(AddTrackError::Closed));
    assert_eq!(pc.remove_track(id), Err(RemoveTrackError::Closed));
    let refused = pc.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    assert_eq!(refused, Err(AddTransceiverError::Closed));
    let mut handle = pc.transceiver_mut(id).unwrap();
    assert_eq!(handle.stop(), Err(ConnectionClosed));
    assert_eq!(ConnectionClosed.exception(), Exception::InvalidState);
    assert_eq!(handle.set_streams(&[]), Err(ConnectionClosed));
    assert_eq!(handle.replace_track(None), Err(ReplaceTrackError::Closed));
    let refused = handle.set_direction(TransceiverDirection::SendRecv);
    assert_eq!(refused, Err(SetDirectionError::Stopping));
    assert_eq!(sent(&pc, id), Some(audio("one")));
    assert_eq!(pc.poll_event(), None);
}

#[test]
fn replace_track_takes_tracks_of_its_kind() {
    let mut pc = peer();
    let id = pc.add_track(audio("one"), &["s"]).unwrap();
    let mut handle = pc.transceiver_mut(id).unwrap();
    handle.replace_track(Some(audio("two"))).unwrap();
    let refused = handle.replace_track(Some(video("camera"))).unwrap_err();
    assert_eq!((refused, refused.exception()), (ReplaceTrackError::Kind, Exception::Type));
    assert_eq!(handle.attributes().sender().track(), Some(&audio("two")));
    handle.replace_track(None).unwrap();
    assert_eq!(handle.attributes().sender().track(), None);
    assert_eq!(handle.attributes().direction(), TransceiverDirection::SendRecv);
    handle.stop().unwrap();
    let refused = handle.replace_track(Some(audio("three"))).unwrap_err();
    assert_eq!(refused, ReplaceTrackError::Stopping);
    assert_eq!(handle.replace_track(Some(video("camera"))), Err(ReplaceTrackError::Kind));
}

#[test]
fn set_streams_counts_each_once() {
    let mut pc = peer();
    let id = pc.add_track(audio("one"), &["s"]).unwrap();
    pc.transceiver_mut(id).unwrap().set_streams(&["a", "a", "b"]).unwrap();
    assert_eq!(streams(&pc, id), ["a", "b"]);
    pc.transceiver_mut(id).unwrap().set_streams(&[]).unwrap();
    assert_eq!(streams(&pc, id), [] as [&str; 0]);
}

#[test]
fn codec_preferences_are_capabilities_in_another_order() {
    let mut pc = peer();
    let id = pc.add_transceiver(MediaKind::Video, TransceiverInit::default()).unwrap();
    let mut handle = pc.transceiver_mut(id).unwrap();
    let known = RtpReceiver::capabilities(MediaKind::Video).codecs;
    let mut reversed: Vec<RtpCodec> = known.iter().rev().cloned().collect();
    handle.set_codec_preferences(reversed.clone()).unwrap();
    assert_eq!(handle.attributes().codec_preferences(), reversed);
    // Once each, where it came first.
    reversed.extend(known.clone());
    handle.set_codec_preferences(reversed.clone()).unwrap();
    assert_eq!(handle.attributes().codec_preferences(), &reversed[..known.len()]);
    let vp8 = RtpCodec { mime_type: "VIDEO/vp8".into(), ..known[0].clone() };
    handle.set_codec_preferences(vec![vp8.clone()]).unwrap();
    assert_eq!(handle.attributes().codec_preferences(), std::slice::from_ref(&vp8));

    let table = [
        (vec![RtpCodec { clock_rate: 8_000, ..vp8.clone() }], 0),
        (vec![known[2].clone(), RtpCodec { channels: Some(2), ..vp8.clone() }], 1),
        (vec![RtpCodec { sdp_fmtp_line: Some("x=1".into()), ..vp8.clone() }], 0),
        (vec![RtpReceiver::capabilities(MediaKind::Audio).codecs[0].clone()], 0),
    ];
    for (codecs, index) in table {
        let refused = handle.set_codec_preferences(codecs).unwrap_err();
        assert_eq!(refused, SetCodecPreferencesError::UnknownCodec(index));
        assert_eq!(refused.exception(), Exception::InvalidModification);
    }
    let rtx = known.iter().find(|codec| codec.mime_type == "video/rtx").unwrap();
    let refused = handle.set_codec_preferences(vec![rtx.clone(), rtx.clone()]).unwrap_err();
    assert_eq!(refused, SetCodecPreferencesError::NothingToOffer);
    assert_eq!(refused.exception(), Exception::InvalidModification);
    assert_eq!(handle.attributes().codec_preferences(), [vp8]);
    handle.set_codec_preferences(Vec::new()).unwrap();
    assert_eq!(handle.attributes().codec_preferences(), []);
}

#[test]
fn capabilities_are_those_of_a_browser() {
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let capabilities = RtpSender::capabilities(kind);
        assert_eq!(capabilities, RtpReceiver::capabilities(kind));
        for codec in &capabilities.codecs {
            assert!(codec.mime_type.starts_with(kind.as_str()));
            assert!(codec.clock_rate > 0);
            assert_eq!(codec.channels.is_some(), kind == MediaKind::Audio);
        }
        let uris: Vec<&str> =
            capabilities.header_extensions.iter().map(|extension| &*extension.uri).collect();
        assert!(uris.contains(&MID));
    }
    let named = |kind, mime_type: &str| {
        let codecs = RtpSender::capabilities(kind).codecs;
        codecs.iter().filter(|codec| codec.mime_type == mime_type).count()
    };
    for (mime_type, count) in
        [("audio/opus", 1), ("audio/telephone-event", 2), ("audio/PCMU", 1), ("audio/PCMA", 1)]
    {
        assert_eq!(named(MediaKind::Audio, mime_type), count, "{mime_type}");
    }
    // One entry for all retransmissions, without parameters.
    assert_eq!(named(MediaKind::Video, "video/rtx"), 1);
    let video = RtpSender::capabilities(MediaKind::Video).codecs;
    assert!(
        video.iter().any(|codec| codec.mime_type == "video/rtx" && codec.sdp_fmtp_line.is_none())
    );
    let baseline = |codec: &&RtpCodec| {
        let fmtp = codec.sdp_fmtp_line.as_deref().unwrap_or_default();
        fmtp.contains("profile-level-id=42e01f") && fmtp.contains("packetization-mode=1")
    };
    assert_eq!(video.iter().filter(baseline).count(), 1);
}

#[test]
fn header_extensions_to_negotiate_keep_their_number_and_order() {
    let mut pc = peer();
    let id = pc.add_transceiver(MediaKind::Audio, TransceiverInit::default()).unwrap();
    let mut handle = pc.transceiver_mut(id).unwrap();
    let known = handle.attributes().header_extensions_to_negotiate().to_vec();
    assert_eq!(known, RtpSender::capabilities(MediaKind::Audio).header_extensions);
    assert_eq!(handle.attributes().negotiated_header_extensions(), []);
    let mid = known.iter().position(|extension| extension.uri == MID).unwrap();

    let fewer = known[1..].to_vec();
    let refused = handle.set_header_extensions_to_negotiate(fewer).unwrap_err();
    assert_eq!(refused, SetHeaderExtensionsError::Count);
    assert_eq!(refused.exception(), Exception::InvalidModification);
    let mut swapped = known.clone();
    swapped.swap(0, 1);
    let refused = handle.set_header_extensions_to_negotiate(swapped).unwrap_err();
    assert_eq!(refused, SetHeaderExtensionsError::Uri(0));
    for direction in [
        TransceiverDirection::SendOnly,
        TransceiverDirection::RecvOnly,
        TransceiverDirection::Inactive,
        TransceiverDirection::Stopped,
    ] {
        let mut without = known.clone();
        without[mid].direction = direction;
        let refused = handle.set_header_extensions_to_negotiate(without).unwrap_err();
        assert_eq!(refused, SetHeaderExtensionsError::Mandatory(mid));
    }
    assert_eq!(handle.attributes().header_extensions_to_negotiate(), known);

    // What can only be received is not sent, whatever is asked for.
    let csrc = known
        .iter()
        .position(|extension| extension.direction == TransceiverDirection::RecvOnly)
        .unwrap();
    let mut wanted = known;
    wanted[0].direction = TransceiverDirection::Stopped;
    wanted[csrc].direction = TransceiverDirection::SendRecv;
    handle.set_header_extensions_to_negotiate(wanted.clone()).unwrap();
    wanted[csrc].direction = TransceiverDirection::RecvOnly;
    assert_eq!(handle.attributes().header_extensions_to_negotiate(), wanted);
    // Another transceiver of the kind begins with the same.
    let other = pc.add_transceiver(MediaKind::Audio, TransceiverInit::default()).unwrap();
    let other = pc.transceiver(other).unwrap().header_extensions_to_negotiate();
    assert_eq!(other, wanted);
    let video = pc.add_transceiver(MediaKind::Video, TransceiverInit::default()).unwrap();
    let mut handle = pc.transceiver_mut(video).unwrap();
    let mut wanted = handle.attributes().header_extensions_to_negotiate().to_vec();
    assert_eq!(wanted, RtpSender::capabilities(MediaKind::Video).header_extensions);
    // Which way up a picture is must be implemented, and need not be sent.
    let is_orientation = |uri: &str| uri == "urn:3gpp:video-orientation";
    let at = wanted.iter().position(|extension| is_orientation(&extension.uri)).unwrap();
    wanted[at].direction = TransceiverDirection::RecvOnly;
    handle.set_header_extensions_to_negotiate(wanted.clone()).unwrap();
    wanted[at].direction = TransceiverDirection::Stopped;
    let refused = handle.set_header_extensions_to_negotiate(wanted).unwrap_err();
    assert_eq!(refused, SetHeaderExtensionsError::Mandatory(at));
}

/// Does one thing to a connection whose offer was answered, and says whether negotiation is needed.
fn needed_after(change: impl FnOnce(&mut PeerConnection, TransceiverId)) -> bool {
    let (mut alice, mut bob) = (seeded(1), seeded(2));
    let now = Instant::from_secs(1_000_000);
    let id = alice.add_track(audio("one"), &["s"]).unwrap();
    let asked = |pc: &mut PeerConnection| {
        let events = core::iter::from_fn(|| pc.poll_event());
        events.filter(|event| *event == Event::NegotiationNeeded).count()
    };
    assert_eq!(asked(&mut alice), 1);
    // Asking again before an answer changes nothing.
    alice.add_track(video("camera"), &[]).unwrap();
    assert_eq!(asked(&mut alice), 0);
    alice.set_local_description(now, None).unwrap();
    bob.set_remote_description(now, alice.local_description().unwrap()).unwrap();
    bob.set_local_description(now, None).unwrap();
    alice.set_remote_description(now, bob.local_description().unwrap()).unwrap();
    assert_eq!(asked(&mut alice), 0);
    change(&mut alice, id);
    asked(&mut alice) == 1
}

#[test]
fn commands_that_change_what_an_offer_says_need_negotiation() {
    assert!(needed_after(|pc, id| {
        let direction = TransceiverDirection::RecvOnly;
        pc.transceiver_mut(id).unwrap().set_direction(direction).unwrap();
    }));
    assert!(needed_after(|pc, id| pc.transceiver_mut(id).unwrap().stop().unwrap()));
    assert!(needed_after(|pc, id| pc.transceiver_mut(id).unwrap().set_streams(&["t"]).unwrap()));
    assert!(needed_after(|pc, id| pc.remove_track(id).unwrap()));
    assert!(needed_after(|pc, _| {
        pc.add_transceiver(MediaKind::Audio, TransceiverInit::default()).unwrap();
    }));
    assert!(needed_after(|pc, _| {
        pc.add_track(audio("two"), &[]).unwrap();
    }));
    let replace = |pc: &mut PeerConnection, id| {
        pc.transceiver_mut(id).unwrap().replace_track(Some(audio("two"))).unwrap();
    };
    assert!(!needed_after(replace));
    assert!(!needed_after(|pc, id| {
        let mut handle = pc.transceiver_mut(id).unwrap();
        let parameters = handle.parameters();
        handle.set_parameters(parameters).unwrap();
    }));
    assert!(!needed_after(|pc, id| {
        let direction = TransceiverDirection::SendRecv;
        pc.transceiver_mut(id).unwrap().set_direction(direction).unwrap();
        pc.transceiver_mut(id).unwrap().set_streams(&["s"]).unwrap();
    }));
}

#[test]
fn a_sender_that_has_sent_takes_no_other_track_and_lists_what_was_negotiated() {
    assert!(needed_after(|pc, id| {
        let parameters = pc.transceiver_mut(id).unwrap().parameters();
        assert_eq!(parameters.codecs[0].codec.mime_type, "audio/opus");
        assert!(parameters.header_extensions.iter().any(|extension| extension.uri == MID));
        assert!(parameters.rtcp.reduced_size);
        let receiver = pc.transceiver(id).unwrap().receiver().parameters();
        assert!(receiver.rtcp.reduced_size && receiver.rtcp.cname.is_empty());
        pc.remove_track(id).unwrap();
        let other = pc.add_track(audio("two"), &[]).unwrap();
        assert_ne!(other, id);
        assert_eq!(sent(pc, id), None);
    }));
}

#[test]
fn two_connections_with_one_seed_draw_the_same() {
    let drawn = || {
        let mut pc = peer();
        let id = pc.add_track(video("camera"), &["s"]).unwrap();
        let parameters = pc.transceiver_mut(id).unwrap().parameters();
        let transceiver = pc.transceiver(id).unwrap();
        let ssrcs: Vec<u32> = transceiver.sender().ssrcs().collect();
        (id, parameters, ssrcs, transceiver.receiver().track().clone())
    };
    assert_eq!(drawn(), drawn());
}
