//! Simulcast in offers and answers (RFC 8851 to 8853).

use rtc_peer::{Description, MediaKind, OfferOptions, PeerConnection, Track, TransceiverDirection};

use crate::common::START;
use crate::setup::{edit, lines, lone};

/// An offer of video that says that it will be sent in these streams.
fn offer_with(rids: &[&str]) -> Description {
    let mut alice = lone(1);
    alice.add_track(Track::new(MediaKind::Video, "cam"), &["s"]).unwrap();
    alice.set_local_description(START, None).unwrap();
    let offer = alice.local_description().unwrap();
    let mut sdp = edit(&edit(&offer, "a=ssrc", None), "a=candidate", None).sdp;
    for rid in rids {
        sdp += &format!("a=rid:{rid} send\r\n");
    }
    sdp += &format!("a=simulcast:send {}\r\n", rids.join(";"));
    Description::offer(sdp)
}

fn answer_to(offer: Description) -> Description {
    let mut bob = lone(2);
    bob.set_remote_description(START, offer).unwrap();
    bob.set_local_description(START, None).unwrap();
    bob.local_description().unwrap()
}

fn rids(connection: &PeerConnection) -> Vec<Option<String>> {
    let transceiver = connection.transceivers().next().unwrap();
    transceiver.sender().encodings().map(|one| one.rid.clone()).collect()
}

fn simulcast_of(description: &Description) -> Vec<&str> {
    let mut found = lines(&description.sdp, "a=rid:");
    found.extend(lines(&description.sdp, "a=simulcast:"));
    found
}

#[test]
fn an_offer_to_send_several_streams_is_answered_with_receiving_them() {
    let answer = answer_to(offer_with(&["q", "h", "f"]));
    assert_eq!(
        simulcast_of(&answer),
        ["a=rid:q recv", "a=rid:h recv", "a=rid:f recv", "a=simulcast:recv q;h;f"]
    );
    // Who sends back sends one, and says so by its source.
    let mut bob = lone(2);
    bob.add_track(Track::new(MediaKind::Video, "his"), &[]).unwrap();
    bob.set_remote_description(START, offer_with(&["q", "h"])).unwrap();
    bob.set_local_description(START, None).unwrap();
    let answer = bob.local_description().unwrap();
    assert_eq!(simulcast_of(&answer), ["a=rid:q recv", "a=rid:h recv", "a=simulcast:recv q;h"]);
    assert_eq!(lines(&answer.sdp, "a=ssrc-group:FID").len(), 1);
}

#[test]
fn browsers_offers_of_simulcast_are_taken() {
    for sample in [
        include_str!("../samples/chromium-offer-simulcast.sdp"),
        include_str!("../samples/firefox-offer-simulcast.sdp"),
    ] {
        let mut connection = lone(1);
        connection.set_remote_description(START, Description::offer(sample)).unwrap();
        connection.set_local_description(START, None).unwrap();
        let answer = connection.local_description().unwrap();
        let offered = lines(sample, "a=simulcast:send ")[0].trim_start_matches("a=simulcast:send ");
        let received = format!("a=simulcast:recv {offered}");
        assert_eq!(lines(&answer.sdp, "a=simulcast:"), [received]);
        assert_eq!(lines(&answer.sdp, "a=rid:").len(), 3);
    }
}

#[test]
fn streams_that_cannot_be_had_are_left_out_of_the_answer() {
    let offer = offer_with(&["q", "h", "f"]);
    for (line, expected) in [
        // A restriction that nobody knows, a payload type that is not there, a name given twice.
        ("a=rid:h send max-wonder=1", "q;f"),
        ("a=rid:h send pt=13", "q;f"),
        ("a=rid:q send", "h;f"),
        ("a=rid:h send max-width=320;max-height=180", "q;h;f"),
        ("a=rid:h sends", "q;f"),
    ] {
        let offer = if line == "a=rid:q send" {
            edit(&offer, "a=rid:q", Some("a=rid:q send\r\na=rid:q send"))
        } else {
            edit(&offer, "a=rid:h", Some(line))
        };
        let answer = answer_to(offer);
        let found = lines(&answer.sdp, "a=simulcast:");
        assert_eq!(found, [format!("a=simulcast:recv {expected}")], "{line}");
    }
}

#[test]
fn a_simulcast_line_that_cannot_be_read_leaves_the_streams() {
    let offer = offer_with(&["q", "h"]);
    for line in ["a=simulcast:send", "a=simulcast:send q;;h", "a=simulcast:sned q", "a=simulcast"] {
        let answer = answer_to(edit(&offer, "a=simulcast", Some(line)));
        assert_eq!(lines(&answer.sdp, "a=rid:").len(), 2, "{line}");
    }
    // One that names what is not there, or one thing twice, has less to say.
    let answer = answer_to(edit(&offer, "a=simulcast", Some("a=simulcast:send x;~q;q")));
    assert_eq!(simulcast_of(&answer), ["a=rid:q recv"]);
}

#[test]
fn an_offer_to_receive_several_streams_names_what_is_sent_until_it_is_rolled_back() {
    let sample = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:Li6+\r\n\
        a=ice-pwd:3C05CTZBRQVmGCAq7hVasHlT\r\na=fingerprint:sha-256 5B:D3:8E:66:0E:7D:D3:F3:8E:E6:\
        80:28:19:FC:55:AD:58:5D:B9:3D:A8:DE:45:4A:E7:87:02:F8:3C:0B:3B:B3\r\na=setup:actpass\r\n\
        a=mid:0\r\na=recvonly\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\na=rid:foo recv\r\n\
        a=rid:bar recv\r\na=rid:baz recv\r\na=simulcast:recv foo;~bar,baz;baz\r\n";
    let mut connection = lone(1);
    let id = connection.add_track(Track::new(MediaKind::Video, "cam"), &[]).unwrap();
    connection.set_remote_description(START, Description::offer(sample)).unwrap();
    // As many as can be sent, which is one.
    assert_eq!(rids(&connection), [Some("foo".into())]);
    connection.set_remote_description(START, Description::rollback()).unwrap();
    assert_eq!(rids(&connection), [None]);
    connection.set_remote_description(START, Description::offer(sample)).unwrap();
    connection.set_local_description(START, None).unwrap();
    let answer = connection.local_description().unwrap();
    assert_eq!(simulcast_of(&answer), ["a=rid:foo send"]);
    let transceiver = connection.transceiver(id).unwrap();
    assert_eq!(transceiver.current_direction(), Some(TransceiverDirection::SendOnly));
    // What was agreed on stays in later offers.
    let offer = connection.create_offer(OfferOptions::default()).unwrap();
    assert_eq!(simulcast_of(&offer), ["a=rid:foo send"]);
}
