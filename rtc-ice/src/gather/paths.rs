//! The paths to servers: who speaks on them, and which connections are open or being opened.

use rtc_core::{FiveTuple, Protocol};

use super::machine::Gatherer;
use super::request::GatherRequest;
use super::task::{Base, Stage, TaskId};
use crate::agent::address::{key, path_key};

impl Gatherer {
    /// Whether another task speaks to the same server on the same path, or is about to: then this
    /// one waits for what comes of it, or is done if that is known. A server is not asked twice for
    /// the same thing, and a path holds one allocation.
    pub(super) fn has_to_wait(&mut self, id: TaskId, path: FiveTuple, is_turn: bool) -> bool {
        let users = self.paths.get(&path_key(&path)).copied().unwrap_or_default();
        let next = key(path.remote);
        let queued = || {
            self.tasks.iter().find(|(other, task)| {
                let is_relay =
                    || self.services.get(task.service).is_some_and(|(_, it)| it.uri.is_turn());
                *other != id
                    && task.base == Base::Datagrams(path.local)
                    && matches!(task.stage, Stage::Queued)
                    && task.remotes.front().is_some_and(|remote| key(*remote) == next)
                    && is_relay()
            })
        };
        let other = if is_turn {
            users.relay
        } else {
            users.relay.or_else(|| queued().map(|(id, _)| id)).or(users.probe)
        };
        let Some(other) = other.filter(|other| *other != id) else { return false };
        let Some(task) = self.tasks.get(other) else { return false };
        if task.is_pending() {
            // Its time runs while it waits: who is dead for the one is dead for the other.
            let give_up_at = self.now + self.config.timeout;
            if let Some(task) = self.tasks.get_mut(id) {
                task.give_up_at = task.give_up_at.or(Some(give_up_at));
            }
            self.set_stage(id, Stage::Waiting);
        } else if is_turn && (task.leave_at.is_some() || matches!(task.stage, Stage::Leaving(..))) {
            // With other credentials, for instance: the new allocation needs the path.
            self.set_stage(id, Stage::Waiting);
            self.give_way(other);
        } else if is_turn || task.mapped.is_some() {
            self.set_stage(id, Stage::Done);
        } else {
            return false;
        }
        true
    }

    /// Lets go of the path of a task, and of its connection.
    pub(super) fn close_path(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.is_ready = false;
        self.ready.remove(&id);
        match core::mem::replace(&mut task.stage, Stage::Done) {
            Stage::Connecting(connection, remote) => {
                self.connections.remove(&connection);
                let is_connect = |request: &GatherRequest| matches!(request, GatherRequest::Connect { connection: it, .. } if *it == connection);
                let before = self.requests.len();
                self.requests.retain(|request| !is_connect(request));
                // What is being opened already is closed when it is open.
                if self.requests.len() == before && self.abandoned.len() < MAX_ABANDONED {
                    self.abandoned.insert(connection, remote);
                }
            }
            Stage::Asking(path, _) | Stage::Relaying(path, _) | Stage::Leaving(path, _) => {
                // It has two while it moves.
                for users in self.paths.values_mut() {
                    users.relay = users.relay.filter(|it| *it != id);
                    users.probe = users.probe.filter(|it| *it != id);
                }
                self.paths.retain(|_, users| users.relay.is_some() || users.probe.is_some());
                if path.protocol == Protocol::Tcp {
                    self.disconnect(path);
                }
            }
            Stage::Queued | Stage::Waiting | Stage::Resting(_) | Stage::Done => {}
        }
    }

    pub(super) fn disconnect(&mut self, path: FiveTuple) {
        if self.requests.len() < MAX_REQUESTS {
            self.requests.push_back(GatherRequest::Disconnect(path));
        }
    }
}

/// The most connections that are closed as soon as they are open.
const MAX_ABANDONED: usize = 64;
/// The most errands that wait to be polled.
const MAX_REQUESTS: usize = 1024;
