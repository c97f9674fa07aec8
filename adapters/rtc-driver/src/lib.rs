//! [`rtc_peer`] with sockets, a clock and entropy, on any async runtime.
//!
//! Applications use this crate by way of one that names the runtime: `rtc-tokio` or `rtc-smol`,
//! whose documentation shows how. For another runtime, implement [`Runtime`] and name
//! [`PeerConnection`] with it.
//!
//! # What is bounded by what
//!
//! Messages to be sent wait in the connection's
//! [`send_buffer`](rtc_peer::Configuration::send_buffer); [`DataChannel::send`] waits for room in
//! it. Messages that have arrived wait in its
//! [`receive_buffer`](rtc_peer::Configuration::receive_buffer) until
//! [`DataChannel::recv`] takes them; when it is full, the other side stops. Events wait in a queue
//! that drops the oldest ([`PeerConnection::event`]), channels that nobody has accepted in one that
//! closes the newest ([`Config::accept_backlog`]). What does not fit into a TCP connection is lost,
//! as in a network ([`Config::tcp_buffer_size`]).

#![allow(clippy::std_instead_of_alloc, reason = "this crate does I/O and lives in std")]

mod buffers;
mod clock;
mod config;
mod data_channel;
mod driver;
mod entropy;
mod errands;
mod error;
mod hub;
mod impairment;
mod interfaces;
mod machine;
mod mdns;
mod notices;
mod peer;
mod peer_connection;
pub mod runtime;
mod server;
mod signal;
mod socket;
mod sockets;
mod stream;
#[cfg(feature = "tls")]
mod tls;
mod watch;

pub use config::Config;
pub use data_channel::DataChannel;
pub use error::{ChannelClosed, ConnectError, Error, PeerError};
pub use impairment::Impairment;
pub use interfaces::{Interface, Interfaces};
pub use machine::ServerEvent;
pub use peer_connection::PeerConnection;
pub use rtc_peer;
pub use rtc_peer::{
    AddIceCandidateError, AddTrackError, AddTransceiverError, BundlePolicy, Certificate,
    Configuration, ConfigurationError, ConnectionState, CreateDataChannelError, DataChannelInit,
    DataChannelState, Delivery, Description, DescriptionError, DtmfError, Event, IceCandidate,
    IceCandidateErrorEvent, IceConnectionState, IceGatheringState, IceServer, IceTransportPolicy,
    MediaKind, Message, OfferOptions, OutgoingFrame, OutgoingPacket, ReceivedFrame, ReceivedPacket,
    ReceiverError, RemoveTrackError, RouterConfig, SdpType, SendError, SendMediaError,
    SignalingState, StatsReport, Track, TrackEvent, TrackOrKind, TransceiverDirection,
    TransceiverId, TransceiverInit, UnknownTransceiver,
};
pub use runtime::Runtime;
pub use server::{Server, ServerConfig};
