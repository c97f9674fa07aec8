//! BUNDLE: what is offered by which policy, what becomes of it, and who does without.

use rtc_peer::{
    BundlePolicy, Configuration, DataChannelInit, Description, Event, Fault, MediaKind,
    PeerConnection, Track, TransceiverInit,
};

use crate::common::{Pair, START, Who};
use crate::setup::{edit, lines, refuses_for, sections};

fn with_policy(policy: BundlePolicy) -> Configuration {
    let mut configuration = Configuration::default();
    configuration.bundle_policy = policy;
    configuration
}

/// Two of audio, two of video, and data.
fn fill(connection: &mut PeerConnection) {
    for name in ["audio one", "audio two"] {
        connection.add_track(Track::new(MediaKind::Audio, name), &[]).unwrap();
    }
    for name in ["video one", "video two"] {
        connection.add_track(Track::new(MediaKind::Video, name), &[]).unwrap();
    }
    connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
}

/// The number of different credentials in a description; in an answer each transport has its own.
fn credentials(sdp: &str) -> usize {
    let ufrags: std::collections::BTreeSet<&str> = lines(sdp, "a=ice-ufrag:").into_iter().collect();
    ufrags.len()
}

#[test]
fn the_policy_says_which_sections_could_do_without_bundling() {
    for (policy, bundle_only, count) in [
        (BundlePolicy::MaxCompat, [false; 5], 5),
        (BundlePolicy::Balanced, [false, true, false, true, false], 3),
        (BundlePolicy::MaxBundle, [false, true, true, true, true], 1),
    ] {
        let mut pair = Pair::with(with_policy(policy), Configuration::default());
        fill(&mut pair.alice.connection);
        pair.alice.connection.set_local_description(START, None).unwrap();
        let offer = pair.alice.connection.local_description().unwrap().sdp;
        assert_eq!(lines(&offer, "a=group:BUNDLE"), ["a=group:BUNDLE 0 1 2 3 4"]);
        for (section, only) in sections(&offer).iter().zip(bundle_only) {
            let port = section.split(' ').nth(1).unwrap();
            assert_eq!(section.contains("a=bundle-only\r\n"), only, "{policy} {section}");
            assert_eq!(port, if only { "0" } else { "9" }, "{policy}");
            assert_eq!(section.contains("a=candidate"), !only, "{policy}");
        }
        let made = pair.alice.connection.stats(START).transports.len();
        assert_eq!(made, count, "{policy}");
        // One pair of credentials: what the answer bundles must not look restarted later.
        assert_eq!(credentials(&offer), 1, "{policy}");
        // Who bundles gets one for everything.
        let answer = {
            let bob = &mut pair.bob.connection;
            bob.set_remote_description(START, Description::offer(offer)).unwrap();
            bob.set_local_description(START, None).unwrap();
            bob.local_description().unwrap()
        };
        assert_eq!(credentials(&answer.sdp), 1, "{policy}");
        assert!(lines(&answer.sdp, "a=bundle-only").is_empty(), "{policy}");
        pair.alice.connection.set_remote_description(START, answer).unwrap();
        pair.drive_until(|pair| !pair.alice.opened().is_empty());
        assert!(pair.is_connected(), "{policy}");
        // Later offers have one transport from the beginning, for what is new as well.
        pair.alice
            .connection
            .add_transceiver(MediaKind::Video, TransceiverInit::default())
            .unwrap();
        let now = pair.now;
        pair.alice.connection.set_local_description(now, None).unwrap();
        let offer = pair.alice.connection.local_description().unwrap().sdp;
        assert_eq!(credentials(&offer), 1, "{policy}");
        assert!(lines(&offer, "a=bundle-only").is_empty(), "{policy}");
        assert_eq!(lines(&offer, "a=group:BUNDLE"), ["a=group:BUNDLE 0 1 2 3 4 5"]);
    }
}

