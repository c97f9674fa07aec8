//! A page inside a browser: scripts go in, values come out, and scripts can ask the test.

use core::{fmt, time::Duration};
use std::{sync::Arc, thread};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{error::Elapsed, timeout},
};

use crate::{
    error::{Console, Error},
    kind::BrowserKind,
    link::{Answer, Failure, HostCall, Link},
};

/// An open page: a `window` of its own inside a [`Browser`](crate::Browser).
///
/// Clones are handles to the same page. When the last is dropped the page is closed, and with it
/// every peer connection in it. If the thread is panicking then, the page's console is printed.
#[derive(Clone)]
pub struct Page(Arc<Inner>);

struct Inner {
    link: Arc<Link>,
    kind: BrowserKind,
    page: u64,
}

impl Page {
    /// How long [`run`](Self::run) waits.
    pub const TIMEOUT: Duration = Duration::from_secs(30);

    /// Which browser the page is in.
    pub fn kind(&self) -> BrowserKind {
        self.0.kind
    }

    /// Runs `body` as the body of a strict async function in the page, and returns what it returns.
    ///
    /// The keys of `args`, an object or null, are the names of the function's parameters. Whatever
    /// the function returns must survive `JSON.stringify`: descriptions and candidates do, a typed
    /// array wants an `Array.from`, `undefined` comes as null. What must live longer than the
    /// function is kept on `window`. Several scripts may run at the same time.
    ///
    /// # Errors
    /// What the script threw ([`Error::Script`]), [`Error::Timeout`] after 30 s, [`Error::Value`] if
    /// the result is no `T`, [`Error::Gone`], [`Error::Arguments`].
    pub async fn run<T: DeserializeOwned>(
        &self,
        body: &str,
        args: impl Serialize,
    ) -> Result<T, Error> {
        self.run_within(Self::TIMEOUT, body, args).await
    }

    /// Like [`run`](Self::run), with a timeout of one's own.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_within<T: DeserializeOwned>(
        &self,
        time: Duration,
        body: &str,
        args: impl Serialize,
    ) -> Result<T, Error> {
        let args = match serde_json::to_value(args) {
            Ok(args @ (Value::Object(_) | Value::Null)) => args.to_string(),
            _ => return Err(Error::Arguments),
        };
        let (call, answer) = self.0.link.run(self.0.page, body, args);
        let value = self.0.answer(time, call, answer).await?;
        parse(self.kind(), &value)
    }

    /// The queue of the calls of `host` with one of these names, in the order in which the page made
    /// them. Each must be answered. A name that was listened to before changes over to the new queue;
    /// calls of names that nobody listens to are rejected.
    pub fn listen(&self, names: &[&str]) -> Calls {
        let queue = self.0.link.listen(self.0.page, names);
        Calls { queue, link: Arc::clone(&self.0.link), kind: self.kind() }
    }

    /// Answers the calls of `host(name, value)` with a closure, one after the other, until the
    /// returned guard is dropped or the page is closed. A value that is no `T` and an error are
    /// rejections in the page. Must be called within a Tokio runtime.
    pub fn serve<T, R, E, F, A>(&self, name: &str, mut handler: F) -> Serving
    where
        T: DeserializeOwned + Send,
        R: Serialize + Send,
        E: fmt::Display + Send,
        F: FnMut(T) -> A + Send + 'static,
        A: Future<Output = Result<R, E>> + Send,
    {
        let mut calls = self.listen(&[name]);
        Serving(tokio::spawn(async move {
            while let Some(call) = calls.next().await {
                match call.parse() {
                    Ok(value) => match handler(value).await {
                        Ok(answer) => call.reply(answer),
                        // With the whole chain of causes, if the error has one to show.
                        Err(error) => call.refuse(format_args!("{error:#}")),
                    },
                    Err(error) => call.refuse(error),
                }
            }
        }))
    }

    /// What the page has written to its console: the last 200 lines, with the errors nobody caught.
    pub fn console(&self) -> Console {
        self.0.link.console(self.0.page)
    }

    /// Opens a page in the browser behind `link`.
    pub(crate) async fn open(link: &Arc<Link>, kind: BrowserKind) -> Result<Self, Error> {
        let (page, answer) = link.open();
        // From here on the page is closed again when this is dropped, also by a cancellation.
        let page = Self(Arc::new(Inner { link: Arc::clone(link), kind, page }));
        let opened = timeout(Self::TIMEOUT, answer).await;
        page.0.judge(Self::TIMEOUT, opened)?;
        Ok(page)
    }
}

