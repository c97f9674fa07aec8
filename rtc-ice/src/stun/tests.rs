//! The vectors of RFC 5769 and RFC 8489, and what must be refused.
#![allow(clippy::indexing_slicing, reason = "a test may fail loudly")]

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::net::SocketAddr;

use proptest::prelude::*;

use super::*;
use crate::error::DecodeError;

/// RFC 5769, section 2.1.
const REQUEST: &str = "
    00010058 2112a442 b7e7a701 bc34d686 fa87dfae
    80220010 5354554e 20746573 7420636c 69656e74
    00240004 6e0001ff
    80290008 932ff9b1 51263b36
    00060009 6576746a 3a683676 59202020
    00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2
    80280004 e57a3bcf";
/// RFC 5769, section 2.2.
const RESPONSE_V4: &str = "
    0101003c 2112a442 b7e7a701 bc34d686 fa87dfae
    8022000b 74657374 20766563 746f7220
    00200008 0001a147 e112a643
    00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7
    80280004 c07d4c96";
/// RFC 5769, section 2.3.
const RESPONSE_V6: &str = "
    01010048 2112a442 b7e7a701 bc34d686 fa87dfae
    8022000b 74657374 20766563 746f7220
    00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
    00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41
    80280004 c8fb0b4c";
/// RFC 5769, section 2.4.
const LONG_TERM: &str = "
    00010060 2112a442 78ad3433 c6ad72c0 29da412e
    00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
    0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341
    0014000b 6578616d 706c652e 6f726700
    00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666";
/// RFC 8489, appendix B.1, as printed.
const LONG_TERM_SHA256: &str = "
    0001009c 2112a442 78ad3433 c6ad72c0 29da412e
    001e0020 4a3cf38f ef6992bd a952c678 0417da0f 24819415 569e60b2 05c46e41 407f1704
    00150029 6f624d61 744a6f73 32414141 43662f2f 3439396b 39353464 364f4c33 346f4c39
             46535476 79363473 41000000
    0014000b 6578616d 706c652e 6f726700
    001c0020 e4686c8f 0edeb590 13e07090 010a93ef ccbccc54 4c0a45d9 f830aa6d 6f735a01";

const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";
/// "Matrix" in katakana, as in both long-term vectors.
const MATRIX: &str = "\u{30de}\u{30c8}\u{30ea}\u{30c3}\u{30af}\u{30b9}";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

fn key() -> IntegrityKey {
    IntegrityKey::short_term(PASSWORD)
}

