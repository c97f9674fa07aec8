//! What is protected is opened.

use alloc::vec;

use super::*;
use crate::error::KeyError;
use crate::rtp::RtpPacket;

#[test]
fn every_profile_protects_and_opens() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        for sequence_number in 65_530..65_540u32 {
            let plain = rtp(7, sequence_number as u16);
            let sealed = protect(&mut sender, &plain);
            assert_eq!(sealed.len(), plain.len() + profile.rtp_overhead());
            assert_eq!(sealed.get(..20), plain.get(..20), "the header stays in the clear");
            let mut packet = buffer(&sealed);
            assert_eq!(receiver.unprotect(&mut packet), Ok(sequence_number.into()));
            assert_eq!(packet, plain);
            let plain = rtcp(7);
            let sealed = protect_rtcp(&mut sender, &plain);
            assert_eq!(sealed.len(), plain.len() + profile.rtcp_overhead());
            let mut packet = buffer(&sealed);
            assert_eq!(receiver.unprotect_rtcp(&mut packet), Ok(sequence_number - 65_530));
            assert_eq!(packet, plain);
        }
    }
}

#[test]
fn what_is_before_the_packet_is_left_alone() {
    for profile in PROFILES {
        for policy in [CryptexPolicy::Disabled, CryptexPolicy::Negotiated] {
            let (mut sender, mut receiver) = pair_with(profile, policy, policy);
            let mut out = vec![0xee; 33];
            // Contributing sources and no header extension: cryptex has to make one.
            let csrcs = [Ssrc(1), Ssrc(2)];
            let header = RtpHeader { ssrc: Ssrc(7), ..RtpHeader::default() };
            RtpBuilder { csrcs: &csrcs, ..RtpBuilder::new(header) }.encode(b"payload", &mut out);
            sender.protect_from(&mut out, 33).unwrap();
            assert_eq!(out.get(..33), Some(&[0xee; 33][..]));
            let mut packet = buffer(out.get(33..).unwrap());
            receiver.unprotect(&mut packet).unwrap();
            let packet = RtpPacket::decode(&packet).unwrap();
            assert!(packet.csrcs().eq(csrcs));
            assert_eq!(packet.payload(), b"payload");
            let mut out = vec![0xee; 33];
            out.extend(rtcp(7));
            sender.protect_rtcp_from(&mut out, 33).unwrap();
            assert_eq!(out.get(..33), Some(&[0xee; 33][..]));
            assert!(receiver.unprotect_rtcp(&mut buffer(out.get(33..).unwrap())).is_ok());
        }
    }
}

#[test]
fn profiles_have_the_identifiers_of_dtls() {
    for profile in PROFILES {
        assert_eq!(ProtectionProfile::from_id(profile.id()), Some(profile));
    }
    assert_eq!(ProtectionProfile::from_id(5), None, "NULL encryption");
    assert_eq!(ProtectionProfile::from_id(6), None);
    let short = MasterKey::new(ProtectionProfile::AeadAes128Gcm, &[0; 15], &[0; 12]);
    assert_eq!(short.unwrap_err(), KeyError::KeyLength { expected: 16 });
    let long = MasterKey::new(ProtectionProfile::AeadAes128Gcm, &[0; 16], &[0; 14]);
    assert_eq!(long.unwrap_err(), KeyError::SaltLength { expected: 12 });
}
