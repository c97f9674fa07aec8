//! Code points of RFC 8837.

use rtc_peer::{Configuration, DataChannelInit, MediaKind, OutgoingPacket, Priority, Track};

use crate::net::Net;

/// All code points that Alice asks for while she sends data and media of these priorities.
fn code_points(marks: bool, data: Priority, media: Priority, kind: MediaKind) -> Vec<u8> {
    let mut configuration = Configuration::default();
    configuration.dscp = marks;
    let mut net = Net::pair(configuration, Configuration::default());
    let id = net.pc(0).add_track(Track::new(kind, "track"), &[]).unwrap();
    let mut parameters = net.pc(0).transceiver_mut(id).unwrap().parameters();
    parameters.encodings[0].network_priority = Some(media);
    net.pc(0).transceiver_mut(id).unwrap().set_parameters(parameters).unwrap();
    let init = DataChannelInit { priority: data, ..Default::default() };
    let chat = net.pc(0).create_data_channel("chat", init).unwrap();
    net.negotiate();
    assert!(net.run_until(20, |net| !net.opened(0).is_empty()));
    let mut found = Vec::new();
    net.pc(0).channel(chat).unwrap().send("hello").unwrap();
    for timestamp in 0..3 {
        let packet = OutgoingPacket::new(timestamp * 3000, vec![0x10; 100].into());
        net.pc(0).send_packet(id, &packet).unwrap();
    }
    let (now, mut buffer) = (net.now, Vec::new());
    while let Some(transmit) = net.pc(0).poll_transmit(now, 8, &mut buffer) {
        found.push(transmit.dscp);
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn what_is_sent_is_marked_by_its_kind_and_priority() {
    use MediaKind::{Audio, Video};
    use Priority::{High, Low, Medium, VeryLow};

    assert_eq!(code_points(true, Low, Low, Video), [0]);
    assert_eq!(code_points(true, VeryLow, VeryLow, Audio), [1]);
    assert_eq!(code_points(true, Medium, Medium, Video), [10, 36]);
    assert_eq!(code_points(true, High, High, Video), [18, 34]);
    assert_eq!(code_points(true, High, Medium, Audio), [18, 46]);
    assert_eq!(code_points(false, High, High, Audio), [0]);
}
