//! Tones that the browser sends as telephone events (RFC 4733).

use core::time::Duration;

use anyhow::{Context as _, ensure};
use interop::{BrowserKind, Page};
use rtc_tokio::rtc_peer::Delivery;
use serde_json::Value;
use tokio::time::timeout;

use crate::call::{
    Call, PATIENCE, Setup, Side,
    media::{Wanted, add, send_all},
    with_each_browser,
};

with_each_browser! {
    async fn tones_come_as_events(page: Page, offerer: Side) {
        let browser = page.kind();
        let prepare = std::sync::Arc::new(|pc: &_| send_all(pc, Delivery::Packets));
        let call = Call::set_up(page, Setup { prepare, ..Setup::default() }).await?;
        call.run::<()>("window.beforeAnswer = () => sendAll();", Value::Null).await?;
        // Of all codecs: telephone events are one.
        add(&call, offerer, Wanted { codec: None, ..Wanted::AUDIO }, Delivery::Packets).await?;
        call.negotiate(offerer).await?;
        call.run::<()>(
            "const [{ sender: { dtmf } }] = pc.getTransceivers();
             await eventually(() => dtmf.canInsertDTMF, can => can);
             dtmf.insertDTMF('19*#D', 100, 50);",
            Value::Null,
        )
        .await?;
        let mut tones = String::new();
        let mut last = None;
        let hear = async {
            while tones.len() < 5 {
                let packet = call.pc.packet().await.context("closed")?;
                let is_event = call.pc.observe(|pc| {
                    let receiver = pc.transceiver(packet.transceiver).ok()?.receiver();
                    let codecs = receiver.parameters().codecs;
                    let known = codecs.iter().find(|known| known.payload_type == packet.payload_type)?;
                    Some(known.codec.mime_type.eq_ignore_ascii_case("audio/telephone-event"))
                });
                let event = packet.payload.first().filter(|_| is_event == Some(true));
                // All packets of one tone have its first timestamp.
                if let Some(event) = event && last.replace(packet.timestamp) != Some(packet.timestamp) {
                    let tone = b"0123456789*#ABCD".get(usize::from(*event)).context("no tone")?;
                    tones.push(char::from(*tone));
                }
            }
            anyhow::Ok(())
        };
        let heard = timeout(PATIENCE.min(Duration::from_secs(20)), hear).await;
        let explain = || format!("heard {tones:?}");
        heard.with_context(explain)?.with_context(explain)?;
        println!("{browser}, {offerer:?} offered: heard {tones}");
        ensure!(tones == "19*#D");
        Ok(())
    }
}
