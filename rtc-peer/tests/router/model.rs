//! Whatever is done with it, in whatever order.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use rtc_peer::{PeerId, RouterEvent};

use crate::world::{Client, World, public};

#[derive(Debug, Clone)]
enum Command {
    Add {
        address: u8,
    },
    Remove {
        client: u8,
    },
    Close {
        client: u8,
    },
    Rebind {
        client: u8,
        address: u8,
    },
    Silence {
        client: u8,
    },
    Send {
        client: u8,
    },
    /// A datagram that one client has made comes from another's address.
    Forge {
        client: u8,
        address: u8,
    },
    Garbage {
        address: u8,
        first: u8,
    },
    Pass {
        millis: u16,
    },
}

fn command() -> impl Strategy<Value = Command> {
    let client = 0..8u8;
    let address = 0..6u8;
    prop_oneof![
        3 => address.clone().prop_map(|address| Command::Add { address }),
        1 => client.clone().prop_map(|client| Command::Remove { client }),
        1 => client.clone().prop_map(|client| Command::Close { client }),
        1 => (client.clone(), address.clone())
            .prop_map(|(client, address)| Command::Rebind { client, address }),
        1 => client.clone().prop_map(|client| Command::Silence { client }),
        3 => client.clone().prop_map(|client| Command::Send { client }),
        2 => (client, address.clone())
            .prop_map(|(client, address)| Command::Forge { client, address }),
        1 => (address, any::<u8>()).prop_map(|(address, first)| Command::Garbage { address, first }),
        4 => (1u16..4000).prop_map(|millis| Command::Pass { millis }),
    ]
}

/// What a peer of the router is to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Present,
    /// Its last words have not been polled.
    Closed,
    Absent,
}

fn run(commands: &[Command]) {
    let mut world = World::new();
    let mut fates: BTreeMap<PeerId, Fate> = BTreeMap::new();
    for command in commands {
        let client = |number: u8, world: &World| {
            let count = world.clients.len();
            (count > 0).then(|| usize::from(number) % count.max(1))
        };
        match *command {
            Command::Add { address } => {
                if world.clients.len() < 8 {
                    let added = world.add(public(address.into()));
                    fates.insert(world.clients[added].id, Fate::Present);
                }
            }
            Command::Remove { client: number } => {
                let Some(client) = client(number, &world) else { continue };
                let id = world.clients[client].id;
                let was_there = fates[&id] != Fate::Absent;
                assert_eq!(world.router.remove(id).is_some(), was_there);
                fates.insert(id, Fate::Absent);
            }
            Command::Close { client: number } => {
                let Some(client) = client(number, &world) else { continue };
                let id = world.clients[client].id;
                if let Some(mut peer) = world.router.peer_mut(id) {
                    peer.close();
                    fates.insert(id, Fate::Closed);
                }
            }
            Command::Rebind { client: number, address } => {
                let Some(client) = client(number, &world) else { continue };
                world.clients[client].public = public(address.into());
            }
            Command::Silence { client: number } => {
                let Some(client) = client(number, &world) else { continue };
                world.clients[client].is_silent ^= true;
            }
            Command::Send { client: number } => {
                let Some(client) = client(number, &world) else { continue };
                let Client { connection, channel, .. } = &mut world.clients[client];
                if let Ok(mut channel) = connection.channel(*channel) {
                    let _not_open = channel.send(format!("from {client}"));
                }
            }
            Command::Forge { client: number, address } => {
                let Some(client) = client(number, &world) else { continue };
                let mut path = world.path(client);
                path.remote = public(address.into());
                for datagram in world.intercept(client) {
                    if let Ok(id) = world.inject(path, &datagram) {
                        assert_eq!(fates[&id], Fate::Present);
                    }
                }
            }
            Command::Garbage { address, first } => {
                let path = rtc_core::FiveTuple {
                    remote: public(address.into()),
                    ..rtc_core::FiveTuple::udp(
                        crate::world::SERVER.parse().unwrap(),
                        public(address.into()),
                    )
                };
                if let Ok(id) = world.inject(path, &[first; 60]) {
                    // What looks like DTLS waits where the other side has been heard and not yet
                    // been checked; it is looked at then.
                    assert!((20..=63).contains(&first), "{first}");
                    assert_eq!(fates[&id], Fate::Present);
                }
            }
            Command::Pass { millis } => world.run_for(Duration::from_millis(millis.into())),
        }
        world.drain();
        for event in world.told.drain(..) {
            match event {
                RouterEvent::Gone(id) => {
                    assert_eq!(fates.insert(id, Fate::Absent), Some(Fate::Closed));
                }
                RouterEvent::Peer(id, event) => {
                    assert_eq!(fates[&id], Fate::Present, "{event:?}");
                }
                _ => {}
            }
        }
        assert!(!fates.values().any(|fate| *fate == Fate::Closed), "one was not reported");
        let present: Vec<_> =
            fates.iter().filter(|(_, fate)| **fate == Fate::Present).map(|(id, _)| *id).collect();
        assert_eq!(world.router.len(), present.len());
        let mut listed: Vec<_> = world.router.peers().collect();
        listed.sort();
        assert_eq!(listed, present);
        for (id, fate) in &fates {
            assert_eq!(world.router.peer(*id).is_some(), *fate == Fate::Present);
        }
        // Nobody ever gets what is another's.
        for (number, client) in world.clients.iter().enumerate() {
            let own = rtc_peer::Message::from(format!("from {number}").as_str());
            assert!(client.received.iter().all(|message| *message == own));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_router_keeps_its_books_whatever_is_done(
        commands in prop::collection::vec(command(), 0..40),
    ) {
        run(&commands);
    }
}