impl Inner {
    async fn answer(&self, time: Duration, call: u64, answer: Answer) -> Result<Value, Error> {
        let answer = timeout(time, answer).await;
        if answer.is_err() {
            self.link.forget(call);
        }
        self.judge(time, answer)
    }

    fn judge(
        &self,
        after: Duration,
        answer: Result<<Answer as Future>::Output, Elapsed>,
    ) -> Result<Value, Error> {
        let kind = self.kind;
        match answer {
            Ok(Ok(Ok(value))) => Ok(value),
            Ok(Ok(Err(Failure::Thrown(thrown)))) => {
                Err(Error::Script { kind, thrown, console: self.link.console(self.page) })
            }
            Ok(Ok(Err(Failure::Gone(why)))) => Err(Error::Gone { kind, why }),
            Ok(Err(_)) => Err(Error::Gone { kind, why: "its link was closed".into() }),
            Err(_) => Err(Error::Timeout { kind, after, console: self.link.console(self.page) }),
        }
    }
}

/// The calls of `host` that a page made, see [`Page::listen`].
pub struct Calls {
    queue: mpsc::UnboundedReceiver<HostCall>,
    link: Arc<Link>,
    kind: BrowserKind,
}

impl Calls {
    /// The next call, or `None` when the page is closed. Cancellation loses no call, so it may stand
    /// in a `select!`; it has no timeout of its own.
    pub async fn next(&mut self) -> Option<Call> {
        let call = self.queue.recv().await?;
        Some(Call {
            call: Some(call.call),
            name: call.name,
            value: call.value,
            kind: self.kind,
            link: Arc::clone(&self.link),
        })
    }
}

/// One `await host(name, value)` that waits in a page. Dropped without an answer, it is rejected.
pub struct Call {
    call: Option<u64>,
    name: String,
    value: Value,
    kind: BrowserKind,
    link: Arc<Link>,
}

impl Call {
    /// The name that was called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value that came with the call.
    ///
    /// # Errors
    /// [`Error::Value`] if it is no `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        parse(self.kind, &self.value)
    }

    /// Resolves the page's promise.
    pub fn reply(self, answer: impl Serialize) {
        match serde_json::to_value(answer) {
            Ok(answer) => self.settle(Ok(&answer)),
            Err(error) => self.refuse(error),
        }
    }

    /// Rejects the page's promise with an `Error`.
    pub fn refuse(self, why: impl fmt::Display) {
        self.settle(Err(why.to_string()));
    }

    fn settle(mut self, answer: Result<&Value, String>) {
        if let Some(call) = self.call.take() {
            self.link.reply(call, answer);
        }
    }
}

/// Calls of `host` are being answered; not any more when this is dropped. See [`Page::serve`].
#[must_use = "calls are answered only as long as this lives"]
pub struct Serving(JoinHandle<()>);

fn parse<T: DeserializeOwned>(kind: BrowserKind, value: &Value) -> Result<T, Error> {
    T::deserialize(value).map_err(|source| Error::Value { kind, value: value.to_string(), source })
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page({} {})", self.0.kind, self.0.page)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{} page {}:{}", self.kind, self.page, self.link.console(self.page));
        }
        self.link.close(self.page);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            self.link.reply(call, Err(format!("the test gave no answer to host('{}')", self.name)));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}
