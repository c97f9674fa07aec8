//! One ICE agent, the DTLS connection on its path and the SRTP keys out of that:
//! `RTCDtlsTransport` over `RTCIceTransport`.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use rand_core::CryptoRng;
use rtc_core::{FiveTuple, Instant, Transmit};
use rtc_dtls::{Certificate, Connection, Fingerprint, Role};
use rtc_ice::{Agent, PathStatus};
use rtc_srtp::srtp::SrtpSender;

use super::demux::Kind;
use super::gathered::Gathered;
use super::srtp::Srtp;
use super::traffic::Traffic;
use crate::error::DatagramError;
use crate::rtp::TransportId;

/// Who the other side is and which part it plays: what DTLS needs of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteParameters {
    /// Any one of these must be the other side's certificate's.
    pub(crate) fingerprints: Arc<[Fingerprint]>,
    /// Our own part.
    pub(crate) role: Role,
}

/// What a datagram was, beyond what the transport itself has use for.
#[derive(Debug)]
pub(crate) enum Inbound {
    /// Nothing more: of ICE's or DTLS's.
    Own,
    /// An RTP packet, authentic and in the clear.
    Rtp(Bytes),
    /// RTCP packets, authentic and in the clear.
    Rtcp(Bytes),
}

/// One transport: what the m-sections that are bundled on it share.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) id: TransportId,
    pub(crate) ice: Agent,
    pub(crate) gathered: Gathered,
    pub(crate) traffic: Traffic,
    /// A datagram that was sealed and found no room in the batch of its predecessors.
    pub(crate) carried: Vec<u8>,
    /// The code point of that datagram.
    pub(crate) carried_dscp: u8,
    /// The code point of the last data, which checks share (RFC 8445 section 14).
    pub(crate) dscp: u8,
    /// The names of remote candidates whose addresses are not to be told.
    hidden_remotes: BTreeMap<SocketAddr, Box<str>>,
    certificate: Certificate,
    max_datagram_size: usize,
    /// The path that data was last seen to be sent on.
    path: Option<FiveTuple>,
    /// Known once an offer and an answer have met.
    remote: Option<RemoteParameters>,
    /// Runs from the moment there is a path and `remote` is known, so that no timer of the
    /// handshake runs before.
    dtls: Option<Connection>,
    /// From the end of the handshake on, if that has agreed on SRTP.
    srtp: Option<Box<Srtp>>,
    /// DTLS that came before we could check the path, though the other side has.
    held: Held,
}

impl Transport {
    pub(crate) fn new(
        id: TransportId,
        ice: Agent,
        certificate: Certificate,
        max_datagram_size: usize,
    ) -> Self {
        Self {
            id,
            ice,
            gathered: Gathered::default(),
            traffic: Traffic::default(),
            carried: Vec::new(),
            carried_dscp: 0,
            dscp: 0,
            hidden_remotes: BTreeMap::new(),
            certificate,
            max_datagram_size,
            path: None,
            remote: None,
            dtls: None,
            srtp: None,
            held: Held::default(),
        }
    }

    /// Notes that the address of a remote candidate is not to be told, but this name.
    pub(crate) fn hide_remote(&mut self, address: SocketAddr, name: &str) {
        if self.hidden_remotes.len() < MAX_HIDDEN {
            self.hidden_remotes.insert(address, name.into());
        }
    }

    /// The name of a remote candidate whose address is not to be told.
    pub(crate) fn hidden_remote(&self, address: SocketAddr) -> Option<&str> {
        self.hidden_remotes.get(&address).map(|name| &**name)
    }

    /// The negotiated DTLS parameters, if any.
    pub(crate) fn remote(&self) -> Option<&RemoteParameters> {
        self.remote.as_ref()
    }

    /// Sets what was negotiated. The first call decides: later descriptions were checked against
    /// it before they came here.
    pub(crate) fn set_remote(&mut self, remote: RemoteParameters) {
        self.remote.get_or_insert(remote);
    }

    /// Whether data is sent on another path than when this was asked last.
    pub(crate) fn take_path_change(&mut self) -> bool {
        let Some(path) = self.ice.send_path() else { return false };
        self.path != Some(path) && self.path.replace(path).is_some()
    }

    /// Takes a STUN datagram.
    pub(super) fn handle_stun(
        &mut self,
        now: Instant,
        path: FiveTuple,
        datagram: &[u8],
        rng: &mut dyn CryptoRng,
    ) -> Result<(), DatagramError> {
        let result = self.ice.handle_datagram(now, path, datagram);
        self.advance(now, rng);
        result.map_err(DatagramError::Ice)
    }

