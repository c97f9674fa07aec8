//! An async peer connection on tokio: [`rtc_peer`] with sockets, a clock and entropy.
//!
//! A [`PeerConnection`] opens UDP sockets, spawns one task that drives it, and is used by the names
//! of the W3C specification. How descriptions get from one side to the other is the application's
//! business; here both sides live in one process:
//!
//! ```
//! use rtc_tokio::{Config, DataChannelInit, Message, PeerConnection};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn core::error::Error>> {
//! let alice = PeerConnection::new(Config::loopback()).await?;
//! let bob = PeerConnection::new(Config::loopback()).await?;
//!
//! let chat = alice.create_data_channel("chat", DataChannelInit::default())?;
//! alice.set_local_description(None)?;
//! alice.gathered().await;
//! bob.set_remote_description(alice.local_description().unwrap())?;
//! bob.set_local_description(None)?;
//! bob.gathered().await;
//! alice.set_remote_description(bob.local_description().unwrap())?;
//!
//! chat.opened().await?;
//! chat.send("hello").await?;
//! let accepted = bob.accept().await.unwrap();
//! assert_eq!(accepted.label(), "chat");
//! assert_eq!(accepted.recv().await, Some(Message::from("hello")));
//! # Ok(())
//! # }
//! ```
//!
//! # What is bounded by what
//!
//! Messages to be sent wait in the connection's
//! [`send_buffer`](rtc_peer::Configuration::send_buffer); [`DataChannel::send`] waits for room in
//! it. Messages that have arrived wait in its
//! [`receive_buffer`](rtc_peer::Configuration::receive_buffer) until
//! [`DataChannel::recv`] takes them; when it is full, the other side stops. Events wait in a queue
//! that drops the oldest ([`event`](rtc_driver::PeerConnection::event)), channels that nobody has
//! accepted in one that closes the newest ([`Config::accept_backlog`]). What does not fit into a TCP
//! connection is lost, as in a network ([`Config::tcp_buffer_size`]).
//!
//! # What is done without being asked
//!
//! The names of servers are resolved by the system, `.local` names of candidates on the link, by
//! multicast DNS that all connections of the process share. TCP connections to servers and peers are
//! opened, with TLS where the server's URI says so and the feature `tls` is on. Where
//! [`Config::bind`] stands for the machine's addresses, interfaces that come are offered, and those
//! that go are given up.
//!
//! # Servers
//!
//! A [`Server`] has many peers on one port; each is a [`PeerConnection`] like any other.

#![allow(clippy::std_instead_of_alloc, reason = "this crate does I/O and lives in std")]

mod runtime;

pub use rtc_driver::rtc_peer;
pub use rtc_driver::{
    AddIceCandidateError, AddTrackError, AddTransceiverError, BundlePolicy, Certificate,
    ChannelClosed, Config, Configuration, ConfigurationError, ConnectError, ConnectionState,
    CreateDataChannelError, DataChannel, DataChannelInit, DataChannelState, Delivery, Description,
    DescriptionError, DtmfError, Error, Event, IceCandidate, IceCandidateErrorEvent,
    IceConnectionState, IceGatheringState, IceServer, IceTransportPolicy, Impairment, Interface,
    Interfaces, MediaKind, Message, OfferOptions, OutgoingFrame, OutgoingPacket, PeerError,
    ReceivedFrame, ReceivedPacket, ReceiverError, RemoveTrackError, RouterConfig, SdpType,
    SendError, SendMediaError, ServerConfig, ServerEvent, SignalingState, StatsReport, Track,
    TrackEvent, TrackOrKind, TransceiverDirection, TransceiverId, TransceiverInit,
    UnknownTransceiver,
};
pub use runtime::Tokio;

/// A peer connection on tokio: `RTCPeerConnection` with sockets, a clock and a task to drive it.
pub type PeerConnection = rtc_driver::PeerConnection<Tokio>;

/// Many peer connections on one port, on tokio.
pub type Server = rtc_driver::Server<Tokio>;
