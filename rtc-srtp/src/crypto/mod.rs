//! The cryptography that SRTP needs: AES in counter mode, AES-GCM, HMAC-SHA1.
//!
//! The seam: everything above speaks to these three types, whose keys are set up once. AES-GCM has
//! two bodies; the feature `aws-lc-rs` chooses the second.

#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
mod rust_crypto;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws-lc-rs")]
pub(crate) use aws_lc::AesGcm;
#[cfg(not(feature = "aws-lc-rs"))]
pub(crate) use rust_crypto::AesGcm;
pub(crate) use rust_crypto::{AesCounterMode, HmacSha1};