    /// Takes a datagram of any other protocol.
    pub(super) fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        kind: Kind,
        datagram: BytesMut,
    ) -> Result<Inbound, DatagramError> {
        match (kind, self.ice.path_status(&path)) {
            (Kind::Unknown | Kind::Stun, _) => Err(DatagramError::UnknownProtocol),
            (_, PathStatus::Unknown) => Err(DatagramError::UnvalidatedPath),
            (Kind::Dtls, status) => self.handle_dtls(now, path, status, datagram),
            (Kind::Rtp, PathStatus::Valid) => self.open_rtp(datagram),
            (Kind::Rtcp, PathStatus::Valid) => self.open_rtcp(datagram),
            _ => Err(DatagramError::UnvalidatedPath),
        }
    }

    fn handle_dtls(
        &mut self,
        now: Instant,
        path: FiveTuple,
        status: PathStatus,
        datagram: BytesMut,
    ) -> Result<Inbound, DatagramError> {
        match &mut self.dtls {
            Some(dtls) if status == PathStatus::Valid => dtls.handle_datagram(now, datagram)?,
            // Once the handshake is over there is nothing to wait for.
            Some(dtls) if dtls.is_connected() => return Err(DatagramError::UnvalidatedPath),
            _ => self.held.push(path, datagram)?,
        }
        Ok(Inbound::Own)
    }

    fn open_rtp(&mut self, mut packet: BytesMut) -> Result<Inbound, DatagramError> {
        let srtp = self.srtp.as_mut().ok_or(DatagramError::UnexpectedMedia)?;
        let _index = srtp.receiver.unprotect(&mut packet)?;
        Ok(Inbound::Rtp(packet.freeze()))
    }

    fn open_rtcp(&mut self, mut packets: BytesMut) -> Result<Inbound, DatagramError> {
        let srtp = self.srtp.as_mut().ok_or(DatagramError::UnexpectedMedia)?;
        let _index = srtp.receiver.unprotect_rtcp(&mut packets)?;
        Ok(Inbound::Rtcp(packets.freeze()))
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, rng: &mut dyn CryptoRng) {
        self.ice.handle_timeout(now);
        self.advance(now, rng);
        if let Some(dtls) = &mut self.dtls {
            dtls.handle_timeout(now);
        }
    }

    /// Appends one datagram of ICE's or of the DTLS handshake's to `out`.
    pub(crate) fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        if let Some(mut transmit) = self.ice.poll_transmit(now, out) {
            transmit.dscp = self.dscp;
            return Some(transmit);
        }
        let path = self.ice.send_path()?;
        let start = out.len();
        let dtls = self.dtls.as_mut()?;
        dtls.poll_transmit(now, out).then(|| Transmit {
            path,
            ecn: None,
            dscp: 0,
            size: out.len() - start,
            segment_size: None,
        })
    }

    /// Counts so many datagrams that are sent, of so many bytes together; the first begins with
    /// `bytes`.
    pub(crate) fn on_sent(
        &mut self,
        now: Instant,
        path: &FiveTuple,
        datagrams: usize,
        size: usize,
        bytes: &[u8],
    ) {
        let kind = Kind::of(bytes);
        self.traffic.on_sent(kind, datagrams, size);
        if kind != Kind::Stun {
            self.ice.on_data_sent(now, path, datagrams as u64, size as u64);
        }
    }

    /// Counts a datagram that was not refused.
    pub(super) fn on_received(&mut self, now: Instant, path: &FiveTuple, kind: Kind, size: usize) {
        self.traffic.on_received(kind, size);
        if kind != Kind::Stun {
            self.ice.on_data_received(now, path, size as u64);
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let dtls = self.dtls.as_ref().and_then(Connection::poll_timeout);
        Instant::earliest([self.ice.poll_timeout(), dtls])
    }

    /// Starts DTLS as soon as it can, and lets through what was held back for that moment.
    pub(crate) fn advance(&mut self, now: Instant, rng: &mut dyn CryptoRng) {
        if self.dtls.is_none() {
            let (Some(remote), Some(_path)) = (&self.remote, self.ice.send_path()) else { return };
            let fingerprints = remote.fingerprints.clone();
            let mut config = rtc_dtls::Config::new(self.certificate.clone(), fingerprints);
            config.max_datagram_size = self.max_datagram_size;
            let mut dtls = Connection::new(Arc::new(config), remote.role, now, rng);
            if let Some(round_trip_time) = self.ice.round_trip_time() {
                dtls.set_round_trip_time(round_trip_time);
            }
            self.dtls = Some(dtls);
        }
        let Some(dtls) = &mut self.dtls else { return };
        let is_valid = |path: &FiveTuple| self.ice.path_status(path) == PathStatus::Valid;
        while let Some(datagram) = self.held.pop_if(is_valid) {
            // Whoever sent it is not here to be told what was wrong with it.
            let _refused = dtls.handle_datagram(now, datagram);
        }
    }

    /// The next event of DTLS.
    pub(crate) fn poll_dtls_event(&mut self) -> Option<rtc_dtls::Event> {
        let dtls = self.dtls.as_mut()?;
        let event = dtls.poll_event()?;
        if let rtc_dtls::Event::Closed(_) = event {
            self.srtp = None;
        }
        Some(event)
    }

    /// The next piece of application data that DTLS has decrypted.
    pub(crate) fn recv(&mut self) -> Option<Bytes> {
        self.dtls.as_mut()?.recv().map(BytesMut::freeze)
    }

    /// The DTLS connection, once it exists.
    pub(crate) fn dtls(&self) -> Option<&Connection> {
        self.dtls.as_ref()
    }

    /// The DTLS connection, once its handshake is over and while it lasts.
    pub(crate) fn connected_dtls(&mut self) -> Option<&mut Connection> {
        self.dtls.as_mut().filter(|dtls| dtls.is_connected())
    }

    /// What protects outgoing media, once there are keys.
    pub(crate) fn srtp_sender(&mut self) -> Option<&mut SrtpSender> {
        self.srtp.as_mut().map(|srtp| &mut srtp.sender)
    }

    /// Whether there are keys for media, which are made here if the handshake has agreed on them. A
    /// transport that carries only data does without.
    pub(crate) fn prepare_srtp(&mut self) -> bool {
        if self.srtp.is_none()
            && let Some(dtls) = self.dtls.as_ref().filter(|dtls| dtls.is_connected())
        {
            self.srtp = Srtp::new(dtls, dtls.role()).map(Box::new);
        }
        self.srtp.is_some()
    }

    /// `RTCDtlsTransport.state`.
    pub(crate) fn dtls_state(&self) -> rtc_dtls::State {
        self.dtls.as_ref().map_or(rtc_dtls::State::New, Connection::state)
    }

    /// The states that those of the connection derive from.
    pub(crate) fn states(&self) -> (rtc_ice::State, rtc_dtls::State) {
        (self.ice.state(), self.dtls_state())
    }

    /// Closes both; what DTLS has to say goodbye is appended to `farewell`.
    pub(crate) fn close(&mut self, now: Instant, farewell: &mut VecDeque<Vec<u8>>) {
        if let Some(dtls) = &mut self.dtls {
            dtls.close(now);
            let mut datagram = Vec::new();
            while dtls.poll_transmit(now, &mut datagram) {
                farewell.push_back(core::mem::take(&mut datagram));
            }
        }
        self.srtp = None;
        self.held = Held::default();
        self.ice.close(now);
    }
}

