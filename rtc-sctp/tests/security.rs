//! What a hostile peer may try, and what becomes of it.
#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests may fail loudly and have std"
)]

mod common;

use std::time::Duration;

use bytes::Bytes;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use common::{A, B, Pair};
use rtc_sctp::packet::{
    Abort, Chunk, CookieEcho, Data, DataFlags, ForwardTsn, Header, Init, InitAck,
    OutgoingResetRequest, Packet, Parameter, RawChunk, RawTlv, Reconfig, ReconfigResult, Ssn, Tsn,
};
use rtc_sctp::{
    CloseReason, Config, DecodeError, Error, Event, SendOptions, State, StreamId, Violation,
};

/// What the packets of `from` say of it: the tag that it puts in them, and its first TSN.
fn introduction(pair: &Pair, from: usize) -> (u32, Tsn) {
    let mut tag = 0;
    let mut tsn = Tsn(0);
    for (sender, _, bytes) in &pair.log {
        let packet = Packet::decode(bytes).unwrap();
        if *sender == from {
            if packet.header.verification_tag != 0 {
                tag = packet.header.verification_tag;
            }
            if let Some(Ok(Chunk::Init(init) | Chunk::InitAck(InitAck(init)))) =
                packet.chunks().next()
            {
                tsn = init.initial_tsn;
            }
        }
    }
    (tag, tsn)
}

fn packet(tag: u32, write: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut out = Vec::new();
    Header { source_port: 5000, destination_port: 5000, verification_tag: tag }.encode(&mut out);
    write(&mut out);
    Header::seal(&mut out, 0);
    Bytes::from(out)
}

/// Hands B a packet that A might have sent.
fn forge(pair: &mut Pair, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), Error> {
    let (tag, _) = introduction(pair, A);
    let now = pair.now;
    pair.ends[B].handle_datagram(now, packet(tag, write))
}

fn data(tsn: Tsn, stream: u16, ssn: u16, flags: DataFlags, payload: &[u8], out: &mut Vec<u8>) {
    Data { flags, tsn, stream, ssn: Ssn(ssn), ppid: 53, payload }.encode(out);
}

fn whole() -> DataFlags {
    DataFlags::BEGIN.with(DataFlags::END, true)
}

/// A SACK with one gap ack block.
fn sack(cumulative: Tsn, gap: (u16, u16), out: &mut Vec<u8>) {
    let mut value = Vec::new();
    value.extend_from_slice(&cumulative.0.to_be_bytes());
    value.extend_from_slice(&100_000_u32.to_be_bytes());
    value.extend_from_slice(&[0, 1, 0, 0]);
    value.extend_from_slice(&gap.0.to_be_bytes());
    value.extend_from_slice(&gap.1.to_be_bytes());
    RawChunk { kind: 3, flags: 0, value: &value }.encode(out);
}

/// The first chunk of the next packet of B.
fn answer(pair: &mut Pair) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let now = pair.now;
    pair.ends[B].poll_transmit(now, &mut out).then_some(out)
}

#[test]
fn a_zero_length_chunk_or_parameter_ends_the_packet() {
    let mut pair = Pair::connected();
    let refused = Err(Error::Decode(DecodeError::Length));
    assert_eq!(forge(&mut pair, |out| out.extend_from_slice(&[0x80, 0, 0, 0])), refused);
    let result = forge(&mut pair, |out| Reconfig { parameters: &[0, 13, 0, 0] }.encode(out));
    assert_eq!(result, refused);
    assert_eq!(pair.ends[B].state(), State::Established);
}

