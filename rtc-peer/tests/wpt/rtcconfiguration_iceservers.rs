//! The servers: which URLs are taken, which need a user, and what is thrown.
//!
//! Earlier versions of the file had lists of URLs that are valid and that are not. They are tests of
//! their own below, but for those of which W3C's "validate an ICE server URL" says otherwise.

use rtc_peer::{Configuration, IceServer};

use crate::config_test::{MakePc, by_constructor, by_set_configuration, throws};
use crate::peers::START;
use crate::record::{NO_TYPES, subtests};

subtests! {
    "RTCConfiguration-iceServers.html", A1;

    new_rtcpeerconnection_should_have_default_configuration_iceservers =
        "new RTCPeerConnection() should have default configuration.iceServers of []" =>
        assert!(by_constructor(Configuration::default()).unwrap().configuration().ice_servers.is_empty());
    constructor_nothing_should_succeed =
        "new RTCPeerConnection(config) - {} should succeed" => are_taken(by_constructor, &[]);
    setconfiguration_nothing_should_succeed =
        "setConfiguration(config) - {} should succeed" => are_taken(by_set_configuration, &[]);
    constructor_no_servers_should_succeed =
        "new RTCPeerConnection(config) - { iceServers: [] } should succeed" => are_taken(by_constructor, &[]);
    setconfiguration_no_servers_should_succeed =
        "setConfiguration(config) - { iceServers: [] } should succeed" => are_taken(by_set_configuration, &[]);
    constructor_with_stun_server_should_succeed =
        "new RTCPeerConnection(config) - with stun server should succeed" => are_taken(by_constructor, &[IceServer::stun("stun:stun1.example.net")]);
    setconfiguration_with_stun_server_should_succeed =
        "setConfiguration(config) - with stun server should succeed" => are_taken(by_set_configuration, &[IceServer::stun("stun:stun1.example.net")]);
    constructor_with_stun_server_array_should_succeed =
        "new RTCPeerConnection(config) - with stun server array should succeed" => are_taken(by_constructor, &[server(&["stun:stun1.example.net"], None, None)]);
    setconfiguration_with_stun_server_array_should_succeed =
        "setConfiguration(config) - with stun server array should succeed" => are_taken(by_set_configuration, &[server(&["stun:stun1.example.net"], None, None)]);
    constructor_with_2_stun_servers_should_succeed =
        "new RTCPeerConnection(config) - with 2 stun servers should succeed" => are_taken(by_constructor, &[server(&["stun:stun1.example.net", "stun:stun2.example.net"], None, None)]);
    setconfiguration_with_2_stun_servers_should_succeed =
        "setConfiguration(config) - with 2 stun servers should succeed" => are_taken(by_set_configuration, &[server(&["stun:stun1.example.net", "stun:stun2.example.net"], None, None)]);
    constructor_with_turn_server_username_credential_should_succeed =
        "new RTCPeerConnection(config) - with turn server, username, credential should succeed" => are_taken(by_constructor, &[IceServer::turn("turn:turn.example.org", "user", "cred")]);
    setconfiguration_with_turn_server_username_credential_should_succeed =
        "setConfiguration(config) - with turn server, username, credential should succeed" => are_taken(by_set_configuration, &[IceServer::turn("turn:turn.example.org", "user", "cred")]);
    constructor_with_turns_server_and_empty_string_username_credential_should_succeed =
        "new RTCPeerConnection(config) - with turns server and empty string username, credential should succeed" => are_taken(by_constructor, &[IceServer::turn("turns:turn.example.org", "", "")]);
    setconfiguration_with_turns_server_and_empty_string_username_credential_should_succeed =
        "setConfiguration(config) - with turns server and empty string username, credential should succeed" => are_taken(by_set_configuration, &[IceServer::turn("turns:turn.example.org", "", "")]);
    constructor_with_turn_server_and_empty_string_username_credential_should_succeed =
        "new RTCPeerConnection(config) - with turn server and empty string username, credential should succeed" => are_taken(by_constructor, &[IceServer::turn("turn:turn.example.org", "", "")]);
    setconfiguration_with_turn_server_and_empty_string_username_credential_should_succeed =
        "setConfiguration(config) - with turn server and empty string username, credential should succeed" => are_taken(by_set_configuration, &[IceServer::turn("turn:turn.example.org", "", "")]);
    constructor_with_one_turns_server_one_turn_server_username_credential_should_succeed =
        "new RTCPeerConnection(config) - with one turns server, one turn server, username, credential should succeed" => are_taken(by_constructor, &[server(&["turns:turn.example.org", "turn:turn.example.net"], Some("user"), Some("cred"))]);
    setconfiguration_with_one_turns_server_one_turn_server_username_credential_should_succeed =
        "setConfiguration(config) - with one turns server, one turn server, username, credential should succeed" => are_taken(by_set_configuration, &[server(&["turns:turn.example.org", "turn:turn.example.net"], Some("user"), Some("cred"))]);
    constructor_with_turn_server_and_no_credentials_should_throw_invalidaccesserror =
        "new RTCPeerConnection(config) - with turn server and no credentials should throw InvalidAccessError" => lacks_credentials(by_constructor, "turn:turn.example.net", None, None);
    setconfiguration_with_turn_server_and_no_credentials_should_throw_invalidaccesserror =
        "setConfiguration(config) - with turn server and no credentials should throw InvalidAccessError" => lacks_credentials(by_set_configuration, "turn:turn.example.net", None, None);
    constructor_with_turn_server_and_only_username_should_throw_invalidaccesserror =
        "new RTCPeerConnection(config) - with turn server and only username should throw InvalidAccessError" => lacks_credentials(by_constructor, "turn:turn.example.net", Some("user"), None);
    setconfiguration_with_turn_server_and_only_username_should_throw_invalidaccesserror =
        "setConfiguration(config) - with turn server and only username should throw InvalidAccessError" => lacks_credentials(by_set_configuration, "turn:turn.example.net", Some("user"), None);
    constructor_with_turn_server_and_only_credential_should_throw_invalidaccesserror =
        "new RTCPeerConnection(config) - with turn server and only credential should throw InvalidAccessError" => lacks_credentials(by_constructor, "turn:turn.example.net", None, Some("cred"));
    setconfiguration_with_turn_server_and_only_credential_should_throw_invalidaccesserror =
        "setConfiguration(config) - with turn server and only credential should throw InvalidAccessError" => lacks_credentials(by_set_configuration, "turn:turn.example.net", None, Some("cred"));
    constructor_with_turns_server_and_no_credentials_should_throw_invalidaccesserror =
        "new RTCPeerConnection(config) - with turns server and no credentials should throw InvalidAccessError" => lacks_credentials(by_constructor, "turns:turn.example.net", None, None);
    setconfiguration_with_turns_server_and_no_credentials_should_throw_invalidaccesserror =
        "setConfiguration(config) - with turns server and no credentials should throw InvalidAccessError" => lacks_credentials(by_set_configuration, "turns:turn.example.net", None, None);
    constructor_with_turns_server_and_only_username_should_throw_invalidaccesserror =
        "new RTCPeerConnection(config) - with turns server and only username should throw InvalidAccessError" => lacks_credentials(by_constructor, "turns:turn.example.net", Some("user"), None);
    setconfiguration_with_turns_server_and_only_username_should_throw_invalidaccesserror =
        "setConfiguration(config) - with turns server and only username should throw InvalidAccessError" => lacks_credentials(by_set_configuration, "turns:turn.example.net", Some("user"), None);
    constructor_with_turns_server_and_only_credential_should_throw_invalidaccesserror =
        "new RTCPeerConnection(config) - with turns server and only credential should throw InvalidAccessError" => lacks_credentials(by_constructor, "turns:turn.example.net", None, Some("cred"));
    setconfiguration_with_turns_server_and_only_credential_should_throw_invalidaccesserror =
        "setConfiguration(config) - with turns server and only credential should throw InvalidAccessError" => lacks_credentials(by_set_configuration, "turns:turn.example.net", None, Some("cred"));
    constructor_with_empty_url_should_throw_syntaxerror =
        "new RTCPeerConnection(config) - with \"\" url should throw SyntaxError" => is_no_url(by_constructor, &[""]);
    setconfiguration_with_empty_url_should_throw_syntaxerror =
        "setConfiguration(config) - with \"\" url should throw SyntaxError" => is_no_url(by_set_configuration, &[""]);
    constructor_with_a_url_and_an_empty_one_should_throw_syntaxerror =
        "new RTCPeerConnection(config) - with [\"stun:stun1.example.net\", \"\"] url should throw SyntaxError" => is_no_url(by_constructor, &["stun:stun1.example.net", ""]);
    setconfiguration_with_a_url_and_an_empty_one_should_throw_syntaxerror =
        "setConfiguration(config) - with [\"stun:stun1.example.net\", \"\"] url should throw SyntaxError" => is_no_url(by_set_configuration, &["stun:stun1.example.net", ""]);
    constructor_with_relative_url_should_throw_syntaxerror =
        "new RTCPeerConnection(config) - with relative url should throw SyntaxError" => is_no_url(by_constructor, &["relative-url"]);
    setconfiguration_with_relative_url_should_throw_syntaxerror =
        "setConfiguration(config) - with relative url should throw SyntaxError" => is_no_url(by_set_configuration, &["relative-url"]);
    constructor_with_http_url_should_throw_syntaxerror =
        "new RTCPeerConnection(config) - with http url should throw SyntaxError" => is_no_url(by_constructor, &["http://example.com"]);
    setconfiguration_with_http_url_should_throw_syntaxerror =
        "setConfiguration(config) - with http url should throw SyntaxError" => is_no_url(by_set_configuration, &["http://example.com"]);
    constructor_with_invalid_turn_url_should_throw_syntaxerror =
        "new RTCPeerConnection(config) - with invalid turn url should throw SyntaxError" => is_no_url(by_constructor, &["turn://example.org/foo?x=y"]);
    setconfiguration_with_invalid_turn_url_should_throw_syntaxerror =
        "setConfiguration(config) - with invalid turn url should throw SyntaxError" => is_no_url(by_set_configuration, &["turn://example.org/foo?x=y"]);
    constructor_with_invalid_stun_url_should_throw_syntaxerror =
        "new RTCPeerConnection(config) - with invalid stun url should throw SyntaxError" => is_no_url(by_constructor, &["stun://example.org/foo?x=y"]);
    setconfiguration_with_invalid_stun_url_should_throw_syntaxerror =
        "setConfiguration(config) - with invalid stun url should throw SyntaxError" => is_no_url(by_set_configuration, &["stun://example.org/foo?x=y"]);
    constructor_with_empty_urls_should_throw_syntaxerror =
        "new RTCPeerConnection(config) - with empty urls should throw SyntaxError" => is_no_url(by_constructor, &[]);
    setconfiguration_with_empty_urls_should_throw_syntaxerror =
        "setConfiguration(config) - with empty urls should throw SyntaxError" => is_no_url(by_set_configuration, &[]);
    constructor_with_a_turn_server_and_a_username_of_509_characters_should_succeed =
        "new RTCPeerConnection(config) - with a turn server and a username of 509 characters should succeed" => are_taken(by_constructor, &[named(509)]);
    setconfiguration_with_a_turn_server_and_a_username_of_509_characters_should_succeed =
        "setConfiguration(config) - with a turn server and a username of 509 characters should succeed" => are_taken(by_set_configuration, &[named(509)]);
    constructor_with_a_turn_server_and_a_username_of_510_characters_throw_invalidaccesserror =
        "new RTCPeerConnection(config) - with a turn server and a username of 510 characters throw InvalidAccessError" => throws(by_constructor(with(&[named(510)])), "InvalidAccessError");
    setconfiguration_with_a_turn_server_and_a_username_of_510_characters_throw_invalidaccesserror =
        "setConfiguration(config) - with a turn server and a username of 510 characters throw InvalidAccessError" => throws(by_set_configuration(with(&[named(510)])), "InvalidAccessError");
    setconfiguration_without_iceservers_removes_ice_servers =
        "setConfiguration(config) - without iceServers removes ice servers" => {
        let mut pc = by_constructor(with(&[IceServer::stun("stun:stun1.example.net")])).unwrap();
        assert_eq!(pc.configuration().ice_servers.len(), 1);
        pc.set_configuration(START, Configuration::default()).unwrap();
        assert_eq!(pc.configuration().ice_servers, []);
    };
    constructor_with_32_ice_servers_must_succeed =
        "new RTCPeerConnection(config) - with 32 ice servers must succeed" => are_taken(by_constructor, &thirty_two());
    setconfiguration_with_32_ice_servers_must_succeed =
        "setConfiguration(config) - with 32 ice servers must succeed" => are_taken(by_set_configuration, &thirty_two());

    [not applicable: NO_TYPES]
        "new RTCPeerConnection(config) - { iceServers: null } should throw TypeError",
        "setConfiguration(config) - { iceServers: null } should throw TypeError",
        "new RTCPeerConnection(config) - { iceServers: undefined } should succeed",
        "setConfiguration(config) - { iceServers: undefined } should succeed",
        "new RTCPeerConnection(config) - { iceServers: [null] } should throw TypeError",
        "setConfiguration(config) - { iceServers: [null] } should throw TypeError",
        "new RTCPeerConnection(config) - { iceServers: [undefined] } should throw TypeError",
        "setConfiguration(config) - { iceServers: [undefined] } should throw TypeError",
        "new RTCPeerConnection(config) - { iceServers: [{}] } should throw TypeError",
        "setConfiguration(config) - { iceServers: [{}] } should throw TypeError";
}

