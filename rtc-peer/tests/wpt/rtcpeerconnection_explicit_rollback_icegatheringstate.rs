//! What a rollback does to gathering, which here is over when the description has been set.

use rtc_peer::{Description, Event, IceGatheringState, MediaKind, OfferOptions, PeerConnection};

use crate::media::add_receiving;
use crate::peers::{START, events, exchange, in_band, lone, other};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-explicit-rollback-iceGatheringState.html", A2;

    rolling_back_an_ice_restart_when_gathering_is_complete_should_not_result_in_icegatheringstate_changes =
        "rolling back an ICE restart when gathering is complete should not result in iceGatheringState changes" => rollback_of_a_restart_changes_nothing(with_audio());
    rolling_back_an_ice_restart_when_gathering_is_complete_should_not_result_in_icegatheringstate_changes_datachannel_case =
        "rolling back an ICE restart when gathering is complete should not result in iceGatheringState changes (DataChannel case)" => rollback_of_a_restart_changes_nothing(with_data());
    setlocaldescription_rollback_of_original_offer_should_cause_icegatheringstate_to_reach_new_when_starting_in_complete =
        "setLocalDescription(rollback) of original offer should cause iceGatheringState to reach \"new\" when starting in \"complete\"" => rollback_of_the_first_offer_makes_it_new(with_audio());
    setlocaldescription_rollback_of_original_offer_should_cause_icegatheringstate_to_reach_new_when_starting_in_complete_datachannel_case =
        "setLocalDescription(rollback) of original offer should cause iceGatheringState to reach \"new\" when starting in \"complete\" (DataChannel case)" => rollback_of_the_first_offer_makes_it_new(with_data());
    setlocaldescription_rollback_of_original_offer_should_cause_icegatheringstate_to_reach_new_when_starting_in_gathering =
        "setLocalDescription(rollback) of original offer should cause iceGatheringState to reach \"new\" when starting in \"gathering\"" => rollback_of_the_first_offer_makes_it_new(with_audio());
    setlocaldescription_rollback_of_original_offer_should_cause_icegatheringstate_to_reach_new_when_starting_in_gathering_datachannel_case =
        "setLocalDescription(rollback) of original offer should cause iceGatheringState to reach \"new\" when starting in \"gathering\" (DataChannel case)" => rollback_of_the_first_offer_makes_it_new(with_data());
}

fn with_audio() -> PeerConnection {
    let mut pc = lone();
    add_receiving(&mut pc, MediaKind::Audio);
    pc
}

fn with_data() -> PeerConnection {
    let mut pc = lone();
    pc.create_data_channel("test", in_band()).unwrap();
    pc
}

fn gathering_states(pc: &mut PeerConnection) -> Vec<IceGatheringState> {
    let state = |event| match event {
        Event::IceGatheringStateChange(state) => Some(state),
        _ => None,
    };
    events(pc).into_iter().filter_map(state).collect()
}

const GATHERED: [IceGatheringState; 2] =
    [IceGatheringState::Gathering, IceGatheringState::Complete];

fn rollback_of_a_restart_changes_nothing(mut pc1: PeerConnection) {
    let mut pc2 = other();
    exchange(&mut pc1, &mut pc2);
    assert_eq!(gathering_states(&mut pc1), GATHERED);
    assert_eq!(gathering_states(&mut pc2), GATHERED);
    let offer = pc1.create_offer(OfferOptions { ice_restart: true }).unwrap();
    pc1.set_local_description(START, Some(offer)).unwrap();
    let states = gathering_states(&mut pc1);
    assert!(states.ends_with(&GATHERED), "{states:?}");
    pc1.set_local_description(START, Some(Description::rollback())).unwrap();
    assert_eq!(gathering_states(&mut pc1), []);
    assert_eq!(pc1.ice_gathering_state(), IceGatheringState::Complete);
}

/// Also from `gathering`, through which it may go on to `complete`.
fn rollback_of_the_first_offer_makes_it_new(mut pc: PeerConnection) {
    pc.set_local_description(START, None).unwrap();
    assert_eq!(gathering_states(&mut pc), GATHERED);
    pc.set_local_description(START, Some(Description::rollback())).unwrap();
    assert_eq!(gathering_states(&mut pc), [IceGatheringState::New]);
    assert_eq!(pc.ice_gathering_state(), IceGatheringState::New);
}
