//! What is refused before anybody looks at it: requests that other web pages make browsers send.
//!
//! A page elsewhere can send requests here (they carry its `Origin`), and by DNS rebinding it can
//! even make the browser believe that they stay on its own site (they carry its name as `Host`).
//! So `Host` must be an address or `localhost`, which nobody else's name server can answer for,
//! and `Origin`, where there is one, must be this server.

use core::net::IpAddr;
use core::time::Duration;

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Lets through what is meant for us, with headers that keep a browser from looking elsewhere.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let mut response = match check(request.headers()) {
        Ok(()) => match tokio::time::timeout(LONGEST_REQUEST, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Problem::new(StatusCode::REQUEST_TIMEOUT, "the request took too long")
                .into_response(),
        },
        Err(problem) => problem.into_response(),
    };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn check(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    if !is_ours(host) {
        let detail = "the Host header must be an IP address or localhost";
        return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, detail));
    }
    if headers.contains_key(header::ORIGIN) {
        let origin = text(header::ORIGIN).unwrap_or_default();
        let same = ["http://", "https://"].into_iter().any(|scheme| {
            origin.strip_prefix(scheme).is_some_and(|rest| rest.eq_ignore_ascii_case(host))
        });
        if !same {
            let detail = "only pages of this server may ask";
            return Err(Problem::new(StatusCode::FORBIDDEN, detail));
        }
    }
    Ok(())
}

fn is_ours(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    !host.contains('@')
        && (name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok())
}

/// How long a request may take, its body included.
const LONGEST_REQUEST: Duration = Duration::from_secs(20);

/// Everything that the page needs comes from here.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; media-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        check(&headers).is_ok()
    }

    #[test]
    fn addresses_and_localhost_are_ours() {
        for host in ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "192.0.2.1"] {
            assert!(verdict(host, None), "{host}");
        }
    }

    #[test]
    fn names_that_somebody_else_answers_for_are_refused() {
        for host in
            ["attacker.example:8080", "127.0.0.1.attacker.example", "a@127.0.0.1", "", "[::1"]
        {
            assert!(!verdict(host, None), "{host}");
        }
        assert!(check(&HeaderMap::new()).is_err());
    }

    #[test]
    fn only_our_own_pages_may_ask() {
        assert!(verdict("127.0.0.1:8080", Some("http://127.0.0.1:8080")));
        assert!(verdict("localhost:8080", Some("http://localhost:8080")));
        for origin in
            ["http://attacker.example", "null", "http://127.0.0.1:9090", "127.0.0.1:8080", ""]
        {
            assert!(!verdict("127.0.0.1:8080", Some(origin)), "{origin}");
        }
    }
}
