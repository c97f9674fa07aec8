//! What can be set.

/// What a machine does and how much it holds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Whether there is a socket for 224.0.0.251. Default: yes.
    pub ipv4: bool,
    /// Whether there is a socket for ff02::fb. Default: yes.
    pub ipv6: bool,
    /// The most names that are published at once. Default: 1024, which is three addresses for each
    /// of 341 connections.
    pub max_names: usize,
    /// The most names that are asked for at once, events that have not been taken included.
    /// Default: 256.
    pub max_queries: usize,
    /// Whether the first question for a name asks for a unicast answer (RFC 6762, section 5.4), as
    /// the draft says that it SHOULD: it spares the others on the link. Later questions never do.
    /// Default: no. Where port 5353 is shared with another responder of this host, which is the rule,
    /// a unicast answer reaches only one of the sockets (section 15.1), and there are responders in
    /// wide use that do not understand such a question.
    pub unicast_questions: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self { ipv4: true, ipv6: true, max_names: 1024, max_queries: 256, unicast_questions: false }
    }
}
