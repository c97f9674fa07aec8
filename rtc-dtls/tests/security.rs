//! What somebody who is not the peer can do: nothing.
#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test has std and may panic"
)]

mod common;

use std::time::Duration;

use common::{Direction, Pair, rng};
use proptest::prelude::*;
use rtc_dtls::{AlertDescription, CloseReason, Error, Event, SealError, State};

/// A record in the clear.
fn plaintext(content_type: u8, epoch: u16, sequence: u8, content: &[u8]) -> Vec<u8> {
    let mut record = vec![content_type, 0xfe, 0xfd];
    record.extend(epoch.to_be_bytes());
    record.extend([0, 0, 0, 0, 0, sequence]);
    record.extend((content.len() as u16).to_be_bytes());
    record.extend(content);
    record
}

const BOTH: [Direction; 2] = [Direction::ToServer, Direction::ToClient];

#[test]
fn application_data_before_the_handshake_or_in_the_clear_is_dropped() {
    let data = plaintext(23, 0, 0, b"data");
    let protected = plaintext(23, 1, 0, &[0; 40]);
    // At every stage of the handshake.
    for steps in 0..5 {
        let mut pair = Pair::new();
        for _ in 0..steps {
            pair.step();
        }
        for direction in BOTH {
            assert_eq!(
                pair.deliver(direction, &data),
                Err(Error::UnexpectedApplicationData),
                "after {steps} steps"
            );
            let _kept_or_refused = pair.deliver(direction, &protected);
        }
        assert!(pair.client.recv().is_none() && pair.server.recv().is_none());
        pair.connect();
        pair.drive();
        assert!(pair.client.recv().is_none() && pair.server.recv().is_none());
    }
}

#[test]
fn nothing_is_sealed_before_the_handshake_has_ended() {
    let mut pair = Pair::new();
    while !pair.client.is_connected() {
        let mut out = vec![0; 100];
        assert_eq!(pair.client.seal(&mut out, 0), Err(SealError::NotConnected));
        assert!(pair.step());
    }
    assert!(pair.client.seal(&mut vec![0; 100], 0).is_ok());
}

#[test]
fn alerts_in_the_clear_are_ignored_during_and_after_the_handshake() {
    for steps in 0..6 {
        let mut pair = Pair::new();
        for _ in 0..steps {
            pair.step();
        }
        for direction in BOTH {
            for alert in [[2, 40], [1, 0], [2, 0], [1, 90]] {
                assert_eq!(
                    pair.deliver(direction, &plaintext(21, 0, 200, &alert)),
                    Err(Error::UnauthenticatedAlert(AlertDescription(alert[1])))
                );
            }
        }
        pair.connect();
        assert_eq!(pair.client_events, [Event::Connected]);
    }
}

#[test]
fn an_alert_in_the_clear_is_the_hint_of_a_time_out() {
    let mut pair = Pair::new();
    pair.drain();
    let _hint = pair.deliver(Direction::ToClient, &plaintext(21, 0, 0, &[2, 40]));
    pair.fates = vec![common::Fate::Drop; 1000].into();
    pair.drive();
    let hint = Some(AlertDescription::HANDSHAKE_FAILURE);
    assert_eq!(pair.client_events, [Event::Closed(CloseReason::TimedOut { hint })]);
}

#[test]
fn bad_macs_epochs_types_and_versions_are_dropped_and_the_session_survives() {
    let mut pair = Pair::connected();
    for direction in BOTH {
        for content_type in 20..=23 {
            for sequence in [0, 1, 50] {
                let forged = plaintext(content_type, 1, sequence, &[0x5a; 60]);
                let error = pair.deliver(direction, &forged).unwrap_err();
                assert!(matches!(error, Error::BadRecordMac | Error::Replayed), "{error}");
            }
            for epoch in [2, 3, u16::MAX] {
                let forged = plaintext(content_type, epoch, 1, &[0; 60]);
                assert_eq!(pair.deliver(direction, &forged), Err(Error::UnexpectedEpoch(epoch)));
            }
        }
        for content_type in [0, 19, 24, 25, 26, 0x2e, 0x2f, 255] {
            let error = Error::UnknownContentType(content_type);
            assert_eq!(pair.deliver(direction, &plaintext(content_type, 1, 1, b"")), Err(error));
        }
        let mut forged = plaintext(23, 1, 1, &[0; 60]);
        forged[1..3].copy_from_slice(&[3, 3]);
        assert_eq!(pair.deliver(direction, &forged), Err(Error::UnsupportedVersion(0x0303)));
    }
    works(&mut pair);
}

