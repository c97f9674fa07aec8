//! What others on the link, and those beyond it, can do.

use super::*;

#[test]
fn only_names_that_were_asked_for_are_believed_and_nothing_else_is_kept() {
    let mut mdns = machine();
    mdns.resolve(START, name(1)).unwrap();
    let before = format!("{mdns:?}");
    for n in 2..100 {
        let unasked = answer(name(n), &["192.168.1.66"]);
        mdns.handle_datagram(START, neighbour(), &unasked).unwrap();
    }
    let goodbye = {
        let mut out = Vec::new();
        let mut message = MessageBuilder::response(&mut out);
        message.address(name(1), ip("192.168.1.66"), 0, true);
        message.finish();
        out
    };
    mdns.handle_datagram(START, neighbour(), &goodbye).unwrap();
    for address in ["0.0.0.0", "224.0.0.251", "255.255.255.255", "::"] {
        mdns.handle_datagram(START, neighbour(), &answer(name(1), &[address])).unwrap();
    }
    assert_eq!(format!("{mdns:?}"), before);
    assert_eq!(mdns.poll_event(), None);
}

#[test]
fn a_response_from_another_port_than_5353_is_not_believed() {
    let mut mdns = machine();
    mdns.resolve(START, name(1)).unwrap();
    let forged = answer(name(1), &["192.168.1.66"]);
    for port in [0, 53, 5352, 40_000] {
        let from = SocketAddr::new(ip("192.168.1.9"), port);
        assert_eq!(mdns.handle_datagram(START, from, &forged), Err(Error::Port));
    }
    assert_eq!(mdns.poll_event(), None);
}

#[test]
fn nobody_beyond_the_link_is_believed_or_answered() {
    let strangers = ["8.8.8.8", "2001:db8:ffff::1", "::ffff:8.8.8.8", "224.0.0.251", "0.0.0.0"];
    let mut mdns = published("192.168.1.7");
    mdns.resolve(START, name(2)).unwrap();
    sent(&mut mdns, START);
    let try_all = |mdns: &mut Mdns, from: &str, is_heard: bool| {
        for port in [5353, 40_000] {
            let from = SocketAddr::new(ip(from), port);
            // Who shares our port is answered by multicast, which was done just now.
            if from.ip().is_loopback() && port == 5353 {
                continue;
            }
            let asked = query(name(1), RecordType::A, true);
            let result = mdns.handle_datagram(START, from, &asked);
            assert_eq!(result.is_ok(), is_heard, "{from}");
            assert_eq!(!sent(mdns, START).is_empty(), is_heard, "{from}");
        }
        if !is_heard {
            let from = SocketAddr::new(ip(from), 5353);
            let forged = answer(name(2), &["192.168.1.66"]);
            assert_eq!(mdns.handle_datagram(START, from, &forged), Err(Error::OffLink));
            assert_eq!(mdns.poll_event(), None);
        }
    };
    for from in strangers {
        try_all(&mut mdns, from, false);
    }
    for from in ["10.0.0.9", "192.168.7.9", "fd00::9", "fe80::9", "169.254.3.4", "127.0.0.1"] {
        try_all(&mut mdns, from, true);
    }
    // Once the links are known, only they count.
    mdns.set_subnets([Subnet::new(ip("198.51.100.7"), 24), Subnet::new(ip("2001:db8::7"), 64)]);
    for from in strangers.into_iter().chain(["10.0.0.9", "192.168.7.9", "fd00::9"]) {
        try_all(&mut mdns, from, false);
    }
    for from in ["198.51.100.9", "2001:db8::9", "fe80::9", "169.254.3.4", "127.0.0.1"] {
        try_all(&mut mdns, from, true);
    }
}

#[test]
fn only_candidate_names_are_asked_for_and_answered() {
    for text in ["printer.local", "router.local", "_http._tcp.local", "example.org", "local"] {
        assert!(text.parse::<CandidateName>().is_err(), "{text}");
    }
    // A question for everything there is, such as a browser of services asks.
    let mut mdns = published("192.168.1.7");
    let mut all_services = b"\0\0\0\0\0\x01\0\0\0\0\0\0".to_vec();
    all_services.extend(b"\x09_services\x07_dns-sd\x04_udp\x05local\0\0\x0c\0\x01");
    let mut root = b"\0\0\0\0\0\x01\0\0\0\0\0\0".to_vec();
    root.extend(b"\0\0\xff\0\xff");
    let mut other_class = query(name(1), RecordType::A, false);
    *other_class.last_mut().unwrap() = 3;
    for asked in [all_services, root, other_class, query(name(2), RecordType::ANY, false)] {
        for from in ["192.168.1.9:5353", "192.168.1.9:40000"] {
            mdns.handle_datagram(START, from.parse().unwrap(), &asked).unwrap();
            assert!(sent(&mut mdns, START).is_empty() && mdns.poll_timeout().is_none());
        }
    }
}

