//! A whole peer connection that sends and receives media, and somebody with valid keys on the other
//! side.

use std::time::Duration;

use rtc_core::Ecn;
use rtc_dtls::SrtpProfile;
use rtc_peer::{
    ConnectionState, Delivery, MediaExtensions, MediaKind, OutgoingFrame, OutgoingPacket,
    ReceivedPacket, Sequence, Track, TransceiverDirection, TransceiverId, TransceiverInit,
};
use rtc_srtp::Ssrc;
use rtc_srtp::rtp::extension::{AbsCaptureTime, AudioLevel, PlayoutDelay, VideoOrientation};

use crate::impostor::Impostor;
use crate::input::Input;
use crate::made_media::{Maker, Negotiated, payload};

/// The first byte chooses the profile, the size of datagrams and how media is given out. Then every
/// byte is a command: a packet of RTP or RTCP made of the bytes after it and protected, something
/// that the application does, an exchange of descriptions, or time that passes.
pub fn media(data: &[u8]) {
    let _reached = play(data);
}

/// How far an input got.
#[derive(Debug, Default)]
struct Reached {
    packets: usize,
    frames: usize,
    /// Streams of the victim of which we have heard.
    streams: usize,
    negotiations: usize,
}

fn play(data: &[u8]) -> Reached {
    let mut input = Input(data);
    let first = input.next();
    let profile = SrtpProfile::ALL[usize::from(first & 3)];
    let max_datagram_size = if first & 4 == 0 { 1_200 } else { 576 };
    let mut run = Run::new(Impostor::connected(profile, max_datagram_size));
    if first & 8 != 0 {
        run.deliver_frames();
    }
    for _ in 0..MAX_COMMANDS {
        if input.0.is_empty() {
            break;
        }
        run.command(&mut input);
        run.other.exchange();
        run.take_media();
        run.check();
    }
    run.is_lazy = false;
    run.other.pass(2_000);
    run.take_media();
    run.check();
    run.other.victim.close();
    run.other.exchange();
    assert_eq!(run.other.victim.poll_timeout(), None);
    run.reached.streams = run.other.heard.len();
    run.reached
}

struct Run {
    other: Impostor,
    maker: Maker,
    /// What the application got last, to be forwarded.
    received: Option<ReceivedPacket>,
    /// Whether the application leaves what comes where it is.
    is_lazy: bool,
    reached: Reached,
}

impl Run {
    fn new(other: Impostor) -> Self {
        let maker = Maker::default();
        let mut run =
            Self { other, maker, received: None, is_lazy: false, reached: Reached::default() };
        run.learn();
        run
    }

    /// What packets are to be made of, after each negotiation.
    fn learn(&mut self) {
        let victim = &self.other.victim;
        self.maker.sections = victim
            .transceivers()
            .filter_map(|transceiver| {
                let parameters = transceiver.receiver().parameters();
                let extensions = parameters.header_extensions.into_iter();
                Some(Negotiated {
                    mid: transceiver.mid()?.to_owned(),
                    payload_types: parameters.codecs.iter().map(|it| it.payload_type).collect(),
                    extensions: extensions.map(|it| (it.id as u8, it.uri)).collect(),
                })
            })
            .collect();
        self.maker.own = self.other.announced.clone();
        self.maker.own.extend([0x5100, 0x5101, 0x5102, 0x5103, 0x5104, 0x5105]);
    }

    fn ids(&self) -> Vec<TransceiverId> {
        self.other.victim.transceivers().map(|transceiver| transceiver.id()).collect()
    }

    fn deliver_frames(&mut self) {
        for id in self.ids() {
            self.other.victim.set_delivery(id, Delivery::Frames).expect("it is there");
        }
    }

    fn command(&mut self, input: &mut Input<'_>) {
        let command = input.next();
        match command % 24 {
            0..=7 => {
                self.learn_streams();
                let packet = self.maker.rtp(input);
                let ecn = [None, Some(Ecn::Ect0), Some(Ecn::Ect1), Some(Ecn::Ce)];
                self.other.send(packet, ecn[usize::from(command >> 6)]);
            }
            8..=11 => {
                self.learn_streams();
                let packets = self.maker.rtcp(input);
                self.other.send(packets, None);
            }
            12 => self.other.send_again((command >= 128).then_some(command >> 3)),
            13 => self.other.pass(u64::from(input.next())),
            14 => self.other.pass(u64::from(input.next()) * 8),
            15 => {
                self.reached.negotiations += usize::from(self.other.negotiate(command < 120));
                self.learn();
            }
            16 => self.is_lazy = command >= 128,
            _ => self.tell(command % 24, input),
        }
    }

