//! Rollover counters, and indices that must not come twice.

use super::*;
use crate::error::{ProtectError, UnprotectError};

#[test]
fn a_stream_that_wrapped_before_anything_arrived_is_recovered() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let lost = protect(&mut sender, &rtp(7, 65_535));
        let first = protect(&mut sender, &rtp(7, 3));
        assert_eq!(receiver.unprotect(&mut buffer(&first)), Ok(65_536 + 3));
        assert_eq!(receiver.unprotect(&mut buffer(&lost)), Ok(65_535), "it was only late");
        let next = protect(&mut sender, &rtp(7, 4));
        assert_eq!(receiver.unprotect(&mut buffer(&next)), Ok(65_536 + 4));
    }
}

#[test]
fn an_index_below_zero_is_refused() {
    let (mut sender, mut receiver) = pair(ProtectionProfile::AeadAes128Gcm);
    receiver.unprotect(&mut buffer(&protect(&mut sender, &rtp(7, 3)))).unwrap();
    let mut packet = buffer(&rtp(7, 65_535));
    packet.resize(packet.len() + 16, 0);
    assert_eq!(receiver.unprotect(&mut packet), Err(UnprotectError::Index));
    assert_eq!(sender.protect(&mut rtp(7, 65_535)), Err(ProtectError::Reused));
}

#[test]
fn an_index_is_never_used_twice() {
    for profile in PROFILES {
        let (mut sender, _) = pair(profile);
        for number in [10, 12, 11] {
            assert_eq!(sender.protect(&mut rtp(7, number)), Ok(()));
        }
        for number in [10, 11, 12] {
            let mut packet = rtp(7, number);
            let before = packet.clone();
            assert_eq!(sender.protect(&mut packet), Err(ProtectError::Reused));
            assert_eq!(packet, before);
        }
        assert_eq!(sender.protect(&mut rtp(8, 10)), Ok(()), "another stream has its own");
        assert_eq!(sender.protect(&mut rtp(7, 2_000)), Ok(()));
        assert_eq!(sender.protect(&mut rtp(7, 900)), Err(ProtectError::Reused), "forgotten");
    }
}

#[test]
fn a_key_expires() {
    for profile in PROFILES {
        let (mut sender, mut receiver) = pair(profile);
        let last = (1u64 << 48) - 1;
        sender.place(Ssrc(7), last - 2, (1 << 31) - 1);
        receiver.place(Ssrc(7), last - 2);
        let sealed = protect(&mut sender, &rtp(7, 0xffff));
        assert_eq!(receiver.unprotect(&mut buffer(&sealed)), Ok(last));
        assert_eq!(sender.protect(&mut rtp(7, 0)), Err(ProtectError::KeyExpired));
        let mut beyond = buffer(&rtp(7, 0));
        beyond.resize(beyond.len() + profile.rtp_overhead(), 0);
        assert_eq!(receiver.unprotect(&mut beyond), Err(UnprotectError::Index));
        // What is late may still be sent.
        assert_eq!(sender.protect(&mut rtp(7, 0xfffe)), Ok(()));
        let sealed = protect_rtcp(&mut sender, &rtcp(7));
        assert_eq!(receiver.unprotect_rtcp(&mut buffer(&sealed)), Ok((1 << 31) - 1));
        let mut packet = rtcp(7);
        let before = packet.clone();
        assert_eq!(sender.protect_rtcp(&mut packet), Err(ProtectError::KeyExpired));
        assert_eq!(packet, before);
    }
}
