//! `icecandidateerror`.

use rtc_peer::{Configuration, Event, IceServer, MediaKind};

use crate::media::add_track;
use crate::peers::{Peers, START, Who, offer};
use crate::record::subtests;

subtests! {
    "RTCPeerConnection-onicecandidateerror.https.html", B;

    surfacing_onicecandidateerror = "Surfacing onicecandidateerror" => {
        let mut configuration = Configuration::default();
        configuration.ice_servers.push(IceServer::turn("turn:123", "123", "123"));
        let mut peers = Peers::with(configuration, Configuration::default());
        add_track(peers.pc1(), MediaKind::Audio);
        let offer = offer(peers.pc1());
        peers.pc1().set_local_description(START, Some(offer)).unwrap();
        let Event::IceCandidateError(event) =
            peers.wait_for(Who::Alice, |event| matches!(event, Event::IceCandidateError(_)))
        else {
            panic!("another event")
        };
        assert!((300..=799).contains(&event.error_code));
        assert_eq!(event.address.is_some(), event.port.is_some());
        assert!(event.address.is_none_or(|address| address.contains(['.', ':'])));
        assert!(event.url.contains("123"));
    };
}
