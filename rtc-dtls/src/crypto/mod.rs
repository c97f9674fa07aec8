//! The seam: what DTLS needs of cryptography, and the bodies that do it.
//!
//! The files beside this one say what is needed, as small traits and plain names; a body
//! implements them, and the rest of the crate knows only the names re-exported here. The feature
//! `aws-lc-rs` chooses the second body for what it is faster at.

mod aead;
mod agreement;
#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
mod hash;
mod prf;
#[cfg_attr(
    feature = "aws-lc-rs",
    allow(dead_code, reason = "what the other body does is here for the tests to compare")
)]
mod rust_crypto;
mod signature;

#[cfg(test)]
mod tests;

pub use agreement::NamedGroup;
pub use hash::HashAlgorithm;

pub(crate) use aead::{Aead, AeadAlgorithm, TAG_LENGTH};
pub(crate) use agreement::{KeyAgreement, MAX_POINT_LENGTH, Point, Premaster};
pub(crate) use hash::{Digest, Hash, Hmac};
pub(crate) use prf::prf;
pub(crate) use signature::{PublicKey, SignatureScheme, Signer, Verifier};

#[cfg(feature = "aws-lc-rs")]
pub(crate) use aws_lc::{AeadKey, PrivateShare, Verify};
#[cfg(not(feature = "aws-lc-rs"))]
pub(crate) use rust_crypto::{AeadKey, PrivateShare, Verify};
pub(crate) use rust_crypto::{Hasher, HmacKey, SigningKey};
