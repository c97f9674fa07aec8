//! One ICE agent and the DTLS connection on its path: `RTCDtlsTransport` over `RTCIceTransport`.

use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::{Bytes, BytesMut};
use rand_core::CryptoRng;
use rtc_core::{FiveTuple, Instant, Transmit};
use rtc_dtls::{Certificate, Connection, Fingerprint, Role};
use rtc_ice::{Agent, PathStatus};

use super::demux::Kind;
use crate::error::DatagramError;

/// Who the other side is and which part it plays: what DTLS needs of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteParameters {
    /// Any one of these must be the other side's certificate's.
    pub(crate) fingerprints: Vec<Fingerprint>,
    /// Our own part.
    pub(crate) role: Role,
}

/// The transport that everything of a connection is bundled on.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) ice: Agent,
    pub(crate) certificate: Certificate,
    max_datagram_size: usize,
    /// Known once an offer and an answer have met.
    remote: Option<RemoteParameters>,
    /// Runs from the moment there is a path and `remote` is known, so that no timer of the
    /// handshake runs before.
    dtls: Option<Connection>,
    /// DTLS that came before we could check the path, though the other side has.
    held: Held,
}

impl Transport {
    pub(crate) fn new(ice: Agent, certificate: Certificate, max_datagram_size: usize) -> Self {
        let held = Held::default();
        Self { ice, certificate, max_datagram_size, remote: None, dtls: None, held }
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

    /// Takes a datagram of any protocol.
    pub(crate) fn handle_datagram(
        &mut self,
        now: Instant,
        path: FiveTuple,
        datagram: BytesMut,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), DatagramError> {
        match Kind::of(&datagram) {
            Kind::Stun => {
                let result = self.ice.handle_datagram(now, path, &datagram);
                self.advance(now, rng);
                result.map_err(DatagramError::Ice)
            }
            Kind::Dtls => match self.ice.path_status(&path) {
                PathStatus::Unknown => Err(DatagramError::UnvalidatedPath),
                status => self.handle_dtls(now, path, status, datagram),
            },
            Kind::Media => match self.ice.path_status(&path) {
                PathStatus::Valid => Err(DatagramError::UnexpectedMedia),
                _ => Err(DatagramError::UnvalidatedPath),
            },
            Kind::Unknown => Err(DatagramError::UnknownProtocol),
        }
    }

    fn handle_dtls(
        &mut self,
        now: Instant,
        path: FiveTuple,
        status: PathStatus,
        datagram: BytesMut,
    ) -> Result<(), DatagramError> {
        match &mut self.dtls {
            Some(dtls) if status == PathStatus::Valid => Ok(dtls.handle_datagram(now, datagram)?),
            // Once the handshake is over there is nothing to wait for.
            Some(dtls) if dtls.is_connected() => Err(DatagramError::UnvalidatedPath),
            _ => self.held.push(path, datagram),
        }
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
        if let Some(transmit) = self.ice.poll_transmit(now, out) {
            return Some(transmit);
        }
        let path = self.ice.send_path()?;
        let start = out.len();
        let dtls = self.dtls.as_mut()?;
        dtls.poll_transmit(now, out).then(|| Transmit {
            path,
            ecn: None,
            size: out.len() - start,
            segment_size: None,
        })
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

    /// The next piece of application data that DTLS has decrypted.
    pub(crate) fn recv(&mut self) -> Option<Bytes> {
        self.dtls.as_mut()?.recv().map(BytesMut::freeze)
    }

    /// The DTLS connection, once it exists.
    pub(crate) fn dtls(&self) -> Option<&Connection> {
        self.dtls.as_ref()
    }

    /// The DTLS connection, once it exists.
    pub(crate) fn dtls_mut(&mut self) -> Option<&mut Connection> {
        self.dtls.as_mut()
    }

    /// `RTCDtlsTransport.state`.
    pub(crate) fn dtls_state(&self) -> rtc_dtls::State {
        self.dtls.as_ref().map_or(rtc_dtls::State::New, Connection::state)
    }

    /// Closes both; what DTLS has to say goodbye is still to be polled.
    pub(crate) fn close(&mut self, now: Instant) {
        if let Some(dtls) = &mut self.dtls {
            dtls.close(now);
        }
        self.held = Held::default();
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

/// How many datagrams are held back: two flights of two, as libwebrtc.
const MAX_HELD: usize = 4;

/// The largest datagram that is held back, in bytes.
const MAX_HELD_SIZE: usize = 2048;
