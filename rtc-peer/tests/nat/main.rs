//! Two peers on a simulated internet, behind NAT boxes and firewalls of every kind.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod call;
mod changes;
mod document;
mod internet;
mod kind;
mod names;
mod neighbours;
mod packet;
mod peer;
mod server;
mod stack;
mod table;
mod theory;
mod translator;
#[path = "../../../rtc-ice/tests/common/turn_server.rs"]
mod turn_server;
