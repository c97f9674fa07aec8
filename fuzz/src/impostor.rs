//! Somebody with real credentials and keys, and nothing sensible above them: ICE, DTLS and SRTP by
//! hand, and descriptions by a peer connection that only ever talks.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::BytesMut;
use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_core::{Ecn, FiveTuple, Instant, Protocol};
use rtc_dtls::{Certificate, CertificateParams, SrtpProfile};
use rtc_peer::{
    Configuration, ConnectionState, DataChannelInit, Description, MediaKind, PeerConnection, Track,
};
use rtc_srtp::rtcp::RtcpPackets;
use rtc_srtp::rtp::{RtpPacket, is_rtcp};
use rtc_srtp::srtp::{Config, MasterKey, ProtectionProfile, SrtpReceiver, SrtpSender};

/// A peer connection, and whom it takes for another one.
pub struct Impostor {
    pub victim: PeerConnection,
    /// Writes the descriptions and reads those of the victim; it never meets the network.
    pub speaker: PeerConnection,
    pub now: Instant,
    /// The SSRCs that our last description has announced.
    pub announced: Vec<u32>,
    /// The last sequence number of each stream of the victim.
    pub heard: BTreeMap<u32, u16>,
    ice: rtc_ice::Agent,
    dtls: rtc_dtls::Connection,
    keys: Option<(SrtpSender, SrtpReceiver)>,
    /// The m-section that is said to be sent in three encodings.
    simulcast: Option<String>,
    /// What was delivered last, to come again.
    last: Vec<u8>,
}

impl Impostor {
    /// Connected, with sound and two pictures both ways, the first of ours in a simulcast.
    pub fn connected(profile: SrtpProfile, max_datagram_size: usize) -> Self {
        let mut rng = ChaCha20Rng::from_seed([11; 32]);
        let mut victim = PeerConnection::new(
            configuration(&IDENTITIES[0], max_datagram_size),
            START,
            &mut ChaCha20Rng::from_seed([12; 32]),
        )
        .unwrap();
        victim.add_local_address(START, A.parse().unwrap(), Protocol::Udp).unwrap();
        let speaker = configuration(&IDENTITIES[1], 1_200);
        let mut speaker =
            PeerConnection::new(speaker, START, &mut ChaCha20Rng::from_seed([13; 32])).unwrap();
        for (kind, id) in TRACKS {
            victim.add_track(Track::new(kind, id), &["victim"]).unwrap();
            speaker.add_track(Track::new(kind, id), &["speaker"]).unwrap();
        }
        speaker.create_data_channel("alive", DataChannelInit::default()).unwrap();

        let (config, role) = (rtc_ice::Config::default(), rtc_ice::Role::Controlling);
        let mut ice = rtc_ice::Agent::new(config, role, START, &mut rng);
        let host = rtc_ice::Candidate::host(B.parse().unwrap(), 65_535);
        let _first = ice.add_local_candidate(START, host);
        let fingerprint = IDENTITIES[0].fingerprint(rtc_dtls::HashAlgorithm::Sha256);
        let mut config = rtc_dtls::Config::new(IDENTITIES[1].clone(), vec![fingerprint]);
        config.srtp_profiles = vec![profile];
        let role = rtc_dtls::Role::Server;
        let dtls = rtc_dtls::Connection::new(Arc::new(config), role, START, &mut rng);

        let mut this = Self {
            victim,
            speaker,
            now: START,
            announced: Vec::new(),
            heard: BTreeMap::new(),
            ice,
            dtls,
            keys: None,
            simulcast: None,
            last: Vec::new(),
        };
        assert!(this.negotiate(false), "not negotiated");
        let answer = this.victim.local_description().unwrap().sdp;
        assert!(answer.contains("a=setup:active"));
        assert!(answer.contains("a=simulcast:recv q;h;f"), "{answer}");
        let value = |name: &str| {
            let at = answer.find(name).unwrap() + name.len();
            answer[at..].split("\r\n").next().unwrap().to_owned()
        };
        let credentials =
            rtc_ice::Credentials::new(&value("a=ice-ufrag:"), &value("a=ice-pwd:")).unwrap();
        this.ice.set_remote_credentials(START, credentials).unwrap();
        for _ in 0..100 {
            this.pass(5);
            if this.keys.is_some() && this.victim.connection_state() == ConnectionState::Connected {
                return this;
            }
        }
        panic!("not connected");
    }

    /// An offer and an answer. Where a description is refused, both sides go back.
    pub fn negotiate(&mut self, by_victim: bool) -> bool {
        let done = if by_victim { self.victim_offers() } else { self.speaker_offers() };
        if done.is_none() {
            for peer in [&mut self.victim, &mut self.speaker] {
                let _stable = peer.set_local_description(self.now, Some(Description::rollback()));
                let _stable = peer.set_remote_description(self.now, Description::rollback());
            }
        }
        done.is_some()
    }