/// Data flows both ways, and no event has come since the pair was connected.
fn works(pair: &mut Pair) {
    for direction in BOTH {
        let record = pair.seal(direction, b"still here");
        assert_eq!(pair.deliver(direction, &record), Ok(()));
    }
    assert_eq!(&pair.client.recv().unwrap()[..], b"still here");
    assert_eq!(&pair.server.recv().unwrap()[..], b"still here");
    pair.drain();
    assert_eq!(pair.client_events, [Event::Connected]);
    assert_eq!(pair.server_events, [Event::Connected]);
}

#[test]
fn a_record_is_taken_once() {
    let mut pair = Pair::connected();
    let records: Vec<_> = (0..100).map(|n| pair.seal(Direction::ToServer, &[n])).collect();
    for record in records.iter().rev().take(64) {
        assert_eq!(pair.deliver(Direction::ToServer, record), Ok(()));
    }
    for record in &records {
        assert_eq!(pair.deliver(Direction::ToServer, record), Err(Error::Replayed));
    }
    assert_eq!(std::iter::from_fn(|| pair.server.recv()).count(), 64);
}

#[test]
fn a_forged_sequence_number_does_not_move_the_replay_window() {
    let mut pair = Pair::connected();
    let record = pair.seal(Direction::ToServer, b"data");
    let mut forged = record.clone();
    forged[5..11].copy_from_slice(&[0xff; 6]);
    assert_eq!(pair.deliver(Direction::ToServer, &forged), Err(Error::BadRecordMac));
    assert_eq!(pair.deliver(Direction::ToServer, &record), Ok(()));
}

#[test]
fn a_second_handshake_in_the_clear_is_ignored_however_often_it_is_tried() {
    let mut pair = Pair::connected();
    let (hello, flight) = (pair.log[0].1.clone(), pair.log[1].1.clone());
    for _ in 0..3 {
        assert_eq!(pair.deliver(Direction::ToServer, &hello), Err(Error::Stale));
        assert_eq!(pair.deliver(Direction::ToClient, &flight), Err(Error::Stale));
        pair.now += Duration::from_secs(1);
        assert!(!pair.server.poll_transmit(pair.now, &mut Vec::new()));
        assert!(!pair.client.poll_transmit(pair.now, &mut Vec::new()));
    }
    works(&mut pair);
}

#[test]
fn without_use_srtp_there_is_no_profile() {
    let mut pair = Pair::with(|config| config.srtp_profiles.clear(), |_| {});
    pair.connect();
    assert_eq!((pair.client.srtp_profile(), pair.server.srtp_profile()), (None, None));
}

#[test]
fn nothing_is_known_before_the_handshake_has_ended() {
    let mut pair = Pair::new();
    while !pair.client.is_connected() {
        assert!(pair.client.peer_certificate_der().is_none());
        assert!(pair.client.srtp_profile().is_none() && pair.client.cipher_suite().is_none());
        assert!(pair.client.export_keying_material(b"label", None, &mut [0; 9]).is_err());
        assert!(pair.step());
    }
}

#[test]
fn an_unexpected_certificate_fails_both_and_the_peer_is_told() {
    let other = common::certificate(9);
    let fingerprint = other.fingerprint(rtc_dtls::HashAlgorithm::Sha256);
    let mut pair = Pair::with(|config| config.remote_fingerprints = [fingerprint].into(), |_| {});
    pair.drive();
    let error = rtc_dtls::HandshakeError::FingerprintMismatch;
    assert_eq!(pair.client_events, [Event::Closed(CloseReason::Handshake(error))]);
    assert_eq!(pair.client.state(), State::Failed);
    assert!(pair.client.peer_certificate_der().is_none());
    // The alert went in the clear, so the server waits, and then knows why.
    let hint = Some(AlertDescription::BAD_CERTIFICATE);
    assert_eq!(pair.server_events, [Event::Closed(CloseReason::TimedOut { hint })]);
}

