//! The CRC-32 of FINGERPRINT (RFC 8489, section 14.7).

/// What FINGERPRINT holds for the bytes before it.
pub(super) fn fingerprint(parts: &[&[u8]]) -> u32 {
    !parts.iter().fold(!0, |crc, part| update(crc, part)) ^ 0x5354_554e
}

/// Carries a CRC over more bytes, eight at a time: one after the other each would wait for the
/// table.
fn update(mut crc: u32, bytes: &[u8]) -> u32 {
    let (blocks, rest) = bytes.as_chunks::<8>();
    for &[a, b, c, d, e, f, g, h] in blocks {
        let [s, t, u, v] = crc.to_le_bytes();
        crc = entry(7, a ^ s)
            ^ entry(6, b ^ t)
            ^ entry(5, c ^ u)
            ^ entry(4, d ^ v)
            ^ entry(3, e)
            ^ entry(2, f)
            ^ entry(1, g)
            ^ entry(0, h);
    }
    rest.iter().fold(crc, |crc, byte| (crc >> 8) ^ entry(0, crc as u8 ^ byte))
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "a byte indexes a table of 256, a constant one of 8")]
fn entry(table: usize, byte: u8) -> u32 {
    TABLES[table][byte as usize]
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks it")]
const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let crc = tables[table - 1][byte];
            tables[table][byte] = (crc >> 8) ^ tables[0][(crc & 0xff) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

/// The reflected tables of the polynomial of ITU V.42: for a byte that 0 to 7 others follow.
static TABLES: [[u32; 256]; 8] = tables();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_crc_32_comes_out() {
        for parts in [&[&b"1234"[..], b"56789"][..], &[b"123456789"], &[b"", b"12345678", b"9"]] {
            assert_eq!(fingerprint(parts) ^ 0x5354_554e, 0xcbf4_3926);
        }
    }
}
