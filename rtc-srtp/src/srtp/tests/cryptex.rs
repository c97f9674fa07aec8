//! Encrypted headers.

use alloc::format;

use super::*;
use crate::error::{ProtectError, UnprotectError};
use crate::rtp::RtpPacket;

#[test]
fn a_header_in_the_clear_is_refused_where_cryptex_is_required() {
    for profile in PROFILES {
        let (mut sender, mut receiver) =
            pair_with(profile, CryptexPolicy::Disabled, CryptexPolicy::Required);
        let sealed = protect(&mut sender, &rtp(7, 1));
        let refused = receiver.unprotect(&mut buffer(&sealed));
        assert_eq!(refused, Err(UnprotectError::NotEncrypted));
        // Contributing sources without header extension.
        let mut packet = hex("810f1234decafbadcafebabe00000001abababab");
        sender.protect(&mut packet).unwrap();
        let refused = receiver.unprotect(&mut buffer(&packet));
        assert_eq!(refused, Err(UnprotectError::NotEncrypted));
        // Nothing that could be encrypted.
        let mut packet = hex("800f1235decafbadcafebabeabababab");
        sender.protect(&mut packet).unwrap();
        assert_eq!(receiver.unprotect(&mut buffer(&packet)), Ok(0x1235));
        // The receiver can be told later.
        receiver.set_cryptex(CryptexPolicy::Negotiated);
        assert_eq!(receiver.unprotect(&mut buffer(&sealed)), Ok(1));
    }
}

#[test]
fn cryptex_hides_extensions_and_contributing_sources() {
    for profile in PROFILES {
        let (mut sender, mut receiver) =
            pair_with(profile, CryptexPolicy::Required, CryptexPolicy::Required);
        let sealed = protect(&mut sender, &rtp(7, 1));
        let packet = RtpPacket::decode(&sealed).unwrap();
        let (profile_field, data) = packet.raw_extension().unwrap();
        assert_eq!(profile_field, 0xc0de);
        assert_ne!(data, [0x12, b'm', b'i', b'd']);
        let mut packet = buffer(&sealed);
        receiver.unprotect(&mut packet).unwrap();
        assert_eq!(packet, rtp(7, 1));
    }
}

#[test]
fn an_extension_of_another_form_is_not_encrypted_by_cryptex() {
    for field in ["2000", "1001"] {
        let plain = hex(&format!("900f1234decafbadcafebabe{field}000151000200abababab"));
        let (mut sender, mut receiver) = pair_with(
            ProtectionProfile::AeadAes128Gcm,
            CryptexPolicy::Negotiated,
            CryptexPolicy::Negotiated,
        );
        let sealed = protect(&mut sender, &plain);
        assert_eq!(sealed.get(..20), plain.get(..20));
        let mut packet = buffer(&sealed);
        assert!(receiver.unprotect(&mut packet).is_ok());
        assert_eq!(packet, plain);
        sender.set_cryptex(CryptexPolicy::Required);
        let mut again = plain.clone();
        assert_eq!(sender.protect(&mut again), Err(ProtectError::HeaderExtension));
        assert_eq!(again, plain);
    }
}

#[test]
fn an_extension_that_only_looks_encrypted_is_refused_where_it_would_be_decrypted() {
    for field in ["c0de", "c2de"] {
        let plain = hex(&format!("900f1234decafbadcafebabe{field}000151000200abababab"));
        let (mut sender, _) = pair_with(
            ProtectionProfile::AeadAes128Gcm,
            CryptexPolicy::Negotiated,
            CryptexPolicy::Negotiated,
        );
        let mut packet = plain.clone();
        assert_eq!(sender.protect(&mut packet), Err(ProtectError::HeaderExtension));
        assert_eq!(packet, plain);
        sender.set_cryptex(CryptexPolicy::Disabled);
        assert_eq!(sender.protect(&mut packet), Ok(()));
    }
}
