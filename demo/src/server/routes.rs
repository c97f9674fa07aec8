//! Which request does what.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use rtc_sdp::TrickleFragment;

use super::guard::guard;
use super::problem::Problem;
use super::session::{Session, Sessions};

/// All that is served.
pub(super) fn router(sessions: Arc<Sessions>) -> Router {
    ASSETS
        .iter()
        .fold(Router::new(), |router, &(path, media_type, text)| {
            router.route(path, asset(media_type, text))
        })
        .route("/session", post(open))
        .route("/session/{id}", get(show).patch(change).delete(close))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn(guard))
        .with_state(sessions)
}

/// A session begins: with the caller's offer, or with ours if the body is empty.
async fn open(
    State(sessions): State<Arc<Sessions>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = text(body)?;
    let (session, description) = if body.is_empty() {
        sessions.offer().await?
    } else {
        expect(&headers, &[SDP], ACCEPT_POST)?;
        sessions.answer(body).await?
    };
    let location = format!("/session/{}", session.id());
    let headers = [(header::CONTENT_TYPE, SDP.to_owned()), (header::LOCATION, location)];
    Ok((StatusCode::CREATED, headers, description).into_response())
}

async fn show(
    State(sessions): State<Arc<Sessions>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let report = find(&sessions, id)?.report().await;
    Ok(([(header::CONTENT_TYPE, "application/json")], report.to_string()).into_response())
}

/// The caller's answer to our offer, or, once that is settled, a new offer of its own, or more of its
/// candidates.
async fn change(
    State(sessions): State<Arc<Sessions>>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let session = find(&sessions, id)?;
    let body = text(body)?;
    if expect(&headers, &[SDP, FRAGMENT], ACCEPT_PATCH)? == FRAGMENT {
        session.add_candidates(&TrickleFragment::parse(&body)?).await?;
    } else if let Some(answer) = session.describe(body).await? {
        return Ok(([(header::CONTENT_TYPE, SDP)], answer).into_response());
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn close(
    State(sessions): State<Arc<Sessions>>,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let session = find(&sessions, id)?;
    session.dismiss();
    sessions.forget(session.id());
    Ok(StatusCode::NO_CONTENT)
}

async fn nothing_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address")
}

async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address has other methods")
}

fn asset(media_type: &'static str, text: &'static str) -> MethodRouter<Arc<Sessions>> {
    get(([(header::CONTENT_TYPE, media_type)], text))
}

fn find(
    sessions: &Sessions,
    id: Result<Path<String>, PathRejection>,
) -> Result<Arc<Session>, Problem> {
    let unknown = || Problem::new(StatusCode::NOT_FOUND, "there is no such session (any more)");
    id.ok().and_then(|Path(id)| sessions.find(&id)).ok_or_else(unknown)
}

fn text(body: Result<Bytes, BytesRejection>) -> Result<String, Problem> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is larger than {LARGEST_BODY} bytes"),
        ),
        status => Problem::new(status, rejection.body_text()),
    })?;
    String::from_utf8(body.into())
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body is not UTF-8"))
}

/// Which of these media types the body has.
fn expect(
    headers: &HeaderMap,
    types: &[&'static str],
    accept: (HeaderName, &'static str),
) -> Result<&'static str, Problem> {
    let stated = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = stated.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    types.iter().copied().find(|media_type| essence.eq_ignore_ascii_case(media_type)).ok_or_else(
        || {
            let detail = format!("the body must be {}", types.join(" or "));
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).with_header(accept.0, accept.1)
        },
    )
}

/// The page, part by part.
const ASSETS: [(&str, &str, &str); 16] = [
    ("/", "text/html; charset=utf-8", include_str!("../page/index.html")),
    ("/style.css", "text/css; charset=utf-8", include_str!("../page/style.css")),
    ("/icon.svg", "image/svg+xml", include_str!("../page/icon.svg")),
    ("/app.js", SCRIPT, include_str!("../page/app.js")),
    ("/chat.js", SCRIPT, include_str!("../page/chat.js")),
    ("/connection.js", SCRIPT, include_str!("../page/connection.js")),
    ("/figures.js", SCRIPT, include_str!("../page/figures.js")),
    ("/file.js", SCRIPT, include_str!("../page/file.js")),
    ("/format.js", SCRIPT, include_str!("../page/format.js")),
    ("/level.js", SCRIPT, include_str!("../page/level.js")),
    ("/media.js", SCRIPT, include_str!("../page/media.js")),
    ("/plot.js", SCRIPT, include_str!("../page/plot.js")),
    ("/signaling.js", SCRIPT, include_str!("../page/signaling.js")),
    ("/sources.js", SCRIPT, include_str!("../page/sources.js")),
    ("/throughput.js", SCRIPT, include_str!("../page/throughput.js")),
    ("/tone.js", SCRIPT, include_str!("../page/tone.js")),
];
const SCRIPT: &str = "text/javascript; charset=utf-8";

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";
const ACCEPT_POST: (HeaderName, &str) = (HeaderName::from_static("accept-post"), SDP);
const ACCEPT_PATCH: (HeaderName, &str) =
    (HeaderName::from_static("accept-patch"), "application/sdp, application/trickle-ice-sdpfrag");

/// The largest body, in bytes.
const LARGEST_BODY: usize = 1024 * 1024;
