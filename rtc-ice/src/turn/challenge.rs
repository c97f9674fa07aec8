//! What the server's challenge makes of the credentials (RFC 8489, section 9.2).

use alloc::boxed::Box;

use super::credentials::Credentials;
use crate::stun::{
    AttributeType, IntegrityKey, Message, MessageBuilder, PasswordAlgorithm, userhash,
};

/// The last challenge and the key that goes with it.
#[derive(Debug)]
pub(super) struct Challenge {
    realm: Box<str>,
    nonce: Box<[u8]>,
    /// The list as it came: it is sent back byte by byte.
    algorithms: Option<Box<[u8]>>,
    algorithm: PasswordAlgorithm,
    userhash: Option<Box<[u8; 32]>>,
    key: IntegrityKey,
    /// Counts the challenges, so that a request knows whether its nonce is still the last one.
    number: u32,
}

/// Why a challenge is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChallengeError {
    /// REALM or NONCE is missing or malformed.
    Malformed,
    /// The nonce says more than the message has, or less than an earlier one had.
    BidDown,
}

/// What the nonce cookie says (RFC 8489, sections 9.2 and 18.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct SecurityFeatures {
    password_algorithms: bool,
    username_anonymity: bool,
}

impl Challenge {
    /// Reads the challenge of a 401 or 438 response. `previous` is the one before it.
    pub(super) fn read(
        message: &Message<'_>,
        credentials: &Credentials,
        previous: Option<&Self>,
    ) -> Result<Self, ChallengeError> {
        let nonce = message.nonce().ok().flatten().ok_or(ChallengeError::Malformed)?;
        let realm = match message.realm().map_err(|_| ChallengeError::Malformed)? {
            Some(realm) => realm,
            None => previous.map(|previous| &*previous.realm).ok_or(ChallengeError::Malformed)?,
        };
        let features = SecurityFeatures::of(nonce);
        let algorithms = message.password_algorithms().map_err(|_| ChallengeError::Malformed)?;
        let algorithm = match algorithms {
            None => {
                let had_algorithms = previous.is_some_and(|previous| previous.is_sha256());
                if features.password_algorithms || had_algorithms {
                    return Err(ChallengeError::BidDown);
                }
                PasswordAlgorithm::Md5
            }
            Some(list) => list
                .iter()
                .find(|algorithm| !matches!(algorithm, PasswordAlgorithm::Unknown(_)))
                .ok_or(ChallengeError::BidDown)?,
        };
        let key = IntegrityKey::long_term(
            algorithm,
            credentials.username(),
            realm,
            credentials.password(),
        );
        Ok(Self {
            realm: realm.into(),
            nonce: nonce.into(),
            algorithms: algorithms.map(|list| list.as_bytes().into()),
            algorithm,
            userhash: features
                .username_anonymity
                .then(|| Box::new(userhash(credentials.username(), realm))),
            key: key.ok_or(ChallengeError::BidDown)?,
            number: previous.map_or(0, |previous| previous.number.wrapping_add(1)),
        })
    }

    /// Which challenge this is.
    pub(super) const fn number(&self) -> u32 {
        self.number
    }

    /// Whether both ask for the same credentials.
    pub(super) fn has_realm_of(&self, other: &Self) -> bool {
        self.realm == other.realm
    }

    /// Appends what proves who asks; only FINGERPRINT may follow.
    pub(super) fn sign(&self, credentials: &Credentials, builder: &mut MessageBuilder<'_>) {
        match &self.userhash {
            Some(userhash) => builder.userhash(userhash),
            None => builder.username(credentials.username()),
        };
        builder.realm(&self.realm).nonce(&self.nonce);
        if let Some(algorithms) = &self.algorithms {
            builder.password_algorithms(algorithms).password_algorithm(self.algorithm);
            builder.message_integrity_sha256(&self.key);
        } else {
            builder.message_integrity(&self.key);
        }
    }

    /// Whether a response proves that its sender has the key, as strongly as the request did.
    pub(super) fn verifies(&self, message: &Message<'_>) -> bool {
        (message.has_integrity_sha256() || !self.is_sha256()) && message.verify(&self.key)
    }

    fn is_sha256(&self) -> bool {
        self.algorithms.is_some()
    }
}

/// Whether a response must be ignored because the list of algorithms was taken out of it
/// (RFC 8489, section 9.2.5).
pub(super) fn is_bid_down(message: &Message<'_>) -> bool {
    let nonce = message.nonce().ok().flatten().unwrap_or_default();
    SecurityFeatures::of(nonce).password_algorithms
        && message.attribute(AttributeType::PASSWORD_ALGORITHMS).is_none()
}

impl SecurityFeatures {
    /// Reads the nonce cookie. Bit 0 is the leftmost of the 24; the sample of RFC 8489,
    /// appendix B.1, and servers made after it count from the right, where the RFC assigns nothing:
    /// both are understood.
    fn of(nonce: &[u8]) -> Self {
        let bits = nonce.strip_prefix(COOKIE).and_then(|rest| rest.first_chunk::<4>());
        let Some(bits) = bits.and_then(|encoded| decode_24_bits(*encoded)) else {
            return Self::default();
        };
        Self {
            password_algorithms: bits & 0x80_0001 != 0,
            username_anonymity: bits & 0x40_0002 != 0,
        }
    }
}

/// Four characters of base 64 (RFC 4648, section 4).
fn decode_24_bits(encoded: [u8; 4]) -> Option<u32> {
    let mut bits = 0;
    for character in encoded {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
    }
    Some(bits)
}

/// What begins the nonce of a server that follows RFC 8489.
const COOKIE: &[u8] = b"obMatJos2";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nonce_cookie_is_read() {
        let features = |nonce: &[u8]| {
            let features = SecurityFeatures::of(nonce);
            (features.password_algorithms, features.username_anonymity)
        };
        assert_eq!(features(b"obMatJos2gAAAxyz"), (true, false));
        assert_eq!(features(b"obMatJos2QAAA"), (false, true));
        assert_eq!(features(b"obMatJos2wAAA123"), (true, true));
        assert_eq!(features(b"obMatJos2AAAA123"), (false, false));
        // RFC 8489, appendix B.1: a sample with USERHASH.
        assert_eq!(features(b"obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA"), (false, true));
        assert_eq!(features(b"obMatJos2wA"), (false, false));
        assert_eq!(features(b"obMatJos2w==="), (false, false));
        assert_eq!(features(b"xbMatJos2wAAA"), (false, false));
        assert_eq!(features(b""), (false, false));
    }
}