#[test]
fn address_parameters_of_any_shape_are_never_looked_into() {
    let mut pair = Pair::new();
    pair.ends[B].connect(pair.now);
    for length in 0..40_usize {
        let mut parameters = Vec::new();
        for kind in [5, 6, 11, 12] {
            RawTlv { kind, value: &vec![0xff; length] }.encode(&mut parameters);
        }
        let init = Init {
            initiate_tag: 7,
            a_rwnd: 5000,
            outbound_streams: 1,
            inbound_streams: 1,
            initial_tsn: Tsn(1),
            parameters: &parameters,
        };
        let now = pair.now;
        assert_eq!(pair.ends[B].handle_datagram(now, packet(0, |out| init.encode(out))), Ok(()));
        // And a length that lies.
        let lie = Init { parameters: &[0, 5, 0, 200, 1, 2, 3, 4], ..init };
        let result = pair.ends[B].handle_datagram(now, packet(0, |out| lie.encode(out)));
        assert_eq!(result, Err(Error::Decode(DecodeError::Truncated)));
    }
}

#[test]
fn a_forged_cookie_is_refused_and_a_flood_of_inits_is_not_remembered() {
    let mut pair = Pair::new();
    let now = pair.now;
    for tag in 1..1000 {
        let init = Init {
            initiate_tag: tag,
            a_rwnd: 5000,
            outbound_streams: 1,
            inbound_streams: 1,
            initial_tsn: Tsn(1),
            parameters: &[],
        };
        assert_eq!(pair.ends[B].handle_datagram(now, packet(0, |out| init.encode(out))), Ok(()));
        assert_eq!(pair.ends[B].state(), State::New);
    }
    let bytes = answer(&mut pair).expect("an INIT ACK");
    assert_eq!(answer(&mut pair), None, "one answer waits, not a thousand");
    let init_ack = Packet::decode(&bytes).unwrap();
    let Some(Ok(Chunk::InitAck(InitAck(init)))) = init_ack.chunks().next() else { panic!() };
    let Some(Ok(Parameter::StateCookie(cookie))) = init.parameters().next() else { panic!() };
    for index in 0..cookie.len() {
        let mut forged = cookie.to_vec();
        forged[index] ^= 0x10;
        let echo = packet(init.initiate_tag, |out| CookieEcho { cookie: &forged }.encode(out));
        assert_eq!(pair.ends[B].handle_datagram(now, echo), Err(Error::Cookie));
        assert_eq!(pair.ends[B].state(), State::New);
    }
    // The right one, but too late.
    let echo = packet(init.initiate_tag, |out| CookieEcho { cookie }.encode(out));
    let late = now + Duration::from_secs(61);
    assert_eq!(pair.ends[B].handle_datagram(late, echo.clone()), Err(Error::StaleCookie));
    assert_eq!(pair.ends[B].handle_datagram(now, echo), Ok(()));
    assert_eq!(pair.ends[B].state(), State::Established);
}

#[test]
fn a_wrong_verification_tag_changes_nothing() {
    let mut pair = Pair::connected();
    let (tag, tsn) = introduction(&pair, A);
    let now = pair.now;
    let forged = [
        packet(tag ^ 1, |out| data(tsn, 0, 0, whole(), b"x", out)),
        packet(tag ^ 1, |out| Abort { tag_reflected: false, causes: &[] }.encode(out)),
        // The T bit with our own tag instead of the peer's.
        packet(tag, |out| Abort { tag_reflected: true, causes: &[] }.encode(out)),
        packet(0, |out| Abort { tag_reflected: true, causes: &[] }.encode(out)),
    ];
    for packet in forged {
        let result = pair.ends[B].handle_datagram(now, packet);
        assert_eq!(result, Err(Error::VerificationTag));
    }
    assert_eq!(pair.ends[B].state(), State::Established);
    assert_eq!(answer(&mut pair), None);
}

#[test]
fn a_zero_checksum_is_refused_because_it_was_not_negotiated() {
    let mut pair = Pair::connected();
    let (tag, tsn) = introduction(&pair, A);
    let mut bytes = packet(tag, |out| data(tsn, 0, 0, whole(), b"x", out)).to_vec();
    bytes[8..12].fill(0);
    let now = pair.now;
    let result = pair.ends[B].handle_datagram(now, Bytes::from(bytes));
    assert_eq!(result, Err(Error::Decode(DecodeError::Checksum)));
}