    /// What the application of the victim does.
    fn tell(&mut self, command: u8, input: &mut Input<'_>) {
        let ids = self.ids();
        let Some(&id) = ids.get(usize::from(input.next()) % ids.len().max(1)) else { return };
        let victim = &mut self.other.victim;
        let choice = input.next();
        match command {
            17 => {
                let frame = self.frame(id, input);
                let _refused = self.other.victim.send_frame(id, &frame);
            }
            18 => {
                let packet = self.packet(id, input);
                let _refused = self.other.victim.send_packet(id, &packet);
            }
            19 if choice < 128 => {
                let rid = ["q", "h", "f", "0"][usize::from(choice % 4)];
                let _refused = victim.request_key_frame(id, (choice & 4 != 0).then_some(rid));
            }
            19 => {
                let bitrate = u64::from(input.u32()) << (choice & 31);
                let _refused =
                    victim.set_maximum_receive_bitrate((choice != 128).then_some(bitrate));
            }
            20 => {
                let tones = input.take(usize::from(choice & 0x0f)).iter();
                let tones: String = tones
                    .map(|at| char::from(b"0123456789*#ABCD,x"[usize::from(at % 18)]))
                    .collect();
                let duration = Duration::from_millis(u64::from(input.next()) * 20);
                let gap = Duration::from_millis(input.next().into());
                let _refused = victim.insert_dtmf(id, &tones, duration, gap);
                let _waiting = victim.tone_buffer(id);
            }
            21 => {
                let delivery = if choice & 1 == 0 { Delivery::Packets } else { Delivery::Frames };
                victim.set_delivery(id, delivery).expect("it is there");
                let _sources = victim.contributing_sources(self.other.now, id);
                let _sources = victim.synchronization_sources(self.other.now, id);
                if let Some(packet) = self.received.as_ref().filter(|_| choice & 2 != 0) {
                    let _refused = victim.skip_packet(id, usize::from(choice >> 7), packet);
                }
            }
            22 => {
                let Ok(mut transceiver) = victim.transceiver_mut(id) else { return };
                let mut parameters = transceiver.parameters();
                for encoding in &mut parameters.encodings {
                    encoding.active = choice & 1 != 0;
                    encoding.codec = None;
                    if choice & 2 != 0 {
                        let codecs = &parameters.codecs;
                        let at = usize::from(choice >> 2) % codecs.len().max(1);
                        encoding.codec = codecs.get(at).map(|codec| codec.codec.clone());
                    }
                }
                let _refused = transceiver.set_parameters(parameters);
            }
            _ => self.change_transceiver(id, choice, ids.len()),
        }
    }

    fn change_transceiver(&mut self, id: TransceiverId, choice: u8, count: usize) {
        let kind = if choice & 0x80 == 0 { MediaKind::Audio } else { MediaKind::Video };
        let speaks = choice & 0x40 != 0;
        let peer = if speaks { &mut self.other.speaker } else { &mut self.other.victim };
        // The other side has ids of its own.
        let id = if speaks {
            let place = usize::from(choice >> 3 & 7);
            let ids: Vec<_> = peer.transceivers().map(|transceiver| transceiver.id()).collect();
            let Some(&id) = ids.get(place % ids.len().max(1)) else { return };
            id
        } else {
            id
        };
        let Ok(mut transceiver) = peer.transceiver_mut(id) else { return };
        match choice % 8 {
            0 => {
                let _refused = transceiver.stop();
            }
            direction @ 1..=4 => {
                let direction = [
                    TransceiverDirection::SendRecv,
                    TransceiverDirection::SendOnly,
                    TransceiverDirection::RecvOnly,
                    TransceiverDirection::Inactive,
                ][usize::from(direction - 1)];
                let _refused = transceiver.set_direction(direction);
            }
            5 => {
                let track = (choice & 8 != 0).then(|| Track::new(kind, "another"));
                let _refused = transceiver.replace_track(track);
            }
            6 => {
                let _refused = peer.remove_track(id);
            }
            _ if count >= MAX_TRANSCEIVERS => {}
            _ if choice & 8 == 0 => {
                let _refused = peer.add_transceiver(kind, TransceiverInit::default());
            }
            _ => {
                let _refused = peer.add_track(Track::new(kind, "more"), &["more"]);
            }
        }
    }

    fn payload_type(&self, id: TransceiverId, input: &mut Input<'_>) -> Option<u8> {
        let codecs = self.other.victim.transceiver(id).ok()?.sender().codecs();
        let choice = input.next();
        let at = usize::from(choice & 0x3f) % codecs.len().max(1);
        match choice >> 6 {
            0..=1 => None,
            2 => codecs.get(at).map(|codec| codec.payload_type),
            _ => Some(choice & 0x7f),
        }
    }

    fn frame(&self, id: TransceiverId, input: &mut Input<'_>) -> OutgoingFrame {
        let flags = input.next();
        let timestamp = u32::from(input.u16()) * 90;
        let mut data = match flags & 3 {
            // A byte stream of H.264, a key frame of VP8, anything.
            0 => vec![0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65, 0x88],
            1 => vec![0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0],
            _ => Vec::new(),
        };
        let len = usize::from(input.next());
        data.extend_from_slice(input.take(len));
        if flags & 0x10 != 0 {
            data.resize(data.len() + 401 * usize::from(input.next()), flags);
        }
        let mut frame = OutgoingFrame::new(timestamp, data.into());
        frame.encoding = usize::from(flags >> 7);
        frame.payload_type = self.payload_type(id, input);
        frame.begins_talkspurt = flags & 0x20 != 0;
        frame.extensions = extensions(input);
        frame
    }