fn build(write: impl FnOnce(&mut MessageBuilder<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    let id = TransactionId([7; 12]);
    let mut message = MessageBuilder::new(&mut out, Class::Request, Method::BINDING, id);
    write(&mut message);
    assert_eq!(message.finish(), out.len());
    out
}

#[test]
fn the_sample_request_is_read_and_authentic() {
    let bytes = bytes(REQUEST);
    let message = Message::decode(&bytes).unwrap();
    assert_eq!(message.class(), Class::Request);
    assert_eq!(message.method(), Method::BINDING);
    assert_eq!(message.transaction_id().0[..4], [0xb7, 0xe7, 0xa7, 0x01]);
    assert_eq!(message.software().unwrap(), Some("STUN test client"));
    assert_eq!(message.priority().unwrap(), Some(0x6e00_01ff));
    assert_eq!(message.ice_controlled().unwrap(), Some(0x932f_f9b1_5126_3b36));
    assert_eq!(message.ice_controlling().unwrap(), None);
    assert_eq!(message.username().unwrap(), Some("evtj:h6vY"));
    assert!(message.has_fingerprint());
    assert!(message.verify(&key()));
    assert!(!message.verify(&IntegrityKey::short_term("VOkJxbRl1RmTxUk/WvJxBu")));
    assert_eq!(message.unknown_required().count(), 0);
}

#[test]
fn the_sample_responses_give_their_addresses() {
    for (hex, address) in [
        (RESPONSE_V4, "192.0.2.1:32853"),
        (RESPONSE_V6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
    ] {
        let bytes = bytes(hex);
        let message = Message::decode(&bytes).unwrap();
        assert_eq!(message.class(), Class::Success);
        assert_eq!(message.software().unwrap(), Some("test vector"));
        assert_eq!(message.xor_mapped_address().unwrap(), Some(address.parse().unwrap()));
        assert!(message.has_fingerprint());
        assert!(message.verify(&key()));
    }
}

#[test]
fn the_sample_of_long_term_credentials_is_authentic() {
    let bytes = bytes(LONG_TERM);
    let message = Message::decode(&bytes).unwrap();
    assert_eq!(message.username().unwrap(), Some(MATRIX));
    assert_eq!(message.realm().unwrap(), Some("example.org"));
    assert_eq!(message.nonce().unwrap(), Some(&b"f//499k954d6OL34oL9FSTvy64sA"[..]));
    assert!(!message.has_fingerprint());
    let md5 = PasswordAlgorithm::Md5;
    let key = IntegrityKey::long_term(md5, MATRIX, "example.org", "TheMatrIX").unwrap();
    assert!(message.verify(&key));
}

fn sha256_key() -> IntegrityKey {
    let sha256 = PasswordAlgorithm::Sha256;
    IntegrityKey::long_term(sha256, MATRIX, "example.org", "TheMatrIX").unwrap()
}

#[test]
fn the_printed_sample_of_sha256_has_the_right_code_and_the_wrong_length() {
    // The length field says 156 and the attributes have 136 bytes; the code was made with 156.
    let bytes = bytes(LONG_TERM_SHA256);
    assert_eq!(Message::decode(&bytes).unwrap_err(), DecodeError::Length);
    let (covered, attribute) = bytes.split_at(bytes.len() - 36);
    assert_eq!(sha256_key().sha256(&[covered]), attribute[4..]);
    assert_eq!(covered[24..56], userhash(MATRIX, "example.org"));
}

#[test]
fn the_corrected_sample_of_sha256_and_userhash_is_written_and_authentic() {
    // With the PASSWORD-ALGORITHM that section 9.2.4 asks for, and with the right length.
    let printed = bytes(LONG_TERM_SHA256);
    let mut expected = printed[..printed.len() - 36].to_vec();
    expected[3] = 0x90;
    expected.extend(bytes(
        "001d0004 00020000
         001c0020 b5c7bf00 5b6c52a2 1c51c5e8 92f81924 136296cb 927c4314 9309278c c6518e65",
    ));
    let message = Message::decode(&expected).unwrap();
    assert_eq!(message.userhash().unwrap(), Some(&userhash(MATRIX, "example.org")));
    assert_eq!(message.password_algorithm().unwrap(), Some(PasswordAlgorithm::Sha256));
    assert!(message.has_integrity_sha256());
    assert!(message.verify(&sha256_key()));
    let mut out = Vec::new();
    MessageBuilder::new(&mut out, Class::Request, Method::BINDING, message.transaction_id())
        .userhash(&userhash(MATRIX, "example.org"))
        .nonce(b"obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA")
        .realm("example.org")
        .password_algorithm(PasswordAlgorithm::Sha256)
        .message_integrity_sha256(&sha256_key())
        .finish();
    assert_eq!(out, expected);
}

#[test]
fn the_samples_are_written_to_the_byte_where_their_padding_is_zero() {
    let expected = bytes(LONG_TERM);
    let id = Message::decode(&expected).unwrap().transaction_id();
    let md5 = PasswordAlgorithm::Md5;
    let key = IntegrityKey::long_term(md5, MATRIX, "example.org", "TheMatrIX").unwrap();
    let mut out = vec![1, 2, 3];
    MessageBuilder::new(&mut out, Class::Request, Method::BINDING, id)
        .username(MATRIX)
        .nonce(b"f//499k954d6OL34oL9FSTvy64sA")
        .realm("example.org")
        .message_integrity(&key)
        .finish();
    assert_eq!(out[..3], [1, 2, 3]);
    assert_eq!(out[3..], expected);
}

#[test]
fn every_truncation_is_refused() {
    for hex in [REQUEST, RESPONSE_V4, RESPONSE_V6, LONG_TERM] {
        let bytes = bytes(hex);
        for cut in 0..bytes.len() {
            assert!(Message::decode(&bytes[..cut]).is_err(), "{cut}");
        }
        let mut longer = bytes.clone();
        longer.extend([0; 4]);
        assert_eq!(Message::decode(&longer).unwrap_err(), DecodeError::Length);
    }
}

#[test]
fn no_changed_bit_of_a_signed_message_goes_unnoticed() {
    let bytes = bytes(REQUEST);
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let is_accepted = Message::decode(&changed)
            .is_ok_and(|message| message.has_fingerprint() && message.verify(&key()));
        assert!(!is_accepted, "bit {bit}");
    }
}

#[test]
fn a_truncated_xor_mapped_address_is_refused() {
    for length in (0..24).filter(|length| *length != 8) {
        let value = vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5];
        let bytes = build(|message| {
            message.attribute(AttributeType::XOR_MAPPED_ADDRESS, &value[..length]);
        });
        let message = Message::decode(&bytes).unwrap();
        let expected = DecodeError::Attribute(AttributeType::XOR_MAPPED_ADDRESS);
        assert_eq!(message.xor_mapped_address(), Err(expected), "{length}");
    }
}

