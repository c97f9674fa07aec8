//! What only shows from inside: records that a well-behaved peer never seals, limits far away.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use proptest::prelude::*;

use super::*;
use crate::HashAlgorithm;
use crate::certificate::{Certificate, CertificateParams};
use crate::protection::{CONFIDENTIALITY_LIMIT, INTEGRITY_LIMIT};
use crate::record::{MAX_PLAINTEXT_LENGTH, MAX_SEQUENCE};

const NOW: Instant = Instant::from_secs(1_000_000);

fn connected_with(cipher_suites: Vec<CipherSuite>) -> (Connection, Connection) {
    let certificate = |seed| {
        Certificate::generate(
            &CertificateParams::new(Duration::from_secs(1_800_000_000)),
            &mut ChaCha20Rng::seed_from_u64(seed),
        )
    };
    let (ours, theirs) = (certificate(1), certificate(2));
    let connection = |role, own: &Certificate, peer: &Certificate, seed| {
        let mut config = Config::new(own.clone(), vec![peer.fingerprint(HashAlgorithm::Sha256)]);
        config.cipher_suites = cipher_suites.clone();
        Connection::new(Arc::new(config), role, NOW, &mut ChaCha20Rng::seed_from_u64(seed))
    };
    let mut client = connection(Role::Client, &ours, &theirs, 3);
    let mut server = connection(Role::Server, &theirs, &ours, 4);
    for _ in 0..3 {
        exchange(&mut client, &mut server);
        exchange(&mut server, &mut client);
    }
    assert_eq!(client.poll_event(), Some(Event::Connected));
    assert_eq!(server.poll_event(), Some(Event::Connected));
    (client, server)
}

fn connected() -> (Connection, Connection) {
    connected_with(CipherSuite::ALL.to_vec())
}

/// Delivers all that `from` has to say and returns the last answer.
fn exchange(from: &mut Connection, to: &mut Connection) -> Option<Result<(), Error>> {
    let mut last = None;
    let mut out = Vec::new();
    while from.poll_transmit(NOW, &mut out) {
        last = Some(to.handle_datagram(NOW, BytesMut::from(&out[..])));
        out.clear();
    }
    last
}

/// Seals anything at all.
fn seal(from: &mut Connection, content_type: ContentType, content: &[u8]) -> BytesMut {
    let sealer = &mut from.keys.as_mut().unwrap().sealer;
    let mut out = vec![0; sealer.header_length()];
    out.extend_from_slice(content);
    sealer.seal(content_type, &mut out, 0).unwrap();
    BytesMut::from(&out[..])
}

fn handshake(message_type: HandshakeType, message_seq: u16, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    HandshakeHeader::whole(message_type, message_seq, body.len() as u32).encode(&mut out);
    out.extend_from_slice(body);
    out
}

#[test]
fn renegotiation_is_refused_in_both_roles_with_a_warning() {
    let (mut client, mut server) = connected();
    for _ in 0..2 {
        let request = handshake(HandshakeType::HELLO_REQUEST, 0, &[]);
        let datagram = seal(&mut server, ContentType::Handshake, &request);
        assert_eq!(client.handle_datagram(NOW, datagram), Err(Error::Renegotiation));
        let mut out = Vec::new();
        assert!(client.poll_transmit(NOW, &mut out));
        let mut record = next_record(&mut BytesMut::from(&out[..])).unwrap().unwrap();
        server.keys.as_mut().unwrap().opener.open(&mut record).unwrap();
        assert_eq!(record.header.content_type, ContentType::Alert);
        assert_eq!(record.payload[..], [1, 100], "a warning: no_renegotiation");

        let hello = handshake(HandshakeType::CLIENT_HELLO, 0, &[0; 100]);
        let datagram = seal(&mut client, ContentType::Handshake, &hello);
        assert_eq!(server.handle_datagram(NOW, datagram), Err(Error::Renegotiation));
        assert_eq!(exchange(&mut server, &mut client), Some(Ok(())));
    }
    assert!(client.is_connected() && server.is_connected());
}

#[test]
fn a_storm_of_hello_requests_queues_one_answer() {
    let (mut client, mut server) = connected();
    for _ in 0..1000 {
        let request = handshake(HandshakeType::HELLO_REQUEST, 0, &[]);
        let datagram = seal(&mut server, ContentType::Handshake, &request);
        assert_eq!(client.handle_datagram(NOW, datagram), Err(Error::Renegotiation));
    }
    assert_eq!(client.alerts.len(), 1);
}

