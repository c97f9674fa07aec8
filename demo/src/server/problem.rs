//! Why a request was refused, as a program can read it (RFC 9457).

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rtc_peer::{AddIceCandidateError, DescriptionError};
use rtc_sdp::{ParseError, ParseErrorKind};
use serde_json::json;

/// A refusal: `application/problem+json` with a status and a reason.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    /// The line of the body that is to blame, counted from 1.
    line: Option<u32>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), line: None, header: None }
    }

    pub(super) fn with_header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, HeaderValue::from_static(value)));
        self
    }
}

impl From<ParseError> for Problem {
    fn from(error: ParseError) -> Self {
        let status = match error.kind {
            ParseErrorKind::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        Self { line: Some(error.line), ..Self::new(status, error.to_string()) }
    }
}

impl From<DescriptionError> for Problem {
    fn from(error: DescriptionError) -> Self {
        let status = match error {
            DescriptionError::Syntax(error) => return error.into(),
            DescriptionError::Closed
            | DescriptionError::WrongState(_)
            | DescriptionError::NotLastCreated => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.to_string())
    }
}

impl From<AddIceCandidateError> for Problem {
    fn from(error: AddIceCandidateError) -> Self {
        let status = match error {
            AddIceCandidateError::Closed
            | AddIceCandidateError::NoRemoteDescription
            | AddIceCandidateError::UnknownUfrag => StatusCode::CONFLICT,
            AddIceCandidateError::Syntax | AddIceCandidateError::NoSection => {
                StatusCode::BAD_REQUEST
            }
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // RFC 9457 section 4.2.1: with "about:blank" the title is that of the status.
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(line) = self.line {
            body["line"] = line.into();
        }
        let media_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (self.status, media_type, body.to_string()).into_response();
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
