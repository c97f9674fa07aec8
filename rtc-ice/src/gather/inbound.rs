//! What comes in: datagrams, pieces of streams, and answers to requests.

use core::net::{IpAddr, SocketAddr};

use bytes::BytesMut;
use rtc_core::{FiveTuple, Instant, Protocol};

use super::error::GatherError;
use super::event::Inbound;
use super::machine::{Gatherer, UNREACHABLE};
use super::request::{ConnectionId, GatherRequest, QueryId};
use super::task::{Stage, TaskId};
use crate::agent::address::path_key;
use crate::{binding, turn};

impl Gatherer {
    /// Takes a datagram that came on a path, or what a read of a stream has brought. What is from
    /// none of the servers is [`Inbound::NotMine`], and so is what only another peer could have sent
    /// from a server's address: it has changed nothing, and is left as it is.
    ///
    /// Of what a stream has brought each call takes as much as one message, and more is to be called
    /// for until `datagram` is empty.
    ///
    /// # Errors
    ///
    /// If it is a server's and had no effect.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        datagram: &mut BytesMut,
    ) -> Result<Inbound, GatherError> {
        let Some(users) = self.paths.get(&path_key(&path)).copied() else {
            return Ok(Inbound::NotMine);
        };
        self.advance(now);
        let mut result = Ok(Inbound::NotMine);
        if let Some(id) = users.relay {
            result = self.relay_datagram(id, path, datagram);
        }
        if let (Some(id), Ok(Inbound::NotMine) | Err(_)) = (users.probe, &result) {
            match self.probe_datagram(id, datagram) {
                Ok(Inbound::NotMine) => {}
                other => {
                    datagram.clear();
                    result = other;
                }
            }
        }
        self.step();
        result
    }

    fn relay_datagram(
        &mut self,
        id: TaskId,
        path: FiveTuple,
        datagram: &mut BytesMut,
    ) -> Result<Inbound, GatherError> {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return Ok(Inbound::NotMine) };
        let Some(client) = task.client() else { return Ok(Inbound::NotMine) };
        // The client knows its path as it was named, with a zone if there is one.
        let own = client.path();
        let path = if path_key(&own) == path_key(&path) { own } else { path };
        let result = client.handle_datagram(now, path, datagram);
        if let Ok(turn::Inbound::Data { relayed, peer, payload }) = result {
            task.used_at = now;
            let path = FiveTuple::udp(relayed, peer);
            return Ok(Inbound::Data { path, payload });
        }
        self.on_client(id);
        match result {
            Ok(turn::Inbound::NotMine) => Ok(Inbound::NotMine),
            Ok(_) => Ok(Inbound::Own),
            Err(error) => Err(error.into()),
        }
    }

    fn probe_datagram(&mut self, id: TaskId, datagram: &[u8]) -> Result<Inbound, GatherError> {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return Ok(Inbound::NotMine) };
        let Stage::Asking(path, client) = &mut task.stage else { return Ok(Inbound::NotMine) };
        let result = client.handle_datagram(now, *path, datagram);
        if let Ok(binding::Inbound::NotMine) = result {
            return Ok(Inbound::NotMine);
        }
        self.on_client(id);
        result.map(|_| Inbound::Own).map_err(GatherError::from)
    }

    /// Takes the addresses of a name, none if it has none.
    pub fn handle_resolved(&mut self, now: Instant, query: QueryId, addresses: &[IpAddr]) {
        self.advance(now);
        let limit = self.config.max_addresses;
        if self.lookups.answer(query, addresses, limit) {
            self.plan();
        }
        self.step();
    }

    /// Takes a connection that was asked for; `local` is what it was bound to.
    pub fn handle_connected(&mut self, now: Instant, connection: ConnectionId, local: SocketAddr) {
        self.advance(now);
        let tcp = |remote| FiveTuple { protocol: Protocol::Tcp, local, remote };
        if let Some(remote) = self.abandoned.remove(&connection) {
            self.disconnect(tcp(remote));
        }
        if let Some(id) = self.connections.remove(&connection)
            && let Some(Stage::Connecting(_, remote)) = self.tasks.get(id).map(|task| &task.stage)
        {
            let path = tcp(*remote);
            self.set_stage(id, Stage::Done);
            self.speak(id, path);
        }
        self.step();
    }

    /// Says that a connection that was asked for could not be opened.
    pub fn handle_connect_failed(&mut self, now: Instant, connection: ConnectionId) {
        self.advance(now);
        self.abandoned.remove(&connection);
        if let Some(id) = self.connections.remove(&connection) {
            self.set_stage(id, Stage::Done);
            self.attempt_failed(id, UNREACHABLE, "no connection to the server could be opened");
        }
        self.step();
    }

    /// Says that a connection has ended.
    pub fn handle_disconnected(&mut self, now: Instant, path: &FiveTuple) {
        self.advance(now);
        let now = self.now;
        if path.protocol != Protocol::Tcp {
            return;
        }
        let Some(users) = self.paths.get(&path_key(path)).copied() else { return };
        if let Some(id) = users.relay {
            if let Some(client) = self.tasks.get_mut(id).and_then(|task| task.client()) {
                client.handle_disconnected(now, *path);
            }
            self.on_client(id);
        }
        if let Some(id) = users.probe {
            if let Some(task) = self.tasks.get_mut(id)
                && let Stage::Asking(path, client) = &mut task.stage
            {
                client.handle_disconnected(*path);
            }
            self.on_client(id);
        }
        // What has ended need not be closed.
        self.requests.retain(|request| *request != GatherRequest::Disconnect(*path));
        self.step();
    }
}
