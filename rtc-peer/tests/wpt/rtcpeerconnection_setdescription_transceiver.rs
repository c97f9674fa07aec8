//! Which m-section a transceiver is associated with.

use rtc_peer::{Description, MediaKind};

use crate::media::{add, ids};
use crate::peers::{START, answer_to, lone, offer, other};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-setDescription-transceiver.html", A1;

    setlocaldescription_offer_with_m_section_should_assign_mid_to_corresponding_transceiver =
        "setLocalDescription(offer) with m= section should assign mid to corresponding transceiver" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        assert_eq!(pc.transceiver(id).unwrap().mid(), None);
        let offer = offer(&mut pc);
        assert_eq!(pc.transceiver(id).unwrap().mid(), None);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        let mid = pc.transceiver(id).unwrap().mid().unwrap();
        assert!(offer.sdp.contains(&format!("\r\na=mid:{mid}\r\n")));
    };
    setremotedescription_offer_with_m_section_and_no_existing_transceiver_should_create_corresponding_transceiver =
        "setRemoteDescription(offer) with m= section and no existing transceiver should create corresponding transceiver" => {
        let (mut pc1, mut pc2) = (lone(), other());
        let id1 = add(&mut pc1, MediaKind::Audio);
        assert_eq!(ids(&pc1), [id1]);
        assert_eq!(ids(&pc2), []);
        let offer = offer(&mut pc1);
        pc1.set_local_description(START, Some(offer.clone())).unwrap();
        pc2.set_remote_description(START, offer.clone()).unwrap();
        let [id2] = ids(&pc2)[..] else { panic!("not one transceiver") };
        let mid = pc2.transceiver(id2).unwrap().mid().unwrap();
        assert_eq!(pc1.transceiver(id1).unwrap().mid(), Some(mid));
        assert!(offer.sdp.contains(&format!("\r\na=mid:{mid}\r\n")));
    };
    setlocaldescription_rollback_should_unset_transceiver_mid =
        "setLocalDescription(rollback) should unset transceiver.mid" => {
        let mut pc = lone();
        let id = add(&mut pc, MediaKind::Audio);
        pc.set_local_description(START, None).unwrap();
        assert!(pc.transceiver(id).unwrap().mid().is_some());
        pc.set_local_description(START, Some(Description::rollback())).unwrap();
        assert_eq!(pc.transceiver(id).unwrap().mid(), None);
    };
    setlocaldescription_rollback_should_only_unset_transceiver_mids_associated_with_current_round =
        "setLocalDescription(rollback) should only unset transceiver mids associated with current round" => {
        let mut pc = lone();
        let first = add(&mut pc, MediaKind::Audio);
        let offer = offer(&mut pc);
        pc.set_local_description(START, Some(offer.clone())).unwrap();
        pc.set_remote_description(START, answer_to(&offer)).unwrap();
        let second = add(&mut pc, MediaKind::Video);
        assert!(pc.transceiver(first).unwrap().mid().is_some());
        assert_eq!(pc.transceiver(second).unwrap().mid(), None);
        pc.set_local_description(START, None).unwrap();
        assert!(pc.transceiver(first).unwrap().mid().is_some());
        assert!(pc.transceiver(second).unwrap().mid().is_some());
        pc.set_local_description(START, Some(Description::rollback())).unwrap();
        assert!(pc.transceiver(first).unwrap().mid().is_some());
        assert_eq!(pc.transceiver(second).unwrap().mid(), None);
    };
    setremotedescription_rollback_should_remove_newly_created_transceiver_from_transceiver_list =
        "setRemoteDescription(rollback) should remove newly created transceiver from transceiver list" => {
        let (mut pc1, mut pc2) = (lone(), other());
        add(&mut pc1, MediaKind::Audio);
        pc2.set_remote_description(START, offer(&mut pc1)).unwrap();
        let [id] = ids(&pc2)[..] else { panic!("not one transceiver") };
        assert!(pc2.transceiver(id).unwrap().mid().is_some());
        pc2.set_remote_description(START, Description::rollback()).unwrap();
        assert_eq!(pc2.transceivers().count(), 0);
    };

    [not applicable: "the specification takes a transceiver off the list whose m-section is rejected"]
        "setRemoteDescription should set transceiver inactive if its corresponding m section is rejected";
}