#[test]
fn attributes_after_message_integrity_are_ignored() {
    let bytes = build(|message| {
        message.username("abcd:efgh").message_integrity(&key()).use_candidate().priority(5);
        message.attribute(AttributeType(0x7777), &[]).fingerprint();
    });
    let message = Message::decode(&bytes).unwrap();
    assert!(message.verify(&key()));
    assert!(!message.use_candidate());
    assert_eq!(message.priority().unwrap(), None);
    assert_eq!(message.unknown_required().count(), 0);
    let kinds: Vec<_> = message.attributes().map(|attribute| attribute.kind).collect();
    let expected =
        [AttributeType::USERNAME, AttributeType::MESSAGE_INTEGRITY, AttributeType::FINGERPRINT];
    assert_eq!(kinds, expected);
}

#[test]
fn the_stronger_integrity_attribute_decides() {
    let both = build(|message| {
        message.message_integrity(&key()).message_integrity_sha256(&key()).fingerprint();
    });
    assert!(Message::decode(&both).unwrap().verify(&key()));
    let other = IntegrityKey::short_term("another password, quite");
    let weak = build(|message| {
        message.message_integrity(&key()).message_integrity_sha256(&other);
    });
    let message = Message::decode(&weak).unwrap();
    assert!(!message.verify(&key()));
    assert!(message.verify(&other));
    // After MESSAGE-INTEGRITY-SHA256 only FINGERPRINT counts.
    let reversed = build(|message| {
        message.message_integrity_sha256(&key()).message_integrity(&other).priority(3);
    });
    let message = Message::decode(&reversed).unwrap();
    assert!(message.verify(&key()));
    assert_eq!(message.attributes().count(), 1);
}

#[test]
fn sha256_may_be_truncated_to_sixteen_bytes_and_no_less() {
    // The integrity attribute is written whole, then cut, and the length made to fit.
    for length in 0..=32 {
        let full = build(|message| {
            message.username("abcd:efgh");
        });
        let mut out = full.clone();
        let covered = u16::try_from(full.len() - 20 + 4 + length).unwrap();
        out[2..4].copy_from_slice(&covered.to_be_bytes());
        let code = key().sha256(&[&out]);
        out.extend([0x00, 0x1c, 0x00, u8::try_from(length).unwrap()]);
        out.extend(&code[..length]);
        out.resize(out.len().next_multiple_of(4), 0);
        let body = u16::try_from(out.len() - 20).unwrap();
        out[2..4].copy_from_slice(&body.to_be_bytes());
        let verified = Message::decode(&out).unwrap().verify(&key());
        assert_eq!(verified, length >= 16 && length % 4 == 0, "{length}");
    }
}