    fn speaker_offers(&mut self) -> Option<()> {
        self.speaker.set_local_description(self.now, None).ok()?;
        let offer = self.disguised(self.speaker.local_description()?);
        self.victim.set_remote_description(self.now, offer).ok()?;
        self.victim.set_local_description(self.now, None).ok()?;
        let answer = without_simulcast(self.victim.local_description()?);
        self.speaker.set_remote_description(self.now, answer).ok()
    }

    fn victim_offers(&mut self) -> Option<()> {
        self.victim.set_local_description(self.now, None).ok()?;
        let offer = without_simulcast(self.victim.local_description()?);
        self.speaker.set_remote_description(self.now, offer).ok()?;
        self.speaker.set_local_description(self.now, None).ok()?;
        let answer = self.disguised(self.speaker.local_description()?);
        self.victim.set_remote_description(self.now, answer).ok()
    }

    /// What the speaker says, with our credentials and address, and with a simulcast that it could
    /// not send.
    fn disguised(&mut self, description: Description) -> Description {
        let own = self.ice.local_credentials();
        let (ufrag, password) = (own.ufrag().to_owned(), own.password().to_owned());
        let mut sdp = String::new();
        let (mut video, mut simulcast) = (false, false);
        self.announced.clear();
        for line in description.sdp.lines() {
            if line.starts_with("m=") {
                video = line.starts_with("m=video") && !line.starts_with("m=video 0");
                simulcast = false;
            }
            if simulcast && line.starts_with("a=ssrc") {
                continue;
            }
            if let Some(ssrc) = line.strip_prefix("a=ssrc:") {
                let ssrc = ssrc.split(' ').next().and_then(|ssrc| ssrc.parse::<u32>().ok());
                self.announced.extend(ssrc);
            }
            let line = match line.split_once(':') {
                Some(("a=ice-ufrag", _)) => format!("a=ice-ufrag:{ufrag}"),
                Some(("a=ice-pwd", _)) => format!("a=ice-pwd:{password}\r\n{CANDIDATE}"),
                Some(("a=mid", mid)) if video => {
                    simulcast = self.simulcast.get_or_insert_with(|| mid.to_owned()) == mid;
                    format!("{line}{}", if simulcast { SIMULCAST } else { "" })
                }
                _ => line.to_owned(),
            };
            sdp.push_str(&line);
            sdp.push_str("\r\n");
        }
        self.announced.dedup();
        Description { kind: description.kind, sdp }
    }

    /// Sends an RTP or RTCP packet, protected. What was used before is not sent.
    pub fn send(&mut self, mut packet: Vec<u8>, ecn: Option<Ecn>) {
        let Some((sender, _)) = &mut self.keys else { return };
        let protected = match is_rtcp(&packet) {
            true => sender.protect_rtcp(&mut packet),
            false => sender.protect(&mut packet),
        };
        if protected.is_ok() {
            self.deliver(&packet, ecn);
            self.last = packet;
        }
    }

    /// What was sent last comes again, or comes with a bit turned: neither is taken.
    pub fn send_again(&mut self, turned: Option<u8>) {
        let mut packet = self.last.clone();
        if packet.is_empty() {
            return;
        }
        if let Some(bit) = turned {
            let at = packet.len() - 1;
            packet[at] ^= 1 << (bit % 8);
        }
        let path = path_to_victim();
        let taken = self.victim.handle_datagram(self.now, path, None, packet[..].into());
        assert!(taken.is_err(), "what is not authentic, or not new, was taken");
    }

    /// Everything goes where it belongs, until nobody has anything left to say.
    pub fn exchange(&mut self) {
        let mut buffer = Vec::new();
        let mut datagrams = 0;
        loop {
            let mut is_quiet = true;
            buffer.clear();
            while self.ice.poll_transmit(self.now, &mut buffer).is_some() {
                is_quiet = false;
                self.deliver(&buffer, None);
                buffer.clear();
            }
            while self.ice.send_path().is_some() && self.dtls.poll_transmit(self.now, &mut buffer) {
                is_quiet = false;
                self.deliver(&buffer, None);
                buffer.clear();
            }
            while let Some(transmit) = self.victim.poll_transmit(self.now, 4, &mut buffer) {
                is_quiet = false;
                for datagram in buffer.chunks(transmit.segment_size.unwrap_or(transmit.size)) {
                    self.hear(datagram);
                    datagrams += 1;
                }
                assert!(datagrams < MAX_DATAGRAMS, "there is no end of it");
            }
            while self.dtls.poll_event().is_some() {}
            while self.dtls.recv().is_some() {}
            while self.ice.poll_event().is_some() {}
            if is_quiet {
                break;
            }
        }
    }

