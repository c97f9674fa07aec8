//! What the test process and one browser have to say to each other, and what is still unanswered.

use core::mem;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::error::{Console, ConsoleLine, ScriptError};

/// One browser's side of the conversation: commands on their way to it, answers on their way back.
pub(crate) struct Link {
    state: Mutex<State>,
    /// Wakes the long poll: there is a command.
    wake: Notify,
}

/// What the document is told to do.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Command {
    /// Open a page; answered like a script that returns null.
    Open { page: u64, call: u64 },
    /// Close a page and everything in it; not answered.
    Close { page: u64 },
    /// Run a script, with arguments as JSON text so that they are parsed inside the page's realm.
    Run { page: u64, call: u64, body: String, args: String },
    /// The answer to a call of `host`: a value as JSON text, or why it was refused.
    Reply { call: u64, value: String, refused: Option<String> },
}

/// What the document tells.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Message {
    /// A script returned. (`undefined` has no JSON: the value is then missing.)
    Done {
        call: u64,
        #[serde(default)]
        value: Value,
    },
    /// A script threw.
    Failed {
        call: u64,
        #[serde(flatten)]
        thrown: ScriptError,
    },
    /// A page wrote to its console.
    Console { page: u64, level: String, text: String },
    /// A script called `host`.
    Host {
        page: u64,
        call: u64,
        name: String,
        #[serde(default)]
        value: Value,
    },
}

/// How a script ended without a value.
#[derive(Debug)]
pub(crate) enum Failure {
    Thrown(ScriptError),
    /// The browser is gone, and why.
    Gone(String),
}

/// A call of `host` that waits for its answer.
#[derive(Debug)]
pub(crate) struct HostCall {
    pub(crate) call: u64,
    pub(crate) name: String,
    pub(crate) value: Value,
}

/// Where the answer to a command arrives.
pub(crate) type Answer = oneshot::Receiver<Result<Value, Failure>>;

#[derive(Default)]
struct State {
    commands: Vec<Command>,
    unanswered: BTreeMap<u64, Unanswered>,
    pages: BTreeMap<u64, PageState>,
    last_call: u64,
    last_page: u64,
    gone: Option<String>,
}

struct Unanswered {
    page: u64,
    answer: oneshot::Sender<Result<Value, Failure>>,
}

#[derive(Default)]
struct PageState {
    console: VecDeque<ConsoleLine>,
    listeners: BTreeMap<String, mpsc::UnboundedSender<HostCall>>,
}

impl Link {
    /// A link to a browser that is about to start; the answer is its user agent string, when its
    /// document is there.
    pub(crate) fn new() -> (Self, Answer) {
        let mut state = State::default();
        // The document itself is page 0, and reports for duty as if it had been given call 0.
        state.pages.insert(0, PageState::default());
        let (answer, ready) = oneshot::channel();
        state.unanswered.insert(0, Unanswered { page: 0, answer });
        (Self { state: Mutex::new(state), wake: Notify::new() }, ready)
    }

    /// Opens a page: its number, and the answer when it is there.
    pub(crate) fn open(&self) -> (u64, Answer) {
        let mut state = self.state();
        state.last_page += 1;
        let page = state.last_page;
        state.pages.insert(page, PageState::default());
        let (_, answer) = self.command(state, page, |call| Command::Open { page, call });
        (page, answer)
    }

    /// Closes a page. Nobody hears from it again: its scripts are given up, its listeners end.
    pub(crate) fn close(&self, page: u64) {
        let mut state = self.state();
        state.pages.remove(&page);
        state.unanswered.retain(|_, unanswered| unanswered.page != page);
        state.commands.push(Command::Close { page });
        self.wake.notify_one();
    }

    /// Runs a script: its call number, and the answer.
    pub(crate) fn run(&self, page: u64, body: &str, args: String) -> (u64, Answer) {
        let body = body.into();
        self.command(self.state(), page, |call| Command::Run { page, call, body, args })
    }

