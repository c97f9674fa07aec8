//! Candidates of the other side.

use rtc_peer::{
    AddIceCandidateError, Description, IceCandidate, MAX_REMOTE_CANDIDATES, PeerConnection,
};

use crate::common::START;
use crate::setup::{edit, fails, lines, lone, offered, stable};

const GOOD: &str = "candidate:1 1 udp 2122260223 198.51.100.1 4000 typ host";

fn pairs(connection: &PeerConnection) -> usize {
    connection.stats(START).candidate_pairs.len()
}

#[test]
fn candidates_are_refused_by_the_rules_of_w3c() {
    use AddIceCandidateError as Error;
    let add = |connection: &mut PeerConnection, candidate: IceCandidate| {
        let error = fails(connection, |connection| connection.add_ice_candidate(START, &candidate));
        (error, error.exception().name())
    };
    let good = || IceCandidate::new(GOOD, "0");
    assert_eq!(add(&mut lone(2), good()), (Error::NoRemoteDescription, "InvalidStateError"));
    let nowhere = || IceCandidate { sdp_mid: None, ..good() };
    assert_eq!(add(&mut lone(2), nowhere()), (Error::NoSection, "TypeError"));

    let connection = &mut stable();
    assert_eq!(add(connection, nowhere()), (Error::NoSection, "TypeError"));
    let elsewhere = IceCandidate::new(GOOD, "7");
    assert_eq!(add(connection, elsewhere), (Error::UnknownSection, "OperationError"));
    let index = |index| IceCandidate { sdp_m_line_index: Some(index), ..nowhere() };
    assert_eq!(add(connection, index(1)), (Error::UnknownSection, "OperationError"));
    // The mid goes before the index.
    let both = IceCandidate { sdp_mid: Some("7".into()), ..index(0) };
    assert_eq!(add(connection, both), (Error::UnknownSection, "OperationError"));
    let stranger = IceCandidate { username_fragment: Some("nobody".into()), ..good() };
    assert_eq!(add(connection, stranger), (Error::UnknownUfrag, "OperationError"));
    let stranger = IceCandidate::new(format!("{GOOD} ufrag nobody"), "0");
    assert_eq!(add(connection, stranger), (Error::UnknownUfrag, "OperationError"));
    for text in
        ["garbage", "candidate:", "candidate:1 1 udp", "candidate:1 x udp 1 1.2.3.4 5 typ host"]
    {
        let garbage = IceCandidate::new(text, "0");
        assert_eq!(add(connection, garbage), (Error::Syntax, "OperationError"), "{text}");
    }
    connection.add_ice_candidate(START, &index(0)).unwrap();
    connection.close();
    assert_eq!(add(connection, good()), (Error::Closed, "InvalidStateError"));
}

#[test]
fn candidates_of_no_use_are_kept_and_ignored() {
    let mut connection = stable();
    let before = pairs(&connection);
    for text in [
        "candidate:1 1 udp 2122260223 0b4d2b4e-5d1f-4c2a-8f0e-2b6a4b1c9d3e.local 4000 typ host",
        "candidate:1 1 tcp 1518280447 198.51.100.1 9 typ host tcptype active",
        "candidate:1 2 udp 2122260222 198.51.100.1 4001 typ host",
        "candidate:1 1 udp 2122260223 host.example 4000 typ host",
    ] {
        connection.add_ice_candidate(START, &IceCandidate::new(text, "0")).unwrap();
        assert_eq!(pairs(&connection), before, "{text}");
        let kept = connection.remote_description().unwrap().sdp;
        assert!(kept.contains(&text["candidate:1 1 ".len()..]), "{text} in {kept}");
    }
    connection.add_ice_candidate(START, &IceCandidate::new(GOOD, "0")).unwrap();
    assert_eq!(pairs(&connection), before + 1);
    connection.add_ice_candidate(START, &IceCandidate::new(GOOD, "0")).unwrap();
    assert_eq!(pairs(&connection), before + 1, "known");
}

#[test]
fn a_candidate_for_a_section_that_is_not_used_is_kept_and_ignored() {
    let mut connection = lone(2);
    // Not bundled: each section has a transport of its own.
    let sample = Description::offer(include_str!("../samples/chromium-offer-max-compat.sdp"));
    let (head, tail) = sample.sdp.split_once("m=application").unwrap();
    let tail = tail.replace("a=ice-ufrag:cdjH", "a=ice-ufrag:other");
    let sdp =
        format!("{head}m=application{tail}").replace("a=group:BUNDLE 0 1 2", "a=group:LS 0 1");
    // Kinds that are not known are rejected.
    let sdp = sdp.replace("m=audio", "m=text").replace("m=video", "m=image");
    connection.set_remote_description(START, Description::offer(sdp)).unwrap();
    connection.set_local_description(START, None).unwrap();
    let before = pairs(&connection);
    for mid in ["0", "1"] {
        connection.add_ice_candidate(START, &IceCandidate::new(GOOD, mid)).unwrap();
        assert_eq!(pairs(&connection), before, "mid {mid}");
    }
    connection.add_ice_candidate(START, &IceCandidate::new(GOOD, "2")).unwrap();
    assert_eq!(pairs(&connection), before + 1);
}

#[test]
fn an_empty_candidate_ends_the_candidates() {
    for candidate in [
        IceCandidate::default(),
        IceCandidate::new("", "0"),
        IceCandidate { sdp_m_line_index: Some(0), ..IceCandidate::default() },
    ] {
        let (mut connection, answer) = offered();
        let answer = edit(&edit(&answer, "a=end-of-candidates", None), "a=candidate", None);
        connection.set_remote_description(START, answer).unwrap();
        connection.add_ice_candidate(START, &IceCandidate::new(GOOD, "0")).unwrap();
        connection.add_ice_candidate(START, &candidate).unwrap();
        connection.add_ice_candidate(START, &candidate).unwrap();
        let sdp = connection.remote_description().unwrap().sdp;
        assert_eq!(lines(&sdp, "a=end-of-candidates").len(), 1);
        assert_eq!(lines(&sdp, "a=candidate").len(), 1);
    }
}

#[test]
fn no_more_than_a_hundred_candidates_are_kept() {
    let (mut connection, answer) = offered();
    connection.set_remote_description(START, edit(&answer, "a=candidate", None)).unwrap();
    let candidate = |n: usize| {
        IceCandidate::new(format!("candidate:{n} 1 udp {n} 198.51.100.{n} 4000 typ host"), "0")
    };
    for n in 1..=MAX_REMOTE_CANDIDATES {
        connection.add_ice_candidate(START, &candidate(n)).unwrap();
    }
    let error = fails(&mut connection, |c| c.add_ice_candidate(START, &candidate(101)));
    assert_eq!(error, AddIceCandidateError::TooMany);
    assert_eq!(error.exception().name(), "OperationError");
    connection.add_ice_candidate(START, &IceCandidate::default()).unwrap();
}
