//! When there is an `RTCSctpTransport`: from then on it has a maximum message size.

use crate::media::audio_offer;
use crate::peers::{START, data_channel_offer, lone, other};
use crate::record::subtests;

subtests! {
    "RTCSctpTransport-constructor.html", A1;

    setremotedescription_with_answer_not_containing_data_media_should_not_initialize_pc_sctp =
        "setRemoteDescription() with answer not containing data media should not initialize pc.sctp" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let offer = audio_offer(&mut pc1);
        pc1.set_local_description(START, Some(offer.clone())).unwrap();
        pc2.set_remote_description(START, offer).unwrap();
        pc1.set_remote_description(START, pc2.create_answer().unwrap()).unwrap();
        assert_eq!(pc1.max_message_size(), None);
    };
    setlocaldescription_with_answer_not_containing_data_media_should_not_initialize_pc_sctp =
        "setLocalDescription() with answer not containing data media should not initialize pc.sctp" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let offer = audio_offer(&mut pc2);
        pc1.set_remote_description(START, offer).unwrap();
        let answer = pc1.create_answer().unwrap();
        pc1.set_local_description(START, Some(answer)).unwrap();
        assert_eq!(pc1.max_message_size(), None);
    };
    setremotedescription_with_answer_containing_data_media_should_initialize_pc_sctp =
        "setRemoteDescription() with answer containing data media should initialize pc.sctp" => {
        let (mut pc1, mut pc2) = (lone(), other());
        assert_eq!(pc1.max_message_size(), None);
        let offer = data_channel_offer(&mut pc1);
        pc1.set_local_description(START, Some(offer.clone())).unwrap();
        pc2.set_remote_description(START, offer).unwrap();
        pc1.set_remote_description(START, pc2.create_answer().unwrap()).unwrap();
        assert!(pc1.max_message_size().is_some());
    };
    setlocaldescription_with_answer_containing_data_media_should_initialize_pc_sctp =
        "setLocalDescription() with answer containing data media should initialize pc.sctp" => {
        let (mut pc1, mut pc2) = (lone(), other());
        assert_eq!(pc1.max_message_size(), None);
        let offer = data_channel_offer(&mut pc2);
        pc1.set_remote_description(START, offer).unwrap();
        let answer = pc1.create_answer().unwrap();
        pc1.set_local_description(START, Some(answer)).unwrap();
        assert!(pc1.max_message_size().is_some());
    };
}
