//! `config_test`: what is true of a configuration is true of it for the constructor and for
//! `setConfiguration`.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use rtc_peer::{Configuration, ConfigurationError, PeerConnection};

use crate::peers::{START, lone};

/// One of the two ways to configure a connection.
pub(crate) type MakePc = fn(Configuration) -> Result<PeerConnection, ConfigurationError>;

/// `new RTCPeerConnection(config)`.
pub(crate) fn by_constructor(
    configuration: Configuration,
) -> Result<PeerConnection, ConfigurationError> {
    PeerConnection::new(configuration, START, &mut ChaCha20Rng::from_seed([7; 32]))
}

/// `setConfiguration(config)` of a connection with the default configuration.
pub(crate) fn by_set_configuration(
    configuration: Configuration,
) -> Result<PeerConnection, ConfigurationError> {
    let mut pc = lone();
    pc.set_configuration(START, configuration)?;
    Ok(pc)
}

/// The exception that a configuration must give.
#[track_caller]
pub(crate) fn throws(result: Result<PeerConnection, ConfigurationError>, exception: &str) {
    assert_eq!(result.err().unwrap().exception().name(), exception);
}
