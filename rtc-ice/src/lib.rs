//! Sans-IO STUN codec (RFC 8489) and ICE agent (RFC 8445).
#![no_std]

extern crate alloc;
