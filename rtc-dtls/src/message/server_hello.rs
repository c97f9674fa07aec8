//! ServerHello (RFC 5246 §7.4.1.3).
#![deny(clippy::indexing_slicing)]

use alloc::vec::Vec;

use super::extension::{self, UseSrtp};
use crate::codec::{Reader, put_u16, put_vec8, put_vec16};
use crate::error::DecodeError;

/// ```text
/// struct {
///     ProtocolVersion server_version;
///     Random random;
///     SessionID session_id<0..32>;
///     CipherSuite cipher_suite;
///     CompressionMethod compression_method;
///     Extension extensions<0..2^16-1>;
/// } ServerHello;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerHello {
    pub(crate) version: u16,
    pub(crate) random: [u8; 32],
    pub(crate) session_id: Vec<u8>,
    pub(crate) cipher_suite: u16,
    pub(crate) compression_method: u8,
    pub(crate) extensions: ServerExtensions,
}

/// The extensions of a ServerHello.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ServerExtensions {
    pub(crate) ec_point_formats: Option<Vec<u8>>,
    pub(crate) use_srtp: Option<UseSrtp>,
    pub(crate) extended_master_secret: bool,
    pub(crate) renegotiation_info: Option<Vec<u8>>,
    /// The first one that is none of the above: this crate never asks for others.
    pub(crate) unknown: Option<u16>,
}

impl ServerHello {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u16()?;
        let random = reader.array()?;
        let session_id = reader.vec8()?;
        if session_id.len() > 32 {
            return Err(DecodeError::OutOfRange);
        }
        let cipher_suite = reader.u16()?;
        let compression_method = reader.u8()?;
        let mut extensions = ServerExtensions::default();
        for (code, bytes) in extension::extensions(&mut reader)? {
            extensions.take(code, bytes)?;
        }
        reader.finish()?;
        Ok(Self {
            version,
            random,
            session_id: session_id.to_vec(),
            cipher_suite,
            compression_method,
            extensions,
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_u16(out, self.version);
        out.extend_from_slice(&self.random);
        put_vec8(out, |out| out.extend_from_slice(&self.session_id));
        put_u16(out, self.cipher_suite);
        out.push(self.compression_method);
        put_vec16(out, |out| self.extensions.encode(out));
    }
}

impl ServerExtensions {
    fn take(&mut self, code: u16, bytes: &[u8]) -> Result<(), DecodeError> {
        match code {
            extension::EC_POINT_FORMATS => {
                self.ec_point_formats = Some(extension::decode_vec8(bytes)?);
            }
            extension::USE_SRTP => self.use_srtp = Some(UseSrtp::decode(bytes)?),
            extension::EXTENDED_MASTER_SECRET => {
                self.extended_master_secret = extension::decode_empty(bytes)?;
            }
            extension::RENEGOTIATION_INFO => {
                self.renegotiation_info = Some(extension::decode_vec8(bytes)?);
            }
            unknown => {
                self.unknown.get_or_insert(unknown);
            }
        }
        Ok(())
    }

    fn encode(&self, out: &mut Vec<u8>) {
        if self.extended_master_secret {
            extension::put_extension(out, extension::EXTENDED_MASTER_SECRET, |_| {});
        }
        if let Some(verify_data) = &self.renegotiation_info {
            extension::put_extension(out, extension::RENEGOTIATION_INFO, |out| {
                put_vec8(out, |out| out.extend_from_slice(verify_data));
            });
        }
        if let Some(formats) = &self.ec_point_formats {
            extension::put_extension(out, extension::EC_POINT_FORMATS, |out| {
                put_vec8(out, |out| out.extend_from_slice(formats));
            });
        }
        if let Some(use_srtp) = &self.use_srtp {
            use_srtp.encode(out);
        }
    }
}
