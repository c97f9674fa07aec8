//! The Binding usage.

use std::time::Duration;

use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_ice::binding::{Client, Config, Event, Failure, Inbound};
use rtc_ice::stun::{ErrorCode, Message, Method};

use crate::scene::{addr, path, rng, start};
use crate::turn_server::TurnServer;

struct Scene {
    now: Instant,
    client: Client,
    server: TurnServer,
    /// Where a NAT makes us appear.
    outside: &'static str,
    losses: u32,
    sent: Vec<Duration>,
    events: Vec<Event>,
}

impl Scene {
    fn new(protocol: Protocol) -> Self {
        Self::with(Config::default(), protocol)
    }

    fn with(config: Config, protocol: Protocol) -> Self {
        let path = path(protocol);
        Self {
            now: start(),
            client: Client::new(config, path, start(), &mut rng(3)),
            server: TurnServer::new(path.remote),
            outside: "198.51.100.1:2000",
            losses: 0,
            sent: Vec::new(),
            events: Vec::new(),
        }
    }

    fn drive(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let mut out = Vec::new();
            while let Some(transmit) = self.client.poll_transmit(self.now, &mut out) {
                self.sent.push(self.now.saturating_duration_since(start()));
                if self.losses > 0 {
                    self.losses -= 1;
                } else {
                    let outside = addr(self.outside);
                    let path = transmit.path;
                    let path = FiveTuple { local: path.remote, remote: outside, ..path };
                    self.server.handle_datagram(self.now, path, &out);
                }
                out.clear();
                while let Some((path, bytes)) = self.server.poll_transmit() {
                    assert_eq!(path.remote, addr(self.outside));
                    let path = self.client.path();
                    // Byte by byte where there are no datagrams.
                    let size = if path.protocol == Protocol::Tcp { 1 } else { bytes.len() };
                    for piece in bytes.chunks(size) {
                        let inbound = self.client.handle_datagram(self.now, path, piece);
                        assert_eq!(inbound, Ok(Inbound::Own));
                    }
                }
            }
            self.events.extend(std::iter::from_fn(|| self.client.poll_event()));
            let next = self.client.poll_timeout().filter(|at| *at <= end);
            let Some(next) = next else { break };
            assert!(next > self.now);
            self.now = next;
            self.client.handle_timeout(self.now);
        }
        self.now = end;
    }
}

#[test]
fn the_mapped_address_is_learned_over_udp_and_tcp() {
    for protocol in [Protocol::Udp, Protocol::Tcp] {
        let mut scene = Scene::new(protocol);
        scene.drive(Duration::from_secs(1));
        assert_eq!(scene.events, [Event::Mapped(addr("198.51.100.1:2000"))]);
        assert_eq!(scene.client.mapped(), Some(addr("198.51.100.1:2000")));
    }
}

