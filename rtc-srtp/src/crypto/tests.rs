//! Known answers.

use alloc::vec;
use alloc::vec::Vec;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    let (pairs, _) = digits.as_chunks::<2>();
    pairs.iter().map(|[high, low]| high << 4 | low).collect()
}

#[track_caller]
fn keystream(key: &str, expected: [(usize, &str); 6]) {
    let cipher = AesCounterMode::new(&hex(key)).unwrap();
    let iv = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000").try_into().unwrap();
    let mut stream = vec![0; 1_044_512];
    cipher.apply(&iv, &mut stream);
    for (block, expected) in expected {
        let at = 16 * block;
        assert_eq!(stream.get(at..at + 16), Some(&hex(expected)[..]), "block {block:x}");
    }
}

/// RFC 3711, appendix B.2.
#[test]
fn aes_128_counter_mode() {
    keystream(
        "2B7E151628AED2A6ABF7158809CF4F3C",
        [
            (0x0000, "E03EAD0935C95E80E166B16DD92B4EB4"),
            (0x0001, "D23513162B02D0F72A43A2FE4A5F97AB"),
            (0x0002, "41E95B3BB0A2E8DD477901E4FCA894C0"),
            (0xfeff, "EC8CDF7398607CB0F2D21675EA9EA1E4"),
            (0xff00, "362B7C3C6773516318A077D7FC5073AE"),
            (0xff01, "6A2CC3787889374FBEB4C81B17BA6C44"),
        ],
    );
}

/// RFC 6188, section 7.1.
#[test]
fn aes_256_counter_mode() {
    keystream(
        "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
        [
            (0x0000, "92bdd28a93c3f52511c677d08b5515a4"),
            (0x0001, "9da71b2378a854f67050756ded165bac"),
            (0x0002, "63c4868b7096d88421b563b8c94c9a31"),
            (0xfeff, "cea518c90fd91ced9cbb18c078a54711"),
            (0xff00, "3dbc4814f4da5f00a08772b63c6a046d"),
            (0xff01, "6eb246913062a16891433e97dd01a57f"),
        ],
    );
}

/// RFC 2202, section 3, cases 1, 2 and 6.
#[test]
fn hmac_sha1() {
    let code = |key: &[u8], data: &[u8]| {
        let (first, second) = data.split_at(data.len() / 2);
        HmacSha1::new(key).unwrap().code(first, second).to_vec()
    };
    assert_eq!(code(&[0x0b; 20], b"Hi There"), hex("b617318655057264e28bc0b6fb378c8ef146be00"));
    assert_eq!(
        code(b"Jefe", b"what do ya want for nothing?"),
        hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
    );
    assert_eq!(
        code(&[0xaa; 80], b"Test Using Larger Than Block-Size Key - Hash Key First"),
        hex("aa4ae5e15272d00e95705637ce8a3b55ed402112")
    );
}

#[test]
fn a_forgery_is_not_decrypted() {
    let gcm = AesGcm::new(&[1; 16]).unwrap();
    let plain = *b"some data that is longer than one block";
    let mut data = plain;
    let tag = gcm.seal(&[2; 12], b"aad", &mut data).unwrap();
    let sealed = data;
    let mut wrong = tag;
    wrong[15] ^= 1;
    for (nonce, aad, tag) in
        [([2; 12], b"aad", &wrong), ([2; 12], b"Aad", &tag), ([3; 12], b"aad", &tag)]
    {
        assert!(!gcm.try_open(&nonce, aad, &mut data, tag));
        assert_eq!(data, sealed);
        assert!(!gcm.open(&nonce, aad, &mut data, tag));
        assert_ne!(data, plain);
        data = sealed;
    }
    assert!(gcm.open(&[2; 12], b"aad", &mut data, &tag));
    assert_eq!(data, plain);
    data = sealed;
    assert!(gcm.try_open(&[2; 12], b"aad", &mut data, &tag));
    assert_eq!(data, plain);
}

#[test]
fn keys_of_other_lengths_are_refused() {
    for len in (0..40).filter(|len| *len != 16 && *len != 32) {
        assert!(AesCounterMode::new(&vec![0; len]).is_none());
        assert!(AesGcm::new(&vec![0; len]).is_none());
    }
}

/// The two bodies agree, whatever they are given.
#[cfg(feature = "aws-lc-rs")]
#[test]
fn both_bodies_of_gcm_are_the_same() {
    for key_len in [16u8, 32] {
        let key: Vec<u8> = (0..key_len).collect();
        let ours = rust_crypto::AesGcm::new(&key).unwrap();
        let theirs = AesGcm::new(&key).unwrap();
        for len in (0..200).chain([1_187, 1_200, 4_096, 65_535]) {
            let nonce = [len as u8; 12];
            let aad = vec![1; len % 77];
            let plain: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let (mut first, mut second) = (plain.clone(), plain.clone());
            let tag = ours.seal(&nonce, &aad, &mut first).unwrap();
            assert_eq!(theirs.seal(&nonce, &aad, &mut second), Some(tag));
            assert_eq!(first, second);
            let mut third = first.clone();
            for bit in [0, 64, 127] {
                let mut wrong = tag;
                wrong[bit / 8] ^= 1 << (bit % 8);
                assert!(!ours.open(&nonce, &aad, &mut first.clone(), &wrong));
                assert!(!theirs.open(&nonce, &aad, &mut first.clone(), &wrong));
                assert!(!theirs.try_open(&nonce, &aad, &mut third, &wrong));
                assert_eq!(third, first);
            }
            assert!(theirs.open(&nonce, &aad, &mut first, &tag));
            assert!(ours.open(&nonce, &aad, &mut second, &tag));
            assert!(theirs.try_open(&nonce, &aad, &mut third, &tag));
            assert_eq!((&first, &second, &third), (&plain, &plain, &plain));
        }
    }
}
