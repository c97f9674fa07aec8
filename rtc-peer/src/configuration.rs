//! `RTCConfiguration`, and the limits that a browser hides.

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use rtc_dtls::Certificate;

/// What a [`PeerConnection`](crate::PeerConnection) is made with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Configuration {
    /// `certificates`: the identities to offer, the first of which is used. Default: empty, so
    /// that the connection makes a fresh P-256 certificate of its own, valid for 30 days (RFC 8827
    /// section 6.5 recommends a new one per connection).
    pub certificates: Vec<Certificate>,
    /// `bundlePolicy`: what to offer to others who may not know BUNDLE. Default:
    /// [`Balanced`](BundlePolicy::Balanced), the specification's.
    pub bundle_policy: BundlePolicy,
    /// The wall-clock time of the driver's epoch, counted from 1970-01-01 UTC: what
    /// `now = Instant::EPOCH` means on a calendar. Certificates are dated by it. Default: 0, which
    /// dates them to 1970; WebRTC peers check fingerprints, never dates.
    pub unix_time_at_epoch: Duration,
    /// The largest datagram that is sent, in bytes of UDP payload (an RTP packet that is forwarded
    /// can be longer by its header extensions, which may differ from those it came with); brought into the range of
    /// 576 to 65,507. Default: 1,200,
    /// which RFC 8831 section 5 and every browser hold to be safe.
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
    /// Timings and limits of the ICE agent.
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
            ice: rtc_ice::Config::default(),
        }
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
