//! Data channels between our stack and each browser, whoever offers.

#[path = "../call/mod.rs"]
mod call;

mod channels;
mod closing;
mod connecting;
mod messages;
mod opening;
mod transfers;
