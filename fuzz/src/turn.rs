//! Fuzz bodies for the parts of rtc-ice that talk to STUN and TURN servers.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_ice::framing::{Deframer, Framing, frame_rfc4571};
use rtc_ice::stun::{
    AddressErrorCode, AddressFamily, Class, ErrorCode, Icmp, IntegrityKey, Message, MessageBuilder,
    Method, PasswordAlgorithm, TransactionId,
};
use rtc_ice::turn::{
    ChannelData, ChannelNumber, Client, Config, Credentials, Event, Families, Inbound,
};

use crate::input::Input;

/// Reads ChannelData and writes it once more.
pub fn channel_data(data: &[u8]) {
    let Ok(message) = ChannelData::decode(data) else { return };
    assert!(ChannelData::is_channel_data(data));
    let mut out = vec![0xee; 3];
    message.encode(&mut out);
    assert_eq!(out[..3], [0xee; 3]);
    assert_eq!(ChannelData::decode(&out[3..]), Ok(message));
    assert!(data.starts_with(&out[3..]) && data.len() - (out.len() - 3) <= 3);
}

/// Cuts a stream in pieces of every size and finds the same frames each time.
pub fn framing(data: &[u8]) {
    let Some((&first, stream)) = data.split_first() else { return };
    let framing = if first & 1 == 0 { Framing::Rfc4571 } else { Framing::Turn };
    let max_frame = if first & 2 == 0 { 65_539 } else { 300 };
    let whole = cut(framing, max_frame, stream, stream.len().max(1));
    for size in [1, 2, 3, 7, usize::from(first) + 1] {
        let pieces = cut(framing, max_frame, stream, size);
        assert_eq!(pieces.is_broken, whole.is_broken);
        assert_eq!(pieces.frames, whole.frames);
    }
    if framing == Framing::Rfc4571 && !whole.is_broken {
        let mut again = Vec::new();
        for frame in &whole.frames {
            let start = again.len();
            again.extend_from_slice(frame);
            assert!(frame_rfc4571(&mut again, start));
        }
        assert_eq!(cut(framing, max_frame, &again, 1000).frames, whole.frames);
    }
}

struct Cut {
    frames: Vec<Vec<u8>>,
    is_broken: bool,
}

fn cut(framing: Framing, max_frame: usize, stream: &[u8], size: usize) -> Cut {
    let mut deframer = Deframer::new(framing, max_frame);
    let mut frames = Vec::new();
    for mut piece in stream.chunks(size) {
        while let Some(frame) = deframer.next_frame(&mut piece) {
            if let Ok(frame) = frame {
                assert!(!frame.is_empty() && frame.len() <= max_frame);
                frames.push(frame.to_vec());
            }
        }
        assert!(piece.is_empty());
        assert!(deframer.buffered() <= max_frame + 5);
    }
    Cut { frames, is_broken: deframer.is_broken() }
}

/// A client of a TURN server that has the key and says anything, as a list of commands.
pub fn client(data: &[u8]) {
    let mut input = Input(data);
    let mut scene = Scene::new(&mut input);
    for _ in 0..MAX_COMMANDS {
        let Some(command) = input.byte() else { break };
        scene.obey(command, &mut input);
        scene.drain();
    }
}

struct Scene {
    now: Instant,
    client: Client,
    /// The requests that were seen last, latest first.
    requests: Vec<(FiveTuple, TransactionId, Method)>,
    is_over: bool,
}

impl Scene {
    fn new(input: &mut Input<'_>) -> Self {
        let flags = input.next();
        let mut config = Config::new(Credentials::new(USERNAME, PASSWORD));
        config.families = match flags & 3 {
            0 => Families::V4,
            1 => Families::V6,
            _ => Families::Both,
        };
        config.mobility = flags & 4 != 0;
        config.ends_remainder = flags & 32 != 0;
        config.max_peers = MAX_PEERS;
        let now = Instant::from_secs(1_000_000);
        let path = path(flags & 8 != 0, 0);
        let client = Client::new(config, path, now, &mut ChaCha20Rng::from_seed([5; 32]));
        let mut scene = Self { now, client, requests: Vec::new(), is_over: false };
        scene.drain();
        if flags & 16 == 0 {
            // An allocation with a permission.
            scene.answer(0, 0, 1, 0);
            scene.drain();
            scene.answer(0, 2, 0, 0);
            scene.drain();
            scene.send(0, b"\x80data");
            scene.drain();
            scene.answer(0, 2, 0, 0);
        }
        scene.drain();
        scene
    }

