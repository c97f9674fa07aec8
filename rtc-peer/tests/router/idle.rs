//! What a peer costs that has nothing to say.

use std::time::Duration;

use allocation_counter::measure;

use crate::world::World;

#[test]
fn an_idle_peer_takes_few_bytes() {
    let mut world = World::connected(3);
    // Whatever follows a handshake is over, and the association has noticed that it is silent.
    world.run_for(Duration::from_secs(70));
    for client in [2, 0] {
        let id = world.clients[client].id;
        let freed = -measure(|| drop(world.router.remove(id))).bytes_current;
        assert!((4_000..MAX_BYTES).contains(&freed), "{freed} bytes");
    }
}

/// All of it, the peer connection itself included; what it takes today and a twentieth more.
const MAX_BYTES: i64 = 17_200;
