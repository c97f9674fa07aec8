//! Ids and what refers to them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rtc_peer::{Configuration, Stats, StatsId, StatsReport, StatsType};

use super::common::{Pair, START};
use super::reports;

/// What each reference of an object must be the id of.
fn typed_references(object: Stats<'_>) -> Vec<(StatsId, StatsType)> {
    let transport = |id| (id, StatsType::Transport);
    let codec = |id| (id, StatsType::Codec);
    match object {
        Stats::Codec(codec) => vec![transport(codec.transport_id)],
        Stats::InboundRtp(stream) => {
            let remote = stream.remote_id.map(|id| (id, StatsType::RemoteOutboundRtp));
            let others = [stream.transport_id.map(transport), stream.codec_id.map(codec)];
            others.into_iter().chain([remote]).flatten().collect()
        }
        Stats::OutboundRtp(stream) => {
            let remote = stream.remote_id.map(|id| (id, StatsType::RemoteInboundRtp));
            let source = stream.media_source_id.map(|id| (id, StatsType::MediaSource));
            let others = [stream.transport_id.map(transport), stream.codec_id.map(codec)];
            others.into_iter().chain([remote, source]).flatten().collect()
        }
        Stats::RemoteInboundRtp(stream) => {
            let local = Some((stream.local_id, StatsType::OutboundRtp));
            let others = [stream.transport_id.map(transport), stream.codec_id.map(codec)];
            others.into_iter().chain([local]).flatten().collect()
        }
        Stats::RemoteOutboundRtp(stream) => {
            let local = Some((stream.local_id, StatsType::InboundRtp));
            let others = [stream.transport_id.map(transport), stream.codec_id.map(codec)];
            others.into_iter().chain([local]).flatten().collect()
        }
        Stats::Transport(transport) => [
            transport.selected_candidate_pair_id.map(|id| (id, StatsType::CandidatePair)),
            transport.local_certificate_id.map(|id| (id, StatsType::Certificate)),
            transport.remote_certificate_id.map(|id| (id, StatsType::Certificate)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Stats::CandidatePair(pair) => vec![
            transport(pair.transport_id),
            (pair.local_candidate_id, StatsType::LocalCandidate),
            (pair.remote_candidate_id, StatsType::RemoteCandidate),
        ],
        Stats::LocalCandidate(candidate) | Stats::RemoteCandidate(candidate) => {
            vec![transport(candidate.transport_id)]
        }
        _ => Vec::new(),
    }
}

/// Every id is that of one object, and every reference that of an object of the right type.
#[track_caller]
pub(super) fn hangs_together(report: &StatsReport) {
    let mut types = BTreeMap::new();
    let mut names = BTreeSet::new();
    for object in report.iter() {
        assert_eq!(types.insert(object.id(), object.stats_type()), None, "{object:?}");
        assert!(names.insert(object.id().to_string()), "{object:?}");
        assert_eq!(report.get(object.id()), Some(object));
    }
    for object in report.iter() {
        let references = typed_references(object);
        for (id, expected) in &references {
            assert_eq!(types.get(id), Some(expected), "{object:?}");
        }
        let ids: BTreeSet<_> = references.into_iter().map(|(id, _)| id).collect();
        assert_eq!(object.references().collect::<BTreeSet<_>>(), ids, "{object:?}");
    }
}

fn ids(report: &StatsReport) -> BTreeSet<StatsId> {
    report.iter().map(Stats::id).collect()
}

#[test]
fn every_reference_names_an_object_of_its_type() {
    let mut pair = Pair::new();
    reports(&pair).iter().for_each(hangs_together);
    let init = Default::default();
    pair.alice.connection.create_data_channel("chat", init).unwrap();
    pair.negotiate();
    reports(&pair).iter().for_each(hangs_together);
    while pair.step() && pair.now < START + Duration::from_secs(10) {
        reports(&pair).iter().for_each(hangs_together);
    }
    for report in reports(&pair) {
        let transport = &report.transports[0];
        assert!(transport.selected_candidate_pair_id.is_some());
        assert!(transport.local_certificate_id.is_some());
        assert!(transport.remote_certificate_id.is_some());
        assert_eq!(report.certificates.len(), 2);
        assert_eq!(report.data_channels.len(), 1);
    }
}

#[test]
fn before_any_description_there_is_but_the_connection() {
    let pair = Pair::new();
    for report in reports(&pair) {
        let types: Vec<_> = report.iter().map(Stats::stats_type).collect();
        assert_eq!(types, [StatsType::PeerConnection]);
    }
}

#[test]
fn an_object_keeps_its_id() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(2));
    let before = reports(&pair).map(|report| ids(&report));
    pair.talk(ours, theirs);
    pair.drive_for(Duration::from_secs(60));
    assert_eq!(reports(&pair).map(|report| ids(&report)), before);
}

