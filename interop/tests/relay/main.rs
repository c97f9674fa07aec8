//! Calls through coturn: between connections of ours, and with browsers.

#[path = "../call/mod.rs"]
mod call;
#[path = "../duo/mod.rs"]
mod duo;

mod browsers;
mod faults;
mod ours;
mod streams;
