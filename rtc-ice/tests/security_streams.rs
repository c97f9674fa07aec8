//! What strangers, and peers that misbehave, can do over TCP and with what came after RFC 8445:
//! nothing.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::time::Duration;

use common::puppet::Puppet;
use common::{Pair, addr, start};
use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_ice::stun::{AttributeType, Class, IntegrityKey, MessageBuilder, Method, TransactionId};
use rtc_ice::{
    Candidate, CandidateKind, Config, Error, Foundation, PathStatus, Role, State, TcpType,
};

const SECOND: Duration = Duration::from_secs(1);

fn accepted(port: u16) -> FiveTuple {
    let remote = std::net::SocketAddr::new("192.0.2.2".parse().unwrap(), port);
    FiveTuple { protocol: Protocol::Tcp, local: addr("192.0.2.1:7000"), remote }
}

/// An agent that listens, and a puppet that has connected to it.
fn listening(role: Role) -> Puppet {
    let mut puppet = Puppet::stranger(role);
    let credentials = puppet.credentials.clone();
    puppet.agent.set_remote_credentials(puppet.now, credentials).unwrap();
    let passive = Candidate::host_tcp(addr("192.0.2.1:7000"), TcpType::Passive, 65535);
    puppet.agent.add_local_candidate(puppet.now, passive).unwrap();
    puppet.path = accepted(40_000);
    puppet
}

/// An agent that has a connection of its own to the puppet, and its first check on it.
fn connecting() -> (Puppet, common::puppet::Sent) {
    let mut puppet = Puppet::stranger(Role::Controlling);
    let credentials = puppet.credentials.clone();
    puppet.agent.set_remote_credentials(puppet.now, credentials).unwrap();
    let active = Candidate::host_tcp(addr("192.0.2.1:1"), TcpType::Active, 65535);
    puppet.agent.add_local_candidate(puppet.now, active).unwrap();
    let remote = Candidate::remote_tcp(
        Foundation::new("1").unwrap(),
        5,
        addr("192.0.2.2:2000"),
        CandidateKind::Host,
        TcpType::Passive,
    );
    puppet.agent.add_remote_candidate(puppet.now, remote).unwrap();
    assert!(puppet.sent().is_empty());
    let connect = puppet.agent.poll_connect().unwrap();
    let local = addr("192.0.2.1:50001");
    puppet.agent.handle_connected(puppet.now, connect.local, connect.remote, local);
    puppet.path = FiveTuple { protocol: Protocol::Tcp, local, remote: connect.remote };
    let sent = puppet.pass(Duration::from_millis(10)).remove(0);
    assert_eq!(sent.path, puppet.path);
    (puppet, sent)
}

#[test]
fn nothing_happens_on_an_accepted_connection_before_a_request_is_authenticated() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut puppet = listening(role);
        let before = puppet.snapshot();
        let now = puppet.now + Duration::from_micros(1);
        let mut forged = puppet.check(1);
        forged.use_candidate = true;
        forged.nomination = Some(u32::MAX);
        (forged.controlling, forged.controlled) = (Some(u64::MAX), Some(0));
        forged.password = "guess".repeat(5);
        let wrong_password = puppet.build(&forged);
        forged.username = "else:pupp".into();
        let wrong_name = puppet.build(&forged);
        for port in 1..2_000 {
            let path = accepted(port);
            let mut receive =
                |bytes: &[u8]| puppet.agent.handle_datagram(now, path, bytes).unwrap_err();
            assert_eq!(receive(&wrong_password), Error::Integrity);
            assert_eq!(receive(&wrong_name), Error::Username);
            assert!(matches!(receive(&[0; 20]), Error::Decode(_)));
            assert!(matches!(receive(&[]), Error::Decode(_)));
        }
        assert_eq!(puppet.snapshot(), before);
        assert!(puppet.sent().is_empty(), "no answer, so no reflection");
        assert_eq!(puppet.agent.poll_disconnect(), None);
    }
}

#[test]
fn a_response_counts_only_on_the_connection_of_its_request() {
    let (mut puppet, request) = connecting();
    let good = puppet.answer(&request, puppet.path.local, &puppet.key.clone());
    let before = puppet.snapshot();
    for (local, remote) in [
        ("192.0.2.1:50002", "192.0.2.2:2000"),
        ("192.0.2.1:50001", "192.0.2.2:2001"),
        ("192.0.2.1:9", "192.0.2.2:2000"),
    ] {
        let path = FiveTuple { protocol: Protocol::Tcp, local: addr(local), remote: addr(remote) };
        let refused = puppet.agent.handle_datagram(puppet.now, path, &good);
        assert_eq!(refused, Err(Error::Asymmetric));
    }
    let datagram = FiveTuple { protocol: Protocol::Udp, ..puppet.path };
    let refused = puppet.agent.handle_datagram(puppet.now, datagram, &good);
    assert_eq!(refused, Err(Error::Asymmetric), "nor as a datagram");
    let guessed = IntegrityKey::short_term("guessguessguessguessguess");
    let forged = puppet.answer(&request, puppet.path.local, &guessed);
    assert_eq!(puppet.receive(&forged), Err(Error::Integrity));
    assert_eq!(puppet.snapshot(), before);
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Unknown);
    assert_eq!(puppet.receive(&good), Ok(()));
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Valid);
}