    fn packet(&self, id: TransceiverId, input: &mut Input<'_>) -> OutgoingPacket {
        let flags = input.next();
        let mut packet = match &self.received {
            Some(received) if flags & 1 != 0 => OutgoingPacket::forward(received),
            _ => {
                let payload = payload(input, &[], 0);
                OutgoingPacket::new(u32::from(input.u16()) * 90, payload.into())
            }
        };
        if flags & 2 != 0 {
            // Any source, at a place of which most are near.
            let source = Ssrc(u32::from(flags >> 6));
            let base = if flags & 4 == 0 { 1 << 20 } else { u64::from(input.u32()) << 8 };
            packet.sequence = Sequence::Of { source, index: base + u64::from(input.next()) };
        }
        packet.marker = flags & 8 != 0;
        packet.payload_type = self.payload_type(id, input);
        for source in 0..if flags & 0x10 != 0 { input.next() % 17 } else { 0 } {
            let _full =
                packet.csrcs.push(Ssrc(source.into()), (flags & 0x20 != 0).then_some(source));
        }
        packet.extensions = extensions(input);
        packet
    }

    fn learn_streams(&mut self) {
        let heard = &self.other.heard;
        self.maker.theirs = heard.iter().map(|(ssrc, last)| (*ssrc, *last)).collect();
        // Of those that have sent nothing yet only the name is known.
        let senders = self.other.victim.transceivers().flat_map(|it| it.sender().ssrcs());
        self.maker
            .theirs
            .extend(senders.filter(|ssrc| !heard.contains_key(ssrc)).map(|it| (it, 0)));
    }

    /// Takes what there is: it ends, and belongs to who is there.
    fn take_media(&mut self) {
        let victim = &mut self.other.victim;
        for taken in 0.. {
            assert!(taken < MAX_OUTPUTS, "there is no end of events");
            if victim.poll_event().is_none() {
                break;
            }
        }
        if self.is_lazy {
            return;
        }
        for taken in 0.. {
            assert!(taken < MAX_OUTPUTS, "there is no end of packets");
            let Some(packet) = victim.poll_packet() else { break };
            assert!(victim.transceiver(packet.transceiver).is_ok() && packet.payload_type < 128);
            self.received = Some(packet);
            self.reached.packets += 1;
        }
        for taken in 0.. {
            assert!(taken < MAX_OUTPUTS, "there is no end of frames");
            let Some(frame) = victim.poll_frame() else { break };
            assert!(victim.transceiver(frame.transceiver).is_ok() && !frame.data.is_empty());
            self.reached.frames += 1;
        }
    }

    fn check(&mut self) {
        let (victim, now) = (&self.other.victim, self.other.now);
        if let Some(deadline) = victim.poll_timeout() {
            assert!(deadline > now, "a deadline in the past after a drain");
        }
        assert_eq!(victim.connection_state(), ConnectionState::Connected);
        assert!(!format!("{:?}", victim.stats(now)).is_empty());
    }
}

fn extensions(input: &mut Input<'_>) -> MediaExtensions {
    let which = input.next();
    let mut extensions = MediaExtensions::NONE;
    if which & 1 != 0 {
        extensions.audio_level = AudioLevel::decode(&[input.next()]).ok();
    }
    if which & 2 != 0 {
        extensions.video_orientation = VideoOrientation::decode(&[input.next()]).ok();
    }
    if which & 4 != 0 {
        extensions.abs_capture_time =
            AbsCaptureTime::decode(input.take(if which & 8 != 0 { 16 } else { 8 })).ok();
    }
    if which & 0x10 != 0 {
        extensions.playout_delay = PlayoutDelay::new(input.u16() & 0xfff, 0xfff).ok();
    }
    extensions
}

/// So that an input ends in time.
const MAX_COMMANDS: usize = 256;
const MAX_TRANSCEIVERS: usize = 8;
/// More than may ever wait.
const MAX_OUTPUTS: usize = 8_192;

#[cfg(test)]
mod tests {
    use super::play;

    #[test]
    fn the_corpus_gets_as_far_as_packets_frames_streams_and_negotiations() {
        let frames = play(include_bytes!("../corpus/peer_media/pictures-as-frames"));
        assert!(frames.frames > 3, "{frames:?}");
        let simulcast = play(include_bytes!("../corpus/peer_media/simulcast"));
        assert!(simulcast.packets > 8, "{simulcast:?}");
        let sent = play(include_bytes!("../corpus/peer_media/frames-and-nacks"));
        assert!(sent.streams > 2, "{sent:?}");
        let negotiations = play(include_bytes!("../corpus/peer_media/negotiations"));
        assert!(negotiations.negotiations > 4, "{negotiations:?}");
    }
}
