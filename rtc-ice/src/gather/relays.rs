//! What the clients of TURN servers tell, and how allocations are lost, moved and given back.

use core::net::SocketAddr;
use core::time::Duration;

use rtc_core::{FiveTuple, Protocol};

use super::local::LocalAddress;
use super::machine::{Full, Gatherer, UNREACHABLE};
use super::progress::MAX_LOSSES;
use super::task::{Base, Stage, Task, TaskId};
use crate::agent::address::{is_possible, key, path_key};
use crate::stun::ErrorCode;
use crate::turn;

impl Gatherer {
    /// Takes what a relay's client has to tell.
    pub(super) fn on_relay(&mut self, id: TaskId) {
        use turn::Event;

        while let Some(event) = self.tasks.get_mut(id).and_then(|it| it.client()?.poll_event()) {
            match event {
                Event::Allocated(allocated) => {
                    let Some(task) = self.tasks.get_mut(id) else { return };
                    if let Stage::Relaying(path, _) = &task.stage
                        && self.relayed_paths.len() < MAX_RELAYED_PATHS
                    {
                        self.relayed_paths.insert(path_key(path));
                    }
                    task.allocated = Some((allocated, self.now));
                    let is_like = allocated.mapped.is_ipv4() == task.base.ip().is_ipv4();
                    let is_usable = is_like && is_possible(allocated.mapped);
                    task.mapped = is_usable.then_some(allocated.mapped);
                    task.next_address_at = None;
                    for relayed in allocated.relayed() {
                        // No server can give what is our own, or what another has given.
                        let is_ours = self.locals.find(Protocol::Udp, relayed).is_some();
                        if !is_ours && is_possible(relayed) {
                            self.relayed.entry(key(relayed)).or_insert(id);
                        }
                    }
                    self.add_candidates(id);
                    self.wake();
                }
                Event::Failed(turn::Failure::Redirected { server, domain }) => {
                    self.redirect(id, server, domain);
                }
                Event::Failed(failure) => {
                    if let turn::Failure::Refused(
                        code @ (ErrorCode::ALLOCATION_QUOTA_REACHED
                        | ErrorCode::INSUFFICIENT_CAPACITY),
                    ) = failure
                    {
                        self.note_full(id, code);
                    }
                    let code = failure.error_code();
                    let reason = match ErrorCode::new(code) {
                        Some(code) => code.reason(),
                        None => "the server has not answered",
                    };
                    self.attempt_failed(id, code, reason);
                }
                Event::Lost(_) => self.lose_allocation(id, false),
                Event::Released => self.forget(id),
                Event::Moved => self.moved(id),
                Event::NotMoved(_) => self.not_moved(id),
                Event::PeerRefused { .. } => {}
            }
        }
        let Some(task) = self.tasks.get_mut(id) else { return };
        if task.prove_by.is_some() && task.client().is_some_and(|client| !client.is_refreshing()) {
            task.prove_by = None;
            self.tasks.reschedule(id);
            self.wake();
        }
    }

    /// The server of a task has no room: it is left alone for a minute (RFC 8656, section 7.4),
    /// whatever begins anew meanwhile.
    fn note_full(&mut self, id: TaskId, code: ErrorCode) {
        let path = self.tasks.get(id).and_then(Task::path);
        let Some(server) = path.map(|path| key(path.remote)) else { return };
        let now = self.now;
        self.full.retain(|full| full.until > now && full.server != server);
        if self.full.len() >= MAX_FULL {
            self.full.pop_front();
        }
        self.full.push_back(Full { server, until: now + FULLNESS, code });
    }

    /// What a server has said that has no room for us now.
    pub(super) fn fullness(&self, server: SocketAddr) -> Option<ErrorCode> {
        let is_it = |full: &&Full| full.server == key(server) && full.until > self.now;
        self.full.iter().find(is_it).map(|full| full.code)
    }

