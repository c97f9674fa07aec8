//! What stopping does to offers.

use rtc_peer::{Description, MediaKind, PeerConnection, TransceiverDirection, TransceiverId};

use crate::media::{add, add_with, ids, set_direction, stop};
use crate::peers::{START, exchange, lines, lone, offer, other};
use crate::record::{FORGOTTEN, subtests};

subtests! {
    "RTCRtpTransceiver-stop.html", A2;

    a_transceiver_added_and_stopped_before_the_initial_offer_generation_should_not_trigger_an_offer_m_section_generation =
        "A transceiver added and stopped before the initial offer generation should not trigger an offer m-section generation" => {
        let mut pc1 = lone();
        let audio = add_with(&mut pc1, MediaKind::Audio, TransceiverDirection::SendOnly);
        add(&mut pc1, MediaKind::Video);
        stop(&mut pc1, audio);
        let sdp = offer(&mut pc1).sdp;
        assert_eq!(lines(&sdp, "m=audio"), 0);
        assert_eq!(lines(&sdp, "m=video"), 1);
    };
    a_transceiver_added_and_stopped_should_not_crash_when_getting_receiver_s_transport =
        "A transceiver added and stopped should not crash when getting receiver's transport" => {
        let mut pc1 = lone();
        add_with(&mut pc1, MediaKind::Audio, TransceiverDirection::SendOnly);
        let video = add(&mut pc1, MediaKind::Video);
        assert_eq!(pc1.transceiver(video).unwrap().mid(), None);
        stop(&mut pc1, video);
        // Without an m-section there is no transport.
        assert_eq!(pc1.transceiver(video).unwrap().mid(), None);
    };
    during_renegotiation_adding_and_stopping_a_transceiver_should_not_trigger_a_renegotiated_offer_m_section_generation =
        "During renegotiation, adding and stopping a transceiver should not trigger a renegotiated offer m-section generation" => {
        let (mut pc1, _, audio) = negotiated();
        let video = add(&mut pc1, MediaKind::Video);
        stop(&mut pc1, audio);
        stop(&mut pc1, video);
        let sdp = offer(&mut pc1).sdp;
        assert_eq!(lines(&sdp, "m=audio"), 1);
        assert_eq!(lines(&sdp, "m=audio 0 "), 1);
        assert_eq!(lines(&sdp, "m=video"), 0);
    };
    a_stopped_sendonly_transceiver_should_generate_an_inactive_m_section_in_the_offer =
        "A stopped sendonly transceiver should generate an inactive m-section in the offer" => is_offered_as_inactive(TransceiverDirection::SendOnly);
    a_stopped_inactive_transceiver_should_generate_an_inactive_m_section_in_the_offer =
        "A stopped inactive transceiver should generate an inactive m-section in the offer" => is_offered_as_inactive(TransceiverDirection::Inactive);
    if_a_transceiver_is_stopped_locally_setting_a_locally_generated_answer_should_still_work =
        "If a transceiver is stopped locally, setting a locally generated answer should still work" => {
        let (mut pc1, mut pc2, audio) = negotiated();
        stop(&mut pc1, audio);
        exchange(&mut pc1, &mut pc2);
        pc1.set_local_description(START, None).unwrap();
    };
    if_a_transceiver_is_stopped_remotely_setting_a_locally_generated_answer_should_still_work =
        "If a transceiver is stopped remotely, setting a locally generated answer should still work" => {
        let (mut pc1, mut pc2, _) = negotiated();
        let theirs = ids(&pc2)[0];
        stop(&mut pc2, theirs);
        exchange(&mut pc2, &mut pc1);
        pc1.set_local_description(START, None).unwrap();
    };
    if_a_transceiver_is_stopped_transceivers_senders_and_receivers_should_disappear_after_offer_answer =
        "If a transceiver is stopped, transceivers, senders and receivers should disappear after offer/answer" => {
        let (mut pc1, mut pc2, audio) = negotiated();
        assert_eq!((ids(&pc1).len(), ids(&pc2).len()), (1, 1));
        stop(&mut pc1, audio);
        exchange(&mut pc1, &mut pc2);
        assert_eq!(pc1.transceivers().count(), 0);
        assert_eq!(pc2.transceivers().count(), 0);
    };

    [not applicable: FORGOTTEN]
        "If a transceiver is stopped, transceivers should end up in state stopped";
}

/// Two that have agreed on sound.
fn negotiated() -> (PeerConnection, PeerConnection, TransceiverId) {
    let (mut pc1, mut pc2) = (lone(), other());
    let audio = add(&mut pc1, MediaKind::Audio);
    exchange(&mut pc1, &mut pc2);
    (pc1, pc2, audio)
}

fn is_offered_as_inactive(before: TransceiverDirection) {
    let (mut pc1, _, audio) = negotiated();
    set_direction(&mut pc1, audio, before);
    stop(&mut pc1, audio);
    let Description { sdp, .. } = offer(&mut pc1);
    assert_eq!(lines(&sdp, "a=inactive"), 1);
}
