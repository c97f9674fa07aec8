//! `RTCConfiguration`, and the limits that a browser hides.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use rtc_dtls::Certificate;
use rtc_ice::{GatherPolicy, GathererConfig, Server, ServerUri};

use crate::error::ConfigurationError;

/// What a [`PeerConnection`](crate::PeerConnection) is made with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Configuration {
    /// `certificates`: descriptions have the fingerprints of all, and the first is shown to the
    /// other side. Default: empty, so that the connection makes a fresh P-256 certificate of its
    /// own, valid for 30 days (RFC 8827 section 6.5 recommends a new one per connection).
    pub certificates: Vec<Certificate>,
    /// `bundlePolicy`: what to offer to others who may not know BUNDLE. Default:
    /// [`Balanced`](BundlePolicy::Balanced), the specification's.
    pub bundle_policy: BundlePolicy,
    /// The wall-clock time of the driver's epoch, counted from 1970-01-01 UTC: what
    /// `now = Instant::EPOCH` means on a calendar. Certificates are dated by it. Default: 0, which
    /// dates them to 1970; WebRTC peers check fingerprints, never dates.
    pub unix_time_at_epoch: Duration,
    /// The largest datagram that is sent, in bytes of UDP payload (an RTP packet that is forwarded
    /// can be longer by its header extensions, which may differ from those it came with); brought
    /// into the range of 576 to 65,507. Default: 1,200, which RFC 8831 section 5 and every browser
    /// hold to be safe.
    pub max_datagram_size: usize,
    /// The largest data-channel message that is received, in bytes: what `a=max-message-size`
    /// announces. Default: 262,144, as libwebrtc.
    pub max_message_size: usize,
    /// How many bytes of received messages may wait for the application before the other side is
    /// asked to stop. Default: 5 MiB, as libwebrtc.
    pub receive_buffer: usize,
    /// How many bytes of messages of all channels may wait to be sent before
    /// [`SendError::Full`](crate::SendError::Full). Default: 16 MiB, as libwebrtc.
    pub send_buffer: usize,
    /// How many data channels may exist at once, 1 to 65,535. Default: 65,535, the protocol's own
    /// limit.
    pub max_data_channels: u16,
    /// `iceServers`: the STUN and TURN servers to gather with; those beyond
    /// [`MAX_ICE_SERVERS`] are left out. Default: empty.
    pub ice_servers: Vec<IceServer>,
    /// `iceTransportPolicy`: which candidates may be used at all. Default:
    /// [`All`](IceTransportPolicy::All), the specification's.
    pub ice_transport_policy: IceTransportPolicy,
    /// `iceCandidatePoolSize`: with more than 0 candidates are gathered as soon as there are local
    /// addresses, and wait for `set_local_description`. All transports share what is gathered, so
    /// that the number means no more than that. Default: 0, the specification's.
    pub ice_candidate_pool_size: u8,
    /// Whether the addresses of host candidates are hidden behind names that only the local network
    /// can resolve by multicast DNS (draft-ietf-mmusic-mdns-ice-candidates), as browsers do for
    /// pages that may not use a camera. Needs a driver that answers
    /// [`Request::Publish`](crate::Request::Publish). Default: false.
    pub hide_local_addresses: bool,
    /// Whether we are a lite implementation (RFC 8445 section 2.5), for servers with public
    /// addresses: host candidates only, and no checks of our own. Default: false.
    pub ice_lite: bool,
    /// Whether connections are opened to remote candidates over TCP (RFC 6544). They are accepted
    /// where the driver names an address that listens, in any case. Simultaneous open (`tcptype so`)
    /// is not there, as in browsers: we have no such candidates, and ignore those of the other side.
    /// Default: true.
    pub ice_tcp: bool,
    /// Whether a pair that was nominated later may be less wanted than the one before
    /// (draft-thatcher-ice-renomination), so that the controlling side can move away from it; takes
    /// effect if the other side offers it too. Default: false, as in browsers.
    pub renomination: bool,
    /// Whether what is sent asks the network for the treatment that RFC 8837 has for its kind and
    /// priority, by [`Transmit::dscp`](rtc_core::Transmit::dscp). Default: false, as there are
    /// networks that lose what is marked.
    pub dscp: bool,
    /// Timings and limits of the ICE agent. Among them Ta, the time between two checks: ours
    /// ([`pacing`](rtc_ice::Config::pacing), 5 ms) is told to the other side with `a=ice-pacing`,
    /// and the larger one counts; where that says nothing, as browsers do, it counts as
    /// [`silent_pacing`](rtc_ice::Config::silent_pacing), 50 ms.
    pub ice: rtc_ice::Config,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            certificates: Vec::new(),
            bundle_policy: BundlePolicy::default(),
            unix_time_at_epoch: Duration::ZERO,
            max_datagram_size: 1200,
            max_message_size: 262_144,
            receive_buffer: 5 * 1024 * 1024,
            send_buffer: 16 * 1024 * 1024,
            max_data_channels: 65_535,
            ice_servers: Vec::new(),
            ice_transport_policy: IceTransportPolicy::default(),
            ice_candidate_pool_size: 0,
            hide_local_addresses: false,
            ice_lite: false,
            ice_tcp: true,
            renomination: false,
            dscp: false,
            ice: rtc_ice::Config::default(),
        }
    }
}

