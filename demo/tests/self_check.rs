//! `demo --self-check`, as an installation script would use it.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::process::Command;

#[test]
fn the_self_check_tells_what_happened_and_ends_well() {
    let output = Command::new(env!("CARGO_BIN_EXE_demo"))
        .args(["--self-check", "--megabytes", "8"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    for part in [
        " gathered",
        "ICE connected",
        "DTLS connected (TLS_",
        "channel open",
        "first message echoed",
        "100 %",
        "8 MB arrived intact",
        "MB/s",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}
