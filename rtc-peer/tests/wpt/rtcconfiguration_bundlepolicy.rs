//! The bundle policy: which transports gather, and that it never changes.

use rtc_peer::{
    BundlePolicy, Configuration, DataChannelInit, IceGatheringState, MediaKind, TransceiverInit,
};

use crate::peers::{Peers, START, configured, lone};
use crate::record::{NO_TYPES, subtests};

subtests! {
    "RTCConfiguration-bundlePolicy.html", A1;

    default_bundlepolicy_should_be_balanced =
        "Default bundlePolicy should be balanced" => assert_eq!(lone().configuration().bundle_policy, BundlePolicy::Balanced);
    new_with_balanced_should_succeed =
        "new RTCPeerConnection({ bundlePolicy: 'balanced' }) should succeed" => {
        let pc = configured(with(BundlePolicy::Balanced), 7);
        assert_eq!(pc.configuration().bundle_policy.as_str(), "balanced");
    };
    new_with_max_compat_should_succeed =
        "new RTCPeerConnection({ bundlePolicy: 'max-compat' }) should succeed" => {
        let pc = configured(with(BundlePolicy::MaxCompat), 7);
        assert_eq!(pc.configuration().bundle_policy.as_str(), "max-compat");
    };
    new_with_max_bundle_should_succeed =
        "new RTCPeerConnection({ bundlePolicy: 'max-bundle' }) should succeed" => {
        let pc = configured(with(BundlePolicy::MaxBundle), 7);
        assert_eq!(pc.configuration().bundle_policy.as_str(), "max-bundle");
    };
    setconfiguration_with_initial_default_bundlepolicy_balanced_should_succeed =
        "setConfiguration({}) with initial default bundlePolicy balanced should succeed" => changes(Configuration::default(), Configuration::default(), None);
    setconfiguration_with_initial_bundlepolicy_balanced_should_succeed =
        "setConfiguration({}) with initial bundlePolicy balanced should succeed" => changes(with(BundlePolicy::Balanced), Configuration::default(), None);
    setconfiguration_bundlepolicy_balanced_with_initial_default_bundlepolicy_balanced_should_succeed =
        "setConfiguration({ bundlePolicy: balanced }) with initial default bundlePolicy balanced should succeed" => changes(Configuration::default(), with(BundlePolicy::Balanced), None);
    setconfiguration_bundlepolicy_balanced_with_initial_bundlepolicy_balanced_should_succeed =
        "setConfiguration({ bundlePolicy: 'balanced' }) with initial bundlePolicy balanced should succeed" => changes(with(BundlePolicy::Balanced), with(BundlePolicy::Balanced), None);
    setconfiguration_bundlepolicy_max_compat_with_initial_bundlepolicy_max_compat_should_succeed =
        "setConfiguration({ bundlePolicy: 'max-compat' }) with initial bundlePolicy max-compat should succeed" => changes(with(BundlePolicy::MaxCompat), with(BundlePolicy::MaxCompat), None);
    setconfiguration_bundlepolicy_max_bundle_with_initial_bundlepolicy_max_bundle_should_succeed =
        "setConfiguration({ bundlePolicy: 'max-bundle' }) with initial bundlePolicy max-bundle should succeed" => changes(with(BundlePolicy::MaxBundle), with(BundlePolicy::MaxBundle), None);
    setconfiguration_bundlepolicy_max_compat_with_initial_bundlepolicy_max_bundle_should_throw_invalidmodificationerror =
        "setConfiguration({ bundlePolicy: 'max-compat' }) with initial bundlePolicy max-bundle should throw InvalidModificationError" => changes(with(BundlePolicy::MaxBundle), with(BundlePolicy::MaxCompat), Some("InvalidModificationError"));
    setconfiguration_with_initial_bundlepolicy_max_bundle_should_throw_invalidmodificationerror =
        "setConfiguration({}) with initial bundlePolicy max-bundle should throw InvalidModificationError" => changes(with(BundlePolicy::MaxBundle), Configuration::default(), Some("InvalidModificationError"));
    balanced_bundle_policy_should_gather_ice_candidates_for_each_media_type_in_use =
        "\"balanced\" bundle policy should gather ICE candidates for each media type in use" => gathers(BundlePolicy::Balanced, [true, false, true, true]);
    max_compat_bundle_policy_should_gather_ice_candidates_for_each_track =
        "\"max-compat\" bundle policy should gather ICE candidates for each track" => gathers(BundlePolicy::MaxCompat, [true; 4]);
    max_bundle_bundle_policy_should_gather_ice_candidates_for_one_track =
        "\"max-bundle\" bundle policy should gather ICE candidates for one track" => gathers(BundlePolicy::MaxBundle, [true, false, false, false]);

    [not applicable: NO_TYPES]
        "new RTCPeerConnection({ bundlePolicy: undefined }) should have bundlePolicy balanced",
        "new RTCPeerConnection({ bundlePolicy: null }) should throw TypeError",
        "new RTCPeerConnection({ bundlePolicy: 'invalid' }) should throw TypeError";
}

fn with(policy: BundlePolicy) -> Configuration {
    let mut configuration = Configuration::default();
    configuration.bundle_policy = policy;
    configuration
}

/// What is thrown where a configuration is to become another one, if anything.
#[track_caller]
fn changes(from: Configuration, to: Configuration, exception: Option<&str>) {
    let mut pc = configured(from, 7);
    let before = pc.configuration().bundle_policy;
    let result = pc.set_configuration(START, to);
    assert_eq!(result.err().map(|error| error.exception().name()), exception);
    assert_eq!(pc.configuration().bundle_policy, before);
}

/// Two audio transceivers, one for video and a channel: which m-sections have candidates.
#[track_caller]
fn gathers(policy: BundlePolicy, expected: [bool; 4]) {
    let mut peers = Peers::with(with(policy), Configuration::default());
    let pc = peers.pc1();
    for kind in [MediaKind::Audio, MediaKind::Audio, MediaKind::Video] {
        pc.add_transceiver(kind, TransceiverInit::default()).unwrap();
    }
    pc.create_data_channel("channel", DataChannelInit::default()).unwrap();
    pc.set_local_description(START, None).unwrap();
    peers.run_until(|peers| peers.pc1().ice_gathering_state() == IceGatheringState::Complete);
    let sdp = peers.pc1().local_description().unwrap().sdp;
    let sections = sdp.split("\r\nm=").skip(1);
    let found: Vec<bool> = sections.map(|section| section.contains("a=candidate:")).collect();
    assert_eq!(found, expected);
}
