//! Transceivers and tracks, as the subtests make them.

use rtc_peer::{
    Description, Event, MediaKind, OfferOptions, PeerConnection, RtpEncodingParameters,
    RtpSendParameters, SetParametersError, Track, TrackEvent, TransceiverDirection, TransceiverId,
    TransceiverInit,
};

use crate::peers::{events, exchange, exchange_offer, lone, other};

/// `addTransceiver(kind)`.
pub(crate) fn add(pc: &mut PeerConnection, kind: MediaKind) -> TransceiverId {
    pc.add_transceiver(kind, TransceiverInit::default()).unwrap()
}

/// `addTransceiver(kind, {direction: 'recvonly'})`.
pub(crate) fn add_receiving(pc: &mut PeerConnection, kind: MediaKind) -> TransceiverId {
    let init =
        TransceiverInit { direction: TransceiverDirection::RecvOnly, ..TransceiverInit::default() };
    pc.add_transceiver(kind, init).unwrap()
}

/// `generateAudioReceiveOnlyOffer`.
pub(crate) fn audio_offer(pc: &mut PeerConnection) -> Description {
    add_receiving(pc, MediaKind::Audio);
    pc.create_offer(OfferOptions::default()).unwrap()
}

/// `generateVideoReceiveOnlyOffer`.
pub(crate) fn video_offer(pc: &mut PeerConnection) -> Description {
    add_receiving(pc, MediaKind::Video);
    pc.create_offer(OfferOptions::default()).unwrap()
}

/// The kinds of all transceivers, in order.
pub(crate) fn kinds(pc: &PeerConnection) -> Vec<MediaKind> {
    pc.transceivers().map(|transceiver| transceiver.kind()).collect()
}

/// A track of this kind that nobody else has.
pub(crate) fn track(kind: MediaKind, id: &str) -> Track {
    Track::new(kind, id)
}

/// `addTrack` of a new track, without streams.
pub(crate) fn add_track(pc: &mut PeerConnection, kind: MediaKind) -> TransceiverId {
    pc.add_track(track(kind, "track"), &[]).unwrap()
}

/// `addTransceiver(kind, {direction})`.
pub(crate) fn add_with(
    pc: &mut PeerConnection,
    kind: MediaKind,
    direction: TransceiverDirection,
) -> TransceiverId {
    pc.add_transceiver(kind, TransceiverInit { direction, ..TransceiverInit::default() }).unwrap()
}

/// `addTransceiver(kind, {sendEncodings})`.
pub(crate) fn add_encodings(
    pc: &mut PeerConnection,
    kind: MediaKind,
    send_encodings: Vec<RtpEncodingParameters>,
) -> TransceiverId {
    let init = TransceiverInit { send_encodings, ..TransceiverInit::default() };
    pc.add_transceiver(kind, init).unwrap()
}

/// An encoding with a name.
pub(crate) fn named(rid: &str) -> RtpEncodingParameters {
    RtpEncodingParameters { rid: Some(rid.into()), ..RtpEncodingParameters::default() }
}

/// `sender.getParameters()`.
pub(crate) fn parameters(pc: &mut PeerConnection, id: TransceiverId) -> RtpSendParameters {
    let parameters = pc.transceiver_mut(id).unwrap().parameters();
    assert!(!parameters.transaction_id.is_empty());
    assert!(!parameters.rtcp.cname.is_empty());
    parameters
}

/// `sender.setParameters(parameters)`.
pub(crate) fn set_parameters(
    pc: &mut PeerConnection,
    id: TransceiverId,
    parameters: RtpSendParameters,
) -> Result<(), SetParametersError> {
    pc.transceiver_mut(id).unwrap().set_parameters(parameters)
}

