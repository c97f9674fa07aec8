//! What descriptions agree on for ICE: lite, pacing, renomination.

use std::time::Duration;

use rtc_core::Protocol;
use rtc_ice::Role;
use rtc_peer::{Configuration, Description, IceServer};

use crate::net::{Net, SERVER};

fn lite() -> Configuration {
    let mut configuration = Configuration::default();
    configuration.ice_lite = true;
    // Not asked: a lite implementation has host candidates only.
    configuration.ice_servers = vec![IceServer::turn(format!("turn:{SERVER}"), "lab", "secret")];
    configuration
}

fn role(net: &Net, node: usize) -> Role {
    net.nodes[node].pc.stats(net.now).transports[0].ice_role.unwrap()
}

#[test]
fn who_is_lite_is_controlled_whoever_offers() {
    for (alice, bob, expected) in [
        (Configuration::default(), lite(), [Role::Controlling, Role::Controlled]),
        (lite(), Configuration::default(), [Role::Controlled, Role::Controlling]),
        (lite(), lite(), [Role::Controlling, Role::Controlled]),
    ] {
        let is_lite = [alice.ice_lite, bob.ice_lite];
        let mut net = Net::pair(alice, bob);
        let (ours, theirs) = net.connect();
        net.talk(ours, theirs);
        for node in 0..2 {
            assert_eq!(role(&net, node), expected[node]);
            let sdp = net.pc(node).local_description().unwrap().sdp;
            assert_eq!(sdp.contains("a=ice-lite\r\n"), is_lite[node]);
            if is_lite[node] {
                let texts = net.candidates(node);
                assert!(texts.iter().all(|it| it.is_empty() || it.contains("typ host")));
                assert!(texts.iter().all(|it| !it.contains("active")));
            }
        }
        assert!(net.servers[0].requests.is_empty());
    }
}

#[test]
fn the_slower_pacing_of_both_is_kept_to() {
    let paced = |millis| {
        let mut configuration = Configuration::default();
        configuration.ice.pacing = Duration::from_millis(millis);
        configuration.ice_tcp = false;
        configuration
    };
    // By RFC 8839, section 5.5, who says nothing has said 50 ms.
    for (ours, theirs, expected) in
        [(5, Some(100), 100), (100, Some(5), 100), (5, Some(5), 5), (5, None, 50), (70, None, 70)]
    {
        let mut net = Net::pair(paced(ours), paced(theirs.unwrap_or(5)));
        net.is_silent_about_pacing = theirs.is_none();
        // Where nobody is, so that checks go on.
        for port in 7000..7010 {
            net.socket(1, &format!("192.0.2.2:{port}"), Protocol::Udp);
        }
        net.dead.insert("192.0.2.2".parse().unwrap());
        net.pc(0).create_data_channel("chat", Default::default()).unwrap();
        net.negotiate();
        let sdp = net.pc(0).local_description().unwrap().sdp;
        assert!(sdp.contains(&format!("a=ice-pacing:{ours}\r\n")));
        let before = net.nodes[0].sent.len();
        net.run_until(1, |net| net.nodes[0].sent.len() >= before + 5);
        let begun = crate::net::START;
        let took = net.now.saturating_duration_since(begun).as_millis();
        // Five checks, the first of them at once, and none of them again.
        assert!((4 * expected..4 * expected + 20).contains(&took), "{took} ms for {expected}");
    }
}

#[test]
fn renomination_is_offered_where_it_is_wanted_and_agreed_on_by_both() {
    for (alice, bob) in [(true, true), (true, false), (false, true), (false, false)] {
        let wants = |renomination| {
            let mut configuration = Configuration::default();
            configuration.renomination = renomination;
            configuration
        };
        let mut net = Net::pair(wants(alice), wants(bob));
        let (ours, theirs) = net.connect();
        net.talk(ours, theirs);
        let says = |net: &Net, node: usize| {
            let Some(Description { sdp, .. }) = net.nodes[node].pc.local_description() else {
                return false;
            };
            sdp.contains("a=ice-options:trickle ice2 renomination\r\n")
        };
        assert_eq!(says(&net, 0), alice);
        assert_eq!(says(&net, 1), alice && bob);
    }
}
