//! The HTTP server that a browser's document talks to.

use core::time::Duration;
use std::{io, net::TcpListener, sync::Arc};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    response::Html,
    routing::{get, post},
};
use tokio::time::timeout;

use crate::link::{Command, Link, Message};

/// Serves one browser until the future is dropped.
pub(crate) async fn serve(listener: TcpListener, link: Arc<Link>) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = Router::new()
        .route("/", get(async || Html(include_str!("page.html"))))
        .route("/blank", get(async || Html(BLANK)))
        .route("/commands", get(commands))
        .route("/messages", post(messages))
        // Scripts may return whole recordings.
        .layer(DefaultBodyLimit::disable())
        .with_state(link);
    axum::serve(listener, router).await
}

/// The long poll: answers as soon as there is a command, and with none when it has lasted too long.
async fn commands(State(link): State<Arc<Link>>) -> Json<Vec<Command>> {
    Json(timeout(POLL, link.commands()).await.unwrap_or_default())
}

async fn messages(State(link): State<Arc<Link>>, Json(messages): Json<Vec<Message>>) {
    messages.into_iter().for_each(|message| link.message(message));
}

/// The longest poll, well below every limit of the browsers on a silent request.
const POLL: Duration = Duration::from_secs(20);

const BLANK: &str = "<!doctype html><meta charset=\"utf-8\"><title>test</title><body>";