#[test]
fn data_is_accepted_on_proven_connections_only() {
    let mut puppet = listening(Role::Controlled);
    let check = puppet.check(1);
    puppet.receive_check(&check).unwrap();
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Checked);
    assert_eq!(puppet.agent.path_status(&accepted(40_001)), PathStatus::Unknown);
    let datagram = FiveTuple { protocol: Protocol::Udp, ..puppet.path };
    assert_eq!(puppet.agent.path_status(&datagram), PathStatus::Unknown);
    puppet.play(SECOND);
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Valid);
    puppet.agent.handle_disconnected(puppet.now, &puppet.path.clone());
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Unknown);
    assert_eq!(puppet.agent.send_path(), None);
}

#[test]
fn a_check_on_a_socket_that_nobody_has_is_refused() {
    let mut puppet = listening(Role::Controlled);
    let check = puppet.check(1);
    let before = puppet.snapshot();
    puppet.path.local = addr("192.0.2.1:7001");
    assert_eq!(puppet.receive_check(&check), Err(Error::LocalAddress));
    puppet.path = FiveTuple { protocol: Protocol::Udp, ..accepted(40_000) };
    assert_eq!(puppet.receive_check(&check), Err(Error::LocalAddress));
    for remote in ["0.0.0.0:7", "224.0.0.1:7", "192.0.2.2:0"] {
        puppet.path = FiveTuple { remote: addr(remote), ..accepted(1) };
        assert_eq!(puppet.receive_check(&check), Err(Error::RemoteAddress), "{remote}");
    }
    assert_eq!(puppet.snapshot(), before);
}

#[test]
fn connections_of_a_peer_that_opens_and_closes_them_leave_nothing_behind() {
    let mut puppet = listening(Role::Controlled);
    let (mut taken, mut refused) = (0, 0);
    for port in 1..=1_000 {
        puppet.path = accepted(port);
        let check = puppet.check(u8::try_from(port % 200).unwrap());
        match puppet.receive_check(&check) {
            Ok(()) => taken += 1,
            Err(error) => {
                assert_eq!(error, Error::Full);
                refused += 1;
            }
        }
        puppet.sent();
    }
    assert_eq!((taken, refused), (100, 900));
    assert_eq!(puppet.agent.remote_candidates().count(), 100);
    for port in 1..=1_000 {
        puppet.agent.handle_disconnected(puppet.now, &accepted(port));
    }
    assert_eq!(puppet.agent.pairs().count() + puppet.agent.remote_candidates().count(), 0);
    assert_eq!(puppet.agent.poll_disconnect(), None);
    puppet.path = accepted(7);
    let check = puppet.check(1);
    assert_eq!(puppet.receive_check(&check), Ok(()), "and there is room again");
}

#[test]
fn accepted_connections_that_do_not_answer_are_let_go() {
    let mut puppet = listening(Role::Controlled);
    for port in 1..=50 {
        puppet.path = accepted(port);
        puppet.receive_check(&puppet.check(1)).unwrap();
        puppet.sent();
    }
    puppet.pass(45 * SECOND);
    let closed = std::iter::from_fn(|| puppet.agent.poll_disconnect()).count();
    assert_eq!(closed, 50);
    assert_eq!(puppet.agent.pairs().count(), 0);
}

#[test]
fn a_victim_that_is_named_a_hundred_times_gets_few_and_paced_checks() {
    let mut puppet = Puppet::stranger(Role::Controlling);
    let credentials = puppet.credentials.clone();
    puppet.agent.set_remote_credentials(puppet.now, credentials).unwrap();
    let mut taken = 0;
    for port in 1..=500 {
        let victim = std::net::SocketAddr::new("203.0.113.7".parse().unwrap(), port);
        let foundation = Foundation::new(&port.to_string()).unwrap();
        let named = Candidate::remote(foundation, u32::from(port), victim, CandidateKind::Host);
        taken += usize::from(puppet.agent.add_remote_candidate(puppet.now, named).is_ok());
    }
    assert_eq!(taken, 100);
    assert!(puppet.agent.pairs().count() <= 100);
    let mut bytes = 0;
    let mut count = 0;
    let mut most_in_a_second = 0;
    for _ in 0..120 {
        let sent = puppet.pass(SECOND);
        most_in_a_second = most_in_a_second.max(sent.len());
        count += sent.len();
        bytes += sent.iter().map(|sent| sent.bytes.len()).sum::<usize>();
    }
    assert!(count <= 700, "{count}: seven for each pair");
    assert!(most_in_a_second <= 200, "{most_in_a_second}: 5 ms apart");
    assert!(bytes <= 700 * 150, "{bytes}");
    assert!(puppet.pass(100 * SECOND).is_empty());
}