/// Takes what a description says of BUNDLE away, as somebody does who has never heard of it.
fn unbundled(description: &Description) -> Description {
    edit(&edit(description, "a=group:BUNDLE", None), "a=bundle-only", None)
}

/// Drives until every transport has found a path. The two have one socket each, so what goes on
/// several such paths could not be told apart.
fn has_paths(pair: &mut Pair) {
    use rtc_peer::IceConnectionState::{Completed, Connected};

    pair.drive_until(|pair| {
        let found = |connection: &PeerConnection| {
            matches!(connection.ice_connection_state(), Connected | Completed)
        };
        found(&pair.alice.connection) && found(&pair.bob.connection)
    });
}

#[test]
fn a_peer_that_does_not_bundle_keeps_several_transports() {
    let policy = with_policy(BundlePolicy::MaxCompat);
    let mut pair = Pair::with(policy.clone(), policy);
    for peer in [&mut pair.alice, &mut pair.bob] {
        peer.connection.add_track(Track::new(MediaKind::Audio, "mic"), &[]).unwrap();
        peer.connection.add_track(Track::new(MediaKind::Video, "cam"), &[]).unwrap();
    }
    pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    for _ in 0..2 {
        let now = pair.now;
        pair.alice.connection.set_local_description(now, None).unwrap();
        let offer = unbundled(&pair.alice.connection.local_description().unwrap());
        pair.bob.connection.set_remote_description(now, offer).unwrap();
        pair.bob.connection.set_local_description(now, None).unwrap();
        let answer = pair.bob.connection.local_description().unwrap();
        assert_eq!(credentials(&answer.sdp), 3);
        assert_eq!(lines(&answer.sdp, "a=candidate").len(), 3);
        assert!(lines(&answer.sdp, "a=group").is_empty());
        pair.alice.connection.set_remote_description(now, answer).unwrap();
        has_paths(&mut pair);
    }
    // What was not bundled is offered as it is, and what is new in a group of its own.
    pair.alice.connection.add_transceiver(MediaKind::Audio, TransceiverInit::default()).unwrap();
    let now = pair.now;
    pair.alice.connection.set_local_description(now, None).unwrap();
    let offer = pair.alice.connection.local_description().unwrap().sdp;
    assert_eq!(lines(&offer, "a=group:BUNDLE"), ["a=group:BUNDLE 3"]);
    assert_eq!(pair.alice.connection.stats(now).transports.len(), 4);
}

#[test]
fn a_balanced_answer_has_the_first_of_each_kind_where_nothing_is_bundled() {
    let mut pair =
        Pair::with(with_policy(BundlePolicy::MaxCompat), with_policy(BundlePolicy::Balanced));
    fill(&mut pair.alice.connection);
    pair.alice.connection.set_local_description(START, None).unwrap();
    let offer = unbundled(&pair.alice.connection.local_description().unwrap());
    pair.bob.connection.set_remote_description(START, offer).unwrap();
    pair.bob.connection.set_local_description(START, None).unwrap();
    let answer = pair.bob.connection.local_description().unwrap();
    let ports: Vec<_> =
        sections(&answer.sdp).iter().map(|s| s.split(' ').nth(1).unwrap().to_string()).collect();
    assert_eq!(ports, ["9", "0", "9", "0", "9"]);
    assert_eq!(credentials(&answer.sdp), 3);
    pair.alice.connection.set_remote_description(START, answer).unwrap();
    has_paths(&mut pair);
    let ended = pair.alice.history.iter().filter(|e| matches!(e, Event::TrackEnded(_))).count();
    assert_eq!(ended, 2, "what was rejected has stopped");
}

