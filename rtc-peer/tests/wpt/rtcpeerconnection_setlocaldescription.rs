//! Local descriptions of any kind.

use rtc_peer::{Event, MediaKind, SignalingState};

use crate::media::{add_track, audio_offer, video_offer};
use crate::peers::{
    START, answer_to, assert_not_similar, assert_similar, in_band, lone, offer, other,
    signaling_states,
};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-setLocalDescription.html", B;

    calling_createoffer_and_setlocaldescription_again_after_one_round_of_local_offer_remote_answer_should_succeed =
        "Calling createOffer() and setLocalDescription() again after one round of local-offer/remote-answer should succeed" => {
        let mut pc = lone();
        let offer1 = audio_offer(&mut pc);
        pc.set_local_description(START, Some(offer1.clone())).unwrap();
        pc.set_remote_description(START, answer_to(&offer1)).unwrap();
        pc.create_data_channel("test", in_band()).unwrap();
        let offer2 = video_offer(&mut pc);
        pc.set_local_description(START, Some(offer2.clone())).unwrap();
        assert_eq!(pc.signaling_state(), SignalingState::HaveLocalOffer);
        assert_not_similar(&offer1, &offer2);
        assert_similar(pc.local_description(), &offer2);
        assert_similar(pc.current_local_description(), &offer1);
        assert_similar(pc.pending_local_description(), &offer2);
        let expected = [
            SignalingState::HaveLocalOffer,
            SignalingState::Stable,
            SignalingState::HaveLocalOffer,
        ];
        assert_eq!(signaling_states(&mut pc), expected);
    };
    switching_role_from_answerer_to_offerer_after_going_back_to_stable_state_should_succeed =
        "Switching role from answerer to offerer after going back to stable state should succeed" => {
        let (mut pc1, mut pc2) = (lone(), other());
        assert_eq!(pc1.local_description(), None);
        pc1.create_data_channel("test", in_band()).unwrap();
        let first = offer(&mut pc1);
        assert_eq!(pc1.local_description(), None);
        assert_eq!(pc1.current_local_description(), None);
        assert_eq!(pc1.pending_local_description(), None);
        pc1.set_local_description(START, Some(first.clone())).unwrap();
        assert_similar(pc1.local_description(), &first);
        assert_eq!(pc1.current_local_description(), None);
        assert_similar(pc1.pending_local_description(), &first);
        pc2.set_remote_description(START, first.clone()).unwrap();
        let answer = pc2.create_answer().unwrap();
        pc2.set_local_description(START, Some(answer.clone())).unwrap();
        pc1.set_remote_description(START, answer).unwrap();
        assert_eq!(pc1.signaling_state(), SignalingState::Stable);
        assert_similar(pc1.local_description(), &first);
        assert_similar(pc1.current_local_description(), &first);
        assert_eq!(pc1.pending_local_description(), None);
        add_track(&mut pc2, MediaKind::Audio);
        let reoffer = offer(&mut pc2);
        pc2.set_local_description(START, Some(reoffer.clone())).unwrap();
        pc1.set_remote_description(START, reoffer).unwrap();
        let reanswer = pc1.create_answer().unwrap();
        pc1.set_local_description(START, Some(reanswer.clone())).unwrap();
        assert_similar(pc1.local_description(), &reanswer);
        assert_similar(pc1.current_local_description(), &reanswer);
        assert_eq!(pc1.pending_local_description(), None);
    };
    onsignalingstatechange_fires_before_setlocaldescription_resolves =
        "onsignalingstatechange fires before setLocalDescription resolves" => {
        let mut pc = lone();
        let offer = offer(&mut pc);
        assert_eq!(pc.poll_event(), None);
        pc.set_local_description(START, Some(offer)).unwrap();
        let changed = Event::SignalingStateChange(SignalingState::HaveLocalOffer);
        assert_eq!(pc.poll_event(), Some(changed));
    };
}