    /// What the victim sends is well formed, and no index of its keys is used twice.
    fn hear(&mut self, datagram: &[u8]) {
        let limit = self.victim.configuration().max_datagram_size;
        match datagram[0] {
            0..=3 => {
                let path = path_to_victim();
                let path = FiveTuple::udp(path.remote, path.local);
                let _refused = self.ice.handle_datagram(self.now, path, datagram);
            }
            20..=63 => {
                let _refused = self.dtls.handle_datagram(self.now, BytesMut::from(datagram));
                if self.keys.is_none() {
                    self.keys = keys(&self.dtls);
                }
            }
            _ => {
                let (_, receiver) = self.keys.as_mut().expect("media before there are keys");
                let mut packet = BytesMut::from(datagram);
                if is_rtcp(datagram) {
                    assert!(datagram.len() <= limit, "{} bytes of reports", datagram.len());
                    receiver.unprotect_rtcp(&mut packet).expect("reports under our keys");
                    for packet in RtcpPackets::new(&packet) {
                        packet.expect("what is sent is well formed");
                    }
                } else {
                    receiver.unprotect(&mut packet).expect("media under our keys");
                    let packet = RtpPacket::decode(&packet).expect("what is sent is well formed");
                    // The payload of a packet that the application has made may be as long as a
                    // datagram.
                    let room = limit + MAX_HEADER_LEN;
                    assert!(datagram.len() <= room, "{} bytes: {packet:?}", datagram.len());
                    self.heard.insert(packet.ssrc().0, packet.sequence_number());
                }
            }
        }
    }

    fn deliver(&mut self, datagram: &[u8], ecn: Option<Ecn>) {
        let path = path_to_victim();
        let _refused = self.victim.handle_datagram(self.now, path, ecn, datagram.into());
    }

    /// Lets time pass.
    pub fn pass(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
        self.victim.handle_timeout(self.now);
        self.ice.handle_timeout(self.now);
        self.dtls.handle_timeout(self.now);
        self.exchange();
    }
}

/// The other half of what the victim makes of the same exported material (RFC 5764 section 4.2).
fn keys(dtls: &rtc_dtls::Connection) -> Option<(SrtpSender, SrtpReceiver)> {
    let profile = ProtectionProfile::from_id(dtls.srtp_profile()?.code())?;
    let (key_len, salt_len) = (profile.key_len(), profile.salt_len());
    let mut material = vec![0; 2 * (key_len + salt_len)];
    dtls.export_keying_material(b"EXTRACTOR-dtls_srtp", None, &mut material).ok()?;
    let (keys, salts) = material.split_at(2 * key_len);
    let client = MasterKey::new(profile, &keys[..key_len], &salts[..salt_len]).ok()?;
    let server = MasterKey::new(profile, &keys[key_len..], &salts[salt_len..]).ok()?;
    let config = Config::default();
    Some((SrtpSender::new(&server, &config), SrtpReceiver::new(&client, &config)))
}

fn without_simulcast(description: Description) -> Description {
    let kept = |line: &&str| !line.starts_with("a=rid:") && !line.starts_with("a=simulcast:");
    let lines = description.sdp.lines().filter(kept);
    Description { kind: description.kind, sdp: lines.map(|line| format!("{line}\r\n")).collect() }
}

fn configuration(identity: &Certificate, max_datagram_size: usize) -> Configuration {
    let mut configuration = Configuration::default();
    configuration.certificates = vec![identity.clone()];
    configuration.max_datagram_size = max_datagram_size;
    configuration
}

fn path_to_victim() -> FiveTuple {
    FiveTuple::udp(A.parse().unwrap(), B.parse().unwrap())
}

/// Made once: what there is to find does not lie in them.
static IDENTITIES: LazyLock<[Certificate; 2]> = LazyLock::new(|| {
    [21, 22].map(|seed| {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        Certificate::generate(&CertificateParams::new(START.since_epoch()), &mut rng)
    })
});

const START: Instant = Instant::from_secs(1_000_000);
const A: &str = "192.0.2.1:4000";
const B: &str = "192.0.2.2:5000";
const CANDIDATE: &str = "a=candidate:1 1 udp 2130706431 192.0.2.2 5000 typ host";
const SIMULCAST: &str =
    "\r\na=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f";
const TRACKS: [(MediaKind, &str); 3] =
    [(MediaKind::Audio, "sound"), (MediaKind::Video, "picture"), (MediaKind::Video, "screen")];
/// More than any command makes: the packets of a frame, and of each stream what can be sent again.
const MAX_DATAGRAMS: usize = 8_192;
/// With all of its sources and extensions, and the number of what is sent again.
const MAX_HEADER_LEN: usize = 200;
