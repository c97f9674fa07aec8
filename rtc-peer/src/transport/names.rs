//! The names that our addresses are hidden behind (draft-ietf-mmusic-mdns-ice-candidates).

use alloc::collections::BTreeMap;
use core::net::IpAddr;

use rand_core::CryptoRng;
use rtc_ice::mdns::CandidateName;

/// One name for each IP address, for as long as it is ours.
#[derive(Debug, Default)]
pub(crate) struct HostNames {
    names: BTreeMap<IpAddr, CandidateName>,
}

impl HostNames {
    /// The name of an address, and whether it has just been given.
    pub(crate) fn name(
        &mut self,
        address: IpAddr,
        rng: &mut dyn CryptoRng,
    ) -> (CandidateName, bool) {
        let mut is_new = false;
        let name = *self.names.entry(address).or_insert_with(|| {
            is_new = true;
            CandidateName::draw(rng)
        });
        (name, is_new)
    }

    pub(crate) fn get(&self, address: IpAddr) -> Option<CandidateName> {
        self.names.get(&address).copied()
    }

    /// Takes the name from an address that is gone.
    pub(crate) fn remove(&mut self, address: IpAddr) -> Option<CandidateName> {
        self.names.remove(&address)
    }

    /// Takes all names.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = CandidateName> + use<> {
        core::mem::take(&mut self.names).into_values()
    }
}
