//! Whole peer connections: two that are driven by commands, one that meets a rogue with real keys,
//! one that is told arbitrary descriptions.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_peer::{
    ChannelId, Configuration, DataChannelInit, Description, Event, IceCandidate, MediaKind,
    Message, OfferOptions, PeerConnection, Track, TransceiverDirection, TransceiverInit,
};

/// Two peers, every byte a command: send, open, close, read, lose a datagram, let time pass.
pub fn pair(data: &[u8]) {
    let mut pair = Pair::connected();
    let mut bytes = data.iter().copied();
    while let Some(command) = bytes.next() {
        let side = usize::from(command >> 7);
        match command & 0x0f {
            0 | 1 => {
                let size = usize::from(bytes.next().unwrap_or(0)) * 37;
                pair.on_channel(side, &mut bytes, |mut channel| {
                    let _full_or_closed = channel.send(vec![command; size]);
                });
            }
            2 => {
                let init = DataChannelInit {
                    ordered: command & 0x10 == 0,
                    max_retransmits: (command & 0x20 != 0).then_some(1),
                    ..DataChannelInit::default()
                };
                if let Ok(id) = pair.peers[side].create_data_channel("more", init) {
                    pair.channels[side].push(id);
                }
            }
            3 => pair.on_channel(side, &mut bytes, |mut channel| channel.close()),
            4 | 5 => {
                pair.on_channel(side, &mut bytes, |mut channel| while channel.recv().is_some() {})
            }
            6 => drop(pair.flying.pop_front()),
            7 => {
                if let Some(first) = pair.flying.front().cloned() {
                    pair.flying.push_back(first);
                }
            }
            8 => {
                if let Some(first) = pair.flying.pop_front() {
                    pair.flying.push_back(first);
                }
            }
            9 => {
                // Somebody else's datagram on the right path.
                let length = usize::from(bytes.next().unwrap_or(0));
                let garbage: Vec<u8> = bytes.by_ref().take(length).collect();
                let path = pair.path_to(side);
                let before = pair.peers[side].stats(pair.now).data_channels;
                let result =
                    pair.peers[side].handle_datagram(pair.now, path, None, garbage[..].into());
                assert!(result.is_err(), "garbage was accepted");
                assert_eq!(pair.peers[side].stats(pair.now).data_channels, before);
            }
            10 => {
                if let Some(first) = pair.flying.front_mut() {
                    if let Some(byte) = first.1.last_mut() {
                        *byte ^= command | 1;
                    }
                }
            }
            11 => pair.pass(u64::from(bytes.next().unwrap_or(1)) * 10),
            12 if command == 0x7c => pair.peers[side].close(),
            _ => pair.exchange(),
        }
        pair.drain();
        pair.check();
    }
}

/// A rogue with valid credentials and keys sends whatever it likes on its streams: DCEP, messages
/// of unknown kinds, on any stream.
pub fn inside(data: &[u8]) {
    let mut rogue = Rogue::connected();
    let mut rest = data;
    while let Some((header, tail)) = rest.split_first_chunk::<4>() {
        let length = usize::from(header[3]).min(tail.len());
        let (payload, tail) = tail.split_at(length);
        rest = tail;
        let ppid = match header[0] % 8 {
            0..=3 => 50,
            4 => 51,
            5 => 53,
            6 => 56 + u32::from(header[0] >> 7),
            _ => u32::from(header[0]),
        };
        rogue.send(u16::from_be_bytes([header[1] & 1, header[2]]), ppid, payload, header[1] >> 6);
        rogue.exchange();
    }
    rogue.pass(5000);
}

