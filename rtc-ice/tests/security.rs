//! What strangers, and peers that misbehave, can do: nothing.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::time::Duration;

use common::addr;
use common::puppet::{Check, Puppet};
use rtc_core::FiveTuple;
use rtc_ice::stun::{
    AttributeType, Class, ErrorCode, IntegrityKey, Message, MessageBuilder, Method, TransactionId,
};
use rtc_ice::{CandidateKind, Error, PathStatus, Role, State};

/// Requests that prove nothing, each with the error it deserves.
fn forgeries(puppet: &Puppet) -> Vec<(Vec<u8>, Error)> {
    let good = puppet.check(9);
    let build = |change: &dyn Fn(&mut Check)| {
        let mut check = good.clone();
        change(&mut check);
        puppet.build(&check)
    };
    let bare = |write: &dyn Fn(&mut MessageBuilder<'_>)| {
        let mut bytes = Vec::new();
        let id = TransactionId([1; 12]);
        let mut message = MessageBuilder::new(&mut bytes, Class::Request, Method::BINDING, id);
        write(&mut message);
        message.fingerprint().finish();
        bytes
    };
    let wrong_password: &dyn Fn(&mut Check) = &|check| check.password = "guess".repeat(5);
    vec![
        (build(wrong_password), Error::Integrity),
        (
            build(&|check| {
                wrong_password(check);
                check.use_candidate = true;
            }),
            Error::Integrity,
        ),
        (
            build(&|check| {
                wrong_password(check);
                // A role conflict of both kinds.
                check.controlling = Some(u64::MAX);
                check.controlled = Some(0);
            }),
            Error::Integrity,
        ),
        (
            build(&|check| {
                wrong_password(check);
                check.unknown = Some(0x7777);
            }),
            Error::Integrity,
        ),
        (build(&|check| check.username = "wrong:pupp".into()), Error::Username),
        (build(&|check| check.username = "pupp".into()), Error::Username),
        (build(&|check| check.username = String::new()), Error::Username),
        (bare(&|_| ()), Error::MissingCredentials),
        (
            bare(&|message| {
                message.username(&good.username).use_candidate().ice_controlling(u64::MAX);
            }),
            Error::MissingCredentials,
        ),
        (
            bare(&|message| {
                message.message_integrity(&IntegrityKey::short_term(&good.password));
            }),
            Error::MissingCredentials,
        ),
    ]
}

#[test]
fn nothing_happens_before_a_request_is_authenticated() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut puppet = Puppet::new(role);
        puppet.sent();
        let before = puppet.snapshot();
        for (forgery, error) in forgeries(&puppet) {
            assert_eq!(puppet.receive(&forgery), Err(error));
            let elsewhere = FiveTuple::udp(puppet.path.local, addr("203.0.113.66:6"));
            let now = puppet.now + Duration::from_micros(1);
            assert_eq!(puppet.agent.handle_datagram(now, elsewhere, &forgery), Err(error));
            assert_eq!(puppet.snapshot(), before, "no role, candidate, nomination or reply");
        }
        assert!(puppet.sent().is_empty(), "no answer, so no reflection");
    }
}

#[test]
fn a_flood_of_forgeries_leaves_nothing_behind() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.play(Duration::from_secs(1));
    puppet.events();
    let forgeries = forgeries(&puppet);
    let before = puppet.snapshot();
    for port in 1..=2_000 {
        let remote = std::net::SocketAddr::new("203.0.113.66".parse().unwrap(), port);
        let path = FiveTuple::udp(puppet.path.local, remote);
        for (forgery, _) in &forgeries {
            assert!(puppet.agent.handle_datagram(puppet.now, path, forgery).is_err());
        }
        let garbage = [&port.to_be_bytes()[..], &[0; 60]].concat();
        assert!(puppet.agent.handle_datagram(puppet.now, path, &garbage).is_err());
    }
    assert_eq!(puppet.snapshot(), before);
}

