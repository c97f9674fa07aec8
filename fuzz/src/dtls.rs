//! Fuzz bodies for rtc-dtls.

use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::Instant;
use rtc_dtls::{
    Certificate, CertificateParams, Config, Connection, Error, Event, Fingerprint, HashAlgorithm,
    Role, State,
};

/// Datagrams, each behind its length in two bytes, to a server, to a client, and to a connected
/// pair, which they must not end.
pub fn records(data: &[u8]) {
    let mut server = new_connection(Role::Server);
    let mut client = new_connection(Role::Client);
    let mut out = Vec::new();
    assert!(client.poll_transmit(NOW, &mut out));
    let (mut left, mut right) = connected();
    for datagram in pieces(data) {
        for connection in [&mut server, &mut client, &mut left, &mut right] {
            let result = connection.handle_datagram(NOW, BytesMut::from(datagram));
            check(connection, result);
        }
    }
    works(&mut left, &mut right);
}

/// Handshake messages, each a type and a body behind its length in two bytes, in the clear and
/// well framed, to a server and to a client.
pub fn handshake_messages(data: &[u8]) {
    let mut server = new_connection(Role::Server);
    let mut client = new_connection(Role::Client);
    assert!(client.poll_transmit(NOW, &mut Vec::new()));
    for (seq, message) in pieces(data).into_iter().enumerate() {
        let Some((message_type, body)) = message.split_first() else { continue };
        for connection in [&mut server, &mut client] {
            // Whole, and in two halves.
            let half = body.len() / 2;
            for range in [half..body.len(), 0..half] {
                let record = fragment(*message_type, seq as u16, body, range);
                let result = connection.handle_datagram(NOW, BytesMut::from(&record[..]));
                check(connection, result);
            }
        }
    }
}

/// A certificate in DER, as text and as what a peer of ours would present.
pub fn certificate(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Certificate::from_pem(text);
        let _ = text.parse::<Fingerprint>();
    }
    let own = certificates().0.to_pem();
    let key = own.find("-----BEGIN PRIVATE KEY").expect("the key follows the certificate");
    let text = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n{}",
        base64(data),
        &own[key..]
    );
    if let Ok(read) = Certificate::from_pem(&text) {
        assert_eq!(read.der(), data);
        assert_eq!(Certificate::from_pem(&read.to_pem()).as_ref(), Ok(&read));
    }
    let fingerprint = Fingerprint::of(HashAlgorithm::Sha256, data);
    assert_eq!(format!("{fingerprint:?}").parse(), Ok(fingerprint));
    assert!(fingerprint.matches(data));
}

/// A live pair whose datagrams are lost, repeated, held back, damaged and joined by others as the
/// bytes say; afterwards the network is good, and either both are connected and agree, or one of
/// them has been given a reason to fail by damage.
pub fn connection(data: &[u8]) {
    let mut commands = data.iter().copied();
    let mut now = NOW;
    let mut pair = [new_connection(Role::Client), new_connection(Role::Server)];
    let mut events = [Vec::new(), Vec::new()];
    let mut held: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut seen: Vec<Vec<u8>> = Vec::new();
    let mut harmed = false;
    for _ in 0..400 {
        for from in 0..2 {
            let to = 1 - from;
            loop {
                let mut out = Vec::new();
                if !pair[from].poll_transmit(now, &mut out) {
                    assert!(out.is_empty());
                    break;
                }
                assert!(out.len() <= 1200);
                seen.push(out.clone());
                match commands.next().unwrap_or(0) % 8 {
                    0..=2 => deliver(&mut pair[to], now, &out),
                    3 => {}
                    4 => {
                        deliver(&mut pair[to], now, &out);
                        deliver(&mut pair[to], now, &out);
                    }
                    5 => held.push((to, out)),
                    6 => {
                        let place = usize::from(commands.next().unwrap_or(0)) * 5 % out.len();
                        out[place] ^= commands.next().unwrap_or(1);
                        harmed = true;
                        deliver(&mut pair[to], now, &out);
                    }
                    _ => {
                        // Somebody else speaks in between.
                        let length = usize::from(commands.next().unwrap_or(0));
                        let noise: Vec<u8> = commands.by_ref().take(length).collect();
                        harmed |= noise.first().is_some_and(|kind| (20..=22).contains(kind));
                        deliver(&mut pair[to], now, &noise);
                        deliver(&mut pair[to], now, &out);
                    }
                }
            }
        }
        if commands.next().unwrap_or(1) % 2 == 1 {
            for (to, datagram) in held.drain(..).rev() {
                deliver(&mut pair[to], now, &datagram);
            }
        }
        for (connection, events) in pair.iter_mut().zip(&mut events) {
            events.extend(std::iter::from_fn(|| connection.poll_event()));
            assert!(events.len() <= 2);
            let next = connection.poll_timeout();
            assert!(next.is_none_or(|at| at > now) || has_more(connection));
        }
        if pair.iter().all(Connection::is_connected) && commands.len() == 0 {
            break;
        }
        now += Duration::from_millis(25);
        for connection in &mut pair {
            connection.handle_timeout(now);
        }
    }
    let [mut client, mut server] = pair;
    if client.is_connected() && server.is_connected() {
        let mut keys = [[0; 60], [1; 60]];
        for (connection, keys) in [&client, &server].into_iter().zip(&mut keys) {
            connection
                .export_keying_material(b"EXTRACTOR-dtls_srtp", None, keys)
                .expect("it is connected");
        }
        assert_eq!(keys[0], keys[1]);
        assert_eq!(client.srtp_profile(), server.srtp_profile());
        // What has been on the wire, damaged by what is left of the bytes, ends nothing.
        for datagram in &mut seen {
            if let Some(value) = data.get(datagram.len() % data.len().max(1)) {
                let place = usize::from(*value) % datagram.len();
                datagram[place] ^= value;
            }
            let _ = client.handle_datagram(now, BytesMut::from(&datagram[..]));
            let _ = server.handle_datagram(now, BytesMut::from(&datagram[..]));
        }
        works(&mut client, &mut server);
    } else {
        assert!(harmed, "{client:?} {server:?}");
    }
}

