//! The HTTP interface, as another program uses it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod server;

use core::future::Future;
use core::time::Duration;

use rtc_tokio::{
    Config, ConnectionState, DataChannel, DataChannelInit, Description, Message, PeerConnection,
};
use server::{Reply, Server};
use tokio::time::{sleep, timeout};

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(30), future).await.expect("it happens within 30 s")
}

/// A client that has posted its offer and set the answer.
async fn call(server: &Server, config: Config) -> (PeerConnection, DataChannel, String) {
    let client = PeerConnection::new(config).await.unwrap();
    let channel = client.create_data_channel("test", DataChannelInit::default()).unwrap();
    client.set_local_description(None).unwrap();
    soon(client.gathered()).await;
    let reply = server.post(&client.local_description().unwrap().sdp);
    assert_eq!((reply.status, reply.header("content-type")), (201, Some(SDP)), "{reply:?}");
    assert!(reply.body.contains("a=candidate:") && reply.body.contains("a=end-of-candidates"));
    let path = reply.header("location").unwrap().to_owned();
    client.set_remote_description(Description::answer(reply.body)).unwrap();
    (client, channel, path)
}

async fn echo(channel: &DataChannel, message: impl Into<Message>) {
    let message = message.into();
    soon(channel.send(message.clone())).await.unwrap();
    assert_eq!(soon(channel.recv()).await, Some(message));
}

