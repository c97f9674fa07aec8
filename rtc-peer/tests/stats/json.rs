//! Reports as JSON: W3C's names, each once, with values of W3C's types.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use rtc_peer::StatsReport;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Value, json};

use super::common::Pair;
use super::reports;

/// The members of an object as they stand there: in order, and a second time if they stand there
/// twice.
#[derive(Debug)]
struct Members<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Collect<T> {
            type Value = Members<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect(std::marker::PhantomData))
    }
}

/// The members of W3C's dictionaries with their types, by the type of the statistics.
fn dictionaries() -> BTreeMap<&'static str, Vec<(&'static str, &'static str)>> {
    let mut dictionaries = BTreeMap::new();
    let mut of = "";
    for line in include_str!("dictionaries.txt").lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            Some(name) => of = name,
            None => {
                let members: &mut Vec<_> = dictionaries.entry(of).or_default();
                members.push(line.split_once(' ').unwrap());
            }
        }
    }
    dictionaries
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "string?" => value.is_string() || value.is_null(),
        "boolean" => value.is_boolean(),
        other => panic!("{other}: no such kind"),
    }
}

/// Holds a report to W3C's dictionaries.
#[track_caller]
pub(super) fn is_of_w3c(report: &StatsReport) {
    let dictionaries = dictionaries();
    let text = serde_json::to_string(report).unwrap();
    let objects: Members<Members<Value>> = serde_json::from_str(&text).unwrap();
    assert_eq!(objects.0.len(), report.iter().count());
    for ((key, members), object) in objects.0.iter().zip(report.iter()) {
        assert_eq!(*key, object.id().to_string());
        let dictionary = &dictionaries[object.stats_type().as_str()];
        // In W3C's order, which no member stands in twice.
        let mut awaited = dictionary.iter();
        for (name, value) in &members.0 {
            let (_, kind) = awaited
                .find(|(known, _)| known == name)
                .unwrap_or_else(|| panic!("{name} of {key}: unknown, twice or out of order"));
            assert!(is(value, kind), "{name} of {key}: {value}");
        }
        let member = |name: &str| &members.0.iter().find(|(known, _)| known == name).unwrap().1;
        assert_eq!(member("id"), key);
        assert_eq!(member("type"), object.stats_type().as_str());
        // Reading the number anew may cost its last bit.
        let timestamp = member("timestamp").as_f64().unwrap();
        assert!((timestamp - object.timestamp().as_millis()).abs() < 0.001, "{timestamp}");
    }
}

fn names(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn of_type<'a>(report: &'a Value, kind: &str) -> &'a Value {
    report.as_object().unwrap().values().find(|object| object["type"] == kind).unwrap()
}

#[test]
fn members_are_those_of_the_dictionaries() {
    let mut pair = Pair::new();
    reports(&pair).iter().for_each(is_of_w3c);
    pair.alice.connection.create_data_channel("chat", Default::default()).unwrap();
    pair.negotiate();
    reports(&pair).iter().for_each(is_of_w3c);
    for _ in 0..100 {
        pair.step();
        reports(&pair).iter().for_each(is_of_w3c);
    }
    pair.alice.connection.close();
    reports(&pair).iter().for_each(is_of_w3c);
}

