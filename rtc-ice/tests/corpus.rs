//! The fuzz bodies, over the corpus and over random bytes.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

#[path = "../../fuzz/src/ice.rs"]
#[allow(clippy::unwrap_used, unreachable_pub, missing_docs, reason = "another room's file")]
mod ice;
#[path = "../../fuzz/src/input.rs"]
#[allow(dead_code, reason = "other targets use the rest of it")]
mod input;

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use rtc_ice::stun::{AttributeType, Class, Message, NetworkInfo};

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target)
}

fn run(target: &str, body: fn(&[u8])) {
    let mut count = 0;
    for entry in fs::read_dir(corpus(target)).unwrap() {
        body(&fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn the_corpus_of_messages_does_no_harm() {
    run("ice_stun", ice::stun);
}

#[test]
fn the_corpus_of_commands_does_no_harm() {
    run("ice_agent", ice::agent);
}

#[test]
fn what_browsers_send_is_read() {
    let read = |name: &str| fs::read(corpus("ice_stun").join(name)).unwrap();
    for (name, class, kinds) in [
        ("chromium-check-controlled", Class::Request, "USERNAME ICE-CONTROLLED PRIORITY"),
        ("chromium-check-controlling", Class::Request, "USERNAME ICE-CONTROLLING PRIORITY"),
        ("chromium-nomination", Class::Request, "USERNAME USE-CANDIDATE PRIORITY"),
        ("chromium-success", Class::Success, "XOR-MAPPED-ADDRESS"),
        ("chromium-sped-controlled", Class::Request, "USERNAME 0xc071 0xc070"),
        ("chromium-sped-nomination", Class::Request, "USERNAME USE-CANDIDATE 0xc070"),
        ("chromium-sped-success", Class::Success, "XOR-MAPPED-ADDRESS 0xc071"),
        ("firefox-check-controlled", Class::Request, "USERNAME ICE-CONTROLLED PRIORITY"),
        ("firefox-nomination", Class::Request, "USERNAME USE-CANDIDATE ICE-CONTROLLING"),
    ] {
        let bytes = read(name);
        let message = Message::decode(&bytes).unwrap();
        assert_eq!(message.class(), class, "{name}");
        assert!(message.has_fingerprint() && message.has_integrity(), "{name}");
        assert_eq!(message.unknown_required().count(), 0, "{name}");
        let all: Vec<String> =
            message.attributes().map(|attribute| format!("{:?}", attribute.kind)).collect();
        for kind in kinds.split(' ') {
            assert!(all.iter().any(|found| found == kind), "{name}: {kind} of {all:?}");
        }
    }
    let check = read("chromium-check-controlled");
    let message = Message::decode(&check).unwrap();
    assert!(matches!(message.network_info(), Ok(Some(NetworkInfo { .. }))));
    assert_eq!(message.attribute(AttributeType::NETWORK_INFO).map(<[u8]>::len), Some(4));
    assert!(rtc_ice::binding_request_ufrags(&check).is_some());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("ICE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(150),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_list_of_commands_does_harm(data in prop::collection::vec(any::<u8>(), 0..400)) {
        ice::agent(&data);
    }

    #[test]
    fn no_change_of_a_sensible_list_does_harm(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
    ) {
        let mut files: Vec<_> =
            fs::read_dir(corpus("ice_agent")).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut data = fs::read(&files[seed.index(files.len())]).unwrap();
        for (place, byte) in changes {
            let place = place.index(data.len());
            data[place] = byte;
        }
        ice::agent(&data);
    }

    #[test]
    fn no_bytes_do_harm(data in prop::collection::vec(any::<u8>(), 0..100)) {
        ice::stun(&data);
    }
}
