//! The CRC-32 of FINGERPRINT (RFC 8489, section 14.7).

/// What FINGERPRINT holds for the bytes before it.
pub(super) fn fingerprint(parts: &[&[u8]]) -> u32 {
    let mut crc = u32::MAX;
    for part in parts {
        for &byte in *part {
            let index = usize::from((crc as u8) ^ byte);
            // The index is a byte and the table has an entry for each.
            crc = (crc >> 8) ^ TABLE.get(index).copied().unwrap_or_default();
        }
    }
    !crc ^ 0x5354_554e
}

/// The reflected table of the polynomial of ITU V.42.
static TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut rest: &mut [u32] = &mut table;
    let mut index = 0;
    while let Some((entry, tail)) = rest.split_first_mut() {
        let mut crc = index;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            bit += 1;
        }
        *entry = crc;
        index += 1;
        rest = tail;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_crc_32_comes_out() {
        assert_eq!(fingerprint(&[b"1234", b"56789"]) ^ 0x5354_554e, 0xcbf4_3926);
    }
}
