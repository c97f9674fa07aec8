//! A peer in a namespace: a thread there, with a runtime of its own.

use std::thread::JoinHandle;

use anyhow::Context as _;
use interop::{Error, Namespace};

/// What runs there.
pub(crate) struct Inside<T>(JoinHandle<Result<anyhow::Result<T>, Error>>);

impl<T: Send + 'static> Inside<T> {
    /// Runs what `make` makes in the namespace. Made there, it need not be `Send`.
    pub(crate) fn run<F: Future<Output = anyhow::Result<T>>>(
        namespace: &Namespace,
        make: impl FnOnce() -> F + Send + 'static,
    ) -> anyhow::Result<Self> {
        let body = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(make())
        };
        Ok(Self(namespace.spawn(body)?))
    }

    /// Waits for its end.
    pub(crate) fn join(self) -> anyhow::Result<T> {
        let result = self.0.join().map_err(|_| anyhow::anyhow!("it has panicked"))?;
        result?.context("inside")
    }
}
