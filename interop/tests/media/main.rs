//! Audio and video between our stack and each browser, whoever offers.

#[path = "../call/mod.rs"]
mod call;
mod codecs;
mod glare;
mod perfect;
mod policies;
mod renegotiation;
mod repair;
mod reports;
mod sdp;
mod simulcast;
mod tones;
