//! The lines of `peer`: commands in, events out.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a line on standard input asks for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "cmd", rename_all = "lowercase")]
pub(super) enum Command {
    /// Make an offer.
    Offer,
    /// Take the other side's offer and make an answer.
    Answer { sdp: String },
    /// Take the other side's answer.
    Accept { sdp: String },
    /// Take a candidate of the other side's; an empty one is the last.
    Candidate { candidate: String, mid: Option<String> },
    /// Send a text on the first open channel.
    Send { text: String },
    /// Report statistics.
    Stats,
    /// End when everything that was asked for has been done.
    Quit,
}

/// What a line on standard output tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "ev", rename_all = "lowercase")]
pub(super) enum Event {
    /// An offer for the other side.
    Offer { sdp: String },
    /// An answer for the other side.
    Answer { sdp: String },
    /// A candidate for the other side; an empty one is the last.
    Candidate { candidate: String, mid: Option<String> },
    /// The connection state changed.
    State { state: &'static str },
    /// A channel opened.
    Open { label: String },
    /// A channel closed.
    Close { label: String },
    /// A message arrived.
    Message(Content),
    /// What was asked for with `stats`.
    Stats(Value),
    /// Something could not be done.
    Error { text: String },
}

/// What is in a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Content {
    /// Text.
    Text(String),
    /// Bytes, in base 64 (RFC 4648 section 4).
    Base64(String),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn commands_are_read() {
        let read = |line| serde_json::from_str::<Command>(line).unwrap();
        assert_eq!(read(r#"{"cmd":"offer"}"#), Command::Offer);
        assert_eq!(read(r#"{"sdp":"v=0","cmd":"answer"}"#), Command::Answer { sdp: "v=0".into() });
        let (candidate, mid) = (String::new(), Some("0".into()));
        assert_eq!(
            read(r#"{"cmd":"candidate","candidate":"","mid":"0"}"#),
            Command::Candidate { candidate, mid }
        );
        for line in [
            "",
            "[]",
            "{}",
            r#"{"cmd":"dance"}"#,
            r#"{"cmd":"send"}"#,
            r#"{"cmd":"send","text":1}"#,
        ] {
            assert!(serde_json::from_str::<Command>(line).is_err(), "{line}");
        }
    }

    #[test]
    fn events_are_flat_objects() {
        let written = |event: &Event| serde_json::to_value(event).unwrap();
        let text = Event::Message(Content::Text("a\nb".into()));
        assert_eq!(written(&text), json!({"ev": "message", "text": "a\nb"}));
        assert!(!serde_json::to_string(&text).unwrap().contains('\n'));
        let bytes = Event::Message(Content::Base64("AA==".into()));
        assert_eq!(written(&bytes), json!({"ev": "message", "base64": "AA=="}));
        let stats = Event::Stats(json!({"transport": {}}));
        assert_eq!(written(&stats), json!({"ev": "stats", "transport": {}}));
    }
}
