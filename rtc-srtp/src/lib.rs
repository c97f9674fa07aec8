//! RTP and RTCP packets and their protection.
#![no_std]

extern crate alloc;
