//! The streams that the other side is told to put a track into.

use rtc_peer::{Event, MediaKind, PeerConnection, TransceiverDirection};

use crate::media::{add, add_track, add_with, set_direction, track_events};
use crate::peers::{START, events, exchange, lone, offer, other};
use crate::record::subtests;

subtests! {
    "RTCRtpSender-setStreams.https.html", B;

    setstreams_causes_streams_to_be_reported_via_ontrack_on_callee =
        "setStreams causes streams to be reported via ontrack on callee" => {
        let (mut caller, mut callee) = (lone(), other());
        let id = add_track(&mut caller, MediaKind::Audio);
        caller.transceiver_mut(id).unwrap().set_streams(&["stream1", "stream2"]).unwrap();
        assert_eq!(offered_streams(&mut caller, &mut callee), ["stream1", "stream2"]);
    };
    setstreams_can_be_used_to_reconstruct_a_stream_with_a_track_on_the_remote_side =
        "setStreams can be used to reconstruct a stream with a track on the remote side" => {
        let (mut caller, mut callee) = (lone(), other());
        let id = add_track(&mut caller, MediaKind::Audio);
        caller.transceiver_mut(id).unwrap().set_streams(&["stream"]).unwrap();
        callee.set_remote_description(START, offer(&mut caller)).unwrap();
        let events = events(&mut callee);
        let is_track = |event: &&Event| matches!(event, Event::Track(_));
        let Some(Event::Track(event)) = events.iter().find(is_track) else { panic!("no track") };
        assert_eq!(event.streams, ["stream"]);
        let transceiver = event.transceiver;
        assert!(events.contains(&Event::StreamTrackAdded { transceiver, stream: "stream".into() }));
    };
    adding_streams_and_changing_direction_causes_new_streams_to_be_reported_via_ontrack_on_callee =
        "Adding streams and changing direction causes new streams to be reported via ontrack on callee" => {
        let (mut caller, mut callee) = (lone(), other());
        let id = add_with(&mut caller, MediaKind::Audio, TransceiverDirection::Inactive);
        exchange(&mut caller, &mut callee);
        assert_eq!(track_events(&mut callee), []);
        set_direction(&mut caller, id, TransceiverDirection::SendRecv);
        caller.transceiver_mut(id).unwrap().set_streams(&["stream1", "stream2"]).unwrap();
        assert_eq!(offered_streams(&mut caller, &mut callee), ["stream1", "stream2"]);
    };
    adding_streams_to_an_active_transceiver_causes_new_streams_to_be_reported_via_ontrack_on_callee =
        "Adding streams to an active transceiver causes new streams to be reported via ontrack on callee" => {
        let (mut caller, mut callee) = (lone(), other());
        let id = add(&mut caller, MediaKind::Audio);
        exchange(&mut caller, &mut callee);
        let [first] = &track_events(&mut callee)[..] else { panic!("not one track event") };
        assert!(first.streams.is_empty());
        caller.transceiver_mut(id).unwrap().set_streams(&["stream1", "stream2"]).unwrap();
        callee.set_remote_description(START, offer(&mut caller)).unwrap();
        let [second] = &track_events(&mut callee)[..] else { panic!("not one track event") };
        assert_eq!(second.streams, ["stream1", "stream2"]);
        assert_eq!(second.track, first.track);
    };
    setstreams_fires_invalidstateerror_on_a_closed_peer_connection =
        "setStreams() fires InvalidStateError on a closed peer connection." => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        pc.close();
        let mut transceiver = pc.transceiver_mut(id).unwrap();
        let error = transceiver.set_streams(&["stream1", "stream2"]).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidStateError");
    };
}

/// The streams of the `track` event that an offer makes.
fn offered_streams(caller: &mut PeerConnection, callee: &mut PeerConnection) -> Vec<String> {
    callee.set_remote_description(START, offer(caller)).unwrap();
    let [event] = &track_events(callee)[..] else { panic!("not one track event") };
    event.streams.clone()
}