#[test]
fn an_acknowledgement_of_what_was_never_sent_aborts() {
    for gap in [false, true] {
        let mut pair = Pair::connected();
        let (_, first) = introduction(&pair, B);
        let before = Tsn(first.0.wrapping_sub(1));
        pair.send(B, 0, &[0; 2000]);
        let result = forge(&mut pair, |out| {
            if gap {
                sack(before, (2, 9), out);
            } else {
                sack(first.add(5), (0, 0), out);
            }
        });
        assert_eq!(result, Err(Error::Violation(Violation::OptimisticAck)));
        assert_eq!(pair.ends[B].state(), State::Closed);
        let abort = answer(&mut pair).expect("an ABORT");
        let abort = Packet::decode(&abort).unwrap();
        assert!(matches!(abort.chunks().next(), Some(Ok(Chunk::Abort(_)))));
    }
}

#[test]
fn gap_blocks_without_sense_do_no_harm() {
    let mut pair = Pair::connected();
    let (_, first) = introduction(&pair, B);
    let before = Tsn(first.0.wrapping_sub(1));
    pair.filter = Box::new(|from, _| from == B);
    pair.send(B, 0, &[1; 8000]);
    pair.drain();
    for gap in [(3, 2), (0, 0), (0, 1), (1, 1), (2, 3), (2, 3), (2, 4)] {
        assert_eq!(forge(&mut pair, |out| sack(before, gap, out)), Ok(()), "{gap:?}");
    }
    pair.filter = Box::new(|_, _| false);
    // The peer has dropped what it acknowledged; time-outs bring it again.
    pair.drive();
    assert_eq!(pair.payloads(A, 0), [vec![1; 8000]]);
}

#[test]
fn the_window_grows_by_bytes_and_not_by_acknowledgements() {
    use rtc_sctp::Congestion;
    let grown = |parts: u16| {
        let mut config = Config::default();
        config.congestion = Congestion::Reno;
        let mut pair = Pair::with(Config::default(), config);
        pair.connect();
        let (_, first) = introduction(&pair, B);
        pair.filter = Box::new(|from, _| from == B);
        pair.send(B, 0, &[1; 50_000]);
        pair.drain();
        let before = pair.ends[B].statistics().congestion_window;
        // The first eight chunks, in as many SACKs as it takes.
        for part in 1..=parts {
            let cumulative =
                Tsn(first.0.wrapping_sub(1)).add(u32::from(part) * 8 / u32::from(parts));
            forge(&mut pair, |out| sack(cumulative, (0, 0), out)).unwrap();
            // Repeating it gains nothing.
            forge(&mut pair, |out| sack(cumulative, (0, 0), out)).unwrap();
        }
        pair.ends[B].statistics().congestion_window - before
    };
    assert!(grown(1) > 0);
    assert!(grown(8) <= grown(1));
}

#[test]
fn a_forward_tsn_by_half_the_number_space_is_ignored() {
    let mut pair = Pair::connected();
    let (_, tsn) = introduction(&pair, A);
    for distance in [0x7fff_fff0_u32, 0x1000_0000, 6_000_000] {
        let result = forge(&mut pair, |out| {
            let value = tsn.add(distance).0.to_be_bytes();
            RawChunk { kind: ForwardTsn::TYPE, flags: 0, value: &value }.encode(out);
        });
        assert_eq!(result, Err(Error::Unexpected));
    }
    pair.send(A, 0, b"still in step");
    pair.drive();
    assert_eq!(pair.payloads(B, 0), [b"still in step"]);
}

