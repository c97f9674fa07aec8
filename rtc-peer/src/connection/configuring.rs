//! The configuration, after the connection was made.

use rtc_core::Instant;

use super::PeerConnection;
use crate::configuration::Configuration;
use crate::error::ConfigurationError;

impl PeerConnection {
    /// `setConfiguration`: other servers, another policy and, until `set_local_description`, another
    /// size of the candidate pool. What is gathered next goes by them. If something has been gathered
    /// already, the next offer makes an ICE restart of it (RFC 9429 section 4.1.18).
    ///
    /// # Errors
    ///
    /// What cannot be changed was to be, or a server is not in order; the exceptions are those of
    /// the W3C specification. Nothing has changed then.
    pub fn set_configuration(
        &mut self,
        now: Instant,
        mut configuration: Configuration,
    ) -> Result<(), ConfigurationError> {
        let now = self.clock(now);
        if self.is_closed() {
            return Err(ConfigurationError::Closed);
        }
        let today = self.configuration.unix_time_at_epoch.saturating_add(now.since_epoch());
        configuration.validate_change(&self.configuration, self.was_described, today)?;
        let old = core::mem::replace(&mut self.configuration, configuration);
        let new = &self.configuration;
        self.gatherer.set_policy(new.gather_policy());
        self.gatherer.set_servers(new.servers_to_ask());
        let is_other = new.ice_servers != old.ice_servers
            || new.ice_transport_policy != old.ice_transport_policy;
        if is_other {
            self.outdated_ufrags = self.ufrags_in_use();
        }
        // RFC 9429 section 4.1.18: what waits in the pool is gathered anew if it would be different.
        let has_pool = self.configuration.ice_candidate_pool_size > 0;
        let is_pooled = has_pool && self.transports.first().is_none();
        if is_pooled && (is_other || !self.has_gathered) {
            self.gather(now, true);
        }
        Ok(())
    }
}
