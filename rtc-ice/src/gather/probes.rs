//! What the clients of STUN servers tell, and who is sent on to another server.

use alloc::boxed::Box;
use core::net::SocketAddr;

use rtc_core::{FiveTuple, Protocol};

use super::machine::{Gatherer, UNREACHABLE};
use super::task::{Stage, TaskId};
use crate::agent::address::is_possible;
use crate::binding;

impl Gatherer {
    /// Takes what the client of a task has to tell, and has it asked for what it has to send.
    pub(super) fn on_client(&mut self, id: TaskId) {
        self.tell_of(id);
        self.make_ready(id);
    }

    /// Takes what the client of a task has to tell.
    pub(super) fn tell_of(&mut self, id: TaskId) {
        match self.tasks.get(id).map(|task| &task.stage) {
            Some(Stage::Asking(..)) => self.on_probe(id),
            Some(Stage::Relaying(..) | Stage::Leaving(..)) => self.on_relay(id),
            _ => {}
        }
    }

    fn on_probe(&mut self, id: TaskId) {
        let poll = |stage: &mut Stage| match stage {
            Stage::Asking(path, client) => Some((*path, client.poll_event()?)),
            _ => None,
        };
        while let Some((path, event)) =
            self.tasks.get_mut(id).and_then(|task| poll(&mut task.stage))
        {
            match event {
                binding::Event::Mapped(mapped) => self.on_mapped(id, path, mapped),
                binding::Event::Failed(failure) => self.on_probe_failed(id, failure),
            }
        }
    }

    fn on_mapped(&mut self, id: TaskId, path: FiveTuple, mapped: SocketAddr) {
        if mapped.is_ipv4() != path.local.is_ipv4() {
            return self.attempt_failed(id, UNREACHABLE, "the answer of the server makes no sense");
        }
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.prove_by = None;
        match task.mapped.replace(mapped) {
            Some(old) if old == mapped => return self.wake(),
            Some(old) => self.found.forget(old, path.local),
            None => {}
        }
        self.add_candidates(id);
        if path.protocol == Protocol::Tcp {
            self.close_path(id);
        }
        self.wake();
    }

    fn on_probe_failed(&mut self, id: TaskId, failure: binding::Failure) {
        use binding::Failure::{Disconnected, Malformed, NoAnswer, Redirected, Refused};

        if self.tasks.get(id).is_some_and(|task| task.mapped.is_some()) {
            // Its candidate stays: whether the address is still ours is for checks to find.
            if let Some(task) = self.tasks.get_mut(id) {
                task.prove_by = None;
            }
            self.close_path(id);
            return self.wake();
        }
        match failure {
            Redirected { server, domain } => self.redirect(id, server, domain),
            Refused(code) => self.attempt_failed(id, code.number(), code.reason()),
            Malformed => {
                self.attempt_failed(id, UNREACHABLE, "the answer of the server makes no sense");
            }
            NoAnswer => self.attempt_failed(id, UNREACHABLE, "the server has not answered"),
            Disconnected => {
                self.attempt_failed(id, UNREACHABLE, "the connection to the server ended");
            }
        }
    }

    pub(super) fn redirect(&mut self, id: TaskId, server: SocketAddr, domain: Option<Box<str>>) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        let from = match &task.stage {
            Stage::Relaying(path, _) | Stage::Asking(path, _) => path.remote,
            _ => return,
        };
        let can_reach = self
            .locals
            .of_base(task.base)
            .is_some_and(|(local, _)| local.can_reach(server.ip()) && is_possible(server));
        if !can_reach {
            return self.attempt_failed(id, TRY_ALTERNATE, "the server sends on to nowhere");
        }
        task.visited.push(from);
        task.domain = domain;
        task.remotes.push_front(server);
        // The server that was named has not failed yet.
        self.attempt_failed(id, UNREACHABLE, "");
    }
}

/// The code with which a server sends on to another (RFC 8489, section 10).
const TRY_ALTERNATE: u16 = 300;