/// A TURN server with a user's name of this length.
fn named(length: usize) -> IceServer {
    IceServer::turn("turn:turn.example.net", "x".repeat(length), "cred")
}

fn thirty_two() -> Vec<IceServer> {
    (1..=32).map(|n| IceServer::stun(format!("stun:stun{n}.example.net"))).collect()
}

fn server(urls: &[&str], username: Option<&str>, credential: Option<&str>) -> IceServer {
    IceServer {
        urls: urls.iter().map(ToString::to_string).collect(),
        username: username.map(String::from),
        credential: credential.map(String::from),
    }
}

fn with(servers: &[IceServer]) -> Configuration {
    let mut configuration = Configuration::default();
    configuration.ice_servers = servers.to_vec();
    configuration
}

#[track_caller]
fn are_taken(make_pc: MakePc, servers: &[IceServer]) {
    let pc = make_pc(with(servers)).unwrap();
    assert_eq!(pc.configuration().ice_servers, servers);
}

#[track_caller]
fn lacks_credentials(make_pc: MakePc, url: &str, username: Option<&str>, credential: Option<&str>) {
    throws(make_pc(with(&[server(&[url], username, credential)])), "InvalidAccessError");
}

#[track_caller]
fn is_no_url(make_pc: MakePc, urls: &[&str]) {
    throws(make_pc(with(&[server(urls, None, None)])), "SyntaxError");
}