/// A peer that is told arbitrary offers, answers and candidates in any order, that has tracks and
/// transceivers, and that negotiates with another one whose descriptions arrive with a line changed.
pub fn descriptions(data: &[u8]) {
    let now = START;
    let mut peer = peer(3, A);
    let mut other = self::peer(5, B);
    for part in data.split(|byte| *byte == 0).take(24) {
        let Some((command, text)) = part.split_first() else { continue };
        let kind = if command & 0x80 == 0 { MediaKind::Audio } else { MediaKind::Video };
        let bytes = text;
        let text = String::from_utf8_lossy(text).into_owned();
        let before = snapshot(&mut peer);
        let result = match command % 17 {
            0 | 1 => peer.set_remote_description(now, Description::offer(text)).is_ok(),
            2 => peer.set_remote_description(now, Description::answer(text)).is_ok(),
            3 => peer.set_remote_description(now, Description::pranswer(text)).is_ok(),
            4 => peer.set_local_description(now, None).is_ok(),
            5 => peer.set_remote_description(now, Description::rollback()).is_ok(),
            6 => peer.set_local_description(now, Some(Description::rollback())).is_ok(),
            7 => peer.add_ice_candidate(now, &IceCandidate::new(text, "0")).is_ok(),
            8 => peer.create_data_channel(text, DataChannelInit::default()).is_ok(),
            9 => peer.add_track(Track::new(kind, text.clone()), &[&text]).is_ok(),
            10 => peer.add_transceiver(kind, TransceiverInit::default()).is_ok(),
            11 => with_transceiver(&mut peer, bytes, |mut transceiver| transceiver.stop().is_ok()),
            12 => {
                let direction = match bytes.get(1).map(|byte| byte % 4) {
                    Some(0) => TransceiverDirection::SendRecv,
                    Some(1) => TransceiverDirection::SendOnly,
                    Some(2) => TransceiverDirection::RecvOnly,
                    _ => TransceiverDirection::Inactive,
                };
                with_transceiver(&mut peer, bytes, |mut transceiver| {
                    transceiver.set_direction(direction).is_ok()
                })
            }
            13 => {
                let _refused = other.add_track(Track::new(kind, text), &["other"]);
                true
            }
            // An exchange from either side, in which one line is replaced on its way.
            14 => carry(&mut peer, &mut other, bytes),
            15 => carry(&mut other, &mut peer, bytes),
            _ => {
                let set = |description: Description| {
                    let description = changed(description, bytes);
                    peer.set_remote_description(now, description).is_ok()
                };
                other.local_description().is_none_or(set)
            }
        };
        // An exchange is several calls, of which the first may have been taken.
        if !result && command % 17 < 14 {
            assert_eq!(before, snapshot(&mut peer), "a failed call has changed something");
        }
        for peer in [&mut peer, &mut other] {
            check_descriptions(peer);
            let mut buffer = Vec::new();
            while peer.poll_transmit(now, 1, &mut buffer).is_some() {}
            while peer.poll_event().is_some() {}
        }
    }
}

/// Carries an offer of one to the other and the answer back, with a line of each replaced.
fn carry(from: &mut PeerConnection, to: &mut PeerConnection, edit: &[u8]) -> bool {
    let carried = from.set_local_description(START, None).is_ok();
    let Some(offer) = from.local_description().filter(|_| carried) else { return false };
    if to.set_remote_description(START, changed(offer, edit)).is_err()
        || to.set_local_description(START, None).is_err()
    {
        return false;
    }
    let answer = to.local_description();
    answer.is_some_and(|answer| {
        from.set_remote_description(START, changed(answer, edit.get(1..).unwrap_or_default()))
            .is_ok()
    })
}

/// The line that the first byte names is replaced by the rest, or is left out if there is none.
fn changed(description: Description, edit: &[u8]) -> Description {
    let Some((place, line)) = edit.split_first() else { return description };
    let line = String::from_utf8_lossy(line);
    let count = description.sdp.lines().count().max(1);
    let sdp = description
        .sdp
        .lines()
        .enumerate()
        .filter_map(|(number, old)| match number == usize::from(*place) % count {
            true => (!line.is_empty()).then(|| line.to_string()),
            false => Some(old.to_string()),
        })
        .map(|line| format!("{line}\r\n"))
        .collect();
    Description { kind: description.kind, sdp }
}

fn with_transceiver(
    peer: &mut PeerConnection,
    which: &[u8],
    act: impl FnOnce(rtc_peer::TransceiverMut<'_>) -> bool,
) -> bool {
    let ids: Vec<_> = peer.transceivers().map(|one| one.id()).collect();
    let place = usize::from(which.first().copied().unwrap_or_default());
    let Some(id) = ids.get(place % ids.len().max(1)) else { return true };
    peer.transceiver_mut(*id).is_ok_and(act)
}

/// What we say can be read, is what was read, and names each m-section once; no two transceivers
/// are on one.
fn check_descriptions(peer: &PeerConnection) {
    for description in [peer.current_local_description(), peer.pending_local_description()] {
        let Some(description) = description else { continue };
        let session = rtc_sdp::SessionDescription::parse(&description.sdp).expect("ours is legal");
        assert_eq!(session.to_string(), description.sdp);
        assert!(session.media.len() <= 256);
    }
    let mut mids: Vec<_> = peer.transceivers().filter_map(|one| one.mid()).collect();
    let count = mids.len();
    mids.sort_unstable();
    mids.dedup();
    assert_eq!(mids.len(), count, "two transceivers on one m-section");
}

fn snapshot(peer: &mut PeerConnection) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?}",
        peer.signaling_state(),
        peer.local_description(),
        peer.remote_description(),
        peer.pending_local_description(),
        peer.connection_state(),
        peer.transceivers().collect::<Vec<_>>(),
    )
}

