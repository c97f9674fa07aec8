//! Descriptions of media that attack or that nobody can mean: one test for each kind.

use allocation_counter::AllocationInfo;
use rtc_peer::{
    DataChannelInit, Description, DescriptionError, Fault, MediaKind, PeerConnection, Track,
};

use crate::common::START;
use crate::setup::{edit, lines, lone, refuses, refuses_for, sections, view};

fn sender(seed: u8) -> PeerConnection {
    let mut connection = lone(seed);
    for kind in [MediaKind::Audio, MediaKind::Video] {
        connection.add_track(Track::new(kind, format!("{kind}")), &["stream"]).unwrap();
    }
    connection.create_data_channel("chat", DataChannelInit::default()).unwrap();
    connection
}

/// An offer of audio, video and data.
fn offer() -> Description {
    let mut connection = sender(1);
    connection.set_local_description(START, None).unwrap();
    connection.local_description().unwrap()
}

/// The description with these lines more in the video section.
fn with_lines(description: &Description, more: &str) -> Description {
    let video = sections(&description.sdp)[1].clone();
    let sdp = description.sdp.replace(&video, &format!("{video}{more}"));
    Description { kind: description.kind, sdp }
}

/// What setting an offer allocated on the way, and whether it was taken. A refused one changes
/// nothing.
#[track_caller]
fn set(description: Description) -> (AllocationInfo, Result<(), DescriptionError>) {
    let mut connection = lone(2);
    let before = view(&mut connection);
    let mut result = Ok(());
    let work = allocation_counter::measure(|| {
        result = connection.set_remote_description(START, description);
        if result.is_ok() {
            result = connection.set_local_description(START, None);
        }
    });
    if result.is_err() {
        assert_eq!(view(&mut connection), before);
    }
    (work, result)
}

#[test]
fn a_payload_type_means_one_thing() {
    let offer = offer();
    let video = sections(&offer.sdp)[1].clone();
    let vp8 = lines(&video, "a=rtpmap:")[0].split(' ').next().unwrap().to_string();
    let number: &str = vp8.trim_start_matches("a=rtpmap:");
    let mut bob = lone(2);
    refuses_for(&mut bob, with_lines(&offer, &format!("{vp8} H264/90000\r\n")), Fault::PayloadType);
    // RTCP would be taken for these.
    for bad in [64, 72, 95] {
        let sdp = offer
            .sdp
            .replace(&format!("SAVPF {number} "), &format!("SAVPF {bad} "))
            .replace(&format!(":{number} "), &format!(":{bad} "));
        refuses_for(&mut bob, Description::offer(sdp), Fault::PayloadType);
    }
    // What repairs something that is not there.
    let orphan = edit(&offer, &format!("a=rtpmap:{number} "), None);
    let orphan = orphan.sdp.replace(&format!("SAVPF {number} "), "SAVPF ");
    refuses_for(&mut bob, Description::offer(orphan), Fault::PayloadType);
    // Bundled sections share the numbers: what has one that is taken is left out of the answer.
    // Sections by themselves do not.
    let opus = lines(&sections(&offer.sdp)[0], "a=rtpmap:")[0].to_string();
    let opus_number = opus.trim_start_matches("a=rtpmap:").split(' ').next().unwrap();
    let shared = video
        .replace(&format!("SAVPF {number} "), &format!("SAVPF {opus_number} "))
        .replace(&format!(":{number} "), &format!(":{opus_number} "))
        .replace(&format!("apt={number}\r\n"), &format!("apt={opus_number}\r\n"));
    let shared = Description::offer(offer.sdp.replace(&video, &shared));
    let taken = format!("a=rtpmap:{opus_number} VP8/90000");
    for (description, is_there) in [(edit(&shared, "a=group", None), true), (shared, false)] {
        let mut bob = lone(2);
        bob.set_remote_description(START, description).unwrap();
        bob.set_local_description(START, None).unwrap();
        let answer = bob.local_description().unwrap().sdp;
        assert_eq!(answer.contains(&taken), is_there, "{answer}");
        assert!(answer.contains("H264/90000"), "{answer}");
    }
}

