//! The fuzz bodies of multicast DNS, over the corpus and over random bytes.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

#[path = "../../fuzz/src/input.rs"]
#[allow(dead_code, reason = "other targets use the rest of it")]
mod input;
#[path = "../../fuzz/src/mdns.rs"]
#[allow(clippy::unwrap_used, unreachable_pub, missing_docs, reason = "another room's file")]
mod mdns;

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rtc_ice::mdns::{DecodeError, Message};

fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 10, "{}", paths.len());
    paths
}

#[test]
fn the_corpus_of_messages_does_no_harm_and_neither_does_a_truncation_of_it() {
    for path in corpus("mdns_message") {
        let message = fs::read(path).unwrap();
        for length in 0..=message.len() {
            mdns::message(&message[..length]);
            let _ = Message::decode(&message[..length]);
        }
    }
}

#[test]
fn the_corpus_of_commands_does_no_harm() {
    for path in corpus("mdns_machine") {
        mdns::machine(&fs::read(path).unwrap());
    }
}

#[test]
fn what_is_wrong_with_the_messages_of_the_corpus_is_found() {
    use DecodeError::{Label, Pointer, Truncated};
    let culprits = [
        Truncated, Label, Pointer, Pointer, Truncated, Pointer, Label, Pointer, Truncated,
        Truncated, Pointer, Truncated, Truncated, Truncated, Pointer, Truncated, Truncated,
        Truncated, Pointer, Truncated,
    ];
    let files = corpus("mdns_message");
    for (n, culprit) in (1..).zip(culprits) {
        let file = files.iter().find(|path| path.ends_with(format!("{n}.mdns"))).unwrap();
        let message = fs::read(file).unwrap();
        assert_eq!(Message::decode(&message).unwrap_err(), culprit, "{n}");
    }
    for file in files.iter().filter(|path| path.extension().is_none()) {
        let message = fs::read(file).unwrap();
        assert!(Message::decode(&message).is_ok(), "{}", file.display());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("ICE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(300),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_list_of_commands_does_harm(data in prop::collection::vec(any::<u8>(), 0..400)) {
        mdns::machine(&data);
    }

    #[test]
    fn no_change_of_a_sensible_list_does_harm(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
    ) {
        let files = corpus("mdns_machine");
        let mut data = fs::read(&files[seed.index(files.len())]).unwrap();
        for (place, byte) in changes {
            let place = place.index(data.len());
            data[place] = byte;
        }
        mdns::machine(&data);
    }

    #[test]
    fn no_change_of_a_message_does_harm(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
    ) {
        let files = corpus("mdns_message");
        let mut data = fs::read(&files[seed.index(files.len())]).unwrap();
        for (place, byte) in changes {
            let place = place.index(data.len());
            data[place] = byte;
        }
        mdns::message(&data);
    }
}
