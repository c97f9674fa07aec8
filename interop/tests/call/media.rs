//! Media in a call: what the browser sends, what we send back, and what the browser makes of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write as _},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use anyhow::Context as _;
use rtc_tokio::{
    PeerConnection,
    rtc_peer::{
        Delivery, MediaKind, OutgoingFrame, OutgoingPacket, PacketOrigin, ReceivedPacket,
        RtpReceiver, Track, TransceiverDirection, TransceiverId, TransceiverInit,
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{Call, Setup, Side};

/// A call whose browser sends whatever we offer to receive, and whose other side, which is ours,
/// sends back whatever comes.
pub(crate) async fn echoing(
    page: interop::Page,
    setup: Setup,
    delivery: Delivery,
) -> anyhow::Result<(Call, Echo)> {
    let prepare = Arc::new(move |pc: &PeerConnection| send_all(pc, delivery));
    let call = Call::set_up(page, Setup { prepare, ..setup }).await?;
    call.run::<()>("window.beforeAnswer = () => sendAll();", Value::Null).await?;
    let echo = Echo::start(&call.pc);
    Ok((call, echo))
}

/// A transceiver that is added by one side, and sends from both once it is negotiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) kind: MediaKind,
    /// The only codec that it is left, by its name in capital letters.
    pub(crate) codec: Option<&'static str>,
    /// Whether retransmissions go with it.
    pub(crate) rtx: bool,
}

impl Wanted {
    pub(crate) const AUDIO: Self = Self { kind: MediaKind::Audio, codec: Some("OPUS"), rtx: false };
    pub(crate) const VIDEO: Self = Self::video("VP8");

    pub(crate) const fn video(codec: &'static str) -> Self {
        Self { kind: MediaKind::Video, codec: Some(codec), rtx: true }
    }
}

/// Adds a transceiver on one side.
pub(crate) async fn add(
    call: &Call,
    side: Side,
    wanted: Wanted,
    delivery: Delivery,
) -> anyhow::Result<()> {
    let Wanted { kind, codec, rtx } = wanted;
    match side {
        Side::Browser => {
            let what = json!({ "kind": kind.as_str(), "codec": codec, "rtx": rtx });
            call.run("await addMedia(what);", json!({ "what": what })).await
        }
        Side::Us => {
            let id = add_ours(&call.pc, kind)?;
            call.pc.set_delivery(id, delivery)?;
            codec.map_or(Ok(()), |codec| prefer(&call.pc, id, codec, rtx))
        }
    }
}

/// Adds a transceiver of ours that sends.
pub(crate) fn add_ours(pc: &PeerConnection, kind: MediaKind) -> anyhow::Result<TransceiverId> {
    let init = TransceiverInit { streams: vec!["echo".into()], ..Default::default() };
    Ok(pc.add_transceiver(track(kind), init)?)
}

/// A track of ours.
fn track(kind: MediaKind) -> Track {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    Track::new(kind, format!("ours-{}", COUNT.fetch_add(1, Ordering::Relaxed)))
}

/// Leaves a transceiver of ours this codec, with or without retransmissions.
pub(crate) fn prefer(
    pc: &PeerConnection,
    id: TransceiverId,
    codec: &str,
    rtx: bool,
) -> anyhow::Result<()> {
    pc.change(|core, _| {
        let kind = core.transceiver(id)?.kind();
        let mut codecs = RtpReceiver::capabilities(kind).codecs;
        codecs.retain(|known| {
            let name = known.mime_type.split('/').nth(1).unwrap_or_default();
            name.eq_ignore_ascii_case(codec) || (rtx && name.eq_ignore_ascii_case("rtx"))
        });
        core.transceiver_mut(id)?.set_codec_preferences(codecs)?;
        Ok(())
    })
}

/// Before an offer is answered: whatever it would have us receive, we send as well.
pub(crate) fn send_all(pc: &PeerConnection, delivery: Delivery) -> anyhow::Result<()> {
    pc.change(|core, _| {
        let fresh = core.transceivers().filter(|its| {
            its.direction() == TransceiverDirection::RecvOnly && its.current_direction().is_none()
        });
        let fresh: Vec<_> = fresh.map(|its| (its.id(), its.kind())).collect();
        for (id, kind) in fresh {
            core.set_delivery(id, delivery)?;
            let mut transceiver = core.transceiver_mut(id)?;
            transceiver.replace_track(Some(track(kind)))?;
            transceiver.set_streams(&["echo"])?;
            transceiver.set_direction(TransceiverDirection::SendRecv)?;
        }
        Ok(())
    })
}

/// The codecs among these that the browser's build has; says past the test runner's capture which
/// it has not.
pub(crate) async fn built_in(
    call: &Call,
    kind: MediaKind,
    codecs: &[&'static str],
) -> anyhow::Result<Vec<&'static str>> {
    let names: Vec<String> =
        call.run("return codecNames(kind);", json!({ "kind": kind.as_str() })).await?;
    let (has, lacks): (Vec<_>, Vec<_>) =
        codecs.iter().partition(|codec| names.iter().any(|name| name == *codec));
    for codec in lacks {
        let browser = call.page.kind();
        let _ =
            writeln!(io::stderr(), "INTEROP CODEC ABSENT: this build of {browser} has no {codec}");
    }
    Ok(has)
}

/// What the browser says of what it hears from one of our senders.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Heard {
    pub(crate) mid: Option<String>,
    pub(crate) kind: String,
    pub(crate) codec: Option<String>,
    pub(crate) packets: u64,
    pub(crate) frames: u64,
    pub(crate) energy: f64,
    pub(crate) lost: i64,
    pub(crate) nacks: u64,
    pub(crate) plis: u64,
    pub(crate) repaired: u64,
    pub(crate) freezes: u64,
    pub(crate) dropped: u64,
}

