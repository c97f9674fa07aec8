//! The bodies of the fuzz targets: plain functions that must return whatever they are given.
//!
//! `cargo test` runs each over its corpus; `cargo fuzz run TARGET` looks for new inputs.

pub mod dtls;
pub mod gather;
pub mod ice;
mod impostor;
mod input;
mod made_media;
pub mod mdns;
pub mod peer;
pub mod peer_media;
pub mod peer_router;
pub mod sctp;
pub mod sdp;
pub mod srtp;
pub mod turn;

/// Every target by the name of its corpus.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("dtls_certificate", dtls::certificate),
    ("dtls_connection", dtls::connection),
    ("dtls_handshake_messages", dtls::handshake_messages),
    ("dtls_records", dtls::records),
    ("ice_agent", ice::agent),
    ("ice_framing", turn::framing),
    ("ice_gatherer", gather::gatherer),
    ("ice_stun", ice::stun),
    ("ice_turn_channel_data", turn::channel_data),
    ("ice_turn_client", turn::client),
    ("mdns_machine", mdns::machine),
    ("mdns_message", mdns::message),
    ("peer_descriptions", peer::descriptions),
    ("peer_inside", peer::inside),
    ("peer_media", peer_media::media),
    ("peer_pair", peer::pair),
    ("peer_router", peer_router::router),
    ("sctp_association", sctp::association),
    ("sctp_packet", sctp::packet),
    ("sdp_candidate", sdp::candidate),
    ("sdp_parse", sdp::parse),
    ("sdp_trickle_fragment", sdp::trickle_fragment),
    ("srtp_header_extensions", srtp::header_extensions),
    ("srtp_payload", srtp::payload),
    ("srtp_rtcp", srtp::rtcp),
    ("srtp_rtp", srtp::rtp),
    ("srtp_srtp", srtp::srtp),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::TARGETS;

    fn inputs(target: &str) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        let entries = fs::read_dir(&folder).unwrap_or_else(|_| panic!("no corpus for {target}"));
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    }

    #[test]
    fn every_target_takes_its_corpus_and_every_truncation_of_it() {
        for (target, run) in TARGETS {
            let inputs = inputs(target);
            assert!(!inputs.is_empty(), "the corpus of {target} is empty");
            run(&[]);
            for input in inputs {
                run(&input);
                for quarter in 1..4 {
                    run(&input[..input.len() * quarter / 4]);
                }
            }
        }
    }

    #[test]
    fn every_target_has_a_program_and_a_corpus_and_no_other_has() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let names = |folder: &str, suffix: &str| -> BTreeSet<String> {
            let entries = fs::read_dir(root.join(folder)).unwrap();
            let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
            entries.map(|entry| name(entry.unwrap()).trim_end_matches(suffix).to_owned()).collect()
        };
        let targets: BTreeSet<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(names("fuzz_targets", ".rs"), targets);
        assert_eq!(names("corpus", ""), targets);
    }
}
