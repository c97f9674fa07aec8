//! The fuzz body of the gatherer, over the corpus and over random bytes.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

#[path = "../../fuzz/src/gather.rs"]
#[allow(clippy::unwrap_used, unreachable_pub, missing_docs, reason = "another room's file")]
mod gather;
#[path = "../../fuzz/src/input.rs"]
#[allow(dead_code, reason = "other targets use the rest of it")]
mod input;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

#[test]
fn the_corpus_of_the_gatherer_does_no_harm() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/ice_gatherer");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        gather::gatherer(&fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

proptest! {
    #[test]
    fn no_list_of_commands_does_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        gather::gatherer(&bytes);
    }
}