    fn obey(&mut self, command: u8, input: &mut Input<'_>) {
        match command % 12 {
            0 => self.now += Duration::from_millis(u64::from(input.next()) * 50),
            1 => self.now += Duration::from_secs(u64::from(input.next()) * 8),
            2 => {
                let at = input.next();
                let data = input.take(usize::from(command) * 8);
                self.send(at, data);
            }
            3 => self.client.permit(self.now, peer(input.next())),
            4 | 5 => {
                let (which, kind) = (input.next(), input.next());
                let (detail, sign) = (input.next(), input.next());
                self.answer(which, kind, detail, sign);
            }
            6 => {
                let (at, kind) = (input.next(), input.next());
                self.indicate(at, kind, input.take(40));
            }
            7 => {
                let [n0, n1] = [input.next(), input.next()];
                let number = 0x4000 | (u16::from_be_bytes([n0, n1]) & 0x0fff);
                let number = ChannelNumber::new(number).expect("the number is in range");
                let mut out = Vec::new();
                ChannelData { number, data: input.take(40) }.encode(&mut out);
                self.arrive(self.client.path(), &out);
            }
            8 => {
                let path = path(command & 0x80 != 0, input.next());
                let bytes = input.take(usize::from(command));
                self.arrive(path, bytes);
            }
            9 => {
                let _ = self.client.move_to(self.now, path(command & 0x80 != 0, input.next()));
            }
            10 => {
                let path = match input.next() {
                    0..8 => self.client.path(),
                    other => path(command & 0x80 != 0, other),
                };
                self.client.handle_disconnected(self.now, path);
            }
            _ => {
                if input.next() == 0 {
                    self.client.release(self.now);
                }
            }
        }
        self.client.handle_timeout(self.now);
    }

    fn send(&mut self, at: u8, data: &[u8]) {
        let mut out = vec![0xee; 5];
        out.extend_from_slice(data);
        let overhead = self.client.overhead(self.now, peer(at));
        let path = if self.client.has_channel(self.now, peer(at)) {
            out.splice(5..5, [0; 4]);
            self.client.wrap_in_channel(self.now, peer(at), &mut out, 5, data.len() + 4)
        } else {
            self.client.wrap(self.now, peer(at), &mut out, 5)
        };
        assert_eq!(out[..5], [0xee; 5]);
        match path {
            None => assert_eq!(out.len(), 5),
            Some(path) => {
                assert!(!self.is_over);
                assert_eq!(path, self.client.path());
                assert!(out.len() - 5 <= data.len() + overhead);
                self.check_wrapped(&out[5..], at, data);
            }
        }
    }

    fn check_wrapped(&self, wrapped: &[u8], at: u8, data: &[u8]) {
        if let Ok(message) = ChannelData::decode(wrapped) {
            assert_eq!(message.data, data);
        } else {
            let message = Message::decode(wrapped).expect("it is what a server reads");
            assert_eq!((message.class(), message.method()), (Class::Indication, Method::SEND));
            assert_eq!(message.data(), Some(data));
            assert_eq!(message.xor_peer_address(), Ok(Some(peer(at))));
        }
    }

    /// Answers one of the last requests with the right key, a wrong one or none.
    fn answer(&mut self, which: u8, kind: u8, detail: u8, sign: u8) {
        let count = self.requests.len().max(1);
        let Some(&(path, id, method)) = self.requests.get(usize::from(which) % count) else {
            return;
        };
        let mut out = Vec::new();
        let class = if kind & 2 == 0 { Class::Error } else { Class::Success };
        let mut builder = MessageBuilder::new(&mut out, class, method, id);
        if class == Class::Error {
            let code = CODES[usize::from(detail) % CODES.len()];
            builder.error_code(ErrorCode::new(code).expect("the code is one"));
            if kind & 4 == 0 {
                builder.realm(REALM).nonce(&[b'n', detail, kind]);
            }
            if kind & 8 != 0 {
                builder.nonce(b"obMatJos2wAAAnonce").password_algorithms(&[0, 2, 0, 0]);
            }
            builder.alternate_server(address(9, detail));
        } else {
            let seconds = [600, 30, 1, 0, u64::from(u32::MAX)];
            builder
                .xor_relayed_address(address(1, detail & 7))
                .xor_mapped_address(address(2, detail))
                .lifetime(Duration::from_secs(seconds[usize::from(detail) % seconds.len()]));
            if kind & 4 == 0 {
                builder.xor_relayed_address("[2001:db8::5]:7000".parse().expect("it is one"));
            }
            if kind & 8 == 0 {
                builder.mobility_ticket(&[detail; 9]);
            } else {
                let code = ErrorCode::INSUFFICIENT_CAPACITY;
                let family = AddressFamily::V6;
                builder.address_error_code(AddressErrorCode { family, code });
            }
        }
        let key = |algorithm, password| {
            IntegrityKey::long_term(algorithm, USERNAME, REALM, password)
                .expect("the algorithm is known")
        };
        match sign % 8 {
            0..4 => builder.message_integrity(&key(PasswordAlgorithm::Md5, PASSWORD)),
            4 | 5 => builder.message_integrity_sha256(&key(PasswordAlgorithm::Sha256, PASSWORD)),
            6 => builder.message_integrity(&key(PasswordAlgorithm::Md5, "wrong")),
            _ => &mut builder,
        };
        builder.finish();
        self.arrive(path, &out);
    }

