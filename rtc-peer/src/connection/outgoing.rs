//! What the driver is given to send.

use alloc::vec::Vec;

use rtc_core::{Instant, Transmit};

use super::media::protect_packet;
use super::{Farewell, PeerConnection};
use crate::channel::Channels;
use crate::transport::{Exit, Transport};

impl PeerConnection {
    /// Writes what is to be sent next into `out`, which is replaced.
    ///
    /// With `max_datagrams` above 1 several datagrams of one size may come at once, the last one
    /// possibly shorter; [`Transmit::segment_size`] then says where to cut. `out` is meant to be
    /// used again and again: in the long run sending allocates nothing.
    ///
    /// Over TCP it is a piece of the stream, to be written whole or, where there is no room,
    /// dropped whole.
    #[must_use]
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        max_datagrams: usize,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
        let now = self.clock(now);
        out.clear();
        if let Some(farewell) = &mut self.farewell {
            return farewell.pop(out).or_else(|| self.gatherer.poll_transmit(now, out));
        }
        if let Some(transmit) = self.gatherer.poll_transmit(now, out) {
            return Some(transmit);
        }
        let data_transport = self.session.data_transport();
        let marks = self.configuration.dscp;
        let (channels, media) = (&mut self.channels, &mut self.media);
        let gatherer = &mut self.gatherer;
        for transport in self.transports.iter_mut() {
            // What a relay is not ready for is lost, as on any path.
            while let Some(transmit) = transport.poll_transmit(now, out) {
                transport.on_sent(now, &transmit.path, 1, transmit.size, out);
                let exit = Exit::of(now, &transmit.path, gatherer);
                if let Some(transmit) = exit.wrap_tight(now, transmit, gatherer, out) {
                    return Some(transmit);
                }
                out.clear();
            }
            let Some(path) = transport.ice.send_path() else { continue };
            let exit = Exit::of(now, &path, gatherer);
            let room = exit.room();
            let max_datagrams = if exit.takes_batches() { max_datagrams } else { 1 };
            let carries_data = data_transport == Some(transport.id);
            loop {
                let batch = poll_packets(transport, max_datagrams, room, out, |transport, out| {
                    // What is late is useless, so media goes first; it is bounded by what the
                    // application gives to send.
                    if protect_packet(media, transport, now, out) {
                        return Some(if marks { media.dscp(transport.id) } else { 0 });
                    }
                    let sealed = carries_data && seal_packet(channels, transport, now, out);
                    sealed.then(|| if marks { channels.dscp() } else { 0 })
                });
                let Some(Batch { dscp, datagrams, segment_size }) = batch else { break };
                let size = out.len();
                let transmit = Transmit { path, ecn: None, dscp, size, segment_size };
                let first = out.get(room..).unwrap_or_default();
                transport.on_sent(now, &path, datagrams, size - datagrams * room, first);
                if let Some(transmit) = exit.wrap(now, transmit, gatherer, out) {
                    return Some(transmit);
                }
            }
            out.clear();
        }
        // What was to go through a relay may have made it ask for a permission or a channel.
        self.gatherer.poll_transmit(now, out)
    }
}

/// Appends one record with an SCTP packet in it to `out`, if there is one to send.
pub(super) fn seal_packet(
    channels: &mut Channels,
    transport: &mut Transport,
    now: Instant,
    out: &mut Vec<u8>,
) -> bool {
    let Some(dtls) = transport.connected_dtls() else { return false };
    let start = out.len();
    out.resize(start + dtls.record_header_len(), 0);
    if channels.poll_transmit(now, out) && dtls.seal(out, start).is_ok() {
        return true;
    }
    out.truncate(start);
    false
}

/// How a batch is to be sent.
struct Batch {
    dscp: u8,
    datagrams: usize,
    segment_size: Option<usize>,
}

/// Writes a batch of datagrams to `out`, which is empty, each of them behind so much room. `seal`
/// appends one and tells its code point.
fn poll_packets(
    transport: &mut Transport,
    max_datagrams: usize,
    room: usize,
    out: &mut Vec<u8>,
    mut seal: impl FnMut(&mut Transport, &mut Vec<u8>) -> Option<u8>,
) -> Option<Batch> {
    out.resize(room, 0);
    let dscp = if transport.carried.is_empty() {
        seal(transport, out)?
    } else {
        out.append(&mut transport.carried);
        transport.carried_dscp
    };
    transport.dscp = dscp;
    let segment = out.len();
    let mut datagrams = 1;
    while datagrams < max_datagrams && out.len() + segment <= MAX_BATCH {
        let start = out.len();
        out.resize(start + room, 0);
        let Some(other_dscp) = seal(transport, out) else {
            out.truncate(start);
            break;
        };
        let size = out.len() - start;
        if size > segment || other_dscp != dscp {
            transport.carried.extend_from_slice(&out[start + room..]);
            transport.carried_dscp = other_dscp;
            out.truncate(start);
            break;
        }
        datagrams += 1;
        if size < segment {
            break;
        }
    }
    Some(Batch { dscp, datagrams, segment_size: (datagrams > 1).then_some(segment) })
}

impl Farewell {
    fn pop(&mut self, out: &mut Vec<u8>) -> Option<Transmit> {
        let (mut transmit, datagram) = self.datagrams.pop_front()?;
        out.extend_from_slice(&datagram);
        transmit.size = out.len();
        Some(transmit)
    }
}

/// The most bytes of a batch: what one UDP send with segmentation offload can carry.
const MAX_BATCH: usize = 65_507;
