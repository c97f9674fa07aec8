//! What a test needs of smol itself.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use smol::channel::{Receiver, bounded};

/// Runs a test. Its tasks run on the global executor's thread.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    smol::block_on(test)
}

/// Runs a test whose tasks run on threads of their own.
pub(crate) fn run_in_parallel<T>(test: impl Future<Output = T>) -> T {
    smol::block_on(test)
}

/// Has a task run, also if nobody waits for it.
pub(crate) fn spawn<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> Running<T> {
    let (done, outcome) = bounded(1);
    smol::spawn(async move {
        let _nobody_waits = done.send(task.await).await;
    })
    .detach();
    Running(Box::pin(outcome))
}

/// A task that runs.
pub(crate) struct Running<T>(Pin<Box<Receiver<T>>>);

impl<T> Future for Running<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let next = smol::stream::Stream::poll_next(self.0.as_mut(), cx);
        next.map(|outcome| outcome.expect("the task panicked"))
    }
}

/// Waits.
pub(crate) async fn sleep(duration: Duration) {
    smol::Timer::after(duration).await;
}
