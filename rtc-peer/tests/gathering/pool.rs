//! Candidates that are gathered before they are wanted (RFC 9429 section 3.5.4).

use rtc_peer::{Event, IceGatheringState};

use super::events::with_servers;
use crate::net::{Net, SERVER};

fn pooled() -> Net {
    let mut configuration = with_servers(&[&format!("turn:{SERVER}")]);
    configuration.ice_candidate_pool_size = 1;
    let mut net = Net::pair(configuration, Default::default());
    net.pc(0).create_data_channel("chat", Default::default()).unwrap();
    net
}

fn is_of_gathering(event: &&Event) -> bool {
    matches!(event, Event::IceGatheringStateChange(_) | Event::IceCandidate(_))
}

#[test]
fn pooled_candidates_are_there_with_the_description_and_not_before() {
    let mut net = pooled();
    net.run_for(3);
    assert_eq!(net.servers[0].allocations().len(), 1);
    assert_eq!(net.pc(0).ice_gathering_state(), IceGatheringState::New);
    assert_eq!(net.nodes[0].history.iter().filter(is_of_gathering).count(), 0);
    let now = net.now;
    net.pc(0).set_local_description(now, None).unwrap();
    assert_eq!(net.pc(0).ice_gathering_state(), IceGatheringState::Complete);
    let sdp = net.pc(0).local_description().unwrap().sdp;
    assert!(sdp.contains("typ relay") && sdp.contains("a=end-of-candidates"));
    net.drain();
    // Two states, two candidates, and the end of these.
    assert_eq!(net.nodes[0].history.iter().filter(is_of_gathering).count(), 5);
}

#[test]
fn without_a_pool_nobody_is_asked_before_the_description() {
    let mut net = Net::pair(with_servers(&[&format!("turn:{SERVER}")]), Default::default());
    net.run_for(3);
    assert!(net.servers[0].requests.is_empty());
}

#[test]
fn a_pool_can_be_asked_for_later_and_other_servers_fill_it_anew() {
    let mut net = Net::pair(with_servers(&[]), Default::default());
    let now = net.now;
    let mut configuration = net.pc(0).configuration().clone();
    configuration.ice_candidate_pool_size = 1;
    net.pc(0).set_configuration(now, configuration.clone()).unwrap();
    net.run_for(1);
    assert!(net.servers[0].requests.is_empty());
    configuration.ice_servers = with_servers(&[&format!("turn:{SERVER}")]).ice_servers;
    let now = net.now;
    net.pc(0).set_configuration(now, configuration).unwrap();
    net.run_for(1);
    assert_eq!(net.servers[0].allocations().len(), 1);
}