#[test]
fn a_response_counts_only_with_its_transaction_path_and_password() {
    let mut puppet = Puppet::new(Role::Controlling);
    let request = puppet.sent().remove(0);
    let mapped = puppet.path.local;
    let good = puppet.answer(&request, mapped, &puppet.key);
    let before = puppet.snapshot();

    let mut other = request.clone();
    other.bytes[8] ^= 1;
    other.bytes.truncate(20);
    other.bytes[2..4].copy_from_slice(&[0, 0]);
    let unknown = puppet.answer(&other, mapped, &puppet.key);
    assert_eq!(puppet.receive(&unknown), Err(Error::UnknownTransaction));

    let guessed = IntegrityKey::short_term("guessguessguessguessguess");
    let forged = puppet.answer(&request, mapped, &guessed);
    assert_eq!(puppet.receive(&forged), Err(Error::Integrity));
    let ours = IntegrityKey::short_term(puppet.agent.local_credentials().password());
    let reflected = puppet.answer(&request, mapped, &ours);
    assert_eq!(puppet.receive(&reflected), Err(Error::Integrity));

    let mut naked = Vec::new();
    let id = request.message().transaction_id();
    MessageBuilder::new(&mut naked, Class::Success, Method::BINDING, id)
        .xor_mapped_address(mapped)
        .fingerprint()
        .finish();
    assert_eq!(puppet.receive(&naked), Err(Error::Integrity));
    let mut refusal = Vec::new();
    MessageBuilder::new(&mut refusal, Class::Error, Method::BINDING, id)
        .error_code(ErrorCode::ROLE_CONFLICT)
        .finish();
    assert_eq!(puppet.receive(&refusal), Err(Error::Integrity));

    for path in [
        FiveTuple::udp(puppet.path.local, addr("192.0.2.2:2001")),
        FiveTuple::udp(puppet.path.local, addr("192.0.2.3:2000")),
        FiveTuple::udp(addr("192.0.2.9:1000"), puppet.path.remote),
    ] {
        let refused = puppet.agent.handle_datagram(puppet.now, path, &good);
        assert_eq!(refused, Err(Error::Asymmetric));
    }
    assert_eq!(puppet.snapshot(), before);
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Unknown);

    assert_eq!(puppet.receive(&good), Ok(()));
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Valid);
    assert_eq!(puppet.receive(&good), Err(Error::UnknownTransaction), "once is enough");
}

#[test]
fn a_response_without_a_whole_mapped_address_is_refused() {
    let mut puppet = Puppet::new(Role::Controlling);
    let request = puppet.sent().remove(0);
    let before = puppet.snapshot();
    let key = puppet.key.clone();
    let build = |value: Option<&[u8]>| {
        let mut bytes = Vec::new();
        let id = request.message().transaction_id();
        let mut message = MessageBuilder::new(&mut bytes, Class::Success, Method::BINDING, id);
        if let Some(value) = value {
            message.attribute(AttributeType::XOR_MAPPED_ADDRESS, value);
        }
        message.message_integrity(&key).finish();
        bytes
    };
    let missing = Error::MissingAttribute(AttributeType::XOR_MAPPED_ADDRESS);
    assert_eq!(puppet.receive(&build(None)), Err(missing));
    for length in 0..8 {
        let value = [0, 1, 2, 3, 4, 5, 6, 7];
        let error = puppet.receive(&build(Some(&value[..length]))).unwrap_err();
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
    }
    assert_eq!(puppet.snapshot(), before);
}

#[test]
fn an_unknown_required_attribute_is_refused_with_420_and_integrity() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.sent();
    let mut check = puppet.check(3);
    check.unknown = Some(0x7abc);
    check.use_candidate = true;
    let refused = puppet.receive_check(&check);
    assert_eq!(refused, Err(Error::UnknownAttribute(AttributeType(0x7abc))));
    let reply = puppet.sent().remove(0);
    let message = reply.message();
    assert_eq!(message.class(), Class::Error);
    assert_eq!(message.transaction_id(), TransactionId([3; 12]));
    assert_eq!(message.error_code().unwrap(), Some(ErrorCode::UNKNOWN_ATTRIBUTE));
    let told: Vec<_> = message.unknown_attributes().collect();
    assert_eq!(told, [AttributeType(0x7abc)]);
    assert!(message.verify(&IntegrityKey::short_term(&check.password)));
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Unknown);
    assert!(puppet.agent.pairs().all(|pair| !pair.nominated));
}

#[test]
fn an_unknown_optional_attribute_does_no_harm() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.sent();
    let mut check = puppet.check(3);
    check.unknown = Some(0xc070);
    assert_eq!(puppet.receive_check(&check), Ok(()));
    assert_eq!(puppet.sent()[0].message().class(), Class::Success);
}

#[test]
fn an_authentic_request_that_lacks_priority_or_is_malformed_gets_400() {
    let mut puppet = Puppet::stranger(Role::Controlled);
    let mut check = puppet.check(3);
    check.priority = None;
    let missing = Error::MissingAttribute(AttributeType::PRIORITY);
    assert_eq!(puppet.receive_check(&check), Err(missing));
    let reply = puppet.sent().remove(0);
    assert_eq!(reply.message().error_code().unwrap(), Some(ErrorCode::BAD_REQUEST));
    assert!(reply.message().verify(&IntegrityKey::short_term(&check.password)));
    assert_eq!(puppet.agent.remote_candidates().count(), 0);
}

