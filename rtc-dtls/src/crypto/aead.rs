//! Authenticated encryption of records, in place.

/// The algorithms that the cipher suites name. All have 12-byte nonces and 16-byte tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum AeadAlgorithm {
    /// AES-128 in Galois/Counter Mode (RFC 5288).
    Aes128Gcm,
    /// AES-256 in Galois/Counter Mode (RFC 5288).
    Aes256Gcm,
    /// ChaCha20 and Poly1305 (RFC 8439, RFC 7905).
    ChaCha20Poly1305,
}

impl AeadAlgorithm {
    /// How many bytes of key it takes.
    pub(crate) const fn key_length(self) -> usize {
        match self {
            Self::Aes128Gcm => 16,
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }
}

/// A key that seals and opens; it wipes itself when dropped.
pub(crate) trait Aead: Sized + Send {
    /// Sets up a key; `None` if its length is not the algorithm's.
    fn new(algorithm: AeadAlgorithm, key: &[u8]) -> Option<Self>;

    /// Encrypts `data` in place and returns the tag; `None` if it is too long for the algorithm.
    fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Option<[u8; TAG_LENGTH]>;

    /// Decrypts `data`, which ends in the tag, in place and returns the length of the plaintext,
    /// which stands at its beginning; `None` if it is not authentic.
    fn open(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> Option<usize>;
}

/// The length of every tag.
pub(crate) const TAG_LENGTH: usize = 16;
