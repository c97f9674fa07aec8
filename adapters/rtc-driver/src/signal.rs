//! How handles wait: for a call, and for the turn of others.

use core::future::poll_fn;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::Poll;

use event_listener::{Event, EventListener};

/// Calls whoever waits, at whatever place.
#[derive(Debug, Default)]
pub(crate) struct Signal(Event);

impl Signal {
    /// Calls everybody who waits at this moment.
    pub(crate) fn call(&self) {
        self.0.notify(usize::MAX);
    }

    /// Is called by whatever happens from here on.
    pub(crate) fn listen(&self) -> EventListener {
        self.0.listen()
    }

    /// Looks until there is something, each time that there is a call.
    pub(crate) async fn wait<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        loop {
            // Mostly there is something, and nobody needs to be called.
            if let Some(found) = look() {
                return found;
            }
            let called = self.listen();
            if let Some(found) = look() {
                return found;
            }
            called.await;
        }
    }
}

/// Lets other tasks run now and then where one never has to wait: a loop that sends as long as
/// there is room, say.
#[derive(Debug, Default)]
pub(crate) struct Turns(AtomicU32);

impl Turns {
    /// Counts; of so many calls one lets the others run.
    pub(crate) async fn take(&self) {
        if self.0.fetch_add(1, Ordering::Relaxed) % TURN != TURN - 1 {
            return;
        }
        let mut is_over = false;
        poll_fn(|cx| {
            if core::mem::replace(&mut is_over, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// How many operations a task does before others get their turn.
const TURN: u32 = 128;

#[cfg(test)]
mod tests {
    use core::future::Future;
    use core::pin::pin;
    use core::task::{Context, Waker};

    use super::*;

    #[test]
    fn one_turn_of_many_lets_others_run() {
        let turns = Turns::default();
        let mut cx = Context::from_waker(Waker::noop());
        let waits = (0..10 * TURN).filter(|_| {
            let mut turn = pin!(turns.take());
            let waits = turn.as_mut().poll(&mut cx).is_pending();
            waits && turn.as_mut().poll(&mut cx).is_ready()
        });
        assert_eq!(waits.count(), 10);
    }

    #[test]
    fn a_call_between_looking_and_waiting_is_not_missed() {
        let signal = Signal::default();
        let mut cx = Context::from_waker(Waker::noop());
        let mut looks = 0;
        let mut waiting = pin!(signal.wait(|| {
            looks += 1;
            if looks == 2 {
                signal.call();
            }
            (looks == 3).then_some(())
        }));
        assert!(waiting.as_mut().poll(&mut cx).is_ready());
    }
}