#[test]
fn valid_urls_are_taken() {
    for url in VALID_URLS {
        are_taken(by_constructor, &[IceServer::stun(url)]);
        are_taken(by_set_configuration, &[IceServer::stun(url)]);
    }
}

#[test]
fn invalid_urls_are_refused() {
    for url in INVALID_URLS.iter().chain(&NEVER_VALID) {
        is_no_url(by_constructor, &[url]);
        is_no_url(by_set_configuration, &[url]);
    }
}

/// Not here: a URL without a scheme and one of control characters, which fail to be parsed; port 0,
/// at which nobody listens and which browsers block; and names beyond ASCII, which are to be written
/// with A-labels.
const VALID_URLS: [&str; 19] = [
    "stun:example\t.\norg",
    "stun:ex%61mple.net",
    "stun:[2001::1]",
    "stun:example.net:",
    "stun:example.net:65535",
    "stun:example.net:\n",
    "\0\u{1b}\u{4}\u{12} stun:example.com\u{1f} \r ",
    "stun:%30%78%63%30%2e%30%32%35%30.01",
    "stun:%30%78%63%30%2e%30%32%35%30.01%2e",
    "stun:.",
    "stun:ho\tst",
    "stun:!\"$&'()*+,-.;=_`{}~",
    "stun:h\to\ns\rt:9\t0\n0\r0",
    "stun:1.2.3.4.",
    "stun:192.168.257",
    "stun:256",
    "stun:256.com",
    "stun:999999999",
    "stun:0xffffffff",
];

