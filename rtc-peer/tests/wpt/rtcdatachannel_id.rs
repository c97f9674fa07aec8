//! The ids of data channels and who may take which.

use std::collections::BTreeSet;

use rtc_peer::{ChannelId, DataChannelInit, Description, OfferOptions, PeerConnection};

use crate::peers::{Peers, START, in_band, lone, with_id};
use crate::record::subtests;

subtests! {
    "RTCDataChannel-id.html", A2;

    dtls_client_uses_odd_data_channel_ids = "DTLS client uses odd data channel IDs" => ids_have_the_parity_of_the_role("active", 1);
    dtls_server_uses_even_data_channel_ids = "DTLS server uses even data channel IDs" => ids_have_the_parity_of_the_role("passive", 0);
    in_band_negotiation_with_a_specific_id_should_not_work =
        "In-band negotiation with a specific ID should not work" => {
        let mut peers = Peers::new();
        let init = DataChannelInit { negotiated: false, id: Some(42), ..in_band() };
        let dc1 = peers.pc1().create_data_channel("", init.clone()).unwrap();
        let dc2 = peers.pc2().create_data_channel("", init).unwrap();
        assert_eq!(id(peers.pc1(), dc1), None);
        assert_eq!(id(peers.pc2(), dc2), None);
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        let (id1, id2) = (id(peers.pc1(), dc1), id(peers.pc2(), dc2));
        assert!(id1.is_some() && id2.is_some() && id1 != id2);
        assert_ne!((id1, id2), (Some(42), Some(42)));
    };
    odd_even_role_should_not_be_violated_when_mixing_with_negotiated_channels =
        "Odd/even role should not be violated when mixing with negotiated channels" => {
        let mut peers = Peers::new();
        peers.exchange_ice_candidates();
        let (mut in_band_ones, mut negotiated_ones) = (Vec::new(), Vec::new());
        let mut ids = BTreeSet::new();
        for _ in 0..10 {
            let dc = peers.pc1().create_data_channel("before-connection", in_band()).unwrap();
            assert_eq!(id(peers.pc1(), dc), None);
            in_band_ones.push(dc);
        }
        for number in (0..20).step_by(2) {
            let dc = peers.pc1().create_data_channel("negotiated", with_id(number)).unwrap();
            assert_eq!(id(peers.pc1(), dc), Some(number));
            negotiated_ones.push((dc, number));
            assert!(ids.insert(number));
        }
        peers.exchange_offer_answer();
        assert!(peers.pc1().local_description().unwrap().sdp.contains("a=setup:actpass"));
        assert!(peers.pc2().local_description().unwrap().sdp.contains("a=setup:active"));
        for dc in &in_band_ones {
            assert!(ids.insert(odd(peers.pc1(), *dc)));
        }
        for _ in 0..10 {
            let dc = peers.pc1().create_data_channel("after-connection", in_band()).unwrap();
            in_band_ones.push(dc);
            assert!(ids.insert(odd(peers.pc1(), dc)));
        }
        for _ in 0..10 {
            let number = (20..).step_by(2).find(|number| !ids.contains(number)).unwrap();
            let dc = peers.pc1().create_data_channel("negotiated", with_id(number)).unwrap();
            negotiated_ones.push((dc, number));
            assert!(ids.insert(number));
        }
        for dc in in_band_ones {
            odd(peers.pc1(), dc);
        }
        for (dc, number) in negotiated_ones {
            assert_eq!(id(peers.pc1(), dc), Some(number));
        }
    };
}

/// Answers an offer with itself, in which the other side takes a part in DTLS.
fn ids_have_the_parity_of_the_role(setup: &str, parity: u16) {
    let mut pc = lone();
    let dc1 = pc.create_data_channel("", in_band()).unwrap();
    let offer = pc.create_offer(OfferOptions::default()).unwrap();
    pc.set_local_description(START, Some(offer)).unwrap();
    let sdp = pc.local_description().unwrap().sdp.replace("actpass", setup);
    pc.set_remote_description(START, Description::answer(sdp)).unwrap();
    let dc2 = pc.create_data_channel("another", in_band()).unwrap();
    let (id1, id2) = (id(&pc, dc1).unwrap(), id(&pc, dc2).unwrap());
    assert_eq!((id1 % 2, id2 % 2), (parity, parity));
    assert_ne!(id1, id2);
}

fn odd(pc: &PeerConnection, dc: ChannelId) -> u16 {
    let id = id(pc, dc).unwrap();
    assert_eq!(id % 2, 1);
    id
}

fn id(pc: &PeerConnection, dc: ChannelId) -> Option<u16> {
    pc.data_channel(dc).unwrap().id()
}
