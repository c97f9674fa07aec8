//! From the premaster secret to all keys (RFC 5246 §6.3, §8.1; RFC 7627 §4; RFC 5705 §4).

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::cipher_suite::CipherSuite;
use crate::config::Role;
use crate::crypto::{AeadAlgorithm, Digest, Premaster, prf};
use crate::error::ExportError;
use crate::message::VERIFY_DATA_LENGTH;
use crate::protection::{Opener, Sealer};

/// The randoms of both hellos.
#[derive(Clone, Copy)]
pub(crate) struct Randoms {
    pub(crate) client: [u8; 32],
    pub(crate) server: [u8; 32],
}

impl Randoms {
    /// What the server signs in ServerKeyExchange (RFC 8422 §5.4).
    pub(super) fn signed_with(&self, params: &[u8]) -> Vec<u8> {
        [&self.client[..], &self.server, params].concat()
    }
}

/// The master secret and what it is used with.
pub(crate) struct Secrets {
    suite: CipherSuite,
    randoms: Randoms,
    master: Zeroizing<[u8; 48]>,
}

/// The keys of epoch 1 for both directions.
pub(crate) struct RecordKeys {
    pub(crate) sealer: Sealer,
    pub(crate) opener: Opener,
}

impl Secrets {
    /// The extended master secret; there is no other here.
    pub(crate) fn new(
        suite: CipherSuite,
        randoms: Randoms,
        premaster: &Premaster,
        session_hash: &Digest,
    ) -> Self {
        let mut master = Zeroizing::new([0; 48]);
        prf(
            suite.hash(),
            premaster.as_slice(),
            b"extended master secret",
            [session_hash.as_ref(), &[], &[]],
            master.as_mut_slice(),
        );
        Self { suite, randoms, master }
    }

    pub(crate) const fn suite(&self) -> CipherSuite {
        self.suite
    }

    /// `None` only if the suite contradicted itself about lengths.
    pub(crate) fn record_keys(&self, role: Role) -> Option<RecordKeys> {
        let suite = self.suite;
        let key_length = suite.aead().key_length();
        let iv_length = match suite.aead() {
            AeadAlgorithm::Aes128Gcm | AeadAlgorithm::Aes256Gcm => 4,
            AeadAlgorithm::ChaCha20Poly1305 => 12,
        };
        let mut block = Zeroizing::new([0; 2 * (32 + 12)]);
        let block = block.get_mut(..2 * (key_length + iv_length))?;
        prf(
            suite.hash(),
            self.master.as_slice(),
            b"key expansion",
            [&self.randoms.server, &self.randoms.client, &[]],
            block,
        );
        let (client_key, rest) = block.split_at_checked(key_length)?;
        let (server_key, rest) = rest.split_at_checked(key_length)?;
        let (client_iv, server_iv) = rest.split_at_checked(iv_length)?;
        let (ours, theirs) = match role {
            Role::Client => ((client_key, client_iv), (server_key, server_iv)),
            Role::Server => ((server_key, server_iv), (client_key, client_iv)),
        };
        Some(RecordKeys {
            sealer: Sealer::new(suite, ours.0, ours.1)?,
            opener: Opener::new(suite, theirs.0, theirs.1)?,
        })
    }

    /// What stands in the Finished of `sender`.
    pub(crate) fn verify_data(
        &self,
        sender: Role,
        transcript: &Digest,
    ) -> [u8; VERIFY_DATA_LENGTH] {
        let label: &[u8] = match sender {
            Role::Client => b"client finished",
            Role::Server => b"server finished",
        };
        let mut out = [0; VERIFY_DATA_LENGTH];
        let seed = [transcript.as_ref(), &[], &[]];
        prf(self.suite.hash(), self.master.as_slice(), label, seed, &mut out);
        out
    }

    /// Keying material for others. No context and an empty one give different results.
    pub(crate) fn export(
        &self,
        label: &[u8],
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), ExportError> {
        if RESERVED_LABELS.contains(&label) {
            return Err(ExportError::ReservedLabel);
        }
        let mut randoms = [0; 64];
        for (to, from) in
            randoms.iter_mut().zip(self.randoms.client.iter().chain(&self.randoms.server))
        {
            *to = *from;
        }
        let (length, context) = match context {
            None => (None, &[][..]),
            Some(context) => {
                let length = u16::try_from(context.len());
                (Some(length.map_err(|_| ExportError::ContextTooLong)?.to_be_bytes()), context)
            }
        };
        let length = length.as_ref().map_or(&[][..], |length| &length[..]);
        prf(self.suite.hash(), self.master.as_slice(), label, [&randoms, length, context], out);
        Ok(())
    }
}

/// The labels of TLS itself.
const RESERVED_LABELS: [&[u8]; 5] = [
    b"client finished",
    b"server finished",
    b"master secret",
    b"extended master secret",
    b"key expansion",
];
