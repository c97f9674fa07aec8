//! Handshake messages of DTLS 1.2, a file each.

mod certificate;
mod certificate_request;
mod certificate_verify;
mod client_hello;
mod client_key_exchange;
mod extension;
mod finished;
mod header;
mod hello_verify_request;
mod server_hello;
mod server_key_exchange;

#[cfg(test)]
mod tests;

pub(crate) use certificate::CertificateList;
pub(crate) use certificate_request::{CertificateRequest, ClientCertificateType};
pub(crate) use certificate_verify::CertificateVerify;
pub(crate) use client_hello::{ClientExtensions, ClientHello};
pub(crate) use client_key_exchange::ClientKeyExchange;
pub(crate) use extension::{SCSV, UseSrtp};
pub(crate) use finished::{Finished, VERIFY_DATA_LENGTH};
pub(crate) use header::{HANDSHAKE_HEADER_LENGTH, HandshakeHeader, HandshakeType};
pub(crate) use hello_verify_request::HelloVerifyRequest;
pub(crate) use server_hello::{ServerExtensions, ServerHello};
pub(crate) use server_key_exchange::{ServerKeyExchange, encode_params};
