//! New data channels.

use rtc_peer::{
    BundlePolicy, ChannelId, Configuration, DataChannelInit, DataChannelState, MediaKind,
    PeerConnection,
};

use crate::media::track;
use crate::peers::{Peers, START, answer_to, in_band, lone, negotiated, offer, with_id};
use crate::record::{NO_TYPES, subtests};

subtests! {
    "RTCPeerConnection-createDataChannel.html", B;

    createdatachannel_with_closed_connection_should_throw_invalidstateerror =
        "createDataChannel with closed connection should throw InvalidStateError" => {
        let mut pc = lone();
        pc.close();
        let error = pc.create_data_channel("", in_band()).unwrap_err();
        assert_eq!(error.exception().name(), "InvalidStateError");
    };
    createdatachannel_attribute_default_values = "createDataChannel attribute default values" => {
        let mut pc = lone();
        let id = pc.create_data_channel("", in_band()).unwrap();
        let dc = pc.data_channel(id).unwrap();
        assert_eq!(dc.label(), "");
        assert!(dc.ordered());
        assert_eq!(dc.max_packet_life_time(), None);
        assert_eq!(dc.max_retransmits(), None);
        assert_eq!(dc.protocol(), "");
        assert!(!dc.negotiated());
        assert_eq!(dc.id(), None);
        assert_eq!(dc.ready_state(), DataChannelState::Connecting);
        assert_eq!(dc.buffered_amount(), 0);
        assert_eq!(dc.buffered_amount_low_threshold(), 0);
    };
    createdatachannel_with_provided_parameters_should_initialize_attributes_to_provided_values =
        "createDataChannel with provided parameters should initialize attributes to provided values" => {
        let mut pc = lone();
        let init = DataChannelInit {
            ordered: false,
            max_retransmits: Some(1),
            protocol: "custom".into(),
            ..with_id(3)
        };
        let id = pc.create_data_channel("test", init).unwrap();
        let dc = pc.data_channel(id).unwrap();
        assert_eq!(dc.label(), "test");
        assert!(!dc.ordered());
        assert_eq!(dc.max_packet_life_time(), None);
        assert_eq!(dc.max_retransmits(), Some(1));
        assert_eq!(dc.protocol(), "custom");
        assert!(dc.negotiated());
        assert_eq!(dc.id(), Some(3));
        assert_eq!(dc.ready_state(), DataChannelState::Connecting);
        assert_eq!(dc.buffered_amount(), 0);
        assert_eq!(dc.buffered_amount_low_threshold(), 0);
        let init =
            DataChannelInit { ordered: false, max_packet_life_time: Some(42), ..in_band() };
        let id = pc.create_data_channel("test2", init).unwrap();
        let dc = pc.data_channel(id).unwrap();
        assert_eq!(dc.label(), "test2");
        assert_eq!(dc.max_packet_life_time(), Some(42));
        assert_eq!(dc.max_retransmits(), None);
    };
    createdatachannel_with_label_foo_should_succeed =
        "createDataChannel with label \"foo\" should succeed" => {
        let mut pc = lone();
        let id = pc.create_data_channel("foo", in_band()).unwrap();
        assert_eq!(pc.data_channel(id).unwrap().label(), "foo");
    };
    createdatachannel_with_ordered_false_should_succeed =
        "createDataChannel with ordered false should succeed" => {
        let mut pc = lone();
        let init = DataChannelInit { ordered: false, ..in_band() };
        let id = pc.create_data_channel("", init).unwrap();
        assert!(!pc.data_channel(id).unwrap().ordered());
    };
    createdatachannel_with_maxpacketlifetime_0_should_succeed =
        "createDataChannel with maxPacketLifeTime 0 should succeed" => {
        let mut pc = lone();
        let init = DataChannelInit { max_packet_life_time: Some(0), ..in_band() };
        let id = pc.create_data_channel("", init).unwrap();
        assert_eq!(pc.data_channel(id).unwrap().max_packet_life_time(), Some(0));
    };
    createdatachannel_with_maxretransmits_0_should_succeed =
        "createDataChannel with maxRetransmits 0 should succeed" => {
        let mut pc = lone();
        let init = DataChannelInit { max_retransmits: Some(0), ..in_band() };
        let id = pc.create_data_channel("", init).unwrap();
        assert_eq!(pc.data_channel(id).unwrap().max_retransmits(), Some(0));
    };
    createdatachannel_with_both_maxpacketlifetime_and_maxretransmits_undefined_should_succeed =
        "createDataChannel with both maxPacketLifeTime and maxRetransmits undefined should succeed" => {
        let init =
            DataChannelInit { max_packet_life_time: None, max_retransmits: None, ..in_band() };
        lone().create_data_channel("", init).unwrap();
    };
    createdatachannel_with_both_maxpacketlifetime_and_maxretransmits_should_throw_typeerror =
        "createDataChannel with both maxPacketLifeTime and maxRetransmits should throw TypeError" => {
        for number in [Some(0), Some(42)] {
            let init = DataChannelInit {
                max_packet_life_time: number,
                max_retransmits: number,
                ..in_band()
            };
            throws_type_error("", init);
        }
    };
    createdatachannel_with_protocol_foo_should_succeed =
        "createDataChannel with protocol \"foo\" should succeed" => {
        let mut pc = lone();
        let init = DataChannelInit { protocol: "foo".into(), ..in_band() };
        let id = pc.create_data_channel("", init).unwrap();
        assert_eq!(pc.data_channel(id).unwrap().protocol(), "foo");
    };
    createdatachannel_with_protocol_undefined_should_succeed =
        "createDataChannel with protocol undefined should succeed" => {
        let mut pc = lone();
        let id = pc.create_data_channel("", in_band()).unwrap();
        assert_eq!(pc.data_channel(id).unwrap().protocol(), "");
    };
    createdatachannel_with_id_0_and_negotiated_not_set_should_succeed_but_not_set_the_channel_s_id =
        "createDataChannel with id 0 and negotiated not set should succeed, but not set the channel's id" => id_is_ignored(0);
    createdatachannel_with_id_1_and_negotiated_not_set_should_succeed_but_not_set_the_channel_s_id =
        "createDataChannel with id 1 and negotiated not set should succeed, but not set the channel's id" => id_is_ignored(1);
    createdatachannel_with_id_65534_and_negotiated_not_set_should_succeed_but_not_set_the_channel_s_id =
        "createDataChannel with id 65534 and negotiated not set should succeed, but not set the channel's id" => id_is_ignored(65534);
    createdatachannel_with_id_65535_and_negotiated_not_set_should_succeed_but_not_set_the_channel_s_id =
        "createDataChannel with id 65535 and negotiated not set should succeed, but not set the channel's id" => id_is_ignored(65535);
    createdatachannel_with_id_0_and_negotiated_true_should_succeed_and_set_the_channel_s_id =
        "createDataChannel with id 0 and negotiated true should succeed, and set the channel's id" => id_is_taken(0);
    createdatachannel_with_id_1_and_negotiated_true_should_succeed_and_set_the_channel_s_id =
        "createDataChannel with id 1 and negotiated true should succeed, and set the channel's id" => id_is_taken(1);
    createdatachannel_with_id_65534_and_negotiated_true_should_succeed_and_set_the_channel_s_id =
        "createDataChannel with id 65534 and negotiated true should succeed, and set the channel's id" => id_is_taken(65534);
    createdatachannel_with_id_65535_should_throw_typeerror =
        "createDataChannel with id 65535 should throw TypeError" => throws_type_error("", with_id(65535));
    createdatachannel_with_too_long_label_should_throw_typeerror =
        "createDataChannel with too long label should throw TypeError" => {
        throws_type_error(&"l".repeat(65536), in_band());
        throws_type_error(&"l".repeat(65536), with_id(42));
    };
    createdatachannel_with_too_long_label_2_byte_unicode_should_throw_typeerror =
        "createDataChannel with too long label (2 byte unicode) should throw TypeError" => {
        throws_type_error(&"\u{b5}".repeat(32768), in_band());
        throws_type_error(&"\u{b5}".repeat(32768), with_id(42));
    };
    createdatachannel_with_same_label_used_twice_should_not_throw =
        "createDataChannel with same label used twice should not throw" => {
        let mut pc = lone();
        let first = pc.create_data_channel("test", in_band()).unwrap();
        let second = pc.create_data_channel("test", in_band()).unwrap();
        assert_ne!(first, second);
    };
    createdatachannel_with_negotiated_true_and_id_should_succeed =
        "createDataChannel with negotiated true and id should succeed" => {
        let mut pc = lone();
        let id = pc.create_data_channel("", with_id(42)).unwrap();
        assert!(pc.data_channel(id).unwrap().negotiated());
    };
    createdatachannel_with_too_long_protocol_should_throw_typeerror =
        "createDataChannel with too long protocol should throw TypeError" => {
        let protocol = "p".repeat(65536);
        throws_type_error("", DataChannelInit { protocol: protocol.clone(), ..in_band() });
        throws_type_error("", DataChannelInit { protocol, ..with_id(42) });
    };
    createdatachannel_with_too_long_protocol_2_byte_unicode_should_throw_typeerror =
        "createDataChannel with too long protocol (2 byte unicode) should throw TypeError" => {
        let protocol = "\u{b6}".repeat(32768);
        throws_type_error("", DataChannelInit { protocol: protocol.clone(), ..in_band() });
        throws_type_error("", DataChannelInit { protocol, ..with_id(42) });
    };
    createdatachannel_with_maximum_length_label_and_protocol_should_succeed =
        "createDataChannel with maximum length label and protocol should succeed" => {
        let mut pc = lone();
        let (label, protocol) = ("l".repeat(65535), "p".repeat(65535));
        let init = DataChannelInit { protocol: protocol.clone(), ..in_band() };
        let id = pc.create_data_channel(&*label, init).unwrap();
        assert_eq!(pc.data_channel(id).unwrap().label(), label);
        assert_eq!(pc.data_channel(id).unwrap().protocol(), protocol);
    };
    createdatachannel_with_negotiated_false_should_succeed =
        "createDataChannel with negotiated false should succeed" => {
        let mut pc = lone();
        let init = DataChannelInit { negotiated: false, ..in_band() };
        let id = pc.create_data_channel("", init).unwrap();
        assert!(!pc.data_channel(id).unwrap().negotiated());
    };
    createdatachannel_with_negotiated_false_and_id_42_should_ignore_the_id =
        "createDataChannel with negotiated false and id 42 should ignore the id" => {
        let mut pc = lone();
        let init = DataChannelInit { negotiated: false, id: Some(42), ..in_band() };
        let id = pc.create_data_channel("", init).unwrap();
        assert!(!pc.data_channel(id).unwrap().negotiated());
        assert_eq!(pc.data_channel(id).unwrap().id(), None);
    };
    createdatachannel_with_negotiated_true_and_id_not_defined_should_throw_typeerror =
        "createDataChannel with negotiated true and id not defined should throw TypeError" => throws_type_error("test", DataChannelInit { negotiated: true, ..in_band() });
    channels_created_after_setremotedescription_should_have_id_assigned =
        "Channels created (after setRemoteDescription) should have id assigned" => {
        let mut pc1 = lone();
        let negotiated = pc1.create_data_channel("negotiated-channel", with_id(42)).unwrap();
        assert_eq!(number(&pc1, negotiated), Some(42));
        let dc1 = pc1.create_data_channel("channel", in_band()).unwrap();
        assert_eq!(number(&pc1, dc1), None);
        answered(&mut pc1);
        let id1 = number(&pc1, dc1).unwrap();
        assert!(id1 < 65535);
        let dc2 = pc1.create_data_channel("channel", in_band()).unwrap();
        let id2 = number(&pc1, dc2).unwrap();
        assert!(id2 < 65535);
        assert_ne!(dc2, dc1);
        assert_eq!(pc1.data_channel(dc2).unwrap().label(), pc1.data_channel(dc1).unwrap().label());
        assert_ne!(id2, id1);
        assert_eq!(number(&pc1, negotiated), Some(42));
    };
    reusing_a_data_channel_id_that_is_in_use_should_throw_operationerror =
        "Reusing a data channel id that is in use should throw OperationError" => {
        let mut pc = lone();
        pc.create_data_channel("channel-1", with_id(42)).unwrap();
        pc.create_data_channel("channel-2", with_id(43)).unwrap();
        throws_operation_error(&mut pc, 42);
    };
    reusing_a_data_channel_id_that_is_in_use_after_setremotedescription_should_throw_operationerror =
        "Reusing a data channel id that is in use (after setRemoteDescription) should throw OperationError" => {
        let mut pc = lone();
        let dc1 = pc.create_data_channel("channel-1", with_id(42)).unwrap();
        let dc2 = pc.create_data_channel("channel-2", with_id(43)).unwrap();
        answered(&mut pc);
        assert_eq!((number(&pc, dc1), number(&pc, dc2)), (Some(42), Some(43)));
        throws_operation_error(&mut pc, 42);
    };
    reusing_a_data_channel_id_that_is_in_use_after_setremotedescription_negotiated_via_dcep_should_throw_operationerror =
        "Reusing a data channel id that is in use (after setRemoteDescription, negotiated via DCEP) should throw OperationError" => {
        let mut pc = lone();
        let dc1 = pc.create_data_channel("channel-1", in_band()).unwrap();
        answered(&mut pc);
        let taken = number(&pc, dc1).unwrap();
        throws_operation_error(&mut pc, taken);
    };
    new_datachannel_should_be_in_the_connecting_state_after_creation_after_connection_establishment =
        "New datachannel should be in the connecting state after creation (after connection establishment)" => begins_as_connecting(&in_band());
    addtrack_then_creating_datachannel_should_negotiate_properly =
        "addTrack, then creating datachannel, should negotiate properly" => connects_beside_tracks(&in_band(), BundlePolicy::Balanced);
    addtrack_then_creating_datachannel_should_negotiate_properly_when_max_bundle_is_used =
        "addTrack, then creating datachannel, should negotiate properly when max-bundle is used" => connects_beside_tracks(&in_band(), BundlePolicy::MaxBundle);
    renegotiation_with_audio_video_and_datachannel_should_work_properly =
        "Renegotiation with audio/video and datachannel should work properly" => renegotiates_beside_tracks(&in_band());
    new_negotiated_datachannel_should_be_in_the_connecting_state_after_creation_after_connection_establishment =
        "New negotiated datachannel should be in the connecting state after creation (after connection establishment)" => begins_as_connecting(&negotiated());
    addtrack_then_creating_negotiated_datachannel_should_negotiate_properly =
        "addTrack, then creating negotiated datachannel, should negotiate properly" => connects_beside_tracks(&negotiated(), BundlePolicy::Balanced);
    addtrack_then_creating_negotiated_datachannel_should_negotiate_properly_when_max_bundle_is_used =
        "addTrack, then creating negotiated datachannel, should negotiate properly when max-bundle is used" => connects_beside_tracks(&negotiated(), BundlePolicy::MaxBundle);
    renegotiation_with_audio_video_and_negotiated_datachannel_should_work_properly =
        "Renegotiation with audio/video and negotiated datachannel should work properly" => renegotiates_beside_tracks(&negotiated());

    [not applicable: NO_TYPES]
        "createDataChannel with no argument should throw TypeError",
        "createDataChannel with label null should succeed",
        "createDataChannel with label undefined should succeed",
        "createDataChannel with label lone surrogate should succeed",
        "createDataChannel with ordered null/undefined should succeed",
        "createDataChannel with protocol null should succeed",
        "createDataChannel with protocol lone surrogate should succeed",
        "createDataChannel with id -1 and negotiated not set should throw TypeError",
        "createDataChannel with id 65536 and negotiated not set should throw TypeError",
        "createDataChannel with id -1 should throw TypeError",
        "createDataChannel with id 65536 should throw TypeError";
}