impl Configuration {
    /// Brings the numbers into their ranges, and refuses what contradicts itself or the
    /// specification. `today` is the time since 1970.
    pub(crate) fn validate(&mut self, today: Duration) -> Result<(), ConfigurationError> {
        self.max_datagram_size = self.max_datagram_size.clamp(576, 65_507);
        if self.certificates.iter().any(|certificate| certificate.expires_at_unix() <= today) {
            return Err(ConfigurationError::ExpiredCertificate);
        }
        if !(1..=self.receive_buffer).contains(&self.max_message_size) {
            return Err(ConfigurationError::MessageSize);
        }
        self.ice_servers.truncate(MAX_ICE_SERVERS);
        self.ice.lite = self.ice_lite;
        self.servers().map(drop)
    }

    /// The specification's "set the configuration" over an `old` one: what cannot change has not.
    /// `is_pool_fixed`: `set_local_description` has been called.
    pub(crate) fn validate_change(
        &mut self,
        old: &Self,
        is_pool_fixed: bool,
        today: Duration,
    ) -> Result<(), ConfigurationError> {
        let ders = |configuration: &Self| -> Vec<Vec<u8>> {
            configuration.certificates.iter().map(|certificate| certificate.der().into()).collect()
        };
        // W3C: one that names none leaves them alone.
        if self.certificates.is_empty() {
            self.certificates.clone_from(&old.certificates);
        } else if ders(self) != ders(old) {
            return Err(ConfigurationError::CertificatesChanged);
        }
        if self.bundle_policy != old.bundle_policy {
            return Err(ConfigurationError::BundlePolicyChanged);
        }
        if is_pool_fixed && self.ice_candidate_pool_size != old.ice_candidate_pool_size {
            return Err(ConfigurationError::PoolSizeChanged);
        }
        self.validate(today)?;
        if self.fixed() != old.fixed() {
            return Err(ConfigurationError::FixedChanged);
        }
        Ok(())
    }

    /// What only the constructor can set, of what is not W3C's.
    fn fixed(&self) -> impl PartialEq + use<> {
        let sizes = [
            self.max_datagram_size,
            self.max_message_size,
            self.receive_buffer,
            self.send_buffer,
            usize::from(self.max_data_channels),
        ];
        let switches =
            [self.hide_local_addresses, self.ice_lite, self.ice_tcp, self.renomination, self.dscp];
        (sizes, switches, self.unix_time_at_epoch, self.ice.clone())
    }

    /// What is gathered.
    pub(crate) fn gatherer(&self) -> GathererConfig {
        let mut config = GathererConfig::default();
        config.policy = self.gather_policy();
        config.tcp = self.ice_tcp && !self.ice_lite;
        config.hide_local_addresses = self.hide_local_addresses;
        config.pacing = self.ice.pacing;
        config.max_servers = MAX_ICE_SERVERS;
        config
    }

    /// Which candidates are gathered.
    pub(crate) const fn gather_policy(&self) -> GatherPolicy {
        match self.ice_transport_policy {
            IceTransportPolicy::All => GatherPolicy::All,
            IceTransportPolicy::Relay => GatherPolicy::Relay,
        }
    }