#[test]
fn data_out_of_order_is_bounded_and_so_is_its_report() {
    let mut config = Config::default();
    config.receive_window = 64 * 1024;
    let mut pair = Pair::with(Config::default(), config);
    pair.connect();
    let (_, tsn) = introduction(&pair, A);
    for n in 0..20_000_u32 {
        let _refused =
            forge_data(&mut pair, tsn.add(1 + 2 * n), 0, n as u16 + 1, whole(), &[0; 64]);
    }
    let statistics = pair.ends[B].statistics();
    assert!(statistics.data_chunks_received < 600, "{}", statistics.data_chunks_received);
    assert!(statistics.data_chunks_refused > 19_000);
    let bytes = answer(&mut pair).expect("a SACK");
    assert!(bytes.len() <= 1191);
    // The first chunk is still taken, and all that waited for it becomes readable.
    forge_data(&mut pair, tsn, 0, 0, whole(), &[0; 64]).unwrap();
    pair.drain();
    let received = pair.ends[B].statistics().data_chunks_received;
    assert_eq!(pair.payloads(B, 0).len() as u64, received);
}

fn forge_data(
    pair: &mut Pair,
    tsn: Tsn,
    stream: u16,
    ssn: u16,
    flags: DataFlags,
    payload: &[u8],
) -> Result<(), Error> {
    let (tag, now) = (introduction_tag(pair), pair.now);
    let bytes = packet(tag, |out| data(tsn, stream, ssn, flags, payload, out));
    pair.ends[B].handle_datagram(now, bytes)
}

fn introduction_tag(pair: &Pair) -> u32 {
    let (_, _, bytes) = pair
        .log
        .iter()
        .rev()
        .find(|(from, _, packet)| *from == A && packet[4..8] != [0; 4])
        .unwrap();
    u32::from_be_bytes(bytes[4..8].try_into().unwrap())
}

#[test]
fn duplicates_are_reported_up_to_a_limit() {
    let mut pair = Pair::connected();
    let (_, tsn) = introduction(&pair, A);
    for _ in 0..1000 {
        forge_data(&mut pair, tsn, 0, 0, whole(), b"again").unwrap();
    }
    assert_eq!(pair.ends[B].statistics().data_chunks_duplicated, 999);
    let bytes = answer(&mut pair).expect("a SACK");
    assert!(bytes.len() <= 200, "{}", bytes.len());
}

#[test]
fn a_message_over_the_maximum_is_refused_and_not_collected() {
    for whole_at_once in [true, false] {
        let mut config = Config::default();
        config.max_message_size = 1000;
        let mut pair = Pair::with(Config::default(), config);
        pair.connect();
        let (_, tsn) = introduction(&pair, A);
        let mut result = Ok(());
        if whole_at_once {
            result = forge_data(&mut pair, tsn, 0, 0, whole(), &[0; 1001]);
        } else {
            for n in 0..3 {
                let flags = if n == 0 { DataFlags::BEGIN } else { DataFlags::default() };
                let next = forge_data(&mut pair, tsn.add(n), 0, 0, flags, &[0; 400]);
                result = result.and(next);
            }
        }
        assert_eq!(result, Err(Error::Violation(Violation::MessageTooLarge)));
        pair.drain();
        let closed = Event::Closed(CloseReason::Violation(Violation::MessageTooLarge));
        assert_eq!(pair.events[B].last(), Some(&closed));
        assert!(pair.payloads(B, 0).is_empty());
    }
}

#[test]
fn many_small_messages_do_not_take_more_memory_than_the_window() {
    let mut config = Config::default();
    config.receive_window = 100_000;
    let mut pair = Pair::with(Config::default(), config);
    pair.connect();
    pair.reads[B] = false;
    let (_, tsn) = introduction(&pair, A);
    for n in 0..50_000_u32 {
        let _refused = forge_data(&mut pair, tsn.add(n), 0, n as u16, whole(), &[1]);
    }
    let mut count = 0;
    while pair.ends[B].recv(pair.now, StreamId(0)).is_some() {
        count += 1;
    }
    assert!(count <= 100_000 / 64 + 1, "{count}");
}

#[test]
fn contradictory_fragments_abort() {
    let mut pair = Pair::connected();
    let (_, tsn) = introduction(&pair, A);
    forge_data(&mut pair, tsn, 0, 0, DataFlags::BEGIN, b"one").unwrap();
    let result = forge_data(&mut pair, tsn.add(1), 0, 0, DataFlags::BEGIN, b"two");
    assert_eq!(result, Err(Error::Violation(Violation::Fragments)));
}

