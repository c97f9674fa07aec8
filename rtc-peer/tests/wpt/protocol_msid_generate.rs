//! How streams are described.

use rtc_peer::{MediaKind, Track, TransceiverInit};

use crate::media::track;
use crate::peers::{in_band, lone, offer};
use crate::record::subtests;

subtests! {
    "protocol/msid-generate.html", B;

    no_media_track_produces_no_msid = "No media track produces no MSID" => {
        let mut pc = lone();
        pc.create_data_channel("foo", in_band()).unwrap();
        assert!(!offer(&mut pc).sdp.contains("\r\na=msid:"));
    };
    addtrack_without_a_stream_produces_msid_with_no_stream_id =
        "AddTrack without a stream produces MSID with no stream ID" => has_no_stream(&of_track(&[]));
    addtrack_with_a_stream_produces_msid_with_a_stream_id =
        "AddTrack with a stream produces MSID with a stream ID" => has_streams(&of_track(&["a"]), 1);
    addtrack_with_two_streams_produces_two_msid_lines =
        "AddTrack with two streams produces two MSID lines" => has_streams(&of_track(&["a", "b"]), 2);
    addtrack_with_the_stream_twice_produces_single_msid_with_a_stream_id =
        "AddTrack with the stream twice produces single MSID with a stream ID" => has_streams(&of_track(&["a", "a"]), 1);
    addtransceiver_without_a_stream_produces_msid_with_no_stream_id =
        "AddTransceiver without a stream produces MSID with no stream ID" => has_no_stream(&of_transceiver(&[]));
    addtransceiver_with_a_stream_produces_msid_with_a_stream_id =
        "AddTransceiver with a stream produces MSID with a stream ID" => has_streams(&of_transceiver(&["a"]), 1);
    addtransceiver_with_two_streams_produces_two_msid_lines =
        "AddTransceiver with two streams produces two MSID lines" => has_streams(&of_transceiver(&["a", "b"]), 2);
    addtransceiver_with_the_stream_twice_produces_single_msid_with_a_stream_id =
        "AddTransceiver with the stream twice produces single MSID with a stream ID" => has_streams(&of_transceiver(&["a", "a"]), 1);
    setstreams_with_a_stream_produces_msid_with_a_stream_id =
        "SetStreams with a stream produces MSID with a stream ID" => has_streams(&of_set_streams(&["a"]), 1);
    setstreams_with_two_streams_produces_two_msid_lines =
        "SetStreams with two streams produces two MSID lines" => has_streams(&of_set_streams(&["a", "b"]), 2);
    setstreams_with_the_stream_twice_produces_single_msid_with_a_stream_id =
        "SetStreams with the stream twice produces single MSID with a stream ID" => has_streams(&of_set_streams(&["a", "a"]), 1);
}

fn sound() -> Track {
    track(MediaKind::Audio, "sound")
}

fn of_track(streams: &[&str]) -> Vec<String> {
    let mut pc = lone();
    pc.add_track(sound(), streams).unwrap();
    values(&offer(&mut pc).sdp)
}

fn of_transceiver(streams: &[&str]) -> Vec<String> {
    let mut pc = lone();
    let streams = streams.iter().map(|stream| stream.to_string()).collect();
    pc.add_transceiver(sound(), TransceiverInit { streams, ..TransceiverInit::default() }).unwrap();
    values(&offer(&mut pc).sdp)
}

fn of_set_streams(streams: &[&str]) -> Vec<String> {
    let mut pc = lone();
    let id = pc.add_transceiver(sound(), TransceiverInit::default()).unwrap();
    pc.transceiver_mut(id).unwrap().set_streams(streams).unwrap();
    values(&offer(&mut pc).sdp)
}

fn values(sdp: &str) -> Vec<String> {
    sdp.lines().filter_map(|line| line.strip_prefix("a=msid:")).map(String::from).collect()
}

fn has_no_stream(values: &[String]) {
    let [value] = values else { panic!("{} lines", values.len()) };
    assert!(value.starts_with('-'));
}

/// Each line has one or two tokens of 1 to 64 characters.
fn has_streams(values: &[String], count: usize) {
    assert_eq!(values.len(), count);
    for value in values {
        let tokens: Vec<&str> = value.split(' ').collect();
        assert!((1..=2).contains(&tokens.len()));
        let is_token = |token: &&str| {
            let legal = |byte: u8| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]".contains(&byte);
            (1..=64).contains(&token.len()) && token.bytes().all(legal)
        };
        assert!(tokens.iter().all(is_token), "{value}");
        assert_ne!(tokens[0], "-");
    }
}