#[test]
fn a_header_extension_id_means_one_thing_for_ever() {
    let offer = offer();
    let mut bob = lone(2);
    let twice = with_lines(&offer, "a=extmap:4 urn:example:other\r\n");
    refuses_for(&mut bob, twice, Fault::ExtensionIds);
    let audio = sections(&offer.sdp)[0].clone();
    let other = audio.replace("a=extmap:2 ", "a=extmap:7 ");
    let across = Description::offer(offer.sdp.replace(&audio, &other));
    refuses_for(&mut bob, across, Fault::ExtensionIds);
    // Neither an answer nor a later offer may give it another meaning.
    let mut alice = sender(1);
    alice.set_local_description(START, None).unwrap();
    bob.set_remote_description(START, offer.clone()).unwrap();
    bob.set_local_description(START, None).unwrap();
    let answer = bob.local_description().unwrap();
    let swap = |description: &Description| {
        let sdp = description
            .sdp
            .replace("urn:ietf:params:rtp-hdrext:ssrc-audio-level", "xyzzy")
            .replace(
                "urn:ietf:params:rtp-hdrext:sdes:mid",
                "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            )
            .replace("xyzzy", "urn:ietf:params:rtp-hdrext:sdes:mid");
        Description { kind: description.kind, sdp }
    };
    refuses_for(&mut alice, swap(&answer), Fault::ExtensionIds);
    refuses_for(&mut bob, swap(&offer), Fault::ExtensionIds);
    alice.set_remote_description(START, answer).unwrap();
}

#[test]
fn media_without_rtcp_mux_is_refused_on_either_side() {
    let offer = offer();
    let mut bob = lone(2);
    let without = edit(&offer, "a=rtcp-mux", None);
    refuses_for(&mut bob, without.clone(), Fault::NoRtcpMux);
    assert_eq!(refuses(&mut bob, without).exception().name(), "InvalidAccessError");
    bob.set_remote_description(START, offer).unwrap();
    bob.set_local_description(START, None).unwrap();
    let mut alice = sender(1);
    alice.set_local_description(START, None).unwrap();
    let without = edit(&bob.local_description().unwrap(), "a=rtcp-mux", None);
    refuses_for(&mut alice, without, Fault::NoRtcpMux);
}

#[test]
fn bundle_only_with_a_port_or_alone_is_refused() {
    let offer = offer();
    let mut bob = lone(2);
    refuses_for(&mut bob, with_lines(&offer, "a=bundle-only\r\n"), Fault::BundleOnly);
    let video = sections(&offer.sdp)[1].clone();
    let only = format!("{}a=bundle-only\r\n", video.replace("m=video 9 ", "m=video 0 "));
    let only = Description::offer(offer.sdp.replace(&video, &only));
    let alone = edit(&only, "a=group", Some("a=group:BUNDLE 0 2"));
    refuses_for(&mut bob, alone, Fault::BundleOnly);
    bob.set_remote_description(START, only).unwrap();
    bob.set_local_description(START, None).unwrap();
    let answer = bob.local_description().unwrap().sdp;
    assert!(sections(&answer)[1].starts_with("m=video 9 "));
}

#[test]
fn keys_in_the_description_are_no_substitute_for_dtls() {
    let crypto = "a=crypto:0 AES_CM_128_HMAC_SHA1_80 inline:2nra27hTUb9ilyn2rEkBEQN9WOFts26F\r\n";
    let offer = offer();
    let mut bob = lone(2);
    let with_both = with_lines(&offer, crypto);
    refuses_for(&mut bob, edit(&with_both, "a=fingerprint", None), Fault::SdesKeys);
    let video = sections(&with_both.sdp)[1].clone();
    let alone: String = video
        .lines()
        .filter(|line| !line.starts_with("a=fingerprint"))
        .map(|line| format!("{line}\r\n"))
        .collect();
    let only = Description::offer(with_both.sdp.replace(&video, &alone));
    refuses_for(&mut bob, only, Fault::SdesKeys);
    // Beside a fingerprint they are somebody's old habit, and not answered.
    bob.set_remote_description(START, with_both).unwrap();
    bob.set_local_description(START, None).unwrap();
    assert!(lines(&bob.local_description().unwrap().sdp, "a=crypto").is_empty());
}

#[test]
fn several_tracks_in_one_section_are_refused() {
    let mut bob = lone(2);
    let plan_b = "a=ssrc:1 msid:stream one\r\na=ssrc:2 msid:stream two\r\n";
    refuses_for(&mut bob, with_lines(&offer(), plan_b), Fault::SeveralTracks);
    // Several sources of one track are not.
    let layers = "a=ssrc:1 msid:stream one\r\na=ssrc:2 msid:stream one\r\n";
    bob.set_remote_description(START, with_lines(&offer(), layers)).unwrap();
}

#[test]
fn every_used_section_says_what_its_transport_is() {
    let offer = offer();
    let mut bob = lone(2);
    for (prefix, fault) in [
        ("a=ice-ufrag", Fault::MissingIceCredentials),
        ("a=ice-pwd", Fault::MissingIceCredentials),
        ("a=fingerprint", Fault::MissingFingerprint),
    ] {
        let video = sections(&offer.sdp)[1].clone();
        let without: String = video
            .lines()
            .filter(|line| !line.starts_with(prefix))
            .map(|line| format!("{line}\r\n"))
            .collect();
        let without = Description::offer(offer.sdp.replace(&video, &without));
        // In a group the first one speaks for it; alone nobody does.
        refuses_for(&mut bob, edit(&without, "a=group", None), fault);
        lone(3).set_remote_description(START, without).unwrap();
    }
    refuses_for(&mut bob, edit(&offer, "a=setup", Some("a=setup:holdconn")), Fault::BadSetup);
    for bad in ["a=ice-ufrag:abc", "a=ice-pwd:tooshort"] {
        let prefix = bad.split(':').next().unwrap();
        refuses(&mut bob, edit(&offer, prefix, Some(bad)));
    }
}

/// Whether what was allocated is in proportion to a description of this size: whatever copies or
/// compares each line with each allocates a thousand times as much.
fn is_modest(work: &AllocationInfo, size: usize) -> bool {
    work.bytes_total < (8 << 20) + 200 * size as u64
}

#[test]
fn too_much_of_anything_is_refused_or_borne_within_bounds() {
    let offer = offer();
    let repeat = |line: &dyn Fn(usize) -> String| -> String { (0..10_000).map(line).collect() };
    let bombs = [
        repeat(&|n| {
            format!("a=candidate:{n} 1 udp {n} 192.0.2.{} {} typ host\r\n", n % 250, n + 1)
        }),
        repeat(&|n| format!("a=ssrc:{n} cname:x\r\n")),
        repeat(&|n| format!("a=ssrc-group:FID {n} {}\r\n", n + 1)),
        repeat(&|n| format!("a=msid:stream{n} track\r\n")),
        repeat(&|n| format!("a=rid:r{n} send\r\n")),
        repeat(&|_| "a=rtcp-fb:* nack\r\n".into()),
        repeat(&|_| "a=rtcp-fb:96 nack pli\r\n".into()),
        repeat(&|n| format!("a=extmap:{} urn:example:{n}\r\n", 4096 + n % 256)),
        repeat(&|_| "a=fmtp:96 x=y\r\n".into()),
        repeat(&|n| format!("a=x-{n}:y\r\n")),
        format!("a=simulcast:send {}\r\n", vec!["r"; 10_000].join(";")),
    ];
    for more in bombs {
        let (work, _taken_or_refused) = set(with_lines(&offer, &more));
        assert!(is_modest(&work, more.len()), "{work:?} for {}", &more[..30]);
    }
    // Sections: no more than there can be transceivers, and none of them halfway.
    let audio = sections(&offer.sdp)[0].clone();
    for count in [250, 256, 4000, 10_000] {
        let head = edit(&offer, "a=group", None).sdp.split("m=").next().unwrap().to_string();
        let section = |n| {
            audio
                .replace("a=mid:0", &format!("a=mid:m{n}"))
                .replace("a=msid:", &format!("a=msid:{n}"))
        };
        let many: String = (0..count).map(section).collect();
        let size = many.len();
        let (work, result) = set(Description::offer(format!("{head}{many}")));
        assert_eq!(result.is_ok(), count <= 256, "{count}: {result:?}");
        assert!(is_modest(&work, size), "{work:?} for {count}");
    }
    let many = (0..300).fold(String::new(), |all, n| all + &format!("{}{n} ", "x"));
    refuses(&mut lone(2), edit(&offer, "a=group", Some(&format!("a=group:BUNDLE {many}"))));
}

#[test]
fn any_line_that_is_missing_is_borne_or_changes_nothing() {
    let offer = offer();
    let mut alice = sender(1);
    alice.set_local_description(START, None).unwrap();
    let mut bob = lone(2);
    bob.set_remote_description(START, offer.clone()).unwrap();
    bob.set_local_description(START, None).unwrap();
    let answer = bob.local_description().unwrap();
    for (description, offerer) in [(&offer, false), (&answer, true)] {
        let all: Vec<&str> = description.sdp.lines().collect();
        for left_out in 0..all.len() {
            let lines = all.iter().enumerate().filter(|(place, _)| *place != left_out);
            let sdp = lines.map(|(_, line)| format!("{line}\r\n")).collect();
            let mut connection = if offerer { sender(1) } else { lone(2) };
            if offerer {
                connection.set_local_description(START, None).unwrap();
            }
            let before = view(&mut connection);
            let changed = Description { kind: description.kind, sdp };
            if connection.set_remote_description(START, changed).is_err() {
                assert_eq!(view(&mut connection), before, "without {}", all[left_out]);
            }
        }
    }
}
