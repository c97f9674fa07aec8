//! Pairs of connections over the loopback interface.

use core::future::Future;
use core::time::Duration;

use futures_lite::future::or;

use crate::rtc::{Config, DataChannel, DataChannelInit, Description, PeerConnection};
use crate::seam::sleep;

/// Two connections that know each other's descriptions.
pub(crate) struct Pair {
    pub(crate) alice: PeerConnection,
    pub(crate) bob: PeerConnection,
}

impl Pair {
    /// Both connections, with a channel that Alice opened and Bob accepted.
    pub(crate) async fn with_channel(
        alice: Config,
        bob: Config,
    ) -> (Self, DataChannel, DataChannel) {
        let pair = Self {
            alice: PeerConnection::new(alice).await.unwrap(),
            bob: PeerConnection::new(bob).await.unwrap(),
        };
        let ours = pair.alice.create_data_channel("test", DataChannelInit::default()).unwrap();
        pair.negotiate().await;
        let theirs = within(10, pair.bob.accept()).await.unwrap();
        within(10, ours.opened()).await.unwrap();
        (pair, ours, theirs)
    }

    /// Exchanges an offer of Alice's and an answer of Bob's.
    pub(crate) async fn negotiate(&self) {
        self.alice.set_local_description(None).unwrap();
        self.alice.gathered().await;
        self.bob.set_remote_description(self.alice.local_description().unwrap()).unwrap();
        self.bob.set_local_description(None).unwrap();
        self.bob.gathered().await;
        self.alice.set_remote_description(self.bob.local_description().unwrap()).unwrap();
    }
}

/// A channel over 127.0.0.1.
pub(crate) async fn channel() -> (Pair, DataChannel, DataChannel) {
    Pair::with_channel(Config::loopback(), Config::loopback()).await
}

/// A description with only those candidates whose line holds this.
pub(crate) fn only(mut description: Description, wanted: &str) -> Description {
    let lines = description.sdp.split_inclusive("\r\n");
    let kept = lines.filter(|line| !line.starts_with("a=candidate:") || line.contains(wanted));
    description.sdp = kept.collect();
    description
}

/// A byte string that differs from place to place.
pub(crate) fn pattern(length: usize, seed: usize) -> Vec<u8> {
    (0..length).map(|i| (i.wrapping_mul(31) ^ (i >> 8) ^ seed) as u8).collect()
}

/// The outcome of `future`, which must come within so many seconds.
pub(crate) async fn within<T>(seconds: u64, future: impl Future<Output = T>) -> T {
    outcome_within(Duration::from_secs(seconds), future).await.expect("took too long")
}

/// The outcome of `future`, if it comes within this time.
pub(crate) async fn outcome_within<T>(
    duration: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    or(async { Some(future.await) }, async {
        sleep(duration).await;
        None
    })
    .await
}
