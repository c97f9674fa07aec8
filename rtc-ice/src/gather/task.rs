//! One server, asked from one local address.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};

use rtc_core::{FiveTuple, Instant};

use super::request::ConnectionId;
use super::services::ServiceId;
use crate::binding;
use crate::turn::{self, Allocated};

/// Names a task; never reused within a gatherer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct TaskId(u32);

/// Where a server is asked from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Base {
    /// A UDP socket.
    Datagrams(SocketAddr),
    /// Connections that are opened from an address.
    Stream(IpAddr),
}

/// What is wanted of a server: a server-reflexive candidate or an allocation.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) service: ServiceId,
    pub(super) base: Base,
    /// The addresses of the server that were not tried yet.
    pub(super) remotes: VecDeque<SocketAddr>,
    pub(super) stage: Stage,
    /// When the server has had its time; `None` before the first step.
    pub(super) give_up_at: Option<Instant>,
    /// When the address that is tried has had its time.
    pub(super) next_address_at: Option<Instant>,
    /// Where the server sees us.
    pub(super) mapped: Option<SocketAddr>,
    /// What a relay has given, and when.
    pub(super) allocated: Option<(Allocated, Instant)>,
    /// How often an allocation was lost lately.
    pub(super) losses: u8,
    /// The servers that have sent on to the one that is tried.
    pub(super) visited: Vec<SocketAddr>,
    /// The name that the certificate of the one that is tried must have, if it is not the server's.
    pub(super) domain: Option<Box<str>>,
    /// Gathering has begun anew: whether what the server has given is still ours is to be asked.
    pub(super) is_doubted: bool,
    /// Until when the answer to that is waited for.
    pub(super) prove_by: Option<Instant>,
    /// When something last went through the relay.
    pub(super) used_at: Instant,
    /// When the server is to be left, because nobody names it any more.
    pub(super) leave_at: Option<Instant>,
    /// Until when it waits for an address to be moved to; `None` if its own is there.
    pub(super) orphan_until: Option<Instant>,
    /// Whether it is to be asked for what it has to send.
    pub(super) is_ready: bool,
    due_at: Option<Instant>,
}

/// How far a task is.
#[derive(Debug)]
pub(super) enum Stage {
    /// It waits for its turn.
    Queued,
    /// Another task has the path; what that learns may be enough for both.
    Waiting,
    /// A connection is being opened.
    Connecting(ConnectionId, SocketAddr),
    /// A STUN server is asked, from time to time also after it has answered.
    Asking(FiveTuple, Box<binding::Client>),
    /// An allocation is asked for or held.
    Relaying(FiveTuple, Box<turn::Client>),
    /// An allocation is given back.
    Leaving(FiveTuple, Box<turn::Client>),
    /// An allocation was lost; another is asked for at this moment.
    Resting(Instant),
    /// There is nothing more to be had.
    Done,
}

/// All tasks, found by name, by place and by when they are due.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    by_id: BTreeMap<TaskId, Task>,
    by_place: BTreeMap<(ServiceId, Base), TaskId>,
    due: BTreeSet<(Instant, TaskId)>,
    next_id: u32,
}

impl Task {
    pub(super) const fn new(service: ServiceId, base: Base, remotes: VecDeque<SocketAddr>) -> Self {
        Self {
            service,
            base,
            remotes,
            stage: Stage::Queued,
            give_up_at: None,
            next_address_at: None,
            mapped: None,
            allocated: None,
            losses: 0,
            visited: Vec::new(),
            domain: None,
            is_doubted: false,
            prove_by: None,
            used_at: Instant::EPOCH,
            leave_at: None,
            orphan_until: None,
            is_ready: false,
            due_at: None,
        }
    }

    /// Whether gathering waits for it. For an allocation that was lost it waits once; what is tried
    /// after that is for later.
    pub(super) fn is_pending(&self) -> bool {
        (self.is_trying() && self.losses < 2) || self.is_doubted || self.prove_by.is_some()
    }

    /// Whether it has still nothing of what is wanted.
    pub(super) fn is_trying(&self) -> bool {
        match &self.stage {
            Stage::Queued | Stage::Waiting | Stage::Connecting(..) => true,
            Stage::Asking(..) => self.mapped.is_none(),
            Stage::Relaying(..) => self.allocated.is_none(),
            Stage::Leaving(..) | Stage::Resting(_) | Stage::Done => false,
        }
    }