#[track_caller]
fn throws_type_error(label: &str, init: DataChannelInit) {
    let error = lone().create_data_channel(label, init).unwrap_err();
    assert_eq!(error.exception().name(), "TypeError");
}

#[track_caller]
fn throws_operation_error(pc: &mut PeerConnection, id: u16) {
    let error = pc.create_data_channel("channel-3", with_id(id)).unwrap_err();
    assert_eq!(error.exception().name(), "OperationError");
}

fn id_is_ignored(id: u16) {
    let mut pc = lone();
    let init = DataChannelInit { id: Some(id), ..in_band() };
    let dc = pc.create_data_channel("", init).unwrap();
    assert_eq!(number(&pc, dc), None);
}

fn id_is_taken(id: u16) {
    let mut pc = lone();
    let dc = pc.create_data_channel("", with_id(id)).unwrap();
    assert_eq!(number(&pc, dc), Some(id));
}

fn number(pc: &PeerConnection, dc: ChannelId) -> Option<u16> {
    pc.data_channel(dc).unwrap().id()
}

/// Offers what there is, and takes what a fresh connection answers.
fn answered(pc: &mut PeerConnection) {
    let offer = offer(pc);
    pc.set_local_description(START, Some(offer.clone())).unwrap();
    pc.set_remote_description(START, answer_to(&offer)).unwrap();
}

