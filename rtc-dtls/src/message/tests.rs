//! Round trips, truncations, caps.

use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::codec::Reader;
use crate::error::DecodeError;

fn encoded(encode: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out);
    out
}

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..=max)
}

fn numbers() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::vec(any::<u16>(), 1..20)
}

prop_compose! {
    fn use_srtp()(profiles in numbers(), mki in bytes(255)) -> UseSrtp {
        UseSrtp { profiles, mki }
    }
}

prop_compose! {
    fn client_extensions()(
        supported_versions in prop::option::of(numbers()),
        supported_groups in prop::option::of(numbers()),
        ec_point_formats in prop::option::of(bytes(10)),
        signature_algorithms in prop::option::of(numbers()),
        use_srtp in prop::option::of(use_srtp()),
        extended_master_secret: bool,
        renegotiation_info in prop::option::of(bytes(36)),
    ) -> ClientExtensions {
        ClientExtensions {
            supported_versions,
            supported_groups,
            ec_point_formats,
            signature_algorithms,
            use_srtp,
            extended_master_secret,
            renegotiation_info,
        }
    }
}

proptest! {
    #[test]
    fn client_hello_round_trips(
        version: u16,
        random: [u8; 32],
        session_id in bytes(32),
        cookie in bytes(255),
        cipher_suites in numbers(),
        compression_methods in prop::collection::vec(any::<u8>(), 1..4),
        extensions in client_extensions(),
    ) {
        let hello = ClientHello {
            version, random, session_id, cookie, cipher_suites, compression_methods, extensions,
        };
        let bytes = encoded(|out| hello.encode(out));
        prop_assert_eq!(ClientHello::decode(&bytes), Ok(hello.clone()));
        // The one truncation that is a message too is that of the whole extension block.
        for cut in 0..bytes.len() {
            match ClientHello::decode(&bytes[..cut]) {
                Err(_) => {}
                Ok(short) => {
                    let expected = ClientHello { extensions: ClientExtensions::default(), ..hello.clone() };
                    prop_assert_eq!(short, expected);
                }
            }
        }
    }

    #[test]
    fn server_hello_round_trips(
        version: u16,
        random: [u8; 32],
        session_id in bytes(32),
        cipher_suite: u16,
        compression_method: u8,
        ec_point_formats in prop::option::of(bytes(10)),
        use_srtp in prop::option::of(use_srtp()),
        extended_master_secret: bool,
        renegotiation_info in prop::option::of(bytes(36)),
    ) {
        let extensions = ServerExtensions {
            ec_point_formats,
            use_srtp,
            extended_master_secret,
            renegotiation_info,
            unknown: None,
        };
        let hello = ServerHello {
            version, random, session_id, cipher_suite, compression_method, extensions,
        };
        let bytes = encoded(|out| hello.encode(out));
        prop_assert_eq!(ServerHello::decode(&bytes), Ok(hello));
    }

    #[test]
    fn the_small_messages_round_trip_and_refuse_truncation(
        first in bytes(255),
        second in bytes(300),
        number: u16,
        list in numbers(),
        verify_data: [u8; 12],
    ) {
        let params = encoded(|out| encode_params(out, number, &first));
        let exchange = ServerKeyExchange {
            params: &params, group: number, public: &first, scheme: number, signature: &second,
        };
        let wire = encoded(|out| exchange.encode(out));
        prop_assert_eq!(ServerKeyExchange::decode(&wire), Ok(exchange));
        for cut in 0..wire.len() {
            prop_assert!(ServerKeyExchange::decode(&wire[..cut]).is_err());
        }
        let verify = CertificateVerify { scheme: number, signature: &second };
        let wire = encoded(|out| verify.encode(out));
        prop_assert_eq!(CertificateVerify::decode(&wire), Ok(verify));
        for cut in 0..wire.len() {
            prop_assert!(CertificateVerify::decode(&wire[..cut]).is_err());
        }
        let exchange = ClientKeyExchange { public: &first };
        let wire = encoded(|out| exchange.encode(out));
        prop_assert_eq!(ClientKeyExchange::decode(&wire), Ok(exchange));
        for cut in 0..wire.len() {
            prop_assert!(ClientKeyExchange::decode(&wire[..cut]).is_err());
        }
        let request = HelloVerifyRequest { version: number, cookie: &first };
        let wire = encoded(|out| request.encode(out));
        prop_assert_eq!(HelloVerifyRequest::decode(&wire), Ok(request));
        for cut in 0..wire.len() {
            prop_assert!(HelloVerifyRequest::decode(&wire[..cut]).is_err());
        }
        let request = CertificateRequest { certificate_types: first.clone(), signature_algorithms: list };
        let wire = encoded(|out| request.encode(out));
        prop_assert_eq!(CertificateRequest::decode(&wire), Ok(request));
        for cut in 0..wire.len() {
            prop_assert!(CertificateRequest::decode(&wire[..cut]).is_err());
        }
        let finished = Finished { verify_data };
        prop_assert_eq!(Finished::decode(&encoded(|out| finished.encode(out))), Ok(finished));
        prop_assert!(Finished::decode(&verify_data[..11]).is_err());
        let certificates: Vec<_> = [&second[..], &first].into_iter().filter(|der| !der.is_empty()).collect();
        let list = CertificateList { certificates };
        let wire = encoded(|out| list.encode(out));
        prop_assert_eq!(CertificateList::decode(&wire), Ok(list.clone()));
        for cut in 0..wire.len() {
            prop_assert!(CertificateList::decode(&wire[..cut]).is_err());
        }
    }

    #[test]
    fn fragment_headers_round_trip(
        message_type: u8, length in 0u32..1 << 24, message_seq: u16, offset: u32, count: u32,
    ) {
        let fragment_offset = offset % (length + 1);
        let fragment_length = count % (length - fragment_offset + 1);
        let header = HandshakeHeader {
            message_type: HandshakeType(message_type),
            length,
            message_seq,
            fragment_offset,
            fragment_length,
        };
        let bytes = encoded(|out| header.encode(out));
        prop_assert_eq!(bytes.len(), HANDSHAKE_HEADER_LENGTH);
        prop_assert_eq!(HandshakeHeader::decode(&mut Reader::new(&bytes)), Ok(header));
    }

    #[test]
    fn no_bytes_panic(bytes in bytes(200)) {
        let _either = ClientHello::decode(&bytes);
        let _either = ServerHello::decode(&bytes);
        let _either = ServerKeyExchange::decode(&bytes);
        let _either = CertificateList::decode(&bytes);
        let _either = CertificateRequest::decode(&bytes);
        let _either = HandshakeHeader::decode(&mut Reader::new(&bytes));
    }
}

