//! What is refused, and why.

use std::time::Duration;

use rtc_peer::{
    ConnectionState, DataChannelInit, Description, DescriptionError, Event, Exception, Fault,
    OfferOptions, SignalingState,
};

use crate::common::{Pair, START, Who};
use crate::setup::{
    edit, fails, lines, lone, messages_flow, offer, offered, refuses, refuses_for, value,
};

#[test]
fn offers_with_something_missing_or_wrong_are_refused_with_the_reason() {
    let good = offer();
    let cases: &[(&str, Option<&str>, Fault)] = &[
        ("a=ice-ufrag", None, Fault::MissingIceCredentials),
        ("a=ice-pwd", None, Fault::MissingIceCredentials),
        ("a=fingerprint", None, Fault::MissingFingerprint),
        (
            "a=fingerprint",
            Some("a=fingerprint:sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB"),
            Fault::MissingFingerprint,
        ),
        ("a=setup", Some("a=setup:holdconn"), Fault::BadSetup),
        ("a=sctp-port", Some("a=sctp-port:0"), Fault::SctpPortZero),
        ("a=mid", None, Fault::MissingMid),
        ("a=group", Some("a=group:BUNDLE 0 nobody"), Fault::BadBundle),
    ];
    for (prefix, line, fault) in cases {
        let mut connection = lone(2);
        let bad = edit(&good, prefix, *line);
        // Without mids there is nothing that the group could name.
        match refuses(&mut connection, bad.clone()) {
            DescriptionError::Unacceptable { fault: found, .. } => {
                assert_eq!(found, *fault, "{prefix} {line:?}");
            }
            error => panic!("{error:?}"),
        }
        let error = refuses(&mut connection, bad);
        assert_eq!(error.exception().name(), "InvalidAccessError");
    }
}

#[test]
fn texts_that_break_the_grammar_are_refused_with_the_line() {
    let good = offer();
    for (prefix, line) in [
        ("v=", "v=1"),
        ("m=", "m=application"),
        ("m=", "m=application 70000 UDP/DTLS/SCTP webrtc-datachannel"),
        ("a=ice-ufrag", "a=ice-ufrag:abc"),
        ("a=ice-pwd", "a=ice-pwd:short"),
        ("a=ice-pwd", "a=ice-pwd:0123456789012345678 01"),
        ("a=fingerprint", "a=fingerprint:sha-256 4A:AD"),
        ("a=fingerprint", "a=fingerprint:sha-256"),
        ("a=setup", "a=setup:whatever"),
        ("a=sctp-port", "a=sctp-port:65536"),
        ("a=max-message-size", "a=max-message-size:-1"),
        ("a=mid", "a=mid:"),
        ("t=", "nonsense"),
    ] {
        let mut connection = lone(2);
        let error = refuses(&mut connection, edit(&good, prefix, Some(line)));
        assert!(matches!(error, DescriptionError::Syntax(_)), "{line}: {error:?}");
        // Bad ICE credentials are bad arguments, by the W3C's tests.
        let is_ice = prefix.starts_with("a=ice-");
        let expected = if is_ice { Exception::InvalidAccess } else { Exception::SdpSyntax };
        assert_eq!(error.exception(), expected);
    }
    for text in ["", "v=0", "\r\n", "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\0"] {
        let error = refuses(&mut lone(2), Description::offer(text));
        assert!(matches!(error, DescriptionError::Syntax(_)), "{text:?}: {error:?}");
    }
}

#[test]
fn one_usable_fingerprint_among_several_is_enough() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    let (alice, bob) = (&mut pair.alice.connection, &mut pair.bob.connection);
    alice.set_local_description(now, None).unwrap();
    let offer = alice.local_description().unwrap();
    let right = lines(&offer.sdp, "a=fingerprint")[0];
    let several = format!(
        "a=fingerprint:sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB\r\n\
         a=fingerprint:sha-256 {}\r\n{right}",
        ["00"; 32].join(":")
    );
    bob.set_remote_description(now, edit(&offer, "a=fingerprint", Some(&several))).unwrap();
    bob.set_local_description(now, None).unwrap();
    alice.set_remote_description(now, bob.local_description().unwrap()).unwrap();
    pair.drive_until(|pair| pair.is_connected());
}

#[test]
fn a_wrong_fingerprint_fails_the_connection_on_either_side() {
    for liar in [Who::Alice, Who::Bob] {
        let mut pair = Pair::new();
        let now = pair.now;
        pair.alice.connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
        let wrong = format!("a=fingerprint:sha-256 {}", ["AB"; 32].join(":"));
        let change = |who, description: Description| match who == liar {
            true => edit(&description, "a=fingerprint", Some(&wrong)),
            false => description,
        };
        let (alice, bob) = (&mut pair.alice.connection, &mut pair.bob.connection);
        alice.set_local_description(now, None).unwrap();
        bob.set_remote_description(now, change(Who::Alice, alice.local_description().unwrap()))
            .unwrap();
        bob.set_local_description(now, None).unwrap();
        alice
            .set_remote_description(now, change(Who::Bob, bob.local_description().unwrap()))
            .unwrap();
        let failed = Event::ConnectionStateChange(ConnectionState::Failed);
        pair.drive_until(|pair| pair.peer(liar.other()).said(&failed));
        pair.drive_for(Duration::from_secs(5));
        let connected = Event::ConnectionStateChange(ConnectionState::Connected);
        assert!(!pair.peer(liar.other()).said(&connected));
        assert!(pair.alice.opened().is_empty() && pair.bob.opened().is_empty());
    }
}