#[test]
fn data_without_a_byte_aborts() {
    let mut pair = Pair::connected();
    let (_, tsn) = introduction(&pair, A);
    let result = forge_data(&mut pair, tsn, 0, 0, whole(), b"");
    assert_eq!(result, Err(Error::Violation(Violation::NoUserData)));
}

#[test]
fn a_stream_that_was_not_negotiated_is_reported_and_makes_nothing() {
    let mut config = Config::default();
    config.inbound_streams = 4;
    let mut pair = Pair::with(Config::default(), config);
    pair.connect();
    let (_, tsn) = introduction(&pair, A);
    forge_data(&mut pair, tsn, 4, 0, whole(), b"x").unwrap();
    let bytes = answer(&mut pair).expect("an ERROR");
    let read = Packet::decode(&bytes).unwrap();
    assert!(read.chunks().any(|chunk| matches!(chunk, Ok(Chunk::Error(_)))));
    pair.drain();
    assert!(pair.payloads(B, 4).is_empty());
}

fn reset_request(
    pair: &mut Pair,
    number: u32,
    last_tsn: Tsn,
    streams: &[u16],
) -> Result<Option<ReconfigResult>, Error> {
    let mut value = Vec::new();
    for word in [number, 0, last_tsn.0] {
        value.extend_from_slice(&word.to_be_bytes());
    }
    for stream in streams {
        value.extend_from_slice(&stream.to_be_bytes());
    }
    let mut parameters = Vec::new();
    RawTlv { kind: OutgoingResetRequest::TYPE, value: &value }.encode(&mut parameters);
    forge(pair, |out| Reconfig { parameters: &parameters }.encode(out))?;
    let Some(bytes) = answer(pair) else { return Ok(None) };
    let read = Packet::decode(&bytes).unwrap();
    let result = read.chunks().find_map(|chunk| match chunk.unwrap() {
        Chunk::Reconfig(chunk) => {
            chunk.parameters().find_map(|parameter| match parameter.unwrap() {
                Parameter::ReconfigResponse(response) if response.response == number => {
                    Some(response.result)
                }
                _ => None,
            })
        }
        _ => None,
    });
    Ok(result)
}

#[test]
fn a_storm_of_reset_requests_is_answered_one_by_one_and_kept_nowhere() {
    let mut pair = Pair::connected();
    let (_, tsn) = introduction(&pair, A);
    let far = tsn.add(100);
    // All of them wait for data that never comes; they become one.
    for n in 0..500 {
        let result = reset_request(&mut pair, tsn.0.wrapping_add(n), far, &[n as u16]).unwrap();
        assert_eq!(result, Some(ReconfigResult::IN_PROGRESS));
    }
    // Repetitions and numbers out of turn do nothing.
    let last = tsn.0.wrapping_add(499);
    let result = reset_request(&mut pair, last, far, &[1]).unwrap();
    assert_eq!(result, Some(ReconfigResult::IN_PROGRESS));
    let result = reset_request(&mut pair, last.wrapping_add(9), far, &[1]).unwrap();
    assert_eq!(result, Some(ReconfigResult::BAD_SEQUENCE_NUMBER));
    // Data behind the reset is kept within the window.
    for n in 101..20_000 {
        let _refused = forge_data(&mut pair, tsn.add(n), 1, 0, whole(), &[0; 1000]);
    }
    assert!(pair.ends[B].statistics().data_chunks_received < 5300);
    let absurd = reset_request(&mut pair, last.wrapping_add(1), tsn.add(0x7000_0000), &[1]);
    assert_eq!(absurd.unwrap(), Some(ReconfigResult::DENIED));
}

