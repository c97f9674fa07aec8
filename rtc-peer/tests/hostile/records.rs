//! Records of DTLS, and what belongs inside them, from somebody who lacks the keys.

use std::time::Duration;

use bytes::BytesMut;
use rtc_peer::DatagramError;

use crate::attacker::{
    SET_UP, at_every_moment, being_set_up, client_hello, elsewhere, forged, harmless,
    leaves_nothing, own, record, refused, still_talks,
};
use crate::common::{Pair, Who};

/// What somebody without keys can say in DTLS.
fn forged_records() -> Vec<Vec<u8>> {
    let alert = |level, description| record(21, 0, 77, &[level, description]);
    vec![
        alert(2, 40),
        alert(2, 10),
        alert(1, 0),
        alert(2, 0),
        record(21, 1, 77, &[2, 40]),
        record(21, 1, 77, &[0x41; 26]),
        record(23, 0, 77, b"application data"),
        record(23, 1, 77, &[0x17; 48]),
        record(20, 0, 77, &[1]),
        record(22, 1, 77, &[0x16; 48]),
        record(24, 0, 77, &[1, 0, 16, 0]),
        record(63, 0, 77, &[9; 20]),
        // A message that claims to be the beginning of 16 MB.
        record(
            22,
            0,
            77,
            &[11, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0, 0, 0, 10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        ),
    ]
}

#[test]
fn dtls_from_a_path_that_was_not_validated_is_refused_and_changes_nothing() {
    let hello = client_hello();
    at_every_moment(|pair, who| {
        for datagram in forged_records().iter().chain([&hello]) {
            let error = refused(pair, who, elsewhere(who), datagram);
            assert_eq!(error, DatagramError::UnvalidatedPath);
        }
    });
}

#[test]
fn forged_records_under_the_address_of_the_other_side_do_not_end_a_connection() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    for who in [Who::Alice, Who::Bob] {
        for datagram in forged_records() {
            let result = harmless(&mut pair, who, forged(who), &datagram);
            // A late repetition of ChangeCipherSpec is nothing to complain of.
            let expected = datagram[0] == 20 || matches!(result, Err(DatagramError::Dtls(_)));
            assert!(expected, "{result:?} for {datagram:02x?}");
        }
    }
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn forged_records_under_the_address_of_the_other_side_do_not_keep_one_from_coming_about() {
    for steps in 0..SET_UP {
        let mut pair = being_set_up(steps);
        let now = pair.now;
        for who in [Who::Alice, Who::Bob] {
            for datagram in forged_records() {
                let datagram = BytesMut::from(&datagram[..]);
                let connection = &mut pair.peer(who).connection;
                let _refused = connection.handle_datagram(now, forged(who), None, datagram);
            }
        }
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
        let (ours, theirs) = (pair.alice.opened()[0], pair.bob.opened()[0]);
        still_talks(&mut pair, ours, theirs);
    }
}

#[test]
fn a_client_hello_from_elsewhere_neither_pins_nor_disturbs() {
    let hello = client_hello();
    for steps in 0..SET_UP {
        let mut pair = being_set_up(steps);
        for who in [Who::Alice, Who::Bob] {
            for _ in 0..20 {
                let error = refused(&mut pair, who, elsewhere(who), &hello);
                assert_eq!(error, DatagramError::UnvalidatedPath);
            }
        }
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
        for who in [Who::Alice, Who::Bob] {
            let other = pair.peer(who.other()).connection.certificate().der().to_vec();
            let connection = &pair.peer(who).connection;
            assert_eq!(connection.selected_path().unwrap().remote, own(who.other()));
            assert_eq!(connection.remote_certificate(), Some(&other[..]));
        }
    }
}

#[test]
fn unvalidated_dtls_leaves_nothing_in_memory() {
    let hello = client_hello();
    for steps in [0, 2, 4, 6, 100] {
        let mut pair = being_set_up(steps);
        for who in [Who::Alice, Who::Bob] {
            leaves_nothing(&mut pair, who, elsewhere(who), |n| {
                if n % 2 == 0 { hello.clone() } else { record(22, 0, n, &[0x16; 1000]) }
            });
        }
    }
}

#[test]
fn forged_records_of_a_connection_leave_nothing_in_memory() {
    let hello = client_hello();
    let records = forged_records();
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    for who in [Who::Alice, Who::Bob] {
        leaves_nothing(&mut pair, who, forged(who), |n| {
            records[n as usize % records.len()].clone()
        });
        leaves_nothing(&mut pair, who, forged(who), |n| {
            let mut fragment = hello.clone();
            // Another message_seq each time, as far as they go.
            fragment[17..19].copy_from_slice(&(n as u16).to_be_bytes());
            fragment[9..13].copy_from_slice(&n.to_be_bytes());
            fragment
        });
    }
    still_talks(&mut pair, ours, theirs);
}

#[test]
fn media_in_the_clear_is_refused_on_every_path() {
    // The headers of RTP (payload type 96) and of an RTCP BYE.
    let rtp = [&[0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7][..], &[0; 160]].concat();
    let bye = [0x81, 203, 0, 1, 0, 0, 0, 7];
    at_every_moment(|pair, who| {
        for datagram in [&rtp[..], &bye] {
            let error = refused(pair, who, elsewhere(who), datagram);
            assert_eq!(error, DatagramError::UnvalidatedPath);
            let error = refused(pair, who, forged(who), datagram);
            assert!(
                matches!(
                    error,
                    DatagramError::UnvalidatedPath
                        | DatagramError::UnexpectedMedia
                        | DatagramError::Srtp(_)
                ),
                "{error:?}"
            );
        }
    });
    let (mut pair, ..) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    leaves_nothing(&mut pair, Who::Alice, forged(Who::Alice), |n| {
        let mut datagram = rtp.clone();
        datagram[8..12].copy_from_slice(&n.to_be_bytes());
        datagram
    });
}

#[test]
fn sctp_outside_of_dtls_is_refused() {
    // An INIT from port 5000 to port 5000, as a raw datagram and as a record in the clear.
    let mut init = vec![0x13, 0x88, 0x13, 0x88, 0, 0, 0, 0, 0, 0, 0, 0];
    init.extend([1, 0, 0, 20, 1, 2, 3, 4, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1]);
    at_every_moment(|pair, who| {
        assert_eq!(refused(pair, who, elsewhere(who), &init), DatagramError::UnknownProtocol);
        assert_eq!(refused(pair, who, forged(who), &init), DatagramError::UnknownProtocol);
        let datagram = record(23, 0, 5, &init);
        assert_eq!(refused(pair, who, elsewhere(who), &datagram), DatagramError::UnvalidatedPath);
    });
    for steps in 0..SET_UP {
        let mut pair = being_set_up(steps);
        let now = pair.now;
        for who in [Who::Alice, Who::Bob] {
            let connection = &mut pair.peer(who).connection;
            let datagram = BytesMut::from(&record(23, 0, 5, &init)[..]);
            let _refused = connection.handle_datagram(now, forged(who), None, datagram);
        }
        pair.drive_until(|pair| !pair.alice.opened().is_empty() && !pair.bob.opened().is_empty());
    }
}
