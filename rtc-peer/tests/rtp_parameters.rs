//! `getParameters` and `setParameters` of senders that have negotiated nothing yet.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::Instant;
use rtc_peer::{
    Configuration, EncodingFault, Exception, MediaKind, PeerConnection, Priority,
    RtpCodecParameters, RtpEncodingParameters, RtpHeaderExtensionParameters, RtpSendParameters,
    RtpSender, SetParametersError, TransceiverId, TransceiverInit,
};

fn with(kind: MediaKind, encodings: &[RtpEncodingParameters]) -> (PeerConnection, TransceiverId) {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let start = Instant::from_secs(1_000_000);
    let mut pc = PeerConnection::new(Configuration::default(), start, &mut rng).unwrap();
    let init = TransceiverInit { send_encodings: encodings.to_vec(), ..Default::default() };
    let id = pc.add_transceiver(kind, init).unwrap();
    (pc, id)
}

fn get(pc: &mut PeerConnection, id: TransceiverId) -> RtpSendParameters {
    pc.transceiver_mut(id).unwrap().parameters()
}

fn set(
    pc: &mut PeerConnection,
    id: TransceiverId,
    parameters: RtpSendParameters,
) -> Result<(), SetParametersError> {
    pc.transceiver_mut(id).unwrap().set_parameters(parameters)
}

#[test]
fn a_sender_has_one_encoding_that_is_active() {
    for (kind, scale) in [(MediaKind::Audio, None), (MediaKind::Video, Some(1.0))] {
        let (mut pc, id) = with(kind, &[]);
        let parameters = get(&mut pc, id);
        let expected = RtpEncodingParameters {
            scale_resolution_down_by: scale,
            ..RtpEncodingParameters::default()
        };
        assert!(expected.active);
        assert_eq!(parameters.encodings, [expected]);
        assert_eq!(parameters.codecs, []);
        assert_eq!(parameters.header_extensions, []);
        assert!(!parameters.rtcp.cname.is_empty());
        assert!(!parameters.rtcp.reduced_size);
    }
}

#[test]
fn all_senders_of_a_connection_have_one_cname() {
    let (mut pc, id) = with(MediaKind::Audio, &[]);
    let other = pc.add_transceiver(MediaKind::Video, TransceiverInit::default()).unwrap();
    let cname = get(&mut pc, id).rtcp.cname;
    assert_eq!(get(&mut pc, other).rtcp.cname, cname);
}

#[test]
fn encodings_of_add_transceiver_come_back() {
    let encoding = RtpEncodingParameters {
        rid: Some("foo".into()),
        active: false,
        max_bitrate: Some(8),
        max_framerate: Some(25.0),
        scale_resolution_down_by: Some(2.0),
        codec: Some(RtpSender::capabilities(MediaKind::Video).codecs[0].clone()),
        priority: Priority::Medium,
        network_priority: Some(Priority::High),
    };
    let (mut pc, id) = with(MediaKind::Video, std::slice::from_ref(&encoding));
    // One alone has no name.
    let expected = RtpEncodingParameters { rid: None, ..encoding };
    assert_eq!(get(&mut pc, id).encodings, [expected]);
}

#[test]
fn what_can_be_set_is_set() {
    let (mut pc, id) = with(MediaKind::Video, &[]);
    let mut parameters = get(&mut pc, id);
    parameters.encodings[0] = RtpEncodingParameters {
        rid: None,
        active: false,
        max_bitrate: Some(300_000),
        max_framerate: Some(0.0),
        scale_resolution_down_by: Some(1.5),
        codec: Some(RtpSender::capabilities(MediaKind::Video).codecs[2].clone()),
        priority: Priority::VeryLow,
        network_priority: None,
    };
    let wanted = parameters.encodings.clone();
    set(&mut pc, id, parameters).unwrap();
    assert_eq!(get(&mut pc, id).encodings, wanted);
    let encodings: Vec<_> = pc.transceiver(id).unwrap().sender().encodings().cloned().collect();
    assert_eq!(encodings, wanted);
    // A scale that is missing is 1.
    let mut parameters = get(&mut pc, id);
    parameters.encodings[0] = RtpEncodingParameters::default();
    set(&mut pc, id, parameters).unwrap();
    assert_eq!(get(&mut pc, id).encodings[0].scale_resolution_down_by, Some(1.0));
}

#[test]
fn audio_has_no_members_of_video() {
    let (mut pc, id) = with(MediaKind::Audio, &[]);
    let mut parameters = get(&mut pc, id);
    parameters.encodings[0].scale_resolution_down_by = Some(0.5);
    parameters.encodings[0].max_framerate = Some(-1.0);
    set(&mut pc, id, parameters).unwrap();
    assert_eq!(get(&mut pc, id).encodings, [RtpEncodingParameters::default()]);
}

