//! The command line of `peer`.

use clap::{Args, ValueEnum};
use rtc_peer::MediaKind;

use crate::addresses::Binding;

/// One end of a connection, told what to do by lines of JSON on standard input.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Options {
    /// What an offer holds and an answer agrees to: any of `audio`, `video` and `data`, with commas
    /// between them. Received audio and video go back on the same transceiver.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "data")]
    pub(super) media: Vec<Media>,

    /// Describe candidates in events of their own, not inside offers and answers.
    #[arg(long)]
    pub(super) trickle: bool,

    /// An address for the sockets, with or without a port; may be repeated
    /// [default: loopback and the addresses of this machine].
    #[arg(long, value_name = "ADDR")]
    pub(super) bind: Vec<Binding>,
}

/// What an offer can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Media {
    /// A transceiver for audio.
    Audio,
    /// A transceiver for video.
    Video,
    /// The data channel `lab`.
    Data,
}

impl From<MediaKind> for Media {
    fn from(kind: MediaKind) -> Self {
        match kind {
            MediaKind::Audio => Self::Audio,
            MediaKind::Video => Self::Video,
        }
    }
}

const AFTER_HELP: &str = r#"Commands, one JSON object a line on standard input; the end of the input is a quit:
  {"cmd":"offer"}                     an offer of what --media says; `data` is the channel `lab`
  {"cmd":"answer","sdp":S}            S is the other side's offer
  {"cmd":"accept","sdp":S}            S is the other side's answer
  {"cmd":"candidate","candidate":C,"mid":M}
  {"cmd":"send","text":T}             on the first open channel
  {"cmd":"stats"}
  {"cmd":"quit"}

Events, one JSON object a line on standard output, where nothing else is written:
  {"ev":"offer","sdp":S}  {"ev":"answer","sdp":S}
  {"ev":"candidate","candidate":C,"mid":M}    with --trickle; the last one is empty
  {"ev":"state","state":X}            new, connecting, connected, disconnected, failed, closed
  {"ev":"open","label":L}  {"ev":"close","label":L}
  {"ev":"message","text":T}           or "base64" in place of "text", if it is binary
  {"ev":"stats","rtp":{"audio":N,"video":N},...}    N is the number of RTP packets received
  {"ev":"error","text":T}             a line that could not be read or obeyed has no other effect"#;
