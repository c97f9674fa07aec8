//! The peer connection: moves things between transport, channels and descriptions.
//!
//! This room holds no protocol. `transport`, `channel` and `jsep` never call each other; what one
//! has for another passes through here.

mod configuring;
mod drive;
mod errands;
mod gathering;
mod media;
mod negotiation;
mod observe;
mod outgoing;
mod reconcile;
mod transceivers;

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use chacha20::ChaCha20Rng;
use rand_core::{CryptoRng, Rng, SeedableRng};
use rtc_core::{FiveTuple, Instant, Transmit};
use rtc_dtls::{Certificate, CertificateParams};
use rtc_ice::Gatherer;

pub use self::gathering::MAX_LOCAL_ADDRESSES;
pub use self::transceivers::TransceiverMut;
use crate::address::LocalAddress;
use crate::channel::{ChannelId, Channels, DataChannelInit, DataChannelMut};
use crate::configuration::Configuration;
use crate::error::{ConfigurationError, CreateDataChannelError, UnknownChannel};
use crate::event::Event;
use crate::jsep::Session;
use crate::keystream::Keystream;
use crate::media::{Media, MediaConfig};
use crate::rtp::Transceivers;
use crate::state::{ConnectionState, IceConnectionState, IceGatheringState};
use crate::transport::{Errands, Exit, HostNames, Streams, Transports};

/// A peer connection: `RTCPeerConnection` without sockets, threads or clocks.
///
/// The methods are of four kinds:
///
/// * **Getters** take `&self`, change nothing, and go on working after [`close`](Self::close).
/// * **Inputs**: [`handle_datagram`](Self::handle_datagram) for each datagram that arrives,
///   [`handle_timeout`](Self::handle_timeout) when the deadline has passed, and the answers to
///   errands ([`handle_resolved`](Self::handle_resolved) and the like).
/// * **Commands** are what the W3C specification lets an application do. Any of them may come at
///   any time, and any number of them between two polls; one that fails has changed nothing.
/// * **Outputs**: [`poll_transmit`](Self::poll_transmit), [`poll_event`](Self::poll_event),
///   [`poll_request`](Self::poll_request) and [`poll_timeout`](Self::poll_timeout). After inputs and
///   commands, as soon as is convenient, drain them in this order: datagrams until there are none,
///   events until there are none, errands until there are none, then ask for the deadline.
///
/// Nothing happens by itself: a connection that is not driven costs nothing and does nothing.
/// The same inputs, with a generator of the same seed, give the same outputs to the byte.
#[derive(Debug)]
pub struct PeerConnection {
    configuration: Configuration,
    rng: Keystream,
    /// The latest moment that was handed in: time never runs backwards in here.
    now: Instant,
    session: Session,
    certificate: Certificate,
    transports: Transports,
    channels: Channels,
    media: Media,
    transceivers: Transceivers,
    /// What the driver has named, in its order of preference.
    addresses: Vec<LocalAddress>,
    gatherer: Gatherer,
    /// Whether candidates have ever been gathered.
    has_gathered: bool,
    /// TCP connections to the other side.
    streams: Streams,
    /// Connections that were opened, for a router to ask about; the first few, if nobody asks.
    opened: Vec<FiveTuple>,
    /// What our addresses are hidden behind.
    names: HostNames,
    errands: Errands,
    /// Whether `set_local_description` was ever called with success.
    was_described: bool,
    /// The ufrags that were in use when `restartIce()` was called, until an exchange has replaced
    /// them: W3C's `[[LocalIceCredentialsToReplace]]`.
    ufrags_to_replace: Vec<String>,
    /// RFC 9429's needs-ice-restart bit: the ufrags whose candidates were gathered by a configuration
    /// that is no longer ours. The next offer replaces those that are still in use.
    outdated_ufrags: Vec<String>,
    events: VecDeque<Event>,
    reported_ice: IceConnectionState,
    reported: ConnectionState,
    reported_gathering: IceGatheringState,
    negotiation_needed: bool,
    /// What is left to say when everything else is over.
    farewell: Option<Farewell>,
}

/// The last datagrams of a closed connection, and where they go.
#[derive(Debug)]
struct Farewell {
    datagrams: VecDeque<(Transmit, Vec<u8>)>,
}

