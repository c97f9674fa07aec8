//! X.509 certificates (RFC 5280 §4.1): self-signed ones written, the peer's key read.
#![deny(clippy::indexing_slicing)]

use alloc::format;
use alloc::vec::Vec;

use super::der::{self, DerReader};
use crate::crypto::{PublicKey, Signer};
use crate::error::DecodeError;

/// What a self-signed certificate says.
pub(super) struct Template<'a> {
    pub(super) serial: &'a [u8; 16],
    pub(super) common_name: &'a str,
    /// Seconds since 1970.
    pub(super) not_before: u64,
    /// Seconds since 1970.
    pub(super) not_after: u64,
}

/// Writes a certificate for the key that signs it.
///
/// ```text
/// Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue BIT STRING }
/// TBSCertificate ::= SEQUENCE {
///     version [0] EXPLICIT v3, serialNumber INTEGER, signature, issuer Name,
///     validity SEQUENCE { notBefore Time, notAfter Time }, subject Name, subjectPublicKeyInfo }
/// ```
pub(super) fn self_signed(template: &Template<'_>, key: &impl Signer) -> Vec<u8> {
    let mut tbs = Vec::with_capacity(256);
    der::put(&mut tbs, der::SEQUENCE, |out| {
        der::put(out, der::CONTEXT_0, |out| der::put_bytes(out, der::INTEGER, &[2]));
        der::put(out, der::INTEGER, |out| put_serial(out, template.serial));
        put_signature_algorithm(out);
        put_name(out, template.common_name);
        der::put(out, der::SEQUENCE, |out| {
            put_time(out, template.not_before);
            put_time(out, template.not_after);
        });
        put_name(out, template.common_name);
        der::put(out, der::SEQUENCE, |out| {
            put_p256_algorithm(out);
            der::put_bits(out, &key.public());
        });
    });
    let signature = key.sign(&tbs);
    let mut certificate = Vec::with_capacity(tbs.len() + 100);
    der::put(&mut certificate, der::SEQUENCE, |out| {
        out.extend_from_slice(&tbs);
        put_signature_algorithm(out);
        der::put_bits(out, &signature);
    });
    certificate
}

/// The `AlgorithmIdentifier` of a key on P-256 (RFC 5480 §2.1.1).
pub(super) fn put_p256_algorithm(out: &mut Vec<u8>) {
    der::put(out, der::SEQUENCE, |out| {
        der::put_bytes(out, der::OID, OID_EC_PUBLIC_KEY);
        der::put_bytes(out, der::OID, OID_PRIME256V1);
    });
}

/// Reads the `AlgorithmIdentifier` of a key on P-256.
pub(super) fn expect_p256_algorithm(reader: &mut DerReader<'_>) -> Result<(), DecodeError> {
    let mut algorithm = reader.sequence()?;
    if algorithm.expect(der::OID)? != OID_EC_PUBLIC_KEY
        || algorithm.expect(der::OID)? != OID_PRIME256V1
    {
        return Err(DecodeError::OutOfRange);
    }
    algorithm.finish()
}

/// What is read of a certificate.
pub(super) struct Parsed<'a> {
    /// Seconds since 1970.
    pub(super) not_after: u64,
    pub(super) public_key: PublicKey<'a>,
}

/// The public key of a certificate; the certificate itself is trusted by fingerprint alone, so
/// nothing else of it is looked at but its shape.
pub(crate) fn public_key(certificate: &[u8]) -> Result<PublicKey<'_>, DecodeError> {
    let mut tbs = open(certificate)?;
    tbs.sequence()?;
    tbs.sequence()?;
    subject_public_key(&mut tbs)
}

/// Reads the validity too.
pub(super) fn parse(certificate: &[u8]) -> Result<Parsed<'_>, DecodeError> {
    let mut tbs = open(certificate)?;
    let mut validity = tbs.sequence()?;
    validity.element()?;
    let (tag, text) = validity.element()?;
    let not_after = parse_time(tag, text)?;
    tbs.sequence()?;
    Ok(Parsed { not_after, public_key: subject_public_key(&mut tbs)? })
}

/// Opens the certificate up to and including the issuer.
fn open(certificate: &[u8]) -> Result<DerReader<'_>, DecodeError> {
    let mut outer = DerReader::new(certificate);
    let mut certificate = outer.sequence()?;
    outer.finish()?;
    let mut tbs = certificate.sequence()?;
    certificate.sequence()?;
    certificate.bits()?;
    certificate.finish()?;
    // The version is left out in version 1; then the serial number comes first.
    let (tag, _) = tbs.element()?;
    match tag {
        der::CONTEXT_0 => {
            tbs.expect(der::INTEGER)?;
        }
        der::INTEGER => {}
        _ => return Err(DecodeError::OutOfRange),
    }
    tbs.sequence()?;
    tbs.sequence()?;
    Ok(tbs)
}

