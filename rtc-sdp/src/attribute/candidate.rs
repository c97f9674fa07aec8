//! ICE candidates, in a description and alone (RFC 8839 sections 5.1 and 5.2, RFC 6544).

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;

use crate::error::CandidateError;
use crate::lexer::{
    has_line_breaks, is_ice_chars, is_non_ws, is_token, number, push_number, push_text, split,
};

/// One candidate (RFC 8839 section 5.1).
///
/// ```text
/// candidate:<foundation> <component> <transport> <priority> <address> <port> typ <kind>
///     [raddr <address>] [rport <port>] [tcptype <type>] *(<name> <value>)
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Equal for candidates of the same type, base, server and transport; 1 to 32 ice-chars.
    pub foundation: Box<str>,
    /// 1 to 256; 1 is RTP and everything that is multiplexed, 2 is RTCP.
    pub component: u16,
    /// Transport of the candidate.
    pub transport: CandidateTransport,
    /// Priority. RFC 8839 allows 1 to 2^31 - 1; any 32 bits are read.
    pub priority: u32,
    /// Where the candidate is reached.
    pub address: CandidateAddress,
    /// Port; 9 for an active TCP candidate.
    pub port: u16,
    /// How the address was learned.
    pub kind: CandidateKind,
    /// Address of the base or of the mapping, where told.
    pub related_address: Option<CandidateAddress>,
    /// Port that goes with `related_address`.
    pub related_port: Option<u16>,
    /// Who opens the connection (RFC 6544 section 4.5).
    pub tcp_type: Option<TcpType>,
    /// What follows as pairs of name and value, in order: `generation`, `ufrag`, `network-id`,
    /// `network-cost` and whatever else.
    pub extensions: Vec<(Cow<'static, str>, Box<str>)>,
}

impl Candidate {
    /// A UDP host candidate of component 1 without extensions, from which others are made.
    pub fn host(foundation: &str, priority: u32, address: CandidateAddress, port: u16) -> Self {
        Self {
            foundation: foundation.into(),
            component: 1,
            transport: CandidateTransport::UDP,
            priority,
            address,
            port,
            kind: CandidateKind::Host,
            related_address: None,
            related_port: None,
            tcp_type: None,
            extensions: Vec::new(),
        }
    }

    /// Reads `candidate:...` as `RTCIceCandidate.candidate` has it, or `a=candidate:...` as a
    /// description has it, with or without the end of the line.
    ///
    /// # Errors
    ///
    /// Says which field is missing or malformed.
    pub fn parse(text: &str) -> Result<Self, CandidateError> {
        let text = text.strip_prefix("a=").unwrap_or(text);
        let text =
            text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        Self::parse_value(text.strip_prefix("candidate:").ok_or(CandidateError::Prefix)?)
    }

    /// The value of the first extension of this name.
    pub fn extension(&self, name: &str) -> Option<&str> {
        self.extensions.iter().find(|(key, _)| key == name).map(|(_, value)| &**value)
    }

    /// The username fragment of the generation that the candidate belongs to, where told.
    pub fn ufrag(&self) -> Option<&str> {
        self.extension("ufrag")
    }

    /// Reads what follows `candidate:`.
    pub(crate) fn parse_value(text: &str) -> Result<Self, CandidateError> {
        use CandidateError::{Address, Component, Extension, Foundation, Kind, Port, Priority};
        if has_line_breaks(text) {
            return Err(CandidateError::Syntax);
        }
        let mut fields = split(text, b' ');
        let mut next = || fields.next().ok_or(CandidateError::Syntax);

        let foundation = next()?;
        if foundation.len() > 32 || !is_ice_chars(foundation) {
            return Err(Foundation);
        }
        let component = number(next()?).filter(|id| (1..=256).contains(id)).ok_or(Component)?;
        let transport = CandidateTransport::new(next()?).ok_or(CandidateError::Transport)?;
        let priority = number(next()?).ok_or(Priority)?;
        let address = CandidateAddress::new(next()?).ok_or(Address)?;
        let port = number(next()?).ok_or(Port)?;
        if next()? != "typ" {
            return Err(Kind);
        }
        let kind = CandidateKind::new(next()?).ok_or(Kind)?;

        let mut candidate = Self {
            component,
            transport,
            priority,
            address,
            port,
            kind,
            ..Self::host(foundation, 0, CandidateAddress(Box::default()), 0)
        };
        while let Some(name) = fields.next() {
            // A trailing space is an empty name without a value: common, and harmless.
            let value = match fields.next() {
                Some(value) => value,
                None if name.is_empty() => break,
                None => return Err(Extension),
            };
            candidate.set(name, value)?;
        }
        Ok(candidate)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), CandidateError> {
        // Each of the three has its place before the extensions. Out of its place it is kept
        // as an extension, so that the text stays the same.
        match name {
            "raddr" if self.is_at_raddr() => {
                let address = CandidateAddress::new(value).ok_or(CandidateError::Related)?;
                self.related_address = Some(address);
            }
            "rport" if self.is_at_rport() => {
                self.related_port = Some(number(value).ok_or(CandidateError::Related)?);
            }
            "tcptype" if self.tcp_type.is_none() && self.extensions.is_empty() => {
                self.tcp_type = Some(TcpType::new(value).ok_or(CandidateError::TcpType)?);
            }
            _ => {
                if !is_token(name) || !value.bytes().all(|byte| byte > 0x20 && byte != 0x7f) {
                    return Err(CandidateError::Extension);
                }
                self.extensions.push((extension_name(name), value.into()));
            }
        }
        Ok(())
    }