#[test]
fn the_setup_attribute_decides_who_opens_the_handshake() {
    // An offer may insist on a part.
    for (offered, answered) in [("actpass", "active"), ("active", "passive"), ("passive", "active")]
    {
        let mut connection = lone(2);
        let line = format!("a=setup:{offered}");
        connection.set_remote_description(START, edit(&offer(), "a=setup", Some(&line))).unwrap();
        let answer = connection.create_answer().unwrap();
        assert_eq!(value(&answer.sdp, "a=setup:"), Some(answered), "to {offered}");
    }
    // An answer has to choose (RFC 5763 section 5).
    for line in [Some("a=setup:actpass"), Some("a=setup:holdconn"), None] {
        let (mut connection, answer) = offered();
        refuses_for(&mut connection, edit(&answer, "a=setup", line), Fault::BadSetup);
    }
    for choice in ["a=setup:active", "a=setup:passive"] {
        let (mut connection, answer) = offered();
        connection.set_remote_description(START, edit(&answer, "a=setup", Some(choice))).unwrap();
    }
}

#[test]
fn a_live_association_keeps_its_part_its_keys_and_its_port() {
    let (mut pair, ours, theirs) = Pair::connected();
    let now = pair.now;
    let offer = pair.alice.connection.create_offer(OfferOptions::default()).unwrap();
    let bob = &mut pair.bob.connection;
    let wrong = format!("a=fingerprint:sha-256 {}", ["AB"; 32].join(":"));
    for (prefix, line, fault, name) in [
        ("a=fingerprint", &wrong[..], Fault::DtlsChanged, "InvalidAccessError"),
        ("a=tls-id", "a=tls-id:ABCDEFGHIJKLMNOPQRSTUVWX", Fault::DtlsChanged, "InvalidAccessError"),
        ("a=sctp-port", "a=sctp-port:5001", Fault::SctpPortChanged, "InvalidModificationError"),
        // Bob opened the handshake; now Alice wants to have done it.
        ("a=setup", "a=setup:active", Fault::DtlsChanged, "InvalidAccessError"),
    ] {
        let bad = edit(&offer, prefix, Some(line));
        let error = fails(bob, |bob| bob.set_remote_description(now, bad));
        match error {
            DescriptionError::Unacceptable { fault: found, .. } => {
                assert_eq!(found, fault, "{line}")
            }
            error => panic!("{line}: {error:?}"),
        }
        assert_eq!(error.exception().name(), name, "{line}");
    }
    messages_flow(&mut pair, ours, theirs);
}

#[test]
fn the_sizes_of_messages_are_as_rfc_8841_has_them() {
    for (line, expected) in [
        (None, 65_536),
        (Some("a=max-message-size:0"), usize::MAX),
        (Some("a=max-message-size:1"), 1),
        (Some("a=max-message-size:1073741823"), 1_073_741_823),
    ] {
        let mut connection = lone(2);
        assert_eq!(connection.max_message_size(), None);
        connection
            .set_remote_description(START, edit(&offer(), "a=max-message-size", line))
            .unwrap();
        connection.set_local_description(START, None).unwrap();
        assert_eq!(connection.max_message_size(), Some(expected));
    }
    let mut connection = lone(2);
    connection.set_remote_description(START, edit(&offer(), "a=sctp-port", None)).unwrap();
}

#[test]
fn an_answer_that_does_not_mirror_its_offer_is_refused() {
    let (mut connection, answer) = offered();
    refuses_for(&mut connection, edit(&answer, "a=mid", Some("a=mid:1")), Fault::BadBundle);
    let other = edit(&edit(&answer, "a=mid", Some("a=mid:1")), "a=group", None);
    refuses_for(&mut connection, other, Fault::SectionMismatch);
    let audio = edit(&answer, "m=", Some("m=audio 9 UDP/TLS/RTP/SAVPF 111"));
    refuses_for(&mut connection, audio, Fault::SectionMismatch);
    let mut more = answer.clone();
    more.sdp += "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n";
    refuses_for(&mut connection, more, Fault::SectionCount);
    let none = Description::answer(
        answer.sdp.split("m=").next().unwrap().replace("a=group:BUNDLE 0\r\n", ""),
    );
    refuses_for(&mut connection, none, Fault::SectionCount);
    connection.set_remote_description(START, answer).unwrap();
}

#[test]
fn a_refused_data_section_leaves_the_connection_without_data() {
    let (mut connection, answer) = offered();
    let refused = Description::answer(
        edit(&answer, "m=", Some("m=application 0 UDP/DTLS/SCTP webrtc-datachannel"))
            .sdp
            .replace("a=group:BUNDLE 0\r\n", ""),
    );
    connection.set_remote_description(START, refused).unwrap();
    assert_eq!(connection.signaling_state(), SignalingState::Stable);
    assert_eq!(connection.max_message_size(), None);
}

#[test]
fn later_offers_keep_every_section_in_its_place() {
    let mut connection = lone(2);
    let first = Description::offer(include_str!("../samples/chromium-offer.sdp"));
    connection.set_remote_description(START, first.clone()).unwrap();
    connection.set_local_description(START, None).unwrap();
    let sections: Vec<_> = first.sdp.split("m=").collect();
    let fewer =
        [sections[0].replace("BUNDLE 0 1 2", "BUNDLE 0 1"), sections[1].into(), sections[2].into()];
    refuses_for(&mut connection, Description::offer(fewer.join("m=")), Fault::FewerSections);
    let swapped = [sections[0], sections[3], sections[2], sections[1]].join("m=");
    refuses_for(&mut connection, Description::offer(swapped), Fault::SectionMismatch);
    let renamed = edit(&first, "a=mid:2", Some("a=mid:data"));
    let renamed = edit(&renamed, "a=group", Some("a=group:BUNDLE 0 1 data"));
    refuses_for(&mut connection, renamed, Fault::SectionMismatch);
    connection.set_remote_description(START, first).unwrap();
}