    /// The servers to gather with, one for each URL; none for a lite implementation, which has host
    /// candidates only.
    pub(crate) fn servers_to_ask(&self) -> Vec<Server> {
        let servers = self.servers().unwrap_or_default().into_iter();
        servers.filter(|_| !self.ice_lite).collect()
    }

    /// The servers, one for each URL.
    fn servers(&self) -> Result<Vec<Server>, ConfigurationError> {
        let mut servers = Vec::new();
        for (index, server) in self.ice_servers.iter().enumerate() {
            if server.urls.is_empty() {
                return Err(ConfigurationError::NoUrls { server: index });
            }
            for url in &server.urls {
                let fault = |fault| ConfigurationError::BadUrl { server: index, fault };
                let uri: ServerUri = url.parse().map_err(fault)?;
                if !uri.is_supported() {
                    return Err(ConfigurationError::UnsupportedUrl { server: index });
                }
                if uri.is_turn() && (server.username.is_none() || server.credential.is_none()) {
                    return Err(ConfigurationError::MissingCredentials { server: index });
                }
                let username = server.username.as_deref().unwrap_or_default();
                if username.len() > MAX_USERNAME {
                    return Err(ConfigurationError::LongUsername { server: index });
                }
                let password = server.credential.as_deref().unwrap_or_default();
                servers.push(Server { uri, username: username.into(), password: password.into() });
            }
        }
        Ok(servers)
    }
}

/// `RTCIceServer`: a STUN or TURN server under one or more URLs.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct IceServer {
    /// `urls`: `stun:`, `stuns:`, `turn:` and `turns:` (RFC 7064, RFC 7065); at least one. TURN over
    /// DTLS (`turns:` with `transport=udp`, RFC 7350) is not there:
    /// [`UnsupportedUrl`](ConfigurationError::UnsupportedUrl), a `NotSupportedError`.
    pub urls: Vec<String>,
    /// `username`: needed for TURN; at most 509 bytes.
    pub username: Option<String>,
    /// `credential`: the password, needed for TURN. Not told by `Debug`.
    pub credential: Option<String>,
}

impl IceServer {
    /// A STUN server, which needs no credentials.
    pub fn stun(url: impl Into<String>) -> Self {
        Self { urls: [url.into()].into(), username: None, credential: None }
    }

    /// A TURN server with a user's name and password.
    pub fn turn(
        url: impl Into<String>,
        username: impl Into<String>,
        credential: impl Into<String>,
    ) -> Self {
        let (username, credential) = (Some(username.into()), Some(credential.into()));
        Self { urls: [url.into()].into(), username, credential }
    }
}

impl fmt::Debug for IceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceServer")
            .field("urls", &self.urls)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// `RTCIceTransportPolicy`: which candidates may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum IceTransportPolicy {
    /// `all`: any.
    #[default]
    All,
    /// `relay`: only those of a TURN server, so that the other side does not learn our address.
    Relay,
}

impl IceTransportPolicy {
    /// The W3C specification's string for this policy.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Relay => "relay",
        }
    }
}

impl fmt::Display for IceTransportPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `RTCBundlePolicy`: which transports an offer has before it is known whether the other side
/// bundles (RFC 9143). Who does gets one for everything in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum BundlePolicy {
    /// `balanced`: one for each kind of media and one for data. Whoever cannot bundle gets the
    /// first of each.
    #[default]
    Balanced,
    /// `max-compat`: one for each m-section.
    MaxCompat,
    /// `max-bundle`: one. Whoever cannot bundle gets only the first m-section.
    MaxBundle,
}

impl BundlePolicy {
    /// The W3C specification's string for this policy.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::MaxCompat => "max-compat",
            Self::MaxBundle => "max-bundle",
        }
    }
}

impl fmt::Display for BundlePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many servers a configuration has at most; W3C has the rest cut off.
pub const MAX_ICE_SERVERS: usize = 32;

/// One more than RFC 8489 section 14.3 has, as the conformance tests of W3C want it.
const MAX_USERNAME: usize = 509;
