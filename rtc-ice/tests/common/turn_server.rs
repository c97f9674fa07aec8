//! A small STUN and TURN server on virtual time, for tests: RFC 8489, RFC 8656 and RFC 8016 as far
//! as a client can tell, with faults on demand.
//!
//! It stands in one file that any test of the workspace can include. A network hands it what is sent
//! to its address or to a relayed address, and carries away what it sends.
#![allow(dead_code, unreachable_pub, reason = "each test uses another part")]
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rtc_core::{FiveTuple, Instant, Protocol};
use rtc_ice::framing::{Deframer, Framing};
use rtc_ice::stun::{
    AddressErrorCode, AddressFamily, AttributeType, Class, ErrorCode, IntegrityKey, Message,
    MessageBuilder, Method, PasswordAlgorithm, TransactionId, userhash,
};
use rtc_ice::turn::{ChannelData, ChannelNumber};

/// How clients prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    None,
    /// As RFC 5389 had it.
    Md5,
    /// PASSWORD-ALGORITHMS with SHA-256 first.
    Sha256,
    /// The same, and user names must be hidden.
    Sha256Userhash,
    /// The nonce says that there are PASSWORD-ALGORITHMS, and somebody has taken them out.
    Stripped,
}

/// A server. Its fields may be changed at any time.
#[derive(Debug)]
pub struct TurnServer {
    pub address: SocketAddr,
    pub auth: Auth,
    pub username: String,
    pub password: String,
    pub realm: String,
    /// How long a nonce is good; `None`: for ever.
    pub nonce_lifetime: Option<Duration>,
    /// Every authentic request is told that its nonce is stale.
    pub is_never_content: bool,
    /// The most that an allocation lasts without a refresh.
    pub max_lifetime: Duration,
    pub relay_v4: Option<IpAddr>,
    pub relay_v6: Option<IpAddr>,
    pub has_mobility: bool,
    /// How many allocations there may be.
    pub quota: usize,
    pub forbidden: Vec<IpAddr>,
    /// The next request of this method is refused with this code.
    pub refusals: VecDeque<(Method, u16)>,
    /// Allocate is answered with 300 and this address.
    pub alternate: Option<SocketAddr>,
    /// Answers are made with a wrong key.
    pub is_forging: bool,
    /// Nothing is answered or relayed.
    pub is_silent: bool,
    /// All requests that came, with retransmissions.
    pub requests: Vec<(Instant, FiveTuple, Method, TransactionId)>,
    /// How many datagrams of peers had no permission.
    pub refused_data: u64,
    allocations: Vec<Allocation>,
    nonces: BTreeMap<FiveTuple, (Vec<u8>, Instant)>,
    streams: BTreeMap<FiveTuple, Deframer>,
    out: VecDeque<(FiveTuple, Vec<u8>)>,
    counter: u64,
}

#[derive(Debug)]
pub struct Allocation {
    pub client: FiveTuple,
    pub relayed: Vec<SocketAddr>,
    pub expires_at: Instant,
    pub permissions: BTreeMap<IpAddr, Instant>,
    pub channels: BTreeMap<u16, (SocketAddr, Instant)>,
    ticket: Option<Vec<u8>>,
    transaction: TransactionId,
    lifetime: Duration,
    refused: Option<AddressErrorCode>,
}

