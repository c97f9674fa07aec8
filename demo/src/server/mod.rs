//! The page, and the HTTP interface behind it.

mod guard;
mod problem;
mod routes;
mod session;

use core::net::{Ipv4Addr, SocketAddr};
use std::io;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;

pub(crate) use self::session::Limits;
use self::session::Sessions;
use crate::addresses::{self, Binding};
use crate::output::say;

/// Serves until Ctrl-C.
pub(crate) async fn run(
    listen: Option<SocketAddr>,
    bind: &[Binding],
    limits: Limits,
) -> anyhow::Result<()> {
    let listener = bind_listener(listen).await?;
    let address = listener.local_addr().context("no address to serve on")?;
    say(format_args!("Open http://{address}/ in a browser; Ctrl-C ends."));

    let sessions = Arc::new(Sessions::new(addresses::to_bind(bind), limits));
    axum::serve(listener, routes::router(Arc::clone(&sessions)))
        .with_graceful_shutdown(async {
            // Where there is no Ctrl-C to wait for, the process is ended in some other way.
            if tokio::signal::ctrl_c().await.is_err() {
                core::future::pending::<()>().await;
            }
        })
        .await
        .context("the server stopped")?;
    sessions.close_all().await;
    Ok(())
}

/// An address that was asked for must be had; the usual one may be taken by somebody else.
async fn bind_listener(listen: Option<SocketAddr>) -> anyhow::Result<TcpListener> {
    let address = listen.unwrap_or(USUAL);
    match TcpListener::bind(address).await {
        Err(error) if listen.is_none() && error.kind() == io::ErrorKind::AddrInUse => {
            say(format_args!("{address} is taken; any free port will do."));
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("no port to serve on")
        }
        other => other.with_context(|| format!("cannot serve on {address}")),
    }
}

const USUAL: SocketAddr = SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
