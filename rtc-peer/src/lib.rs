//! A sans-IO peer connection with the semantics of the W3C `RTCPeerConnection`.
//!
//! Bytes and moments go in, datagrams and events come out. There are no sockets, no threads and no
//! clocks in here: a driver owns those, and any event loop can be one.
//!
//! ```
//! use rtc_core::{FiveTuple, Instant, Protocol};
//! use rtc_peer::{
//!     ChannelEvent, Configuration, DataChannelInit, Event, Message, OfferOptions, PeerConnection,
//! };
//! # use chacha20::ChaCha20Rng;
//! # use rand_core::SeedableRng;
//! # let (mut rng, mut other_rng) = (ChaCha20Rng::from_seed([1; 32]), ChaCha20Rng::from_seed([2; 32]));
//!
//! let mut now = Instant::from_secs(1);
//! let mut alice = PeerConnection::new(Configuration::default(), now, &mut rng)?;
//! let mut bob = PeerConnection::new(Configuration::default(), now, &mut other_rng)?;
//! let address_of_alice = "192.0.2.1:4000".parse()?;
//! let address_of_bob = "192.0.2.2:4000".parse()?;
//! alice.add_local_address(now, address_of_alice, Protocol::Udp)?;
//! bob.add_local_address(now, address_of_bob, Protocol::Udp)?;
//!
//! // The exchange of descriptions, which an application carries over its own signalling.
//! let chat = alice.create_data_channel("chat", DataChannelInit::default())?;
//! let offer = alice.create_offer(OfferOptions::default())?;
//! alice.set_local_description(now, Some(offer))?;
//! bob.set_remote_description(now, alice.local_description().unwrap())?;
//! bob.set_local_description(now, None)?;
//! alice.set_remote_description(now, bob.local_description().unwrap())?;
//!
//! // The loop of a driver; here the network is a swap of addresses.
//! let mut buffer = Vec::new();
//! let received = 'connection: loop {
//!     while let Some(transmit) = alice.poll_transmit(now, 1, &mut buffer) {
//!         let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
//!         let _refused = bob.handle_datagram(now, path, transmit.ecn, buffer[..].into());
//!     }
//!     while let Some(transmit) = bob.poll_transmit(now, 1, &mut buffer) {
//!         let path = FiveTuple::udp(transmit.path.remote, transmit.path.local);
//!         let _refused = alice.handle_datagram(now, path, transmit.ecn, buffer[..].into());
//!     }
//!     while let Some(event) = alice.poll_event() {
//!         if event == Event::DataChannel(ChannelEvent::Open(chat)) {
//!             alice.channel(chat)?.send("hello")?;
//!         }
//!     }
//!     while let Some(event) = bob.poll_event() {
//!         if let Event::DataChannel(ChannelEvent::Readable(id)) = event {
//!             break 'connection bob.channel(id)?.recv();
//!         }
//!     }
//!     now += core::time::Duration::from_millis(1);
//!     alice.handle_timeout(now);
//!     bob.handle_timeout(now);
//! };
//! assert_eq!(received, Some(Message::from("hello")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Names
//!
//! The W3C objects are `Copy` ids and short-lived handles, the callbacks are variants of [`Event`],
//! the DOMException names are [`Exception`]s that every error of a command maps to.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod address;
mod channel;
mod configuration;
mod connection;
mod error;
mod event;
mod jsep;
mod keystream;
mod media;
mod priority;
mod request;
mod router;
mod rtp;
mod state;
mod stats;
mod transport;

pub use address::{LocalAddress, NetworkType};
pub use channel::{
    ChannelId, DataChannel, DataChannelInit, DataChannelMut, DataChannelState, Message,
};
pub use configuration::{
    BundlePolicy, Configuration, IceServer, IceTransportPolicy, MAX_ICE_SERVERS,
};
pub use connection::{MAX_LOCAL_ADDRESSES, PeerConnection, TransceiverMut};
pub use error::{
    AddAddressError, AddIceCandidateError, AddTrackError, AddTransceiverError, ConfigurationError,
    ConnectionClosed, CreateDataChannelError, DatagramError, DescriptionError, EncodingFault,
    Exception, Fault, RemoveTrackError, ReplaceTrackError, SendError, SetCodecPreferencesError,
    SetDirectionError, SetHeaderExtensionsError, SetParametersError, UnknownChannel,
    UnknownTransceiver,
};
pub use event::{ChannelEvent, Event, IceCandidateErrorEvent, TrackEvent};
pub use jsep::{
    Description, IceCandidate, MAX_REMOTE_CANDIDATES, OfferOptions, SdpType, UnknownSdpType,
};
pub use media::{
    Csrcs, Delivery, DtmfError, InboundCounters, MAX_TONES, MediaError, MediaExtensions,
    OutboundCounters, OutgoingFrame, OutgoingPacket, PacketOrigin, ReceivedFrame, ReceivedPacket,
    ReceiverError, RemoteInboundCounters, RemoteOutboundCounters, RtpSource, SendMediaError,
    Sequence, TransportMediaCounters,
};
pub use priority::Priority;
pub use request::{ConnectionId, QueryId, Request};
pub use router::{
    InsertError, InsertRefusal, PeerId, PeerMut, Router, RouterConfig, RouterError, RouterEvent,
};
pub use rtc_dtls::Certificate;
pub use rtc_ice::Network;
pub use rtp::{
    MAX_TRANSCEIVERS, MediaKind, RtcpParameters, RtpCapabilities, RtpCodec, RtpCodecParameters,
    RtpEncodingParameters, RtpHeaderExtensionCapability, RtpHeaderExtensionParameters,
    RtpReceiveParameters, RtpReceiver, RtpSendParameters, RtpSender, Track, TrackOrKind,
    Transceiver, TransceiverDirection, TransceiverId, TransceiverInit,
};
pub use state::{ConnectionState, IceConnectionState, IceGatheringState, SignalingState};
pub use stats::{
    CandidatePairStats, CandidateStats, CertificateStats, CodecStats, DataChannelStats,
    InboundRtpStats, MediaSourceStats, OutboundRtpStats, PeerConnectionStats,
    RemoteInboundRtpStats, RemoteOutboundRtpStats, Stats, StatsId, StatsReport, StatsType,
    Timestamp, TransportStats,
};
