//! Which peer a path belongs to.

use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use hashbrown::HashMap;
use rand_core::CryptoRng;
use rtc_core::{FiveTuple, Protocol};

use super::keyed::Keyed;

/// What a peer has shown of a path, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proof {
    /// The other side has shown that it knows the peer's password. Its address may be forged.
    Checked,
    /// The other side has answered a check of the peer's, which it must have received there.
    Answered,
}

/// Whose a path is, and by what right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) peer: u32,
    pub(super) proof: Proof,
}

/// The path table. It knows no peers; whether a claim still holds is for its owner to say.
#[derive(Debug)]
pub(super) struct Paths {
    claims: HashMap<PathKey, Claim, Keyed>,
}

impl Paths {
    pub(super) fn new(rng: &mut dyn CryptoRng) -> Self {
        Self { claims: HashMap::with_hasher(Keyed::draw(rng)) }
    }

    pub(super) fn get(&self, path: PathKey) -> Option<Claim> {
        self.claims.get(&path).copied()
    }

    pub(super) fn insert(&mut self, path: PathKey, claim: Claim) {
        self.claims.insert(path, claim);
    }

    pub(super) fn remove(&mut self, path: PathKey) {
        self.claims.remove(&path);
    }

    pub(super) fn remove_all(&mut self, paths: Vec<PathKey>) {
        for path in paths {
            self.claims.remove(&path);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.claims.len()
    }
}

/// A five-tuple in the bytes that matter: IP addresses and ports, without zones and flow labels,
/// which two sights of one path may have different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PathKey([u8; 1 + 2 * END]);

impl PathKey {
    pub(super) fn new(path: &FiveTuple) -> Self {
        let mut bytes = [0; 1 + 2 * END];
        let (first, ends) = bytes.split_at_mut(1);
        let (local, remote) = ends.split_at_mut(END);
        let mut flag = |is_set: bool, flag: u8| first[0] |= if is_set { flag } else { 0 };
        flag(path.protocol == Protocol::Tcp, TCP);
        flag(write(path.local, local), LOCAL_IS_IPV6);
        flag(write(path.remote, remote), REMOTE_IS_IPV6);
        Self(bytes)
    }

    /// The path, without zones and flow labels.
    pub(super) fn path(&self) -> FiveTuple {
        let (first, ends) = self.0.split_at(1);
        let (local, remote) = ends.split_at(END);
        let is = |flag| first[0] & flag != 0;
        FiveTuple {
            protocol: if is(TCP) { Protocol::Tcp } else { Protocol::Udp },
            local: read(local, is(LOCAL_IS_IPV6)),
            remote: read(remote, is(REMOTE_IS_IPV6)),
        }
    }
}

/// Whether it is one of IPv6.
fn write(address: SocketAddr, out: &mut [u8]) -> bool {
    let (ip, port) = out.split_at_mut(16);
    port.copy_from_slice(&address.port().to_be_bytes());
    match address.ip() {
        IpAddr::V4(address) => {
            ip[..4].copy_from_slice(&address.octets());
            false
        }
        IpAddr::V6(address) => {
            ip.copy_from_slice(&address.octets());
            true
        }
    }
}

fn read(bytes: &[u8], is_ipv6: bool) -> SocketAddr {
    let mut ip = [0; 16];
    ip.copy_from_slice(&bytes[..16]);
    let port = u16::from_be_bytes([bytes[16], bytes[17]]);
    let [a, b, c, d, ..] = ip;
    match is_ipv6 {
        true => SocketAddr::from((ip, port)),
        false => SocketAddr::from(([a, b, c, d], port)),
    }
}

/// An address and a port.
const END: usize = 16 + 2;
const TCP: u8 = 1;
const LOCAL_IS_IPV6: u8 = 2;
const REMOTE_IS_IPV6: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_path_without_zones() {
        let path = |protocol, local: &str, remote: &str| FiveTuple {
            protocol,
            local: local.parse().unwrap(),
            remote: remote.parse().unwrap(),
        };
        for protocol in [Protocol::Udp, Protocol::Tcp] {
            for (local, remote) in [
                ("192.0.2.1:4000", "198.51.100.7:65535"),
                ("[2001:db8::1]:1", "[2001:db8::2]:2"),
                ("192.0.2.1:4000", "[::ffff:192.0.2.1]:4000"),
            ] {
                let path = path(protocol, local, remote);
                assert_eq!(PathKey::new(&path).path(), path);
            }
        }
        let plain = path(Protocol::Udp, "[fe80::1]:1", "[fe80::2]:2");
        let zoned = path(Protocol::Udp, "[fe80::1%3]:1", "[fe80::2%3]:2");
        assert_eq!(PathKey::new(&plain), PathKey::new(&zoned));
        let mapped = path(Protocol::Udp, "[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.2]:2");
        let bare = path(Protocol::Udp, "192.0.2.1:1", "192.0.2.2:2");
        assert_ne!(PathKey::new(&mapped), PathKey::new(&bare));
    }
}