    /// An allocation is gone: what came from it is of no use, and another is asked for, at once
    /// unless its server is silent.
    pub(super) fn lose_allocation(&mut self, id: TaskId, is_silent: bool) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        let lived_since = task.allocated.map(|(_, since)| since);
        if lived_since.is_none_or(|since| self.now >= since + LONG_LIVED) {
            task.losses = 0;
        }
        if is_silent {
            task.losses = task.losses.max(1);
        }
        let is_leaving = matches!(task.stage, Stage::Leaving(..)) || task.leave_at.is_some();
        task.is_doubted = false;
        task.prove_by = None;
        self.forget_relayed(id);
        self.close_path(id);
        if is_leaving {
            return self.forget(id);
        }
        let Some(task) = self.tasks.get_mut(id) else { return };
        if task.losses < MAX_LOSSES {
            self.rest(id);
        } else {
            task.losses = 0;
            task.remotes.clear();
            self.attempt_failed(id, UNREACHABLE, "the server loses every allocation");
        }
        self.tasks.reschedule(id);
        self.wake();
    }

    pub(super) fn forget_relayed(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        let Some((allocated, _)) = task.allocated.take() else { return };
        // Nobody asks any more whether this address is ours, unless another server has told it too.
        if let (Base::Datagrams(base), Some(mapped)) = (task.base, task.mapped.take()) {
            self.found.forget(mapped, base);
            for other in self.tasks.ids(|other| other.mapped == Some(mapped)) {
                self.add_candidates(other);
            }
        }
        for relayed in allocated.relayed() {
            if self.relayed.get(&key(relayed)) == Some(&id) {
                self.relayed.remove(&key(relayed));
                self.found.lose(Protocol::Udp, relayed);
            }
        }
    }

    /// Leaves a server that nobody names any more, unless its relay is in use: then it is looked at
    /// again later.
    pub(super) fn retire(&mut self, id: TaskId) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        let unused_at = task.used_at + RETIREMENT;
        if unused_at > now && matches!(task.stage, Stage::Relaying(..)) {
            task.leave_at = Some(unused_at);
            self.tasks.reschedule(id);
        } else {
            self.leave(id);
        }
    }

    /// Gives an allocation back, or drops the task if it has none.
    pub(super) fn leave(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get(id) else { return };
        if task.allocated.is_none() || matches!(task.stage, Stage::Leaving(..)) {
            return self.forget(id);
        }
        self.forget_relayed(id);
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id) else { return };
        let stage = core::mem::replace(&mut task.stage, Stage::Done);
        if let Stage::Relaying(path, mut client) = stage {
            client.release(now);
            task.leave_at = Some(now + FAREWELL);
            task.stage = Stage::Leaving(path, client);
            self.on_client(id);
        }
        self.tasks.reschedule(id);
    }

    /// Has an allocation that nobody names any more leave now, unless it does already.
    pub(super) fn give_way(&mut self, id: TaskId) {
        let is_leaving = |stage: &Stage| matches!(stage, Stage::Leaving(..));
        if self.tasks.get(id).is_some_and(|task| !is_leaving(&task.stage)) {
            self.leave(id);
        }
    }

    /// Drops what was asked from an address that is gone. An allocation that can be moved waits for
    /// an address to be moved to.
    pub(super) fn drop_base(&mut self, base: Base) {
        let orphan_until = self.now + ORPHANHOOD;
        for id in self.tasks.ids(|task| task.base == base) {
            let Some(task) = self.tasks.get_mut(id) else { continue };
            let is_datagrams = matches!(base, Base::Datagrams(_));
            match &task.stage {
                Stage::Relaying(_, client) if is_datagrams && client.is_mobile() => {
                    task.orphan_until = Some(orphan_until);
                    task.mapped = None;
                    self.tasks.reschedule(id);
                }
                _ => self.forget(id),
            }
        }
    }

    /// Moves the allocations to a new address whose own address is gone (RFC 8016): to the peers
    /// nothing changes.
    pub(super) fn adopt_orphans(&mut self, local: &LocalAddress) {
        let now = self.now;
        if local.protocol != Protocol::Udp {
            return;
        }
        let base = Base::Datagrams(local.address);
        for id in self.tasks.ids(|task| task.orphan_until.is_some()) {
            let Some(task) = self.tasks.get_mut(id) else { continue };
            let service = task.service;
            let Stage::Relaying(old, _) = &task.stage else { continue };
            let path = FiveTuple::udp(local.address, old.remote);
            let is_free = !self.tasks.is_known(service, base);
            let users = self.paths.entry(path_key(&path)).or_default();
            if !is_free || users.relay.is_some() || !local.can_reach(path.remote.ip()) {
                continue;
            }
            let Some(task) = self.tasks.get_mut(id) else { continue };
            let Some(client) = task.client() else { continue };
            if client.move_to(now, path).is_ok() {
                users.relay = Some(id);
                self.tasks.rebase(id, base);
                self.make_ready(id);
            }
        }
        self.paths.retain(|_, users| users.relay.is_some() || users.probe.is_some());
    }

    fn moved(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.orphan_until = None;
        if let Stage::Relaying(path, client) = &mut task.stage {
            let old = core::mem::replace(path, client.path());
            if let Some(users) = self.paths.get_mut(&path_key(&old)) {
                users.relay = users.relay.filter(|it| *it != id);
            }
            self.paths.retain(|_, users| users.relay.is_some() || users.probe.is_some());
        }
        self.tasks.reschedule(id);
    }

    /// The server has not let an allocation be moved: another is asked for from where it should
    /// have gone.
    fn not_moved(&mut self, id: TaskId) {
        self.forget(id);
        self.resume();
        self.plan();
    }
}

/// How long an allocation is kept when its server is no longer named and nothing goes through it: a
/// restart keeps the old pair until there is a new one, and on a pair there is consent every few
/// seconds.
pub(super) const RETIREMENT: Duration = Duration::from_secs(30);
/// How long a server is left alone that has no room: "at least 1 minute" (RFC 8656, section 7.4).
const FULLNESS: Duration = Duration::from_secs(60);
/// The most such servers that are remembered.
const MAX_FULL: usize = 64;
/// An allocation that was held for this long was not lost at once.
const LONG_LIVED: Duration = Duration::from_secs(60);
/// How long an allocation that is given back may take to be gone.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long an allocation without an address waits for one to be moved to: less than consent lasts
/// (RFC 7675), long enough to join another network.
const ORPHANHOOD: Duration = Duration::from_secs(15);
/// The most paths that are remembered to have had an allocation: past these what a server has on a
/// path is waited for instead of ended.
const MAX_RELAYED_PATHS: usize = 256;