#[test]
fn a_deferred_reset_is_performed_when_the_data_has_come_or_was_skipped() {
    let mut pair = Pair::connected();
    let (_, tsn) = introduction(&pair, A);
    let number = tsn.0;
    let result = reset_request(&mut pair, number, tsn.add(2), &[5]).unwrap();
    assert_eq!(result, Some(ReconfigResult::IN_PROGRESS));
    // The stream's next life begins before the end of its last.
    forge_data(&mut pair, tsn.add(3), 5, 0, whole(), b"new").unwrap();
    forge_data(&mut pair, tsn, 5, 0, whole(), b"old").unwrap();
    pair.drain();
    assert_eq!(pair.payloads(B, 5), [b"old"]);
    forge(&mut pair, |out| {
        let value = tsn.add(2).0.to_be_bytes();
        RawChunk { kind: ForwardTsn::TYPE, flags: 0, value: &value }.encode(out);
    })
    .unwrap();
    pair.drain();
    assert_eq!(pair.payloads(B, 5), [b"old", b"new"]);
    let stream = StreamId(5);
    let order: Vec<_> = pair.events[B]
        .iter()
        .filter(|event| matches!(event, Event::Readable(_) | Event::IncomingReset(_)))
        .copied()
        .collect();
    assert_eq!(
        order,
        [Event::Readable(stream), Event::IncomingReset(stream), Event::Readable(stream)]
    );
    // Asked again, it is told that it has been done, and not done twice.
    let result = reset_request(&mut pair, number, tsn.add(2), &[5]).unwrap();
    assert_eq!(result, Some(ReconfigResult::PERFORMED));
    pair.drain();
    let resets = pair.events[B].iter().filter(|event| matches!(event, Event::IncomingReset(_)));
    assert_eq!(resets.count(), 1);
}

#[test]
fn a_reset_is_told_after_the_messages_before_it_have_been_taken() {
    let mut pair = Pair::connected();
    pair.reads[B] = false;
    pair.send(A, 5, b"one");
    pair.send(A, 5, b"two");
    pair.ends[A].reset_stream(pair.now, StreamId(5)).unwrap();
    pair.run(Duration::from_secs(2));
    let stream = StreamId(5);
    let is_reset = |event: &Event| *event == Event::IncomingReset(stream);
    assert!(!pair.events[B].iter().any(is_reset));
    pair.send(A, 5, b"next life");
    pair.run(Duration::from_secs(2));
    let mut texts = Vec::new();
    while let Some(message) = pair.ends[B].recv(pair.now, stream) {
        texts.push(message.payload);
    }
    assert_eq!(texts, [&b"one"[..], b"two"], "and no further");
    pair.reads[B] = true;
    pair.drain();
    assert!(pair.events[B].iter().any(is_reset));
    assert_eq!(pair.payloads(B, 5), [b"next life"]);
}

#[test]
fn unknown_chunks_and_parameters_are_treated_by_their_upper_bits() {
    let mut pair = Pair::connected();
    let (_, tsn) = introduction(&pair, A);
    let mut expected = Vec::new();
    for (index, kind) in [0x3f_u8, 0x7f, 0xbf, 0xff].into_iter().enumerate() {
        let tsn = tsn.add(index as u32);
        let payload = [kind; 3];
        let result = forge(&mut pair, |out| {
            RawChunk { kind, flags: 0, value: &[1, 2, 3] }.encode(out);
            data(tsn, 0, 0, whole().with(DataFlags::UNORDERED, true), &payload, out);
        });
        let goes_on = kind & 0x80 != 0;
        assert_eq!(result.is_ok(), goes_on);
        if goes_on {
            expected.push(payload.to_vec());
        }
        let reports = answer(&mut pair).is_some_and(|bytes| {
            let read = Packet::decode(&bytes).unwrap();
            read.chunks().any(|chunk| matches!(chunk, Ok(Chunk::Error(_))))
        });
        assert_eq!(reports, kind & 0x40 != 0, "{kind:x}");
        pair.drain();
    }
    assert_eq!(pair.payloads(B, 0), expected);
}