#[test]
fn a_transaction_ends_with_what_was_set_and_with_the_next_poll() {
    let (mut pc, id) = with(MediaKind::Audio, &[]);
    // Back to back they are the same.
    let first = get(&mut pc, id);
    assert_eq!(get(&mut pc, id), first);
    set(&mut pc, id, first.clone()).unwrap();
    let refused = set(&mut pc, id, first.clone()).unwrap_err();
    assert_eq!(refused, SetParametersError::NotReturned);
    assert_eq!(refused.exception(), Exception::InvalidState);
    let second = get(&mut pc, id);
    assert_ne!(second.transaction_id, first.transaction_id);
    assert_eq!(set(&mut pc, id, first), Err(SetParametersError::ReadOnly));
    let _event = pc.poll_event();
    assert_eq!(set(&mut pc, id, second.clone()), Err(SetParametersError::NotReturned));
    assert_ne!(get(&mut pc, id).transaction_id, second.transaction_id);
}

#[test]
fn parameters_are_set_only_after_they_were_asked_for() {
    let (mut pc, id) = with(MediaKind::Audio, &[]);
    let other = pc.add_transceiver(MediaKind::Audio, TransceiverInit::default()).unwrap();
    let parameters = get(&mut pc, other);
    assert_eq!(set(&mut pc, id, parameters), Err(SetParametersError::NotReturned));
    let of_other = get(&mut pc, other);
    let _own = get(&mut pc, id);
    assert_eq!(set(&mut pc, id, of_other), Err(SetParametersError::ReadOnly));
}

#[test]
fn what_is_read_only_cannot_be_changed() {
    let (mut pc, id) = with(MediaKind::Video, &[]);
    let changes: [fn(&mut RtpSendParameters); 9] = [
        |parameters| parameters.transaction_id.push('x'),
        |parameters| parameters.transaction_id.clear(),
        |parameters| parameters.encodings.clear(),
        |parameters| parameters.encodings.push(RtpEncodingParameters::default()),
        |parameters| parameters.encodings[0].rid = Some("a".into()),
        |parameters| parameters.rtcp.cname.push('x'),
        |parameters| parameters.rtcp.reduced_size ^= true,
        |parameters| {
            let codec = RtpSender::capabilities(MediaKind::Video).codecs[0].clone();
            parameters.codecs.push(RtpCodecParameters { payload_type: 96, codec });
        },
        |parameters| {
            let uri = "urn:ietf:params:rtp-hdrext:sdes:mid".into();
            let extension = RtpHeaderExtensionParameters { uri, id: 1, encrypted: false };
            parameters.header_extensions.push(extension);
        },
    ];
    let returned = get(&mut pc, id);
    for change in changes {
        let mut parameters = returned.clone();
        change(&mut parameters);
        let refused = set(&mut pc, id, parameters).unwrap_err();
        assert_eq!(refused, SetParametersError::ReadOnly);
        assert_eq!(refused.exception(), Exception::InvalidModification);
    }
    // What was refused has not ended the transaction.
    set(&mut pc, id, returned).unwrap();
}

#[test]
fn encodings_that_cannot_be_are_refused_by_the_exception_of_their_fault() {
    let (mut pc, id) = with(MediaKind::Video, &[]);
    let returned = get(&mut pc, id);
    let audio = RtpSender::capabilities(MediaKind::Audio).codecs[0].clone();
    let table: [(RtpEncodingParameters, EncodingFault, Exception); 4] = [
        (
            RtpEncodingParameters { scale_resolution_down_by: Some(0.5), ..Default::default() },
            EncodingFault::Scale,
            Exception::Range,
        ),
        (
            RtpEncodingParameters { max_framerate: Some(-0.001), ..Default::default() },
            EncodingFault::Framerate,
            Exception::Range,
        ),
        (
            RtpEncodingParameters { codec: Some(audio.clone()), ..Default::default() },
            EncodingFault::UnknownCodec,
            Exception::InvalidModification,
        ),
        // The codec is looked at before the numbers.
        (
            RtpEncodingParameters {
                codec: Some(audio),
                max_framerate: Some(-1.0),
                ..Default::default()
            },
            EncodingFault::UnknownCodec,
            Exception::InvalidModification,
        ),
    ];
    for (encoding, fault, exception) in table {
        let mut parameters = returned.clone();
        parameters.encodings[0] = encoding;
        let refused = set(&mut pc, id, parameters).unwrap_err();
        assert_eq!(refused, SetParametersError::Encoding { index: 0, fault });
        assert_eq!(refused.exception(), exception);
    }
    assert_eq!(get(&mut pc, id), returned);
}

#[test]
fn parameters_cannot_be_set_once_the_transceiver_stops() {
    let (mut pc, id) = with(MediaKind::Audio, &[]);
    let parameters = get(&mut pc, id);
    pc.transceiver_mut(id).unwrap().stop().unwrap();
    let refused = set(&mut pc, id, parameters).unwrap_err();
    assert_eq!(refused, SetParametersError::Stopping);
    assert_eq!(refused.exception(), Exception::InvalidState);
    pc.close();
    let parameters = get(&mut pc, id);
    assert_eq!(set(&mut pc, id, parameters), Err(SetParametersError::Stopping));
}
