//! One agent, and a peer that is played by hand, message by message.

use std::net::SocketAddr;
use std::time::Duration;

use rtc_core::{FiveTuple, Instant};
use rtc_ice::stun::{
    AttributeType, Class, ErrorCode, IntegrityKey, Message, MessageBuilder, Method, TransactionId,
};
use rtc_ice::{
    Agent, Candidate, CandidateKind, Config, Credentials, Error, Event, Foundation, Role,
};

use super::{addr, rng, start};

/// What the agent has sent.
#[derive(Debug, Clone)]
pub struct Sent {
    pub path: FiveTuple,
    pub bytes: Vec<u8>,
}

impl Sent {
    pub fn message(&self) -> Message<'_> {
        Message::decode(&self.bytes).unwrap()
    }

    pub fn is_request(&self) -> bool {
        self.message().class() == Class::Request
    }
}

/// What a request of the puppet carries.
#[derive(Debug, Clone)]
pub struct Check {
    pub id: u8,
    pub username: String,
    pub password: String,
    pub controlling: Option<u64>,
    pub controlled: Option<u64>,
    pub use_candidate: bool,
    pub nomination: Option<u32>,
    pub priority: Option<u32>,
    pub unknown: Option<u16>,
}

pub struct Puppet {
    pub now: Instant,
    pub agent: Agent,
    pub path: FiveTuple,
    pub credentials: Credentials,
    pub key: IntegrityKey,
}

impl Puppet {
    /// An agent with one socket, that knows the puppet's credentials and its one candidate.
    pub fn new(role: Role) -> Self {
        let mut puppet = Self::stranger(role);
        let credentials = puppet.credentials.clone();
        puppet.agent.set_remote_credentials(puppet.now, credentials).unwrap();
        puppet.add_remote(puppet.path.remote);
        puppet
    }

    /// An agent with one socket, that knows nothing of the puppet.
    pub fn stranger(role: Role) -> Self {
        Self::with_config(Config::default(), role)
    }

    /// The same with another configuration.
    pub fn with_config(config: Config, role: Role) -> Self {
        let now = start();
        let mut agent = Agent::new(config, role, now, &mut rng(1));
        let path = FiveTuple::udp(addr("192.0.2.1:1000"), addr("192.0.2.2:2000"));
        agent.add_local_candidate(now, Candidate::host(path.local, 65535)).unwrap();
        let credentials = Credentials::new("pupp", "puppetpuppetpuppetpuppet").unwrap();
        let key = IntegrityKey::short_term(credentials.password());
        Self { now, agent, path, credentials, key }
    }

    pub fn add_remote(&mut self, address: SocketAddr) {
        let foundation = Foundation::new("7").unwrap();
        let remote = Candidate::remote(foundation, 2_130_706_431, address, CandidateKind::Host);
        self.agent.add_remote_candidate(self.now, remote).unwrap();
    }

    /// A check as the agent would accept it, with the puppet in the other role.
    pub fn check(&self, id: u8) -> Check {
        let own = self.agent.local_credentials();
        let (controlling, controlled) = match self.agent.role() {
            Role::Controlling => (None, Some(5)),
            Role::Controlled => (Some(5), None),
        };
        Check {
            id,
            username: format!("{}:{}", own.ufrag(), self.credentials.ufrag()),
            password: own.password().into(),
            controlling,
            controlled,
            use_candidate: false,
            nomination: None,
            priority: Some(1_862_270_975),
            unknown: None,
        }
    }

    pub fn build(&self, check: &Check) -> Vec<u8> {
        let mut bytes = Vec::new();
        let id = TransactionId([check.id; 12]);
        let mut message = MessageBuilder::new(&mut bytes, Class::Request, Method::BINDING, id);
        message.username(&check.username);
        if let Some(tie_breaker) = check.controlling {
            message.ice_controlling(tie_breaker);
        }
        if let Some(tie_breaker) = check.controlled {
            message.ice_controlled(tie_breaker);
        }
        if check.use_candidate {
            message.use_candidate();
        }
        if let Some(nomination) = check.nomination {
            message.nomination(nomination);
        }
        if let Some(priority) = check.priority {
            message.priority(priority);
        }
        if let Some(unknown) = check.unknown {
            message.attribute(AttributeType(unknown), &[1, 2]);
        }
        message
            .message_integrity(&IntegrityKey::short_term(&check.password))
            .fingerprint()
            .finish();
        bytes
    }

    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.agent.handle_datagram(self.now, self.path, bytes)
    }

    pub fn receive_check(&mut self, check: &Check) -> Result<(), Error> {
        let bytes = self.build(check);
        self.receive(&bytes)
    }

    /// A success response to a request of the agent.
    pub fn answer(&self, request: &Sent, mapped: SocketAddr, key: &IntegrityKey) -> Vec<u8> {
        let mut bytes = Vec::new();
        let id = request.message().transaction_id();
        MessageBuilder::new(&mut bytes, Class::Success, Method::BINDING, id)
            .xor_mapped_address(mapped)
            .message_integrity(key)
            .fingerprint()
            .finish();
        bytes
    }

    /// An error response to a request of the agent.
    pub fn refuse(&self, request: &Sent, code: ErrorCode) -> Vec<u8> {
        let mut bytes = Vec::new();
        let id = request.message().transaction_id();
        MessageBuilder::new(&mut bytes, Class::Error, Method::BINDING, id)
            .error_code(code)
            .message_integrity(&self.key)
            .fingerprint()
            .finish();
        bytes
    }

    pub fn receive_answer(&mut self, request: &Sent) -> Result<(), Error> {
        let bytes = self.answer(request, request.path.local, &self.key);
        self.agent.handle_datagram(self.now, request.path, &bytes)
    }

    /// Everything that the agent sends at this moment.
    pub fn sent(&mut self) -> Vec<Sent> {
        let mut sent = Vec::new();
        let mut bytes = Vec::new();
        while let Some(transmit) = self.agent.poll_transmit(self.now, &mut bytes) {
            sent.push(Sent { path: transmit.path, bytes: std::mem::take(&mut bytes) });
        }
        sent
    }

    /// Lets time pass, and gives back everything that the agent sends meanwhile.
    pub fn pass(&mut self, time: Duration) -> Vec<Sent> {
        let end = self.now + time;
        let mut sent = self.sent();
        while let Some(next) = self.agent.poll_timeout().filter(|next| *next <= end) {
            assert!(next > self.now);
            self.now = next;
            self.agent.handle_timeout(self.now);
            sent.extend(self.sent());
        }
        self.now = end;
        sent
    }

    /// Answers all requests for this long.
    pub fn play(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            for sent in self.pass(Duration::from_millis(5)) {
                if sent.is_request() {
                    self.receive_answer(&sent).unwrap();
                }
            }
        }
    }

    pub fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.agent.poll_event()).collect()
    }

    /// All that the agent is, in words.
    pub fn snapshot(&self) -> String {
        format!("{:?}", self.agent)
    }
}
