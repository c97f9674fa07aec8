//! What a connection can be made with, and what of that can be changed; W3C section 4.2 and 4.4.1.6.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_dtls::CertificateParams;
use rtc_peer::{
    BundlePolicy, Certificate, Configuration, ConfigurationError, DataChannelInit, Event,
    IceServer, IceTransportPolicy, MAX_ICE_SERVERS, PeerConnection,
};

use common::START;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([1; 32])
}

fn with(servers: &[IceServer]) -> Configuration {
    let mut configuration = Configuration::default();
    configuration.ice_servers = servers.to_vec();
    configuration
}

fn new(configuration: Configuration) -> Result<PeerConnection, ConfigurationError> {
    PeerConnection::new(configuration, START, &mut rng())
}

/// What both ways of setting a configuration say to it, which must be the same.
#[track_caller]
fn refused(configuration: &Configuration) -> Option<&'static str> {
    let made = new(configuration.clone()).err();
    let mut pc = new(Configuration::default()).unwrap();
    let set = pc.set_configuration(START, configuration.clone()).err();
    assert_eq!(made, set);
    if set.is_some() {
        assert!(pc.configuration().ice_servers.is_empty(), "a failed call changes nothing");
    }
    set.map(|error| error.exception().name())
}

#[test]
fn urls_must_be_ones_of_stun_or_turn() {
    for (url, expected) in [
        ("stun:stun1.example.net", None),
        ("stuns:stun1.example.net", None),
        ("stun:192.0.2.1:3478", None),
        ("stun:[2001:db8::1]", None),
        ("", Some("SyntaxError")),
        ("relative-url", Some("SyntaxError")),
        ("http://example.com", Some("SyntaxError")),
        ("stun://example.org/foo?x=y", Some("SyntaxError")),
        ("turn://example.org/foo?x=y", Some("SyntaxError")),
        ("stun:example.net?transport=udp", Some("SyntaxError")),
        ("turn:example.net?transport=sctp", Some("SyntaxError")),
        ("stun:example.net:65536", Some("SyntaxError")),
        ("turns:example.net?transport=udp", Some("NotSupportedError")),
        ("turns:example.net?transport=tcp", None),
        ("turn:example.net?transport=tcp", None),
    ] {
        let configuration = with(&[IceServer::turn(url, "user", "credential")]);
        assert_eq!(refused(&configuration), expected, "{url}");
    }
}

#[test]
fn a_server_without_urls_is_a_syntax_error() {
    assert_eq!(refused(&with(&[IceServer::default()])), Some("SyntaxError"));
}

#[test]
fn one_wrong_url_among_right_ones_is_found() {
    let mut server = IceServer::stun("stun:stun1.example.net");
    server.urls.push(String::new());
    let configuration = with(&[IceServer::stun("stun:stun0.example.net"), server]);
    assert_eq!(refused(&configuration), Some("SyntaxError"));
    let Err(ConfigurationError::BadUrl { server, .. }) = new(configuration) else { panic!() };
    assert_eq!(server, 1);
}

#[test]
fn turn_needs_a_user_name_and_a_credential() {
    for url in ["turn:turn.example.net", "turns:turn.example.net"] {
        for (username, credential, expected) in [
            (None, None, Some("InvalidAccessError")),
            (Some("user"), None, Some("InvalidAccessError")),
            (None, Some("credential"), Some("InvalidAccessError")),
            (Some("user"), Some("credential"), None),
            (Some(""), Some(""), None),
        ] {
            let server = IceServer {
                urls: vec![url.into()],
                username: username.map(Into::into),
                credential: credential.map(Into::into),
            };
            assert_eq!(refused(&with(&[server])), expected, "{url} {username:?} {credential:?}");
        }
    }
    let stun = IceServer::stun("stun:stun.example.net");
    assert_eq!(refused(&with(&[stun])), None);
}

#[test]
fn a_user_name_has_at_most_509_bytes() {
    let server = |length| IceServer::turn("turn:turn.example.net", "u".repeat(length), "c");
    assert_eq!(refused(&with(&[server(509)])), None);
    assert_eq!(refused(&with(&[server(510)])), Some("InvalidAccessError"));
}

#[test]
fn servers_beyond_the_limit_are_left_out() {
    let servers = vec![IceServer::stun("stun:stun.example.net"); MAX_ICE_SERVERS + 5];
    let pc = new(with(&servers)).unwrap();
    assert_eq!(pc.configuration().ice_servers.len(), MAX_ICE_SERVERS);
}

#[test]
fn a_credential_is_not_told_by_debug() {
    let server = IceServer::turn("turn:turn.example.net", "user", "very secret");
    assert!(!format!("{server:?}").contains("very secret"));
    let pc = new(with(&[server])).unwrap();
    assert!(!format!("{pc:?}").contains("very secret"));
}