    fn is_at_raddr(&self) -> bool {
        self.related_address.is_none() && self.is_at_rport()
    }

    fn is_at_rport(&self) -> bool {
        self.related_port.is_none() && self.tcp_type.is_none() && self.extensions.is_empty()
    }

    /// Writes what follows `candidate:`.
    pub(crate) fn write_value(&self, out: &mut String) {
        push_text(out, &self.foundation);
        out.push(' ');
        push_number(out, self.component);
        out.push(' ');
        push_text(out, self.transport.as_str());
        out.push(' ');
        push_number(out, self.priority);
        out.push(' ');
        push_text(out, self.address.as_str());
        out.push(' ');
        push_number(out, self.port);
        out.push_str(" typ ");
        push_text(out, self.kind.as_str());
        if let Some(address) = &self.related_address {
            out.push_str(" raddr ");
            push_text(out, address.as_str());
        }
        if let Some(port) = self.related_port {
            out.push_str(" rport ");
            push_number(out, port);
        }
        if let Some(tcp_type) = self.tcp_type {
            out.push_str(" tcptype ");
            out.push_str(tcp_type.as_str());
        }
        for (name, value) in &self.extensions {
            out.push(' ');
            push_text(out, name);
            out.push(' ');
            push_text(out, value);
        }
    }
}

impl fmt::Display for Candidate {
    /// The form of `RTCIceCandidate.candidate`: `candidate:...`, without `a=`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::from("candidate:");
        self.write_value(&mut out);
        f.write_str(&out)
    }
}

