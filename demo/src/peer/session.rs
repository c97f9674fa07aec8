//! What the commands do.

use core::time::Duration;

use anyhow::Context as _;
use base64ct::{Base64, Encoding as _};
use rtc_peer::{
    DataChannelInit, Delivery, Description, Event as PeerEvent, IceCandidate, MediaKind, Message,
    OfferOptions, TransceiverInit,
};
use rtc_tokio::{Config, DataChannel, PeerConnection};
use serde_json::json;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::lines::{self, Line};
use super::options::{Media, Options};
use super::protocol::{Command, Content, Event};
use crate::addresses;
use crate::media_echo::{MediaEcho, Received};
use crate::report;

/// Obeys standard input until it ends or says `quit`.
pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let mut config = Config::bound_to(addresses::to_bind(&options.bind));
    config.peer.receive_buffer = BUFFER;
    config.peer.send_buffer = BUFFER;
    let connection = PeerConnection::new(config).await.context("no connection can be made")?;
    let (events, writer) = lines::write();
    let session = Session::new(connection, options, events);
    session.obey(lines::read()).await;
    // All senders of events are gone: what waits is written.
    writer.join().map_err(|_| anyhow::anyhow!("the writer of events has panicked"))
}

struct Session {
    connection: PeerConnection,
    options: Options,
    events: mpsc::Sender<Event>,
    /// What is to be sent on the first open channel, in order.
    outgoing: mpsc::Sender<String>,
    /// The first open channel, once there is one.
    first_open: watch::Sender<Option<DataChannel>>,
    tasks: JoinSet<()>,
    sender: tokio::task::JoinHandle<()>,
    media_echo: MediaEcho,
    /// What has been offered already.
    offered: Vec<Media>,
}

/// Whether there is more to obey.
enum Next {
    Go,
    Stop,
}

impl Session {
    fn new(connection: PeerConnection, options: Options, events: mpsc::Sender<Event>) -> Self {
        let (outgoing, queue) = mpsc::channel(OUTGOING);
        let (first_open, open) = watch::channel(None);
        let sender = tokio::spawn(send_all(queue, open, events.clone()));
        let (tasks, offered) = (JoinSet::new(), Vec::new());
        let media_echo = MediaEcho::new(connection.clone());
        Self {
            connection,
            options,
            events,
            outgoing,
            first_open,
            tasks,
            sender,
            media_echo,
            offered,
        }
    }

    async fn obey(mut self, mut input: mpsc::Receiver<Line>) {
        loop {
            let next = tokio::select! {
                line = input.recv() => match line {
                    Some(line) => self.on_line(line).await,
                    None => Next::Stop,
                },
                Some(event) = self.connection.event() => self.on_event(event).await,
                Some(packet) = self.connection.packet() => {
                    self.media_echo.on_packet(&packet);
                    Next::Go
                }
                Some(channel) = self.connection.accept() => {
                    self.adopt(channel);
                    Next::Go
                }
                // Nobody reads standard output any more.
                () = self.events.closed() => Next::Stop,
            };
            if let Next::Stop = next {
                break;
            }
        }
        self.end().await;
    }

    async fn on_line(&mut self, line: Line) -> Next {
        let command = match line {
            Ok(line) if line.trim().is_empty() => return Next::Go,
            Ok(line) => serde_json::from_str::<Command>(&line).map_err(|error| error.to_string()),
            Err(fault) => Err(fault.to_owned()),
        };
        let outcome = match command {
            Ok(Command::Quit) => return Next::Stop,
            Ok(command) => self.on_command(command).await.map_err(|error| format!("{error:#}")),
            Err(fault) => Err(format!("not a command: {fault}")),
        };
        if let Err(text) = outcome {
            self.tell(Event::Error { text }).await;
        }
        Next::Go
    }

    async fn on_command(&mut self, command: Command) -> anyhow::Result<()> {
        match command {
            Command::Offer => {
                self.add_media()?;
                let offer = self.connection.create_offer(OfferOptions::default())?;
                let sdp = self.describe(offer).await?;
                self.tell(Event::Offer { sdp }).await;
            }
            Command::Answer { sdp } => {
                self.connection.set_remote_description(Description::offer(sdp))?;
                let wanted = |kind| self.options.media.contains(&kind);
                MediaEcho::agree(&self.connection, |kind| wanted(kind.into()));
                let answer = self.connection.create_answer()?;
                let sdp = self.describe(answer).await?;
                self.tell(Event::Answer { sdp }).await;
            }
            Command::Accept { sdp } => {
                self.connection.set_remote_description(Description::answer(sdp))?;
            }
            Command::Candidate { candidate, mid } => {
                // A browser gives both; with the mid alone nothing is lost.
                let mut candidate = IceCandidate { candidate, ..IceCandidate::default() };
                candidate.sdp_m_line_index = mid.is_none().then_some(0);
                candidate.sdp_mid = mid;
                self.connection.add_ice_candidate(&candidate)?;
            }
            Command::Send { text } => {
                anyhow::ensure!(self.first_open.borrow().is_some(), "no channel is open");
                self.outgoing.send(text).await.context("the channel is closed")?;
            }
            Command::Stats => {
                let mut report = report::statistics(&report::of(&self.connection));
                let Received { audio, video } = self.media_echo.received();
                report["rtp"] = json!({"audio": audio, "video": video});
                self.tell(Event::Stats(report)).await;
            }
            Command::Quit => {}
        }
        Ok(())
    }