/// Waits until the browser has heard so much of each of so many transceivers.
pub(crate) async fn all_heard(
    call: &Call,
    frames: u32,
    transceivers: usize,
) -> anyhow::Result<Vec<Heard>> {
    let args = json!({ "frames": frames, "transceivers": transceivers });
    let heard = call.run("return await allHeard(frames, transceivers);", args).await;
    heard.with_context(|| transceivers_of(&call.pc))
}

/// Our side of each transceiver, for messages.
pub(crate) fn transceivers_of(pc: &PeerConnection) -> String {
    pc.observe(|core| {
        let lines = core.transceivers().map(|its| {
            let (mid, kind) = (its.mid().unwrap_or("-"), its.kind());
            let (wanted, agreed) = (its.direction(), its.current_direction());
            let codecs = its.sender().codecs().iter().map(|known| known.payload_type);
            let codecs: Vec<_> = codecs.collect();
            format!("{mid}: {kind:?}, {wanted:?}, {agreed:?}, {codecs:?}")
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// Waits until so many more frames have been decoded of each transceiver that brings video.
pub(crate) async fn goes_on(call: &Call, frames: u32) -> anyhow::Result<()> {
    let script = "
        const before = new Map((await heard()).map(({ mid, frames, packets }) => [mid, { frames, packets }]));
        await eventually(heard, seen => seen.length > 0 && seen.every(({ mid, kind, frames, packets }) => {
            const then = before.get(mid) ?? { frames: 0, packets: 0 };
            return kind === 'video' ? frames >= then.frames + more : packets >= then.packets + more;
        }));
    ";
    call.run(script, json!({ "more": frames })).await
}

/// Sends back whatever comes.
pub(crate) struct Echo {
    counts: Arc<Mutex<Counts>>,
    tasks: [JoinHandle<()>; 2],
}

/// What has come, and gone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    /// By stream.
    pub(crate) streams: BTreeMap<u32, Stream>,
    pub(crate) frames: u64,
    pub(crate) key_frames: u64,
    pub(crate) discontinuities: u64,
    pub(crate) sent: u64,
    /// What was not taken to be sent, and why.
    pub(crate) refused: BTreeMap<String, u64>,
}

/// One stream of packets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stream {
    pub(crate) transceiver: Option<TransceiverId>,
    pub(crate) indices: BTreeSet<u64>,
    pub(crate) retransmissions: u64,
    pub(crate) twice: u64,
}

impl Stream {
    /// Numbers between the first and the last that never came.
    pub(crate) fn missing(&self) -> u64 {
        let (Some(first), Some(last)) = (self.indices.first(), self.indices.last()) else {
            return 0;
        };
        last - first + 1 - self.indices.len() as u64
    }
}

impl Echo {
    pub(crate) fn start(pc: &PeerConnection) -> Self {
        let counts = Arc::new(Mutex::new(Counts::default()));
        let (ours, counted) = (pc.clone(), Arc::clone(&counts));
        let packets = tokio::spawn(async move {
            while let Some(packet) = ours.packet().await {
                let mut forwarded = OutgoingPacket::forward(&packet);
                forwarded.payload_type = Some(packet.payload_type);
                let outcome = ours.send_packet(packet.transceiver, &forwarded);
                let mut counts = lock(&counted);
                counts.note(&packet);
                counts.note_sent(outcome);
            }
        });
        let (ours, counted) = (pc.clone(), Arc::clone(&counts));
        let frames = tokio::spawn(async move {
            while let Some(frame) = ours.frame().await {
                let mut back = OutgoingFrame::new(frame.timestamp, frame.data.clone());
                back.payload_type = Some(frame.payload_type);
                back.extensions = frame.extensions;
                let outcome = ours.send_frame(frame.transceiver, &back);
                let mut counts = lock(&counted);
                counts.frames += 1;
                counts.key_frames += u64::from(frame.key_frame);
                counts.discontinuities += u64::from(frame.discontinuity);
                counts.note_sent(outcome);
            }
        });
        Self { counts, tasks: [packets, frames] }
    }

    pub(crate) fn counts(&self) -> Counts {
        lock(&self.counts).clone()
    }
}

impl Counts {
    fn note(&mut self, packet: &ReceivedPacket) {
        let stream = self.streams.entry(packet.ssrc.0).or_default();
        stream.transceiver = Some(packet.transceiver);
        stream.twice += u64::from(!stream.indices.insert(packet.index));
        stream.retransmissions += u64::from(packet.origin == PacketOrigin::Retransmission);
    }

    fn note_sent<E: ToString>(&mut self, outcome: Result<(), E>) {
        match outcome {
            Ok(()) => self.sent += 1,
            Err(error) => *self.refused.entry(error.to_string()).or_default() += 1,
        }
    }
}

fn lock(counts: &Mutex<Counts>) -> std::sync::MutexGuard<'_, Counts> {
    counts.lock().expect("nobody panics while counting")
}

impl Drop for Echo {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
