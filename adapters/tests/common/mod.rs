//! Pairs of connections over the loopback interface.

use core::future::Future;
use core::net::IpAddr;
use core::time::Duration;
use std::sync::{Arc, Mutex};

use futures_lite::future::or;

use crate::rtc::{
    Config, DataChannel, DataChannelInit, Description, Interface, Interfaces, PeerConnection,
};
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

/// Interfaces that the test says there are.
#[derive(Clone)]
pub(crate) struct Fake(Arc<Mutex<Vec<&'static str>>>);

impl Fake {
    pub(crate) fn of(addresses: &[&'static str]) -> Self {
        Self(Arc::new(Mutex::new(addresses.to_vec())))
    }

    pub(crate) fn set(&self, addresses: &[&'static str]) {
        *self.0.lock().unwrap() = addresses.to_vec();
    }

    pub(crate) fn config(&self) -> Config {
        let list = Arc::clone(&self.0);
        let mut config = Config::default();
        config.interfaces = Interfaces::from_fn(move || {
            let list = list.lock().unwrap();
            let address = |ip: &&str| -> IpAddr { ip.parse().unwrap() };
            Ok(list
                .iter()
                .zip(1..)
                .map(|(ip, n)| Interface::new("fake0", n, address(ip)))
                .collect())
        });
        config.interface_interval = Some(Duration::from_millis(20));
        config
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
