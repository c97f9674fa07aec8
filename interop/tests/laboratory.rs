//! The servers and networks that the other tests run in are what they are taken for.

use core::{net::SocketAddr, time::Duration};
use std::{net::UdpSocket, sync::mpsc};

use anyhow::{Context as _, ensure};
use interop::{Coturn, Lab, Namespace, Router};

/// A STUN Binding request, which needs no credentials (RFC 8489).
const REQUEST: [u8; 20] =
    [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

#[test]
fn coturn_answers_while_it_lives() -> anyhow::Result<()> {
    let Some(mut coturn) = Coturn::require(&[])? else { return Ok(()) };
    let url = coturn.stun();
    let address = url.strip_prefix("stun:").context("a stun URL")?;
    // A socket each: one remembers that nobody was there the last time.
    let ask = || {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        socket.connect(address)?;
        socket.send(&REQUEST)?;
        let mut answer = [0; 200];
        let length = socket.recv(&mut answer)?;
        anyhow::Ok(answer[..length].to_vec())
    };
    ensure!(ask()?.starts_with(&[1, 1]), "a success");
    coturn.kill();
    ensure!(ask().is_err(), "killed");
    coturn.start()?;
    ensure!(ask()?.starts_with(&[1, 1]), "a success");
    Ok(())
}

/// What the router does to datagrams, seen by sockets on both of its sides.
#[test]
fn each_router_translates_and_filters_as_its_kind_does() -> anyhow::Result<()> {
    let Some(lab) = Lab::require()? else { return Ok(()) };
    let public = lab.public_network()?;
    public.ip("address add 203.0.113.2/24 dev bridge")?;
    for (number, router) in Router::ALL.into_iter().enumerate() {
        let peer = lab.home(&public, number, router)?;
        let seen = observe(&public, &peer).with_context(|| format!("{router:?}"))?;
        let expected = match router {
            Router::FullCone => Seen { sources: 1, let_in: vec![true, true, true] },
            Router::PortRestricted => Seen { sources: 1, let_in: vec![true, false, false] },
            Router::Symmetric => Seen { sources: 2, let_in: vec![true, false, false] },
            Router::Blocked => Seen { sources: 0, let_in: vec![] },
        };
        ensure!(seen == expected, "{router:?}: {seen:?}");
    }
    Ok(())
}

#[derive(Debug, PartialEq)]
struct Seen {
    /// How many addresses the peer has, as two destinations see it.
    sources: usize,
    /// Whether it hears, on the first of them: who it sent to, another port there, another host.
    let_in: Vec<bool>,
}

fn observe(public: &Namespace, peer: &Namespace) -> anyhow::Result<Seen> {
    const SOON: Option<Duration> = Some(Duration::from_millis(300));
    let (to_public, from_peer) = mpsc::channel();
    let (to_peer, from_public) = mpsc::channel::<Vec<SocketAddr>>();
    let outside = public.spawn(move || {
        let bind = |address: &str| {
            let socket = UdpSocket::bind(address)?;
            socket.set_read_timeout(SOON)?;
            anyhow::Ok(socket)
        };
        let sockets = ["203.0.113.1:0", "203.0.113.1:0", "203.0.113.2:0", "203.0.113.1:0"];
        let sockets = sockets.into_iter().map(bind).collect::<anyhow::Result<Vec<_>>>()?;
        let ends = [&sockets[0], &sockets[3]];
        to_peer.send(ends.iter().map(|end| end.local_addr()).collect::<Result<_, _>>()?)?;
        let mut sources = Vec::new();
        for end in ends {
            sources.extend(end.recv_from(&mut [0; 9]).map(|(_, source)| source));
        }
        if let Some(first) = sources.first() {
            for socket in &sockets[..3] {
                socket.send_to(socket.local_addr()?.to_string().as_bytes(), first)?;
            }
        }
        let asked =
            sockets[..3].iter().map(UdpSocket::local_addr).collect::<Result<Vec<_>, _>>()?;
        sources.sort_unstable();
        sources.dedup();
        to_public.send((sources.len(), asked))?;
        anyhow::Ok(())
    })?;
    let inside = peer.spawn(move || {
        let socket = UdpSocket::bind("192.168.1.10:0")?;
        socket.set_read_timeout(SOON)?;
        for end in from_public.recv()? {
            socket.send_to(b"hello", end)?;
        }
        let (sources, asked) = from_peer.recv()?;
        let mut heard = Vec::new();
        let mut buffer = [0; 100];
        while let Ok((_, source)) = socket.recv_from(&mut buffer) {
            heard.push(source);
        }
        let let_in = match sources {
            0 => vec![],
            _ => asked.iter().map(|address| heard.contains(address)).collect(),
        };
        anyhow::Ok(Seen { sources, let_in })
    })?;
    let panicked = |_| anyhow::anyhow!("a thread panicked");
    outside.join().map_err(panicked)???;
    inside.join().map_err(panicked)??
}
