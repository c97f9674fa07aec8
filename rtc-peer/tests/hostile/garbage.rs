//! What is no protocol at all.

use std::time::Duration;

use rtc_core::FiveTuple;
use rtc_peer::DatagramError;

use crate::attacker::{
    address, at_every_moment, being_set_up, elsewhere, forged, leaves_nothing, own, recorded,
    refused, still_talks,
};
use crate::common::{Pair, Who};

#[test]
fn every_first_byte_from_a_stranger_is_refused_and_changes_nothing() {
    at_every_moment(|pair, who| {
        for byte in 0..=255u8 {
            let mut datagram = [0x17; 64];
            datagram[0] = byte;
            let error = refused(pair, who, elsewhere(who), &datagram);
            let expected = match byte {
                0..=3 => matches!(error, DatagramError::Ice(rtc_ice::Error::Decode(_))),
                20..=63 | 128..=191 => error == DatagramError::UnvalidatedPath,
                _ => error == DatagramError::UnknownProtocol,
            };
            assert!(expected, "{byte}: {error:?}");
        }
        assert_eq!(refused(pair, who, elsewhere(who), &[]), DatagramError::UnknownProtocol);
    });
}

#[test]
fn every_first_byte_under_the_address_of_the_other_side_changes_nothing() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    for who in [Who::Alice, Who::Bob] {
        for byte in 0..=255u8 {
            for length in [1, 12, 13, 14, 20, 37, 64, 1200] {
                let mut datagram = vec![byte; length];
                datagram[1..].iter_mut().skip(length / 2).for_each(|place| *place = !byte);
                let error = refused(&mut pair, who, forged(who), &datagram);
                let expected = match byte {
                    0..=3 => matches!(error, DatagramError::Ice(rtc_ice::Error::Decode(_))),
                    20..=63 => matches!(error, DatagramError::Dtls(_)),
                    // No media was negotiated.
                    128..=191 => error == DatagramError::UnexpectedMedia,
                    _ => error == DatagramError::UnknownProtocol,
                };
                assert!(expected, "{byte} {length}: {error:?}");
            }
        }
    }
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn garbage_leaves_nothing_in_memory() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    for who in [Who::Alice, Who::Bob] {
        for path in [elsewhere(who), forged(who)] {
            leaves_nothing(&mut pair, who, path, |n| {
                let mut datagram = vec![n as u8; 20 + n as usize % 1100];
                datagram[1] = (n >> 8) as u8;
                datagram
            });
        }
    }
    for steps in [0, 2, 4, 6] {
        let mut pair = being_set_up(steps);
        for who in [Who::Alice, Who::Bob] {
            leaves_nothing(&mut pair, who, elsewhere(who), |n| vec![n as u8; 200]);
        }
    }
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn a_datagram_to_an_address_that_is_not_ours_is_refused() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    let log = recorded();
    for (from, datagram) in &log {
        let who = from.other();
        let path = FiveTuple::udp(address("198.51.100.7:4000"), own(*from));
        refused(&mut pair, who, path, datagram);
    }
    still_talks(&mut pair, ours, theirs);
}
