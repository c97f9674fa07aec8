//! `demo peer`: two processes that know each other by the lines that this test carries.

#![allow(clippy::unwrap_used, reason = "a test may")]

use core::cell::RefCell;
use core::time::Duration;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::{Value, json};

/// The program as a child process; killed when dropped.
struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    events: Receiver<Value>,
    /// What was read while waiting for something else.
    passed_over: RefCell<Vec<Value>>,
}

impl Peer {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_demo"))
            .args(["peer", "--bind", "127.0.0.1"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let input = child.stdin.take();
        let (sender, events) = channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // Nothing but JSON comes on standard output.
                let event = serde_json::from_str(&line).unwrap_or_else(|_| json!({"junk": line}));
                if sender.send(event).is_err() {
                    break;
                }
            }
        });
        Self { child, input, events, passed_over: RefCell::default() }
    }

    fn write(&mut self, line: &str) {
        let input = self.input.as_mut().expect("not ended");
        writeln!(input, "{line}").expect("it reads");
    }

    fn tell(&mut self, command: &Value) {
        self.write(&command.to_string());
    }

    fn next(&self) -> Value {
        self.events.recv_timeout(Duration::from_secs(30)).expect("an event within 30 s")
    }

    /// The next event of this kind; others before it are kept for later, but none may be an error.
    /// What happens to the connection and what happens to its channel is not told in one order.
    fn wait(&self, kind: &str) -> Value {
        let mut passed_over = self.passed_over.borrow_mut();
        if let Some(index) = passed_over.iter().position(|event| event["ev"] == kind) {
            return passed_over.remove(index);
        }
        loop {
            let event = self.next();
            if event["ev"] == kind {
                return event;
            }
            assert!(event["ev"] != "error" && event["junk"].is_null(), "{event}");
            passed_over.push(event);
        }
    }

    /// Ends the input, and gives what was still written.
    fn end(&mut self) -> Vec<Value> {
        self.input = None;
        let rest = self.events.iter().collect();
        assert!(self.child.wait().expect("it ends").success());
        rest
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// Two peers that have seen each other's descriptions, with all candidates inside.
fn pair() -> (Peer, Peer) {
    let (mut caller, mut callee) = (Peer::start(&[]), Peer::start(&[]));
    caller.tell(&json!({"cmd": "offer"}));
    let offer = caller.wait("offer");
    assert!(offer["sdp"].as_str().unwrap().contains("a=candidate:"));
    callee.tell(&json!({"cmd": "answer", "sdp": offer["sdp"]}));
    let answer = callee.wait("answer");
    assert!(answer["sdp"].as_str().unwrap().contains("a=candidate:"));
    caller.tell(&json!({"cmd": "accept", "sdp": answer["sdp"]}));
    (caller, callee)
}

fn carry_candidates(from: &Peer, to: &mut Peer) {
    loop {
        let mut candidate = from.wait("candidate");
        assert_eq!(candidate["mid"], "0");
        candidate["cmd"] = "candidate".into();
        to.tell(&candidate);
        if candidate["candidate"] == "" {
            break;
        }
    }
}

fn talk(caller: &mut Peer, callee: &mut Peer) {
    assert_eq!(caller.wait("open")["label"], "lab");
    assert_eq!(callee.wait("open")["label"], "lab");
    for text in ["hello", "", "two\nlines, ünïcödé"] {
        caller.tell(&json!({"cmd": "send", "text": text}));
        assert_eq!(callee.wait("message")["text"], text);
        callee.tell(&json!({"cmd": "send", "text": text}));
        assert_eq!(caller.wait("message")["text"], text);
    }
}

#[test]
fn two_peers_connect_and_exchange_messages() {
    let (mut caller, mut callee) = pair();
    for peer in [&caller, &callee] {
        assert_eq!(peer.wait("state")["state"], "connecting");
        assert_eq!(peer.wait("state")["state"], "connected");
    }
    talk(&mut caller, &mut callee);
    caller.tell(&json!({"cmd": "stats"}));
    let stats = caller.wait("stats");
    assert_eq!(stats["transport"]["dtlsState"], "connected");
    assert_eq!(stats["dataChannels"][0]["messagesSent"], 3);
    caller.tell(&json!({"cmd": "quit"}));
    assert_eq!(callee.wait("close")["label"], "lab");
    caller.end();
    callee.end();
}

#[test]
fn two_peers_connect_by_trickled_candidates() {
    let mut caller = Peer::start(&["--trickle", "--media", "data"]);
    let mut callee = Peer::start(&["--trickle"]);
    caller.tell(&json!({"cmd": "offer"}));
    let offer = caller.next();
    assert_eq!(offer["ev"], "offer", "{offer}");
    assert!(!offer["sdp"].as_str().unwrap().contains("a=candidate:"));
    callee.tell(&json!({"cmd": "answer", "sdp": offer["sdp"]}));
    let answer = callee.next();
    assert_eq!(answer["ev"], "answer", "{answer}");
    assert!(!answer["sdp"].as_str().unwrap().contains("a=candidate:"));
    caller.tell(&json!({"cmd": "accept", "sdp": answer["sdp"]}));
    carry_candidates(&caller, &mut callee);
    carry_candidates(&callee, &mut caller);
    talk(&mut caller, &mut callee);
}

#[test]
fn what_was_sent_before_the_end_of_the_input_arrives() {
    let (mut caller, callee) = pair();
    caller.wait("open");
    callee.wait("open");
    let long = "x".repeat(100_000);
    for _ in 0..100 {
        caller.tell(&json!({"cmd": "send", "text": long}));
    }
    caller.tell(&json!({"cmd": "send", "text": "last"}));
    caller.end();
    for _ in 0..100 {
        assert_eq!(callee.wait("message")["text"].as_str().map(str::len), Some(long.len()));
    }
    assert_eq!(callee.wait("message")["text"], "last");
    callee.wait("close");
}

#[test]
fn lines_that_cannot_be_obeyed_are_errors_and_nothing_else() {
    let mut peer = Peer::start(&[]);
    for line in [
        "nonsense",
        "{",
        "[]",
        r#"{"cmd":"dance"}"#,
        r#"{"cmd":"send"}"#,
        r#"{"cmd":"send","text":"nobody is there"}"#,
        r#"{"cmd":"answer","sdp":"nonsense"}"#,
        r#"{"cmd":"accept","sdp":"v=0\r\n"}"#,
        r#"{"cmd":"candidate","candidate":"candidate:1 1 udp 1 127.0.0.1 9 typ host","mid":"0"}"#,
    ] {
        peer.write(line);
        let event = peer.next();
        assert_eq!(event["ev"], "error", "{line}: {event}");
        assert!(!event["text"].as_str().unwrap().is_empty(), "{line}");
    }
    peer.tell(&json!({"cmd": "offer"}));
    assert_eq!(peer.next()["ev"], "offer");
    assert_eq!(peer.end(), [] as [Value; 0]);
}

#[test]
fn media_that_it_does_not_know_are_an_error() {
    for media in ["audio", "data,video", ""] {
        let output = Command::new(env!("CARGO_BIN_EXE_demo"))
            .args(["peer", "--media", media])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(!output.status.success(), "{media}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{media}");
    }
}