    /// Gives up waiting for an answer.
    pub(crate) fn forget(&self, call: u64) {
        self.state().unanswered.remove(&call);
    }

    /// Answers a call of `host`.
    pub(crate) fn reply(&self, call: u64, answer: Result<&Value, String>) {
        let (value, refused) = match answer {
            Ok(value) => (value.to_string(), None),
            Err(why) => (String::new(), Some(why)),
        };
        self.state().commands.push(Command::Reply { call, value, refused });
        self.wake.notify_one();
    }

    /// Sends the page's calls of `host` with one of these names into one queue, in the order in
    /// which they were made. A name that already has a listener changes over to the new one.
    pub(crate) fn listen(&self, page: u64, names: &[&str]) -> mpsc::UnboundedReceiver<HostCall> {
        let (calls, queue) = mpsc::unbounded_channel();
        if let Some(page) = self.state().pages.get_mut(&page) {
            page.listeners.extend(names.iter().map(|name| ((*name).into(), calls.clone())));
        }
        queue
    }

    /// What the page wrote so far: its last [`CONSOLE_LINES`] lines.
    pub(crate) fn console(&self, page: u64) -> Console {
        let state = self.state();
        let lines = state.pages.get(&page).map(|page| page.console.iter().cloned().collect());
        Console(lines.unwrap_or_default())
    }

    /// The browser is gone: fails what is unanswered, and everything that is still asked.
    pub(crate) fn end(&self, why: String) {
        let mut state = self.state();
        for (_, unanswered) in mem::take(&mut state.unanswered) {
            let _ = unanswered.answer.send(Err(Failure::Gone(why.clone())));
        }
        state.pages.clear();
        state.gone = Some(why);
    }

    /// Waits until there are commands, and takes them.
    pub(crate) async fn commands(&self) -> Vec<Command> {
        loop {
            let commands = mem::take(&mut self.state().commands);
            if !commands.is_empty() {
                return commands;
            }
            self.wake.notified().await;
        }
    }

    /// Takes in what the document told.
    pub(crate) fn message(&self, message: Message) {
        match message {
            Message::Done { call, value } => self.answer(call, Ok(value)),
            Message::Failed { call, thrown } => self.answer(call, Err(Failure::Thrown(thrown))),
            Message::Console { page, level, text } => {
                if let Some(page) = self.state().pages.get_mut(&page) {
                    page.console.push_back(ConsoleLine { level, text });
                    if page.console.len() > CONSOLE_LINES {
                        page.console.pop_front();
                    }
                }
            }
            Message::Host { page, call, name, value } => {
                let state = self.state();
                let listener = state.pages.get(&page).and_then(|page| page.listeners.get(&name));
                let host_call = HostCall { call, name: name.clone(), value };
                let heard = listener.is_some_and(|listener| listener.send(host_call).is_ok());
                drop(state);
                if !heard {
                    self.reply(call, Err(format!("no test listens to host('{name}')")));
                }
            }
        }
    }

    fn command(
        &self,
        mut state: MutexGuard<'_, State>,
        page: u64,
        command: impl FnOnce(u64) -> Command,
    ) -> (u64, Answer) {
        let (answer, receiver) = oneshot::channel();
        state.last_call += 1;
        let call = state.last_call;
        match &state.gone {
            Some(why) => {
                let _ = answer.send(Err(Failure::Gone(why.clone())));
            }
            None => {
                state.unanswered.insert(call, Unanswered { page, answer });
                state.commands.push(command(call));
                self.wake.notify_one();
            }
        }
        (call, receiver)
    }

    fn answer(&self, call: u64, answer: Result<Value, Failure>) {
        // Nobody waits any more for what was given up.
        if let Some(unanswered) = self.state().unanswered.remove(&call) {
            let _ = unanswered.answer.send(answer);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the state whole: no step here is interrupted halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many lines of a page's console are kept; older ones give way.
const CONSOLE_LINES: usize = 200;
