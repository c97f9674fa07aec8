//! Fingerprints that are not the certificate's.

use rtc_peer::{ConnectionState, Description};

use crate::peers::{Peers, in_band};
use crate::record::subtests;

subtests! {
    "protocol/dtls-fingerprint-validation.html", A2;

    connection_fails_if_one_side_provides_a_wrong_dtls_fingerprint =
        "Connection fails if one side provides a wrong DTLS fingerprint" => {
        let mut peers = Peers::new();
        peers.exchange_ice_candidates();
        answer_with_zeros(&mut peers, "sha-256", 32);
        peers.run_until(|peers| peers.pc1().connection_state() == ConnectionState::Failed);
        peers.run_until(|peers| peers.pc2().connection_state() == ConnectionState::Failed);
    };
    sdp_negotiation_with_a_sha_256_fingerprint_succeds =
        "SDP negotiation with a sha-256 fingerprint succeds" => answer_with_zeros(&mut Peers::new(), "sha-256", 32);
    sdp_negotiation_with_a_sha_384_fingerprint_succeds =
        "SDP negotiation with a sha-384 fingerprint succeds" => answer_with_zeros(&mut Peers::new(), "sha-384", 48);
    sdp_negotiation_with_a_sha_512_fingerprint_succeds =
        "SDP negotiation with a sha-512 fingerprint succeds" => answer_with_zeros(&mut Peers::new(), "sha-512", 64);

    [not applicable: "a decision: a description without a fingerprint that is checked is refused"]
        "SDP negotiation with a sha-1 fingerprint succeds";
}

/// Negotiates data channels; in the answer there is a fingerprint of nothing but zeros.
fn answer_with_zeros(peers: &mut Peers, hash: &str, length: usize) {
    peers.pc1().create_data_channel("datachannel", in_band()).unwrap();
    let now = peers.now;
    peers.pc1().set_local_description(now, None).unwrap();
    let offer = peers.pc1().local_description().unwrap();
    peers.pc2().set_remote_description(now, offer).unwrap();
    let answer = peers.pc2().create_answer().unwrap();
    let zeros = format!("a=fingerprint:{hash} {}", vec!["00"; length].join(":"));
    let lines = answer
        .sdp
        .split("\r\n")
        .map(|line| if line.starts_with("a=fingerprint:sha-256 ") { &zeros } else { line });
    let sdp = lines.collect::<Vec<_>>().join("\r\n");
    assert_ne!(sdp, answer.sdp);
    peers.pc1().set_remote_description(now, Description::answer(sdp)).unwrap();
    peers.pc2().set_local_description(now, Some(answer)).unwrap();
}
