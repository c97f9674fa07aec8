//! The machine on a link.

mod attacks;

use std::collections::BTreeSet;
use std::format;
use std::net::{IpAddr, SocketAddr};
use std::string::ToString;
use std::time::Duration;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;
use rtc_core::Instant;

use super::builder::MessageBuilder;
use super::*;

const START: Instant = Instant::from_secs(1_000_000);

fn name(n: u8) -> CandidateName {
    format!("9b36eaac-bb2e-49bb-bb78-21c41c4999{n:02x}.local").parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn after(millis: u64) -> Instant {
    START + Duration::from_millis(millis)
}

/// One group suffices for most.
fn v4_only() -> Config {
    Config { ipv6: false, ..Config::default() }
}

fn machine() -> Mdns {
    Mdns::new(v4_only())
}

/// All that a machine sends now.
fn sent(mdns: &mut Mdns, now: Instant) -> Vec<(SocketAddr, Vec<u8>)> {
    let mut all = Vec::new();
    let mut out = vec![0xee; 3];
    while let Some(to) = mdns.poll_transmit(now, &mut out) {
        assert_eq!(out[..3], [0xee; 3]);
        let datagram = out.split_off(3);
        assert!(datagram.len() <= 512 && Message::decode(&datagram).is_ok());
        all.push((to, datagram));
    }
    assert_eq!(out.len(), 3);
    assert!(mdns.poll_timeout().is_none_or(|at| at > now || !mdns.queries.is_empty()));
    all
}

/// What a machine says, as (destination, name, address, TTL) of each answer.
fn said(mdns: &mut Mdns, now: Instant) -> Vec<(SocketAddr, CandidateName, Option<IpAddr>, u32)> {
    let mut all = Vec::new();
    for (to, datagram) in sent(mdns, now) {
        let message = Message::decode(&datagram).unwrap();
        assert!(message.is_response());
        for record in message.answers() {
            all.push((to, record.name.candidate().unwrap(), record.address(), record.ttl));
        }
    }
    all
}

fn group() -> SocketAddr {
    SocketAddr::new(GROUP_V4.into(), PORT)
}

fn neighbour() -> SocketAddr {
    "192.168.1.9:5353".parse().unwrap()
}

fn query(name: CandidateName, kind: RecordType, wants_unicast: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut message = MessageBuilder::query(&mut out);
    message.question(name, kind, wants_unicast);
    message.finish();
    out
}

fn answer(name: CandidateName, addresses: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut message = MessageBuilder::response(&mut out);
    for address in addresses {
        message.address(name, ip(address), 120, true);
    }
    message.finish();
    out
}

/// A machine that has announced this name and been silent for a while.
fn published(address: &str) -> Mdns {
    let mut mdns = machine();
    mdns.publish(START - Duration::from_secs(101), name(1), ip(address)).unwrap();
    for seconds in [100, 99] {
        assert_eq!(sent(&mut mdns, START - Duration::from_secs(seconds)).len(), 1);
    }
    assert_eq!(mdns.poll_timeout(), None);
    mdns
}

// Publishing

#[test]
fn a_name_is_announced_after_a_second_and_after_another_to_both_groups() {
    let mut mdns = Mdns::new(Config::default());
    mdns.publish(START, name(1), ip("192.168.1.7")).unwrap();
    let groups = [group(), SocketAddr::new(GROUP_V6.into(), PORT)];
    for millis in [1000, 2000] {
        assert_eq!(mdns.poll_timeout(), Some(after(millis)));
        assert!(sent(&mut mdns, after(millis - 1)).is_empty());
        let all = sent(&mut mdns, after(millis));
        assert_eq!(all.iter().map(|(to, _)| *to).collect::<Vec<_>>(), groups);
        for (_, datagram) in all {
            let message = Message::decode(&datagram).unwrap();
            assert!(message.is_response() && message.questions().count() == 0);
            let [record] = message.answers().collect::<Vec<_>>().try_into().unwrap();
            assert_eq!(record.name.candidate(), Some(name(1)));
            assert_eq!(record.address(), Some(ip("192.168.1.7")));
            assert!(record.flushes_cache && record.ttl == 120);
        }
    }
    assert_eq!(mdns.poll_timeout(), None);
    mdns.publish(after(3000), name(1), ip("::ffff:192.168.1.7")).unwrap();
    assert_eq!(mdns.poll_timeout(), None);
}

#[test]
fn an_announcement_is_the_bytes_that_it_should_be() {
    let mut mdns = machine();
    mdns.publish(START, name(1), ip("192.168.1.7")).unwrap();
    let mut expected = b"\x00\x00\x84\x00\x00\x00\x00\x01\x00\x00\x00\x01".to_vec();
    expected.extend(b"\x249b36eaac-bb2e-49bb-bb78-21c41c499901\x05local\x00");
    expected.extend(b"\x00\x01\x80\x01\x00\x00\x00\x78\x00\x04\xc0\xa8\x01\x07");
    expected.extend(b"\xc0\x0c\x00\x2f\x80\x01\x00\x00\x00\x78\x00\x05\xc0\x0c\x00\x01\x40");
    assert_eq!(sent(&mut mdns, after(1000)), [(group(), expected)]);
}

#[test]
fn many_names_are_announced_in_few_datagrams() {
    let mut mdns = machine();
    for n in 0..20 {
        mdns.publish(START, name(n), ip("2001:db8::7")).unwrap();
    }
    let all = sent(&mut mdns, after(1000));
    assert_eq!(all.len(), 4);
    let names: BTreeSet<_> = all
        .iter()
        .flat_map(|(_, datagram)| {
            let message = Message::decode(datagram).unwrap();
            message.answers().map(|record| record.name.candidate()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(names.len(), 20);
}

#[test]
fn a_name_is_for_one_address_of_a_host() {
    let mut mdns = Mdns::new(Config { max_names: 2, ..v4_only() });
    for address in ["0.0.0.0", "::", "224.0.0.251", "ff02::fb", "255.255.255.255"] {
        assert_eq!(mdns.publish(START, name(1), ip(address)), Err(PublishError::Address));
    }
    mdns.publish(START, name(1), ip("192.168.1.7")).unwrap();
    assert_eq!(mdns.publish(START, name(1), ip("192.168.1.8")), Err(PublishError::InUse));
    mdns.publish(START, name(2), ip("192.168.1.8")).unwrap();
    let full = PublishError::Full { limit: 2 };
    assert_eq!(mdns.publish(START, name(3), ip("192.168.1.9")), Err(full));
}

#[test]
fn a_withdrawn_name_says_goodbye_and_is_forgotten() {
    let mut mdns = published("192.168.1.7");
    mdns.withdraw(START, name(1));
    assert_eq!(said(&mut mdns, START), [(group(), name(1), Some(ip("192.168.1.7")), 0)]);
    assert!(mdns.names.is_empty() && mdns.poll_timeout().is_none());
    mdns.withdraw(START, name(1));
    mdns.handle_datagram(after(5000), neighbour(), &query(name(1), RecordType::A, false)).unwrap();
    assert!(sent(&mut mdns, after(5000)).is_empty());
}

#[test]
fn a_name_that_nobody_has_heard_of_needs_no_goodbye() {
    let mut mdns = machine();
    mdns.publish(START, name(1), ip("192.168.1.7")).unwrap();
    mdns.withdraw(START, name(1));
    assert!(sent(&mut mdns, after(0)).is_empty());
    assert!(mdns.names.is_empty() && mdns.poll_timeout().is_none());
}

#[test]
fn a_goodbye_waits_until_a_second_has_gone_by_and_no_question_is_answered_meanwhile() {
    let mut mdns = machine();
    mdns.publish(START, name(1), ip("192.168.1.7")).unwrap();
    assert_eq!(sent(&mut mdns, after(1000)).len(), 1);
    mdns.withdraw(after(1300), name(1));
    mdns.handle_datagram(after(1300), neighbour(), &query(name(1), RecordType::A, true)).unwrap();
    assert!(sent(&mut mdns, after(1999)).is_empty());
    assert_eq!(said(&mut mdns, after(2000)), [(group(), name(1), Some(ip("192.168.1.7")), 0)]);
    assert!(mdns.names.is_empty() && mdns.poll_timeout().is_none());
}

#[test]
fn a_withdrawn_name_can_be_published_again_before_its_goodbye() {
    let mut mdns = machine();
    mdns.publish(START, name(1), ip("192.168.1.7")).unwrap();
    assert_eq!(sent(&mut mdns, after(1000)).len(), 1);
    mdns.withdraw(after(1300), name(1));
    mdns.publish(after(1400), name(1), ip("192.168.1.8")).unwrap();
    for millis in [2400, 3400] {
        assert_eq!(
            said(&mut mdns, after(millis)),
            [(group(), name(1), Some(ip("192.168.1.8")), 120)]
        );
    }
    assert_eq!(mdns.poll_timeout(), None);
}

// Answering

#[test]
fn a_question_is_answered_by_multicast_at_once() {
    for (address, kinds) in [
        ("192.168.1.7", [RecordType::A, RecordType::ANY]),
        ("2001:db8::7", [RecordType::AAAA, RecordType::ANY]),
    ] {
        for kind in kinds {
            let mut mdns = published(address);
            mdns.handle_datagram(START, neighbour(), &query(name(1), kind, false)).unwrap();
            assert_eq!(said(&mut mdns, START), [(group(), name(1), Some(ip(address)), 120)]);
        }
    }
}

#[test]
fn a_question_for_another_type_is_told_that_there_is_none() {
    for (address, kind, bitmap) in [
        ("192.168.1.7", RecordType::AAAA, &b"\xc0\x0c\x00\x01\x40"[..]),
        ("192.168.1.7", RecordType(65), b"\xc0\x0c\x00\x01\x40"),
        ("2001:db8::7", RecordType::A, b"\xc0\x0c\x00\x04\x00\x00\x00\x08"),
    ] {
        let mut mdns = published(address);
        mdns.handle_datagram(START, neighbour(), &query(name(1), kind, false)).unwrap();
        let [(to, datagram)] = sent(&mut mdns, START).try_into().unwrap();
        let message = Message::decode(&datagram).unwrap();
        // The address goes with it: a resolver may take the first answer for the last.
        let [answer] = message.answers().collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(answer.address(), Some(ip(address)));
        let [record] = message.additionals().collect::<Vec<_>>().try_into().unwrap();
        assert_eq!((to, record.kind, record.data), (group(), RecordType::NSEC, bitmap));
        assert!(record.name.candidate() == Some(name(1)) && record.ttl == 120);
    }
}

#[test]
fn what_there_is_not_goes_with_every_answer_by_multicast_or_unicast() {
    let mut mdns = machine();
    for n in 1..=3 {
        mdns.publish(START, name(n), ip(["192.168.1.7", "2001:db8::7"][usize::from(n % 2)]))
            .unwrap();
    }
    let mut datagrams = sent(&mut mdns, after(1000));
    for n in 1..=3 {
        let asked = query(name(n), RecordType::A, true);
        mdns.handle_datagram(after(1010), neighbour(), &asked).unwrap();
    }
    datagrams.extend(sent(&mut mdns, after(1010)));
    let [(to, by_multicast), (only_to, by_unicast)] = datagrams.try_into().unwrap();
    assert_eq!((to, only_to), (group(), neighbour()));
    for datagram in [by_multicast, by_unicast] {
        let message = Message::decode(&datagram).unwrap();
        let (answers, others) = (message.answers(), message.additionals());
        assert_eq!(message.answers().count(), 3);
        assert_eq!(message.additionals().count(), 3);
        for (answer, other) in answers.zip(others) {
            assert_eq!((answer.name, other.kind), (other.name, RecordType::NSEC));
            let expected: &[u8] = match answer.kind {
                RecordType::A => b"\x00\x01\x40",
                _ => b"\x00\x04\x00\x00\x00\x08",
            };
            assert_eq!(&other.data[2..], expected);
        }
    }
}

#[test]
fn a_question_before_the_first_announcement_is_answered_at_once_and_the_answer_counts_as_one() {
    let mut mdns = machine();
    mdns.publish(START, name(1), ip("192.168.1.7")).unwrap();
    for kind in [RecordType::A, RecordType::AAAA] {
        mdns.handle_datagram(after(300), neighbour(), &query(name(1), kind, false)).unwrap();
    }
    assert_eq!(sent(&mut mdns, after(300)).len(), 1);
    assert_eq!(mdns.poll_timeout(), Some(after(1300)));
    assert_eq!(sent(&mut mdns, after(1300)).len(), 1);
    assert_eq!(mdns.poll_timeout(), None);
}

#[test]
fn a_question_right_after_an_announcement_is_answered_when_a_second_is_over() {
    let mut mdns = machine();
    mdns.publish(START, name(1), ip("192.168.1.7")).unwrap();
    assert_eq!(sent(&mut mdns, after(1000)).len(), 1);
    for kind in [RecordType::A, RecordType::AAAA] {
        mdns.handle_datagram(after(1300), neighbour(), &query(name(1), kind, false)).unwrap();
    }
    assert!(sent(&mut mdns, after(1300)).is_empty());
    assert_eq!(mdns.poll_timeout(), Some(after(2000)));
    assert_eq!(sent(&mut mdns, after(2000)).len(), 1);
}

#[test]
fn who_asked_before_the_name_was_published_hears_of_it_within_a_second() {
    let mut mdns = machine();
    mdns.handle_datagram(START, neighbour(), &query(name(1), RecordType::A, false)).unwrap();
    assert!(sent(&mut mdns, START).is_empty());
    mdns.publish(after(1), name(1), ip("192.168.1.7")).unwrap();
    assert_eq!(said(&mut mdns, after(1001)), [(group(), name(1), Some(ip("192.168.1.7")), 120)]);
}

#[test]
fn a_record_is_multicast_at_most_once_a_second() {
    let mut mdns = published("192.168.1.7");
    let mut count = 0;
    for millis in 0..10_000 {
        let asked = query(name(1), RecordType::A, millis % 2 == 0);
        mdns.handle_datagram(after(millis), "192.168.1.9:5353".parse().unwrap(), &asked).ok();
        let all = said(&mut mdns, after(millis));
        count += all.iter().filter(|(to, ..)| *to == group()).count();
        // The bound on unicast answers holds too.
        assert!(all.len() <= 2);
    }
    assert_eq!(count, 10);
}

#[test]
fn a_question_that_asks_for_a_unicast_answer_gets_one_once_all_have_heard_it() {
    let mut mdns = published("192.168.1.7");
    let asked = query(name(1), RecordType::A, true);
    // Nobody has heard of it for 99 seconds.
    mdns.handle_datagram(START, neighbour(), &asked).unwrap();
    assert_eq!(said(&mut mdns, START), [(group(), name(1), Some(ip("192.168.1.7")), 120)]);
    for millis in [0, 1, 29_999] {
        mdns.handle_datagram(after(millis), neighbour(), &asked).unwrap();
        let [(to, datagram)] = sent(&mut mdns, after(millis)).try_into().unwrap();
        assert_eq!(to, neighbour());
        let message = Message::decode(&datagram).unwrap();
        let [record] = message.answers().collect::<Vec<_>>().try_into().unwrap();
        assert!(record.flushes_cache && record.ttl == 120 && message.id() == 0);
    }
    mdns.handle_datagram(after(30_000), neighbour(), &asked).unwrap();
    assert_eq!(said(&mut mdns, after(30_000))[0].0, group());
}

#[test]
fn who_shares_the_port_with_us_is_answered_by_multicast_whatever_it_asks_for() {
    let mut mdns = published("192.168.1.7");
    mdns.set_subnets([Subnet::new(ip("192.168.1.7"), 24)]);
    let asked = query(name(1), RecordType::A, true);
    for (millis, from, to) in [
        (0, "192.168.1.7", group()),
        (2000, "192.168.1.7", group()),
        (4000, "127.0.0.1", group()),
        (6000, "192.168.1.9", neighbour()),
    ] {
        let from = SocketAddr::new(ip(from), PORT);
        mdns.handle_datagram(after(millis), from, &asked).unwrap();
        let expected = [(to, name(1), Some(ip("192.168.1.7")), 120)];
        assert_eq!(said(&mut mdns, after(millis)), expected);
    }
}

#[test]
fn a_conventional_resolver_is_answered_by_unicast_with_its_question_and_identifier() {
    let mut mdns = published("192.168.1.7");
    let resolver: SocketAddr = "192.168.1.9:40000".parse().unwrap();
    let mut asked = query(name(1), RecordType::A, false);
    asked[..2].copy_from_slice(&[0x12, 0x34]);
    mdns.handle_datagram(START, resolver, &asked).unwrap();
    let [(to, datagram)] = sent(&mut mdns, START).try_into().unwrap();
    let message = Message::decode(&datagram).unwrap();
    assert!(to == resolver && message.is_response() && message.id() == 0x1234);
    let [question] = message.questions().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!((question.name.candidate(), question.kind), (Some(name(1)), RecordType::A));
    let [record] = message.answers().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(record.address(), Some(ip("192.168.1.7")));
    assert!(!record.flushes_cache && record.ttl == 10);
    // What there is not is told by an empty answer.
    mdns.handle_datagram(START, resolver, &query(name(1), RecordType::AAAA, false)).unwrap();
    let [(_, datagram)] = sent(&mut mdns, START).try_into().unwrap();
    let message = Message::decode(&datagram).unwrap();
    assert_eq!((message.questions().count(), message.answers().count()), (1, 0));
}

#[test]
fn what_the_querier_knows_is_not_told() {
    for (ttl, address, is_told) in [
        (120, "192.168.1.7", false),
        (60, "192.168.1.7", false),
        (59, "192.168.1.7", true),
        (120, "192.168.1.8", true),
    ] {
        let mut mdns = published("192.168.1.7");
        let mut out = Vec::new();
        let mut message = MessageBuilder::query(&mut out);
        message.question(name(1), RecordType::A, false);
        message.address(name(1), ip(address), ttl, false);
        message.finish();
        mdns.handle_datagram(START, neighbour(), &out).unwrap();
        assert_eq!(!sent(&mut mdns, START).is_empty(), is_told, "{ttl} {address}");
    }
}

#[test]
fn an_answer_to_a_message_that_asks_others_too_is_delayed() {
    let mut mdns = published("192.168.1.7");
    let mut out = Vec::new();
    let mut message = MessageBuilder::query(&mut out);
    message.question(name(2), RecordType::A, false);
    message.question(name(1), RecordType::A, false);
    message.finish();
    mdns.handle_datagram(START, neighbour(), &out).unwrap();
    let at = mdns.poll_timeout().unwrap();
    assert!(at >= after(20) && at <= after(120), "{at:?}");
    assert!(sent(&mut mdns, START).is_empty());
    assert_eq!(said(&mut mdns, at), [(group(), name(1), Some(ip("192.168.1.7")), 120)]);
}

#[test]
fn the_answer_goes_to_the_group_that_the_question_came_by() {
    let mut mdns = Mdns::new(Config::default());
    mdns.publish(START - Duration::from_secs(9), name(1), ip("192.168.1.7")).unwrap();
    sent(&mut mdns, START - Duration::from_secs(8));
    sent(&mut mdns, START - Duration::from_secs(7));
    let from = "[fe80::9%3]:5353".parse().unwrap();
    mdns.handle_datagram(START, from, &query(name(1), RecordType::A, false)).unwrap();
    let all = sent(&mut mdns, START);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].0, SocketAddr::new(GROUP_V6.into(), PORT));
}

#[test]
fn answers_to_a_host_by_unicast_share_a_datagram() {
    let mut mdns = published("192.168.1.7");
    mdns.publish(START, name(2), ip("2001:db8::7")).unwrap();
    for n in [1, 2] {
        mdns.handle_datagram(START, neighbour(), &query(name(n), RecordType::ANY, false)).unwrap();
    }
    sent(&mut mdns, START);
    for n in [1, 2] {
        let asked = query(name(n), RecordType::ANY, true);
        mdns.handle_datagram(after(10), neighbour(), &asked).unwrap();
        // Asking twice makes no second answer.
        mdns.handle_datagram(after(10), neighbour(), &asked).unwrap();
    }
    let [(to, datagram)] = sent(&mut mdns, after(10)).try_into().unwrap();
    assert_eq!((to, Message::decode(&datagram).unwrap().answers().count()), (neighbour(), 2));
}

// Asking

/// The types that the group is asked for about the first name, each alone in its message, and
/// whether by unicast.
fn asked(mdns: &mut Mdns, now: Instant) -> Vec<(RecordType, bool)> {
    let datagrams = sent(mdns, now).into_iter();
    datagrams
        .map(|(to, datagram)| {
            let message = Message::decode(&datagram).unwrap();
            assert!(to == group() && !message.is_response() && message.id() == 0);
            let [question] = message.questions().collect::<Vec<_>>().try_into().unwrap();
            assert_eq!(question.name.candidate(), Some(name(1)));
            (question.kind, question.wants_unicast)
        })
        .collect()
}

const BOTH_TYPES: [RecordType; 2] = [RecordType::A, RecordType::AAAA];

#[test]
fn a_name_is_asked_for_three_times_and_then_given_up() {
    let mut mdns = machine();
    mdns.resolve(START, name(1)).unwrap();
    mdns.resolve(START, name(1)).unwrap();
    for millis in [0, 1000, 3000] {
        assert_eq!(mdns.poll_timeout(), Some(after(millis)));
        assert_eq!(asked(&mut mdns, after(millis)), BOTH_TYPES.map(|kind| (kind, false)));
        mdns.handle_timeout(after(millis));
        assert_eq!(mdns.poll_event(), None);
    }
    assert_eq!(mdns.poll_timeout(), Some(START + Mdns::PATIENCE));
    mdns.handle_timeout(START + Mdns::PATIENCE);
    assert_eq!(mdns.poll_event(), Some(Event::Unresolved { name: name(1) }));
    assert_eq!((mdns.poll_event(), mdns.poll_timeout()), (None, None));
    assert!(mdns.queries.is_empty());
}

#[test]
fn only_the_first_questions_may_ask_for_a_unicast_answer() {
    let mut mdns = Mdns::new(Config { unicast_questions: true, ..v4_only() });
    mdns.resolve(START, name(1)).unwrap();
    for (millis, wants_unicast) in [(0, true), (1000, false), (3000, false)] {
        let expected = BOTH_TYPES.map(|kind| (kind, wants_unicast));
        assert_eq!(asked(&mut mdns, after(millis)), expected);
    }
}

#[test]
fn an_answer_resolves_the_name_and_ends_the_asking() {
    for address in ["192.168.1.7", "2001:db8::7", "fe80::7"] {
        let mut mdns = machine();
        mdns.resolve(START, name(1)).unwrap();
        sent(&mut mdns, START);
        mdns.handle_datagram(after(5), neighbour(), &answer(name(1), &[address])).unwrap();
        let event = Event::Resolved { name: name(1), address: ip(address) };
        assert_eq!(mdns.poll_event(), Some(event));
        assert_eq!((mdns.poll_event(), mdns.poll_timeout()), (None, None));
        // Said again it means nothing.
        mdns.handle_datagram(after(6), neighbour(), &answer(name(1), &[address])).unwrap();
        assert_eq!(mdns.poll_event(), None);
    }
}

#[test]
fn a_name_of_ours_is_resolved_without_the_network() {
    let mut mdns = published("192.168.1.7");
    mdns.resolve(START, name(1)).unwrap();
    let event = Event::Resolved { name: name(1), address: ip("192.168.1.7") };
    assert_eq!(mdns.poll_event(), Some(event));
    assert!(sent(&mut mdns, START).is_empty());
    // Also if it becomes ours while it is asked for.
    mdns.resolve(START, name(2)).unwrap();
    mdns.publish(START, name(2), ip("192.168.1.8")).unwrap();
    let event = Event::Resolved { name: name(2), address: ip("192.168.1.8") };
    assert_eq!(mdns.poll_event(), Some(event));
    assert!(
        sent(&mut mdns, START)
            .iter()
            .all(|(_, datagram)| { Message::decode(datagram).unwrap().is_response() })
    );
}

#[test]
fn a_cancelled_name_is_not_asked_for_and_has_no_event() {
    let mut mdns = machine();
    mdns.resolve(START, name(1)).unwrap();
    mdns.cancel(name(1));
    assert_eq!((sent(&mut mdns, START).len(), mdns.poll_timeout()), (0, None));
    mdns.handle_datagram(after(5), neighbour(), &answer(name(1), &["192.168.1.7"])).unwrap();
    mdns.handle_timeout(after(9000));
    assert_eq!(mdns.poll_event(), None);
}

#[test]
fn an_answer_with_more_than_one_address_resolves_nothing() {
    let mut mdns = machine();
    mdns.resolve(START, name(1)).unwrap();
    let both = answer(name(1), &["192.168.1.7", "192.168.1.8", "192.168.1.7"]);
    mdns.handle_datagram(after(5), neighbour(), &both).unwrap();
    assert_eq!(mdns.poll_event(), Some(Event::Unresolved { name: name(1) }));
    // The same address said twice is one.
    mdns.resolve(START, name(1)).unwrap();
    let twice = answer(name(1), &["192.168.1.7", "192.168.1.7"]);
    mdns.handle_datagram(after(5), neighbour(), &twice).unwrap();
    let event = Event::Resolved { name: name(1), address: ip("192.168.1.7") };
    assert_eq!(mdns.poll_event(), Some(event));
}

// Two hosts

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Whatever is lost, duplicated or late, a published name is resolved if any question and its
    /// answer get through; and what is resolved is right.
    #[test]
    fn a_name_is_resolved_over_a_link_that_loses(
        fates in prop::collection::vec((any::<bool>(), 0..700_u64), 40), address in prop::sample::select(vec!["192.168.1.7", "2001:db8::7"]),
    ) {
        let hosts: [SocketAddr; 2] = ["192.168.1.7:5353".parse().unwrap(), neighbour()];
        let run = || {
            let mut machines = [machine(), machine()];
            machines[0].publish(START, name(1), ip(address)).unwrap();
            machines[1].resolve(START, name(1)).unwrap();
            let mut fates = fates.iter().copied();
            let mut flying: Vec<(Instant, usize, usize, Vec<u8>)> = Vec::new();
            let mut log = Vec::new();
            let mut now = START;
            let event = loop {
                for (at, machine) in machines.iter_mut().enumerate() {
                    for (to, datagram) in sent(machine, now) {
                        log.push((now, to, datagram.clone()));
                        let (is_lost, millis) = fates.next().unwrap_or((false, 1));
                        if !is_lost {
                            flying.push((now + Duration::from_millis(millis), at, 1 - at, datagram));
                        }
                    }
                }
                if let Some(event) = machines[1].poll_event() {
                    break event;
                }
                let next = flying.iter().map(|flight| Some(flight.0));
                let next = next.chain(machines.iter().map(Mdns::poll_timeout));
                now = Instant::earliest(next).unwrap();
                machines.iter_mut().for_each(|machine| machine.handle_timeout(now));
                let (landing, still) = flying.into_iter().partition(|flight| flight.0 <= now);
                flying = still;
                let landing: Vec<(Instant, usize, usize, Vec<u8>)> = landing;
                for (_, from, to, datagram) in landing {
                    machines[to].handle_datagram(now, hosts[from], &datagram).unwrap();
                }
            };
            (event, log)
        };
        let (event, log) = run();
        match event {
            Event::Resolved { name: resolved, address: found } => {
                prop_assert_eq!((resolved, found), (name(1), ip(address)));
            }
            Event::Unresolved { .. } => prop_assert!(fates.iter().any(|(is_lost, _)| *is_lost)),
        }
        prop_assert_eq!(run(), (event, log));
    }
}

#[test]
fn names_are_written_in_lower_case() {
    let upper: CandidateName = "9B36EAAC-BB2E-49BB-BB78-21C41C499901.LOCAL".parse().unwrap();
    assert_eq!(upper.to_string(), name(1).to_string());
}
