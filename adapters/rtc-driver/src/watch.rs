//! Interfaces that come and go: which sockets to open and which to give up.

use core::task::Context;
use core::time::Duration;
use std::io;
use std::time::Instant;

use crate::config::Config;
use crate::interfaces::{self, Interface, Interfaces, Place};
use crate::runtime::{Runtime, Timer as _};

/// Looks at the machine's interfaces now and then.
#[derive(Debug)]
pub(crate) struct Watch<R: Runtime> {
    interfaces: Interfaces,
    interval: Duration,
    timer: R::Timer,
    /// The next look.
    due: Instant,
}

impl<R: Runtime> Watch<R> {
    /// `None` if the sockets are those that the application named, or nothing is to change.
    pub(crate) fn new(runtime: &R, config: &Config) -> Option<Self> {
        let interval = config.interface_interval?;
        let is_open = config.bind.is_empty()
            || interfaces::is_open(&config.bind)
            || interfaces::is_open(&config.tcp_listen);
        is_open.then(|| {
            let due = Instant::now() + interval;
            let mut timer = runtime.timer();
            timer.set(due);
            Self { interfaces: config.interfaces.clone(), interval, timer, due }
        })
    }

    /// The interfaces, if it is time to look.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Option<io::Result<Vec<Interface>>> {
        if self.timer.poll(cx).is_pending() {
            return None;
        }
        self.due = Instant::now() + self.interval;
        self.timer.set(self.due);
        let _not_yet = self.timer.poll(cx);
        Some(self.interfaces.list())
    }

    /// Something speaks for a change: looks sooner.
    pub(crate) fn hurry(&mut self, cx: &mut Context<'_>) {
        let soon = Instant::now() + HURRY.min(self.interval);
        if soon < self.due {
            self.due = soon;
            self.timer.set(soon);
            if self.timer.poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
        }
    }
}

/// Which places of `wanted` have nothing open yet.
pub(crate) fn missing(wanted: Vec<Place>, open: &[Place]) -> Vec<Place> {
    let is_open = |place: &Place| open.iter().any(|open| open.address.ip() == place.address.ip());
    wanted.into_iter().filter(|place| !place.is_named && !is_open(place)).collect()
}

/// Whether the address that `place` is of is no longer the machine's.
pub(crate) fn has_vanished(place: &Place, machine: &[Interface]) -> bool {
    // Where loopback was the last resort it stays in use, although it is none any more.
    !place.is_named && !machine.iter().any(|known| known.address == place.address.ip())
}

/// How soon to look when sending fails.
const HURRY: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(list: &[&str]) -> Vec<Interface> {
        list.iter().map(|ip| Interface::new("eth0", 1, ip.parse().unwrap())).collect()
    }

    #[test]
    fn what_comes_is_missing_and_what_goes_has_vanished() {
        let before = machine(&["127.0.0.1", "192.0.2.1"]);
        let after = machine(&["127.0.0.1", "192.0.2.2"]);
        let open = interfaces::expand(&interfaces::EVERYTHING, &before);
        let missing = missing(interfaces::expand(&interfaces::EVERYTHING, &after), &open);
        assert_eq!(missing.len(), 1);
        assert_eq!(missing[0].address.ip(), after[1].address);
        assert!(has_vanished(&open[0], &after) && !has_vanished(&open[0], &before));
    }

    #[test]
    fn loopback_and_named_addresses_stay() {
        let alone = machine(&["127.0.0.1"]);
        let later = machine(&["127.0.0.1", "192.0.2.1"]);
        let open = interfaces::expand(&interfaces::EVERYTHING, &alone);
        assert!(!has_vanished(&open[0], &later));
        let named = interfaces::expand(&["198.51.100.1:1".parse().unwrap()], &alone);
        assert!(!has_vanished(&named[0], &later));
    }
}