impl TurnServer {
    /// A server that takes `lab` with `secret` in the realm `lab.local`, with MD5 keys.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            auth: Auth::Md5,
            username: "lab".into(),
            password: "secret".into(),
            realm: "lab.local".into(),
            nonce_lifetime: None,
            is_never_content: false,
            max_lifetime: Duration::from_secs(3600),
            relay_v4: Some("203.0.113.5".parse().unwrap()),
            relay_v6: Some("2001:db8:5::5".parse().unwrap()),
            has_mobility: true,
            quota: 100,
            forbidden: Vec::new(),
            refusals: VecDeque::new(),
            alternate: None,
            is_forging: false,
            is_silent: false,
            requests: Vec::new(),
            refused_data: 0,
            allocations: Vec::new(),
            nonces: BTreeMap::new(),
            streams: BTreeMap::new(),
            out: VecDeque::new(),
            counter: 0,
        }
    }

    /// Whether datagrams to this address are for the server.
    pub fn owns(&self, address: SocketAddr) -> bool {
        address == self.address
            || Some(address.ip()) == self.relay_v4
            || Some(address.ip()) == self.relay_v6
    }

    pub fn allocations(&self) -> &[Allocation] {
        &self.allocations
    }

    /// How often a method was asked for, with retransmissions.
    pub fn count(&self, method: Method) -> usize {
        self.requests.iter().filter(|request| request.2 == method).count()
    }

    /// Forgets all allocations, as by a restart.
    pub fn forget(&mut self) {
        self.allocations.clear();
        self.nonces.clear();
    }

    /// What it sends: `local` is its own address or a relayed one.
    pub fn poll_transmit(&mut self) -> Option<(FiveTuple, Vec<u8>)> {
        self.out.pop_front()
    }

    /// Takes a datagram, or a piece of a stream: `path.local` is the server's own address or a
    /// relayed one.
    pub fn handle_datagram(&mut self, now: Instant, path: FiveTuple, datagram: &[u8]) {
        self.expire(now);
        if self.is_silent {
        } else if path.local != self.address {
            self.on_peer(now, path, datagram);
        } else if path.protocol == Protocol::Udp {
            self.on_client(now, path, datagram);
        } else {
            let deframer = self.streams.remove(&path);
            let mut deframer = deframer.unwrap_or_else(|| Deframer::new(Framing::Turn, 70_000));
            let mut piece = datagram;
            while let Some(Ok(frame)) = deframer.next_frame(&mut piece) {
                self.on_client(now, path, frame);
            }
            self.streams.insert(path, deframer);
        }
    }

    fn expire(&mut self, now: Instant) {
        self.allocations.retain_mut(|allocation| {
            allocation.permissions.retain(|_, until| *until > now);
            allocation.channels.retain(|_, (_, until)| *until > now);
            allocation.expires_at > now
        });
    }

    fn on_peer(&mut self, now: Instant, path: FiveTuple, datagram: &[u8]) {
        let of_relayed = |allocation: &&Allocation| allocation.relayed.contains(&path.local);
        let Some(allocation) = self.allocations.iter().find(of_relayed) else { return };
        if !allocation.permissions.contains_key(&path.remote.ip()) {
            self.refused_data += 1;
            return;
        }
        let client = allocation.client;
        let channel = allocation.channels.iter().find(|(_, (peer, _))| *peer == path.remote);
        let mut out = Vec::new();
        if let Some((number, _)) = channel {
            let number = ChannelNumber::new(*number).unwrap();
            ChannelData { number, data: datagram }.encode(&mut out);
            if client.protocol == Protocol::Tcp {
                out.resize(out.len().next_multiple_of(4), 0);
            }
        } else {
            let id = self.next_id(now);
            MessageBuilder::new(&mut out, Class::Indication, Method::DATA, id)
                .xor_peer_address(path.remote)
                .data(datagram)
                .finish();
        }
        self.out.push_back((client, out));
    }

    fn on_client(&mut self, now: Instant, path: FiveTuple, datagram: &[u8]) {
        if ChannelData::is_channel_data(datagram) {
            let Ok(message) = ChannelData::decode(datagram) else { return };
            let Some(allocation) = self.of_client(path) else { return };
            let Some((peer, _)) = allocation.channels.get(&message.number.number()) else { return };
            let peer = *peer;
            self.relay(path, peer, message.data);
            return;
        }
        let Ok(message) = Message::decode(datagram) else { return };
        match (message.class(), message.method()) {
            (Class::Indication, Method::SEND) => {
                let (Ok(Some(peer)), Some(data)) = (message.xor_peer_address(), message.data())
                else {
                    return;
                };
                self.relay(path, peer, data);
            }
            (Class::Request, method) => {
                self.requests.push((now, path, method, message.transaction_id()));
                self.on_request(now, path, &message);
            }
            _ => {}
        }
    }

    fn relay(&mut self, path: FiveTuple, peer: SocketAddr, data: &[u8]) {
        let Some(allocation) = self.of_client(path) else { return };
        let is_permitted = allocation.permissions.contains_key(&peer.ip());
        let relayed = allocation.relayed.iter().find(|at| at.is_ipv4() == peer.is_ipv4());
        if let (true, Some(relayed)) = (is_permitted, relayed) {
            let path = FiveTuple::udp(*relayed, peer);
            self.out.push_back((path, data.to_vec()));
        }
    }

    fn on_request(&mut self, now: Instant, path: FiveTuple, message: &Message<'_>) {
        if message.method() == Method::BINDING {
            if let Some(code) = self.refusal(Method::BINDING) {
                return self.refuse(path, message, code, None);
            }
            if let Some(alternate) = self.alternate {
                return self.redirect(path, message, alternate);
            }
            return self.answer(path, message, None, |builder| {
                builder.xor_mapped_address(path.remote);
            });
        }
        if let (Method::ALLOCATE, Some(alternate)) = (message.method(), self.alternate) {
            return self.redirect(path, message, alternate);
        }
        let key = match self.authenticate(now, path, message) {
            Ok(key) => key,
            Err(code) => return self.challenge(now, path, message, code),
        };
        let key = key.as_ref();
        if let Some(code) = self.refusal(message.method()) {
            return self.refuse(path, message, code, key);
        }
        match message.method() {
            Method::ALLOCATE => self.on_allocate(now, path, message, key),
            Method::REFRESH => self.on_refresh(now, path, message, key),
            Method::CREATE_PERMISSION => self.on_create_permission(now, path, message, key),
            Method::CHANNEL_BIND => self.on_channel_bind(now, path, message, key),
            _ => self.refuse(path, message, 400, key),
        }
    }

    fn on_allocate(
        &mut self,
        now: Instant,
        path: FiveTuple,
        message: &Message<'_>,
        key: Option<&Key>,
    ) {
        if let Some(allocation) = self.of_client(path) {
            if allocation.transaction == message.transaction_id() {
                return self.tell_allocation(path, message, key);
            }
            return self.refuse(path, message, 437, key);
        }
        if message.requested_transport() != Ok(Some(17)) {
            return self.refuse(path, message, 442, key);
        }
        if self.allocations.len() >= self.quota {
            return self.refuse(path, message, 486, key);
        }
        let (requested, additional) = (
            message.requested_address_family().unwrap(),
            message.additional_address_family().unwrap(),
        );
        let mut relayed = Vec::new();
        let mut refused = None;
        let first = requested.unwrap_or(AddressFamily::V4);
        for family in [Some(first), additional].into_iter().flatten() {
            let ip = if family == AddressFamily::V4 { self.relay_v4 } else { self.relay_v6 };
            self.counter += 1;
            let port = 50_000 + u16::try_from(self.counter % 10_000).unwrap();
            match ip {
                Some(ip) => relayed.push(SocketAddr::new(ip, port)),
                None => {
                    let code = ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED;
                    refused = Some(AddressErrorCode { family, code });
                }
            }
        }
        if relayed.is_empty() {
            return self.refuse(path, message, 440, key);
        }
        let lifetime = self.lifetime(message);
        let is_mobile = self.has_mobility && message.mobility_ticket() == Some(&[]);
        self.allocations.push(Allocation {
            client: path,
            relayed,
            expires_at: now + lifetime,
            permissions: BTreeMap::new(),
            channels: BTreeMap::new(),
            ticket: is_mobile.then(Vec::new),
            transaction: message.transaction_id(),
            lifetime,
            refused,
        });
        self.renew_ticket(path);
        self.tell_allocation(path, message, key);
    }

    fn tell_allocation(&mut self, path: FiveTuple, message: &Message<'_>, key: Option<&Key>) {
        let allocation = self.of_client(path).unwrap();
        let (relayed, lifetime) = (allocation.relayed.clone(), allocation.lifetime);
        let (ticket, refused) = (allocation.ticket.clone(), allocation.refused);
        self.answer(path, message, key, |builder| {
            for relayed in relayed {
                builder.xor_relayed_address(relayed);
            }
            builder.lifetime(lifetime).xor_mapped_address(path.remote);
            if let Some(refused) = refused {
                builder.address_error_code(refused);
            }
            if let Some(ticket) = ticket {
                builder.mobility_ticket(&ticket);
            }
        });
    }

    fn on_refresh(
        &mut self,
        now: Instant,
        path: FiveTuple,
        message: &Message<'_>,
        key: Option<&Key>,
    ) {
        let lifetime = if message.lifetime() == Ok(Some(Duration::ZERO)) {
            Duration::ZERO
        } else {
            self.lifetime(message)
        };
        if let Some(ticket) = message.mobility_ticket().filter(|ticket| !ticket.is_empty()) {
            let has_ticket = |at: &&mut Allocation| at.ticket.as_deref() == Some(ticket);
            let Some(allocation) = self.allocations.iter_mut().find(has_ticket) else {
                return self.refuse(path, message, 437, key);
            };
            allocation.client = path;
            self.renew_ticket(path);
        }
        let at = self.allocations.iter_mut().find(|allocation| allocation.client == path);
        let Some(allocation) = at else { return self.refuse(path, message, 437, key) };
        allocation.expires_at = now + lifetime;
        let ticket = allocation.ticket.clone();
        self.expire(now);
        self.answer(path, message, key, |builder| {
            builder.lifetime(lifetime);
            if let (Some(ticket), false) = (ticket, lifetime.is_zero()) {
                builder.mobility_ticket(&ticket);
            }
        });
    }

    fn on_create_permission(
        &mut self,
        now: Instant,
        path: FiveTuple,
        message: &Message<'_>,
        key: Option<&Key>,
    ) {
        let peers: Vec<_> = message.xor_peer_addresses().map(|peer| peer.ip()).collect();
        if peers.is_empty() {
            return self.refuse(path, message, 400, key);
        }
        if peers.iter().any(|peer| self.forbidden.contains(peer)) {
            return self.refuse(path, message, 403, key);
        }
        let at = self.allocations.iter_mut().find(|allocation| allocation.client == path);
        let Some(allocation) = at else { return self.refuse(path, message, 437, key) };
        let has_family =
            |peer: &IpAddr| allocation.relayed.iter().any(|at| at.is_ipv4() == peer.is_ipv4());
        if !peers.iter().all(has_family) {
            return self.refuse(path, message, 443, key);
        }
        for peer in peers {
            allocation.permissions.insert(peer, now + Duration::from_secs(300));
        }
        self.answer(path, message, key, |_| {});
    }

    fn on_channel_bind(
        &mut self,
        now: Instant,
        path: FiveTuple,
        message: &Message<'_>,
        key: Option<&Key>,
    ) {
        let (Ok(Some(number)), Ok(Some(peer))) =
            (message.channel_number(), message.xor_peer_address())
        else {
            return self.refuse(path, message, 400, key);
        };
        if self.forbidden.contains(&peer.ip()) {
            return self.refuse(path, message, 403, key);
        }
        let at = self.allocations.iter_mut().find(|allocation| allocation.client == path);
        let Some(allocation) = at else { return self.refuse(path, message, 437, key) };
        let is_other =
            |(at, (bound, _)): (&u16, &(SocketAddr, Instant))| (*at == number) != (*bound == peer);
        if ChannelNumber::new(number).is_none() || allocation.channels.iter().any(is_other) {
            return self.refuse(path, message, 400, key);
        }
        allocation.channels.insert(number, (peer, now + Duration::from_secs(600)));
        allocation.permissions.insert(peer.ip(), now + Duration::from_secs(300));
        self.answer(path, message, key, |_| {});
    }

    /// Err: 400, 401 or 438.
    fn authenticate(
        &mut self,
        now: Instant,
        path: FiveTuple,
        message: &Message<'_>,
    ) -> Result<Option<Key>, u16> {
        if self.auth == Auth::None {
            return Ok(None);
        }
        if !message.has_integrity() {
            return Err(401);
        }
        let (Ok(Some(realm)), Ok(Some(nonce))) = (message.realm(), message.nonce()) else {
            return Err(400);
        };
        if self.auth == Auth::Sha256Userhash {
            if message.userhash() != Ok(Some(&userhash(&self.username, &self.realm))) {
                return Err(401);
            }
        } else if message.username() != Ok(Some(&self.username)) {
            return Err(401);
        }
        let algorithm = message.password_algorithm().map_err(|_| 400_u16)?;
        let is_sha256 = matches!(self.auth, Auth::Sha256 | Auth::Sha256Userhash);
        if is_sha256
            && (message.attribute(AttributeType::PASSWORD_ALGORITHMS) != Some(&ALGORITHMS)
                || !message.has_integrity_sha256())
        {
            return Err(400);
        }
        let algorithm = algorithm.unwrap_or(PasswordAlgorithm::Md5);
        let key = IntegrityKey::long_term(algorithm, &self.username, realm, &self.password);
        let key = key.ok_or(400_u16)?;
        if realm != self.realm || !message.verify(&key) {
            return Err(401);
        }
        let (known, made_at) = self.nonces.get(&path).ok_or(438_u16)?;
        let is_old = self.nonce_lifetime.is_some_and(|lifetime| *made_at + lifetime <= now);
        if self.is_never_content || known != nonce || is_old {
            return Err(438);
        }
        Ok(Some(Key { key, is_sha256 }))
    }

    fn challenge(&mut self, now: Instant, path: FiveTuple, message: &Message<'_>, code: u16) {
        self.counter += 1;
        let cookie = match self.auth {
            Auth::None | Auth::Md5 => "",
            Auth::Sha256 | Auth::Stripped => "obMatJos2gAAA",
            Auth::Sha256Userhash => "obMatJos2wAAA",
        };
        // A nonce is good for one path and for its time, however often it is asked for.
        let known = self.nonces.get(&path).filter(|(_, made_at)| {
            let is_old = self.nonce_lifetime.is_some_and(|lifetime| *made_at + lifetime <= now);
            !is_old && !self.is_never_content
        });
        let (nonce, made_at) = known
            .cloned()
            .unwrap_or_else(|| (format!("{cookie}{:08x}", self.counter).into_bytes(), now));
        let realm = self.realm.clone();
        let has_algorithms = matches!(self.auth, Auth::Sha256 | Auth::Sha256Userhash);
        self.nonces.insert(path, (nonce.clone(), made_at));
        self.respond(path, message, Class::Error, None, |builder| {
            builder.error_code(ErrorCode::new(code).unwrap());
            if code != 400 {
                builder.realm(&realm).nonce(&nonce);
                if has_algorithms {
                    builder.password_algorithms(&ALGORITHMS);
                }
            }
        });
    }

    fn redirect(&mut self, path: FiveTuple, message: &Message<'_>, alternate: SocketAddr) {
        self.respond(path, message, Class::Error, None, |builder| {
            builder.error_code(ErrorCode::TRY_ALTERNATE).alternate_server(alternate);
        });
    }

    fn refusal(&mut self, method: Method) -> Option<u16> {
        let at = self.refusals.iter().position(|(meant, _)| *meant == method)?;
        self.refusals.remove(at).map(|(_, code)| code)
    }

    fn refuse(&mut self, path: FiveTuple, message: &Message<'_>, code: u16, key: Option<&Key>) {
        self.respond(path, message, Class::Error, key, |builder| {
            builder.error_code(ErrorCode::new(code).unwrap());
        });
    }

    fn answer(
        &mut self,
        path: FiveTuple,
        message: &Message<'_>,
        key: Option<&Key>,
        write: impl FnOnce(&mut MessageBuilder<'_>),
    ) {
        self.respond(path, message, Class::Success, key, write);
    }

    fn respond(
        &mut self,
        path: FiveTuple,
        message: &Message<'_>,
        class: Class,
        key: Option<&Key>,
        write: impl FnOnce(&mut MessageBuilder<'_>),
    ) {
        let mut out = Vec::new();
        let (method, id) = (message.method(), message.transaction_id());
        let mut builder = MessageBuilder::new(&mut out, class, method, id);
        write(&mut builder);
        let forged = IntegrityKey::short_term("forged");
        match key {
            None => {}
            Some(_) if self.is_forging => {
                builder.message_integrity(&forged);
            }
            Some(Key { key, is_sha256: false }) => {
                builder.message_integrity(key);
            }
            Some(Key { key, is_sha256: true }) => {
                builder.message_integrity_sha256(key);
            }
        }
        builder.finish();
        self.out.push_back((path, out));
    }

    fn lifetime(&self, message: &Message<'_>) -> Duration {
        let asked = message.lifetime().unwrap().unwrap_or_default();
        asked.max(Duration::from_secs(600)).min(self.max_lifetime)
    }

    fn renew_ticket(&mut self, path: FiveTuple) {
        self.counter += 1;
        let ticket = format!("ticket {}", self.counter).into_bytes();
        let at = self.allocations.iter_mut().find(|allocation| allocation.client == path);
        if let Some(old) = at.and_then(|allocation| allocation.ticket.as_mut()) {
            *old = ticket;
        }
    }

    fn of_client(&self, path: FiveTuple) -> Option<&Allocation> {
        self.allocations.iter().find(|allocation| allocation.client == path)
    }

    fn next_id(&mut self, now: Instant) -> TransactionId {
        self.counter += 1;
        let mut id = [0x5e; 12];
        id[..8].copy_from_slice(&self.counter.to_be_bytes());
        id[8..].copy_from_slice(&now.since_epoch().subsec_nanos().to_be_bytes());
        TransactionId(id)
    }
}

/// The key of an answer, and which code is made with it.
struct Key {
    key: IntegrityKey,
    is_sha256: bool,
}

/// SHA-256 and MD5, in this order.
const ALGORITHMS: [u8; 8] = [0, 2, 0, 0, 0, 1, 0, 0];
