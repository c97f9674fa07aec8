//! The peers by number.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::event::PeerId;
use super::paths::PathKey;
use super::requests::OwnRequests;
use crate::connection::PeerConnection;

/// A peer and what the tables have of it.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) connection: PeerConnection,
    /// As the connection lists them, and whether they are this peer's in the table.
    pub(super) ufrags: Vec<(Arc<str>, bool)>,
    /// In the order in which they were claimed.
    pub(super) paths: Vec<PathKey>,
    pub(super) requests: OwnRequests,
}

/// A slab: numbers are used again, names are not.
#[derive(Debug, Default)]
pub(super) struct Peers {
    slots: Vec<Slot>,
    free: Vec<u32>,
    len: usize,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    /// Boxed, so that the slots stay small where there are more of them than peers.
    peer: Option<Box<Peer>>,
}

impl Peers {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn insert(&mut self, connection: PeerConnection) -> PeerId {
        let (ufrags, paths) = (Vec::new(), Vec::new());
        let peer = Box::new(Peer { connection, ufrags, paths, requests: OwnRequests::default() });
        self.len += 1;
        if let Some(index) = self.free.pop()
            && let Some(slot) = self.slots.get_mut(index as usize)
        {
            slot.peer = Some(peer);
            return PeerId { index, generation: slot.generation };
        }
        let index = self.slots.len() as u32;
        self.slots.push(Slot { generation: 0, peer: Some(peer) });
        PeerId { index, generation: 0 }
    }

    pub(super) fn remove(&mut self, index: u32) -> Option<Box<Peer>> {
        let slot = self.slots.get_mut(index as usize)?;
        let peer = slot.peer.take()?;
        self.len -= 1;
        // A slot whose generations are used up is not used again.
        if let Some(next) = slot.generation.checked_add(1) {
            slot.generation = next;
            self.free.push(index);
        }
        Some(peer)
    }

    /// The number of a peer, if it is there.
    pub(super) fn index(&self, id: PeerId) -> Option<u32> {
        let slot = self.slots.get(id.index as usize)?;
        (slot.generation == id.generation && slot.peer.is_some()).then_some(id.index)
    }

    pub(super) fn id(&self, index: u32) -> Option<PeerId> {
        let slot = self.slots.get(index as usize)?;
        slot.peer.as_ref().map(|_| PeerId { index, generation: slot.generation })
    }

    pub(super) fn get(&self, index: u32) -> Option<&Peer> {
        self.slots.get(index as usize)?.peer.as_deref()
    }

    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut Peer> {
        self.slots.get_mut(index as usize)?.peer.as_deref_mut()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = PeerId> {
        (0..self.slots.len() as u32).filter_map(|index| self.id(index))
    }
}
