//! Messages that come again, in the wrong place, cut short, too long or malformed.

use alloc::vec;

use proptest::prelude::*;

use super::super::State;
use super::sides::{Side, encoded, find, run};
use crate::config::Role;
use crate::error::{DecodeError, HandshakeError};
use crate::handshake::Message;
use crate::message::{ClientHello, HandshakeType, HelloVerifyRequest};
use crate::record::DTLS_1_0;

#[test]
fn a_hello_verify_request_is_answered_once_and_does_not_count() {
    let mut client = Side::new(1, 2);
    let first = client.step(|context| Ok(State::client(context)));
    let request = |cookie: &'static [u8]| Message {
        message_type: HandshakeType::HELLO_VERIFY_REQUEST,
        message_seq: 0,
        body: encoded(|out| HelloVerifyRequest { version: DTLS_1_0, cookie }.encode(out)),
    };
    let second = client.handle(vec![request(b"cookie")]);
    assert_eq!((first[0].message_seq, second[0].message_seq), (0, 1));
    let (mut before, after) = (
        ClientHello::decode(&first[0].body).unwrap(),
        ClientHello::decode(&second[0].body).unwrap(),
    );
    assert_eq!(after.cookie, b"cookie");
    before.cookie = after.cookie.clone();
    assert_eq!(before, after, "all else is as it was");
    // The exchange is finished with the second hello alone in the transcript.
    let mut server = Side::new(2, 1);
    server.state = Some(State::server());
    let flight = server.handle(second);
    let flight = client.handle(flight);
    let flight = server.handle(flight);
    assert!(server.established().is_ok());
    client.handle(flight);
    assert!(client.established().is_ok());

    let mut client = Side::new(1, 2);
    client.step(|context| Ok(State::client(context)));
    client.handle(vec![request(b"cookie"), request(b"again")]);
    assert_eq!(client.outcome, Err(HandshakeError::UnexpectedMessage { expected: 2, found: 3 }));
    let mut client = Side::new(1, 2);
    client.step(|context| Ok(State::client(context)));
    client.handle(vec![request(b"")]);
    assert_eq!(client.outcome, Err(HandshakeError::IllegalParameter));
}

#[test]
fn every_message_in_every_wrong_place_is_unexpected() {
    let all = [0, 1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 20, 22, 24, 255];
    // Replace the n-th message of each flight by one of each type.
    for sender_to_change in [Role::Client, Role::Server] {
        for place in 0..10 {
            for found in all {
                let mut count = 0;
                let mut expected = None;
                let (client, server) = run(|sender, flight| {
                    if sender != sender_to_change {
                        return;
                    }
                    for message in flight {
                        if count == place && message.message_type.0 != found {
                            expected = Some(message.message_type.0);
                            message.message_type = HandshakeType(found);
                            // So that a HelloVerifyRequest is no HelloVerifyRequest either.
                            message.body = vec![0xfe, 0xff, 0];
                        }
                        count += 1;
                    }
                });
                let Some(expected) = expected else { continue };
                let victim = if sender_to_change == Role::Client { server } else { client };
                if (expected, found) == (2, 3) {
                    assert_eq!(victim.outcome, Err(HandshakeError::IllegalParameter));
                } else {
                    let error = HandshakeError::UnexpectedMessage { expected, found };
                    assert_eq!(victim.outcome, Err(error));
                }
            }
        }
    }
}

#[test]
fn every_truncation_of_every_message_is_refused() {
    for sender_to_change in [Role::Client, Role::Server] {
        for place in 0..6 {
            for cut in 0..400 {
                let mut count = 0;
                let mut done = false;
                let (client, server) = run(|sender, flight| {
                    if sender != sender_to_change {
                        return;
                    }
                    for message in flight {
                        // The extensions of a hello may be left out as a whole.
                        if count == place && cut < message.body.len() {
                            message.body.truncate(cut);
                            done = true;
                        }
                        count += 1;
                    }
                });
                if !done {
                    break;
                }
                let victim = if sender_to_change == Role::Client { server } else { client };
                assert!(victim.outcome.is_err(), "message {place} cut at {cut}");
            }
        }
    }
}

#[test]
fn server_hello_done_and_finished_have_no_room_for_more() {
    for message_type in [HandshakeType::SERVER_HELLO_DONE, HandshakeType::FINISHED] {
        let (client, _) = run(|sender, flight| {
            if let Some(message) = find(flight, message_type)
                && sender == Role::Server
            {
                message.body.push(0);
            }
        });
        assert_eq!(client.outcome, Err(HandshakeError::Decode(DecodeError::TrailingBytes)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No body of any message, whoever sends it, does more than end the handshake.
    #[test]
    fn malformed_messages_panic_nowhere(
        sender_to_change in prop_oneof![Just(Role::Client), Just(Role::Server)],
        place in 0usize..7,
        body in prop::collection::vec(any::<u8>(), 0..80),
        keep in 0usize..60,
    ) {
        let mut count = 0;
        let mut changed = false;
        let (client, server) = run(|sender, flight| {
            if sender != sender_to_change {
                return;
            }
            for message in flight {
                if count == place {
                    let before = message.body.clone();
                    message.body.truncate(keep);
                    message.body.extend(&body);
                    changed = before != message.body;
                }
                count += 1;
            }
        });
        if changed {
            let victim = if sender_to_change == Role::Client { server } else { client };
            prop_assert!(victim.outcome.is_err() || !matches!(victim.state, Some(State::Established(_))));
        }
    }
}
