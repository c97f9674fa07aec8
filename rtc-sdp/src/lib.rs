//! Session descriptions (RFC 8866) as WebRTC uses them: text to typed values and back.
#![no_std]

extern crate alloc;
