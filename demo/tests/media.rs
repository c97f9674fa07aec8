//! Audio and video that the server echoes, as another program sends them.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod server;

use core::future::Future;
use core::time::Duration;

use rtc_tokio::{
    Config, DataChannelInit, Delivery, Description, Event, MediaKind, OutgoingFrame,
    PeerConnection, ReceivedFrame, Track, TransceiverDirection, TransceiverId,
};
use server::Server;
use tokio::time::{interval, timeout};

const SDP: &str = "application/sdp";

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(30), future).await.expect("it happens within 30 s")
}

/// Exchanges descriptions with the server: by POST without a path, otherwise by PATCH.
async fn negotiate(server: &Server, client: &PeerConnection, path: Option<&str>) -> String {
    client.set_local_description(None).unwrap();
    soon(client.gathered()).await;
    let offer = client.local_description().unwrap().sdp;
    let (status, reply) = match path {
        Some(path) => (200, server.patch(path, SDP, &offer)),
        None => (201, server.post(&offer)),
    };
    assert_eq!((reply.status, reply.header("content-type")), (status, Some(SDP)), "{reply:?}");
    let path = path.or_else(|| reply.header("location")).unwrap().to_owned();
    client.set_remote_description(Description::answer(reply.body)).unwrap();
    path
}

fn add(client: &PeerConnection, kind: MediaKind) -> TransceiverId {
    let id = client.add_track(Track::new(kind, kind.as_str()), &["camera"]).unwrap();
    client.set_delivery(id, Delivery::Frames).unwrap();
    id
}

/// Sends frames until one comes back to this transceiver.
async fn echo(client: &PeerConnection, id: TransceiverId, kind: MediaKind) -> ReceivedFrame {
    let mut clock = interval(Duration::from_millis(20));
    let mut number = 0;
    soon(async {
        loop {
            tokio::select! {
                frame = client.frame() => {
                    let frame = frame.expect("the connection lives");
                    if frame.transceiver == id {
                        return frame;
                    }
                }
                _ = clock.tick() => {
                    let frame = match kind {
                        MediaKind::Audio => OutgoingFrame::new(number * 960, opus(number)),
                        MediaKind::Video => OutgoingFrame::new(number * 1_800, vp8(number)),
                    };
                    number += 1;
                    // Before there are keys nothing is sent.
                    let _early = client.send_frame(id, &frame);
                }
            }
        }
    })
    .await
}

/// The server sends under SSRCs of its own.
fn assert_is_not_ours(client: &PeerConnection, frame: &ReceivedFrame) {
    client.observe(|core| {
        let sender = core.transceiver(frame.transceiver).unwrap().sender();
        assert!(sender.ssrcs().all(|ours| ours != frame.ssrc.0));
    });
}

fn opus(number: u32) -> bytes::Bytes {
    [&[0x78], &number.to_be_bytes()[..]].concat().into()
}

/// A key frame of VP8, more than a packet can hold.
fn vp8(number: u32) -> bytes::Bytes {
    let header = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00];
    let mut frame = vec![number as u8; 3_000];
    frame[..10].copy_from_slice(&header);
    frame.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn any_mix_of_audio_video_and_data_is_echoed() {
    let server = Server::start(&[]);
    for (audio, video, data) in
        [(true, true, true), (true, false, false), (false, true, true), (true, true, false)]
    {
        let client = PeerConnection::new(Config::loopback()).await.unwrap();
        let channel =
            data.then(|| client.create_data_channel("x", DataChannelInit::default()).unwrap());
        let audio = audio.then(|| add(&client, MediaKind::Audio));
        let video = video.then(|| add(&client, MediaKind::Video));
        let path = negotiate(&server, &client, None).await;
        soon(client.connected()).await.unwrap();
        if let Some(audio) = audio {
            let frame = echo(&client, audio, MediaKind::Audio).await;
            assert_eq!((frame.data[0], frame.data.len()), (0x78, 5));
            assert_is_not_ours(&client, &frame);
        }
        if let Some(video) = video {
            let frame = echo(&client, video, MediaKind::Video).await;
            assert!(frame.key_frame);
            assert_eq!(frame.data, vp8(frame.data[20].into()));
            assert_is_not_ours(&client, &frame);
        }
        if let Some(channel) = channel {
            soon(channel.opened()).await.unwrap();
            channel.send("as before").await.unwrap();
            assert_eq!(soon(channel.recv()).await, Some("as before".into()));
        }
        let report = server.get(&path).json();
        assert_eq!(report["connectionState"], "connected");
        let packets = |direction: &str, kind: &str, count: &str| -> u64 {
            let objects = report["stats"].as_object().unwrap().values();
            let of_kind = objects.filter(|it| it["type"] == direction && it["kind"] == kind);
            of_kind.map(|it| it[count].as_u64().unwrap()).sum()
        };
        for (kind, is_there) in [("audio", audio.is_some()), ("video", video.is_some())] {
            assert_eq!(packets("inbound-rtp", kind, "packetsReceived") > 0, is_there);
            assert_eq!(packets("outbound-rtp", kind, "packetsSent") > 0, is_there);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn media_that_are_added_later_are_echoed_while_the_channel_goes_on() {
    let server = Server::start(&[]);
    let client = PeerConnection::new(Config::loopback()).await.unwrap();
    let channel = client.create_data_channel("x", DataChannelInit::default()).unwrap();
    let path = negotiate(&server, &client, None).await;
    soon(channel.opened()).await.unwrap();
    for kind in [MediaKind::Video, MediaKind::Audio] {
        let id = add(&client, kind);
        negotiate(&server, &client, Some(&path)).await;
        let direction = client.observe(|core| core.transceiver(id).unwrap().current_direction());
        assert_eq!(direction, Some(TransceiverDirection::SendRecv));
        echo(&client, id, kind).await;
        channel.send("going on").await.unwrap();
        assert_eq!(soon(channel.recv()).await, Some("going on".into()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_a_key_frame_of_the_echo_reaches_the_sender() {
    let server = Server::start(&[]);
    let client = PeerConnection::new(Config::loopback()).await.unwrap();
    let id = add(&client, MediaKind::Video);
    negotiate(&server, &client, None).await;
    soon(client.connected()).await.unwrap();
    echo(&client, id, MediaKind::Video).await;
    client.request_key_frame(id, None).unwrap();
    let asked = async {
        loop {
            let event = client.event().await.expect("the connection lives");
            if let Event::KeyFrameRequested { transceiver, .. } = event {
                return transceiver;
            }
        }
    };
    assert_eq!(soon(asked).await, id);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_want_an_echo_gets_none() {
    let server = Server::start(&[]);
    for direction in [TransceiverDirection::SendOnly, TransceiverDirection::RecvOnly] {
        let client = PeerConnection::new(Config::loopback()).await.unwrap();
        let id = add(&client, MediaKind::Audio);
        client
            .change(|core, _| core.transceiver_mut(id).unwrap().set_direction(direction))
            .unwrap();
        negotiate(&server, &client, None).await;
        let agreed = client.observe(|core| core.transceiver(id).unwrap().current_direction());
        assert_eq!(agreed, Some(direction));
        soon(client.connected()).await.unwrap();
        for number in 0..20 {
            let sent = client.send_frame(id, &OutgoingFrame::new(number * 960, opus(number)));
            assert_eq!(sent.is_ok(), direction == TransceiverDirection::SendOnly);
            let back = timeout(Duration::from_millis(20), client.frame()).await;
            assert!(back.is_err(), "{back:?}");
        }
    }
}