#[test]
fn attributes_after_the_integrity_attribute_nominate_nothing() {
    let mut puppet = Puppet::new(Role::Controlled);
    let check = puppet.check(3);
    let mut bytes = Vec::new();
    MessageBuilder::new(&mut bytes, Class::Request, Method::BINDING, TransactionId([3; 12]))
        .username(&check.username)
        .priority(5)
        .message_integrity(&IntegrityKey::short_term(&check.password))
        .use_candidate()
        .ice_controlled(0)
        .finish();
    assert_eq!(puppet.receive(&bytes), Ok(()));
    puppet.play(Duration::from_secs(1));
    assert_eq!(puppet.agent.role(), Role::Controlled);
    assert!(puppet.agent.selected_pair().is_none());
}

#[test]
fn answers_go_where_the_request_came_from_and_tell_that_address() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.sent();
    puppet.path.remote = addr("203.0.113.5:5555");
    let check = puppet.check(3);
    puppet.receive_check(&check).unwrap();
    let reply = puppet.sent().remove(0);
    assert_eq!(reply.path, puppet.path);
    assert_eq!(reply.message().xor_mapped_address().unwrap(), Some(puppet.path.remote));
    assert!(reply.message().verify(&IntegrityKey::short_term(&check.password)));
    assert!(reply.message().has_fingerprint());
    let learned = puppet.agent.remote_candidates().last().unwrap();
    assert_eq!(learned.kind, CandidateKind::PeerReflexive);
    assert_eq!(learned.priority, 1_862_270_975);
}

#[test]
fn an_authentic_request_from_an_impossible_address_is_not_answered() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.sent();
    let before = puppet.snapshot();
    let check = puppet.check(3);
    for remote in ["0.0.0.0:7", "255.255.255.255:7", "239.1.2.3:7", "192.0.2.2:0"] {
        puppet.path.remote = addr(remote);
        assert_eq!(puppet.receive_check(&check), Err(Error::RemoteAddress), "{remote}");
    }
    puppet.path = FiveTuple::udp(addr("192.0.2.77:1000"), addr("192.0.2.2:2000"));
    assert_eq!(puppet.receive_check(&check), Err(Error::LocalAddress));
    assert_eq!(puppet.snapshot(), before);
}

#[test]
fn checks_are_never_sent_to_addresses_that_cannot_be() {
    // The same is refused when it is signalled: `candidates_that_cannot_be_are_refused`.
    let mut puppet = Puppet::new(Role::Controlling);
    let sent = puppet.pass(Duration::from_secs(40));
    assert!(!sent.is_empty());
    assert!(sent.iter().all(|sent| sent.path == puppet.path));
}

#[test]
fn early_checks_are_remembered_within_a_bound() {
    let mut puppet = Puppet::stranger(Role::Controlling);
    let mut check = puppet.check(1);
    check.controlled = Some(1);
    for port in 1..=40 {
        puppet.path.remote.set_port(port);
        let result = puppet.receive_check(&check);
        assert_eq!(result, if port <= 16 { Ok(()) } else { Err(Error::Full) });
    }
    assert_eq!(puppet.agent.remote_candidates().count(), 16);
    assert_eq!(puppet.agent.pairs().count(), 16);
    assert_eq!(puppet.sent().iter().filter(|sent| !sent.is_request()).count(), 16);
    let credentials = puppet.credentials.clone();
    puppet.agent.set_remote_credentials(puppet.now, credentials).unwrap();
    let checks = puppet.pass(Duration::from_millis(100));
    assert_eq!(checks.iter().filter(|sent| sent.is_request()).count(), 16);
}

#[test]
fn peer_reflexive_candidates_are_bounded_by_the_cap() {
    let mut puppet = Puppet::new(Role::Controlled);
    let mut refused = 0;
    for port in 1..=1000 {
        puppet.path.remote.set_port(port);
        let check = puppet.check(1);
        refused += usize::from(puppet.receive_check(&check).is_err());
        puppet.sent();
    }
    assert!(refused >= 900);
    assert_eq!(puppet.agent.remote_candidates().count(), 100);
    assert!(puppet.agent.pairs().count() <= 100);
}

#[test]
fn answers_that_nobody_fetches_are_bounded() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.sent();
    let mut results = Vec::new();
    for id in 0..200 {
        let check = puppet.check(id);
        results.push(puppet.receive_check(&check));
    }
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 64);
    assert_eq!(results.last(), Some(&Err(Error::Full)));
    let replies = puppet.sent().into_iter().filter(|sent| !sent.is_request()).count();
    assert_eq!(replies, 64);
}

