use alloc::string::ToString;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::{Candidate, CandidateAddress, CandidateKind, CandidateTransport, TcpType};
use crate::error::CandidateError;

#[track_caller]
fn read(text: &str) -> Candidate {
    let candidate = Candidate::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(candidate.to_string(), text);
    assert_eq!(text.parse().as_ref(), Ok(&candidate));
    assert_eq!(Candidate::parse(&["a=", text, "\r\n"].concat()).as_ref(), Ok(&candidate));
    assert_eq!(Candidate::parse(&[text, "\n"].concat()).as_ref(), Ok(&candidate));
    candidate
}

#[test]
fn a_candidate_of_rfc_8839_is_read() {
    let candidate = read(
        "candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998",
    );
    assert_eq!(&*candidate.foundation, "2");
    assert_eq!(candidate.component, 1);
    assert!(candidate.transport.is_udp() && !candidate.transport.is_tcp());
    assert_eq!(candidate.priority, 1_694_498_815);
    assert_eq!(candidate.address.ip(), Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 3))));
    assert_eq!(candidate.port, 45664);
    assert_eq!(candidate.kind, CandidateKind::Srflx);
    assert_eq!(
        candidate.related_address.as_ref().map(CandidateAddress::as_str),
        Some("203.0.113.141")
    );
    assert_eq!(candidate.related_port, Some(8998));
    assert_eq!(candidate.tcp_type, None);
    assert!(candidate.extensions.is_empty());
}

#[test]
fn extensions_of_the_browsers_are_kept_in_order() {
    let candidate = read(
        "candidate:1748923150 1 tcp 1518214911 127.0.0.1 9 typ host tcptype active generation 0 \
         ufrag EsAw network-id 3 network-cost 50 future 1",
    );
    assert!(candidate.transport.is_tcp());
    assert_eq!(candidate.tcp_type, Some(TcpType::Active));
    assert_eq!(candidate.ufrag(), Some("EsAw"));
    assert_eq!(candidate.extension("network-cost"), Some("50"));
    assert_eq!(candidate.extension("nothing"), None);
    let names: Vec<_> = candidate.extensions.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["generation", "ufrag", "network-id", "network-cost", "future"]);
}

#[test]
fn the_letters_of_the_transport_are_kept_and_do_not_count() {
    let firefox = read("candidate:0 1 UDP 2122055935 127.0.0.1 45369 typ host");
    let chromium = read("candidate:0 1 udp 2122055935 127.0.0.1 45369 typ host");
    assert_eq!(firefox, chromium);
    assert!(read("candidate:0 1 Udp 1 127.0.0.1 1 typ host").transport.is_udp());
    let other = read("candidate:0 1 ssltcp 1 127.0.0.1 1 typ host").transport;
    assert!(!other.is_udp() && !other.is_tcp());
    assert_eq!(CandidateTransport::new("a b").map(|t| t.as_str().to_string()), None);
}

#[test]
fn addresses_of_all_kinds_are_told_apart() {
    let address =
        |text: &str| read(&alloc::format!("candidate:1 1 udp 1 {text} 1 typ host")).address;
    let six = address("2001:DB8::8:800:200C:417A");
    assert_eq!(six.ip(), "2001:db8::8:800:200c:417a".parse().ok());
    assert_eq!((six.name(), six.zone(), six.is_mdns()), (None, None, false));
    let zoned = address("fe80::1%eth0");
    assert_eq!((zoned.ip(), zoned.zone()), ("fe80::1".parse().ok(), Some("eth0")));
    assert_eq!(zoned.name(), None);
    let mapped = address("::ffff:192.0.2.1");
    assert_eq!(mapped.ip(), "::ffff:192.0.2.1".parse().ok());
    let mdns = address("1f4712db-ea17-4bcf-a596-105139dfd8bf.local");
    assert!(mdns.is_mdns());
    assert_eq!(mdns.ip(), None);
    assert_eq!(mdns.name(), Some(mdns.as_str()));
    let fqdn = address("host.example.com");
    assert_eq!((fqdn.name(), fqdn.is_mdns()), (Some("host.example.com"), false));
    assert!(address("A.LOCAL").is_mdns());
    for not_mdns in ["a.b.local", ".local", "local", "a.local.example"] {
        assert!(!address(not_mdns).is_mdns(), "{not_mdns}");
    }
    // Neither address nor name: kept, and of no use.
    for neither in ["1.2.3.4%eth0", "fe80::1%", "12:34", "%"] {
        let address = address(neither);
        assert_eq!((address.ip(), address.name()), (None, None), "{neither}");
    }
    let made = CandidateAddress::from(IpAddr::V4(Ipv4Addr::LOCALHOST));
    assert_eq!(made.as_str(), "127.0.0.1");
}