#[test]
fn an_authenticated_fatal_alert_ends_and_a_warning_does_not() {
    let (mut client, mut server) = connected();
    let datagram = seal(&mut server, ContentType::Alert, &[1, 90]);
    assert_eq!(client.handle_datagram(NOW, datagram), Ok(()));
    assert!(client.is_connected());
    let datagram = seal(&mut server, ContentType::Alert, &[2, 80]);
    assert_eq!(client.handle_datagram(NOW, datagram), Ok(()));
    assert_eq!(client.state(), State::Failed);
    let reason = CloseReason::Alert(AlertDescription::INTERNAL_ERROR);
    assert_eq!(client.poll_event(), Some(Event::Closed(reason)));
    assert_eq!(client.poll_event(), None);
    assert!(client.cipher_suite().is_some(), "what is known stays known");
    let mut out = vec![0; 40];
    assert_eq!(client.seal(&mut out, 0), Err(SealError::NotConnected));
    let datagram = seal(&mut server, ContentType::ApplicationData, b"late");
    assert_eq!(client.handle_datagram(NOW, datagram), Err(Error::Closed));
}

#[test]
fn malformed_authenticated_records_end_nothing() {
    let (mut client, mut server) = connected();
    for (content_type, content) in [
        (ContentType::Alert, &[2][..]),
        (ContentType::Alert, &[3, 0]),
        (ContentType::Alert, &[]),
        (ContentType::Handshake, &[1, 2, 3]),
        (ContentType::Handshake, &[20, 0, 0, 12, 0, 9, 0, 0, 0, 0, 0, 12]),
        (ContentType::Handshake, &[20, 0, 0, 12, 0, 9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        (ContentType::ChangeCipherSpec, &[1]),
    ] {
        let datagram = seal(&mut server, content_type, content);
        assert!(client.handle_datagram(NOW, datagram).is_err(), "{content:?}");
        assert!(client.is_connected());
    }
}

#[test]
fn a_repeated_finished_brings_the_last_flight_again_at_a_bounded_rate() {
    let (mut client, mut server) = connected();
    let mut answers = 0;
    for millisecond in 0..1000 {
        let now = NOW + Duration::from_millis(millisecond);
        let finished = handshake(HandshakeType::FINISHED, server.answered.unwrap(), &[0; 12]);
        let datagram = seal(&mut client, ContentType::Handshake, &finished);
        assert_eq!(server.handle_datagram(now, datagram), Ok(()));
        answers += usize::from(server.poll_transmit(now, &mut Vec::new()));
    }
    assert!((30..=41).contains(&answers), "{answers} answers in a second");
    assert_eq!(server.poll_timeout(), None);
}

#[test]
fn sequence_numbers_never_wrap() {
    let (mut client, mut server) = connected();
    client.keys.as_mut().unwrap().sealer.set_sequence(MAX_SEQUENCE);
    let last = seal(&mut client, ContentType::ApplicationData, b"last");
    assert_eq!(server.handle_datagram(NOW, last), Ok(()));
    let mut out = vec![0; 30];
    assert_eq!(client.seal(&mut out, 0), Err(SealError::Exhausted));
    assert_eq!(out, [0; 30], "nothing has changed");
    // Nor is an alert sent that would need one.
    client.close(NOW);
    assert!(!client.poll_transmit(NOW, &mut Vec::new()));
}

#[test]
fn a_key_protects_no_more_than_it_may() {
    assert_eq!(CONFIDENTIALITY_LIMIT, 23_726_566 * 1024);
    let (mut client, _) = connected();
    client.keys.as_mut().unwrap().sealer.set_blocks_left(100);
    let mut sealed = 0;
    let mut out = vec![0; 21 + 160];
    while client.seal(&mut out, 0).is_ok() {
        sealed += 1;
        out.truncate(21 + 160);
    }
    assert_eq!(sealed, 8, "twelve blocks each");
}

#[test]
fn so_many_forgeries_end_the_connection_and_no_fewer() {
    let (mut client, mut server) = connected();
    let forge = |server: &mut Connection| {
        let mut datagram = seal(server, ContentType::ApplicationData, b"data");
        *datagram.last_mut().unwrap() ^= 1;
        datagram
    };
    client.keys.as_mut().unwrap().opener.set_forgeries(INTEGRITY_LIMIT - 2);
    assert_eq!(client.handle_datagram(NOW, forge(&mut server)), Err(Error::BadRecordMac));
    assert!(client.is_connected());
    assert_eq!(client.handle_datagram(NOW, forge(&mut server)), Err(Error::BadRecordMac));
    assert_eq!(client.poll_event(), Some(Event::Closed(CloseReason::IntegrityLimit)));
}

#[test]
fn the_explicit_nonce_of_gcm_is_epoch_and_sequence_number() {
    for suite in [CipherSuite::EcdheEcdsaAes128GcmSha256, CipherSuite::EcdheEcdsaAes256GcmSha384] {
        let (mut client, mut server) = connected_with(vec![suite]);
        for sequence in 1..200u64 {
            let record = seal(&mut client, ContentType::ApplicationData, b"data");
            assert_eq!(record[3..11], ((1u64 << 48) + sequence).to_be_bytes());
            assert_eq!(record[13..21], record[3..11]);
            assert_eq!(server.handle_datagram(NOW, record), Ok(()));
        }
    }
}

#[test]
fn every_suite_carries_data_both_ways_and_notices_any_damage() {
    for suite in CipherSuite::ALL.into_iter().filter(|suite| suite.is_ecdsa()) {
        let (mut client, mut server) = connected_with(vec![suite]);
        for length in [0, 1, 15, 16, 17, 1200, MAX_PLAINTEXT_LENGTH] {
            let data = vec![7; length];
            let record = seal(&mut client, ContentType::ApplicationData, &data);
            assert_eq!(record.len(), length + client.record_overhead());
            assert_eq!(server.handle_datagram(NOW, record), Ok(()));
            assert_eq!(server.recv().unwrap(), data);
        }
        let record = seal(&mut server, ContentType::ApplicationData, b"data");
        for place in 0..record.len() {
            let mut damaged = record.clone();
            damaged[place] ^= 1;
            assert!(client.handle_datagram(NOW, damaged).is_err(), "byte {place}");
            assert!(client.recv().is_none());
        }
        assert_eq!(client.handle_datagram(NOW, record), Ok(()));
        assert_eq!(client.recv().unwrap(), b"data"[..]);
    }
}

#[test]
fn too_large_a_plaintext_or_too_little_room_seals_nothing() {
    let (mut client, _) = connected();
    let header = client.record_header_len();
    let limit = MAX_PLAINTEXT_LENGTH;
    for (length, start) in [(header + limit + 1, 0), (header - 1, 0), (0, 0), (100, 101), (10, 5)] {
        let mut out = vec![9; length];
        assert_eq!(client.seal(&mut out, start), Err(SealError::TooLarge { limit }));
        assert_eq!(out, vec![9; length]);
    }
    let mut out = vec![9; 50 + header];
    assert_eq!(client.seal(&mut out, 50), Ok(()));
    assert_eq!(out[..50], [9; 50], "what stands before is left alone");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A peer that has the keys and seals whatever comes to its mind: nothing panics, nothing but
    /// an alert ends the connection, and queues stay within their bounds.
    #[test]
    fn whatever_is_sealed_panics_nowhere(
        contents in prop::collection::vec(
            (0u8..4, prop::collection::vec(any::<u8>(), 0..60)), 1..40,
        ),
    ) {
        let (mut client, mut server) = connected();
        for (kind, content) in contents {
            let content_type = match kind {
                0 => ContentType::ChangeCipherSpec,
                1 => ContentType::Alert,
                2 => ContentType::Handshake,
                _ => ContentType::ApplicationData,
            };
            let datagram = seal(&mut client, content_type, &content);
            let was_connected = server.is_connected();
            let result = server.handle_datagram(NOW, datagram);
            prop_assert_eq!(matches!(result, Err(Error::Closed)), !was_connected);
            let may_end = content_type == ContentType::Alert || !was_connected;
            prop_assert!(server.is_connected() || may_end);
            prop_assert!(server.alerts.len() <= MAX_ALERTS && server.received.len() <= MAX_RECEIVED);
        }
    }
}
