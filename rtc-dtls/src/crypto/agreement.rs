//! Agreement on a key by ephemeral Diffie-Hellman.

use core::fmt;

use zeroize::{Zeroize, Zeroizing};

/// A group for ephemeral key agreement (RFC 8422 §5.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NamedGroup {
    /// Curve25519 (RFC 7748), 0x001d.
    X25519,
    /// NIST P-256, uncompressed points only, 0x0017.
    Secp256r1,
}

impl NamedGroup {
    /// All groups that this crate knows, the preferred one first.
    pub const ALL: [Self; 2] = [Self::X25519, Self::Secp256r1];

    /// The number in the registry.
    pub const fn code(self) -> u16 {
        match self {
            Self::X25519 => 0x001d,
            Self::Secp256r1 => 0x0017,
        }
    }

    /// The group with this number, if it is known.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.code() == code)
    }
}

/// A public value as it stands on the wire.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    bytes: [u8; MAX_POINT_LENGTH],
    length: usize,
}

impl Point {
    /// Takes up to 65 bytes.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut point = Self { bytes: [0; MAX_POINT_LENGTH], length: 0 };
        for (to, from) in point.bytes.iter_mut().zip(bytes) {
            *to = *from;
            point.length += 1;
        }
        point
    }
}

impl AsRef<[u8]> for Point {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Point({} bytes)", self.length)
    }
}

/// The secret that both sides arrive at: the premaster secret of TLS 1.2.
pub(crate) type Premaster = Zeroizing<[u8; 32]>;

/// Why an agreement failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgreementError {
    /// The secret drawn is no private key of the group: draw another.
    BadSecret,
    /// The peer's value has the wrong length, is not on the curve, or forces the secret.
    BadPoint,
}

/// An ephemeral private key.
pub(crate) trait KeyAgreement: Sized + Send {
    /// Makes a key from 32 uniformly random bytes.
    fn new(group: NamedGroup, secret: &[u8; 32]) -> Result<Self, AgreementError>;

    /// Our public value.
    fn public(&self) -> Point;

    /// The common secret with the peer's public value.
    fn agree(self, peer: &[u8]) -> Result<Premaster, AgreementError>;
}

impl Zeroize for Point {
    fn zeroize(&mut self) {
        self.bytes.zeroize();
    }
}

/// The length of the longest public value: an uncompressed point of P-256.
pub(crate) const MAX_POINT_LENGTH: usize = 65;