impl PeerConnection {
    /// `new RTCPeerConnection(configuration)`.
    ///
    /// `rng` seeds the connection's own generator; nothing else is ever asked for randomness.
    ///
    /// # Errors
    ///
    /// See [`ConfigurationError`]; the exceptions are those of the W3C specification.
    pub fn new(
        mut configuration: Configuration,
        now: Instant,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ConfigurationError> {
        let today = configuration.unix_time_at_epoch.saturating_add(now.since_epoch());
        configuration.validate(today)?;
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let mut rng = ChaCha20Rng::from_seed(seed);
        let certificate = match configuration.certificates.first() {
            Some(certificate) => certificate.clone(),
            None => Certificate::generate(&CertificateParams::new(today), &mut rng),
        };
        let transceivers = Transceivers::new(&mut rng);
        let media = MediaConfig {
            cname: transceivers.cname().into(),
            unix_time_at_epoch: configuration.unix_time_at_epoch,
            max_packet_size: configuration.max_datagram_size - SRTP_OVERHEAD,
            ..MediaConfig::default()
        };
        let session = Session::new(rng.next_u64(), token(&mut rng), configuration.bundle_policy);
        let mut own_rng = ChaCha20Rng::from_rng(&mut rng);
        let mut gatherer = Gatherer::new(configuration.gatherer(), now, &mut own_rng);
        gatherer.set_servers(configuration.servers_to_ask());
        let has_gathered = configuration.ice_candidate_pool_size > 0;
        if has_gathered {
            gatherer.gather(now);
        }
        Ok(Self {
            certificate,
            transports: Transports::default(),
            channels: Channels::new(configuration.max_data_channels),
            media: Media::new(media, &mut rng),
            transceivers,
            configuration,
            rng: Keystream::new(&mut rng),
            now,
            session,
            addresses: Vec::new(),
            gatherer,
            has_gathered,
            streams: Streams::default(),
            opened: Vec::new(),
            names: HostNames::default(),
            errands: Errands::default(),
            was_described: false,
            ufrags_to_replace: Vec::new(),
            outdated_ufrags: Vec::new(),
            events: VecDeque::new(),
            reported_ice: IceConnectionState::New,
            reported: ConnectionState::New,
            reported_gathering: IceGatheringState::New,
            negotiation_needed: false,
            farewell: None,
        })
    }

    /// `createDataChannel`.
    ///
    /// # Errors
    ///
    /// See [`CreateDataChannelError`]; the exceptions are those of the W3C specification.
    pub fn create_data_channel(
        &mut self,
        label: impl Into<String>,
        init: DataChannelInit,
    ) -> Result<ChannelId, CreateDataChannelError> {
        if self.is_closed() {
            return Err(CreateDataChannelError::Closed);
        }
        let label = label.into();
        let reliability = init.validate(&label)?;
        let id = self.channels.create(self.now, label, init, reliability)?;
        self.update_negotiation_needed();
        Ok(id)
    }

    /// The data channel `id`, to use.
    ///
    /// What is done with it happens at the latest moment that was handed in: after a long silence a
    /// driver calls [`handle_timeout`](Self::handle_timeout) first, so that the life time of a
    /// message counts from the moment at which it is sent.
    ///
    /// # Errors
    ///
    /// The id is another connection's, or that of a channel which closed long ago.
    pub fn channel(&mut self, id: ChannelId) -> Result<DataChannelMut<'_>, UnknownChannel> {
        DataChannelMut::new(&mut self.channels, id, self.now).ok_or(UnknownChannel)
    }

    /// `close`: ends everything at once, as the W3C specification has it, without events.
    ///
    /// The datagrams that tell the other side are still to be polled. What the channels had not
    /// sent is not sent any more.
    pub fn close(&mut self) {
        if self.is_closed() {
            return;
        }
        self.channels.abort(self.now);
        let farewell = self.say_farewell();
        self.session.close();
        self.transceivers.close();
        self.events.clear();
        self.farewell = Some(farewell);
        self.dismiss_driver();
        self.reported_ice = IceConnectionState::Closed;
        self.reported = ConnectionState::Closed;
    }

    /// The last words of everybody.
    fn say_farewell(&mut self) -> Farewell {
        let mut datagrams = VecDeque::new();
        let now = self.now;
        let data_transport = self.session.data_transport();
        for transport in self.transports.iter_mut() {
            let path = transport.ice.send_path();
            let mut words = VecDeque::new();
            let mut datagram = core::mem::take(&mut transport.carried);
            let mut goodbye = Vec::new();
            if self.media.goodbye(transport.id, &mut goodbye)
                && let Some(sender) = transport.srtp_sender()
                && sender.protect_rtcp(&mut goodbye).is_ok()
            {
                words.push_back(goodbye);
            }
            let carries_data = data_transport == Some(transport.id);
            while !datagram.is_empty()
                || (carries_data
                    && outgoing::seal_packet(&mut self.channels, transport, now, &mut datagram))
            {
                words.push_back(core::mem::take(&mut datagram));
            }
            transport.close(now, &mut words);
            let Some(path) = path else { continue };
            let exit = Exit::of(now, &path, &mut self.gatherer);
            for mut words in words {
                let size = words.len();
                let transmit = Transmit { path, ecn: None, dscp: 0, size, segment_size: None };
                let wrapped = exit.wrap_tight(now, transmit, &mut self.gatherer, &mut words);
                datagrams.extend(wrapped.map(|transmit| (transmit, words)));
            }
        }
        self.gatherer.release(now);
        let mut datagram = Vec::new();
        while let Some(transmit) = self.gatherer.poll_transmit(now, &mut datagram) {
            datagrams.push_back((transmit, core::mem::take(&mut datagram)));
        }
        Farewell { datagrams }
    }

    fn is_closed(&self) -> bool {
        self.farewell.is_some()
    }

    /// Time never runs backwards in here, whatever the driver's clock does.
    fn clock(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
    }
}

/// 24 characters that nobody can guess.
fn token(rng: &mut ChaCha20Rng) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = [0; 24];
    rng.fill_bytes(&mut bytes);
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 64)])).collect()
}

/// What SRTP and SRTCP add to a packet at most: a tag, and an index.
const SRTP_OVERHEAD: usize = 16 + 4;
