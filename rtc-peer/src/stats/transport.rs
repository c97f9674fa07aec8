//! Transports.

use alloc::string::String;

use rtc_core::FiveTuple;
use rtc_dtls::ProtocolVersion;

use super::id::{StatsId, Subject};
use super::timestamp::Timestamp;
use crate::transport::Transport;

/// `RTCTransportStats`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportStats {
    /// `id`.
    pub id: StatsId,
    /// `timestamp`.
    pub timestamp: Timestamp,
    /// `packetsSent`: datagrams of all protocols.
    pub packets_sent: u64,
    /// `packetsReceived`: datagrams of all protocols that were not refused.
    pub packets_received: u64,
    /// `bytesSent`: bytes of datagrams, without IP and UDP headers and without connectivity checks.
    pub bytes_sent: u64,
    /// `bytesReceived`: bytes of datagrams that were not refused, without IP and UDP headers and
    /// without connectivity checks.
    pub bytes_received: u64,
    /// `iceRole`: that of who offers before an offer and an answer have settled it.
    pub ice_role: Option<rtc_ice::Role>,
    /// `iceLocalUsernameFragment`.
    pub ice_local_username_fragment: String,
    /// `dtlsState`.
    pub dtls_state: rtc_dtls::State,
    /// `iceState`.
    pub ice_state: rtc_ice::State,
    /// `selectedCandidatePairId`: of the nominated pair, once there is one.
    pub selected_candidate_pair_id: Option<StatsId>,
    /// `localCertificateId`, once DTLS was negotiated.
    pub local_certificate_id: Option<StatsId>,
    /// `remoteCertificateId`, once the handshake has brought the certificate.
    pub remote_certificate_id: Option<StatsId>,
    /// `tlsVersion`: once the handshake is over. JSON has it in hexadecimal.
    pub tls_version: Option<ProtocolVersion>,
    /// `dtlsCipher`: the name that IANA gives the cipher suite.
    pub dtls_cipher: Option<&'static str>,
    /// `dtlsRole`: ours; `None`, which is `unknown`, before it was negotiated.
    pub dtls_role: Option<rtc_dtls::Role>,
    /// `srtpCipher`: the name that IANA gives the protection profile, if one was negotiated.
    pub srtp_cipher: Option<&'static str>,
    /// `selectedCandidatePairChanges`: how many pairs were selected, one after the other.
    pub selected_candidate_pair_changes: u64,
    /// `ccfbMessagesSent`: congestion control feedback of RFC 8888.
    pub ccfb_messages_sent: u64,
    /// `ccfbMessagesReceived`.
    pub ccfb_messages_received: u64,
    /// The path that data is sent on at the moment; not of W3C. It is known before a pair is
    /// nominated, and during an ICE restart. `None` also where one of its addresses is not to be
    /// told.
    pub selected_path: Option<FiveTuple>,
}

impl TransportStats {
    pub(crate) fn new(timestamp: Timestamp, transport: &Transport) -> Self {
        let id = transport.id;
        let dtls = transport.dtls();
        let traffic = &transport.traffic;
        let negotiated = transport.remote();
        let selected = transport.ice.selected_pair_id();
        let has_certificate = dtls.is_some_and(|dtls| dtls.peer_certificate_der().is_some());
        Self {
            id: StatsId(Subject::Transport(id)),
            timestamp,
            packets_sent: traffic.packets_sent,
            packets_received: traffic.packets_received,
            bytes_sent: traffic.bytes_sent,
            bytes_received: traffic.bytes_received,
            ice_role: Some(transport.ice.role()),
            ice_local_username_fragment: transport.ice.local_credentials().ufrag().into(),
            dtls_state: transport.dtls_state(),
            ice_state: transport.ice.state(),
            selected_candidate_pair_id: selected
                .map(|pair| StatsId(Subject::CandidatePair(id, pair))),
            local_certificate_id: negotiated.map(|_| StatsId(Subject::LocalCertificate)),
            remote_certificate_id: has_certificate
                .then_some(StatsId(Subject::RemoteCertificate(id))),
            tls_version: dtls.and_then(|dtls| dtls.version()),
            dtls_cipher: dtls.and_then(|dtls| dtls.cipher_suite()).map(|suite| suite.name()),
            dtls_role: negotiated.map(|remote| remote.role),
            srtp_cipher: dtls.and_then(|dtls| dtls.srtp_profile()).map(|profile| profile.name()),
            selected_candidate_pair_changes: traffic.path_changes,
            // Of the media room, which has them added.
            ccfb_messages_sent: 0,
            ccfb_messages_received: 0,
            selected_path: transport.ice.send_path(),
        }
    }
}