#[test]
fn a_request_is_sent_again_at_the_times_of_the_rfc() {
    let mut scene = Scene::new(Protocol::Udp);
    scene.losses = 7;
    scene.drive(Duration::from_secs(100));
    let sent: Vec<_> = scene.sent.iter().map(Duration::as_millis).collect();
    assert_eq!(sent, [0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    assert_eq!(scene.events, [Event::Failed(Failure::NoAnswer)]);
    assert_eq!(Failure::NoAnswer.error_code(), 701);
    assert_eq!(scene.client.poll_timeout(), None);

    let mut scene = Scene::new(Protocol::Udp);
    scene.losses = 6;
    scene.drive(Duration::from_secs(40));
    assert_eq!(scene.events, [Event::Mapped(addr("198.51.100.1:2000"))]);
}

#[test]
fn a_mapping_is_kept_alive_and_its_change_told() {
    let mut scene = Scene::new(Protocol::Udp);
    scene.drive(Duration::from_secs(61));
    assert_eq!(scene.server.count(Method::BINDING), 5);
    assert_eq!(scene.events.len(), 1);
    scene.outside = "198.51.100.1:2001";
    scene.drive(Duration::from_secs(15));
    assert_eq!(scene.events[1..], [Event::Mapped(addr("198.51.100.1:2001"))]);
    scene.client.set_keepalive(scene.now, None);
    assert_eq!(scene.client.poll_timeout(), None);
}

#[test]
fn only_the_servers_own_answer_counts() {
    let mut scene = Scene::with(Config::default(), Protocol::Udp);
    let own = scene.client.path();
    let mut out = Vec::new();
    let transmit = scene.client.poll_transmit(scene.now, &mut out).unwrap();
    assert_eq!(transmit.path, own);
    let reverse = FiveTuple { local: own.remote, remote: own.local, ..own };
    scene.server.handle_datagram(scene.now, reverse, &out);
    let (_, answer) = scene.server.poll_transmit().unwrap();
    let elsewhere = [
        FiveTuple { remote: addr("203.0.113.1:3479"), ..own },
        FiveTuple { remote: addr("203.0.113.2:3478"), ..own },
        FiveTuple { local: addr("192.0.2.1:1001"), ..own },
        FiveTuple { protocol: Protocol::Tcp, ..own },
    ];
    for path in elsewhere {
        let inbound = scene.client.handle_datagram(scene.now, path, &answer);
        assert_eq!(inbound, Ok(Inbound::NotMine));
    }
    let mut other = answer.clone();
    other[19] ^= 1;
    assert_eq!(scene.client.handle_datagram(scene.now, own, &other), Ok(Inbound::NotMine));
    assert_eq!(scene.client.handle_datagram(scene.now, own, &out), Ok(Inbound::NotMine));
    assert_eq!(scene.client.poll_event(), None);
    assert_eq!(scene.client.handle_datagram(scene.now, own, &answer), Ok(Inbound::Own));
    assert_eq!(scene.client.poll_event(), Some(Event::Mapped(own.local)));
    // And it counts once.
    assert_eq!(scene.client.handle_datagram(scene.now, own, &answer), Ok(Inbound::NotMine));
    assert_eq!(scene.client.poll_event(), None);
    assert!(Message::decode(&out).unwrap().has_fingerprint());
}

#[test]
fn another_server_is_named_and_loops_are_not_followed() {
    let mut scene = Scene::new(Protocol::Udp);
    scene.server.alternate = Some(addr("203.0.113.9:3478"));
    scene.drive(Duration::from_secs(1));
    let failure = Failure::Redirected { server: addr("203.0.113.9:3478"), domain: None };
    assert_eq!(scene.events, [Event::Failed(failure)]);

    let refused = Event::Failed(Failure::Refused(ErrorCode::TRY_ALTERNATE));
    let visited = Config::default().redirected(addr("203.0.113.9:3478"));
    let mut far = Config::default();
    for port in 1..4 {
        far = far.redirected(addr(&format!("203.0.113.10:{port}")));
    }
    for (config, to) in [
        (visited, "203.0.113.9:3478"),
        (far, "203.0.113.9:3478"),
        (Config::default(), "203.0.113.1:3478"),
        (Config::default(), "[2001:db8::1]:3478"),
        (Config::default(), "0.0.0.0:3478"),
        (Config::default(), "203.0.113.9:0"),
    ] {
        let mut scene = Scene::with(config, Protocol::Udp);
        scene.server.alternate = Some(addr(to));
        scene.drive(Duration::from_secs(1));
        assert_eq!(scene.events, std::slice::from_ref(&refused), "{to}");
    }
}

#[test]
fn a_refusal_and_a_lost_connection_end_the_client() {
    let mut scene = Scene::new(Protocol::Udp);
    scene.server.refusals.push_back((Method::BINDING, 500));
    scene.drive(Duration::from_secs(1));
    assert_eq!(scene.events, [Event::Failed(Failure::Refused(ErrorCode::SERVER_ERROR))]);

    let mut scene = Scene::new(Protocol::Tcp);
    scene.client.handle_disconnected(path(Protocol::Tcp));
    scene.drive(Duration::from_secs(1));
    assert_eq!(scene.events, [Event::Failed(Failure::Disconnected)]);

    let mut scene = Scene::new(Protocol::Tcp);
    let garbage = scene.client.handle_datagram(scene.now, path(Protocol::Tcp), b"HTTP/1.1 200 OK");
    assert!(garbage.is_err());
    scene.drive(Duration::from_secs(1));
    assert_eq!(scene.events, [Event::Failed(Failure::Disconnected)]);
}