#[test]
fn a_connected_pair_fills_all_that_it_can() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.talk(ours, theirs);
    pair.drive_for(Duration::from_secs(10));
    let report = serde_json::to_value(&reports(&pair)[0]).unwrap();
    // Sorted by name; `id`, `timestamp` and `type` are in all of them.
    let given: &[(&str, &[&str])] = &[
        ("peer-connection", &["dataChannelsClosed", "dataChannelsOpened"]),
        (
            "data-channel",
            &[
                "bytesReceived",
                "bytesSent",
                "dataChannelIdentifier",
                "label",
                "messagesReceived",
                "messagesSent",
                "protocol",
                "state",
            ],
        ),
        (
            "transport",
            &[
                "bytesReceived",
                "bytesSent",
                "ccfbMessagesReceived",
                "ccfbMessagesSent",
                "dtlsCipher",
                "dtlsRole",
                "dtlsState",
                "iceLocalUsernameFragment",
                "iceRole",
                "iceState",
                "localCertificateId",
                "packetsReceived",
                "packetsSent",
                "remoteCertificateId",
                "selectedCandidatePairChanges",
                "selectedCandidatePairId",
                "srtpCipher",
                "tlsVersion",
            ],
        ),
        (
            "candidate-pair",
            &[
                "bytesReceived",
                "bytesSent",
                "consentRequestsSent",
                "currentRoundTripTime",
                "lastPacketReceivedTimestamp",
                "lastPacketSentTimestamp",
                "localCandidateId",
                "nominated",
                "packetsReceived",
                "packetsSent",
                "remoteCandidateId",
                "requestsReceived",
                "requestsSent",
                "responsesReceived",
                "responsesSent",
                "state",
                "totalRoundTripTime",
                "transportId",
            ],
        ),
        ("local-candidate", CANDIDATE),
        ("remote-candidate", CANDIDATE),
        ("certificate", &["base64Certificate", "fingerprint", "fingerprintAlgorithm"]),
    ];
    for (kind, members) in given {
        let mut expected = members.to_vec();
        expected.extend(["id", "timestamp", "type"]);
        expected.sort_unstable();
        let mut there = names(of_type(&report, kind));
        there.sort_unstable();
        assert_eq!(there, expected, "{kind}");
    }
}

const CANDIDATE: &[&str] = &[
    "address",
    "candidateType",
    "foundation",
    "port",
    "priority",
    "protocol",
    "transportId",
    "usernameFragment",
];

#[test]
fn values_are_as_w3c_has_them() {
    let (mut pair, ours, theirs) = Pair::connected();
    pair.talk(ours, theirs);
    let [report, _] = reports(&pair);
    let value = serde_json::to_value(&report).unwrap();

    let transport = of_type(&value, "transport");
    assert_eq!(transport["tlsVersion"], "FEFD");
    assert_eq!(transport["iceRole"], "controlling");
    assert_eq!(transport["dtlsRole"], "server");
    assert_eq!(transport["dtlsState"], "connected");
    assert!(["connected", "completed"].contains(&transport["iceState"].as_str().unwrap()));
    assert_eq!(transport["timestamp"], json!(pair.now.since_epoch().as_secs_f64() * 1000.0));

    let selected = &value[transport["selectedCandidatePairId"].as_str().unwrap()];
    assert_eq!(selected["state"], "succeeded");
    assert_eq!(selected["nominated"], true);
    assert_eq!(selected["currentRoundTripTime"], 0.02);
    let remote = &value[selected["remoteCandidateId"].as_str().unwrap()];
    assert_eq!(remote["address"], "192.0.2.2");
    assert_eq!(remote["port"], 5000);
    assert_eq!((&remote["protocol"], &remote["candidateType"]), (&json!("udp"), &json!("host")));

    let channel = of_type(&value, "data-channel");
    assert_eq!((&channel["label"], &channel["state"]), (&json!("chat"), &json!("open")));

    let certificate = &value[transport["localCertificateId"].as_str().unwrap()];
    let encoded = certificate["base64Certificate"].as_str().unwrap();
    let der = pair.alice.connection.certificate().der();
    assert_eq!(Base64::decode_vec(encoded).unwrap(), der);
    assert_eq!(certificate["fingerprintAlgorithm"], "sha-256");
    let fingerprint = certificate["fingerprint"].as_str().unwrap();
    let sdp = pair.alice.connection.local_description().unwrap().sdp;
    assert!(sdp.contains(&format!("a=fingerprint:sha-256 {fingerprint}\r\n")));
}

#[test]
fn what_is_not_known_yet_is_left_out() {
    let mut pair = Pair::new();
    pair.alice.connection.create_data_channel("chat", Default::default()).unwrap();
    let offer = pair.alice.connection.create_offer(Default::default()).unwrap();
    pair.alice.connection.set_local_description(pair.now, Some(offer)).unwrap();
    let report = serde_json::to_value(pair.alice.connection.stats(pair.now)).unwrap();
    let transport = of_type(&report, "transport");
    assert_eq!(
        (&transport["iceRole"], &transport["dtlsRole"]),
        (&json!("controlling"), &json!("unknown"))
    );
    for name in ["tlsVersion", "dtlsCipher", "srtpCipher", "selectedCandidatePairId"] {
        assert!(!names(transport).contains(&name), "{name}");
    }
    assert!(!names(of_type(&report, "data-channel")).contains(&"dataChannelIdentifier"));
}
