//! Handshakes that go as they should.
#![allow(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test has std and may panic"
)]

mod common;

use common::{Direction, Pair};
use rtc_dtls::{CipherSuite, Event, NamedGroup, ProtocolVersion, SrtpProfile, State};

#[test]
fn two_connections_connect_and_agree_on_everything() {
    let mut pair = Pair::new();
    assert_eq!((pair.client.state(), pair.server.state()), (State::New, State::New));
    pair.connect();
    pair.drive();
    assert_eq!(pair.client_events, [Event::Connected]);
    assert_eq!(pair.server_events, [Event::Connected]);
    assert_eq!(pair.log.len(), 4, "two round trips of a datagram each");
    for connection in [&pair.client, &pair.server] {
        assert_eq!(connection.state(), State::Connected);
        assert_eq!(connection.cipher_suite(), Some(CipherSuite::EcdheEcdsaAes128GcmSha256));
        assert_eq!(connection.group(), Some(NamedGroup::X25519));
        assert_eq!(connection.version(), Some(ProtocolVersion::Dtls12));
        assert_eq!(connection.srtp_profile(), Some(SrtpProfile::AeadAes128Gcm));
        assert_eq!(connection.poll_timeout(), None);
    }
    assert_eq!(pair.client.peer_certificate_der(), Some(common::certificate(2).der()));
    assert_eq!(pair.server.peer_certificate_der(), Some(common::certificate(1).der()));
    let mut keys = [[0; 60]; 2];
    let label = b"EXTRACTOR-dtls_srtp";
    pair.client.export_keying_material(label, None, &mut keys[0]).unwrap();
    pair.server.export_keying_material(label, None, &mut keys[1]).unwrap();
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[0], [0; 60]);

    for (direction, data) in [(Direction::ToServer, "ping"), (Direction::ToClient, "pong")] {
        let record = pair.seal(direction, data.as_bytes());
        pair.deliver(direction, &record).unwrap();
    }
    assert_eq!(&pair.server.recv().unwrap()[..], b"ping");
    assert_eq!(&pair.client.recv().unwrap()[..], b"pong");
}
