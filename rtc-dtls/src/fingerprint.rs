//! Fingerprints of certificates, by which WebRTC peers know each other (RFC 8122 §5).

use core::fmt;
use core::fmt::Write;
use core::str::FromStr;

use subtle::ConstantTimeEq;

use crate::crypto::{Digest, Hash, HashAlgorithm, Hasher};
use crate::error::FingerprintError;

/// The hash of a certificate in DER.
///
/// Written as the value of `a=fingerprint` without the name: `AB:CD:...`, upper case. Read with
/// the name (`sha-256 AB:CD:...`), in either case.
#[derive(Clone, Copy)]
pub struct Fingerprint {
    algorithm: HashAlgorithm,
    digest: Digest,
}

impl Fingerprint {
    /// The fingerprint of a certificate.
    pub fn of(algorithm: HashAlgorithm, certificate_der: &[u8]) -> Self {
        Self { algorithm, digest: Hasher::digest(algorithm, &[certificate_der]) }
    }

    /// A fingerprint from the bytes of the hash.
    ///
    /// # Errors
    ///
    /// [`FingerprintError::Malformed`] if their number is not that of the hash.
    pub fn new(algorithm: HashAlgorithm, bytes: &[u8]) -> Result<Self, FingerprintError> {
        if bytes.len() != algorithm.output_length() {
            return Err(FingerprintError::Malformed);
        }
        Ok(Self { algorithm, digest: Digest::new(bytes) })
    }

    /// A fingerprint from the two fields of `a=fingerprint`: `sha-256` and `AB:CD:...`.
    ///
    /// # Errors
    ///
    /// The hash is unknown (which includes the broken md5 and sha-1), or the value is not one of
    /// it.
    pub fn parse(algorithm: &str, value: &str) -> Result<Self, FingerprintError> {
        let algorithm: HashAlgorithm = algorithm.parse()?;
        let mut bytes = [0; 64];
        let mut length = 0;
        for pair in value.split(':') {
            if pair.len() != 2 || !pair.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(FingerprintError::Malformed);
            }
            let byte = u8::from_str_radix(pair, 16).map_err(|_| FingerprintError::Malformed)?;
            *bytes.get_mut(length).ok_or(FingerprintError::Malformed)? = byte;
            length += 1;
        }
        Self::new(algorithm, bytes.get(..length).unwrap_or_default())
    }

    /// The hash function.
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The hash.
    pub fn bytes(&self) -> &[u8] {
        self.digest.as_ref()
    }

    /// Whether this is the fingerprint of the certificate, in constant time.
    pub fn matches(&self, certificate_der: &[u8]) -> bool {
        *self == Self::of(self.algorithm, certificate_der)
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.bytes().ct_eq(other.bytes()).into()
    }
}

impl Eq for Fingerprint {}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.bytes().iter().enumerate() {
            if index > 0 {
                f.write_char(':')?;
            }
            write!(f, "{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {self}", self.algorithm)
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (algorithm, value) = text.split_once(' ').ok_or(FingerprintError::Malformed)?;
        Self::parse(algorithm, value)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn text_round_trips_for_every_hash() {
        for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
            let fingerprint = Fingerprint::of(algorithm, b"certificate");
            assert_eq!(fingerprint.to_string().len(), algorithm.output_length() * 3 - 1);
            let text = format!("{fingerprint:?}");
            assert_eq!(text.parse(), Ok(fingerprint));
            assert_eq!(text.to_lowercase().parse(), Ok(fingerprint));
            assert!(fingerprint.matches(b"certificate"));
            assert!(!fingerprint.matches(b"Certificate"));
        }
    }

    #[test]
    fn broken_hashes_and_malformed_values_are_refused() {
        let value = Fingerprint::of(HashAlgorithm::Sha256, b"").to_string();
        assert_eq!(Fingerprint::parse("sha-1", &value), Err(FingerprintError::UnknownAlgorithm));
        for bad in ["", ":", "0", "00", &value[1..], &value[3..], &format!("{value}:00"), "+1"] {
            assert_eq!(Fingerprint::parse("sha-256", bad), Err(FingerprintError::Malformed));
        }
        let long = "00:".repeat(100) + "00";
        assert_eq!(Fingerprint::parse("sha-512", &long), Err(FingerprintError::Malformed));
    }
}
