//! The state cookie: what is needed to build an association, kept by the peer (RFC 9260 section 5.1.3).
#![deny(clippy::indexing_slicing)]

use core::time::Duration;

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use rtc_core::Instant;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::packet::Tsn;

/// What INIT and INIT ACK have told each side, and the tags of an association that was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cookie {
    pub(crate) created_at: Instant,
    /// The tag that the peer is to put into its packets.
    pub(crate) local_tag: u32,
    pub(crate) peer_tag: u32,
    pub(crate) local_tsn: Tsn,
    pub(crate) peer_tsn: Tsn,
    pub(crate) peer_window: u32,
    pub(crate) peer_outbound_streams: u16,
    pub(crate) peer_inbound_streams: u16,
    pub(crate) forward_tsn: bool,
    pub(crate) reconfig: bool,
    /// The tags of the association that the INIT met; zero when there was none.
    pub(crate) tie_local: u32,
    pub(crate) tie_peer: u32,
}

impl Cookie {
    /// The length of a sealed cookie in bytes.
    pub(crate) const LENGTH: usize = BODY + 32;

    /// Writes the cookie with a MAC over it. It holds numbers only that have been or will be on
    /// the wire anyway.
    pub(crate) fn seal(&self, secret: &Secret, out: &mut Vec<u8>) {
        let start = out.len();
        let micros = u64::try_from(self.created_at.since_epoch().as_micros()).unwrap_or(u64::MAX);
        out.extend_from_slice(&micros.to_be_bytes());
        for word in [
            self.local_tag,
            self.peer_tag,
            self.local_tsn.0,
            self.peer_tsn.0,
            self.peer_window,
            self.tie_local,
            self.tie_peer,
        ] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        out.extend_from_slice(&self.peer_outbound_streams.to_be_bytes());
        out.extend_from_slice(&self.peer_inbound_streams.to_be_bytes());
        out.extend_from_slice(&[u8::from(self.forward_tsn), u8::from(self.reconfig), 0, 0]);
        let tag = secret.mac(COOKIE, out.get(start..).unwrap_or_default());
        out.extend_from_slice(&tag.finalize().into_bytes());
    }

    /// Reads a cookie of ours back.
    pub(crate) fn open(
        sealed: &[u8],
        secret: &Secret,
        now: Instant,
        lifetime: Duration,
    ) -> Result<Self, Error> {
        let (body, tag) = sealed.split_first_chunk::<BODY>().ok_or(Error::Cookie)?;
        // In constant time.
        secret.mac(COOKIE, body).verify_slice(tag).map_err(|_| Error::Cookie)?;
        let (micros, rest) = body.split_first_chunk::<8>().ok_or(Error::Cookie)?;
        let (words, _) = rest.as_chunks::<4>();
        let &[
            local_tag,
            peer_tag,
            local_tsn,
            peer_tsn,
            window,
            tie_local,
            tie_peer,
            streams,
            flags,
        ] = words
        else {
            return Err(Error::Cookie);
        };
        let [a, b, c, d] = streams;
        let [forward_tsn, reconfig, ..] = flags;
        let created_at = Instant::from_micros(u64::from_be_bytes(*micros));
        if now.saturating_duration_since(created_at) > lifetime {
            return Err(Error::StaleCookie);
        }
        Ok(Self {
            created_at,
            local_tag: u32::from_be_bytes(local_tag),
            peer_tag: u32::from_be_bytes(peer_tag),
            local_tsn: Tsn(u32::from_be_bytes(local_tsn)),
            peer_tsn: Tsn(u32::from_be_bytes(peer_tsn)),
            peer_window: u32::from_be_bytes(window),
            peer_outbound_streams: u16::from_be_bytes([a, b]),
            peer_inbound_streams: u16::from_be_bytes([c, d]),
            forward_tsn: forward_tsn == 1,
            reconfig: reconfig == 1,
            tie_local: u32::from_be_bytes(tie_local),
            tie_peer: u32::from_be_bytes(tie_peer),
        })
    }
}

/// A key that never leaves the association: it seals cookies and makes unpredictable numbers.
pub(crate) struct Secret {
    key: Zeroizing<[u8; 32]>,
    counter: u64,
}

impl Secret {
    pub(crate) fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self { key, counter: 0 }
    }

    /// Another number that nobody can foresee.
    pub(crate) fn next_u32(&mut self) -> u32 {
        self.counter = self.counter.wrapping_add(1);
        let output = self.mac(NUMBER, &self.counter.to_be_bytes()).finalize().into_bytes();
        output.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
    }

    fn mac(&self, label: u8, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&*self.key).expect("HMAC takes keys of any length");
        mac.update(&[label]);
        mac.update(bytes);
        mac
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret")
    }
}

const BODY: usize = 8 + 7 * 4 + 4 + 4;

// What is sealed and what is derived never share an input of the MAC.
const COOKIE: u8 = 1;
const NUMBER: u8 = 2;

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    fn cookie() -> Cookie {
        Cookie {
            created_at: Instant::from_secs(1_000_000),
            local_tag: 1,
            peer_tag: 2,
            local_tsn: Tsn(3),
            peer_tsn: Tsn(4),
            peer_window: 5,
            peer_outbound_streams: 6,
            peer_inbound_streams: 7,
            forward_tsn: true,
            reconfig: false,
            tie_local: 8,
            tie_peer: 9,
        }
    }

    fn secret(byte: u8) -> Secret {
        Secret::new(Zeroizing::new([byte; 32]))
    }

    const LIFETIME: Duration = Duration::from_secs(60);

    #[test]
    fn a_cookie_comes_back_as_it_was() {
        let mut sealed = Vec::new();
        cookie().seal(&secret(1), &mut sealed);
        assert_eq!(sealed.len(), Cookie::LENGTH);
        let now = Instant::from_secs(1_000_060);
        assert_eq!(Cookie::open(&sealed, &secret(1), now, LIFETIME), Ok(cookie()));
    }

    #[test]
    fn a_cookie_with_any_bit_changed_is_refused() {
        let mut sealed = Vec::new();
        cookie().seal(&secret(1), &mut sealed);
        let now = cookie().created_at;
        for bit in 0..sealed.len() * 8 {
            sealed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Cookie::open(&sealed, &secret(1), now, LIFETIME), Err(Error::Cookie));
            sealed[bit / 8] ^= 1 << (bit % 8);
        }
        assert_eq!(Cookie::open(&sealed, &secret(2), now, LIFETIME), Err(Error::Cookie));
        for length in 0..sealed.len() {
            assert!(Cookie::open(&sealed[..length], &secret(1), now, LIFETIME).is_err());
        }
    }

    #[test]
    fn a_cookie_past_its_lifetime_is_stale() {
        let mut sealed = Vec::new();
        cookie().seal(&secret(1), &mut sealed);
        let now = Instant::from_secs(1_000_061);
        assert_eq!(Cookie::open(&sealed, &secret(1), now, LIFETIME), Err(Error::StaleCookie));
    }

    #[test]
    fn a_cookie_leaks_neither_the_secret_nor_anything_that_is_not_on_the_wire() {
        let mut sealed = Vec::new();
        cookie().seal(&secret(0xa5), &mut sealed);
        assert!(!sealed.windows(4).any(|window| window == [0xa5; 4]));
        assert_eq!(std::format!("{:?}", secret(0xa5)), "Secret");
    }
}
