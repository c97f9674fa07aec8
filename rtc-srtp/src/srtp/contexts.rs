//! What is kept under one master key.

use core::fmt;

use crate::srtp::config::{Config, CryptexPolicy};
use crate::srtp::indices::Indices;
use crate::srtp::master_key::MasterKey;
use crate::srtp::profile::ProtectionProfile;
use crate::srtp::session::SessionKeys;
use crate::srtp::streams::Streams;

/// The cryptographic contexts (RFC 3711, section 3.2) of all streams in one direction under one
/// master key. Of SRTCP, `R` is remembered of each stream.
pub(crate) struct Contexts<R> {
    pub(crate) profile: ProtectionProfile,
    pub(crate) cryptex: CryptexPolicy,
    pub(crate) rtp: SessionKeys,
    pub(crate) rtcp: SessionKeys,
    pub(crate) rtp_streams: Streams<Indices>,
    pub(crate) rtcp_streams: Streams<R>,
}

impl<R> Contexts<R> {
    /// Contexts of no stream.
    pub(crate) fn new(key: &MasterKey, config: &Config) -> Self {
        let (rtp, rtcp) =
            SessionKeys::derive(key).expect("a master key is as long as its profile says");
        Self {
            profile: key.profile(),
            cryptex: config.cryptex,
            rtp,
            rtcp,
            rtp_streams: Streams::new(config.max_streams),
            rtcp_streams: Streams::new(config.max_streams),
        }
    }

    /// Shows no key.
    pub(crate) fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("profile", &self.profile)
            .field("cryptex", &self.cryptex)
            .field("rtp_streams", &self.rtp_streams.len())
            .field("rtcp_streams", &self.rtcp_streams.len())
            .finish_non_exhaustive()
    }
}
