//! MAPPED-ADDRESS and XOR-MAPPED-ADDRESS (RFC 8489, sections 14.1 and 14.2).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |0 0 0 0 0 0 0 0|    Family     |         X-Port                |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                X-Address (Variable)
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::message_type::{MAGIC_COOKIE, TransactionId};

/// The longest value: an IPv6 address.
pub(super) const MAX_LENGTH: usize = 20;

/// Reads an address in the clear; `None` if it is malformed.
pub(super) fn decode(value: &[u8]) -> Option<SocketAddr> {
    let (&[_reserved, family, p0, p1], address) = value.split_first_chunk::<4>()?;
    let ip = match family {
        0x01 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?)),
        0x02 => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_be_bytes([p0, p1])))
}

/// Reads an address hidden by the cookie and the transaction id; `None` if it is malformed.
pub(super) fn decode_xor(value: &[u8], id: TransactionId) -> Option<SocketAddr> {
    decode(value).map(|address| mask(address, id))
}

/// Writes an address in the clear; returns the bytes and how many of them count.
pub(super) fn encode(address: SocketAddr) -> ([u8; MAX_LENGTH], usize) {
    let [p0, p1] = address.port().to_be_bytes();
    let mut value = [0; MAX_LENGTH];
    let (head, tail) = value.split_at_mut(4);
    let length = match address.ip() {
        IpAddr::V4(ip) => {
            head.copy_from_slice(&[0, 0x01, p0, p1]);
            for (to, from) in tail.iter_mut().zip(ip.octets()) {
                *to = from;
            }
            8
        }
        IpAddr::V6(ip) => {
            head.copy_from_slice(&[0, 0x02, p0, p1]);
            for (to, from) in tail.iter_mut().zip(ip.octets()) {
                *to = from;
            }
            20
        }
    };
    (value, length)
}

/// Writes an address hidden by the cookie and the transaction id.
pub(super) fn encode_xor(address: SocketAddr, id: TransactionId) -> ([u8; MAX_LENGTH], usize) {
    encode(mask(address, id))
}

/// Hides or uncovers an address: the mask is its own inverse.
fn mask(address: SocketAddr, id: TransactionId) -> SocketAddr {
    let [c0, c1, c2, c3] = MAGIC_COOKIE.to_be_bytes();
    let port = address.port() ^ u16::from_be_bytes([c0, c1]);
    let ip = match address.ip() {
        IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() ^ MAGIC_COOKIE)),
        IpAddr::V6(ip) => {
            let mut key = [0; 16];
            for (to, from) in key.iter_mut().zip([c0, c1, c2, c3].into_iter().chain(id.0)) {
                *to = from;
            }
            IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() ^ u128::from_be_bytes(key)))
        }
    };
    SocketAddr::new(ip, port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_wrong_length_or_family_is_refused() {
        let (value, length) = encode("192.0.2.1:5".parse().unwrap());
        let value = value.get(..length).unwrap();
        assert!(decode(value).is_some());
        for cut in 0..length {
            assert_eq!(decode(value.get(..cut).unwrap()), None, "{cut}");
        }
        assert_eq!(decode(&[0, 1, 0, 5, 1, 2, 3, 4, 5]), None);
        assert_eq!(decode(&[0, 3, 0, 5, 1, 2, 3, 4]), None);
        assert_eq!(decode(&[0, 2, 0, 5, 1, 2, 3, 4]), None);
    }
}
