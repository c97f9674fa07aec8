//! The direction that is wished for, and the one that was negotiated.

use rtc_peer::{MediaKind, TransceiverDirection};

use crate::media::{add, add_receiving, add_with};
use crate::peers::{START, answer_to, lone, offer};
use crate::record::subtests;

subtests! {
    "RTCRtpTransceiver-direction.html", A1;

    setting_direction_should_change_transceiver_direction =
        "setting direction should change transceiver.direction" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        assert_eq!(pc.transceiver(id).unwrap().direction(), TransceiverDirection::SendRecv);
        assert_eq!(pc.transceiver(id).unwrap().current_direction(), None);
        let mut transceiver = pc.transceiver_mut(id).unwrap();
        transceiver.set_direction(TransceiverDirection::RecvOnly).unwrap();
        assert_eq!(pc.transceiver(id).unwrap().direction(), TransceiverDirection::RecvOnly);
        assert_eq!(pc.transceiver(id).unwrap().current_direction(), None);
    };
    setting_direction_with_same_direction_should_have_no_effect =
        "setting direction with same direction should have no effect" => {
        let mut pc = lone();
        let id = add_with(&mut pc, MediaKind::Audio, TransceiverDirection::SendOnly);
        let mut transceiver = pc.transceiver_mut(id).unwrap();
        transceiver.set_direction(TransceiverDirection::SendOnly).unwrap();
        assert_eq!(pc.transceiver(id).unwrap().direction(), TransceiverDirection::SendOnly);
    };
    setting_direction_should_change_transceiver_direction_independent_of_transceiver_currentdirection =
        "setting direction should change transceiver.direction independent of transceiver.currentDirection" => {
        let mut pc = lone();
        let id = add_receiving(&mut pc, MediaKind::Audio);
        assert_eq!(pc.transceiver(id).unwrap().direction(), TransceiverDirection::RecvOnly);
        assert_eq!(pc.transceiver(id).unwrap().current_direction(), None);
        let offer = offer(&mut pc);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        pc.set_remote_description(START, answer_to(&offer)).unwrap();
        let current = pc.transceiver(id).unwrap().current_direction();
        assert_eq!(current, Some(TransceiverDirection::Inactive));
        let mut transceiver = pc.transceiver_mut(id).unwrap();
        transceiver.set_direction(TransceiverDirection::SendRecv).unwrap();
        assert_eq!(pc.transceiver(id).unwrap().direction(), TransceiverDirection::SendRecv);
        let current = pc.transceiver(id).unwrap().current_direction();
        assert_eq!(current, Some(TransceiverDirection::Inactive));
    };
}
