//! The pseudorandom function of TLS 1.2 (RFC 5246 §5).

use zeroize::Zeroize;

use super::hash::{HashAlgorithm, Hmac};
use super::rust_crypto::HmacKey;

/// Fills `out` from `secret`, `label` and the seed, which is given in parts.
///
/// `P_hash(secret, seed) = HMAC(secret, A(1) + seed) + HMAC(secret, A(2) + seed) + ...` with
/// `A(i) = HMAC(secret, A(i-1))` and `A(0) = seed`.
pub(crate) fn prf(
    algorithm: HashAlgorithm,
    secret: &[u8],
    label: &[u8],
    seed: [&[u8]; 3],
    out: &mut [u8],
) {
    let key = HmacKey::new(algorithm, secret);
    let [first, second, third] = seed;
    let mut a = key.sign(&[label, first, second, third]);
    for block in out.chunks_mut(algorithm.output_length()) {
        let mut bytes = key.sign(&[a.as_ref(), label, first, second, third]);
        for (to, from) in block.iter_mut().zip(bytes.as_ref()) {
            *to = *from;
        }
        bytes.zeroize();
        a = key.sign(&[a.as_ref()]);
    }
    a.zeroize();
}