fn begins_as_connecting(init: &DataChannelInit) {
    let mut peers = Peers::new();
    peers.data_channel_pair(init);
    let dc = peers.pc1().create_data_channel("", in_band()).unwrap();
    let state = peers.pc1().data_channel(dc).unwrap().ready_state();
    assert_eq!(state, DataChannelState::Connecting);
    peers.run_until(|peers| peers.alice.opened().contains(&dc));
    let state = peers.pc1().data_channel(dc).unwrap().ready_state();
    assert_eq!(state, DataChannelState::Open);
}

fn with_tracks(bundle_policy: BundlePolicy) -> Peers {
    let mut configuration = Configuration::default();
    configuration.bundle_policy = bundle_policy;
    let mut peers = Peers::with(configuration, Configuration::default());
    for kind in [MediaKind::Audio, MediaKind::Video] {
        peers.pc1().add_track(track(kind, kind.as_str()), &["stream"]).unwrap();
    }
    peers
}

fn connects_beside_tracks(init: &DataChannelInit, bundle_policy: BundlePolicy) {
    let mut peers = with_tracks(bundle_policy);
    let (dc1, dc2) = peers.data_channel_pair(init);
    peers.talk(dc1, dc2);
}

fn renegotiates_beside_tracks(init: &DataChannelInit) {
    let mut peers = with_tracks(BundlePolicy::Balanced);
    let (dc1, dc2) = peers.data_channel_pair(init);
    peers.exchange_offer_answer();
    peers.talk(dc1, dc2);
}
