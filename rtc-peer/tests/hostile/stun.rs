//! Connectivity checks and answers to them, forged.

use rtc_ice::stun::{AttributeType, IntegrityKey, TransactionId};
use rtc_peer::DatagramError;

use crate::attacker::{
    Forgery, at_every_moment, being_set_up, credentials, elsewhere, forged, leaves_nothing,
    outstanding, refused, request, role_conflict, success, transaction,
};
use crate::common::Who;

#[test]
fn a_forged_request_is_refused_and_changes_nothing() {
    use Forgery::{NoIntegrity, NoUsername, WrongPassword, WrongUfrag};
    at_every_moment(|pair, who| {
        for path in [elsewhere(who), forged(who)] {
            for (n, forgery) in
                [WrongPassword, WrongUfrag, NoIntegrity, NoUsername].into_iter().enumerate()
            {
                let role = AttributeType::ICE_CONTROLLING;
                let datagram = request(pair, who, forgery, n as u32, role);
                let error = refused(pair, who, path, &datagram);
                let expected = match forgery {
                    WrongPassword => rtc_ice::Error::Integrity,
                    WrongUfrag => rtc_ice::Error::Username,
                    NoIntegrity | NoUsername => rtc_ice::Error::MissingCredentials,
                };
                assert_eq!(error, DatagramError::Ice(expected));
            }
        }
    });
}

#[test]
fn a_forged_request_in_either_role_brings_about_no_role_conflict() {
    at_every_moment(|pair, who| {
        for role in [AttributeType::ICE_CONTROLLING, AttributeType::ICE_CONTROLLED] {
            for path in [elsewhere(who), forged(who)] {
                for forgery in [Forgery::WrongPassword, Forgery::NoIntegrity] {
                    let datagram = request(pair, who, forgery, 1, role);
                    refused(pair, who, path, &datagram);
                }
            }
        }
    });
}

#[test]
fn a_forged_response_is_refused_and_changes_nothing() {
    at_every_moment(|pair, who| {
        let wrong = IntegrityKey::short_term("0123456789012345678901");
        let (_, password) = credentials(pair, who);
        // Our own password is the wrong one for a response to us.
        let own = IntegrityKey::short_term(&password);
        let mut ids = outstanding(pair, who);
        ids.push(transaction(99));
        for id in ids {
            for key in [None, Some(&wrong), Some(&own)] {
                for path in [elsewhere(who), forged(who)] {
                    refused(pair, who, path, &success(id, key));
                    refused(pair, who, path, &role_conflict(id, key));
                }
            }
        }
    });
}

#[test]
fn forged_stun_leaves_nothing_in_memory() {
    for steps in [0, 2, 4, 100] {
        let mut pair = being_set_up(steps);
        for who in [Who::Alice, Who::Bob] {
            for path in [elsewhere(who), forged(who)] {
                let wrong = request(
                    &mut pair,
                    who,
                    Forgery::WrongPassword,
                    0,
                    AttributeType::ICE_CONTROLLING,
                );
                let none =
                    request(&mut pair, who, Forgery::NoIntegrity, 0, AttributeType::ICE_CONTROLLED);
                leaves_nothing(&mut pair, who, path, |n| {
                    let mut datagram = if n % 2 == 0 { wrong.clone() } else { none.clone() };
                    // Without a right FINGERPRINT it would not get far.
                    let id = TransactionId([n as u8; 12]);
                    if n % 3 == 0 {
                        datagram = success(id, Some(&IntegrityKey::short_term("no")));
                    }
                    if n % 5 == 0 {
                        datagram = role_conflict(id, None);
                    }
                    datagram
                });
            }
        }
    }
}