fn deliver(connection: &mut Connection, now: Instant, datagram: &[u8]) {
    let result = connection.handle_datagram(now, BytesMut::from(datagram));
    check(connection, result);
}

fn check(connection: &Connection, result: Result<(), Error>) {
    if let Err(Error::Handshake(_)) = result {
        assert_eq!(connection.state(), State::Failed);
    }
    if !matches!(connection.state(), State::Connecting | State::New) {
        assert_eq!(connection.poll_timeout(), None);
    }
}

fn has_more(connection: &mut Connection) -> bool {
    connection.poll_transmit(NOW, &mut Vec::new())
}

/// Data flows both ways.
fn works(left: &mut Connection, right: &mut Connection) {
    for _ in 0..2 {
        while left.recv().is_some() || right.recv().is_some() {}
        let mut record = vec![0; left.record_header_len()];
        record.extend_from_slice(b"still here");
        left.seal(&mut record, 0).expect("it is connected");
        let result = right.handle_datagram(NOW, BytesMut::from(&record[..]));
        assert_eq!(result, Ok(()));
        assert_eq!(right.recv().as_deref(), Some(&b"still here"[..]));
        std::mem::swap(left, right);
    }
}

fn connected() -> (Connection, Connection) {
    let (mut client, mut server) = (new_connection(Role::Client), new_connection(Role::Server));
    for _ in 0..2 {
        exchange(&mut client, &mut server);
        exchange(&mut server, &mut client);
    }
    assert_eq!(client.poll_event(), Some(Event::Connected));
    assert_eq!(server.poll_event(), Some(Event::Connected));
    (client, server)
}

fn exchange(from: &mut Connection, to: &mut Connection) {
    let mut out = Vec::new();
    while from.poll_transmit(NOW, &mut out) {
        to.handle_datagram(NOW, BytesMut::from(&out[..])).expect("nothing disturbs it");
        out.clear();
    }
}

fn new_connection(role: Role) -> Connection {
    let (client, server) = certificates();
    let (own, peer, seed) = match role {
        Role::Client => (client, server, 3),
        Role::Server => (server, client, 4),
    };
    let config = Config::new(own.clone(), vec![peer.fingerprint(HashAlgorithm::Sha256)]);
    Connection::new(Arc::new(config), role, NOW, &mut ChaCha20Rng::seed_from_u64(seed))
}

fn certificates() -> &'static (Certificate, Certificate) {
    static CERTIFICATES: OnceLock<(Certificate, Certificate)> = OnceLock::new();
    CERTIFICATES.get_or_init(|| {
        let params = CertificateParams::new(Duration::from_secs(1_800_000_000));
        let new = |seed| Certificate::generate(&params, &mut ChaCha20Rng::seed_from_u64(seed));
        (new(1), new(2))
    })
}

/// Pieces, each behind its length in two bytes; at most 32.
fn pieces(mut data: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some((length, rest)) = data.split_first_chunk()
        && pieces.len() < 32
    {
        let length = usize::from(u16::from_be_bytes(*length)).min(rest.len());
        let (piece, rest) = rest.split_at(length);
        pieces.push(piece);
        data = rest;
    }
    pieces
}

fn fragment(message_type: u8, seq: u16, body: &[u8], range: std::ops::Range<usize>) -> Vec<u8> {
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
    record.extend((12 + range.len() as u16).to_be_bytes());
    record.push(message_type);
    record.extend(&(body.len() as u32).to_be_bytes()[1..]);
    record.extend(seq.to_be_bytes());
    record.extend(&(range.start as u32).to_be_bytes()[1..]);
    record.extend(&(range.len() as u32).to_be_bytes()[1..]);
    record.extend(&body[range]);
    record
}

fn base64(data: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in data.chunks(3) {
        let word = chunk.iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            text.push(if digit <= chunk.len() {
                char::from(ALPHABET[(word >> (18 - 6 * digit)) as usize & 63])
            } else {
                '='
            });
        }
    }
    text
}

const NOW: Instant = Instant::from_secs(1_000_000);
