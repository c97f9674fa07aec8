//! The cryptography that SRTP needs: AES in counter mode, AES-GCM, HMAC-SHA1.
//!
//! The seam: everything above speaks to these three types, whose keys are set up once.

mod rust_crypto;
#[cfg(test)]
mod tests;

pub(crate) use rust_crypto::{AesCounterMode, AesGcm, HmacSha1};
