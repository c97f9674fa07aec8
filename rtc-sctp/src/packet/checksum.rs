//! CRC32c, the checksum of every SCTP packet (RFC 9260 Appendix A).
#![deny(clippy::indexing_slicing)]

/// The CRC32c of `bytes` (RFC 9260 Appendix A); its little-endian bytes go into the packet.
#[must_use]
pub fn crc32c(bytes: &[u8]) -> u32 {
    !update(!0, bytes)
}

/// The checksum of a packet whose checksum field is taken as zero, whatever it holds.
pub(crate) fn packet_checksum(packet: &[u8]) -> u32 {
    let Some((head, rest)) = packet.split_first_chunk::<12>() else {
        return crc32c(packet);
    };
    let [a, b, c, d, e, f, g, h, ..] = *head;
    let head = [a, b, c, d, e, f, g, h, 0, 0, 0, 0];
    !update(update_bytes(!0, &head), rest)
}

/// Carries a CRC state over more bytes, with the processor's instructions where there are any.
#[cfg(feature = "std")]
fn update(state: u32, bytes: &[u8]) -> u32 {
    use crc_fast::{CrcAlgorithm, Digest};

    let mut digest = Digest::new_with_init_state(CrcAlgorithm::Crc32Iscsi, u64::from(state));
    digest.update(bytes);
    !(digest.finalize() as u32)
}

/// Carries a CRC state over more bytes, sixteen at a time.
#[cfg(not(feature = "std"))]
fn update(state: u32, bytes: &[u8]) -> u32 {
    update_table(state, bytes)
}

#[cfg(any(test, not(feature = "std")))]
fn update_table(mut state: u32, bytes: &[u8]) -> u32 {
    let (blocks, rest) = bytes.as_chunks::<16>();
    for &[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] in blocks {
        let [s, t, u, v] = state.to_le_bytes();
        state = entry(15, a ^ s)
            ^ entry(14, b ^ t)
            ^ entry(13, c ^ u)
            ^ entry(12, d ^ v)
            ^ entry(11, e)
            ^ entry(10, f)
            ^ entry(9, g)
            ^ entry(8, h)
            ^ entry(7, i)
            ^ entry(6, j)
            ^ entry(5, k)
            ^ entry(4, l)
            ^ entry(3, m)
            ^ entry(2, n)
            ^ entry(1, o)
            ^ entry(0, p);
    }
    update_bytes(state, rest)
}

fn update_bytes(mut state: u32, bytes: &[u8]) -> u32 {
    for &byte in bytes {
        state = (state >> 8) ^ entry(0, state as u8 ^ byte);
    }
    state
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "a byte indexes a table of 256, a constant one of 16")]
fn entry(table: usize, byte: u8) -> u32 {
    TABLES[table][byte as usize]
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks it")]
const fn tables() -> [[u32; 256]; 16] {
    let mut tables = [[0; 256]; 16];
    let mut byte = 0;
    while byte < 256 {
        let mut state = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            state = if state & 1 == 1 { (state >> 1) ^ POLYNOMIAL } else { state >> 1 };
            bit += 1;
        }
        tables[0][byte] = state;
        byte += 1;
    }
    let mut table = 1;
    while table < 16 {
        let mut byte = 0;
        while byte < 256 {
            let state: u32 = tables[table - 1][byte];
            tables[table][byte] = (state >> 8) ^ tables[0][(state & 0xff) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

/// Castagnoli's polynomial, its bits reversed.
const POLYNOMIAL: u32 = 0x82f6_3b78;

static TABLES: [[u32; 256]; 16] = tables();

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_check_value_of_the_polynomial() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(b""), 0);
    }

    #[test]
    fn the_vectors_of_rfc_3720() {
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        let up: Vec<u8> = (0..32).collect();
        let down: Vec<u8> = (0..32).rev().collect();
        assert_eq!(crc32c(&up), 0x46dd_794e);
        assert_eq!(crc32c(&down), 0x113f_db5c);
    }

    proptest! {
        #[test]
        fn every_way_of_computing_agrees(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let slow = !update_bytes(!0, &bytes);
            prop_assert_eq!(crc32c(&bytes), slow);
            prop_assert_eq!(!update_table(!0, &bytes), slow);
            if bytes.len() >= 12 {
                let mut zeroed = bytes.clone();
                zeroed[8..12].fill(0);
                prop_assert_eq!(packet_checksum(&bytes), crc32c(&zeroed));
            }
        }
    }
}