#[test]
fn candidates_go_to_the_transport_of_their_section() {
    let policy = with_policy(BundlePolicy::MaxCompat);
    let mut pair = Pair::with(policy.clone(), policy);
    pair.alice.connection.add_track(Track::new(MediaKind::Audio, "mic"), &[]).unwrap();
    pair.alice.connection.add_track(Track::new(MediaKind::Video, "cam"), &[]).unwrap();
    pair.alice.connection.set_local_description(START, None).unwrap();
    let no_candidates = |description: Description| {
        edit(&edit(&unbundled(&description), "a=candidate", None), "a=end-of", None)
    };
    let offer = no_candidates(pair.alice.connection.local_description().unwrap());
    pair.bob.connection.set_remote_description(START, offer).unwrap();
    pair.bob.connection.set_local_description(START, None).unwrap();
    let answer = no_candidates(pair.bob.connection.local_description().unwrap());
    pair.alice.connection.set_remote_description(START, answer).unwrap();
    pair.drain();
    for who in [Who::Alice, Who::Bob] {
        let candidates: Vec<_> = pair
            .peer(who)
            .history
            .iter()
            .filter_map(|event| match event {
                Event::IceCandidate(candidate) => Some(candidate.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(candidates.len(), 4, "one and the end of it, for each transport");
        let now = pair.now;
        for candidate in candidates {
            pair.peer(who.other()).connection.add_ice_candidate(now, &candidate).unwrap();
        }
    }
    has_paths(&mut pair);
}

#[test]
fn an_answer_cannot_unbundle_what_was_offered_with_others_transport() {
    let mut pair = Pair::with(with_policy(BundlePolicy::MaxBundle), Configuration::default());
    pair.alice.connection.add_track(Track::new(MediaKind::Audio, "mic"), &[]).unwrap();
    pair.alice.connection.add_track(Track::new(MediaKind::Video, "cam"), &[]).unwrap();
    pair.alice.connection.set_local_description(START, None).unwrap();
    let offer = pair.alice.connection.local_description().unwrap();
    pair.bob.connection.set_remote_description(START, offer).unwrap();
    pair.bob.connection.set_local_description(START, None).unwrap();
    let answer = pair.bob.connection.local_description().unwrap();
    let alice = &mut pair.alice.connection;
    refuses_for(alice, edit(&answer, "a=group", None), Fault::BadBundle);
    refuses_for(alice, edit(&answer, "a=group", Some("a=group:BUNDLE 0")), Fault::BadBundle);
    let apart = edit(&answer, "a=group", Some("a=group:BUNDLE 0\r\na=group:BUNDLE 1"));
    refuses_for(alice, apart, Fault::BadBundle);
    alice.set_remote_description(START, answer).unwrap();
}

#[test]
fn bundled_sections_may_leave_their_transport_to_the_first() {
    // As RFC 9429 has it, and no browser.
    let mut pair = Pair::new();
    pair.alice.connection.add_track(Track::new(MediaKind::Audio, "mic"), &[]).unwrap();
    pair.alice.connection.add_track(Track::new(MediaKind::Video, "cam"), &[]).unwrap();
    pair.alice.connection.set_local_description(START, None).unwrap();
    let terse = |description: &Description| {
        let parts = sections(&description.sdp);
        let is_transport = |line: &str| {
            ["a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=setup", "a=tls-id", "a=rtcp-mux"]
                .iter()
                .any(|prefix| line.starts_with(prefix))
                || line.starts_with("a=candidate")
                || line.starts_with("a=end-of")
        };
        let last: String = parts[1]
            .lines()
            .filter(|line| !is_transport(line))
            .map(|line| format!("{line}\r\n"))
            .collect();
        let sdp = description.sdp.replace(&parts[1], &last);
        Description { kind: description.kind, sdp }
    };
    let offer = terse(&pair.alice.connection.local_description().unwrap());
    pair.bob.connection.set_remote_description(START, offer).unwrap();
    pair.bob.connection.set_local_description(START, None).unwrap();
    let answer = terse(&pair.bob.connection.local_description().unwrap());
    pair.alice.connection.set_remote_description(START, answer).unwrap();
    pair.drive_until(|pair| pair.is_connected());
}