#[test]
fn an_ice_restart_brings_new_ids_for_what_is_new() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.drive_for(Duration::from_secs(1));
    let mut seen = reports(&pair).map(|report| {
        let of_generation = |object: &Stats<'_>| {
            matches!(object.stats_type(), StatsType::CandidatePair | StatsType::RemoteCandidate)
        };
        report.iter().filter(of_generation).map(Stats::id).collect::<BTreeSet<_>>()
    });
    for _ in 0..3 {
        let before = reports(&pair);
        pair.alice.connection.restart_ice();
        pair.negotiate();
        reports(&pair).iter().for_each(hangs_together);
        pair.drive_for(Duration::from_secs(3));
        for ((report, before), seen) in reports(&pair).iter().zip(&before).zip(&mut seen) {
            hangs_together(report);
            assert_eq!(report.transports[0].id, before.transports[0].id);
            assert_eq!(report.data_channels[0].id, before.data_channels[0].id);
            assert!(!report.candidate_pairs.is_empty() && !report.remote_candidates.is_empty());
            let pairs = report.candidate_pairs.iter().map(|pair| pair.id);
            for id in pairs.chain(report.remote_candidates.iter().map(|candidate| candidate.id)) {
                assert!(seen.insert(id), "{id} was another's");
            }
        }
    }
    pair.talk(ours, theirs);
}

#[test]
fn another_channel_in_the_same_place_has_another_id() {
    let (mut pair, ..) = Pair::connected();
    let mut seen = BTreeMap::new();
    for round in 0..300 {
        let id = pair.alice.connection.create_data_channel(format!("{round}"), Default::default());
        let id = id.unwrap();
        pair.drive_until(|pair| pair.alice.opened().contains(&id));
        for channel in pair.alice.connection.stats(pair.now).data_channels {
            let known = seen.entry(channel.id).or_insert_with(|| channel.label.clone());
            assert_eq!(*known, channel.label);
        }
        pair.alice.connection.channel(id).unwrap().close();
        pair.drive_for(Duration::from_secs(1));
    }
    assert_eq!(seen.len(), 301);
}

#[test]
fn a_closed_connection_still_has_its_statistics() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.talk(ours, theirs);
    let before = pair.alice.connection.stats(pair.now);
    pair.alice.connection.close();
    let after = pair.alice.connection.stats(pair.now);
    hangs_together(&after);
    assert_eq!(after.transports[0].id, before.transports[0].id);
    assert_eq!(after.transports[0].dtls_state, rtc_dtls::State::Closed);
    assert_eq!(after.transports[0].ice_state, rtc_ice::State::Closed);
    assert_eq!(after.data_channels[0].state, rtc_peer::DataChannelState::Closed);
    assert_eq!(after.data_channels[0].messages_sent, before.data_channels[0].messages_sent);
}

#[test]
fn equal_connections_have_equal_reports() {
    let run = || {
        let (mut pair, ours, theirs) = Pair::connected();
        pair.talk(ours, theirs);
        pair.drive_for(Duration::from_secs(10));
        reports(&pair)
    };
    assert_eq!(run(), run());
}

#[test]
fn timestamps_are_of_the_calendar() {
    let mut configuration = Configuration::default();
    configuration.unix_time_at_epoch = Duration::from_secs(1_700_000_000);
    let mut pair = Pair::with(configuration, Configuration::default());
    pair.alice.connection.create_data_channel("chat", Default::default()).unwrap();
    pair.negotiate();
    pair.drive_for(Duration::from_millis(2_500));
    let [alice, bob] = reports(&pair);
    let since_start = pair.now.since_epoch();
    assert_eq!(bob.timestamp.since_unix_epoch(), since_start);
    assert_eq!(
        alice.timestamp.since_unix_epoch(),
        since_start + Duration::from_secs(1_700_000_000)
    );
    assert_eq!(alice.timestamp.as_millis(), 1_701_000_002_500.0);
    assert!(alice.iter().all(|object| object.timestamp() == alice.timestamp));
    let selected = alice.candidate_pairs[0];
    for last in [selected.last_packet_sent_timestamp, selected.last_packet_received_timestamp] {
        assert!(last.unwrap() <= alice.timestamp);
        assert!(last.unwrap().since_unix_epoch() > Duration::from_secs(1_701_000_000));
    }
}
