//! The keys of SRTP, out of the DTLS handshake (RFC 5764).

use alloc::vec::Vec;

use rtc_dtls::{Connection, Role};
use rtc_srtp::srtp::{Config, MasterKey, ProtectionProfile, SrtpReceiver, SrtpSender};
use zeroize::Zeroizing;

/// Both directions of SRTP and SRTCP under the keys of one DTLS association.
#[derive(Debug)]
pub(crate) struct Srtp {
    pub(crate) sender: SrtpSender,
    pub(crate) receiver: SrtpReceiver,
}

impl Srtp {
    /// Splits the exported keying material (RFC 5764 section 4.2): the keys of both sides, then
    /// their salts, the client's first.
    ///
    /// `None` if the handshake is not over or has agreed on no profile: media is then refused.
    pub(super) fn new(dtls: &Connection, role: Role) -> Option<Self> {
        let profile = ProtectionProfile::from_id(dtls.srtp_profile()?.code())?;
        let (key_len, salt_len) = (profile.key_len(), profile.salt_len());
        let mut material = Zeroizing::new(Vec::new());
        material.resize(2 * (key_len + salt_len), 0);
        // No context, which is not the same as an empty one.
        dtls.export_keying_material(LABEL, None, &mut material).ok()?;
        let (keys, salts) = material.split_at(2 * key_len);
        let (client_key, server_key) = keys.split_at(key_len);
        let (client_salt, server_salt) = salts.split_at(salt_len);
        let client = MasterKey::new(profile, client_key, client_salt).ok()?;
        let server = MasterKey::new(profile, server_key, server_salt).ok()?;
        let (ours, theirs) = match role {
            Role::Client => (client, server),
            Role::Server => (server, client),
        };
        let config = Config::default();
        let (sender, receiver) =
            (SrtpSender::new(&ours, &config), SrtpReceiver::new(&theirs, &config));
        Some(Self { sender, receiver })
    }
}

/// RFC 5764 section 4.2.
const LABEL: &[u8] = b"EXTRACTOR-dtls_srtp";
