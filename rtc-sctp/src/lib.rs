//! Sans-IO SCTP association (RFC 9260) for WebRTC data channels.
#![no_std]

extern crate alloc;
