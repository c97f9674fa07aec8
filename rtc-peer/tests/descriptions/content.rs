//! What descriptions of ours say, and what answers to browsers say.

use rtc_peer::{Description, IceConnectionState, OfferOptions, SignalingState};

use crate::common::{Pair, START};
use crate::setup::{lines, lone, ufrag, value, version, with_channel};

#[test]
fn an_offer_bundles_its_one_section_and_says_what_it_can() {
    let mut connection = with_channel(1);
    let offer = connection.create_offer(OfferOptions::default()).unwrap().sdp;
    for line in [
        "v=0",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "a=ice-options:trickle ice2",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "a=mid:0",
        "a=setup:actpass",
        "a=sctp-port:5000",
        "a=max-message-size:262144",
    ] {
        assert_eq!(lines(&offer, line), [line], "in {offer}");
    }
    assert_eq!(lines(&offer, "a=fingerprint:sha-256 ").len(), 1);
    assert!(offer.ends_with("\r\n"));
    assert_eq!(offer.matches('\n').count(), offer.matches("\r\n").count());
    assert_eq!(lone(1).create_offer(OfferOptions::default()).unwrap().sdp.matches("m=").count(), 0);
}

#[test]
fn the_version_of_the_origin_rises_with_every_change_and_only_then() {
    let (mut pair, ..) = Pair::connected();
    let now = pair.now;
    let alice = &mut pair.alice.connection;
    let first = alice.current_local_description().unwrap();
    assert_eq!(version(&first), 0);
    let same = alice.create_offer(OfferOptions::default()).unwrap();
    assert_eq!(version(&same), 0);
    let restart = alice.create_offer(OfferOptions { ice_restart: true }).unwrap();
    assert_eq!(version(&restart), 1);
    let id =
        |d: &Description| value(&d.sdp, "o=- ").unwrap().split(' ').next().unwrap().to_string();
    assert_eq!(id(&first), id(&restart));
    assert!(id(&first).parse::<i64>().is_ok(), "63 bits");
    alice.set_local_description(now, Some(restart)).unwrap();
    let again = alice.create_offer(OfferOptions::default()).unwrap();
    assert_eq!(version(&again), 1);
    // Bob's answers count for themselves.
    let offer = pair.alice.connection.local_description().unwrap();
    let bob = &mut pair.bob.connection;
    bob.set_remote_description(now, offer).unwrap();
    bob.set_local_description(now, None).unwrap();
    assert_eq!(version(&bob.local_description().unwrap()), 1, "his credentials are new, too");
}

#[test]
fn answers_to_the_offers_of_browsers_take_all_of_it_on_one_transport() {
    let samples = [
        ("chromium-offer", include_str!("../samples/chromium-offer.sdp")),
        ("chromium-dataonly", include_str!("../samples/chromium-offer-dataonly.sdp")),
        ("chromium-max-bundle", include_str!("../samples/chromium-offer-max-bundle.sdp")),
        ("chromium-max-compat", include_str!("../samples/chromium-offer-max-compat.sdp")),
        ("firefox-offer", include_str!("../samples/firefox-offer.sdp")),
        ("firefox-dataonly", include_str!("../samples/firefox-offer-dataonly.sdp")),
        ("firefox-max-bundle", include_str!("../samples/firefox-offer-max-bundle.sdp")),
        ("firefox-max-compat", include_str!("../samples/firefox-offer-max-compat.sdp")),
    ];
    for (name, sample) in samples {
        let mut connection = lone(1);
        connection.set_remote_description(START, Description::offer(sample)).unwrap();
        connection.set_local_description(START, None).unwrap();
        let answer = connection.local_description().unwrap().sdp;
        let (offered, answered) = (lines(sample, "m="), lines(&answer, "m="));
        assert_eq!(offered.len(), answered.len(), "{name}");
        for (offered, answered) in offered.iter().zip(&answered) {
            let offered: Vec<_> = offered.split(' ').collect();
            let answered: Vec<_> = answered.split(' ').collect();
            assert_eq!((offered[0], offered[2]), (answered[0], answered[2]), "{name}");
            assert_eq!(answered[1], "9", "{name}");
            // Nothing is answered that was not offered, and the order is the offer's.
            let mut rest = offered[3..].iter();
            let in_order = answered[3..].iter().all(|format| rest.any(|known| known == format));
            assert!(in_order, "{name}: {answered:?}");
        }
        assert_eq!(lines(sample, "a=mid:"), lines(&answer, "a=mid:"), "{name}");
        assert_eq!(lines(&answer, "a=group:"), lines(sample, "a=group:BUNDLE"), "{name}");
        assert!(lines(&answer, "a=setup:").iter().all(|line| *line == "a=setup:active"), "{name}");
        let mut ufrags = lines(&answer, "a=ice-ufrag:");
        ufrags.dedup();
        assert_eq!(ufrags.len(), 1, "{name}");
        // One for datagrams, and one that opens connections.
        assert_eq!(lines(&answer, "a=candidate:").len(), 2, "{name}");
        let size = value(sample, "a=max-message-size:").unwrap().trim().parse().unwrap();
        assert_eq!(connection.max_message_size(), Some(size), "{name}");
        assert_eq!(connection.signaling_state(), SignalingState::Stable);
        assert_eq!(connection.ice_connection_state(), IceConnectionState::Checking, "{name}");
        // The candidate stands in the section that speaks for the transport.
        let section = answer.split("m=").find(|part| part.contains("a=candidate:")).unwrap();
        let first = offered_kind(lines(sample, "m=")[0]);
        assert!(section.starts_with(first), "{name}");
        let again = connection.create_offer(OfferOptions::default()).unwrap();
        assert_eq!(lines(&again.sdp, "m=").len(), offered_count(sample), "{name}");
    }
}

fn offered_kind(line: &str) -> &str {
    line.trim_start_matches("m=").split(' ').next().unwrap()
}

fn offered_count(sdp: &str) -> usize {
    lines(sdp, "m=").len()
}

#[test]
fn restarts_of_browsers_are_answered_with_new_credentials() {
    for (first, second) in [
        (
            include_str!("../samples/chromium-offer.sdp"),
            include_str!("../samples/chromium-offer-icerestart.sdp"),
        ),
        (
            include_str!("../samples/firefox-offer.sdp"),
            include_str!("../samples/firefox-offer-icerestart.sdp"),
        ),
    ] {
        let mut connection = lone(1);
        connection.set_remote_description(START, Description::offer(first)).unwrap();
        connection.set_local_description(START, None).unwrap();
        let before = connection.local_description().unwrap();
        connection.set_remote_description(START, Description::offer(second)).unwrap();
        connection.set_local_description(START, None).unwrap();
        let after = connection.local_description().unwrap();
        assert_ne!(ufrag(&before), ufrag(&after));
        assert_eq!(version(&after), version(&before) + 1);
        assert_eq!(lines(&before.sdp, "a=fingerprint"), lines(&after.sdp, "a=fingerprint"));
    }
}