/// Datagrams of DTLS from a path on which the other side has shown that it knows our password,
/// but of which our own check is not answered yet. A ClientHello often is that early; without this
/// it would cost a retransmission.
#[derive(Debug, Default)]
struct Held {
    datagrams: Vec<(FiveTuple, BytesMut)>,
}

impl Held {
    fn push(&mut self, path: FiveTuple, datagram: BytesMut) -> Result<(), DatagramError> {
        if self.datagrams.len() >= MAX_HELD || datagram.len() > MAX_HELD_SIZE {
            return Err(DatagramError::EarlyDtls);
        }
        // A copy, so that a small datagram cannot pin the driver's large receive buffer.
        self.datagrams.push((path, BytesMut::from(&datagram[..])));
        Ok(())
    }

    fn pop_if(&mut self, may_pass: impl Fn(&FiveTuple) -> bool) -> Option<BytesMut> {
        let index = self.datagrams.iter().position(|(path, _)| may_pass(path))?;
        Some(self.datagrams.remove(index).1)
    }
}

/// How many names are kept: more than an agent takes remote candidates, some of which a restart
/// has forgotten.
const MAX_HIDDEN: usize = 512;

/// How many datagrams are held back: two flights of two, as libwebrtc.
const MAX_HELD: usize = 4;

/// The largest datagram that is held back, in bytes.
const MAX_HELD_SIZE: usize = 2048;
