//! What a step of the handshake reads and where it puts what it makes.

use super::key_schedule::RecordKeys;
use crate::config::Config;
use crate::draws::Draws;
use crate::error::HandshakeError;
use crate::handshake::{Flight, Message, Transcript};
use crate::message::HandshakeType;

/// Lent to each step.
pub(crate) struct Context<'a> {
    pub(crate) config: &'a Config,
    pub(crate) draws: &'a Draws,
    /// The number of our next message.
    pub(crate) message_seq: &'a mut u16,
    /// The flight to send instead of the last one.
    pub(crate) flight: Option<Flight>,
    /// The keys of epoch 1, as soon as they are known.
    pub(crate) keys: Option<RecordKeys>,
}

/// The message's body, if its type is the one that is due; it enters the transcript.
pub(super) fn expect<'a>(
    message: &'a Message,
    expected: HandshakeType,
    transcript: &mut Transcript,
) -> Result<&'a [u8], HandshakeError> {
    check_type(message, expected)?;
    transcript.push(message.message_type, message.message_seq, &message.body);
    Ok(&message.body)
}

/// Whether the message's type is the one that is due.
pub(super) fn check_type(message: &Message, expected: HandshakeType) -> Result<(), HandshakeError> {
    if message.message_type == expected {
        Ok(())
    } else {
        Err(HandshakeError::UnexpectedMessage {
            expected: expected.0,
            found: message.message_type.0,
        })
    }
}
