//! Damaged descriptions are refused or read; what is read is written to be read the same.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use rtc_sdp::SessionDescription;

/// Reads a text and, if it can be read, checks that its own writing gives the same value.
fn check(text: &str) -> bool {
    let Ok(session) = SessionDescription::parse(text) else { return false };
    let written = session.to_string();
    let again = SessionDescription::parse(&written);
    assert_eq!(again.as_ref(), Ok(&session), "{text}");
    assert_eq!(again.map(|again| again.to_string()), Ok(written));
    for media in &session.media {
        let _ = (session.conflicting_extmap(media), media.payload_formats().conflict());
    }
    true
}

#[test]
fn the_fuzzing_seeds_are_refused_or_read_the_same_again() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/sdp_parse");
    let (mut read, mut refused) = (0, 0);
    for entry in fs::read_dir(folder).expect("the seeds are there") {
        let bytes = fs::read(entry.expect("a readable folder").path()).expect("a readable file");
        let Ok(text) = String::from_utf8(bytes) else { continue };
        *if check(&text) { &mut read } else { &mut refused } += 1;
    }
    // What cannot be read has credentials that are none, or is cut short.
    assert!(read >= 15, "{read} read, {refused} refused");
}

#[test]
fn every_cut_of_a_description_is_refused_or_read_the_same_again() {
    for text in [
        include_str!("samples/chromium-offer-dataonly.sdp"),
        include_str!("samples/firefox-offer-dataonly.sdp"),
    ] {
        for end in 0..text.len() {
            check(text.get(..end).expect("ASCII"));
        }
    }
}

#[test]
fn every_single_byte_may_be_damaged() {
    let text = include_str!("samples/chromium-offer-dataonly.sdp");
    for place in 0..text.len() {
        for byte in [0, b' ', b'/', b':', b'\r', b'\n', b'0', b'=', b'\x7f'] {
            let mut bytes = text.as_bytes().to_vec();
            bytes[place] = byte;
            check(&String::from_utf8(bytes).expect("ASCII"));
        }
    }
}

#[derive(Debug, Clone)]
enum Change {
    Drop(usize),
    Double(usize),
    Swap(usize, usize),
    Replace(usize, usize, String),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let line = 0..200usize;
    let change = prop_oneof![
        line.clone().prop_map(Change::Drop),
        line.clone().prop_map(Change::Double),
        (line.clone(), line.clone()).prop_map(|(a, b)| Change::Swap(a, b)),
        (line, 0..60usize, "[ -~]{0,5}")
            .prop_map(|(line, at, text)| Change::Replace(line, at, text)),
    ];
    prop::collection::vec(change, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn damaged_samples_are_refused_or_read_the_same_again(
        sample in prop::sample::select(&[
            include_str!("samples/chromium-offer-simulcast.sdp"),
            include_str!("samples/firefox-offer-simulcast.sdp"),
            include_str!("samples/firefox-answer.sdp"),
            include_str!("rfc8829/offer-B2.sdp"),
        ][..]),
        changes in changes(),
    ) {
        let mut lines: Vec<String> = sample.lines().map(str::to_owned).collect();
        for change in changes {
            let length = lines.len();
            match change {
                Change::Drop(line) => { lines.remove(line % length); }
                Change::Double(line) => lines.insert(line % length, lines[line % length].clone()),
                Change::Swap(a, b) => lines.swap(a % length, b % length),
                Change::Replace(line, at, text) => {
                    let line = &mut lines[line % length];
                    let at = at.min(line.len());
                    let end = line.len().min(at + text.len() / 2);
                    line.replace_range(at..end, &text);
                }
            }
        }
        check(&lines.join("\r\n"));
    }

    #[test]
    fn any_lines_are_refused_or_read_the_same_again(lines in prop::collection::vec(
        "[a-zA-Z]=[ -~\u{e9}]{0,30}|a=(x|mid|group|rtcp|ssrc|rid|candidate|extmap):[ -~]{0,40}\
         |m=(audio|x) [0-9]{1,6}(/[0-9])? (RTP/AVP|UDP/DTLS/SCTP|x) [0-9x ]{1,9}|[bcriztk]=[ -~]{0,20}",
        0..12,
    )) {
        let text = format!("v=0\no=- 1 1 IN IP4 0.0.0.0\ns=\nt=0 0\n{}", lines.join("\n"));
        check(&text);
    }
}