fn subject_public_key<'a>(tbs: &mut DerReader<'a>) -> Result<PublicKey<'a>, DecodeError> {
    let mut info = tbs.sequence()?;
    let mut algorithm = info.sequence()?;
    let oid = algorithm.expect(der::OID)?;
    let key = info.bits()?;
    info.finish()?;
    match oid {
        OID_EC_PUBLIC_KEY => {
            if algorithm.expect(der::OID)? != OID_PRIME256V1 {
                return Err(DecodeError::OutOfRange);
            }
            Ok(PublicKey::P256 { point: key })
        }
        OID_RSA_ENCRYPTION => {
            let mut outer = DerReader::new(key);
            let mut numbers = outer.sequence()?;
            outer.finish()?;
            let key =
                PublicKey::Rsa { modulus: numbers.unsigned()?, exponent: numbers.unsigned()? };
            numbers.finish()?;
            Ok(key)
        }
        _ => Err(DecodeError::OutOfRange),
    }
}

fn put_signature_algorithm(out: &mut Vec<u8>) {
    der::put(out, der::SEQUENCE, |out| {
        der::put_bytes(out, der::OID, OID_ECDSA_WITH_SHA256);
    });
}

/// A positive serial number with nothing before its first set byte.
fn put_serial(out: &mut Vec<u8>, serial: &[u8; 16]) {
    let [first, rest @ ..] = serial;
    // Between 0x40 and 0x7f: positive, not zero, and minimal.
    out.push(first & 0x7f | 0x40);
    out.extend_from_slice(rest);
}

fn put_name(out: &mut Vec<u8>, common_name: &str) {
    der::put(out, der::SEQUENCE, |out| {
        der::put(out, der::SET, |out| {
            der::put(out, der::SEQUENCE, |out| {
                der::put_bytes(out, der::OID, OID_COMMON_NAME);
                der::put_bytes(out, der::UTF8_STRING, common_name.as_bytes());
            });
        });
    });
}

/// `YYMMDDHHMMSSZ` until 2049, `YYYYMMDDHHMMSSZ` from then (RFC 5280 §4.1.2.5).
fn put_time(out: &mut Vec<u8>, seconds: u64) {
    let seconds = seconds.min(END_OF_9999);
    let (year, month, day) = civil_from_days(seconds / DAY);
    let rest = seconds % DAY;
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    let tail = format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    if year < 2050 {
        let text = format!("{:02}{tail}", year % 100);
        der::put_bytes(out, der::UTC_TIME, text.as_bytes());
    } else {
        let text = format!("{year:04}{tail}");
        der::put_bytes(out, der::GENERALIZED_TIME, text.as_bytes());
    }
}

fn parse_time(tag: u8, text: &[u8]) -> Result<u64, DecodeError> {
    let (year, rest) = match tag {
        der::UTC_TIME => {
            let (year, rest) = two_digits(text)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        der::GENERALIZED_TIME => {
            let (century, rest) = two_digits(text)?;
            let (year, rest) = two_digits(rest)?;
            (100 * century + year, rest)
        }
        _ => return Err(DecodeError::OutOfRange),
    };
    let (month, rest) = two_digits(rest)?;
    let (day, rest) = two_digits(rest)?;
    let (hour, rest) = two_digits(rest)?;
    let (minute, rest) = two_digits(rest)?;
    let (second, rest) = two_digits(rest)?;
    let in_range = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60
        && rest == b"Z";
    if !in_range {
        return Err(DecodeError::OutOfRange);
    }
    let days = days_from_civil(year, month, day);
    Ok(days.saturating_mul(DAY) + hour * 3600 + minute * 60 + second)
}

fn two_digits(text: &[u8]) -> Result<(u64, &[u8]), DecodeError> {
    match text.split_first_chunk() {
        Some(([tens @ b'0'..=b'9', ones @ b'0'..=b'9'], rest)) => {
            Ok((u64::from(tens - b'0') * 10 + u64::from(ones - b'0'), rest))
        }
        _ => Err(DecodeError::OutOfRange),
    }
}

/// Year, month and day of a day counted from 1970-01-01 (proleptic Gregorian calendar).
const fn civil_from_days(days: u64) -> (u64, u64, u64) {
    // Years are counted from March, so that the leap day is the last of its year.
    let days = days + DAYS_FROM_0000_03_01_TO_1970;
    let era = days / DAYS_PER_ERA;
    let day_of_era = days % DAYS_PER_ERA;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// The inverse; zero for days before 1970.
const fn days_from_civil(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year.saturating_sub(1) } else { year };
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let year_of_era = year % 400;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (year / 400 * DAYS_PER_ERA + day_of_era).saturating_sub(DAYS_FROM_0000_03_01_TO_1970)
}

const DAY: u64 = 86_400;
const DAYS_PER_ERA: u64 = 146_097;
const DAYS_FROM_0000_03_01_TO_1970: u64 = 719_468;
/// 9999-12-31 23:59:59, the latest moment that can be written.
pub(super) const END_OF_9999: u64 = 253_402_300_799;

/// 1.2.840.10045.2.1
const OID_EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7
const OID_PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.2.840.10045.4.3.2
const OID_ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
/// 1.2.840.113549.1.1.1
const OID_RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 2.5.4.3
const OID_COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
