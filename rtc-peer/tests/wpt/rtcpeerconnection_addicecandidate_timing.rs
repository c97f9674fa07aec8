//! In which order candidates come and are taken.

use rtc_peer::{Description, Event, IceCandidate, MediaKind, PeerConnection};

use crate::media::add;
use crate::peers::{START, events, lone, offer, other};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-addIceCandidate-timing.https.html", A2;

    addicecandidate_is_not_resolved_first_if_2x_setlocaldescription_operations_are_pending =
        "addIceCandidate is not resolved first if 2x setLocalDescription operations are pending" => a_candidate_after_two_descriptions();
    addicecandidate_and_setlocaldescription_are_resolved_in_the_correct_order_as_defined_by_the_operations_chain_specification =
        "addIceCandidate and setLocalDescription are resolved in the correct order, as defined by the operations chain specification" => a_candidate_after_two_descriptions();
    onicecandidate_fires_after_resolving_setlocaldescription_in_offerer =
        "onicecandidate fires after resolving setLocalDescription in offerer" => {
        let mut caller = lone();
        add(&mut caller, MediaKind::Audio);
        assert_eq!(candidates(&mut caller), []);
        caller.set_local_description(START, None).unwrap();
        assert_ne!(candidates(&mut caller), []);
    };
    onicecandidate_fires_after_resolving_setlocaldescription_in_answerer =
        "onicecandidate fires after resolving setLocalDescription in answerer" => {
        let (_, mut callee, _) = offered();
        let answer = callee.create_answer().unwrap();
        assert_eq!(candidates(&mut callee), []);
        callee.set_local_description(START, Some(answer)).unwrap();
        assert_ne!(candidates(&mut callee), []);
    };
}

/// The candidates that were said since the connection was asked last.
fn candidates(pc: &mut PeerConnection) -> Vec<IceCandidate> {
    let candidate = |event| match event {
        Event::IceCandidate(candidate) => Some(candidate),
        _ => None,
    };
    events(pc).into_iter().filter_map(candidate).collect()
}

/// A caller, a callee that has its offer, and the caller's first candidate.
fn offered() -> (PeerConnection, PeerConnection, IceCandidate) {
    let (mut caller, mut callee) = (lone(), other());
    add(&mut caller, MediaKind::Audio);
    let offer: Description = offer(&mut caller);
    caller.set_local_description(START, Some(offer.clone())).unwrap();
    callee.set_remote_description(START, offer).unwrap();
    let candidate = candidates(&mut caller).swap_remove(0);
    (caller, callee, candidate)
}

/// An answer, an offer, and then a candidate for the first offer.
fn a_candidate_after_two_descriptions() {
    let (_, mut callee, candidate) = offered();
    callee.set_local_description(START, None).unwrap();
    callee.set_local_description(START, None).unwrap();
    callee.add_ice_candidate(START, &candidate).unwrap();
}
