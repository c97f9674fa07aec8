//! Two peers over loopback, then a page to talk to.

#![allow(clippy::std_instead_of_alloc, reason = "this program does I/O and lives in std")]

mod addresses;
mod media_echo;
mod output;
mod peer;
mod report;
mod self_check;
mod server;

use core::net::SocketAddr;
use core::time::Duration;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::addresses::Binding;
use crate::server::Limits;

/// WebRTC data channels at work.
///
/// Without a subcommand: connects two peers over loopback, prints when what happened, sends some
/// hundred megabytes from one to the other and checks them; then serves a page that opens data
/// channels with this program and has everything echoed.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    /// Only do the loopback part, and tell by the exit code whether it went well.
    #[arg(long, conflicts_with_all = ["serve_only", "listen"])]
    self_check: bool,

    /// Leave the loopback part out and serve at once.
    #[arg(long)]
    serve_only: bool,

    /// How many megabytes the loopback part sends.
    #[arg(long, value_name = "MB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    megabytes: u32,

    /// Where to serve the page [default: 127.0.0.1:8080, or any free port if that one is taken].
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,

    /// How many sessions there may be at once. Each has a socket for each address, and many systems
    /// give a process no more than 1,024.
    #[arg(long, value_name = "COUNT", default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    max_sessions: u16,

    /// How many seconds a session may take until it is connected.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..))]
    connect_within: u16,

    /// An address for the sockets of the sessions, with or without a port; may be repeated
    /// [default: loopback and the addresses of this machine].
    #[arg(long, value_name = "ADDR")]
    bind: Vec<Binding>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One end of a connection, told what to do by lines of JSON on standard input.
    Peer(peer::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("demo: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    if let Some(Command::Peer(options)) = cli.command {
        return peer::run(options).await;
    }
    if !cli.serve_only {
        self_check::run(u64::from(cli.megabytes) * 1_000_000).await?;
    }
    if cli.self_check {
        return Ok(());
    }
    let limits = Limits {
        sessions: usize::from(cli.max_sessions),
        connect_within: Duration::from_secs(cli.connect_within.into()),
    };
    server::run(cli.listen, &cli.bind, limits).await
}

const AFTER_HELP: &str = "\
The interface behind the page:
  POST   /session     an offer as application/sdp: 201, the answer, Location: /session/ID
  POST   /session     nothing: 201, our offer with a channel `echo`, Location: /session/ID
  PATCH  /session/ID  the answer as application/sdp, or candidates as
                      application/trickle-ice-sdpfrag: 204
  PATCH  /session/ID  a new offer as application/sdp, when no answer is due: 200, the answer
  GET    /session/ID  states and statistics as JSON
  DELETE /session/ID  ends it: 204
Every message comes back on its channel. A session ends by itself when its connection fails or is
closed, and when it has not connected in time.";
