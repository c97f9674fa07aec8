//! How each task moves on, and what comes of it.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::net::SocketAddr;
use core::time::Duration;

use rtc_core::FiveTuple;

use super::event::GatherEvent;
use super::machine::{Gatherer, UNREACHABLE};
use super::request::{ConnectionId, GatherRequest};
use super::server::Server;
use super::services::ServiceId;
use super::task::{Base, Stage, TaskId};
use crate::agent::address::path_key;
use crate::binding;
use crate::turn::{self, Families};
use crate::uri::{Host, ServerTransport};

impl Gatherer {
    /// Does what is due, begins with the tasks whose turn has come, and looks whether that was all.
    pub(super) fn step(&mut self) {
        if !self.is_complete && self.lookups.expire(self.now) {
            self.plan();
        }
        while let Some(id) = self.tasks.pop_due(self.now) {
            self.on_due(id);
            self.tasks.reschedule(id);
        }
        while self.next_start_at <= self.now {
            let Some(id) = self.starts.pop_front() else { break };
            if self.start(id) {
                self.next_start_at = self.now + self.config.pacing;
            }
            self.tasks.reschedule(id);
        }
        self.update();
    }

    /// Looks whether everybody has answered or failed.
    fn update(&mut self) {
        if !self.has_begun || self.is_complete || self.lookups.is_pending() {
            return;
        }
        if self.tasks.iter().all(|(_, task)| !task.is_pending()) {
            self.tell_unresolved();
            self.is_complete = true;
            self.found.end(true);
        }
    }

    /// Says that there is something to wait for again.
    pub(super) fn resume(&mut self) {
        self.is_complete = false;
        self.found.end(false);
    }

    /// Takes the first step towards the next address of a server. True if something goes out.
    fn start(&mut self, id: TaskId) -> bool {
        let Some(task) = self.tasks.get(id) else { return false };
        if task.is_doubted {
            return self.prove(id);
        }
        let Stage::Queued = task.stage else { return false };
        let Some((_, service)) = self.services.get(task.service) else {
            self.tasks.remove(id);
            return false;
        };
        let Some(remote) = task.remotes.front().copied() else {
            self.attempt_failed(id, UNREACHABLE, "the server has no other address");
            return false;
        };
        let (base, is_turn, transport) = (task.base, service.uri.is_turn(), service.uri.transport);
        if let Base::Datagrams(local) = base
            && self.has_to_wait(id, FiveTuple::udp(local, remote), is_turn)
        {
            return false;
        }
        if is_turn && self.allocations() >= self.config.max_allocations {
            if let Some(task) = self.tasks.get_mut(id) {
                task.remotes.clear();
            }
            self.attempt_failed(id, UNREACHABLE, "there are too many allocations");
            return false;
        }
        if let Some(code) = self.fullness(remote).filter(|_| is_turn) {
            if let Some(task) = self.tasks.get_mut(id) {
                task.remotes.pop_front();
            }
            self.attempt_failed(id, code.number(), code.reason());
            return false;
        }
        let give_up_at = self.now + self.config.timeout;
        let next_address_at = self.now + self.config.next_address_after;
        let Some(task) = self.tasks.get_mut(id) else { return false };
        task.remotes.pop_front();
        task.give_up_at = task.give_up_at.or(Some(give_up_at));
        task.next_address_at = (!task.remotes.is_empty()).then_some(next_address_at);
        match base {
            Base::Datagrams(local) => self.speak(id, FiveTuple::udp(local, remote)),
            Base::Stream(local) => {
                let connection = ConnectionId(self.next_connection);
                self.next_connection = self.next_connection.wrapping_add(1);
                let tls = (transport == ServerTransport::Tls).then(|| self.name_of(id)).flatten();
                self.requests.push_back(GatherRequest::Connect { connection, local, remote, tls });
                self.connections.insert(connection, id);
                self.set_stage(id, Stage::Connecting(connection, remote));
            }
        }
        true
    }

    /// Begins to speak to a server on a path that is open.
    pub(super) fn speak(&mut self, id: TaskId, path: FiveTuple) {
        let Some(task) = self.tasks.get(id) else { return };
        let Some((_, service)) = self.services.get(task.service) else { return };
        let users = self.paths.entry(path_key(&path)).or_default();
        let (now, rng) = (self.now, &mut self.generator);
        let stage = if service.uri.is_turn() {
            users.relay = Some(id);
            let Server { username, password, .. } = &service.server;
            let mut config = turn::Config::new(turn::Credentials::new(username, password));
            config.families = Families::Both;
            config.mobility = true;
            config.ends_remainder = self.relayed_paths.contains(&path_key(&path));
            config.rto = self.config.rto;
            config.visited.clone_from(&task.visited);
            Stage::Relaying(path, Box::new(turn::Client::new(config, path, now, rng)))
        } else {
            users.probe = Some(id);
            let mut config = binding::Config::default();
            config.rto = self.config.rto;
            config.keepalive = self.is_kept_alive.then_some(self.config.keepalive);
            config.visited.clone_from(&task.visited);
            Stage::Asking(path, Box::new(binding::Client::new(config, path, now, rng)))
        };
        self.set_stage(id, stage);
        self.make_ready(id);
    }

