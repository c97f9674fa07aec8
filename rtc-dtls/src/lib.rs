//! Sans-IO DTLS for WebRTC: records, handshake, certificates, exporter.
#![no_std]

extern crate alloc;
