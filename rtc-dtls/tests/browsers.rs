//! What real browsers send, captured: Chromium 156 and Firefox 153, which offer DTLS 1.3 with a
//! post-quantum key share in a ClientHello of two datagrams.
#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test has std and may panic"
)]

mod common;

use std::sync::Arc;

use bytes::BytesMut;
use common::{certificate, config, rng, start};
use rtc_dtls::{Connection, Role, State};

const CHROMIUM: [&[u8]; 2] = [
    include_bytes!("data/chromium-client-hello-1.bin"),
    include_bytes!("data/chromium-client-hello-2.bin"),
];
const FIREFOX: [&[u8]; 2] = [
    include_bytes!("data/firefox-client-hello-1.bin"),
    include_bytes!("data/firefox-client-hello-2.bin"),
];

/// Our server's first flight, in one piece.
fn answer(datagrams: &[&[u8]]) -> (Connection, Vec<u8>) {
    let own = certificate(2);
    let mut config = config(&own, &certificate(1));
    config.max_datagram_size = 4000;
    let mut server = Connection::new(Arc::new(config), Role::Server, start(), &mut rng(4));
    for datagram in datagrams {
        assert_eq!(server.state(), State::New);
        server.handle_datagram(start(), BytesMut::from(*datagram)).unwrap();
    }
    let mut out = Vec::new();
    let _sent = server.poll_transmit(start(), &mut out);
    (server, out)
}

/// Type and body of each handshake message of a flight that is not fragmented.
fn messages(mut flight: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut messages = Vec::new();
    while !flight.is_empty() {
        let length = usize::from(u16::from_be_bytes([flight[11], flight[12]]));
        messages.push((flight[13], flight[25..13 + length].to_vec()));
        flight = &flight[13 + length..];
    }
    messages
}

#[test]
fn the_client_hello_of_a_browser_is_answered_with_1_2_whatever_the_order_of_its_halves() {
    for (first, second) in [(CHROMIUM[0], CHROMIUM[1]), (FIREFOX[0], FIREFOX[1])] {
        for datagrams in [[first, second], [second, first]] {
            let (server, flight) = answer(&datagrams);
            assert_eq!(server.state(), State::Connecting);
            let messages = messages(&flight);
            let types: Vec<_> = messages.iter().map(|(message_type, _)| *message_type).collect();
            assert_eq!(types, [2, 11, 12, 13, 14]);
            let hello = &messages[0].1;
            assert_eq!(hello[..2], [0xfe, 0xfd], "DTLS 1.2");
            assert_eq!(hello[34], 0, "no session");
            assert_eq!(hello[35..37], [0xc0, 0x2b], "ECDHE-ECDSA-AES128-GCM-SHA256");
            let extensions = &hello[40..];
            assert!(extensions.windows(4).any(|window| window == [0, 23, 0, 0]), "EMS");
            assert!(
                extensions.windows(5).any(|window| window == [0xff, 1, 0, 1, 0]),
                "renegotiation_info"
            );
            assert!(
                extensions.windows(9).any(|window| window == [0, 14, 0, 5, 0, 2, 0, 7, 0]),
                "use_srtp with AEAD_AES_128_GCM"
            );
            assert_eq!(messages[2].1[..4], [3, 0, 0x1d, 32], "X25519");
        }
    }
}

#[test]
fn a_browser_that_can_do_1_3_is_not_told_that_we_could() {
    // RFC 8446 §4.1.3: a client that offered 1.3 must give up if it sees this in a 1.2 hello.
    for browser in [CHROMIUM, FIREFOX] {
        let (_, flight) = answer(&browser);
        let random = &messages(&flight)[0].1[2..34];
        assert_ne!(&random[24..], b"DOWNGRD\x01");
        assert_ne!(&random[24..], b"DOWNGRD\x00");
    }
}

#[test]
fn half_a_client_hello_is_not_answered() {
    for half in CHROMIUM.into_iter().chain(FIREFOX) {
        let (server, flight) = answer(&[half]);
        assert_eq!((server.state(), flight.len()), (State::New, 0));
        assert_eq!(server.poll_timeout(), None);
    }
}
