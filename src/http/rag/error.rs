//! The one table from what went wrong to this dialect's bytes: `{"error": …}`, with `"success": false` where an answer is
//! asked for.

use std::borrow::Cow;

use aggregates::{ingest::IngestRefusal, thread::Refusal};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use warp::{Reply, reply::Response};

use crate::{
    actors::{CommandError, IngestError},
    http::{
        body::BodyError, completion::Fault, guard::Denied, idempotency::KeyError, places::Full,
        quota::Exhausted,
    },
    views::ViewError,
};

/// Policies and projects say nothing of sessions, so that a key which they limit would do more here than it may.
const LIMITED: &str = "This API key is limited to a project or by policies: questions of sessions need one that is not";

/// An answer that is not what was asked for.
#[derive(Debug)]
pub(in crate::http) struct Error {
    status: StatusCode,
    sentence: Cow<'static, str>,
    /// With `"success": false`.
    of_chat: bool,
    /// In seconds.
    retry_after: Option<u64>,
    allow: Option<&'static str>,
}

impl Error {
    pub(super) fn new(status: StatusCode, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            sentence: sentence.into(),
            of_chat: false,
            retry_after: None,
            allow: None,
        }
    }

    /// Something is not as it must be.
    pub(super) fn bad(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, sentence)
    }

    /// A question is not as it must be.
    pub(super) fn unprocessable(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, sentence)
    }

    pub(super) fn not_found(sentence: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, sentence)
    }

    /// The same request was carried out before, and nothing of that is left.
    pub(super) fn gone() -> Self {
        Self::not_found("What this request sent was deleted since")
    }

    pub(super) fn forbidden(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, sentence)
    }

    /// The path takes these methods only.
    pub(super) fn method(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        }
    }

    /// A fault of ours: the log tells more than the answer.
    pub(super) fn broken(fault: impl std::fmt::Display) -> Self {
        tracing::error!(%fault, "a request could not be served");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
    }

    /// Come again in a moment.
    pub(super) fn busy(sentence: &'static str) -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
        }
    }

    /// Come again when something is done.
    pub(super) fn too_many(sentence: &'static str) -> Self {
        Self {
            retry_after: Some(10),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, sentence)
        }
    }

    /// The tokens of some time are used up.
    pub(super) fn no_quota(exhausted: Exhausted) -> Self {
        Self {
            retry_after: Some(exhausted.retry_after),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, exhausted.sentence)
        }
    }

    /// The same where an answer was asked for.
    pub(super) fn of_chat(self) -> Self {
        Self {
            of_chat: self.status != StatusCode::UNAUTHORIZED,
            ..self
        }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Missing | Denied::Invalid => {
                Self::new(StatusCode::UNAUTHORIZED, "Unauthorized Access")
            }
            Denied::Limited => Self::forbidden(LIMITED),
            Denied::TooOften(error) => Self {
                retry_after: Some(error.retry_after),
                ..Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "Too many requests; try again later",
                )
            },
            Denied::Unavailable(error) => error.into(),
        }
    }
}

impl From<Full> for Error {
    fn from(Full: Full) -> Self {
        Self::busy("The server is full; try again in a moment")
    }
}

impl From<ViewError> for Error {
    fn from(error: ViewError) -> Self {
        tracing::warn!(%error, "the views could not be read");
        Self::busy("The server cannot read its database at the moment; try again")
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Request body too large")
            }
            BodyError::Broken => Self::bad("The request body ended early"),
            BodyError::Silent => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "The request body did not come in time",
            ),
        }
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Malformed => {
                Self::bad("Idempotency-Key must be 1 to 255 printable characters")
            }
            KeyError::OtherBody => Self::new(
                StatusCode::CONFLICT,
                "This Idempotency-Key was used with another request body",
            ),
        }
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => Self::new(status(&refusal), sentence(&refusal)),
            CommandError::Overloaded | CommandError::Unavailable => {
                Self::busy("The record cannot be written at the moment; try again")
            }
            CommandError::TooLarge => Self::unprocessable(sentence(&error)),
            CommandError::LongAgo => Self::new(StatusCode::CONFLICT, sentence(&error)),
            CommandError::Fault(fault) => Self::broken(fault),
        }
    }
}

impl From<IngestError> for Error {
    fn from(error: IngestError) -> Self {
        match error {
            IngestError::Refused(refusal) => {
                let status = match refusal {
                    IngestRefusal::Unknown => StatusCode::NOT_FOUND,
                    IngestRefusal::Used => StatusCode::FORBIDDEN,
                    IngestRefusal::Exists => StatusCode::CONFLICT,
                    _ => StatusCode::BAD_REQUEST,
                };
                Self::new(status, sentence(&refusal))
            }
            IngestError::Swept => Self::new(StatusCode::NOT_FOUND, sentence(&error)),
            IngestError::OtherRequest => KeyError::OtherBody.into(),
            IngestError::Unavailable => {
                Self::busy("The record cannot be written at the moment; try again")
            }
            IngestError::Fault(fault) => Self::broken(fault),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        tracing::warn!(?fault, "an answer could not be followed");
        Self::busy("The reply cannot be followed at the moment; try again")
    }
}

fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotOpen => StatusCode::NOT_FOUND,
        Refusal::Hidden => StatusCode::FORBIDDEN,
        Refusal::QueueFull => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::CONFLICT,
    }
}

/// Errors are written in the lower case of Rust; clients read sentences.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => text,
    }
}

impl From<Error> for Response {
    fn from(error: Error) -> Self {
        let body = match error.of_chat {
            true => json!({ "success": false, "error": error.sentence }),
            false => json!({ "error": error.sentence }),
        };
        let body = warp::reply::json(&body);
        let mut response = warp::reply::with_status(body, error.status).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = error.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = error.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}
