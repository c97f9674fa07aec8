//! Perfect negotiation: two sides that may both offer at any moment, over a signalling channel that
//! takes its time.

use std::collections::VecDeque;
use std::time::Duration;

use rtc_core::Instant;
use rtc_peer::{
    Description, Event, IceCandidate, IceConnectionState, MediaKind, SdpType, SignalingState,
    TransceiverDirection, TransceiverId,
};

use crate::media::{add, current, ids};
use crate::peers::{Peers, Who};

/// The two sides and the messages between them.
pub(crate) struct Perfect {
    peers: Peers,
    polite: Who,
    /// Whether each side has ignored an offer, whose candidates then may fail.
    ignored_offer: [bool; 2],
    /// What is on its way to each side.
    inboxes: [VecDeque<(Instant, Signal)>; 2],
}

enum Signal {
    Description(Description),
    Candidate(IceCandidate),
}

impl Perfect {
    pub(crate) fn new(polite: Who) -> Self {
        Self {
            peers: Peers::new(),
            polite,
            ignored_offer: [false; 2],
            inboxes: [VecDeque::new(), VecDeque::new()],
        }
    }

    /// `addTransceiver` without waiting.
    pub(crate) fn add(&mut self, who: Who) -> TransceiverId {
        add(self.peers.pc(who), MediaKind::Video)
    }

    /// `addTransceiver`: until it is negotiated.
    pub(crate) fn add_transceiver(&mut self, who: Who) -> usize {
        let id = self.add(who);
        self.run_until_negotiated(who, id);
        self.transceivers(who)
    }

    /// `simpleConnect`.
    pub(crate) fn simple_connect(&mut self, who: Who) -> usize {
        let id = self.add(who);
        self.run_until(|peers| {
            let state = peers.pc(who).ice_connection_state();
            matches!(state, IceConnectionState::Connected | IceConnectionState::Completed)
        });
        self.run_until_negotiated(who, id);
        self.transceivers(who)
    }

    /// `getNumTransceivers`.
    pub(crate) fn transceivers(&mut self, who: Who) -> usize {
        ids(self.peers.pc(who)).len()
    }

    pub(crate) fn run_until_negotiated(&mut self, who: Who, id: TransceiverId) {
        self.run_until(|peers| current(peers.pc(who), id).is_some());
        assert_eq!(current(self.peers.pc(who), id), Some(TransceiverDirection::SendOnly));
    }

    fn run_until(&mut self, mut done: impl FnMut(&mut Peers) -> bool) {
        for _ in 0..10_000 {
            if done(&mut self.peers) {
                return;
            }
            self.pass(Duration::from_millis(1));
        }
        panic!("ten seconds have passed");
    }

    /// Lets so much time pass.
    pub(crate) fn pass(&mut self, duration: Duration) {
        self.peers.drive_for(duration);
        for who in [Who::Alice, Who::Bob] {
            self.speak(who);
        }
        for who in [Who::Alice, Who::Bob] {
            while let Some((at, _)) = self.inboxes[who as usize].front()
                && *at <= self.peers.now
                && let Some((_, signal)) = self.inboxes[who as usize].pop_front()
            {
                self.hear(who, signal);
            }
        }
    }

    /// `onnegotiationneeded` and `onicecandidate`.
    fn speak(&mut self, who: Who) {
        let now = self.peers.now;
        while let Some(event) = self.peers.peer(who).events.pop_front() {
            match event {
                Event::NegotiationNeeded => {
                    let pc = self.peers.pc(who);
                    // A moment has passed since it was fired, in which the other's offer may have
                    // come; then it is fired again.
                    if pc.signaling_state() != SignalingState::Stable {
                        continue;
                    }
                    pc.set_local_description(now, None).unwrap();
                    assert_eq!(pc.signaling_state(), SignalingState::HaveLocalOffer);
                    self.send_description(who);
                }
                Event::IceCandidate(candidate) => self.send(who, Signal::Candidate(candidate)),
                _ => {}
            }
        }
    }

    /// `onmessage`.
    fn hear(&mut self, who: Who, signal: Signal) {
        let now = self.peers.now;
        let pc = self.peers.pc(who);
        match signal {
            Signal::Description(description) => {
                let is_offer = description.kind == SdpType::Offer;
                let is_stable = pc.signaling_state() == SignalingState::Stable;
                let ignores = is_offer && who != self.polite && !is_stable;
                self.ignored_offer[who as usize] = ignores;
                if ignores {
                    return;
                }
                pc.set_remote_description(now, description).unwrap();
                if is_offer {
                    assert_eq!(pc.signaling_state(), SignalingState::HaveRemoteOffer);
                    pc.set_local_description(now, None).unwrap();
                    assert_eq!(pc.local_description().unwrap().kind, SdpType::Answer);
                    self.send_description(who);
                }
                assert_eq!(self.peers.pc(who).signaling_state(), SignalingState::Stable);
            }
            Signal::Candidate(candidate) => {
                let result = pc.add_ice_candidate(now, &candidate);
                assert!(result.is_ok() || self.ignored_offer[who as usize], "{result:?}");
            }
        }
    }

    fn send_description(&mut self, from: Who) {
        let description = self.peers.pc(from).local_description().unwrap();
        self.send(from, Signal::Description(description));
    }

    fn send(&mut self, from: Who, signal: Signal) {
        let arrival = self.peers.now + Duration::from_millis(3);
        self.inboxes[from.other() as usize].push_back((arrival, signal));
    }
}

/// Both add a transceiver, again and again, without waiting for each other; `pauses` are the
/// milliseconds in between.
pub(crate) fn stress(polite: Who, pauses: impl Iterator<Item = u64>) {
    let mut both = Perfect::new(polite);
    let mut added = Vec::new();
    for pause in pauses.map(Some).chain([None]) {
        added.extend([Who::Alice, Who::Bob].map(|who| (who, both.add(who))));
        if let Some(pause) = pause {
            both.pass(Duration::from_millis(pause));
        }
    }
    for (who, id) in added {
        both.run_until_negotiated(who, id);
    }
    assert_eq!([Who::Alice, Who::Bob].map(|who| both.transceivers(who)), [22, 22]);
}
