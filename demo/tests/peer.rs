//! `demo peer`: two processes that know each other by the lines that this test carries.

#![allow(clippy::unwrap_used, reason = "a test may")]

use core::cell::RefCell;
use core::time::Duration;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use bytes::Bytes;
use rtc_tokio::{Config, Delivery, Description, MediaKind, OutgoingPacket, PeerConnection, Track};
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
    let (caller, callee, _) = pair_with(&[], &[]);
    (caller, callee)
}

/// Two such peers with these arguments, and the answer.
fn pair_with(caller: &[&str], callee: &[&str]) -> (Peer, Peer, String) {
    let (mut caller, mut callee) = (Peer::start(caller), Peer::start(callee));
    caller.tell(&json!({"cmd": "offer"}));
    let offer = caller.wait("offer");
    assert!(offer["sdp"].as_str().unwrap().contains("a=candidate:"));
    callee.tell(&json!({"cmd": "answer", "sdp": offer["sdp"]}));
    let answer = callee.wait("answer");
    assert!(answer["sdp"].as_str().unwrap().contains("a=candidate:"));
    caller.tell(&json!({"cmd": "accept", "sdp": answer["sdp"]}));
    (caller, callee, answer["sdp"].as_str().unwrap().to_owned())
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

/// The m-sections of a description: kind and direction, or that it is turned down.
fn sections(sdp: &str) -> Vec<(&str, &str)> {
    let section = |text| -> (&str, &str) {
        let kind = str::split(text, ' ').next().unwrap();
        let directions = ["sendrecv", "sendonly", "recvonly", "inactive"];
        let direction = directions.iter().find(|it| text.contains(&format!("\na={it}\r")));
        let rejected = text.split(' ').nth(1) == Some("0") && !text.contains("a=bundle-only");
        (kind, if rejected { "rejected" } else { direction.copied().unwrap_or_default() })
    };
    sdp.split("\nm=").skip(1).map(section).collect()
}

#[test]
fn two_peers_agree_on_audio_video_and_data() {
    let media = ["--media", "audio,video,data"];
    let (mut caller, mut callee, answer) = pair_with(&media, &media);
    let agreed = [("audio", "sendrecv"), ("video", "sendrecv"), ("application", "")];
    assert_eq!(sections(&answer), agreed);
    talk(&mut caller, &mut callee);
    for peer in [&mut caller, &mut callee] {
        peer.tell(&json!({"cmd": "stats"}));
        // Nobody has sent any; there is nothing to be sent back.
        assert_eq!(peer.wait("stats")["rtp"], json!({"audio": 0, "video": 0}));
    }
    // What is added is not added again.
    caller.tell(&json!({"cmd": "offer"}));
    let again = caller.wait("offer")["sdp"].as_str().unwrap().to_owned();
    assert_eq!(sections(&again).len(), 3);
}

#[test]
fn media_that_were_not_asked_for_are_turned_down() {
    let (caller, callee, answer) = pair_with(&["--media", "data,video,audio"], &[]);
    let kinds: std::collections::BTreeMap<_, _> = sections(&answer).into_iter().collect();
    assert_eq!((kinds["audio"], kinds["video"]), ("rejected", "rejected"));
    for peer in [&caller, &callee] {
        peer.wait("open");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn received_media_go_back_and_are_counted() {
    let mut peer = Peer::start(&["--media", "audio,video,data"]);
    let client = PeerConnection::new(Config::loopback()).await.unwrap();
    peer.tell(&json!({"cmd": "offer"}));
    let offer = peer.wait("offer")["sdp"].as_str().unwrap().to_owned();
    client.set_remote_description(Description::offer(offer)).unwrap();
    let audio = client.add_track(Track::new(MediaKind::Audio, "sound"), &[]).unwrap();
    let video = client.add_track(Track::new(MediaKind::Video, "picture"), &[]).unwrap();
    for id in [audio, video] {
        client.set_delivery(id, Delivery::Packets).unwrap();
    }
    client.set_local_description(None).unwrap();
    client.gathered().await;
    peer.tell(&json!({"cmd": "accept", "sdp": client.local_description().unwrap().sdp}));
    client.connected().await.unwrap();

    let mut back = [0; 2];
    let mut clock = tokio::time::interval(Duration::from_millis(10));
    let mut sent = 0_u32;
    while back.iter().any(|count| *count < 20) {
        tokio::select! {
            packet = client.packet() => {
                let packet = packet.unwrap();
                assert_eq!(packet.payload[..4], *b"\x90\x80\x00\x00", "{packet:?}");
                back[usize::from(packet.transceiver == video)] += 1;
            }
            _ = clock.tick() => {
                assert!(sent < 3_000, "they come back within 30 s: {back:?}");
                for id in [audio, video] {
                    let payload = Bytes::from_static(b"\x90\x80\x00\x00payload");
                    let packet = OutgoingPacket::new(sent * 900, payload);
                    let _early = client.send_packet(id, &packet);
                }
                sent += 1;
            }
        }
    }
    peer.tell(&json!({"cmd": "stats"}));
    let rtp = &peer.wait("stats")["rtp"];
    for (kind, back) in [("audio", back[0]), ("video", back[1])] {
        let received = rtp[kind].as_u64().unwrap();
        assert!((back..=sent.into()).contains(&received), "{rtp}, {back} back of {sent}");
    }
}

#[test]
fn media_that_it_does_not_know_are_an_error() {
    for media in ["sound", "data,film", ""] {
        let output = Command::new(env!("CARGO_BIN_EXE_demo"))
            .args(["peer", "--media", media])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(!output.status.success(), "{media}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{media}");
    }
}