#[test]
fn the_rate_of_answers_is_bounded_whoever_asks() {
    let mut mdns = published("192.168.1.7");
    mdns.handle_datagram(START, neighbour(), &query(name(1), RecordType::A, false)).unwrap();
    sent(&mut mdns, START);
    let (mut asked_bytes, mut answered, mut refused) = (0, Vec::new(), 0);
    for n in 0..10_000_u16 {
        let now = after(u64::from(n) / 10);
        let port = if n % 2 == 0 { 5353 } else { 1024 + n };
        let from = SocketAddr::new([192, 168, (n >> 8) as u8, n as u8].into(), port);
        let asked = query(name(1), RecordType::A, true);
        asked_bytes += asked.len();
        refused += usize::from(mdns.handle_datagram(now, from, &asked) == Err(Error::Flooded));
        answered.extend(sent(&mut mdns, now).into_iter().map(|(_, datagram)| datagram.len()));
    }
    // One by multicast, 64 by unicast, in the one second that this took.
    assert!(answered.len() <= 65 && refused > 9_900, "{} {refused}", answered.len());
    assert!(answered.iter().sum::<usize>() * 100 < asked_bytes);
}

#[test]
fn an_answer_is_hardly_longer_than_its_question() {
    for (address, kind) in [("192.168.1.7", RecordType::A), ("2001:db8::7", RecordType::ANY)] {
        for from in ["192.168.1.9:5353", "192.168.1.9:40000"] {
            let mut mdns = published(address);
            mdns.handle_datagram(START, neighbour(), &query(name(1), kind, false)).unwrap();
            sent(&mut mdns, START);
            // A hundred questions in one message, by pointers to one name.
            let mut asked = query(name(1), kind, true);
            let from: SocketAddr = from.parse().unwrap();
            if from.port() == PORT {
                asked[5] = 100;
                for _ in 1..100 {
                    asked.extend([0xc0, 0x0c, 0, kind.0 as u8, 0x80, 1]);
                }
            }
            mdns.handle_datagram(after(5), from, &asked).unwrap();
            let [(to, datagram)] = sent(&mut mdns, after(5)).try_into().unwrap();
            assert_eq!(to, from);
            // The answer's record has ten bytes besides the address and the name, and that there is
            // no other address takes 22.
            assert!(datagram.len() <= query(name(1), kind, true).len() + 2 + 10 + 16 + 22);
        }
    }
}

#[test]
fn the_number_of_names_that_are_asked_for_is_bounded_events_included() {
    let mut mdns = Mdns::new(Config { max_queries: 3, ..v4_only() });
    for n in 1..=3 {
        mdns.resolve(START, name(n)).unwrap();
    }
    let full = Err(ResolveError::Full { limit: 3 });
    assert_eq!(mdns.resolve(START, name(4)), full);
    mdns.handle_datagram(START, neighbour(), &answer(name(1), &["192.168.1.7"])).unwrap();
    assert_eq!(mdns.resolve(START, name(4)), full);
    assert!(mdns.poll_event().is_some());
    mdns.resolve(START, name(4)).unwrap();
    // Two questions each.
    assert_eq!(sent(&mut mdns, START).len(), 6);
}

#[test]
fn malformed_and_unusual_messages_change_nothing() {
    let mut mdns = published("192.168.1.7");
    mdns.resolve(START, name(2)).unwrap();
    let before = format!("{mdns:?}");
    for message in [query(name(1), RecordType::A, true), answer(name(2), &["192.168.1.66"])] {
        for cut in 0..message.len() {
            let result = mdns.handle_datagram(START, neighbour(), &message[..cut]);
            assert_eq!(result, Err(Error::Decode(DecodeError::Truncated)), "{cut}");
        }
        // Another operation, and an error.
        for (place, bits) in [(2, 0x08), (2, 0x28), (3, 0x03), (3, 0x05)] {
            let mut unusual = message.clone();
            unusual[place] |= bits;
            let result = mdns.handle_datagram(START, neighbour(), &unusual);
            assert_eq!(result, Err(Error::Header));
        }
    }
    assert_eq!(format!("{mdns:?}"), before);
}

#[test]
fn moments_that_jump_do_no_harm() {
    let mut mdns = Mdns::new(Config::default());
    let moments = [START, Instant::EPOCH, Instant::from_epoch(Duration::MAX), START];
    for now in moments {
        let _ = mdns.publish(now, name(1), ip("192.168.1.7"));
        let _ = mdns.resolve(now, name(2));
        for asked in [query(name(1), RecordType::A, true), query(name(1), RecordType::A, false)] {
            let _ = mdns.handle_datagram(now, neighbour(), &asked);
        }
        mdns.handle_timeout(now);
        let mut out = Vec::new();
        for _ in 0..100 {
            let _ = mdns.poll_transmit(now, &mut out);
        }
        assert_eq!(mdns.poll_transmit(now, &mut out), None, "{now:?}");
        while mdns.poll_event().is_some() {}
    }
}