impl FromStr for Candidate {
    type Err = CandidateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// A candidate's transport: a token compared without regard to case, kept as it was written
/// (Chromium writes `udp`, Firefox `UDP`).
#[derive(Debug, Clone)]
pub struct CandidateTransport(Cow<'static, str>);

impl CandidateTransport {
    /// `udp`.
    pub const UDP: Self = Self(Cow::Borrowed("udp"));
    /// `tcp` (RFC 6544).
    pub const TCP: Self = Self(Cow::Borrowed("tcp"));

    /// Takes a token; `None` if it is none.
    pub fn new(text: &str) -> Option<Self> {
        Some(Self(match text {
            "udp" => Cow::Borrowed("udp"),
            "UDP" => Cow::Borrowed("UDP"),
            "tcp" => Cow::Borrowed("tcp"),
            "TCP" => Cow::Borrowed("TCP"),
            other => Cow::Owned(is_token(other).then(|| other.into())?),
        }))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is UDP.
    pub fn is_udp(&self) -> bool {
        self.0.eq_ignore_ascii_case("udp")
    }

    /// Whether it is TCP.
    pub fn is_tcp(&self) -> bool {
        self.0.eq_ignore_ascii_case("tcp")
    }
}

impl PartialEq for CandidateTransport {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for CandidateTransport {}

/// A candidate's address as it was written: an IP address, perhaps with a zone, a domain name,
/// or an mDNS name that ends in `.local`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateAddress(Box<str>);

impl CandidateAddress {
    /// Takes an address or a name; `None` if it has a character that neither may have.
    pub fn new(text: &str) -> Option<Self> {
        let legal = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'-' | b'_' | b'%')
        };
        // 253 is the longest domain name (RFC 1035 section 2.3.4), one more for its last dot.
        ((1..=254).contains(&text.len()) && text.bytes().all(legal)).then(|| Self(text.into()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The IP address, without its zone; `None` for a name.
    pub fn ip(&self) -> Option<IpAddr> {
        match self.0.split_once('%') {
            // Only IPv6 addresses have zones (RFC 4007 section 11).
            Some((address, zone)) if !zone.is_empty() => address.parse().ok().map(IpAddr::V6),
            Some(_) => None,
            None => self.0.parse().ok(),
        }
    }

    /// The zone of an IPv6 address (RFC 4007 section 11), which means something only to the host
    /// that wrote it.
    pub fn zone(&self) -> Option<&str> {
        self.0.split_once('%').map(|(_, zone)| zone).filter(|zone| !zone.is_empty())
    }

    /// The domain name; `None` for an IP address and for what is neither.
    pub fn name(&self) -> Option<&str> {
        let is_name = self.ip().is_none() && !self.0.contains([':', '%']);
        is_name.then_some(&*self.0)
    }

    /// Whether it is a name that is resolved by mDNS: one label and `.local`
    /// (draft-ietf-mmusic-mdns-ice-candidates section 3.2.1).
    pub fn is_mdns(&self) -> bool {
        self.0
            .rsplit_once('.')
            .is_some_and(|(label, top)| top.eq_ignore_ascii_case("local") && !label.contains('.'))
            && !self.0.starts_with('.')
    }
}

impl From<IpAddr> for CandidateAddress {
    fn from(address: IpAddr) -> Self {
        Self(address.to_string().into())
    }
}

/// How a candidate's address was learned (RFC 8445 section 5.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CandidateKind {
    /// `host`: of an interface.
    Host,
    /// `srflx`: as a STUN server sees it.
    Srflx,
    /// `prflx`: as the peer sees it.
    Prflx,
    /// `relay`: of a TURN server.
    Relay,
    /// Another token.
    Other(Box<str>),
}

impl CandidateKind {
    fn new(text: &str) -> Option<Self> {
        Some(match text {
            "host" => Self::Host,
            "srflx" => Self::Srflx,
            "prflx" => Self::Prflx,
            "relay" => Self::Relay,
            other => Self::Other(is_token(other).then(|| other.into())?),
        })
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Host => "host",
            Self::Srflx => "srflx",
            Self::Prflx => "prflx",
            Self::Relay => "relay",
            Self::Other(token) => token,
        }
    }
}

/// Who opens a TCP candidate's connection (RFC 6544 section 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TcpType {
    /// The owner opens it.
    Active,
    /// The owner waits for it.
    Passive,
    /// Both open it at once.
    So,
}

impl TcpType {
    fn new(text: &str) -> Option<Self> {
        Some(match text {
            "active" => Self::Active,
            "passive" => Self::Passive,
            "so" => Self::So,
            _ => return None,
        })
    }

    /// The token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::So => "so",
        }
    }
}

/// One entry of `a=remote-candidates` (RFC 8839 section 5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteCandidate {
    /// 1 to 256.
    pub component: u16,
    /// Address as written.
    pub address: Box<str>,
    /// Port.
    pub port: u16,
}

impl RemoteCandidate {
    pub(crate) fn parse_list(text: &str) -> Option<Vec<Self>> {
        let mut list = Vec::new();
        let mut fields = split(text, b' ');
        while let Some(component) = fields.next() {
            let component = number(component).filter(|id| (1..=256).contains(id))?;
            let address = fields.next().filter(|address| is_non_ws(address))?.into();
            list.push(Self { component, address, port: number(fields.next()?)? });
        }
        Some(list)
    }

    pub(crate) fn write(&self, out: &mut String) {
        push_number(out, self.component);
        out.push(' ');
        push_text(out, &self.address);
        out.push(' ');
        push_number(out, self.port);
    }
}

/// The names that browsers write are not copied to the heap.
fn extension_name(name: &str) -> Cow<'static, str> {
    match name {
        "generation" => Cow::Borrowed("generation"),
        "ufrag" => Cow::Borrowed("ufrag"),
        "network-id" => Cow::Borrowed("network-id"),
        "network-cost" => Cow::Borrowed("network-cost"),
        other => Cow::Owned(other.into()),
    }
}

#[cfg(test)]
mod tests;
