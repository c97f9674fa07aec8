//! All transports of a connection: one, unless the other side does not bundle.

use alloc::vec::Vec;

use bytes::BytesMut;
use rand_core::CryptoRng;
use rtc_core::{FiveTuple, Instant};
use rtc_ice::{PathStatus, binding_request_ufrags};

use super::demux::Kind;
use super::dtls_transport::{Inbound, Transport};
use crate::error::DatagramError;
use crate::rtp::TransportId;

/// The transports in the order of their m-sections. They share the driver's sockets.
#[derive(Debug, Default)]
pub(crate) struct Transports {
    list: Vec<Transport>,
}

impl Transports {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Transport> + Clone {
        self.list.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Transport> {
        self.list.iter_mut()
    }

    pub(crate) fn first(&self) -> Option<&Transport> {
        self.list.first()
    }

    pub(crate) fn get(&self, id: TransportId) -> Option<&Transport> {
        self.list.iter().find(|transport| transport.id == id)
    }

    pub(crate) fn get_mut(&mut self, id: TransportId) -> Option<&mut Transport> {
        self.list.iter_mut().find(|transport| transport.id == id)
    }

    pub(crate) fn push(&mut self, transport: Transport) {
        self.list.push(transport);
    }

    /// Drops every transport that is not among `ids`.
    pub(crate) fn retain(&mut self, ids: impl Fn(TransportId) -> bool) {
        self.list.retain(|transport| ids(transport.id));
    }

    /// Whether ICE has taken this path for the other side's, on any transport.
    pub(crate) fn knows(&self, path: &FiveTuple) -> bool {
        self.list.iter().any(|one| one.ice.path_status(path) != PathStatus::Unknown)
    }

    /// Hands a datagram to the transport that it is for; which that was.
    ///
    /// A connectivity check or its answer is for the transport whose credentials it proves to know,
    /// anything else for the one that has checked its path.
    pub(crate) fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        datagram: BytesMut,
        rng: &mut dyn CryptoRng,
    ) -> Result<(TransportId, Inbound), DatagramError> {
        let size = datagram.len();
        let kind = Kind::of(&datagram);
        if kind == Kind::Stun {
            return self.handle_stun(now, path, &datagram, rng);
        }
        let index = match &self.list[..] {
            [] | [_] => 0,
            several => position_for(several, &path),
        };
        let transport = self.list.get_mut(index).ok_or(DatagramError::UnvalidatedPath)?;
        let inbound = transport.handle_datagram(now, path, kind, datagram)?;
        transport.on_received(now, &path, kind, size);
        Ok((transport.id, inbound))
    }

    fn handle_stun(
        &mut self,
        now: Instant,
        path: FiveTuple,
        datagram: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<(TransportId, Inbound), DatagramError> {
        let mut refused = DatagramError::UnvalidatedPath;
        // Transports of one offer share our credentials: who has the other side's goes first.
        let several = self.list.len() > 1;
        let theirs = several.then(|| binding_request_ufrags(datagram)).flatten();
        let theirs = theirs.map(|(_ours, theirs)| theirs);
        let is_known = |transport: &Transport| {
            let remote = transport.ice.remote_credentials();
            remote.zip(theirs).is_some_and(|(remote, theirs)| remote.ufrag() == theirs)
        };
        for known in [true, false] {
            for transport in self.list.iter_mut().filter(|one| is_known(one) == known) {
                match transport.handle_stun(now, path, datagram, rng) {
                    Ok(()) => {
                        transport.on_received(now, &path, Kind::Stun, datagram.len());
                        return Ok((transport.id, Inbound::Own));
                    }
                    Err(error) => refused = error,
                }
            }
        }
        Err(refused)
    }
}

/// Which of several transports has checked `path`, or is about to.
fn position_for(several: &[Transport], path: &FiveTuple) -> usize {
    let find = |status| several.iter().position(|one| one.ice.path_status(path) == status);
    find(PathStatus::Valid).or_else(|| find(PathStatus::Checked)).unwrap_or_default()
}
