//! Data channels while ICE restarts.

use rtc_peer::{ChannelEvent, ChannelId, OfferOptions};

use crate::peers::{Peers, Who, in_band};
use crate::record::subtests;

subtests! {
    "RTCDataChannel-iceRestart.html", A2;

    data_channel_remains_usable_after_ice_restart =
        "Data channel remains usable after ICE restart" => {
        let mut peers = Peers::new();
        let (channel1, channel2) = peers.data_channel_pair(&in_band());
        let restarted = ufrag(&mut peers);
        ping_pong(&mut peers, channel1, channel2);
        peers.pc1().restart_ice();
        peers.exchange_offer_answer();
        assert_ne!(ufrag(&mut peers), restarted);
        ping_pong(&mut peers, channel1, channel2);
        no_error(&mut peers, channel1, channel2);
    };
    data_channel_remains_usable_at_each_step_of_an_ice_restart =
        "Data channel remains usable at each step of an ICE restart" => {
        let mut peers = Peers::new();
        let (channel1, channel2) = peers.data_channel_pair(&in_band());
        ping_pong(&mut peers, channel1, channel2);
        let restarted = ufrag(&mut peers);
        peers.pc1().restart_ice();
        let now = peers.now;
        let offer = peers.pc1().create_offer(OfferOptions::default()).unwrap();
        peers.pc1().set_local_description(now, Some(offer)).unwrap();
        assert_ne!(ufrag(&mut peers), restarted);
        ping_pong(&mut peers, channel1, channel2);
        let (now, offer) = (peers.now, peers.pc1().local_description().unwrap());
        peers.pc2().set_remote_description(now, offer).unwrap();
        ping_pong(&mut peers, channel1, channel2);
        let now = peers.now;
        let answer = peers.pc2().create_answer().unwrap();
        peers.pc2().set_local_description(now, Some(answer)).unwrap();
        ping_pong(&mut peers, channel1, channel2);
        let (now, answer) = (peers.now, peers.pc2().local_description().unwrap());
        peers.pc1().set_remote_description(now, answer).unwrap();
        ping_pong(&mut peers, channel1, channel2);
        no_error(&mut peers, channel1, channel2);
    };
}

fn ping_pong(peers: &mut Peers, channel1: ChannelId, channel2: ChannelId) {
    peers.pc1().channel(channel1).unwrap().send("hello").unwrap();
    assert_eq!(peers.await_message(Who::Bob, channel2), "hello".into());
    peers.pc2().channel(channel2).unwrap().send("x").unwrap();
    assert_eq!(peers.await_message(Who::Alice, channel1), "x".into());
}

fn no_error(peers: &mut Peers, channel1: ChannelId, channel2: ChannelId) {
    assert!(!peers.said_of(Who::Alice, channel1).contains(&ChannelEvent::Error(channel1)));
    assert!(!peers.said_of(Who::Bob, channel2).contains(&ChannelEvent::Error(channel2)));
}

fn ufrag(peers: &mut Peers) -> String {
    let sdp = peers.pc1().local_description().unwrap().sdp;
    sdp.lines().find(|line| line.starts_with("a=ice-ufrag:")).unwrap().to_string()
}
