//! The priorities of candidates and pairs (RFC 8445, sections 5.1.2 and 6.1.2.3; RFC 8421).

use alloc::vec::Vec;
use core::net::IpAddr;

use super::tcp_type::TcpType;

/// The recommended formula: 2^24 * type preference + 2^8 * local preference + (256 - component)
/// (RFC 8445, section 5.1.2.1). `component` counts from 1.
pub const fn candidate_priority(type_preference: u8, local_preference: u16, component: u16) -> u32 {
    let component = if component > 256 { 256 } else { component };
    ((type_preference as u32) << 24)
        | ((local_preference as u32) << 8)
        | (256 - component as u32) & 0xff
}

/// 2^32 * MIN(G,D) + 2 * MAX(G,D) + (G>D ? 1 : 0), where G is the priority of the controlling
/// agent's candidate and D that of the controlled agent's (RFC 8445, section 6.1.2.3).
pub const fn pair_priority(controlling: u32, controlled: u32) -> u64 {
    let (g, d) = (controlling as u64, controlled as u64);
    let (min, max) = if g < d { (g, d) } else { (d, g) };
    // Priorities are below 2^31 by the RFC, but a peer may signal more.
    (min << 32).saturating_add(2 * max).saturating_add((g > d) as u64)
}

/// A local preference for each address of a host, such that IPv6 and IPv4 are intermingled with a
/// head start for IPv6 (RFC 8421, section 4).
///
/// The order within a family is kept: the address that the host would rather use comes first.
/// Of `n4` IPv4 and `n6` IPv6 addresses, one IPv4 address follows after each `(n4 + n6) / n4` of
/// IPv6. The preferences go down from 65535; past 65536 addresses they stay at 0.
pub fn local_preferences(addresses: &[IpAddr]) -> Vec<u16> {
    let v4_count = addresses.iter().filter(|address| address.is_ipv4()).count();
    let head_start = addresses.len().checked_div(v4_count).unwrap_or(usize::MAX);
    let mut v4 = (0..addresses.len()).filter(|at| is_ipv4(addresses, *at));
    let mut v6 = (0..addresses.len()).filter(|at| !is_ipv4(addresses, *at));
    let mut preferences: Vec<u16> = addresses.iter().map(|_| 0).collect();
    let mut next = u16::MAX;
    let mut since_v4 = 0;
    for _ in addresses {
        let at = if since_v4 < head_start {
            since_v4 += 1;
            v6.next().or_else(|| v4.next())
        } else {
            since_v4 = 0;
            v4.next().or_else(|| v6.next())
        };
        if let Some(preference) = at.and_then(|at| preferences.get_mut(at)) {
            *preference = next;
        }
        next = next.saturating_sub(1);
    }
    preferences
}

fn is_ipv4(addresses: &[IpAddr], at: usize) -> bool {
    addresses.get(at).is_some_and(IpAddr::is_ipv4)
}

/// 2^13 * direction preference + other preference (RFC 6544, section 4.2). Of `preference` the
/// distance from its maximum counts.
pub(crate) const fn tcp_local_preference(tcp_type: TcpType, preference: u16) -> u16 {
    (tcp_type.direction_preference() << 13) | preference.saturating_sub(u16::MAX - 0x1fff)
}

/// The local preference within a candidate priority of the recommended formula.
pub(super) const fn local_preference(priority: u32) -> u16 {
    (priority >> 8) as u16
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn the_priorities_of_the_rfc_come_out() {
        // RFC 8445, section 5.1.2.1 and appendix B.5's formulas.
        assert_eq!(candidate_priority(126, 65535, 1), 2_130_706_431);
        assert_eq!(candidate_priority(110, 65535, 1), 1_862_270_975);
        assert_eq!(candidate_priority(100, 65535, 1), 1_694_498_815);
        assert_eq!(candidate_priority(0, 65535, 1), 16_777_215);
        assert_eq!(pair_priority(3, 2), (2 << 32) + 6 + 1);
        assert_eq!(pair_priority(2, 3), (2 << 32) + 6);
        assert_eq!(pair_priority(u32::MAX, u32::MAX), u64::MAX);
        assert_eq!(pair_priority(u32::MAX, 0), 2 * u64::from(u32::MAX) + 1);
    }

    #[test]
    fn over_tcp_the_direction_comes_first() {
        assert_eq!(tcp_local_preference(TcpType::Active, 65535), 6 * 8192 + 8191);
        assert_eq!(tcp_local_preference(TcpType::Active, 65534), 6 * 8192 + 8190);
        assert_eq!(tcp_local_preference(TcpType::Passive, 65535), 4 * 8192 + 8191);
        assert_eq!(tcp_local_preference(TcpType::Passive, 3), 4 * 8192);
    }

    #[test]
    fn an_ipv4_address_follows_after_four_of_ipv6() {
        // RFC 8421, section 4: two of IPv4 and six of IPv6.
        let v4: IpAddr = "192.0.2.1".parse().unwrap();
        let v6: IpAddr = "2001:db8::1".parse().unwrap();
        let preferences = local_preferences(&[v4, v4, v6, v6, v6, v6, v6, v6]);
        let places: Vec<u16> = preferences.iter().map(|preference| u16::MAX - preference).collect();
        assert_eq!(places, vec![4, 7, 0, 1, 2, 3, 5, 6]);
        assert_eq!(local_preferences(&[v4, v4]), vec![65535, 65534]);
        assert_eq!(local_preferences(&[v6, v6]), vec![65535, 65534]);
        assert_eq!(local_preferences(&[]), vec![]);
    }
}