    /// The client of a relay, if there is one.
    pub(super) fn client(&mut self) -> Option<&mut turn::Client> {
        match &mut self.stage {
            Stage::Relaying(_, client) | Stage::Leaving(_, client) => Some(client),
            _ => None,
        }
    }

    /// The client of a relay that can be sent through: from an address that is gone nothing can.
    pub(super) fn client_in_place(&mut self) -> Option<&mut turn::Client> {
        if self.orphan_until.is_some() { None } else { self.client() }
    }

    /// The path to the server, if there is one.
    pub(super) const fn path(&self) -> Option<FiveTuple> {
        match &self.stage {
            Stage::Asking(path, _) | Stage::Relaying(path, _) | Stage::Leaving(path, _) => {
                Some(*path)
            }
            _ => None,
        }
    }

    /// When something has to be done about it. What it has to send is not waited for.
    pub(super) fn next_at(&self) -> Option<Instant> {
        let patience = [self.give_up_at, self.next_address_at];
        let patience = if self.is_trying() { Instant::earliest(patience) } else { None };
        let own = match &self.stage {
            Stage::Asking(_, client) if !self.is_ready => client.poll_timeout(),
            Stage::Relaying(_, client) | Stage::Leaving(_, client) if !self.is_ready => {
                client.poll_timeout()
            }
            Stage::Resting(until) => Some(*until),
            _ => None,
        };
        Instant::earliest([patience, own, self.prove_by, self.leave_at, self.orphan_until])
    }
}

impl Base {
    pub(super) const fn ip(&self) -> IpAddr {
        match self {
            Self::Datagrams(address) => address.ip(),
            Self::Stream(ip) => *ip,
        }
    }
}

impl Tasks {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn get(&self, id: TaskId) -> Option<&Task> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: TaskId) -> Option<&mut Task> {
        self.by_id.get_mut(&id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        self.by_id.iter().map(|(id, task)| (*id, task))
    }

    /// The names of those for which it is true.
    pub(super) fn ids(&self, is_wanted: impl Fn(&Task) -> bool) -> Vec<TaskId> {
        self.iter().filter(|(_, task)| is_wanted(task)).map(|(id, _)| id).collect()
    }

    pub(super) fn is_known(&self, service: ServiceId, base: Base) -> bool {
        self.by_place.contains_key(&(service, base))
    }

    pub(super) fn insert(&mut self, task: Task) -> TaskId {
        let id = TaskId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        self.by_place.insert((task.service, task.base), id);
        self.by_id.insert(id, task);
        id
    }

    pub(super) fn remove(&mut self, id: TaskId) -> Option<Task> {
        let task = self.by_id.remove(&id)?;
        let place = (task.service, task.base);
        if self.by_place.get(&place) == Some(&id) {
            self.by_place.remove(&place);
        }
        if let Some(due_at) = task.due_at {
            self.due.remove(&(due_at, id));
        }
        Some(task)
    }

    /// Says that a task asks from another address now.
    pub(super) fn rebase(&mut self, id: TaskId, base: Base) {
        let Some(task) = self.by_id.get_mut(&id) else { return };
        let old = core::mem::replace(&mut task.base, base);
        self.by_place.remove(&(task.service, old));
        self.by_place.insert((task.service, base), id);
    }

    /// Puts the task where it is due now, after something about it has changed.
    pub(super) fn reschedule(&mut self, id: TaskId) {
        let Some(task) = self.by_id.get_mut(&id) else { return };
        let next_at = task.next_at();
        if task.due_at == next_at {
            return;
        }
        if let Some(old) = task.due_at {
            self.due.remove(&(old, id));
        }
        task.due_at = next_at;
        if let Some(new) = next_at {
            self.due.insert((new, id));
        }
    }

    /// The same where it can only have become due earlier. What has become due later is noticed
    /// when it would have been due.
    pub(super) fn hasten(&mut self, id: TaskId) {
        let Some(task) = self.by_id.get(&id) else { return };
        let is_later = match (task.next_at(), task.due_at) {
            (Some(next), Some(old)) => next >= old,
            (None, _) => true,
            (Some(_), None) => false,
        };
        if !is_later {
            self.reschedule(id);
        }
    }

    /// Takes the first task that is due at `now` off the list.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<TaskId> {
        let (due_at, id) = *self.due.first()?;
        if due_at > now {
            return None;
        }
        self.due.pop_first();
        if let Some(task) = self.by_id.get_mut(&id) {
            task.due_at = None;
        }
        Some(id)
    }

    pub(super) fn next_due_at(&self) -> Option<Instant> {
        self.due.first().map(|(due_at, _)| *due_at)
    }
}
