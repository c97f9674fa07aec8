//! `stun:` and `turn:` URIs (RFC 7064, RFC 7065), as W3C has them read.

mod host;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::error::UriError;

pub use host::Host;

/// Where a STUN or TURN server is and how it is spoken to: `turns:relay.example.org:443`.
///
/// Read by [`FromStr`], written as it was read by [`Display`](fmt::Display). The grammar is that of
/// RFC 7064 and RFC 7065: no `//`, no user, no path, no query but `?transport=udp` and
/// `?transport=tcp` of TURN. Spaces around it, and tabs and line breaks anywhere, do not count, and the
/// host is read by the URL standard: W3C's "validate an ICE server URL". Names beyond
/// ASCII are to be written with A-labels.
///
/// ```
/// use rtc_ice::{Host, Scheme, ServerTransport, ServerUri, UriError};
///
/// let uri: ServerUri = "turn:relay.example.org?transport=tcp".parse()?;
/// assert_eq!(uri.scheme, Scheme::Turn);
/// assert_eq!(uri.host, Host::Name("relay.example.org".into()));
/// assert_eq!((uri.port, uri.transport), (3478, ServerTransport::Tcp));
/// assert_eq!("turn://relay.example.org".parse::<ServerUri>(), Err(UriError::Host));
/// # Ok::<(), UriError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct ServerUri {
    /// What the server is for.
    pub scheme: Scheme,
    /// Where it is.
    pub host: Host,
    /// The port, never 0: 3478 if the URI names none, 5349 with TLS.
    pub port: u16,
    /// How it is spoken to.
    pub transport: ServerTransport,
    text: Box<str>,
}

/// The scheme of a [`ServerUri`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// A STUN server.
    Stun,
    /// A STUN server, over TLS.
    Stuns,
    /// A TURN server.
    Turn,
    /// A TURN server, over TLS.
    Turns,
}

/// How a server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServerTransport {
    /// Datagrams.
    Udp,
    /// A TCP connection.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// DTLS over UDP (RFC 7350): read, but not spoken. No browser speaks it to a server either.
    Dtls,
}

impl ServerUri {
    /// The URI as it was read.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether we speak this transport: all but [`ServerTransport::Dtls`].
    pub fn is_supported(&self) -> bool {
        self.transport != ServerTransport::Dtls
    }

    /// Whether it is a TURN server, which wants a user name and a password.
    pub const fn is_turn(&self) -> bool {
        matches!(self.scheme, Scheme::Turn | Scheme::Turns)
    }
}

impl FromStr for ServerUri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        if text.len() > MAX_LENGTH {
            return Err(UriError::Host);
        }
        let url = trimmed(text);
        let (scheme, rest) = url.split_once(':').ok_or(UriError::Scheme)?;
        let scheme = Scheme::decode(scheme).ok_or(UriError::Scheme)?;
        let (authority, query) = match rest.split_once('?') {
            Some((authority, query)) => (authority, Some(query)),
            None => (rest, None),
        };
        let transport = transport(scheme, query)?;
        if authority.contains(['/', '\\', '@', '#']) {
            return Err(UriError::Host);
        }
        let (host, port) = split_port(authority)?;
        let host = Host::decode(host).ok_or(UriError::Host)?;
        let port = match port {
            // RFC 3986, section 3.2.3: an empty port is none.
            None | Some("") if scheme.is_secure() => 5349,
            None | Some("") => 3478,
            Some(port) => decode_port(port).ok_or(UriError::Port)?,
        };
        Ok(Self { scheme, host, port, transport, text: text.into() })
    }
}

impl fmt::Display for ServerUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Scheme {
    /// The word before the colon.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stun => "stun",
            Self::Stuns => "stuns",
            Self::Turn => "turn",
            Self::Turns => "turns",
        }
    }

    fn decode(text: &str) -> Option<Self> {
        [Self::Stun, Self::Stuns, Self::Turn, Self::Turns]
            .into_iter()
            .find(|scheme| text.eq_ignore_ascii_case(scheme.as_str()))
    }

    const fn is_secure(self) -> bool {
        matches!(self, Self::Stuns | Self::Turns)
    }
}

impl ServerTransport {
    /// The word that W3C has for it (RTCIceServerTransportProtocol).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Dtls => "dtls",
        }
    }
}

impl fmt::Display for ServerTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn transport(scheme: Scheme, query: Option<&str>) -> Result<ServerTransport, UriError> {
    let named = match query {
        None => None,
        Some(_) if matches!(scheme, Scheme::Stun | Scheme::Stuns) => return Err(UriError::Query),
        Some(query) => match query.split_once('=') {
            Some(("transport", udp)) if udp.eq_ignore_ascii_case("udp") => Some(false),
            Some(("transport", tcp)) if tcp.eq_ignore_ascii_case("tcp") => Some(true),
            _ => return Err(UriError::Query),
        },
    };
    Ok(match (scheme.is_secure(), named) {
        (false, None | Some(false)) => ServerTransport::Udp,
        (false, Some(true)) => ServerTransport::Tcp,
        (true, None | Some(true)) => ServerTransport::Tls,
        (true, Some(false)) => ServerTransport::Dtls,
    })
}