#[test]
fn every_type_is_read() {
    for (name, kind) in [
        ("host", CandidateKind::Host),
        ("srflx", CandidateKind::Srflx),
        ("prflx", CandidateKind::Prflx),
        ("relay", CandidateKind::Relay),
        ("teleport", CandidateKind::Other("teleport".into())),
    ] {
        assert_eq!(read(&alloc::format!("candidate:1 1 udp 1 ::1 1 typ {name}")).kind, kind);
    }
    for (name, kind) in
        [("active", TcpType::Active), ("passive", TcpType::Passive), ("so", TcpType::So)]
    {
        let text = alloc::format!("candidate:1 2 tcp 0 ::1 9 typ host tcptype {name}");
        assert_eq!(read(&text).tcp_type, Some(kind));
    }
}

#[test]
fn the_limits_of_each_field_hold() {
    let foundation = "+/aZ09".repeat(6);
    let widest = alloc::format!(
        "candidate:{} 256 udp 4294967295 ::1 65535 typ relay raddr 0.0.0.0 rport 0",
        foundation.get(..32).unwrap(),
    );
    assert_eq!(read(&widest).priority, u32::MAX);
    read("candidate:1 1 udp 0 ::1 0 typ host");
    // Chromium's mark of a hidden related address.
    read("candidate:1 1 udp 1 ::1 1 typ srflx raddr 0.0.0.0 rport 9");
    // A related port alone, and the pair behind an extension, are odd and stay as they are.
    assert_eq!(read("candidate:1 1 udp 1 ::1 1 typ srflx rport 9").related_port, Some(9));
    let odd = read("candidate:1 1 udp 1 ::1 1 typ srflx generation 0 raddr ::1 rport 9");
    assert_eq!((odd.related_port, odd.extension("rport")), (None, Some("9")));
}

#[test]
fn leading_zeros_and_a_trailing_space_are_not_written_back() {
    let candidate = Candidate::parse("candidate:1 001 udp 0000000001 ::1 00009 typ host ").unwrap();
    assert_eq!(candidate.to_string(), "candidate:1 1 udp 1 ::1 9 typ host");
}