#[test]
fn a_message_without_integrity_is_never_authentic() {
    let bytes = build(|message| {
        message.username("abcd:efgh").fingerprint();
    });
    let message = Message::decode(&bytes).unwrap();
    assert!(!message.has_integrity());
    assert!(!message.verify(&key()));
    let short = build(|message| {
        message.attribute(AttributeType::MESSAGE_INTEGRITY, &[0; 19]);
    });
    assert!(!Message::decode(&short).unwrap().verify(&key()));
    let empty = build(|message| {
        message.attribute(AttributeType::MESSAGE_INTEGRITY, &[]);
    });
    assert!(!Message::decode(&empty).unwrap().verify(&key()));
}

#[test]
fn a_wrong_or_misplaced_fingerprint_is_refused() {
    let good = build(|message| {
        message.priority(1).fingerprint();
    });
    assert!(Message::decode(&good).unwrap().has_fingerprint());
    let mut wrong = good;
    *wrong.last_mut().unwrap() ^= 1;
    assert_eq!(Message::decode(&wrong).unwrap_err(), DecodeError::Fingerprint);
    let misplaced = build(|message| {
        message.fingerprint().priority(1);
    });
    assert_eq!(Message::decode(&misplaced).unwrap_err(), DecodeError::Fingerprint);
}

#[test]
fn padding_is_not_looked_at() {
    let mut bytes = build(|message| {
        message.username("abcde").priority(9);
    });
    for byte in &mut bytes[29..32] {
        *byte = 0xff;
    }
    let message = Message::decode(&bytes).unwrap();
    assert_eq!(message.username().unwrap(), Some("abcde"));
    assert_eq!(message.priority().unwrap(), Some(9));
}

#[test]
fn what_is_not_known_and_required_is_listed() {
    let bytes = build(|message| {
        message.attribute(AttributeType(0x0030), &[1]).attribute(AttributeType(0x8888), &[2]);
        message.attribute(AttributeType(0x7fff), &[3]).priority(1);
    });
    let message = Message::decode(&bytes).unwrap();
    let unknown: Vec<_> = message.unknown_required().collect();
    assert_eq!(unknown, [AttributeType(0x0030), AttributeType(0x7fff)]);
    let answer = build(|message| {
        message
            .error_code(ErrorCode::UNKNOWN_ATTRIBUTE)
            .unknown_attributes(unknown.into_iter())
            .message_integrity(&key());
    });
    let answer = Message::decode(&answer).unwrap();
    assert_eq!(answer.error_code().unwrap(), Some(ErrorCode::UNKNOWN_ATTRIBUTE));
    let told: Vec<_> = answer.unknown_attributes().collect();
    assert_eq!(told, [AttributeType(0x0030), AttributeType(0x7fff)]);
}

#[test]
fn more_attributes_than_the_cap_are_refused() {
    let bytes = build(|message| {
        for _ in 0..=MAX_ATTRIBUTES {
            message.attribute(AttributeType(0x8888), &[]);
        }
    });
    assert_eq!(Message::decode(&bytes).unwrap_err(), DecodeError::TooManyAttributes);
}

#[test]
fn a_half_written_message_is_not_a_message() {
    let mut out = Vec::new();
    let id = TransactionId([7; 12]);
    MessageBuilder::new(&mut out, Class::Request, Method::BINDING, id).priority(1);
    assert_eq!(Message::decode(&out).unwrap_err(), DecodeError::Length);
}