#[test]
fn closing_is_told_and_answered() {
    for direction in BOTH {
        let mut pair = Pair::connected();
        let record = pair.seal(direction, b"before");
        pair.deliver(direction, &record).unwrap();
        let now = pair.now;
        match direction {
            Direction::ToServer => pair.client.close(now),
            Direction::ToClient => pair.server.close(now),
        }
        pair.drive();
        let (closer, other) = match direction {
            Direction::ToServer => (&pair.client_events, &pair.server_events),
            Direction::ToClient => (&pair.server_events, &pair.client_events),
        };
        assert_eq!(closer[..], [Event::Connected, Event::Closed(CloseReason::Local)]);
        assert_eq!(other[..], [Event::Connected, Event::Closed(CloseReason::CloseNotify)]);
        assert_eq!((pair.client.state(), pair.server.state()), (State::Closed, State::Closed));
        let received = pair.client.recv().or_else(|| pair.server.recv());
        assert_eq!(&received.unwrap()[..], b"before", "what had come can still be taken");
        assert_eq!(pair.log.len(), 6, "a close_notify each");
    }
}

#[test]
fn closing_at_any_moment_any_number_of_times_is_one_event() {
    for steps in 0..8 {
        let mut pair = Pair::new();
        for _ in 0..steps {
            pair.step();
        }
        pair.client.close(pair.now);
        pair.client.close(pair.now);
        pair.drive();
        let closings = pair.client_events.iter().filter(|event| **event != Event::Connected);
        assert_eq!(closings.count(), 1);
        assert_eq!(pair.client.state(), State::Closed);
        assert_eq!(pair.client.poll_timeout(), None);
    }
}

#[test]
fn what_the_application_does_not_take_is_bounded() {
    let mut pair = Pair::connected();
    let mut refused = 0;
    for _ in 0..300 {
        let record = pair.seal(Direction::ToServer, b"data");
        refused += usize::from(pair.deliver(Direction::ToServer, &record).is_err());
    }
    assert_eq!(refused, 300 - 256);
    assert_eq!(std::iter::from_fn(|| pair.server.recv()).count(), 256);
    let record = pair.seal(Direction::ToServer, b"data");
    assert_eq!(pair.deliver(Direction::ToServer, &record), Ok(()));
}

#[test]
fn a_flood_of_fragments_is_bounded_and_the_handshake_survives_it() {
    let mut pair = Pair::new();
    for message_seq in 1..2000u16 {
        // The first byte of a message of 32 KiB that never ends.
        let mut fragment = vec![11, 0, 0x80, 0];
        fragment.extend(message_seq.to_be_bytes());
        fragment.extend([0, 0, 0, 0, 0, 1, 0xaa]);
        let result = pair.deliver(Direction::ToServer, &plaintext(22, 0, 0, &fragment));
        assert_eq!(result.is_ok(), message_seq < 8, "{message_seq}");
        assert_eq!(pair.server.state(), State::New);
        assert_eq!(pair.server.poll_timeout(), None);
    }
}

#[test]
fn absurd_moments_panic_nowhere() {
    for now in [0, 1, u64::MAX] {
        let mut pair = Pair::new();
        pair.step();
        let now = rtc_core::Instant::from_secs(now);
        for connection in [&mut pair.client, &mut pair.server] {
            connection.handle_timeout(now);
            let _maybe = connection.poll_transmit(now, &mut Vec::new());
            connection.close(now);
            connection.handle_timeout(now);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Noise from outside, at any moment, ends nothing that is connected.
    #[test]
    fn noise_ends_no_session(
        noise in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..100), 1..20),
    ) {
        let mut pair = Pair::connected();
        for datagram in noise {
            for direction in BOTH {
                let _refused = pair.deliver(direction, &datagram);
            }
        }
        works(&mut pair);
    }

    /// Real datagrams, damaged and replayed, end nothing that is connected.
    #[test]
    fn damaged_replays_end_no_session(
        choices in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..20,
        ),
    ) {
        let mut pair = Pair::connected();
        for (which, place, value) in choices {
            let (direction, mut datagram) = which.get(&pair.log).clone();
            let place = place.index(datagram.len());
            datagram[place] ^= value;
            let _refused = pair.deliver(direction, &datagram);
        }
        works(&mut pair);
    }
}

#[test]
fn equal_draws_make_equal_connections_and_others_do_not() {
    let first = |seed| {
        let config = common::config(&common::certificate(1), &common::certificate(2));
        let mut client = rtc_dtls::Connection::new(
            std::sync::Arc::new(config),
            rtc_dtls::Role::Client,
            common::start(),
            &mut rng(seed),
        );
        let mut out = Vec::new();
        assert!(client.poll_transmit(common::start(), &mut out));
        out
    };
    assert_eq!(first(1), first(1));
    assert_ne!(first(1), first(2));
}
