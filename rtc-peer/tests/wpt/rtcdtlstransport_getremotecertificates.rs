//! The certificate that the other side has shown.

use rtc_peer::{ConnectionState, MediaKind};

use crate::media::add_track;
use crate::peers::{Peers, Who};
use crate::record::subtests;

subtests! {
    "RTCDtlsTransport-getRemoteCertificates.html", B;

    rtcdtlstransport_prototype_getremotecertificates =
        "RTCDtlsTransport.prototype.getRemoteCertificates" => {
        let mut peers = Peers::new();
        add_track(peers.pc1(), MediaKind::Audio);
        peers.exchange_ice_candidates();
        peers.exchange_offer_answer();
        for who in [Who::Alice, Who::Bob] {
            assert_eq!(peers.pc(who).remote_certificate(), None);
        }
        for who in [Who::Alice, Who::Bob] {
            peers.run_until(|peers| peers.pc(who).connection_state() == ConnectionState::Connected);
            let theirs = peers.pc(who.other()).certificate().der().to_vec();
            assert_eq!(peers.pc(who).remote_certificate(), Some(&*theirs));
        }
    };
}