fn peer(seed: u8, address: &str) -> PeerConnection {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let mut peer = PeerConnection::new(Configuration::default(), START, &mut rng).unwrap();
    peer.add_local_address(START, address.parse().unwrap(), Protocol::Udp).unwrap();
    peer
}

struct Pair {
    peers: [PeerConnection; 2],
    channels: [Vec<ChannelId>; 2],
    /// Datagrams under way, with the side that they go to.
    flying: VecDeque<(usize, Vec<u8>)>,
    now: Instant,
}

impl Pair {
    fn connected() -> Self {
        let mut pair = Self {
            peers: [peer(1, A), peer(2, B)],
            channels: [Vec::new(), Vec::new()],
            flying: VecDeque::new(),
            now: START,
        };
        let chat = pair.peers[0].create_data_channel("chat", DataChannelInit::default()).unwrap();
        pair.channels[0].push(chat);
        let [alice, bob] = &mut pair.peers;
        let offer = alice.create_offer(OfferOptions::default()).unwrap();
        alice.set_local_description(START, Some(offer)).unwrap();
        bob.set_remote_description(START, alice.local_description().unwrap()).unwrap();
        bob.set_local_description(START, None).unwrap();
        alice.set_remote_description(START, bob.local_description().unwrap()).unwrap();
        for _ in 0..100 {
            pair.drain();
            pair.exchange();
            pair.pass(5);
        }
        assert_eq!(pair.channels[1].len(), 1, "not connected");
        pair
    }

    fn path_to(&self, side: usize) -> FiveTuple {
        let [a, b] = [A, B].map(|address| address.parse().unwrap());
        if side == 0 { FiveTuple::udp(a, b) } else { FiveTuple::udp(b, a) }
    }

    fn on_channel(
        &mut self,
        side: usize,
        bytes: &mut impl Iterator<Item = u8>,
        act: impl FnOnce(rtc_peer::DataChannelMut<'_>),
    ) {
        let index = usize::from(bytes.next().unwrap_or(0));
        let Some(&id) = self.channels[side].get(index % self.channels[side].len().max(1)) else {
            return;
        };
        if let Ok(channel) = self.peers[side].channel(id) {
            act(channel);
        }
    }

    fn drain(&mut self) {
        let mut buffer = Vec::new();
        for side in 0..2 {
            while let Some(transmit) = self.peers[side].poll_transmit(self.now, 8, &mut buffer) {
                for datagram in buffer.chunks(transmit.segment_size.unwrap_or(transmit.size)) {
                    if self.flying.len() < 4096 {
                        self.flying.push_back((1 - side, datagram.to_vec()));
                    }
                }
            }
            while let Some(event) = self.peers[side].poll_event() {
                if let Event::DataChannel(rtc_peer::ChannelEvent::Announced(id)) = event {
                    self.channels[side].push(id);
                }
            }
        }
    }

    fn exchange(&mut self) {
        for _ in 0..self.flying.len() {
            let Some((side, datagram)) = self.flying.pop_front() else { break };
            let path = self.path_to(side);
            let _refused =
                self.peers[side].handle_datagram(self.now, path, None, datagram[..].into());
        }
        self.drain();
    }

    fn pass(&mut self, millis: u64) {
        self.now += std::time::Duration::from_millis(millis);
        for peer in &mut self.peers {
            peer.handle_timeout(self.now);
        }
    }

    fn check(&self) {
        for peer in &self.peers {
            if let Some(deadline) = peer.poll_timeout() {
                assert!(deadline > self.now, "a deadline in the past after a drain");
            }
        }
    }
}

/// An ICE agent, a DTLS connection and an SCTP association with nothing sensible above them.
struct Rogue {
    victim: PeerConnection,
    ice: rtc_ice::Agent,
    dtls: rtc_dtls::Connection,
    sctp: rtc_sctp::Association,
    now: Instant,
}

impl Rogue {
    fn connected() -> Self {
        let mut rng = ChaCha20Rng::from_seed([9; 32]);
        let mut victim = peer(4, A);
        victim.create_data_channel("victim", DataChannelInit::default()).unwrap();
        victim.set_local_description(START, None).unwrap();
        let certificate = rtc_dtls::Certificate::generate(
            &rtc_dtls::CertificateParams::new(START.since_epoch()),
            &mut rng,
        );
        let mut ice = rtc_ice::Agent::new(
            rtc_ice::Config::default(),
            rtc_ice::Role::Controlled,
            START,
            &mut rng,
        );
        let address = B.parse().unwrap();
        let _first = ice.add_local_candidate(START, rtc_ice::Candidate::host(address, 65_535));
        let offer = victim.local_description().unwrap().sdp;
        let value = |name: &str| {
            let at = offer.find(name).unwrap() + name.len();
            offer[at..].split("\r\n").next().unwrap().to_owned()
        };
        let credentials =
            rtc_ice::Credentials::new(&value("a=ice-ufrag:"), &value("a=ice-pwd:")).unwrap();
        ice.set_remote_credentials(START, credentials).unwrap();
        let fingerprint = rtc_dtls::Fingerprint::parse("sha-256", &value("a=fingerprint:sha-256 "));
        let own = certificate.fingerprint(rtc_dtls::HashAlgorithm::Sha256);
        let config = rtc_dtls::Config::new(certificate, vec![fingerprint.unwrap()]);
        let dtls =
            rtc_dtls::Connection::new(Arc::new(config), rtc_dtls::Role::Client, START, &mut rng);
        let answer = format!(
            "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
             m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n\
             a=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=fingerprint:sha-256 {own}\r\na=setup:active\r\n\
             a=sctp-port:5000\r\na=candidate:1 1 udp 2130706431 192.0.2.2 5000 typ host\r\n",
            ice.local_credentials().ufrag(),
            ice.local_credentials().password(),
        );
        victim.set_remote_description(START, Description::answer(answer)).unwrap();
        let sctp = rtc_sctp::Association::new(rtc_sctp::Config::default(), START, &mut rng);
        let mut rogue = Self { victim, ice, dtls, sctp, now: START };
        rogue.sctp.connect(START);
        for _ in 0..100 {
            rogue.exchange();
            rogue.pass(5);
        }
        assert!(rogue.victim.max_channels().is_some(), "not connected");
        rogue
    }

