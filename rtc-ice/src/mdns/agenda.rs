//! What is to be done when: a queue by time in which each task stands at most once.

use alloc::collections::{BTreeMap, BTreeSet};

use rtc_core::Instant;

/// Tasks and their moments.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    by_time: BTreeSet<(Instant, T)>,
    by_task: BTreeMap<T, Instant>,
}

impl<T: Copy + Ord> Agenda<T> {
    pub(super) const fn new() -> Self {
        Self { by_time: BTreeSet::new(), by_task: BTreeMap::new() }
    }

    /// Plans a task; one that is planned for earlier stays there.
    pub(super) fn plan(&mut self, task: T, at: Instant) {
        match self.by_task.get_mut(&task) {
            Some(planned) if *planned <= at => return,
            Some(planned) => {
                self.by_time.remove(&(*planned, task));
                *planned = at;
            }
            None => {
                self.by_task.insert(task, at);
            }
        }
        self.by_time.insert((at, task));
    }

    /// Forgets a task.
    pub(super) fn cancel(&mut self, task: T) {
        if let Some(at) = self.by_task.remove(&task) {
            self.by_time.remove(&(at, task));
        }
    }

    /// The task whose moment has come first, if one's has.
    pub(super) fn due(&self, now: Instant) -> Option<T> {
        self.by_time.first().filter(|(at, _)| *at <= now).map(|(_, task)| *task)
    }

    /// When the next task is due.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_stands_once_at_its_earliest_moment() {
        let (soon, late) = (Instant::from_secs(1), Instant::from_secs(2));
        let mut agenda = Agenda::new();
        agenda.plan('a', late);
        agenda.plan('b', late);
        agenda.plan('a', soon);
        agenda.plan('a', late);
        assert_eq!((agenda.due(Instant::EPOCH), agenda.next_at()), (None, Some(soon)));
        assert_eq!(agenda.due(late), Some('a'));
        agenda.cancel('a');
        assert_eq!((agenda.due(late), agenda.next_at()), (Some('b'), Some(late)));
        agenda.cancel('b');
        agenda.cancel('b');
        assert_eq!((agenda.due(late), agenda.next_at()), (None, None));
    }
}
