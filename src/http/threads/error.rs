//! The one table from what went wrong to this dialect's bytes: `{"detail": …}`, `{"field": ["…"]}`, or a bare list.

use std::borrow::Cow;

use aggregates::thread::Refusal;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;
use warp::{Reply, reply::Response};

use super::reply::Fields;
use crate::{
    actors::CommandError,
    http::{
        body::BodyError,
        guard::{Denied, LIMITED},
        idempotency::KeyError,
        places::Full,
        rates::TooOften,
    },
    views::ViewError,
};

/// An answer that is not what was asked for.
#[derive(Debug)]
pub(in crate::http) enum Error {
    /// A status and a sentence.
    Detail(StatusCode, Cow<'static, str>),
    /// Nobody known: 401.
    Stranger(&'static str),
    /// Fields that are not as they must be, each with its sentences: 400.
    Invalid(Vec<(&'static str, String)>),
    /// A sentence about no field: 400.
    Bare(&'static str),
    /// This path takes other methods: 405.
    Method(Method, &'static str),
    /// Come again in so many seconds: 429.
    TooOften(u64),
    /// Come again in a moment: 503.
    Busy(Cow<'static, str>),
}

impl Error {
    pub(in crate::http) fn detail(
        status: StatusCode,
        sentence: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Detail(status, sentence.into())
    }

    pub(in crate::http) fn not_found(sentence: &'static str) -> Self {
        Self::detail(StatusCode::NOT_FOUND, sentence)
    }

    pub(super) fn no_thread() -> Self {
        Self::not_found("No ThreadSession matches the given query.")
    }

    pub(super) fn no_session() -> Self {
        Self::not_found("No ChatSession matches the given query.")
    }

    /// The sentence, when it says that what was written has nowhere to go: its thread or message is not there, or is
    /// another one by now.
    pub(super) fn of_target(&self) -> Option<&str> {
        match self {
            Self::Detail(StatusCode::NOT_FOUND, sentence) => Some(sentence),
            Self::Bare(sentence) => Some(sentence),
            _ => None,
        }
    }

    pub(in crate::http) fn field(name: &'static str, sentence: impl Into<String>) -> Self {
        Self::Invalid(vec![(name, sentence.into())])
    }

    /// A fault of ours: the log tells more than the answer.
    pub(in crate::http) fn broken(fault: impl std::fmt::Display) -> Self {
        tracing::error!(%fault, "a request could not be served");
        Self::detail(
            StatusCode::INTERNAL_SERVER_ERROR,
            "A server error occurred.",
        )
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Missing => Self::Stranger("Authentication credentials were not provided."),
            Denied::Invalid => Self::Stranger("Invalid token."),
            Denied::Limited => Self::detail(StatusCode::FORBIDDEN, LIMITED),
            Denied::TooOften(error) => error.into(),
            Denied::Unavailable(error) => error.into(),
        }
    }
}

impl From<TooOften> for Error {
    fn from(error: TooOften) -> Self {
        Self::TooOften(error.retry_after)
    }
}

impl From<Full> for Error {
    fn from(Full: Full) -> Self {
        Self::Busy("The server is full; try again in a moment.".into())
    }
}

impl From<ViewError> for Error {
    fn from(error: ViewError) -> Self {
        tracing::warn!(%error, "the views could not be read");
        Self::Busy("The server cannot read its database at the moment; try again.".into())
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => {
                Self::detail(StatusCode::PAYLOAD_TOO_LARGE, "Request body too large.")
            }
            BodyError::Broken => {
                Self::detail(StatusCode::BAD_REQUEST, "The request body ended early.")
            }
            BodyError::Silent => Self::detail(
                StatusCode::REQUEST_TIMEOUT,
                "The request body did not come in time.",
            ),
        }
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Malformed => Self::detail(
                StatusCode::BAD_REQUEST,
                "Idempotency-Key must be 1 to 255 printable characters.",
            ),
            KeyError::OtherBody => Self::detail(
                StatusCode::CONFLICT,
                "This Idempotency-Key was used with another request body.",
            ),
        }
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => refusal.into(),
            CommandError::Overloaded | CommandError::Unavailable => {
                Self::Busy(sentence(&error).into())
            }
            // Nothing of this dialect is made under such a name.
            CommandError::TooLarge | CommandError::LongAgo => Self::broken(error),
            CommandError::Fault(fault) => Self::broken(fault),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotOpen | Refusal::Hidden => Self::no_thread(),
            Refusal::Archived => Self::detail(StatusCode::CONFLICT, "Thread is archived."),
            Refusal::NotTheLastUserMessage => Self::Bare("Can only edit the last user message."),
            Refusal::QueueFull => Self::detail(StatusCode::TOO_MANY_REQUESTS, sentence(&refusal)),
            Refusal::BadName => {
                Self::field("name", "Ensure this field has no more than 150 characters.")
            }
            _ => Self::detail(StatusCode::CONFLICT, sentence(&refusal)),
        }
    }
}

impl From<Error> for Response {
    fn from(error: Error) -> Self {
        let (status, body) = match &error {
            Error::Detail(status, sentence) => (*status, json!({ "detail": sentence })),
            Error::Stranger(sentence) => (StatusCode::UNAUTHORIZED, json!({ "detail": sentence })),
            Error::Bare(sentence) => (StatusCode::BAD_REQUEST, json!([sentence])),
            Error::Method(method, _) => {
                let sentence = format!("Method \"{method}\" not allowed.");
                (
                    StatusCode::METHOD_NOT_ALLOWED,
                    json!({ "detail": sentence }),
                )
            }
            Error::TooOften(seconds) => {
                let sentence =
                    format!("Request was throttled. Expected available in {seconds} seconds.");
                let body = json!({ "detail": sentence });
                (StatusCode::TOO_MANY_REQUESTS, body)
            }
            Error::Busy(sentence) => (
                StatusCode::SERVICE_UNAVAILABLE,
                json!({ "detail": sentence }),
            ),
            Error::Invalid(faults) => {
                let faults = faults
                    .iter()
                    .map(|(name, sentence)| (*name, json!([sentence])))
                    .collect();
                let body = warp::reply::json(&Fields(faults));
                return warp::reply::with_status(body, StatusCode::BAD_REQUEST).into_response();
            }
        };
        let mut response =
            warp::reply::with_status(warp::reply::json(&body), status).into_response();
        let headers = response.headers_mut();
        match error {
            Error::Stranger(_) => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
            }
            Error::Method(_, allowed) => {
                headers.insert(header::ALLOW, HeaderValue::from_static(allowed));
            }
            Error::TooOften(seconds) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Error::Busy(_) | Error::Detail(StatusCode::TOO_MANY_REQUESTS, _) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}

/// Errors are written in the lower case of Rust; clients read sentences.
fn sentence(error: &impl ToString) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first
            .to_uppercase()
            .chain(characters)
            .chain(['.'])
            .collect(),
        None => text,
    }
}