#[test]
fn a_fragment_beyond_its_message_is_refused() {
    let bytes = [20, 0, 0, 12, 0, 0, 0, 0, 8, 0, 0, 5];
    let refused = HandshakeHeader::decode(&mut Reader::new(&bytes));
    assert_eq!(refused, Err(DecodeError::OutOfRange));
    let bytes = [20, 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert!(HandshakeHeader::decode(&mut Reader::new(&bytes)).is_err());
}

/// A ServerHello with these extensions, as bytes.
fn hello_with(extensions: &[u8]) -> Vec<u8> {
    let mut hello = vec![0xfe, 0xfd];
    hello.extend([0; 32]);
    hello.extend([0, 0xc0, 0x2b, 0]);
    hello.extend((extensions.len() as u16).to_be_bytes());
    hello.extend(extensions);
    hello
}

#[test]
fn an_extension_that_occurs_twice_is_refused() {
    let twice = hello_with(&[0, 23, 0, 0, 0, 23, 0, 0]);
    assert_eq!(ServerHello::decode(&twice), Err(DecodeError::DuplicateExtension(23)));
}

#[test]
fn more_extensions_than_anyone_sends_are_refused() {
    let many: Vec<u8> = (1000..1065u16)
        .flat_map(|code| {
            let [high, low] = code.to_be_bytes();
            [high, low, 0, 0]
        })
        .collect();
    assert_eq!(ServerHello::decode(&hello_with(&many)), Err(DecodeError::TooMany));
    assert!(ServerHello::decode(&hello_with(&many[4..])).is_ok());
}

#[test]
fn other_curve_types_than_named_ones_are_refused() {
    // Explicit curves, and what an ECDHE_PSK exchange would begin with.
    for bytes in [&[1, 0, 29, 1, 0, 4, 3, 0, 0][..], &[2, 0, 29], &[0, 0, 3, 0, 29, 0], &[]] {
        assert!(ServerKeyExchange::decode(bytes).is_err());
    }
}

#[test]
fn certificate_lists_are_capped_and_hold_no_empty_ones() {
    let list = CertificateList { certificates: vec![b"x"; 17] };
    assert_eq!(
        CertificateList::decode(&encoded(|out| list.encode(out))),
        Err(DecodeError::TooMany)
    );
    assert_eq!(CertificateList::decode(&[0, 0, 3, 0, 0, 0]), Err(DecodeError::OutOfRange));
}
