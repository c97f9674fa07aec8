//! What the driver has been asked to do, and for whom.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::net::SocketAddr;

use rtc_core::FiveTuple;
use rtc_ice::mdns::CandidateName;
use rtc_ice::{Connect, GatherRequest};

use crate::request::{ConnectionId, QueryId, Request};
use crate::rtp::TransportId;

/// The errands that wait to be polled or to be answered.
///
/// Bounded: 64 remote candidates wait for their names, 256 connections to be opened, of which the
/// oldest gives way; the rest by the servers and the names of our own addresses.
#[derive(Debug, Default)]
pub(crate) struct Errands {
    next: u64,
    queries: BTreeMap<QueryId, Query>,
    openings: BTreeMap<ConnectionId, Opening>,
    requests: VecDeque<Request>,
    /// The connections to servers, which are the gatherer's.
    servers: BTreeSet<FiveTuple>,
}

/// Who wants to know the addresses of a host.
#[derive(Debug)]
pub(crate) enum Query {
    /// The gatherer, of a server.
    Server(rtc_ice::QueryId),
    /// Remote candidates that have the name in place of an address.
    Candidates { name: CandidateName, waiting: Vec<NamedCandidate> },
}

/// Who wants a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Opening {
    /// The gatherer, to a server.
    Server { connection: rtc_ice::ConnectionId, remote: SocketAddr },
    /// The agent of a transport.
    Pair { transport: TransportId, connect: Connect },
}

/// A remote candidate with a name in place of an address.
#[derive(Debug)]
pub(crate) struct NamedCandidate {
    pub(crate) transport: TransportId,
    /// The other side's generation that it belongs to.
    pub(crate) ufrag: Box<str>,
    pub(crate) candidate: rtc_sdp::Candidate,
}

impl Errands {
    pub(crate) fn poll(&mut self) -> Option<Request> {
        self.requests.pop_front()
    }

    pub(crate) fn push(&mut self, request: Request) {
        self.requests.push_back(request);
    }

    /// Has the name of a remote candidate resolved, once for all candidates that have it. What is
    /// too much is forgotten.
    pub(crate) fn resolve_candidate(&mut self, name: CandidateName, candidate: NamedCandidate) {
        let waiting = self.queries.values().map(|query| match query {
            Query::Candidates { waiting, .. } => waiting.len(),
            Query::Server(_) => 0,
        });
        if waiting.sum::<usize>() >= MAX_NAMED {
            return;
        }
        for query in self.queries.values_mut() {
            match query {
                Query::Candidates { name: known, waiting } if *known == name => {
                    waiting.push(candidate);
                    return;
                }
                _ => {}
            }
        }
        let query = QueryId(self.draw());
        self.push(Request::Resolve { query, host: alloc::format!("{name}") });
        self.queries.insert(query, Query::Candidates { name, waiting: [candidate].into() });
    }

    /// Passes on an errand of the gatherer's.
    pub(crate) fn pass_on(&mut self, request: GatherRequest) {
        let request = match request {
            GatherRequest::Resolve { query: server, host } => {
                let query = QueryId(self.draw());
                self.queries.insert(query, Query::Server(server));
                Request::Resolve { query, host: host.into() }
            }
            GatherRequest::Connect { connection, local, remote, tls } => {
                let opening = Opening::Server { connection, remote };
                let connection = self.open(opening);
                Request::Connect { connection, local, remote, tls: tls.map(Into::into) }
            }
            GatherRequest::Disconnect(path) => {
                self.servers.remove(&path);
                Request::Disconnect(path)
            }
        };
        self.push(request);
    }

    /// Has a connection opened for the agent of a transport.
    pub(crate) fn connect(&mut self, transport: TransportId, connect: Connect) {
        let Connect { local, remote, .. } = connect;
        let connection = self.open(Opening::Pair { transport, connect });
        self.push(Request::Connect { connection, local: local.ip(), remote, tls: None });
    }

    /// Whose answer this is.
    pub(crate) fn take_query(&mut self, query: QueryId) -> Option<Query> {
        self.queries.remove(&query)
    }

    /// Whose connection this is.
    pub(crate) fn take_opening(&mut self, connection: ConnectionId) -> Option<Opening> {
        self.openings.remove(&connection)
    }

    /// Notes that a connection to a server is open.
    pub(crate) fn note_server(&mut self, path: FiveTuple) {
        self.servers.insert(path);
    }

    /// Notes that a connection to a server has ended.
    pub(crate) fn forget_server(&mut self, path: &FiveTuple) {
        self.servers.remove(path);
    }

    /// Has all connections to servers closed; which there were.
    pub(crate) fn disconnect_servers(&mut self) -> BTreeSet<FiveTuple> {
        let servers = core::mem::take(&mut self.servers);
        for path in &servers {
            self.push(Request::Disconnect(*path));
        }
        servers
    }

    /// Whether a candidate of this transport waits for its name.
    pub(crate) fn has_named(&self, transport: TransportId) -> bool {
        let has = |waiting: &[NamedCandidate]| waiting.iter().any(|one| one.transport == transport);
        self.queries
            .values()
            .any(|query| matches!(query, Query::Candidates { waiting, .. } if has(waiting)))
    }

    fn open(&mut self, opening: Opening) -> ConnectionId {
        if self.openings.len() >= MAX_OPENINGS {
            self.openings.pop_first();
        }
        let connection = ConnectionId(self.draw());
        self.openings.insert(connection, opening);
        connection
    }

    fn draw(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

impl Opening {
    /// The path of the connection, once it is known which local address it has.
    pub(crate) fn path(&self, local: SocketAddr) -> FiveTuple {
        let remote = match *self {
            Self::Server { remote, .. } => remote,
            Self::Pair { connect, .. } => connect.remote,
        };
        FiveTuple { protocol: rtc_core::Protocol::Tcp, local, remote }
    }
}

/// How many remote candidates wait for their names.
const MAX_NAMED: usize = 64;
/// How many connections wait to be opened.
const MAX_OPENINGS: usize = 256;
