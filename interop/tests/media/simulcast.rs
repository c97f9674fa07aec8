//! Simulcast that browsers send: every layer comes by its name (RFC 8852, RFC 8853).

use core::time::Duration;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::{
    PeerConnection,
    rtc_peer::{Delivery, MediaKind, OutgoingFrame, Track, TransceiverDirection, TransceiverId},
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::call::{Call, Setup, Side, with_each_browser};

with_each_browser! {
    /// The browser offers its simulcast at once, or after we have offered something else.
    async fn every_layer_comes_by_its_name(page: Page, offerer: Side) {
        let browser = page.kind();
        let prepare = Arc::new(take_layers);
        let call = Call::set_up(page, Setup { prepare, ..Setup::default() }).await?;
        if offerer == Side::Us {
            call.connect(Side::Us).await?;
        }
        call.run::<()>(ADD, json!({ "rids": RIDS })).await?;
        call.negotiate(Side::Browser).await?;
        let answer = call.pc.local_description().context("was set")?.sdp;
        ensure!(answer.contains("a=simulcast:recv f;h;q"), "{answer}");
        for rid in RIDS {
            ensure!(answer.contains(&format!("a=rid:{rid} recv")), "{answer}");
        }
        let id = call.pc.observe(|pc| pc.transceivers().find(|its| its.kind() == MediaKind::Video).map(|its| its.id()));
        let id = id.context("no transceiver")?;

        let layers = Layers::start(&call.pc);
        layers.until(&call, |layer| layer.key_frames >= 1 && layer.frames >= 20).await?;
        println!("{browser}, {offerer:?} began: {:?}", layers.seen());
        let ssrcs: Vec<_> = layers.seen().values().map(|layer| layer.ssrc).collect();
        ensure!(ssrcs[0] != ssrcs[1] && ssrcs[1] != ssrcs[2] && ssrcs[0] != ssrcs[2], "{ssrcs:?}");

        for rid in RIDS {
            // The last request may have brought a key frame of every layer.
            sleep(Duration::from_millis(600)).await;
            let before = layers.seen()[rid].key_frames;
            call.pc.request_key_frame(id, Some(rid))?;
            layers.until(&call, |layer| layer.rid != rid || layer.key_frames > before).await
                .with_context(|| format!("no key frame of {rid}"))?;
        }
        println!("    after requests: {:?}", layers.seen());

        // Layer by layer, each is sent back, as a server would that forwards one of them.
        for rid in ["q", "f", "h"] {
            layers.forward(id, rid);
            call.pc.request_key_frame(id, Some(rid))?;
            let width = layers.width(rid);
            let seen: Value = call.run(
                "return await eventually(
                     async () => (await mediaStats()).find(({ kind }) => kind === 'video').inbound,
                     its => Math.abs(its.frameWidth - width) <= 16,
                 );",
                json!({ "width": width }),
            ).await.with_context(|| format!("{rid} was not seen"))?;
            println!("    forwarded {rid}: {}x{}, {} frames", seen["frameWidth"], seen["frameHeight"], seen["framesDecoded"]);
        }
        Ok(())
    }
}

/// Takes a simulcast as frames, and sends as well.
fn take_layers(pc: &PeerConnection) -> anyhow::Result<()> {
    pc.change(|core, _| {
        let videos = core.transceivers().filter(|its| its.kind() == MediaKind::Video);
        let videos: Vec<_> = videos.map(|its| its.id()).collect();
        for id in videos {
            core.set_delivery(id, Delivery::Frames)?;
            let mut transceiver = core.transceiver_mut(id)?;
            transceiver.replace_track(Some(Track::new(MediaKind::Video, "one-layer")))?;
            transceiver.set_direction(TransceiverDirection::SendRecv)?;
        }
        Ok(())
    })
}

/// What has come of each layer.
struct Layers {
    seen: Arc<Mutex<Seen>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    layers: BTreeMap<String, Layer>,
    /// Frames without a RID.
    nameless: u64,
    forwarded: Option<(TransceiverId, &'static str)>,
}

#[derive(Debug, Clone, Default)]
struct Layer {
    rid: String,
    ssrc: u32,
    frames: u64,
    key_frames: u64,
    bytes: usize,
}

impl Layers {
    fn start(pc: &PeerConnection) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (ours, shared) = (pc.clone(), Arc::clone(&seen));
        let start = Instant::now();
        let task = tokio::spawn(async move {
            let mut running = None;
            while let Some(frame) = ours.frame().await {
                let mut seen = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(rid) = frame.rid.as_deref() else {
                    seen.nameless += 1;
                    continue;
                };
                let layer = seen.layers.entry(rid.into()).or_default();
                layer.rid = rid.into();
                layer.ssrc = frame.ssrc.0;
                layer.frames += 1;
                layer.key_frames += u64::from(frame.key_frame);
                layer.bytes += frame.data.len();
                let Some((id, wanted)) = seen.forwarded else { continue };
                // A decoder can change over to another layer only with a key frame.
                if running != Some(wanted) && !(rid == wanted && frame.key_frame) {
                    continue;
                }
                running = Some(wanted);
                if rid == wanted {
                    let timestamp = start.elapsed().as_micros() * 9 / 100;
                    let frame = OutgoingFrame::new(timestamp as u32, frame.data);
                    let _not_yet = ours.send_frame(id, &frame);
                }
            }
        });
        Self { seen, task }
    }

    fn seen(&self) -> BTreeMap<String, Layer> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).layers.clone()
    }

    fn forward(&self, id: TransceiverId, rid: &'static str) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).forwarded = Some((id, rid));
    }

    /// How wide the pictures of a layer are.
    fn width(&self, rid: &str) -> u32 {
        match rid {
            "q" => 240,
            "h" => 480,
            _ => 960,
        }
    }

    /// Waits until all three layers are so.
    async fn until(&self, call: &Call, enough: impl Fn(&Layer) -> bool) -> anyhow::Result<()> {
        let wait = async {
            loop {
                let layers = self.seen();
                if layers.len() >= RIDS.len() && layers.values().all(&enough) {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        let outcome = tokio::time::timeout(Duration::from_secs(20), wait).await;
        if outcome.is_err() {
            let stats: Value = call
                .run("return (await mediaStats()).map(its => its.outbound);", Value::Null)
                .await?;
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            anyhow::bail!(
                "came: {:?}, nameless: {}, the browser: {stats}",
                seen.layers,
                seen.nameless
            );
        }
        Ok(())
    }
}

impl Drop for Layers {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Wide enough for three layers: browsers send fewer of small pictures. The bitrates are such that
/// all three fit into what a browser begins with.
const ADD: &str = "
    const sizes = { f: [1, 400_000], h: [2, 150_000], q: [4, 80_000] };
    await addMedia({
        kind: 'video',
        codec: 'VP8',
        options: { width: 960, height: 540, rate: 10, noise: 0 },
        sendEncodings: rids.map(rid =>
            ({ rid, scaleResolutionDownBy: sizes[rid][0], maxBitrate: sizes[rid][1] })),
    });
";

const RIDS: [&str; 3] = ["f", "h", "q"];
