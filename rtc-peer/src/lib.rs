//! Sans-IO peer connection with the semantics of the W3C RTCPeerConnection.
#![no_std]

extern crate alloc;
