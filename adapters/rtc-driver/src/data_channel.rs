//! The handle of a data channel: `RTCDataChannel`.

use core::fmt;
use std::sync::Arc;

use rtc_peer::{ChannelId, DataChannelState, Message, SendError};

use crate::error::ChannelClosed;
use crate::hub::Received;
use crate::peer::Signals;
use crate::peer_connection::Life;
use crate::signal::Turns;

/// A data channel: `RTCDataChannel`.
///
/// This is a handle; clones are handles of the same channel. When the last one is dropped, the
/// channel is closed as by [`close`](Self::close): nobody could read what arrives on it, and it
/// would fill the connection's receive buffer.
#[derive(Clone)]
pub struct DataChannel {
    channel: Arc<Channel>,
}

/// What all handles of a channel hold; the channel is closed with the last of them.
struct Channel {
    life: Arc<Life>,
    id: ChannelId,
    signals: Arc<Signals>,
    turns: Turns,
    label: String,
    protocol: String,
}

impl DataChannel {
    pub(crate) fn new(life: Arc<Life>, id: ChannelId, signals: Arc<Signals>) -> Self {
        let look = |channel: rtc_peer::DataChannel<'_>| {
            (channel.label().to_owned(), channel.protocol().to_owned())
        };
        let (label, protocol) =
            life.observe(|core| core.data_channel(id).map(look)).unwrap_or_default();
        Self {
            channel: Arc::new(Channel {
                life,
                id,
                signals,
                turns: Turns::default(),
                label,
                protocol,
            }),
        }
    }

    /// Waits until messages can be sent.
    ///
    /// # Errors
    ///
    /// The channel is closing or closed.
    pub async fn opened(&self) -> Result<(), ChannelClosed> {
        let signal = &self.channel.signals.outgoing;
        signal
            .wait(|| match self.ready_state() {
                DataChannelState::Connecting => None,
                DataChannelState::Open => Some(Ok(())),
                DataChannelState::Closing | DataChannelState::Closed => Some(Err(ChannelClosed)),
            })
            .await
    }

    /// `send`: queues a message, after waiting for room in the send buffer where there is none.
    ///
    /// The message is on its way when this returns, not yet with the other side. If the future is
    /// dropped before, the message is not sent.
    ///
    /// # Errors
    ///
    /// [`SendError::NotOpen`] or [`SendError::TooLarge`]; never [`SendError::Full`].
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let message = message.into();
        // As long as there is room this never waits; the other tasks are to have their turn.
        self.channel.turns.take().await;
        let signal = &self.channel.signals.outgoing;
        signal
            .wait(|| match self.try_send(message.clone()) {
                Err(SendError::Full) => None,
                outcome => Some(outcome),
            })
            .await
    }

    /// `send`: queues a message if there is room for it.
    ///
    /// # Errors
    ///
    /// See [`SendError`].
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let message = message.into();
        self.channel.life.command(|core, _| match core.channel(self.channel.id) {
            Ok(mut channel) => channel.send(message),
            Err(_) => Err(SendError::NotOpen),
        })
    }

    /// The next message; `None` once the channel is closed and what had arrived was taken.
    ///
    /// Each message goes to one caller. What is not taken stays in the connection's receive buffer,
    /// which, once full, makes the other side stop sending on all channels.
    pub async fn recv(&self) -> Option<Message> {
        // As long as there are messages this never waits; the other tasks are to have their turn.
        self.channel.turns.take().await;
        let signal = &self.channel.signals.incoming;
        signal
            .wait(|| match self.channel.life.receive(self.channel.id) {
                Received::Message(message) => Some(Some(message)),
                Received::Nothing => None,
                Received::End => Some(None),
            })
            .await
    }

    /// The next message, if one has arrived.
    pub fn try_recv(&self) -> Option<Message> {
        match self.channel.life.receive(self.channel.id) {
            Received::Message(message) => Some(message),
            Received::Nothing | Received::End => None,
        }
    }

    /// `close`: what was sent before still arrives; what was not received is thrown away.
    pub fn close(&self) {
        self.channel.life.command(|core, _| {
            if let Ok(mut channel) = core.channel(self.channel.id) {
                channel.close();
            }
        });
        // Nothing is received any more: whoever waits for it is to know.
        self.channel.signals.incoming.call();
        self.channel.signals.outgoing.call();
    }

    /// Waits until the channel is closed on both sides, by whichever. After a
    /// [`close`](Self::close) of ours, all that was sent before has then arrived, if the connection
    /// has not failed meanwhile. A close of the other side's waits until its messages were
    /// received.
    pub async fn closed(&self) {
        let is_closed = || self.ready_state() == DataChannelState::Closed;
        self.channel.signals.incoming.wait(|| is_closed().then_some(())).await;
    }

    /// `label`.
    pub fn label(&self) -> &str {
        &self.channel.label
    }

    /// `protocol`: the sub-protocol's name.
    pub fn protocol(&self) -> &str {
        &self.channel.protocol
    }

    /// `id`: the SCTP stream. `None` until the DTLS roles are known, unless negotiated, and after
    /// the channel closed long ago.
    pub fn id(&self) -> Option<u16> {
        self.observe(|channel| channel.id()).flatten()
    }

    /// `readyState`.
    pub fn ready_state(&self) -> DataChannelState {
        let life = &self.channel.life;
        let state = life.hub.lock();
        match state.core(life.key).data_channel(self.channel.id) {
            Ok(channel) if !state.is_over(life.key) => channel.ready_state(),
            _ => DataChannelState::Closed,
        }
    }

    /// `bufferedAmount`: bytes that were given to `send` and have not gone to the network.
    pub fn buffered_amount(&self) -> usize {
        self.observe(|channel| channel.buffered_amount()).unwrap_or(0)
    }

    /// `bufferedAmountLowThreshold`, in bytes.
    pub fn buffered_amount_low_threshold(&self) -> usize {
        self.observe(|channel| channel.buffered_amount_low_threshold()).unwrap_or(0)
    }

    /// Sets `bufferedAmountLowThreshold`, in bytes; 0 by default.
    pub fn set_buffered_amount_low_threshold(&self, threshold: usize) {
        self.channel.life.command(|core, _| {
            if let Ok(mut channel) = core.channel(self.channel.id) {
                channel.set_buffered_amount_low_threshold(threshold);
            }
        });
        self.channel.signals.outgoing.call();
    }

    /// Waits until no more than
    /// [`buffered_amount_low_threshold`](Self::buffered_amount_low_threshold) bytes wait to be
    /// sent, or the channel is closed.
    pub async fn buffered_amount_low(&self) {
        let is_low = || {
            let is_low = self.observe(|channel| {
                channel.buffered_amount() <= channel.buffered_amount_low_threshold()
            });
            is_low.unwrap_or(true) || self.ready_state() == DataChannelState::Closed
        };
        self.channel.signals.outgoing.wait(|| is_low().then_some(())).await;
    }

    /// Looks at the channel itself, for what has no getter here; `None` if it closed so long ago
    /// that it was forgotten. The connection is locked meanwhile: `look` must be short, and must
    /// not use or drop any handle of this connection.
    pub fn observe<T>(&self, look: impl FnOnce(rtc_peer::DataChannel<'_>) -> T) -> Option<T> {
        self.channel.life.observe(|core| core.data_channel(self.channel.id).ok().map(look))
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.life.hub.abandon(self.life.key, self.id);
    }
}

impl fmt::Debug for DataChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataChannel")
            .field("label", &self.label())
            .field("id", &self.id())
            .field("ready_state", &self.ready_state())
            .finish_non_exhaustive()
    }
}
