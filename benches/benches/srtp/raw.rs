//! The cipher alone: the same bytes encrypted, the same bytes authenticated, nothing else.

use core::hint::black_box;
use std::time::{Duration, Instant};

use aes::Aes128;
use aes::cipher::KeyInit as _;
use ctr::cipher::{InnerIvInit as _, StreamCipherCore as _};
use ctr::{CtrCore, flavors::Ctr32BE};
use hmac::{Hmac, Mac as _};
use rtc_srtp::srtp::ProtectionProfile;
use sha1::Sha1;

use crate::{Contender, HEADER, PACKETS, header};

/// The cipher that a profile uses, with its key set up.
pub(crate) struct RawCipher {
    cipher: Cipher,
    index: u64,
    packets: Vec<Vec<u8>>,
    tags: Vec<[u8; 16]>,
}

enum Cipher {
    CounterMode { aes: Aes128, mac: Hmac<Sha1> },
    Gcm(gcm::Gcm),
}

impl RawCipher {
    pub(crate) fn new(profile: ProtectionProfile, size: usize) -> Self {
        let key = vec![1; profile.key_len()];
        let cipher = match profile {
            ProtectionProfile::AeadAes128Gcm | ProtectionProfile::AeadAes256Gcm => {
                Cipher::Gcm(gcm::Gcm::new(&key))
            }
            _ => Cipher::CounterMode {
                aes: Aes128::new_from_slice(&key).expect("16 bytes"),
                mac: Hmac::new_from_slice(&[3; 20]).expect("any length"),
            },
        };
        let mut packet = Vec::with_capacity(2048);
        packet.resize(HEADER + size, 0x5a);
        Self { cipher, index: 0, packets: vec![packet; PACKETS], tags: vec![[0; 16]; PACKETS] }
    }
}

impl Contender for RawCipher {
    fn round(&mut self) -> [Duration; 2] {
        let first = self.index;
        for packet in &mut self.packets {
            packet[..HEADER].copy_from_slice(&header(self.index));
            self.index += 1;
        }
        let started = Instant::now();
        for ((index, packet), tag) in (first..).zip(&mut self.packets).zip(&mut self.tags) {
            let (header, data) = packet.split_at_mut(HEADER);
            match &self.cipher {
                Cipher::CounterMode { aes, mac } => {
                    keystream(aes, index, data);
                    tag[..10].copy_from_slice(&code(mac, packet)[..10]);
                }
                Cipher::Gcm(gcm) => *tag = gcm.seal(&nonce(index), header, data),
            }
        }
        let protected = started.elapsed();
        let started = Instant::now();
        for ((index, packet), tag) in (first..).zip(&mut self.packets).zip(&self.tags) {
            match &self.cipher {
                Cipher::CounterMode { aes, mac } => {
                    assert_eq!(black_box(&code(mac, packet)[..10]), &tag[..10]);
                    keystream(aes, index, &mut packet[HEADER..]);
                }
                Cipher::Gcm(gcm) => {
                    let (header, data) = packet.split_at_mut(HEADER);
                    assert!(gcm.open(&nonce(index), header, data, tag));
                }
            }
        }
        [protected, started.elapsed()]
    }
}

fn keystream(aes: &Aes128, index: u64, data: &mut [u8]) {
    let iv = (u128::from(index) << 16).to_be_bytes();
    CtrCore::<_, Ctr32BE>::inner_iv_init(aes, (&iv).into()).apply_keystream_partial(data.into());
}

fn code(mac: &Hmac<Sha1>, packet: &[u8]) -> [u8; 20] {
    let mut mac = mac.clone();
    mac.update(packet);
    mac.update(&[0; 4]);
    mac.finalize().into_bytes().into()
}

fn nonce(index: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&index.to_be_bytes());
    nonce
}

#[cfg(feature = "aws-lc-rs")]
mod gcm {
    use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

    pub(crate) struct Gcm(LessSafeKey);

    impl Gcm {
        pub(crate) fn new(key: &[u8]) -> Self {
            let algorithm = if key.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
            Self(LessSafeKey::new(UnboundKey::new(algorithm, key).expect("16 or 32 bytes")))
        }

        pub(crate) fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), data);
            tag.expect("not too long").as_ref().try_into().expect("16 bytes")
        }

        pub(crate) fn open(
            &self,
            nonce: &[u8; 12],
            aad: &[u8],
            data: &mut [u8],
            tag: &[u8; 16],
        ) -> bool {
            let nonce = Nonce::assume_unique_for_key(*nonce);
            self.0.open_in_place_separate_tag(nonce, Aad::from(aad), tag, data).is_ok()
        }
    }
}

#[cfg(not(feature = "aws-lc-rs"))]
mod gcm {
    use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
    use aes_gcm::{Aes128Gcm, Aes256Gcm};

    pub(crate) enum Gcm {
        Aes128(Aes128Gcm),
        Aes256(Aes256Gcm),
    }

    impl Gcm {
        pub(crate) fn new(key: &[u8]) -> Self {
            if key.len() == 16 {
                Self::Aes128(Aes128Gcm::new_from_slice(key).expect("16 bytes"))
            } else {
                Self::Aes256(Aes256Gcm::new_from_slice(key).expect("32 bytes"))
            }
        }

        pub(crate) fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
            match self {
                Self::Aes128(gcm) => gcm.encrypt_inout_detached(nonce.into(), aad, data.into()),
                Self::Aes256(gcm) => gcm.encrypt_inout_detached(nonce.into(), aad, data.into()),
            }
            .expect("not too long")
            .into()
        }

        pub(crate) fn open(
            &self,
            nonce: &[u8; 12],
            aad: &[u8],
            data: &mut [u8],
            tag: &[u8; 16],
        ) -> bool {
            let (nonce, tag) = (nonce.into(), tag.into());
            match self {
                Self::Aes128(gcm) => gcm.decrypt_inout_detached(nonce, aad, data.into(), tag),
                Self::Aes256(gcm) => gcm.decrypt_inout_detached(nonce, aad, data.into(), tag),
            }
            .is_ok()
        }
    }
}
