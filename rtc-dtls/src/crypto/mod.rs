//! The seam: what DTLS needs of cryptography, and the body that does it.
//!
//! The files beside this one say what is needed, as small traits and plain names; a body
//! implements them, and the rest of the crate knows only the names re-exported here.

mod aead;
mod agreement;
mod hash;
mod prf;
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

/// The body in use.
pub(crate) use rust_crypto::{AeadKey, Hasher, HmacKey, PrivateShare, SigningKey, Verify};
