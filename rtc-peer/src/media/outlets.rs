//! What waits for the application: packets, frames, events.

use alloc::collections::VecDeque;

use super::config::MediaConfig;
use super::event::{Events, MediaEvent};
use super::frame::ReceivedFrame;
use super::packet::ReceivedPacket;
use crate::rtp::TransceiverId;

/// The queues that the application drains. What it does not take in time makes room for what comes
/// after it, the oldest first: it has lost its worth.
#[derive(Debug)]
pub(super) struct Outlets {
    packets: VecDeque<ReceivedPacket>,
    max_packets: usize,
    frames: VecDeque<ReceivedFrame>,
    frame_bytes: usize,
    max_frames: usize,
    max_frame_bytes: usize,
    pub(super) events: Events,
    packets_told: bool,
    frames_told: bool,
    /// Packets and frames that nobody took in time.
    pub(super) packets_dropped: u64,
    pub(super) frames_dropped: u64,
}

impl Outlets {
    pub(super) fn new(config: &MediaConfig) -> Self {
        Self {
            packets: VecDeque::new(),
            max_packets: config.packet_queue,
            frames: VecDeque::new(),
            frame_bytes: 0,
            max_frames: config.frame_queue,
            max_frame_bytes: config.frame_queue_bytes,
            events: Events::default(),
            packets_told: false,
            frames_told: false,
            packets_dropped: 0,
            frames_dropped: 0,
        }
    }

    pub(super) fn push_packet(&mut self, packet: ReceivedPacket) {
        while self.packets.len() >= self.max_packets.max(1) {
            self.packets.pop_front();
            self.packets_dropped += 1;
        }
        self.packets.push_back(packet);
        if !self.packets_told {
            self.packets_told = true;
            self.events.push(MediaEvent::PacketsReady);
        }
    }

    pub(super) fn poll_packet(&mut self) -> Option<ReceivedPacket> {
        let packet = self.packets.pop_front();
        self.packets_told &= packet.is_some();
        packet
    }

    pub(super) fn push_frame(&mut self, frame: ReceivedFrame) {
        self.frame_bytes += frame.data.len();
        self.frames.push_back(frame);
        while self.frames.len() > self.max_frames.max(1)
            || (self.frame_bytes > self.max_frame_bytes && self.frames.len() > 1)
        {
            let dropped = self.frames.pop_front();
            self.frame_bytes -= dropped.map_or(0, |frame| frame.data.len());
            self.frames_dropped += 1;
        }
        if !self.frames_told {
            self.frames_told = true;
            self.events.push(MediaEvent::FramesReady);
        }
    }

    /// Drops what came for transceivers that are gone.
    pub(super) fn retain(&mut self, is_there: impl Fn(TransceiverId) -> bool) {
        let before = (self.packets.len(), self.frames.len());
        self.packets.retain(|packet| is_there(packet.transceiver));
        self.frames.retain(|frame| is_there(frame.transceiver));
        self.frame_bytes = self.frames.iter().map(|frame| frame.data.len()).sum();
        self.packets_dropped += (before.0 - self.packets.len()) as u64;
        self.frames_dropped += (before.1 - self.frames.len()) as u64;
    }

    pub(super) fn poll_frame(&mut self) -> Option<ReceivedFrame> {
        let frame = self.frames.pop_front();
        self.frame_bytes -= frame.as_ref().map_or(0, |frame| frame.data.len());
        self.frames_told &= frame.is_some();
        frame
    }
}