    /// Asks whether what a server gave before is still ours: a translator on the way may have been
    /// restarted, or the server. True if something goes out.
    fn prove(&mut self, id: TaskId) -> bool {
        let prove_by = self.now + self.config.timeout;
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return false };
        task.is_doubted = false;
        task.prove_by = Some(prove_by);
        match &mut task.stage {
            Stage::Relaying(_, client) => {
                client.refresh(now);
                self.on_client(id);
            }
            Stage::Asking(path, _) => {
                let path = *path;
                self.speak(id, path);
            }
            _ => task.prove_by = None,
        }
        true
    }

    /// The name that the certificate of a task's server must have.
    fn name_of(&self, id: TaskId) -> Option<Box<str>> {
        let task = self.tasks.get(id)?;
        let (_, service) = self.services.get(task.service)?;
        Some(task.domain.clone().unwrap_or_else(|| match &service.uri.host {
            Host::Name(name) => name.clone(),
            Host::Ip(address) => alloc::format!("{address}").into(),
        }))
    }

    /// Lets those look again that have waited for what others learn.
    pub(super) fn wake(&mut self) {
        for id in self.tasks.ids(|task| matches!(task.stage, Stage::Waiting)) {
            self.set_stage(id, Stage::Queued);
            self.starts.push_back(id);
        }
    }

    fn allocations(&self) -> usize {
        let has_client = |stage: &Stage| matches!(stage, Stage::Relaying(..) | Stage::Leaving(..));
        self.tasks.iter().filter(|(_, task)| has_client(&task.stage)).count()
    }

    pub(super) fn set_stage(&mut self, id: TaskId, stage: Stage) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.stage = stage;
            self.tasks.reschedule(id);
        }
    }

    pub(super) fn make_ready(&mut self, id: TaskId) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.is_ready = true;
            self.ready.insert(id);
            self.tasks.reschedule(id);
        }
    }

    fn on_due(&mut self, id: TaskId) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        let is_over = |at: Option<rtc_core::Instant>| at.is_some_and(|at| at <= now);
        if is_over(task.leave_at) {
            return self.retire(id);
        }
        if is_over(task.orphan_until) {
            return self.forget(id);
        }
        if task.is_trying() && (is_over(task.give_up_at) || is_over(task.next_address_at)) {
            return self.attempt_failed(id, UNREACHABLE, "the server has not answered");
        }
        if is_over(task.prove_by) {
            task.prove_by = None;
            if task.allocated.is_some() {
                return self.lose_allocation(id, true);
            }
            return self.wake();
        }
        match &mut task.stage {
            Stage::Asking(_, client) => {
                client.handle_timeout(now);
                self.on_client(id);
            }
            Stage::Relaying(_, client) | Stage::Leaving(_, client) => {
                client.handle_timeout(now);
                self.on_client(id);
            }
            Stage::Resting(until) if *until <= now => self.retry(id),
            _ => {}
        }
    }

    /// Asks for an allocation anew after one was lost.
    fn retry(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get(id) else { return };
        let remotes = self.remotes_of(task.service, task.base);
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.remotes = remotes;
        task.give_up_at = None;
        task.visited.clear();
        task.domain = None;
        task.stage = Stage::Queued;
        self.starts.push_back(id);
        if task.is_pending() {
            self.resume();
        }
    }

    /// A server has not given what is wanted of it, on the way that was tried.
    pub(super) fn attempt_failed(&mut self, id: TaskId, code: u16, reason: &'static str) {
        self.close_path(id);
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.next_address_at = None;
        task.is_doubted = false;
        task.prove_by = None;
        let has_time = task.give_up_at.is_none_or(|at| at > self.now);
        let is_worth_it = code == UNREACHABLE || code >= 500;
        if has_time && is_worth_it && !task.remotes.is_empty() {
            task.stage = Stage::Queued;
            self.starts.push_back(id);
        } else if (1..MAX_LOSSES).contains(&task.losses) {
            self.rest(id);
        } else {
            task.stage = Stage::Done;
            let base = task.base;
            if let Some((_, service)) = self.services.get(task.service) {
                let address = match base {
                    Base::Datagrams(address) => address,
                    Base::Stream(ip) => SocketAddr::new(ip, 0),
                };
                let address = (!self.hides_addresses()).then_some(address);
                let uri = service.uri.clone();
                self.found.fail(GatherEvent::Error { address, uri, code, reason });
            }
        }
        self.tasks.reschedule(id);
        self.wake();
    }

    /// Tries again: at once after the first loss, and then after twice as long each time.
    pub(super) fn rest(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        let wait = match task.losses {
            0 => Duration::ZERO,
            losses => Duration::from_secs(1 << losses.min(MAX_LOSSES).saturating_sub(1)),
        };
        task.losses = task.losses.saturating_add(1);
        task.stage = Stage::Resting(self.now + wait);
    }

    /// Drops a task and everything about it.
    pub(super) fn forget(&mut self, id: TaskId) {
        self.forget_relayed(id);
        self.close_path(id);
        self.tasks.remove(id);
        self.ready.remove(&id);
        self.wake();
    }

    /// The addresses of a server that can be reached from a base, with its port.
    pub(super) fn remotes_of(&self, service: ServiceId, base: Base) -> VecDeque<SocketAddr> {
        let Some((_, service)) = self.services.get(service) else { return VecDeque::new() };
        let Some((local, _)) = self.locals.of_base(base) else { return VecDeque::new() };
        let addresses: Vec<_> = self.addresses_of(&service.uri);
        addresses
            .into_iter()
            .filter(|address| local.can_reach(*address))
            .map(|address| SocketAddr::new(address, service.uri.port))
            .collect()
    }
}

/// How often an allocation is asked for anew after losses, at once and after 1, 2, 4 and 8 s,
/// until it is given up.
pub(super) const MAX_LOSSES: u8 = 5;