    fn indicate(&mut self, at: u8, kind: u8, data: &[u8]) {
        let mut out = Vec::new();
        let id = TransactionId([kind; 12]);
        let mut builder = MessageBuilder::new(&mut out, Class::Indication, Method::DATA, id);
        builder.xor_peer_address(peer(at));
        if kind & 1 == 0 {
            builder.data(data);
        } else {
            builder.icmp(Icmp { kind: 3, code: 4, data: 1280 });
        }
        builder.finish();
        self.arrive(self.client.path(), &out);
    }

    fn arrive(&mut self, path: FiveTuple, bytes: &[u8]) {
        let allocated = self.client.allocated().copied();
        let mut rest = BytesMut::from(bytes);
        loop {
            let before = rest.len();
            match self.client.handle_datagram(self.now, path, &mut rest) {
                Ok(Inbound::Data { relayed, peer, .. }) => {
                    assert_eq!(allocated.and_then(|it| it.relayed_for(peer)), Some(relayed));
                }
                Ok(Inbound::NotMine) => {
                    assert_eq!(rest.len(), before);
                    break;
                }
                Ok(_) | Err(_) => {}
            }
            if rest.is_empty() || path.protocol == Protocol::Udp {
                break;
            }
            assert!(rest.len() < before, "something is taken each time");
        }
    }

    fn drain(&mut self) {
        let mut out = vec![0xdd; 2];
        let mut sent = 0;
        while let Some(transmit) = self.client.poll_transmit(self.now, &mut out) {
            assert!(!self.is_over || transmit.size == 0);
            assert_eq!(out[..2], [0xdd; 2]);
            assert_eq!(out.len(), transmit.size + 2);
            sent += 1;
            // Requests, what was held back, and a keepalive.
            assert!(sent <= 5 * MAX_PEERS + 4);
            if let Ok(message) = Message::decode(&out[2..])
                && message.class() == Class::Request
            {
                let request = (transmit.path, message.transaction_id(), message.method());
                self.requests.retain(|known| known.1 != request.1);
                self.requests.insert(0, request);
                self.requests.truncate(64);
            }
            out.truncate(2);
        }
        assert_eq!(out.len(), 2);
        let mut events = 0;
        while let Some(event) = self.client.poll_event() {
            events += 1;
            assert!(events <= 129 && !self.is_over);
            self.is_over = matches!(event, Event::Failed(_) | Event::Lost(_) | Event::Released);
        }
        assert_eq!(self.is_over, self.client.is_over());
        let timeout = self.client.poll_timeout();
        assert!(timeout.is_none_or(|at| at > self.now && !self.is_over));
    }
}

fn path(is_tcp: bool, at: u8) -> FiveTuple {
    FiveTuple {
        protocol: if is_tcp { Protocol::Tcp } else { Protocol::Udp },
        local: address(3, at % 4),
        remote: address(4, 0),
    }
}

fn peer(at: u8) -> SocketAddr {
    if at & 0x80 == 0 {
        address(10 + at % 6, at % 3)
    } else {
        SocketAddr::new([0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(at % 6)].into(), 4000)
    }
}

fn address(host: u8, at: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, host], 4000 + u16::from(at)))
}

const USERNAME: &str = "lab";
const PASSWORD: &str = "secret";
const REALM: &str = "realm";
const MAX_PEERS: usize = 5;
const MAX_COMMANDS: usize = 256;
const CODES: [u16; 16] =
    [300, 401, 438, 437, 403, 400, 405, 420, 440, 441, 442, 443, 486, 500, 508, 699];
