//! Descriptions that Chromium and Firefox wrote come back letter by letter.

use std::fs;
use std::path::PathBuf;

use rtc_sdp::{Attribute, SessionDescription};

#[test]
fn every_browser_sample_is_written_back_as_it_was_read() {
    let samples = samples();
    assert_eq!(samples.len(), 32);
    for (name, text) in samples {
        let session = SessionDescription::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(session.to_string(), text.replace("\r\n", "\n").replace('\n', "\r\n"), "{name}");
        assert_eq!(SessionDescription::parse(&session.to_string()), Ok(session), "{name}");
    }
}

#[test]
fn every_line_of_the_browsers_is_understood() {
    for (name, text) in samples() {
        let session = SessionDescription::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let of_media = session.media.iter().flat_map(|media| &media.attributes);
        for attribute in session.attributes.iter().chain(of_media) {
            assert!(!matches!(attribute, Attribute::Unknown { .. }), "{name}: {attribute:?}");
        }
    }
}

#[test]
fn bare_line_feeds_make_no_difference() {
    for (name, text) in samples() {
        let bare = text.replace("\r\n", "\n");
        assert_eq!(SessionDescription::parse(&bare), SessionDescription::parse(&text), "{name}");
    }
}

fn samples() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let mut samples: Vec<_> = fs::read_dir(folder)
        .expect("the samples are there")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sdp"))
        .map(|path| (path.display().to_string(), fs::read_to_string(path).expect("UTF-8")))
        .collect();
    samples.sort();
    samples
}
