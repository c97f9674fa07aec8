//! Known answers, of RFC 3711, RFC 6188, RFC 7714 and RFC 9335.

use alloc::vec::Vec;

use super::*;
use crate::crypto::AesGcm;
use crate::error::UnprotectError;
use crate::srtp::key_derivation::{KeyDerivation, Label};
use crate::srtp::session::SessionKeys;

/// RFC 3711, appendix B.3.
#[test]
fn keys_are_derived_from_128_bits() {
    let key = MasterKey::new(
        ProtectionProfile::Aes128CmHmacSha1_80,
        &hex("E1F97A0D3E018BE0D64FA32C06DE4139"),
        &hex("0EC675AD498AFEEBB6960B3AABE6"),
    )
    .unwrap();
    let derivation = KeyDerivation::new(&key).unwrap();
    assert_eq!(
        derivation.derive::<16>(Label::RtpEncryption).to_vec(),
        hex("C61E7A93744F39EE10734AFE3FF7A087")
    );
    assert_eq!(
        derivation.derive::<14>(Label::RtpSalt).to_vec(),
        hex("30CBBC08863D8C85D49DB34A9AE1")
    );
    assert_eq!(
        derivation.derive::<94>(Label::RtpAuthentication).to_vec(),
        hex("CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE
             E049646C43D9327AD175578EF7227098 6371C10C9A369AC2F94A8C5FBCDDDC25
             6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2")
    );
}

/// RFC 6188, section 7.2.
#[test]
fn keys_are_derived_from_256_bits() {
    // No profile has a key of 256 bits with a salt of 112; the derivation does not mind.
    let key = MasterKey::new(
        ProtectionProfile::AeadAes256Gcm,
        &hex("f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6"),
        &hex("3b04803de51ee7c96423ab5b"),
    )
    .unwrap();
    let derivation =
        KeyDerivation::new(&key).unwrap().with_salt(&hex("3b04803de51ee7c96423ab5b78d2"));
    assert_eq!(
        derivation.derive::<32>(Label::RtpEncryption).to_vec(),
        hex("5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4")
    );
    assert_eq!(
        derivation.derive::<14>(Label::RtpSalt).to_vec(),
        hex("fa31791685ca444a9e07c6c64e93")
    );
    assert_eq!(
        derivation.derive::<20>(Label::RtpAuthentication).to_vec(),
        hex("fd9c32d39ed5fbb5a9dc96b30818454d1313dc05")
    );
}

/// The session keys of RFC 7714, sections 16 and 17, which are given and not derived.
fn quid_pro_quo(key_len: u8) -> (SrtpSender, SrtpReceiver) {
    let session = || SessionKeys::Gcm {
        cipher: AesGcm::new(&(0..key_len).collect::<Vec<_>>()).unwrap(),
        salt: SessionKeys::salt(b"Quid pro quo"),
    };
    let profile = if key_len == 16 {
        ProtectionProfile::AeadAes128Gcm
    } else {
        ProtectionProfile::AeadAes256Gcm
    };
    let (sender, receiver) = pair(profile);
    (
        sender.with_session_keys(session(), session()),
        receiver.with_session_keys(session(), session()),
    )
}

/// RFC 7714, sections 16.1 and 16.2.
#[test]
fn srtp_with_gcm() {
    let plain = hex("8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
                     69736120 696e2070 61727465 73207472 6573");
    let sealed_128 = hex("8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5
                          0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439
                          0cce");
    let sealed_256 = hex("8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238
                          9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7
                          6c13");
    for (key_len, sealed) in [(16, sealed_128), (32, sealed_256)] {
        let (mut sender, mut receiver) = quid_pro_quo(key_len);
        assert_eq!(protect(&mut sender, &plain), sealed);
        let mut packet = buffer(&sealed);
        assert_eq!(receiver.unprotect(&mut packet), Ok(0xf17b));
        assert_eq!(packet, plain);
    }
}

/// RFC 7714, section 17.
#[test]
fn srtcp_with_gcm() {
    let plain = hex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
                     deadbeef deadbeef deadbeef deadbeef deadbeef");
    let encrypted_128 =
        hex("81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d
                             c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872
                             45d9eade 800005d4");
    let encrypted_256 =
        hex("81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50
                             a2eaa5c1 110555be 8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c
                             b26ac3be 800005d4");
    let tagged_128 = hex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
                          deadbeef deadbeef deadbeef deadbeef deadbeef 841dd968 3dd78ec9 2ae58790
                          125f62b3 000005d4");
    let tagged_256 = hex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
                          deadbeef deadbeef deadbeef deadbeef deadbeef 91db4afb feee5a97 8fab4393
                          ed2615fe 000005d4");
    for (key_len, encrypted, tagged) in
        [(16, encrypted_128, tagged_128), (32, encrypted_256, tagged_256)]
    {
        let (mut sender, mut receiver) = quid_pro_quo(key_len);
        sender.place(Ssrc(0x4d61_7273), 0, 0x5d4);
        assert_eq!(protect_rtcp(&mut sender, &plain), encrypted);
        let mut packet = buffer(&encrypted);
        assert_eq!(receiver.unprotect_rtcp(&mut packet), Ok(0x5d4));
        assert_eq!(packet, plain);
        // Authenticated only.
        let (_, mut receiver) = quid_pro_quo(key_len);
        let mut forged = buffer(&tagged);
        forged[20] ^= 1;
        let before = forged.clone();
        assert_eq!(receiver.unprotect_rtcp(&mut forged), Err(UnprotectError::Authentication));
        assert_eq!(forged, before);
        let mut packet = buffer(&tagged);
        assert_eq!(receiver.unprotect_rtcp(&mut packet), Ok(0x5d4));
        assert_eq!(packet, plain);
    }
}

/// RFC 9335, the key of the test vectors with AES-CTR.
fn cryptex_ctr_key() -> MasterKey {
    MasterKey::new(
        ProtectionProfile::Aes128CmHmacSha1_80,
        &hex("e1f97a0d3e018be0d64fa32c06de4139"),
        &hex("0ec675ad498afeebb6960b3aabe6"),
    )
    .unwrap()
}

#[test]
fn srtp_with_counter_mode() {
    let plain = hex("800f1234decafbadcafebabeabababababababababababababababab");
    let sealed =
        hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
    let mut sender = SrtpSender::new(&cryptex_ctr_key(), &Config::default());
    assert_eq!(protect(&mut sender, &plain), sealed);
    let mut receiver = SrtpReceiver::new(&cryptex_ctr_key(), &Config::default());
    let mut packet = buffer(&sealed);
    assert_eq!(receiver.unprotect(&mut packet), Ok(0x1234));
    assert_eq!(packet, plain);
}

#[test]
fn cryptex() {
    let gcm_key = MasterKey::new(
        ProtectionProfile::AeadAes128Gcm,
        &hex("000102030405060708090a0b0c0d0e0f"),
        &hex("a0a1a2a3a4a5a6a7a8a9aaab"),
    )
    .unwrap();
    for (key, vectors) in [(cryptex_ctr_key(), CRYPTEX_CTR), (gcm_key, CRYPTEX_GCM)] {
        for (plain, sealed) in vectors {
            let (plain, sealed) = (hex(plain), hex(sealed));
            let mut sender = SrtpSender::new(&key, &config(CryptexPolicy::Negotiated));
            assert_eq!(protect(&mut sender, &plain), sealed);
            for policy in [CryptexPolicy::Negotiated, CryptexPolicy::Required] {
                let mut receiver = SrtpReceiver::new(&key, &config(policy));
                let mut packet = buffer(&sealed);
                assert!(receiver.unprotect(&mut packet).is_ok());
                assert_eq!(packet, plain);
            }
        }
    }
}

/// RFC 9335, test vectors with AES-CTR.
const CRYPTEX_CTR: [(&str, &str); 6] = [
    // RTP Packet with 1-byte header extension.
    (
        "900f1235decafbadcafebabebede000151000200abababababababababababababababab",
        "900f1235decafbadcafebabec0de0001eb92365251c3e036f8de27e9c27ee3e0b4651d9fbc4218a70244522f34a5",
    ),
    // RTP Packet with 2-byte header extension.
    (
        "900f1236decafbadcafebabe1000000105020002abababababababababababababababab",
        "900f1236decafbadcafebabec2de00014ed9cc4e6a712b3096c5ca77339d4204ce0d77396cab69585fbce38194a5",
    ),
    // RTP Packet with 1-byte header extension and CSRC fields.
    (
        "920f1238decafbadcafebabe0001e2400000b26ebede000151000200abababababababababababababababab",
        "920f1238decafbadcafebabe8bb6e12b5cff16ddc0de000192838c8c09e58393e1de3a9a74734d6745671338c3acf11da2df8423bee0",
    ),
    // RTP Packet with 2-byte header extension and CSRC fields.
    (
        "920f1239decafbadcafebabe0001e2400000b26e1000000105020002abababababababababababababababab",
        "920f1239decafbadcafebabef70e513eb90b9b25c2de0001bbed4848faa644665f3d7f34125914e9f4d0ae923c6f479b95a0f7b53133",
    ),
    // RTP Packet with empty 1-byte header extension and CSRC fields.
    (
        "920f123adecafbadcafebabe0001e2400000b26ebede0000abababababababababababababababab",
        "920f123adecafbadcafebabe7130b6abfe2ab0e3c0de0000e3d9f64b25c9e74cb4cf8e43fb92e3781c2c0ceab6b3a499a14c",
    ),
    // RTP Packet with empty 2-byte header extension and CSRC fields.
    (
        "920f123bdecafbadcafebabe0001e2400000b26e10000000abababababababababababababababab",
        "920f123bdecafbadcafebabecbf24c124330e1c8c2de0000599dd45bc9d687b603e8b59d771fd38e88b170e0cd31e125eabe",
    ),
];

/// RFC 9335, test vectors with AES-GCM.
const CRYPTEX_GCM: [(&str, &str); 6] = [
    // RTP Packet with 1-byte header extension.
    (
        "900f1235decafbadcafebabebede000151000200abababababababababababababababab",
        "900f1235decafbadcafebabec0de000139972dc9572c4d99e8fc355de743fb2e94f9d8ff54e72f4193bbc5c74ffab0fa9fa0fbeb",
    ),
    // RTP Packet with 2-byte header extension.
    (
        "900f1236decafbadcafebabe1000000105020002abababababababababababababababab",
        "900f1236decafbadcafebabec2de0001bb75a4c545cd1f413bdb7daa2b1e3263de313667c963249081b35a65f5cb6c88b394235f",
    ),
    // RTP Packet with 1-byte header extension and CSRC fields.
    (
        "920f1238decafbadcafebabe0001e2400000b26ebede000151000200abababababababababababababababab",
        "920f1238decafbadcafebabe63bbccc4a7f695c4c0de00018ad7c71fac70a80c92866b4c6ba98546ef913586e95ffaaffe956885bb0647a8bc094ac8",
    ),
    // RTP Packet with 2-byte header extension and CSRC fields.
    (
        "920f1239decafbadcafebabe0001e2400000b26e1000000105020002abababababababababababababababab",
        "920f1239decafbadcafebabe3680524f8d312b00c2de0001c78d120038422bc111a7187a18246f980c059cc6bc9df8b626394eca344e4b05d80fea83",
    ),
    // RTP Packet with empty 1-byte header extension and CSRC fields.
    (
        "920f123adecafbadcafebabe0001e2400000b26ebede0000abababababababababababababababab",
        "920f123adecafbadcafebabe15b6bb4337906fffc0de0000b7b964537a2b03ab7ba5389ce93317126b5d974df30c6884dcb651c5e120c1da",
    ),
    // RTP Packet with empty 2-byte header extension and CSRC fields.
    (
        "920f123bdecafbadcafebabe0001e2400000b26e10000000abababababababababababababababab",
        "920f123bdecafbadcafebabedcb38c9e48bf95f4c2de000061ee432cf920317076613258d3ce4236c06ac429681ad08413512dc98b5207d8",
    ),
];
