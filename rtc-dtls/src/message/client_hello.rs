//! ClientHello (RFC 6347 §4.2.1).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::extension::{self, UseSrtp};
use crate::codec::{Reader, put_u16, put_vec8, put_vec16};
use crate::error::DecodeError;

/// ```text
/// struct {
///     ProtocolVersion client_version;
///     Random random;
///     SessionID session_id<0..32>;
///     opaque cookie<0..2^8-1>;
///     CipherSuite cipher_suites<2..2^16-1>;
///     CompressionMethod compression_methods<1..2^8-1>;
///     Extension extensions<0..2^16-1>;
/// } ClientHello;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientHello {
    pub(crate) version: u16,
    pub(crate) random: [u8; 32],
    pub(crate) session_id: Vec<u8>,
    pub(crate) cookie: Vec<u8>,
    pub(crate) cipher_suites: Vec<u16>,
    pub(crate) compression_methods: Vec<u8>,
    pub(crate) extensions: ClientExtensions,
}

/// The extensions that matter; others are skipped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ClientExtensions {
    pub(crate) supported_versions: Option<Vec<u16>>,
    pub(crate) supported_groups: Option<Vec<u16>>,
    pub(crate) ec_point_formats: Option<Vec<u8>>,
    pub(crate) signature_algorithms: Option<Vec<u16>>,
    pub(crate) use_srtp: Option<UseSrtp>,
    pub(crate) extended_master_secret: bool,
    pub(crate) renegotiation_info: Option<Vec<u8>>,
}

impl ClientHello {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u16()?;
        let random = reader.array()?;
        let session_id = reader.vec8()?;
        if session_id.len() > 32 {
            return Err(DecodeError::OutOfRange);
        }
        let cookie = reader.vec8()?;
        let cipher_suites = extension::capped(reader.vec16()?)?;
        let compression_methods = reader.vec8()?;
        if compression_methods.is_empty() {
            return Err(DecodeError::OutOfRange);
        }
        let mut extensions = ClientExtensions::default();
        for (code, bytes) in extension::extensions(&mut reader)? {
            extensions.take(code, bytes)?;
        }
        reader.finish()?;
        Ok(Self {
            version,
            random,
            session_id: session_id.to_vec(),
            cookie: cookie.to_vec(),
            cipher_suites,
            compression_methods: compression_methods.to_vec(),
            extensions,
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_u16(out, self.version);
        out.extend_from_slice(&self.random);
        put_vec8(out, |out| out.extend_from_slice(&self.session_id));
        put_vec8(out, |out| out.extend_from_slice(&self.cookie));
        extension::put_list16(out, &self.cipher_suites);
        put_vec8(out, |out| out.extend_from_slice(&self.compression_methods));
        put_vec16(out, |out| self.extensions.encode(out));
    }
}

impl ClientExtensions {
    fn take(&mut self, code: u16, bytes: &[u8]) -> Result<(), DecodeError> {
        match code {
            extension::SUPPORTED_VERSIONS => {
                self.supported_versions = Some(extension::decode_list16_vec8(bytes)?);
            }
            extension::SUPPORTED_GROUPS => {
                self.supported_groups = Some(extension::decode_list16(bytes)?);
            }
            extension::EC_POINT_FORMATS => {
                self.ec_point_formats = Some(extension::decode_vec8(bytes)?);
            }
            extension::SIGNATURE_ALGORITHMS => {
                self.signature_algorithms = Some(extension::decode_list16(bytes)?);
            }
            extension::USE_SRTP => self.use_srtp = Some(UseSrtp::decode(bytes)?),
            extension::EXTENDED_MASTER_SECRET => {
                self.extended_master_secret = extension::decode_empty(bytes)?;
            }
            extension::RENEGOTIATION_INFO => {
                self.renegotiation_info = Some(extension::decode_vec8(bytes)?);
            }
            _ => {}
        }
        Ok(())
    }

    fn encode(&self, out: &mut Vec<u8>) {
        if let Some(versions) = &self.supported_versions {
            extension::put_extension(out, extension::SUPPORTED_VERSIONS, |out| {
                put_vec8(out, |out| versions.iter().for_each(|value| put_u16(out, *value)));
            });
        }
        if self.extended_master_secret {
            extension::put_extension(out, extension::EXTENDED_MASTER_SECRET, |_| {});
        }
        if let Some(verify_data) = &self.renegotiation_info {
            extension::put_extension(out, extension::RENEGOTIATION_INFO, |out| {
                put_vec8(out, |out| out.extend_from_slice(verify_data));
            });
        }
        if let Some(groups) = &self.supported_groups {
            extension::put_extension(out, extension::SUPPORTED_GROUPS, |out| {
                extension::put_list16(out, groups);
            });
        }
        if let Some(formats) = &self.ec_point_formats {
            extension::put_extension(out, extension::EC_POINT_FORMATS, |out| {
                put_vec8(out, |out| out.extend_from_slice(formats));
            });
        }
        if let Some(schemes) = &self.signature_algorithms {
            extension::put_extension(out, extension::SIGNATURE_ALGORITHMS, |out| {
                extension::put_list16(out, schemes);
            });
        }
        if let Some(use_srtp) = &self.use_srtp {
            use_srtp.encode(out);
        }
    }
}
