//! Who opens the DTLS connection.

use rtc_dtls::Role;
use rtc_peer::{Description, PeerConnection};

use crate::peers::{START, in_band, lone};
use crate::record::subtests;
use crate::rtcpeerconnection_addicecandidate::OFFER;

subtests! {
    "protocol/dtls-setup.https.html", A1;

    pc_should_accept_initial_offer_with_setup_actpass =
        "PC should accept initial offer with setup=actpass" => drop(answered("actpass", &["active", "passive"]));
    pc_should_accept_initial_offer_with_setup_active =
        "PC should accept initial offer with setup=active" => drop(answered("active", &["passive"]));
    pc_should_accept_initial_offer_with_setup_passive =
        "PC should accept initial offer with setup=passive" => drop(answered("passive", &["active"]));
    pc_with_setup_actpass_should_have_a_dtlsrole_of_client =
        "PC with setup=actpass should have a dtlsRole of client" => assert_eq!(role(&answered("actpass", &["active"])), Some(Role::Client));
    pc_with_setup_active_should_have_a_dtlsrole_of_server =
        "PC with setup=active should have a dtlsRole of server" => assert_eq!(role(&answered("active", &["passive"])), Some(Role::Server));
    pc_with_setup_passive_should_have_a_dtlsrole_of_client =
        "PC with setup=passive should have a dtlsRole of client" => assert_eq!(role(&answered("passive", &["active"])), Some(Role::Client));
    dtlsrole_is_unknown_before_negotiation_of_the_dtls_handshake =
        "dtlsRole is `unknown` before negotiation of the DTLS handshake" => {
        let mut pc = lone();
        pc.create_data_channel("wpt", in_band()).unwrap();
        pc.set_local_description(START, None).unwrap();
        assert_eq!(role(&pc), None);
    };
}

/// A connection that has answered an offer with this `a=setup` by one of these.
fn answered(offered: &str, allowed: &[&str]) -> PeerConnection {
    let mut pc = lone();
    let offer = OFFER.replace("a=setup:actpass", &format!("a=setup:{offered}"));
    pc.set_remote_description(START, Description::offer(offer)).unwrap();
    let answer = pc.create_answer().unwrap();
    let setup = answer.sdp.lines().find_map(|line| line.strip_prefix("a=setup:")).unwrap();
    assert!(allowed.contains(&setup), "{setup}");
    pc.set_local_description(START, Some(answer)).unwrap();
    pc
}

fn role(pc: &PeerConnection) -> Option<Role> {
    pc.stats(START).transports.iter().find_map(|transport| transport.dtls_role)
}
