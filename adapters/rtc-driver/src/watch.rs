//! Interfaces that come and go: which sockets to open and which to give up.

use core::task::Context;
use core::time::Duration;
use std::io;
use std::time::Instant;

use crate::config::Config;
use crate::interfaces::{self, Interface, Interfaces, Place};
use crate::notices::{Heard, Notices};
use crate::runtime::{Runtime, Timer as _};

/// Looks at the machine's interfaces: when the system says that they have changed, or now and then.
#[derive(Debug)]
pub(crate) struct Watch<R: Runtime> {
    interfaces: Interfaces,
    interval: Duration,
    notices: Option<Notices<R>>,
    timer: R::Timer,
    /// The next look.
    due: Instant,
    /// The last one.
    looked_at: Instant,
}

impl<R: Runtime> Watch<R> {
    /// `None` if the sockets are those that the application named, or nothing is to change.
    pub(crate) fn new(runtime: &R, config: &Config) -> Option<Self> {
        let interval = config.interface_interval?;
        let is_open = config.bind.is_empty()
            || interfaces::is_open(&config.bind)
            || interfaces::is_open(&config.tcp_listen);
        is_open.then(|| {
            let looked_at = Instant::now();
            let mut watch = Self {
                interfaces: config.interfaces.clone(),
                interval,
                notices: Notices::open(runtime),
                timer: runtime.timer(),
                due: looked_at,
                looked_at,
            };
            watch.due = looked_at + watch.patience();
            watch.timer.set(watch.due);
            watch
        })
    }

    /// How long until the next look if nothing speaks for one.
    fn patience(&self) -> Duration {
        let is_told = self.notices.is_some() && self.interfaces.is_system();
        if is_told { self.interval.saturating_mul(RARELY) } else { self.interval }
    }

    /// The interfaces, if it is time to look.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Option<io::Result<Vec<Interface>>> {
        match self.notices.as_mut().map_or(Heard::Nothing, |notices| notices.poll(cx)) {
            Heard::Nothing => {}
            Heard::Change => self.hurry(),
            Heard::End => {
                self.notices = None;
                self.hurry();
            }
        }
        if self.timer.poll(cx).is_pending() {
            return None;
        }
        self.looked_at = Instant::now();
        self.due = self.looked_at + self.patience();
        self.timer.set(self.due);
        let _not_yet = self.timer.poll(cx);
        Some(self.interfaces.list())
    }

    /// Something speaks for a change: looks at once, unless that was done just now.
    pub(crate) fn hurry(&mut self) {
        self.look_at(Instant::now().max(self.looked_at + SPACING));
    }

    /// Looks at this moment at the latest.
    fn look_at(&mut self, moment: Instant) {
        if moment < self.due {
            self.due = moment;
            self.timer.set(moment);
        }
    }

    /// The same, where [`poll`](Self::poll) does not follow.
    pub(crate) fn wake_at(&mut self, cx: &mut Context<'_>, moment: Instant) {
        self.look_at(moment);
        if self.timer.poll(cx).is_ready() {
            // It says so but once.
            self.timer.set(self.due);
            cx.waker().wake_by_ref();
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

/// Whether the interface of `place` is there and has no carrier.
pub(crate) fn is_cut_off(place: &Place, machine: &[Interface]) -> bool {
    let mut same = machine.iter().filter(|known| known.address == place.address.ip()).peekable();
    !place.is_named && same.peek().is_some() && same.all(|known| !known.has_carrier)
}

/// How long after a look the next one comes, at least: changes come in swarms.
const SPACING: Duration = Duration::from_millis(100);
/// How many times rarer looks are where the system tells of changes. There still are some: what the
/// system says nothing of, an application's own list may know.
const RARELY: u32 = 10;
/// How long an interface may be without a carrier until its sockets are given up: what moves from
/// one access point to the next is back sooner.
pub(crate) const CARRIER_PATIENCE: Duration = Duration::from_secs(3);

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
    fn an_interface_without_a_carrier_is_cut_off_and_has_not_vanished() {
        let mut now = machine(&["192.0.2.1", "192.0.2.2"]);
        let open = interfaces::expand(&interfaces::EVERYTHING, &now);
        now[0].has_carrier = false;
        assert!(is_cut_off(&open[0], &now) && !is_cut_off(&open[1], &now));
        assert!(!has_vanished(&open[0], &now));
        assert_eq!(interfaces::expand(&interfaces::EVERYTHING, &now).len(), 1, "nor is it opened");
        now.remove(0);
        assert!(!is_cut_off(&open[0], &now) && has_vanished(&open[0], &now));
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