#[test]
fn priorities_that_cannot_be_do_no_harm() {
    let mut puppet = Puppet::new(Role::Controlling);
    for (port, priority) in [(3000, 0), (3001, u32::MAX), (3002, 1 << 31)] {
        puppet.path.remote.set_port(port);
        let mut check = puppet.check(1);
        check.priority = Some(priority);
        puppet.receive_check(&check).unwrap();
    }
    puppet.play(SECOND);
    assert!(puppet.agent.selected_pair().is_some());
}

#[test]
fn extensions_that_are_malformed_are_not_there() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.agent.set_renomination(true);
    puppet.play(SECOND / 10);
    let own = puppet.check(1);
    for (kind, value) in [
        (AttributeType::NOMINATION, &[1, 2, 3][..]),
        (AttributeType::NOMINATION, &[][..]),
        (AttributeType::NETWORK_INFO, &[1, 2, 3, 4, 5][..]),
    ] {
        let mut bytes = Vec::new();
        MessageBuilder::new(&mut bytes, Class::Request, Method::BINDING, TransactionId([3; 12]))
            .username(&own.username)
            .ice_controlling(5)
            .priority(5)
            .attribute(kind, value)
            .message_integrity(&IntegrityKey::short_term(&own.password))
            .fingerprint()
            .finish();
        assert_eq!(puppet.receive(&bytes), Ok(()));
        puppet.play(SECOND / 10);
        assert_eq!(puppet.agent.selected_pair(), None);
    }
}

#[test]
fn extensions_after_the_integrity_attribute_say_nothing() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.agent.set_renomination(true);
    puppet.play(SECOND / 10);
    let own = puppet.check(1);
    let mut bytes = Vec::new();
    MessageBuilder::new(&mut bytes, Class::Request, Method::BINDING, TransactionId([3; 12]))
        .username(&own.username)
        .ice_controlling(5)
        .priority(5)
        .message_integrity(&IntegrityKey::short_term(&own.password))
        .nomination(9)
        .network_info(rtc_ice::stun::NetworkInfo { id: 1, cost: 999 })
        .finish();
    assert_eq!(puppet.receive(&bytes), Ok(()));
    puppet.play(SECOND / 10);
    assert_eq!(puppet.agent.selected_pair(), None);
    assert_eq!(puppet.agent.remote_candidates().next().unwrap().network.cost, 0);
}

#[test]
fn only_the_controlling_side_nominates() {
    let mut puppet = Puppet::new(Role::Controlling);
    puppet.agent.set_renomination(true);
    puppet.sent();
    let mut check = puppet.check(1);
    check.use_candidate = true;
    check.nomination = Some(u32::MAX);
    puppet.receive_check(&check).unwrap();
    let sent = puppet.pass(Duration::from_millis(100));
    let checks: Vec<_> = sent.iter().filter(|sent| sent.is_request()).collect();
    assert!(!checks.is_empty());
    for check in checks {
        assert!(!check.message().use_candidate() && check.message().nomination() == Ok(None));
    }
}

#[test]
fn time_that_leaps_does_no_harm_to_connections_backups_and_lite_agents() {
    let mut config = Config::default();
    config.lite = true;
    let far = start() + Duration::from_secs(100_000_000);
    for moment in [Instant::EPOCH, far, Instant::from_epoch(Duration::MAX)] {
        for configs in [[Config::default(), Config::default()], [Config::default(), config.clone()]]
        {
            let mut pair = Pair::with_configs(configs, [Role::Controlling, Role::Controlled]);
            pair.exchange_credentials();
            pair.add_hosts("192.0.2.1:1000", "192.0.2.2:2000");
            pair.add_tcp_hosts("192.0.2.1:1", "192.0.2.2:2000");
            pair.drive(10 * SECOND);
            assert!(pair.agents.iter().all(|agent| agent.send_path().is_some()));
            for agent in &mut pair.agents {
                let mut out = Vec::new();
                for _ in 0..3 {
                    agent.handle_timeout(moment);
                    while agent.poll_transmit(moment, &mut out).is_some() {}
                    while agent.poll_connect().is_some() {}
                    while agent.poll_disconnect().is_some() {}
                    let _ = agent.poll_timeout();
                }
                assert!(moment == Instant::EPOCH || agent.send_path().is_none());
                assert_ne!(agent.state(), State::Closed);
            }
        }
    }
}