/// Changes the parameters of the first encoding, and gives the exception if that is refused.
pub(crate) fn change(
    pc: &mut PeerConnection,
    id: TransceiverId,
    change: impl FnOnce(&mut RtpSendParameters),
) -> Result<(), &'static str> {
    let mut parameters = parameters(pc, id);
    change(&mut parameters);
    set_parameters(pc, id, parameters).map_err(|error| error.exception().name())
}

/// `test_modified_encoding`: a member of an encoding has one value, then another one; the first
/// may be there from the beginning.
pub(crate) fn modify<T: PartialEq + std::fmt::Debug + Clone>(
    kind: MediaKind,
    from_the_beginning: bool,
    member: fn(&mut RtpEncodingParameters) -> &mut T,
    values: [T; 2],
) {
    let (mut pc, mut callee) = (lone(), other());
    let mut encoding = RtpEncodingParameters::default();
    let [first, second] = values;
    let id = if from_the_beginning {
        *member(&mut encoding) = first.clone();
        add_encodings(&mut pc, kind, [encoding].into())
    } else {
        add(&mut pc, kind)
    };
    exchange(&mut pc, &mut callee);
    if !from_the_beginning {
        let set = |parameters: &mut RtpSendParameters| {
            *member(&mut parameters.encodings[0]) = first.clone();
        };
        assert_eq!(change(&mut pc, id, set), Ok(()));
    }
    let mut before = parameters(&mut pc, id);
    assert_eq!(*member(&mut before.encodings[0]), first);
    *member(&mut before.encodings[0]) = second.clone();
    set_parameters(&mut pc, id, before).unwrap();
    let mut after = parameters(&mut pc, id);
    assert_eq!(*member(&mut after.encodings[0]), second);
}

/// The `track` events that were fired since the connection was asked last.
pub(crate) fn track_events(pc: &mut PeerConnection) -> Vec<TrackEvent> {
    let track = |event| match event {
        Event::Track(event) => Some(event),
        _ => None,
    };
    events(pc).into_iter().filter_map(track).collect()
}

/// `exchangeOfferAndListenToOntrack`: the one `track` event that an offer makes at the callee.
pub(crate) fn offer_and_listen(
    caller: &mut PeerConnection,
    callee: &mut PeerConnection,
) -> TrackEvent {
    exchange_offer(caller, callee);
    let [event] = &track_events(callee)[..] else { panic!("not one track event") };
    event.clone()
}

/// The ids of all transceivers that have not stopped, in order: `getTransceivers()`.
pub(crate) fn ids(pc: &PeerConnection) -> Vec<TransceiverId> {
    pc.transceivers().filter(|it| !it.stopped()).map(|it| it.id()).collect()
}

/// `currentDirection`.
pub(crate) fn current(pc: &PeerConnection, id: TransceiverId) -> Option<TransceiverDirection> {
    pc.transceiver(id).unwrap().current_direction()
}

/// `direction`.
pub(crate) fn direction(pc: &PeerConnection, id: TransceiverId) -> TransceiverDirection {
    pc.transceiver(id).unwrap().direction()
}

/// Sets `direction`.
pub(crate) fn set_direction(
    pc: &mut PeerConnection,
    id: TransceiverId,
    direction: TransceiverDirection,
) {
    pc.transceiver_mut(id).unwrap().set_direction(direction).unwrap();
}

/// `stop()`.
pub(crate) fn stop(pc: &mut PeerConnection, id: TransceiverId) {
    pc.transceiver_mut(id).unwrap().stop().unwrap();
}

/// The names of the codecs in the only m-section of a description, in the order of the m-line.
pub(crate) fn codec_names(sdp: &str) -> Vec<String> {
    let formats = sdp.lines().find_map(|line| line.strip_prefix("m=")).unwrap();
    let name = |payload_type: &str| {
        let start = format!("a=rtpmap:{payload_type} ");
        let map = sdp.lines().find_map(|line| line.strip_prefix(&*start)).unwrap();
        map.split('/').next().unwrap().to_string()
    };
    formats.split(' ').skip(3).map(name).collect()
}
