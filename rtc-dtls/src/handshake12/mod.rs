//! The handshake of DTLS 1.2: a struct for each message that is waited for (RFC 5246 §7.3).
//!
//! ```text
//! client                                   server
//! ClientHello                        ->
//!                                    <-    ServerHello, Certificate, ServerKeyExchange,
//!                                          CertificateRequest, ServerHelloDone
//! Certificate, ClientKeyExchange,
//! CertificateVerify,
//! [ChangeCipherSpec], Finished       ->
//!                                    <-    [ChangeCipherSpec], Finished
//! ```
//!
//! ChangeCipherSpec has no number and may be lost or overtaken, so it decides nothing: the epoch
//! of the record that brings Finished does.

mod client;
mod context;
mod established;
mod key_schedule;
mod peer;
mod server;
mod state;

#[cfg(test)]
mod tests;

pub(crate) use context::Context;
pub(crate) use established::Established;
pub(crate) use key_schedule::RecordKeys;
pub(crate) use state::State;