#[test]
fn an_attribute_that_does_not_fit_is_left_out() {
    let big = vec![0; 40_000];
    let bytes = build(|message| {
        message.attribute(AttributeType::SOFTWARE, &vec![0; 70_000]);
        message.attribute(AttributeType::SOFTWARE, &big);
        message.attribute(AttributeType::SOFTWARE, &big).priority(4);
    });
    let message = Message::decode(&bytes).unwrap();
    assert_eq!(message.attributes().count(), 2);
    assert_eq!(message.priority().unwrap(), Some(4));
}

#[test]
fn texts_past_their_limits_are_refused() {
    let bytes = build(|message| {
        message.username(&"a".repeat(509)).realm(&"a".repeat(764)).nonce(&[1; 764]);
        message.attribute(AttributeType::SOFTWARE, &[0xff, 0xfe]);
    });
    let message = Message::decode(&bytes).unwrap();
    assert!(message.username().is_err());
    assert!(message.realm().is_err());
    assert!(message.nonce().is_err());
    assert!(message.software().is_err());
}

#[test]
fn extensions_of_browsers_are_read() {
    let bytes = build(|message| {
        message.attribute(AttributeType::NETWORK_INFO, &[0, 1, 0, 10]);
        message.attribute(AttributeType::NOMINATION, &[0, 0, 1, 0]);
    });
    let message = Message::decode(&bytes).unwrap();
    assert_eq!(message.network_info().unwrap(), Some(NetworkInfo { id: 1, cost: 10 }));
    assert_eq!(message.nomination().unwrap(), Some(256));
    assert_eq!(message.unknown_required().count(), 0);
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        id in any::<[u8; 12]>(),
        method in 0_u16..0x1000,
        username in "[a-zA-Z0-9:]{0,40}",
        address in any::<SocketAddr>(),
        priority in any::<u32>(),
        tie_breaker in any::<u64>(),
        code in 300_u16..700,
        password in "[a-z]{0,80}",
    ) {
        let key = IntegrityKey::short_term(&password);
        let code = ErrorCode::new(code).unwrap();
        let address = SocketAddr::new(address.ip(), address.port());
        let mut out = Vec::new();
        let id = TransactionId(id);
        MessageBuilder::new(&mut out, Class::Error, Method::new(method), id)
            .username(&username)
            .mapped_address(address)
            .xor_mapped_address(address)
            .priority(priority)
            .ice_controlling(tie_breaker)
            .password_algorithm(PasswordAlgorithm::Sha256)
            .error_code(code)
            .message_integrity_sha256(&key)
            .fingerprint()
            .finish();
        let message = Message::decode(&out).unwrap();
        prop_assert_eq!(message.class(), Class::Error);
        prop_assert_eq!(message.method(), Method::new(method));
        prop_assert_eq!(message.transaction_id(), id);
        prop_assert_eq!(message.username().unwrap(), Some(username.as_str()));
        prop_assert_eq!(message.mapped_address().unwrap(), Some(address));
        prop_assert_eq!(message.xor_mapped_address().unwrap(), Some(address));
        prop_assert_eq!(message.priority().unwrap(), Some(priority));
        prop_assert_eq!(message.ice_controlling().unwrap(), Some(tie_breaker));
        let algorithm = message.password_algorithm().unwrap();
        prop_assert_eq!(algorithm, Some(PasswordAlgorithm::Sha256));
        prop_assert_eq!(message.error_code().unwrap(), Some(code));
        prop_assert!(message.verify(&key));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(mut datagram in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Message::decode(&datagram);
        if let Some(header) = datagram.first_chunk_mut::<20>() {
            header[0] &= 0x3f;
            header[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
            let length = (datagram.len() - 20) / 4 * 4;
            datagram.truncate(20 + length);
            datagram[2..4].copy_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
            if let Ok(message) = Message::decode(&datagram) {
                let _ = message.attributes().count();
                let _ = message.verify(&key());
                let _ = message.xor_mapped_address();
                let _ = message.password_algorithms().map(|list| list.map(|l| l.iter().count()));
            }
        }
    }
}