#[test]
fn data_is_accepted_on_valid_and_checked_paths_only() {
    let mut puppet = Puppet::new(Role::Controlled);
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Unknown);
    let check = puppet.check(1);
    puppet.receive_check(&check).unwrap();
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Checked);
    assert_eq!(puppet.agent.send_path(), None, "nothing is sent before our own check succeeds");
    puppet.play(Duration::from_millis(100));
    assert_eq!(puppet.agent.path_status(&puppet.path), PathStatus::Valid);
    assert_eq!(puppet.agent.send_path(), Some(puppet.path));
    let other = FiveTuple::udp(puppet.path.local, addr("192.0.2.2:2001"));
    assert_eq!(puppet.agent.path_status(&other), PathStatus::Unknown);
    let tcp = FiveTuple { protocol: rtc_core::Protocol::Tcp, ..puppet.path };
    assert_eq!(puppet.agent.path_status(&tcp), PathStatus::Unknown);
}

#[test]
fn indications_other_methods_and_other_protocols_do_nothing() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.sent();
    let before = puppet.snapshot();
    let build = |class, method| {
        let mut bytes = Vec::new();
        MessageBuilder::new(&mut bytes, class, method, TransactionId([1; 12])).finish();
        bytes
    };
    assert_eq!(puppet.receive(&build(Class::Indication, Method::BINDING)), Ok(()));
    assert_eq!(puppet.receive(&build(Class::Request, Method::new(3))), Err(Error::Method));
    puppet.path.protocol = rtc_core::Protocol::Tcp;
    let check = puppet.check(1);
    assert_eq!(puppet.receive_check(&check), Err(Error::LocalAddress));
    assert_eq!(puppet.snapshot(), before);
}

#[test]
fn a_closed_agent_says_nothing() {
    let mut puppet = Puppet::new(Role::Controlled);
    puppet.play(Duration::from_secs(1));
    puppet.agent.close(puppet.now);
    let check = puppet.check(1);
    assert_eq!(puppet.receive_check(&check), Err(Error::NotRunning));
    assert_eq!(puppet.agent.poll_timeout(), None);
    assert!(puppet.sent().is_empty());
    assert_eq!(puppet.agent.send_path(), None);
    assert_eq!(puppet.agent.state(), State::Closed);
    puppet.agent.set_role(Role::Controlling);
    puppet.agent.handle_timeout(puppet.now + Duration::from_secs(9));
    puppet.agent.end_of_local_candidates(puppet.now);
    puppet.agent.restart(puppet.now, &mut common::rng(9));
    assert_eq!(puppet.agent.state(), State::Closed);
    assert_eq!(puppet.agent.role(), Role::Controlled);
}

#[test]
fn passwords_are_not_printed() {
    let puppet = Puppet::new(Role::Controlled);
    let words = puppet.snapshot();
    assert!(!words.contains(puppet.agent.local_credentials().password()));
    assert!(!words.contains(puppet.credentials.password()));
}

#[test]
fn every_transaction_id_is_new() {
    let mut puppet = Puppet::new(Role::Controlled);
    let mut ids = std::collections::BTreeSet::new();
    let mut count = 0;
    for _ in 0..2_000 {
        for sent in puppet.pass(Duration::from_millis(100)) {
            ids.insert(sent.message().transaction_id());
            count += 1;
            puppet.receive_answer(&sent).unwrap();
        }
    }
    assert!(count > 30);
    assert_eq!(ids.len(), count);
}

#[test]
fn time_that_goes_back_or_leaps_does_no_harm() {
    use rtc_core::Instant;
    for moment in [Instant::EPOCH, Instant::from_epoch(Duration::MAX)] {
        let mut puppet = Puppet::new(Role::Controlling);
        puppet.play(Duration::from_secs(1));
        assert!(puppet.agent.send_path().is_some());
        puppet.agent.handle_timeout(moment);
        let mut out = Vec::new();
        while puppet.agent.poll_transmit(moment, &mut out).is_some() {}
        let check = puppet.build(&puppet.check(1));
        let _ = puppet.agent.handle_datagram(moment, puppet.path, &check);
        while puppet.agent.poll_transmit(moment, &mut out).is_some() {}
        puppet.agent.handle_timeout(moment);
        let _ = puppet.agent.poll_timeout();
    }
    let garbage = Message::decode(&[0; 20]);
    assert!(garbage.is_err());
}
