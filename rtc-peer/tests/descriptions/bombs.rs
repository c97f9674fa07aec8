//! Whatever comes: too much of everything, and descriptions with a line changed.

use proptest::prelude::*;
use rtc_peer::{Description, Exception, MAX_REMOTE_CANDIDATES, SdpType, SignalingState};

use crate::common::START;
use crate::setup::{lone, offer, offered, refuses, view, with_channel};

#[test]
fn bombs_are_refused_or_borne_and_quickly() {
    let good = offer().sdp;
    let sections = |count: usize| {
        let mut sdp = good.split("a=group").next().unwrap().to_string();
        for mid in 0..count {
            sdp += &format!(
                "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\n"
            );
        }
        sdp
    };
    let bombs = [
        "x".repeat(2 << 20),
        good.clone() + &"a=x:y\r\n".repeat(200_000),
        good.clone() + &format!("a={}\r\n", "z".repeat(2 << 20)),
        sections(257),
        sections(10_000),
        good.replace("a=mid:0", &format!("a=mid:{}", "0".repeat(1 << 20))),
        good.clone() + &good[good.find("m=").unwrap()..],
    ];
    let mut connection = lone(2);
    for bomb in bombs {
        let head: String = bomb.chars().take(30).collect();
        let error = refuses(&mut connection, Description::offer(bomb));
        assert_ne!(error.exception(), Exception::InvalidState, "{head}");
    }
    let candidates = (0..10_000)
        .map(|n| {
            format!("a=candidate:{n} 1 udp {n} 198.51.{}.{} 4000 typ host\r\n", n / 250, n % 250)
        })
        .collect::<String>();
    connection.set_remote_description(START, Description::offer(good + &candidates)).unwrap();
    connection.set_local_description(START, None).unwrap();
    assert!(connection.stats(START).candidate_pairs.len() <= MAX_REMOTE_CANDIDATES);
}

fn mutated(
    good: &str,
    cut: Option<usize>,
    changes: &[(usize, u8)],
    moved: &[(usize, usize)],
) -> String {
    let mut lines: Vec<_> = good.split_inclusive("\r\n").collect();
    for (from, to) in moved {
        let line = lines[from % lines.len()];
        let place = to % (lines.len() + 1);
        if from % 2 == 0 {
            lines.insert(place, line);
        } else {
            lines.remove(from % lines.len());
        }
        if lines.is_empty() {
            break;
        }
    }
    let mut bytes = lines.concat().into_bytes();
    for (place, byte) in changes {
        if !bytes.is_empty() {
            let place = place % bytes.len();
            bytes[place] = byte & 0x7f;
        }
    }
    if let Some(cut) = cut {
        bytes.truncate(cut % (bytes.len() + 1));
    }
    String::from_utf8(bytes).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_description_is_taken_or_changes_nothing(
        which in 0usize..5,
        cut in proptest::option::weighted(0.3, any::<usize>()),
        changes in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..4),
        moved in proptest::collection::vec((any::<usize>(), any::<usize>()), 0..4),
    ) {
        let (mut connection, good) = match which {
            0 => (lone(2), offer()),
            1 => (lone(2), Description::offer(include_str!("../samples/firefox-offer.sdp"))),
            2 => (with_channel(2), Description::offer(include_str!("../samples/chromium-offer.sdp"))),
            3 => offered(),
            _ => {
                let mut connection = lone(2);
                connection.set_remote_description(START, offer()).unwrap();
                connection.set_local_description(START, None).unwrap();
                (connection, offer())
            }
        };
        let sdp = mutated(&good.sdp, cut, &changes, &moved);
        while connection.poll_event().is_some() {}
        let before = view(&mut connection);
        let description = Description { kind: good.kind, sdp };
        match connection.set_remote_description(START, description) {
            Err(_) => {
                prop_assert_eq!(connection.poll_event(), None);
                prop_assert_eq!(view(&mut connection), before);
            }
            Ok(()) if good.kind == SdpType::Offer => {
                // What was taken can be answered.
                connection.set_local_description(START, None).unwrap();
            }
            Ok(()) => prop_assert_eq!(connection.signaling_state(), SignalingState::Stable),
        }
    }
}
