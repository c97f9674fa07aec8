//! Small attributes of offer and answer: direction, `setup`, `rtcp`.

use alloc::string::String;

use crate::address::NetworkAddress;
use crate::lexer::{number, push_number, split_once};

/// Who sends (RFC 8866 section 6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// `sendrecv`, which is meant where nothing is written.
    #[default]
    SendRecv,
    /// `sendonly`.
    SendOnly,
    /// `recvonly`.
    RecvOnly,
    /// `inactive`.
    Inactive,
}

impl Direction {
    /// From what is sent and what is received.
    pub fn of(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// Whether its author sends.
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether its author receives.
    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same, seen from the other side.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self::of(self.receives(), self.sends())
    }

    /// What both allow; an answer is its own wish restricted to the offer reversed (RFC 3264
    /// section 6.1).
    #[must_use]
    pub fn restricted_to(self, other: Self) -> Self {
        Self::of(self.sends() && other.sends(), self.receives() && other.receives())
    }

    /// The name of the attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    pub(crate) fn new(text: &str) -> Option<Self> {
        Some(match text {
            "sendrecv" => Self::SendRecv,
            "sendonly" => Self::SendOnly,
            "recvonly" => Self::RecvOnly,
            "inactive" => Self::Inactive,
            _ => return None,
        })
    }
}

/// `a=setup`: who begins the DTLS handshake (RFC 4145 section 4, RFC 8842 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// Its author is the client.
    Active,
    /// Its author is the server.
    Passive,
    /// The answerer chooses; what every offer says.
    Actpass,
    /// No connection yet.
    Holdconn,
}

impl Setup {
    /// The token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::Actpass => "actpass",
            Self::Holdconn => "holdconn",
        }
    }

    pub(crate) fn new(text: &str) -> Option<Self> {
        Some(match text {
            "active" => Self::Active,
            "passive" => Self::Passive,
            "actpass" => Self::Actpass,
            "holdconn" => Self::Holdconn,
            _ => return None,
        })
    }
}

/// `a=rtcp:<port>[ <address>]` (RFC 3605 section 2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rtcp {
    /// Port of RTCP.
    pub port: u16,
    /// Its address, if it is not that of `c=`.
    pub address: Option<NetworkAddress>,
}

impl Rtcp {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (port, address) = match split_once(text, b' ') {
            Some((port, address)) => (port, Some(NetworkAddress::parse(address)?)),
            None => (text, None),
        };
        Some(Self { port: number(port)?, address })
    }

    pub(crate) fn write(&self, out: &mut String) {
        push_number(out, self.port);
        if let Some(address) = &self.address {
            out.push(' ');
            address.write(out);
        }
    }
}
