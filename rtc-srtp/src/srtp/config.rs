//! What a context can be told.

/// How a sender or receiver of SRTP behaves.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Whether header extensions and contributing sources are encrypted. Default: disabled, as it
    /// has to be negotiated by `a=cryptex`.
    pub cryptex: CryptexPolicy,
    /// How many streams, that is synchronization sources, the context keeps state for, of SRTP and
    /// of SRTCP each. A packet of one more is refused: to forget a stream would be to forget what
    /// of it must not be accepted, or used as a nonce, again. Default: 1,024, many times what the
    /// largest conferences put into one session; at about 200 bytes each.
    pub max_streams: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { cryptex: CryptexPolicy::Disabled, max_streams: 1_024 }
    }
}

/// Whether header extensions and contributing sources are encrypted (RFC 9335).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CryptexPolicy {
    /// A sender does not encrypt them; a receiver does not expect it.
    #[default]
    Disabled,
    /// A sender encrypts them where they are in a form of RFC 8285; a receiver takes each packet
    /// as it comes.
    Negotiated,
    /// A sender encrypts them and refuses a packet whose header extension is in another form; a
    /// receiver refuses a packet that has any in the clear.
    Required,
}