    /// Adds what an offer is to hold, as far as it has not been added before.
    fn add_media(&mut self) -> anyhow::Result<()> {
        for media in self.options.media.clone() {
            if self.offered.contains(&media) {
                continue;
            }
            match media {
                Media::Audio => self.add_transceiver(MediaKind::Audio)?,
                Media::Video => self.add_transceiver(MediaKind::Video)?,
                Media::Data => {
                    let init = DataChannelInit::default();
                    let channel = self.connection.create_data_channel(LABEL, init)?;
                    self.adopt(channel);
                }
            }
            self.offered.push(media);
        }
        Ok(())
    }

    fn add_transceiver(&self, kind: MediaKind) -> anyhow::Result<()> {
        let id = self.connection.add_transceiver(kind, TransceiverInit::default())?;
        self.connection.set_delivery(id, Delivery::Packets)?;
        Ok(())
    }

    /// Sets the description, and gives the text that the other side is to have.
    async fn describe(&self, description: Description) -> anyhow::Result<String> {
        let bare = description.sdp.clone();
        self.connection.set_local_description(Some(description))?;
        if self.options.trickle {
            return Ok(bare);
        }
        self.connection.gathered().await;
        let description = self.connection.local_description().context("there is none")?;
        Ok(description.sdp)
    }

    async fn on_event(&self, event: PeerEvent) -> Next {
        match event {
            PeerEvent::ConnectionStateChange(state) => {
                self.tell(Event::State { state: state.as_str() }).await;
            }
            PeerEvent::IceCandidate(candidate) if self.options.trickle => {
                let IceCandidate { candidate, sdp_mid: mid, .. } = candidate;
                self.tell(Event::Candidate { candidate, mid }).await;
            }
            PeerEvent::KeyFrameRequested { transceiver, .. } => {
                self.media_echo.on_key_frame_requested(transceiver);
            }
            _ => {}
        }
        Next::Go
    }

    /// Tells what happens to the channel from now on.
    fn adopt(&mut self, channel: DataChannel) {
        let (events, first_open) = (self.events.clone(), self.first_open.clone());
        self.tasks.spawn(async move {
            let label = channel.label().to_owned();
            if channel.opened().await.is_ok() {
                first_open.send_if_modified(|first| {
                    let is_first = first.is_none();
                    first.get_or_insert_with(|| channel.clone());
                    is_first
                });
                let _gone = events.send(Event::Open { label: label.clone() }).await;
                while let Some(message) = channel.recv().await {
                    let _gone = events.send(Event::Message(content(message))).await;
                }
                let _gone = events.send(Event::Close { label }).await;
            }
        });
    }

    async fn tell(&self, event: Event) {
        // Where nobody listens any more, the end is near.
        let _gone = self.events.send(event).await;
    }

    /// What was to be sent is sent, but not for ever.
    async fn end(mut self) {
        drop(self.outgoing);
        // From here on nothing is told any more.
        self.tasks.shutdown().await;
        let open = self.first_open.borrow().clone();
        let flushed = async {
            if let Some(channel) = open {
                let _panicked = self.sender.await;
                channel.close();
                channel.closed().await;
            }
        };
        let _late = tokio::time::timeout(LONGEST_FAREWELL, flushed).await;
        self.connection.close();
    }
}

/// Sends texts on the channel as soon as it is open and has room.
async fn send_all(
    mut queue: mpsc::Receiver<String>,
    mut open: watch::Receiver<Option<DataChannel>>,
    events: mpsc::Sender<Event>,
) {
    let Ok(Some(channel)) = open.wait_for(Option::is_some).await.map(|open| open.clone()) else {
        return;
    };
    while let Some(text) = queue.recv().await {
        if let Err(error) = channel.send(text).await {
            let _gone = events.send(Event::Error { text: format!("not sent: {error}") }).await;
        }
    }
}

fn content(message: Message) -> Content {
    match message {
        Message::Text(text) => Content::Text(text),
        Message::Binary(bytes) => Content::Base64(Base64::encode_string(&bytes)),
    }
}

/// The channel that the offerer opens.
const LABEL: &str = "lab";

/// How many texts may wait to be sent; then commands wait, too.
const OUTGOING: usize = 64;

/// How many bytes of messages may wait on either side of the connection.
const BUFFER: usize = 4 * 1024 * 1024;

/// How long the end waits for the other side to have what was sent.
const LONGEST_FAREWELL: Duration = Duration::from_secs(10);