    fn send(&mut self, stream: u16, ppid: u32, payload: &[u8], options: u8) {
        let mut send = rtc_sctp::SendOptions::RELIABLE;
        if options & 1 != 0 {
            send = send.unordered();
        }
        let stream = rtc_sctp::StreamId(stream);
        let payload = Bytes::copy_from_slice(payload);
        let _refused = self.sctp.send(self.now, stream, rtc_sctp::Ppid(ppid), payload, send);
        if options & 2 != 0 {
            let _refused = self.sctp.reset_stream(self.now, stream);
        }
    }

    fn exchange(&mut self) {
        let [a, b] = [A, B].map(|address| address.parse().unwrap());
        for _ in 0..4 {
            let mut buffer = Vec::new();
            while self.ice.poll_transmit(self.now, &mut buffer).is_some() {
                self.deliver(&buffer);
                buffer.clear();
            }
            while self.ice.send_path().is_some() && self.dtls.poll_transmit(self.now, &mut buffer) {
                self.deliver(&buffer);
                buffer.clear();
            }
            while self.dtls.is_connected() {
                buffer.clear();
                buffer.resize(self.dtls.record_header_len(), 0);
                if !self.sctp.poll_transmit(self.now, &mut buffer)
                    || self.dtls.seal(&mut buffer, 0).is_err()
                {
                    break;
                }
                self.deliver(&buffer);
            }
            while self.victim.poll_transmit(self.now, 1, &mut buffer).is_some() {
                if buffer[0] < 4 {
                    let _refused =
                        self.ice.handle_datagram(self.now, FiveTuple::udp(b, a), &buffer);
                } else {
                    let _refused = self.dtls.handle_datagram(self.now, BytesMut::from(&buffer[..]));
                }
            }
            while let Some(packet) = self.dtls.recv() {
                let _refused = self.sctp.handle_datagram(self.now, packet.freeze());
            }
            while self.sctp.poll_event().is_some() {}
            while let Some(event) = self.victim.poll_event() {
                if let Event::DataChannel(event) = event {
                    let Ok(mut channel) = self.victim.channel(event.channel()) else { continue };
                    while let Some(message) = channel.recv() {
                        let _echo = channel.send(match message {
                            Message::Text(text) => Message::Text(text),
                            Message::Binary(bytes) => Message::Binary(bytes),
                        });
                    }
                }
            }
        }
    }

    fn deliver(&mut self, datagram: &[u8]) {
        let [a, b] = [A, B].map(|address| address.parse().unwrap());
        let path = FiveTuple::udp(a, b);
        let _refused = self.victim.handle_datagram(self.now, path, None, datagram.into());
    }

    fn pass(&mut self, millis: u64) {
        self.now += std::time::Duration::from_millis(millis);
        self.victim.handle_timeout(self.now);
        self.ice.handle_timeout(self.now);
        self.dtls.handle_timeout(self.now);
        self.sctp.handle_timeout(self.now);
        self.exchange();
        if let Some(deadline) = self.victim.poll_timeout() {
            assert!(deadline > self.now, "a deadline in the past after a drain");
        }
    }
}

const START: Instant = Instant::from_secs(1_000_000);
const A: &str = "192.0.2.1:4000";
const B: &str = "192.0.2.2:5000";