#[test]
fn what_cannot_be_changed_is_an_invalid_modification() {
    type Change = fn(&mut Configuration);
    let changes: [(&str, Change); 4] = [
        ("bundle policy", |it| it.bundle_policy = BundlePolicy::MaxBundle),
        ("certificates", |it| {
            let today = std::time::Duration::from_secs(2_000_000);
            it.certificates =
                vec![Certificate::generate(&CertificateParams::new(today), &mut rng())];
        }),
        ("sizes", |it| it.max_message_size = 1),
        ("switches", |it| it.hide_local_addresses = true),
    ];
    for (what, change) in changes {
        let mut pc = new(Configuration::default()).unwrap();
        let mut configuration = pc.configuration().clone();
        pc.set_configuration(START, configuration.clone()).unwrap();
        change(&mut configuration);
        let error = pc.set_configuration(START, configuration).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidModificationError", "{what}");
    }
}

#[test]
fn certificates_that_are_not_named_stay() {
    let mut pc = new(Configuration::default()).unwrap();
    pc.set_configuration(START, Configuration::default()).unwrap();
    let today = START.since_epoch();
    let own = Certificate::generate(&CertificateParams::new(today), &mut rng());
    let mut configuration = Configuration::default();
    configuration.certificates = vec![own];
    let mut pc = new(configuration).unwrap();
    pc.set_configuration(START, Configuration::default()).unwrap();
    assert_eq!(pc.configuration().certificates.len(), 1);
}

#[test]
fn the_pool_is_fixed_once_a_local_description_was_set() {
    let pooled = |size| {
        let mut configuration = Configuration::default();
        configuration.ice_candidate_pool_size = size;
        configuration
    };
    let mut pc = new(pooled(1)).unwrap();
    pc.set_configuration(START, pooled(255)).unwrap();
    assert_eq!(pc.configuration().ice_candidate_pool_size, 255);
    pc.set_local_description(START, None).unwrap();
    let error = pc.set_configuration(START, pooled(2)).unwrap_err();
    assert_eq!(error.exception().name(), "InvalidModificationError");
    pc.set_configuration(START, pooled(255)).unwrap();
}

#[test]
fn faults_are_found_in_the_order_of_the_specification() {
    let mut pc = new(Configuration::default()).unwrap();
    let mut configuration = with(&[IceServer::default()]);
    configuration.bundle_policy = BundlePolicy::MaxCompat;
    let error = pc.set_configuration(START, configuration).unwrap_err();
    assert_eq!(error.exception().name(), "InvalidModificationError");
}

#[test]
fn servers_and_the_policy_can_be_changed() {
    let mut pc = new(Configuration::default()).unwrap();
    let mut configuration = with(&[IceServer::stun("stun:stun.example.net")]);
    configuration.ice_transport_policy = IceTransportPolicy::Relay;
    pc.set_configuration(START, configuration).unwrap();
    assert_eq!(pc.configuration().ice_servers[0].urls, ["stun:stun.example.net"]);
    assert_eq!(pc.configuration().ice_transport_policy, IceTransportPolicy::Relay);
}

#[test]
fn other_servers_make_the_next_offer_an_ice_restart_and_the_same_ones_do_not() {
    let servers = || with(&[IceServer::stun("stun:192.0.2.9")]);
    let mut pc = new(Configuration::default()).unwrap();
    let mut other = ChaCha20Rng::from_seed([2; 32]);
    let mut other = PeerConnection::new(Configuration::default(), START, &mut other).unwrap();
    pc.create_data_channel("", DataChannelInit::default()).unwrap();
    let mut exchange = |pc: &mut PeerConnection| {
        pc.set_local_description(START, None).unwrap();
        let offer = pc.local_description().unwrap();
        other.set_remote_description(START, offer.clone()).unwrap();
        other.set_local_description(START, None).unwrap();
        pc.set_remote_description(START, other.local_description().unwrap()).unwrap();
        let ufrag = offer.sdp.lines().find(|line| line.starts_with("a=ice-ufrag:"));
        ufrag.unwrap().to_owned()
    };
    let first = exchange(&mut pc);
    while pc.poll_event().is_some() {}
    pc.set_configuration(START, servers()).unwrap();
    assert!(!std::iter::from_fn(|| pc.poll_event()).any(|e| e == Event::NegotiationNeeded));
    let second = exchange(&mut pc);
    assert_ne!(second, first);
    assert_eq!(exchange(&mut pc), second);
    pc.set_configuration(START, servers()).unwrap();
    assert_eq!(exchange(&mut pc), second);
    // One that was refused has changed nothing.
    pc.set_configuration(START, with(&[IceServer::stun("")])).unwrap_err();
    assert_eq!(exchange(&mut pc), second);
}

#[test]
fn a_closed_connection_cannot_be_configured() {
    let mut pc = new(Configuration::default()).unwrap();
    pc.close();
    let error = pc.set_configuration(START, Configuration::default()).unwrap_err();
    assert_eq!(error.exception().name(), "InvalidStateError");
}