/// Valid in the list, which calls that a bug, and refused by W3C since.
const NEVER_VALID: [&str; 4] =
    ["stun:example.net/foo", "stun:/example.net", "stun:user@example.net", "stun:@example.net"];

/// Not here: `stun:example.net: `, whose space is taken off; `stun:192.0x00A80001`, which is an
/// address; and A-labels that are not Punycode, which are left to the resolver.
const INVALID_URLS: [&str; 41] = [
    "stun:example.net:65536",
    "stun:example.net:b",
    "stun:example.net: 21 ",
    "stun:example.net:-21",
    "stun:example.net#foo",
    "stun:[61:24:74]:98",
    "stun:[::127.0.0.1.]",
    "stun:GOO\u{a0}\u{3000}goo.com",
    "stun:\u{fdd0}zyx.com",
    "stun:%ef%b7%90zyx.com",
    "stun:\u{fffd}",
    "stun:%EF%BF%BD",
    "stun:％４１.com",
    "stun:％００.com",
    "stun:%ef%bc%85%ef%bc%90%ef%bc%90.com",
    "stun:%zz%66%a.com",
    "stun:%25",
    "stun:hello%00",
    "stun:192.168.0.257",
    "stun:%3g%78%63%30%2e%30%32%35%30%2E.01",
    "stun:192.168.0.1 hello",
    "stun:x x:12",
    "stun:[example.net]",
    "stun:[::1.2.3.4x]",
    "stun:[::1.2.3.]",
    "stun:[::1.2.]",
    "stun:[::.1.2]",
    "stun:[::1.]",
    "stun:[::.1]",
    "stun:[::%31]",
    "stun:%5B::1]",
    "stun:a\0b",
    "stun:a<b",
    "stun:a[b",
    "stun:a\\b",
    "stun:a^b",
    "stun:ho%00st",
    "stun:example.com%80",
    "stun:10000000000",
    "stun:0xffffffff1",
    "stun:256.256.256.256",
];