#[test]
fn every_broken_field_is_named() {
    use CandidateError::{
        Address, Component, Extension, Foundation, Kind, Port, Prefix, Priority, Related, Syntax,
        Transport,
    };
    for (text, error) in [
        ("", Prefix),
        ("candidate", Prefix),
        ("Candidate:1 1 udp 1 ::1 1 typ host", Prefix),
        ("1 1 udp 1 ::1 1 typ host", Prefix),
        ("candidate:", Foundation),
        ("candidate: 1 udp 1 ::1 1 typ host", Foundation),
        ("candidate:a_b 1 udp 1 ::1 1 typ host", Foundation),
        ("candidate:123456789012345678901234567890123 1 udp 1 ::1 1 typ host", Foundation),
        ("candidate:1", Syntax),
        ("candidate:1 0 udp 1 ::1 1 typ host", Component),
        ("candidate:1 257 udp 1 ::1 1 typ host", Component),
        ("candidate:1 65537 udp 1 ::1 1 typ host", Component),
        ("candidate:1 -1 udp 1 ::1 1 typ host", Component),
        ("candidate:1 1", Syntax),
        ("candidate:1 1  1 ::1 1 typ host", Transport),
        ("candidate:1 1 u/p 1 ::1 1 typ host", Transport),
        ("candidate:1 1 udp 4294967296 ::1 1 typ host", Priority),
        ("candidate:1 1 udp 18446744073709551616 ::1 1 typ host", Priority),
        ("candidate:1 1 udp x ::1 1 typ host", Priority),
        ("candidate:1 1 udp 1 [::1] 1 typ host", Address),
        ("candidate:1 1 udp 1  1 typ host", Address),
        ("candidate:1 1 udp 1 \u{e9}.local 1 typ host", Address),
        ("candidate:1 1 udp 1 ::1 65536 typ host", Port),
        ("candidate:1 1 udp 1 ::1 -1 typ host", Port),
        ("candidate:1 1 udp 1 ::1", Syntax),
        ("candidate:1 1 udp 1 ::1 1", Syntax),
        ("candidate:1 1 udp 1 ::1 1 host", Kind),
        ("candidate:1 1 udp 1 ::1 1 typ", Syntax),
        ("candidate:1 1 udp 1 ::1 1 typ ", Kind),
        ("candidate:1 1 udp 1 ::1 1 TYP host", Kind),
        ("candidate:1 1 udp 1 ::1 1 typ host raddr (", Related),
        ("candidate:1 1 udp 1 ::1 1 typ host rport 65536", Related),
        ("candidate:1 1 tcp 1 ::1 1 typ host tcptype maybe", CandidateError::TcpType),
        ("candidate:1 1 udp 1 ::1 1 typ host generation", Extension),
        ("candidate:1 1 udp 1 ::1 1 typ host gen/n 0", Extension),
        ("candidate:1 1 udp 1 ::1 1 typ host generation \t", Extension),
        ("candidate:1 1 udp 1 ::1 1 typ host\r\na=setup:active", Syntax),
        ("candidate:1 1 udp 1 ::1 1 typ host\n\n", Syntax),
        ("candidate:1 1 udp 1 ::1 1 typ host\0", Syntax),
    ] {
        assert_eq!(Candidate::parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn every_cut_of_a_candidate_is_refused_or_shorter() {
    let text = "candidate:1 1 tcp 1518214911 fd00::2 9 typ srflx raddr ::1 rport 9 tcptype so g 0";
    for end in 0..text.len() {
        if let Ok(candidate) = Candidate::parse(text.get(..end).unwrap()) {
            assert!(end > text.find("typ s").unwrap() + 4, "{end}");
            assert_eq!(Candidate::parse(&candidate.to_string()), Ok(candidate));
        }
    }
}

fn token() -> impl Strategy<Value = alloc::string::String> {
    "[a-zA-Z0-9!#$%&'*+.^_`{|}~-]{1,12}"
}

proptest! {
    #[test]
    fn any_candidate_that_is_made_is_read_back(
        foundation in "[a-zA-Z0-9+/]{1,32}",
        component in 1u16..=256,
        transport in token(),
        priority: u32,
        address in "[0-9a-z.:-]{1,40}",
        port: u16,
        related in prop::option::of(("[0-9a-f:]{1,20}", any::<u16>())),
        tcp_type in prop::sample::select(
            &[None, Some(TcpType::Active), Some(TcpType::Passive), Some(TcpType::So)][..],
        ),
        extensions in prop::collection::vec(("x[a-z-]{0,10}", "[!-~]{0,8}"), 0..5),
    ) {
        let candidate = Candidate {
            component,
            transport: CandidateTransport::new(&transport).unwrap(),
            kind: CandidateKind::Srflx,
            related_address: related.as_ref().and_then(|(text, _)| CandidateAddress::new(text)),
            related_port: related.map(|(_, port)| port),
            tcp_type,
            extensions: extensions.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            ..Candidate::host(&foundation, priority, CandidateAddress::new(&address).unwrap(), port)
        };
        prop_assert_eq!(Candidate::parse(&candidate.to_string()), Ok(candidate));
    }

    #[test]
    fn any_text_is_refused_or_read_the_same_again(text in "(candidate:)?[ -~]{0,80}") {
        if let Ok(candidate) = Candidate::parse(&text) {
            prop_assert_eq!(Candidate::parse(&candidate.to_string()), Ok(candidate));
        }
    }
}
