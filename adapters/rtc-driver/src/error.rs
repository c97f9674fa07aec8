//! What can go wrong beside the peer connection itself.

use core::net::SocketAddr;
use std::io;

use rtc_peer::{AddAddressError, ConfigurationError};
use thiserror::Error;

/// Why a [`PeerConnection`](crate::PeerConnection) cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller does not run on the runtime.
    #[error("not called from within the async runtime")]
    NoRuntime,
    /// The system gives no entropy.
    #[error("no entropy: {0}")]
    Entropy(#[from] getrandom::Error),
    /// The peer connection's configuration is refused.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The machine's addresses cannot be listed.
    #[error("the machine's addresses cannot be listed: {0}")]
    Interfaces(io::Error),
    /// No socket can be opened on an address that was asked for.
    #[error("no socket on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// An address that was asked for cannot be offered.
    #[error("{address}: {source}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// What is wrong with it.
        source: AddAddressError,
    },
    /// There is no address to open a socket on.
    #[error("the machine has no usable address")]
    NoAddress,
}

/// Why a connection did not come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// No path was found, or the other side could not be authenticated.
    #[error("the connection failed")]
    Failed,
    /// The connection was closed.
    #[error("the connection is closed")]
    Closed,
}

/// The data channel closed before it was open, or had been closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the data channel is closed")]
pub struct ChannelClosed;

/// Why a server makes no further peer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PeerError {
    /// The system gives no entropy.
    #[error("no entropy: {0}")]
    Entropy(#[from] getrandom::Error),
    /// The peer connection's configuration is refused.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// There are as many peers as there may be.
    #[error("the server has as many peers as it may have")]
    Full,
    /// The server was closed.
    #[error("the server is closed")]
    Closed,
}
