//! Certificate (RFC 5246 §7.4.2).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use crate::codec::{Reader, put_vec24};
use crate::error::DecodeError;

/// ```text
/// opaque ASN.1Cert<1..2^24-1>;
/// struct { ASN.1Cert certificate_list<0..2^24-1>; } Certificate;
/// ```
///
/// At most 16 certificates, of which only the first, the peer's own, means anything in WebRTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertificateList<'a> {
    pub(crate) certificates: Vec<&'a [u8]>,
}

impl<'a> CertificateList<'a> {
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let mut list = Reader::new(reader.vec24()?);
        reader.finish()?;
        let mut certificates = Vec::new();
        while !list.is_empty() {
            let certificate = list.vec24()?;
            if certificate.is_empty() {
                return Err(DecodeError::OutOfRange);
            }
            if certificates.len() == MAX_CERTIFICATES {
                return Err(DecodeError::TooMany);
            }
            certificates.push(certificate);
        }
        Ok(Self { certificates })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_vec24(out, |out| {
            for certificate in &self.certificates {
                put_vec24(out, |out| out.extend_from_slice(certificate));
            }
        });
    }
}

const MAX_CERTIFICATES: usize = 16;