/// Asks until the answer is as wished.
async fn until(server: &Server, path: &str, wished: impl Fn(&Reply) -> bool) -> Reply {
    soon(async {
        loop {
            let reply = server.get(path);
            if wished(&reply) {
                return reply;
            }
            sleep(Duration::from_millis(50)).await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_answered_and_every_message_comes_back_on_its_channel() {
    let server = Server::start(&[]);
    let (client, first, path) = call(&server, Config::loopback()).await;
    soon(first.opened()).await.unwrap();
    echo(&first, "text, ünïcödé").await;
    echo(&first, vec![0, 1, 2, 255]).await;
    echo(&first, "").await;
    echo(&first, Vec::new()).await;
    echo(&first, vec![7; 262_144]).await;

    let init = DataChannelInit { ordered: false, ..DataChannelInit::default() };
    let second = client.create_data_channel("second", init).unwrap();
    soon(second.opened()).await.unwrap();
    second.send("on the second").await.unwrap();
    first.send("on the first").await.unwrap();
    assert_eq!(soon(second.recv()).await, Some("on the second".into()));
    assert_eq!(soon(first.recv()).await, Some("on the first".into()));

    let status = server.get(&path).json();
    assert_eq!(status["connectionState"], "connected");
    assert_eq!(status["signalingState"], "stable");
    assert_eq!(status["iceGatheringState"], "complete");
    assert_eq!(status["transport"]["dtlsState"], "connected");
    assert!(status["transport"]["dtlsCipher"].as_str().unwrap().starts_with("TLS_"));
    assert_eq!(status["dataChannels"][0]["label"], "test");
    assert_eq!(status["dataChannels"][0]["messagesReceived"], 6);
    assert_eq!(status["dataChannels"][0]["messagesSent"], 6);
    assert_eq!(status["dataChannels"][1]["bytesReceived"], "on the second".len());
    let stats = &status["stats"];
    let of_type = |kind: &str| {
        stats.as_object().unwrap().values().find(|object| object["type"] == kind).unwrap()
    };
    let transport = of_type("transport");
    assert_eq!(transport["dtlsState"], "connected");
    let pair = &stats[transport["selectedCandidatePairId"].as_str().unwrap()];
    assert_eq!((&pair["type"], &pair["state"]), (&"candidate-pair".into(), &"succeeded".into()));
    // Since 1970, not since the server began.
    assert!(transport["timestamp"].as_f64().unwrap() > 1.7e12);
    assert_eq!(of_type("peer-connection")["dataChannelsOpened"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_post_brings_an_offer_and_a_patch_the_answer() {
    let server = Server::start(&[]);
    let reply = server.request("POST", "/session", &[], "");
    assert_eq!((reply.status, reply.header("content-type")), (201, Some(SDP)), "{reply:?}");
    let path = reply.header("location").unwrap();
    assert_eq!(server.get(path).json()["signalingState"], "have-local-offer");

    let client = PeerConnection::new(Config::loopback()).await.unwrap();
    client.set_remote_description(Description::offer(reply.body.clone())).unwrap();
    client.set_local_description(None).unwrap();
    soon(client.gathered()).await;
    let answer = client.local_description().unwrap().sdp;
    assert_eq!(server.patch(path, SDP, &answer).status, 204);
    let channel = soon(client.accept()).await.unwrap();
    assert_eq!(channel.label(), "echo");
    echo(&channel, "through our own channel").await;

    // The exchange is over.
    assert_eq!(server.patch(path, SDP, &answer).status, 409);
    echo(&channel, "still there").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_offer_is_answered_and_the_channels_go_on() {
    let server = Server::start(&[]);
    let (client, channel, path) = call(&server, Config::loopback()).await;
    soon(channel.opened()).await.unwrap();
    let ufrag =
        |sdp: &str| sdp.split("a=ice-ufrag:").nth(1).unwrap().lines().next().map(str::to_owned);
    let before = ufrag(&client.remote_description().unwrap().sdp);

    for restarts in [false, true] {
        if restarts {
            client.restart_ice();
        }
        client.set_local_description(None).unwrap();
        soon(client.gathered()).await;
        let reply = server.patch(&path, SDP, &client.local_description().unwrap().sdp);
        assert_eq!((reply.status, reply.header("content-type")), (200, Some(SDP)), "{reply:?}");
        assert_eq!(ufrag(&reply.body) == before, !restarts);
        client.set_remote_description(Description::answer(reply.body)).unwrap();
        echo(&channel, "going on").await;
    }
    assert_eq!(server.get(&path).json()["signalingState"], "stable");
}

#[tokio::test(flavor = "multi_thread")]
async fn candidates_that_come_later_are_what_connects() {
    let server = Server::start(&[]);
    let reply = server.request("POST", "/session", &[], "");
    let path = reply.header("location").unwrap();
    // Neither side knows a candidate of the other, so none of them can begin.
    let bare = |sdp: &str| -> String {
        let keep = |line: &&str| !line.contains("candidate");
        sdp.split_inclusive("\r\n").filter(keep).collect()
    };
    let client = PeerConnection::new(Config::loopback()).await.unwrap();
    client.set_remote_description(Description::offer(bare(&reply.body))).unwrap();
    client.set_local_description(None).unwrap();
    soon(client.gathered()).await;
    let answer = client.local_description().unwrap().sdp;
    assert_eq!(server.patch(path, SDP, &bare(&answer)).status, 204);
    sleep(Duration::from_millis(500)).await;
    assert_ne!(client.connection_state(), ConnectionState::Connected);
    assert_eq!(server.get(path).json()["candidatePairs"].as_array().unwrap().len(), 0);

    let line = |name: &str| answer.lines().find(|line| line.starts_with(name)).unwrap();
    let fragment: Vec<_> = ["a=ice-ufrag:", "a=ice-pwd:", "m=", "a=mid:", "a=candidate:"]
        .into_iter()
        .map(line)
        .chain(["a=end-of-candidates", ""])
        .collect();
    assert_eq!(server.patch(path, FRAGMENT, &fragment.join("\r\n")).status, 204);
    soon(client.connected()).await.unwrap();
    echo(&soon(client.accept()).await.unwrap(), "found").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_session_is_gone_and_its_client_notices() {
    let server = Server::start(&[]);
    let (_client, channel, path) = call(&server, Config::loopback()).await;
    soon(channel.opened()).await.unwrap();
    assert_eq!(server.request("DELETE", &path, &[], "").status, 204);
    assert_eq!(server.get(&path).status, 404);
    assert_eq!(server.request("DELETE", &path, &[], "").status, 404);
    soon(channel.closed()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_its_client_leaves_or_never_comes() {
    let server = Server::start(&["--connect-within", "2", "--max-sessions", "2"]);
    let (client, channel, left) = call(&server, Config::loopback()).await;
    let never = server.request("POST", "/session", &[], "");
    let never = never.header("location").unwrap();
    assert_eq!(server.get(never).status, 200);

    let full = server.request("POST", "/session", &[], "");
    assert_eq!(full.status, 503, "{full:?}");
    assert!(full.header("retry-after").is_some());

    soon(channel.opened()).await.unwrap();
    until(&server, never, |reply| reply.status == 404).await;
    // The one that was connected in time has stayed.
    echo(&channel, "here").await;
    client.close();
    until(&server, &left, |reply| reply.status == 404).await;
    assert_eq!(server.request("POST", "/session", &[], "").status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_cannot_send_for_ever_and_loses_nothing() {
    const SIZE: usize = 16 * 1024;
    let server = Server::start(&[]);
    let mut config = Config::loopback();
    config.peer.send_buffer = 256 * 1024;
    config.peer.receive_buffer = 256 * 1024;
    let (_client, channel, _) = call(&server, config).await;
    soon(channel.opened()).await.unwrap();
    let message = |number: usize| vec![number as u8; SIZE];
    let mut sent = 0;
    while let Ok(outcome) = timeout(Duration::from_secs(2), channel.send(message(sent))).await {
        outcome.unwrap();
        sent += 1;
        assert!(sent * SIZE < 8 * 1024 * 1024, "the server takes in everything");
    }
    for number in 0..sent {
        assert_eq!(soon(channel.recv()).await, Some(message(number).into()), "message {number}");
    }
    echo(&channel, "going on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_with_a_reason_and_other_sessions_go_on() {
    let server = Server::start(&[]);
    let (client, channel, path) = call(&server, Config::loopback()).await;
    soon(channel.opened()).await.unwrap();
    let offer = client.local_description().unwrap().sdp;
    let without_password: String =
        offer.split_inclusive("\r\n").filter(|line| !line.starts_with("a=ice-pwd")).collect();
    let nowhere = "/session/00000000000000000000000000000000";
    let too_large = "x".repeat(1024 * 1024 + 1);
    let plain = [("Content-Type", "text/plain")];
    let sdp = [("Content-Type", SDP)];

    let refused = [
        (404, server.get(nowhere)),
        (404, server.patch(nowhere, SDP, &offer)),
        (404, server.request("DELETE", nowhere, &[], "")),
        (404, server.get("/session/%ff")),
        (404, server.get("/elsewhere")),
        (405, server.request("PUT", "/session", &sdp, &offer)),
        (405, server.request("POST", &path, &sdp, &offer)),
        (405, server.request("OPTIONS", "/session", &[], "")),
        (415, server.request("POST", "/session", &plain, &offer)),
        (415, server.request("POST", "/session", &[], &offer)),
        (415, server.request("PATCH", &path, &plain, &offer)),
        (413, server.post(&too_large)),
        (413, server.patch(&path, FRAGMENT, &too_large)),
        (400, server.post("not a description")),
        (400, server.post(&offer.replace("s=-\r\n", "s=-\r\nnonsense\r\n"))),
        (400, server.patch(&path, FRAGMENT, "nonsense")),
        (400, server.raw(
            format!("POST /session HTTP/1.1\r\nHost: {}\r\nContent-Type: {SDP}\r\nContent-Length: 4\r\nConnection: close\r\n\r\n", server.address)
                .into_bytes()
                .iter()
                .chain(b"v=\xff\xfe")
                .copied()
                .collect::<Vec<_>>()
                .as_slice(),
        )),
        (400, server.patch(&path, SDP, "not a description")),
        (422, server.patch(&path, SDP, &without_password)),
        // The candidate is of another generation.
        (409, server.patch(&path, FRAGMENT, "a=ice-ufrag:xxxx\r\na=ice-pwd:xxxxxxxxxxxxxxxxxxxxxxxx\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\na=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n")),
        // Readable, but of no use: there are no credentials.
        (422, server.post(&without_password)),
    ];
    for (status, reply) in refused {
        assert_eq!(reply.status, status, "{reply:?}");
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{reply:?}");
        let problem = reply.json();
        assert_eq!((&problem["status"], &problem["type"]), (&status.into(), &"about:blank".into()));
        assert!(!problem["title"].as_str().unwrap().is_empty());
        assert!(!problem["detail"].as_str().unwrap().is_empty());
    }
    let line = server.post(&offer.replace("s=-\r\n", "s=-\r\nnonsense\r\n")).json();
    assert_eq!(line["line"], 4, "{line}");
    assert!(line["detail"].as_str().unwrap().contains("line 4"), "{line}");

    echo(&channel, "unmoved").await;
    assert_eq!(server.get(&path).json()["connectionState"], "connected");
}

#[test]
fn pages_of_others_cannot_drive_it() {
    let server = Server::start(&[]);
    let foreign = server.request("GET", "/", &[("Host", "attacker.example:8080")], "");
    assert_eq!(foreign.status, 421, "{foreign:?}");
    let foreign = server.request("POST", "/session", &[("Origin", "http://attacker.example")], "");
    assert_eq!((foreign.status, foreign.header("access-control-allow-origin")), (403, None));
    let own = format!("http://{}", server.address);
    assert_eq!(server.request("POST", "/session", &[("Origin", &own)], "").status, 201);
    assert_eq!(server.raw(b"GET / HTTP/1.0\r\n\r\n").status, 421);
}

#[test]
fn the_page_and_its_parts_come_with_their_types_and_ask_nobody_else() {
    let server = Server::start(&[]);
    for (path, media_type, inside) in [
        ("/", "text/html; charset=utf-8", "<!doctype html>"),
        ("/style.css", "text/css; charset=utf-8", "prefers-color-scheme"),
        ("/app.js", "text/javascript; charset=utf-8", "import"),
        ("/chat.js", "text/javascript; charset=utf-8", "class Chat"),
        ("/connection.js", "text/javascript; charset=utf-8", "RTCPeerConnection"),
        ("/figures.js", "text/javascript; charset=utf-8", "class Figures"),
        ("/file.js", "text/javascript; charset=utf-8", "class FileEcho"),
        ("/format.js", "text/javascript; charset=utf-8", "function bytes"),
        ("/level.js", "text/javascript; charset=utf-8", "class Level"),
        ("/media.js", "text/javascript; charset=utf-8", "class MediaEcho"),
        ("/plot.js", "text/javascript; charset=utf-8", "class Plot"),
        ("/signaling.js", "text/javascript; charset=utf-8", "class Trickle"),
        ("/sources.js", "text/javascript; charset=utf-8", "getUserMedia"),
        ("/throughput.js", "text/javascript; charset=utf-8", "class Throughput"),
        ("/tone.js", "text/javascript; charset=utf-8", "OscillatorNode"),
        ("/icon.svg", "image/svg+xml", "<svg"),
    ] {
        let reply = server.get(path);
        assert_eq!((reply.status, reply.header("content-type")), (200, Some(media_type)), "{path}");
        assert!(reply.body.contains(inside), "{path}");
        let elsewhere = ["https://", "http://", "//cdn"].map(|start| {
            reply.body.matches(start).count()
                - reply.body.matches("http://www.w3.org/").count() * usize::from(start == "http://")
        });
        assert_eq!(elsewhere, [0; 3], "{path}");
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
    }
}
