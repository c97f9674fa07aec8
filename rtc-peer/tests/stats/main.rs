//! Statistics: that they hang together, that they are right, and that they are W3C's.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;

mod candidates;
mod counters;
#[cfg(feature = "serde")]
mod json;
mod references;
mod streams;

use rtc_peer::{PeerConnection, StatsReport};

use common::Pair;

/// The reports of both at this moment.
fn reports(pair: &Pair) -> [StatsReport; 2] {
    [&pair.alice, &pair.bob].map(|peer| peer.connection.stats(pair.now))
}

/// The values of an attribute in a description of a connection's.
fn attributes(connection: &PeerConnection, remote: bool, name: &str) -> Vec<String> {
    let description = match remote {
        true => connection.remote_description(),
        false => connection.local_description(),
    };
    let prefix = format!("a={name}:");
    let sdp = description.unwrap().sdp;
    sdp.lines().filter_map(|line| line.strip_prefix(&prefix)).map(Into::into).collect()
}
