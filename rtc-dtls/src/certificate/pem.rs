//! PEM (RFC 7468): labelled blocks of base 64, wrapped at 64 columns.
#![deny(clippy::indexing_slicing)]

use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::error::CertificateError;

/// The contents of the first block with this label; other text is skipped.
pub(super) fn decode(text: &str, label: &str) -> Result<Zeroizing<Vec<u8>>, CertificateError> {
    let body = block(text, label).ok_or(CertificateError::Pem)?;
    let mut packed = Zeroizing::new(Vec::with_capacity(body.len()));
    packed.extend(body.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    let mut decoded = Zeroizing::new(Vec::new());
    decoded.resize(packed.len() / 4 * 3, 0);
    let length =
        Base64::decode(packed.as_slice(), &mut decoded).map_err(|_| CertificateError::Pem)?.len();
    decoded.truncate(length);
    Ok(decoded)
}

/// Appends a block. `out` should have the capacity, so that no secret is left behind in memory
/// that it grew out of; [`encoded_length`] tells how much.
pub(super) fn encode(out: &mut String, label: &str, contents: &[u8]) {
    for part in ["-----BEGIN ", label, "-----\n"] {
        out.push_str(part);
    }
    for line in contents.chunks(BYTES_PER_LINE) {
        let mut buffer = Zeroizing::new([0; CHARACTERS_PER_LINE]);
        out.push_str(Base64::encode(line, &mut *buffer).unwrap_or_default());
        out.push('\n');
    }
    for part in ["-----END ", label, "-----\n"] {
        out.push_str(part);
    }
}

/// An upper bound of what [`encode`] appends.
pub(super) const fn encoded_length(label: &str, contents: &[u8]) -> usize {
    2 * (label.len() + 20) + contents.len() / BYTES_PER_LINE * 65 + 65
}

fn block<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let mut rest = text;
    loop {
        let (_, after) = rest.split_once("-----BEGIN ")?;
        let (found, after) = after.split_once("-----")?;
        let (body, after) = after.split_once("-----END ")?;
        let after = after.strip_prefix(found)?.strip_prefix("-----")?;
        if found == label {
            return Some(body);
        }
        rest = after;
    }
}

const CHARACTERS_PER_LINE: usize = 64;
const BYTES_PER_LINE: usize = 48;