#[test]
fn an_unknown_parameter_of_an_init_is_reported_in_the_init_ack() {
    let mut pair = Pair::new();
    let mut parameters = Vec::new();
    RawTlv { kind: 0xc123, value: b"what" }.encode(&mut parameters);
    let init = Init {
        initiate_tag: 9,
        a_rwnd: 5000,
        outbound_streams: 1,
        inbound_streams: 1,
        initial_tsn: Tsn(1),
        parameters: &parameters,
    };
    let now = pair.now;
    pair.ends[B].handle_datagram(now, packet(0, |out| init.encode(out))).unwrap();
    let bytes = answer(&mut pair).unwrap();
    let read = Packet::decode(&bytes).unwrap();
    let Some(Ok(Chunk::InitAck(InitAck(init)))) = read.chunks().next() else { panic!() };
    let reported = init.parameters().any(|parameter| {
        parameter == Ok(Parameter::Unrecognized(&[0xc1, 0x23, 0, 8, b'w', b'h', b'a', b't']))
    });
    assert!(reported);
}

#[test]
fn a_peer_that_begins_anew_is_followed_and_a_stranger_is_not() {
    let mut pair = Pair::connected();
    pair.send(A, 0, b"before");
    pair.drive();
    // A loses its memory; its INIT meets an established association.
    let other = Pair::new();
    let [fresh, _] = other.ends;
    pair.ends[A] = fresh;
    // The same draws give the same tag, which would make it no restart at all.
    let mut rng = ChaCha20Rng::seed_from_u64(99);
    pair.ends[A] = rtc_sctp::Association::new(Config::default(), pair.now, &mut rng);
    pair.ends[A].connect(pair.now);
    pair.drive_until(|pair| pair.ends[A].state() == State::Established);
    pair.run(Duration::from_secs(1));
    assert!(pair.events[B].contains(&Event::Restarted));
    pair.send(A, 0, b"after");
    pair.send(B, 0, b"hello again");
    pair.drive();
    assert_eq!(pair.payloads(B, 0), [&b"before"[..], b"after"]);
    assert_eq!(pair.payloads(A, 0), [b"hello again"]);
}

#[test]
fn absurd_clocks_do_no_harm() {
    use rtc_core::Instant;
    let mut pair = Pair::connected();
    pair.send(A, 0, &[0; 10_000]);
    pair.drain();
    for now in [Instant::EPOCH, Instant::from_epoch(Duration::MAX), Instant::EPOCH, pair.now] {
        for end in [A, B] {
            pair.ends[end].handle_timeout(now);
            let mut out = Vec::new();
            while pair.ends[end].poll_transmit(now, &mut out) {
                let packet = Bytes::from(std::mem::take(&mut out));
                let _refused = pair.ends[1 - end].handle_datagram(now, packet);
            }
        }
    }
}

#[test]
fn a_closed_association_answers_a_peer_that_goes_on_and_keeps_nothing() {
    let mut pair = Pair::connected();
    let (tag, tsn) = introduction(&pair, A);
    pair.filter = Box::new(|_, _| true);
    pair.ends[B].abort(pair.now);
    pair.drain();
    let now = pair.now;
    let late = packet(tag, |out| data(tsn, 0, 0, whole(), b"late", out));
    assert_eq!(pair.ends[B].handle_datagram(now, late), Err(Error::Closed));
    let bytes = answer(&mut pair).expect("an ABORT");
    let read = Packet::decode(&bytes).unwrap();
    let reflected = Abort { tag_reflected: true, causes: &[] };
    assert_eq!(read.chunks().next(), Some(Ok(Chunk::Abort(reflected))));
    assert_eq!(read.header.verification_tag, tag);
    let payload = Bytes::from_static(b"x");
    let result =
        pair.ends[B].send(now, StreamId(0), rtc_sctp::Ppid(53), payload, SendOptions::RELIABLE);
    assert_eq!(result, Err(rtc_sctp::SendError::Closed));
}
