//! An async peer connection on tokio: sockets, clock, entropy.