/// Takes the port off the end: what follows the colon after the host.
fn split_port(authority: &str) -> Result<(&str, Option<&str>), UriError> {
    let end = if authority.starts_with('[') {
        authority.find(']').ok_or(UriError::Host)? + 1
    } else {
        authority.find(':').unwrap_or(authority.len())
    };
    let (host, rest) = authority.split_at_checked(end).ok_or(UriError::Host)?;
    match rest.strip_prefix(':') {
        Some(port) => Ok((host, Some(port))),
        None if rest.is_empty() => Ok((host, None)),
        None => Err(UriError::Host),
    }
}

/// 1 to 65535 in decimal, with any number of zeros before it.
fn decode_port(text: &str) -> Option<u16> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| is_number && *port != 0)
}

/// Without what the URL standard takes off before it reads.
fn trimmed(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let breaks = ['\t', '\n', '\r'];
    if !text.contains(breaks) {
        return text.into();
    }
    text.split(breaks).collect::<String>().into()
}

/// The longest URI: a scheme, a name, a port and a query fit with room to spare.
const MAX_LENGTH: usize = 512;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn parts(text: &str) -> (Scheme, Host, u16, ServerTransport) {
        let uri: ServerUri = text.parse().unwrap();
        assert_eq!(uri.to_string(), text);
        (uri.scheme, uri.host, uri.port, uri.transport)
    }

    fn name(text: &str) -> Host {
        Host::Name(text.into())
    }

    #[test]
    fn the_defaults_of_the_schemes_are_the_rfcs() {
        use ServerTransport::{Dtls, Tcp, Tls, Udp};

        let host = || name("example.org");
        for (text, scheme, port, transport) in [
            ("stun:example.org", Scheme::Stun, 3478, Udp),
            ("stuns:example.org", Scheme::Stuns, 5349, Tls),
            ("stun:example.org:8000", Scheme::Stun, 8000, Udp),
            ("turn:example.org", Scheme::Turn, 3478, Udp),
            ("turns:example.org", Scheme::Turns, 5349, Tls),
            ("turn:example.org:8000", Scheme::Turn, 8000, Udp),
            ("turn:example.org?transport=udp", Scheme::Turn, 3478, Udp),
            ("turn:example.org?transport=tcp", Scheme::Turn, 3478, Tcp),
            ("turns:example.org?transport=tcp", Scheme::Turns, 5349, Tls),
            ("turns:example.org?transport=udp", Scheme::Turns, 5349, Dtls),
            ("TURN:Example.ORG?transport=TCP", Scheme::Turn, 3478, Tcp),
            ("turns:example.org:443?transport=tcp", Scheme::Turns, 443, Tls),
        ] {
            assert_eq!(parts(text), (scheme, host(), port, transport), "{text}");
        }
        assert!(!"turns:a?transport=udp".parse::<ServerUri>().unwrap().is_supported());
        assert!("turns:a".parse::<ServerUri>().unwrap().is_supported());
    }

    #[test]
    fn addresses_are_told_from_names() {
        let v6 = |text: &str| Host::Ip(text.parse().unwrap());
        assert_eq!(parts("stun:192.0.2.1").1, v6("192.0.2.1"));
        assert_eq!(parts("stun:192.0.2.1.:5").1, v6("192.0.2.1"));
        assert_eq!(parts("stun:[2001::1]").1, v6("2001::1"));
        assert_eq!(parts("turn:[2001:db8::1]:19305?transport=udp").1, v6("2001:db8::1"));
        assert_eq!(parts("stun:256.com").1, name("256.com"));
        assert_eq!(parts("stun:a_b.example.").1, name("a_b.example."));
        assert_eq!(parts("stun:192.168.257").1, v6("192.168.1.1"));
        assert_eq!(parts("stun:0xC0.0250.01").1, v6("192.168.0.1"));
        assert_eq!(parts("stun:0xffffffff:1").1, v6("255.255.255.255"));
        assert_eq!(parts("stun:256").1, v6("0.0.1.0"));
        assert_eq!(parts("stun:%30%78%63%30%2e%30%32%35%30.01%2e").1, v6("192.168.0.1"));
    }

    #[test]
    fn names_are_ascii_in_lower_case() {
        assert_eq!(parts("stun:ex%61mple.NET").1, name("example.net"));
        assert_eq!(parts("stun:XN--bcher-kva.example").1, name("xn--bcher-kva.example"));
        for text in ["stun:你好你好", "stun:faß.example", "stun:www.foo。bar.com", "stun:Ｇｏ.com"]
        {
            assert_eq!(text.parse::<ServerUri>(), Err(UriError::Host), "{text}");
        }
    }

    #[test]
    fn spaces_around_a_uri_and_breaks_within_it_do_not_count() {
        for text in [
            " stun:example.net:9000\n",
            "\0\u{1b} STUN:example.net:9000\u{1f} \r ",
            "st\tun:exam\nple.n\ret:9\t0\n0\r0",
        ] {
            let (scheme, host, port, _) = parts(text);
            assert_eq!((scheme, host, port), (Scheme::Stun, name("example.net"), 9000), "{text:?}");
        }
    }

    #[test]
    fn what_the_conformance_tests_accept_is_accepted() {
        for text in [
            "stun:stun1.example.net",
            "stun:stun2.example.net",
            "turn:turn.example.org",
            "turns:turn.example.org",
            "turn:turn.example.net",
            "stun:example.net:",
            "stun:example.net:65535",
            "stun:.",
            "stun:example(&!$)*+-.;_=~org",
            "stun:!\"$&'()*+,-.;=_`{}~",
        ] {
            assert!(text.parse::<ServerUri>().is_ok(), "{text}");
        }
    }

    #[test]
    fn what_the_conformance_tests_refuse_is_refused() {
        for (text, error) in [
            ("", UriError::Scheme),
            ("relative-url", UriError::Scheme),
            ("http://example.com", UriError::Scheme),
            ("turn://example.org/foo?x=y", UriError::Query),
            ("stun://example.org/foo?x=y", UriError::Query),
            ("turn://example.org/foo", UriError::Host),
            ("stun://example.org", UriError::Host),
            ("stun:/example.net", UriError::Host),
            ("stun:example.net/foo", UriError::Host),
            ("stun:user@example.net", UriError::Host),
            ("stun:user:password@example.net", UriError::Host),
            ("stun:example.net\\foo", UriError::Host),
            ("stun:@example.net", UriError::Host),
            ("stun:example.net:65536", UriError::Port),
            ("stun:example.net:0", UriError::Port),
            ("stun:example.net:b", UriError::Port),
            ("stun:example.net: x", UriError::Port),
            ("stun:example.net: 21 ", UriError::Port),
            ("stun:example.net:-21", UriError::Port),
            ("stun:example.net:+21", UriError::Port),
            ("stun:example.net#foo", UriError::Host),
            ("stun:example.net?transport=udp", UriError::Query),
            ("turn:example.net?transport=sctp", UriError::Query),
            ("turn:example.net?transport", UriError::Query),
            ("turn:example.net?transport=udp&transport=tcp", UriError::Query),
            ("turn:example.net?", UriError::Query),
            ("turn:?transport=udp", UriError::Host),
            ("stun:", UriError::Host),
            ("stun::3478", UriError::Host),
            ("stun:[61:24:74]:98", UriError::Host),
            ("stun:[::127.0.0.1.]", UriError::Host),
            ("stun:[example.net]", UriError::Host),
            ("stun:[::1.2.3.4x]", UriError::Host),
            ("stun:[::1%25eth0]", UriError::Host),
            ("stun:[::1", UriError::Host),
            ("stun:[::1]x", UriError::Host),
            ("stun:::1", UriError::Host),
            ("stun:192.168.0.257", UriError::Host),
            ("stun:256.256.256.256", UriError::Host),
            ("stun:10000000000", UriError::Host),
            ("stun:192.168.0.1 hello", UriError::Host),
            ("stun:x x:12", UriError::Host),
            ("stun:%25", UriError::Host),
            ("stun:hello%00", UriError::Host),
            ("stun:a\0b", UriError::Host),
            ("stun:a<b", UriError::Host),
            ("stun:a[b", UriError::Host),
            ("stun:a\\b", UriError::Host),
            ("stun:a^b", UriError::Host),
            ("stun:\u{fffd}", UriError::Host),
            ("stun:\u{fdd0}zyx.com", UriError::Host),
            ("stun:1.2.3.4.5", UriError::Host),
            ("stun:1.2.3.4.0", UriError::Host),
            ("stun:1..2", UriError::Host),
            ("stun:08", UriError::Host),
            ("stun:0xffffffff1", UriError::Host),
            ("stun:0xfffffffffffffffff", UriError::Host),
            ("stun:\u{ad}", UriError::Host),
            ("stun:a\u{202e}b", UriError::Host),
            ("stun:example.com%80", UriError::Host),
            ("stun:％４１.com", UriError::Host),
        ] {
            assert_eq!(text.parse::<ServerUri>(), Err(error), "{text:?}");
        }
        let long = alloc::format!("stun:{}.example", "a".repeat(64));
        assert_eq!(long.parse::<ServerUri>(), Err(UriError::Host));
        let long = alloc::format!("stun:{}", "a.".repeat(10_000));
        assert_eq!(long.parse::<ServerUri>(), Err(UriError::Host));
    }
}
