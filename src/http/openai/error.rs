//! The one table from what went wrong to this dialect's bytes: `{"error":{"message","type","param","code"}}`.

use std::borrow::Cow;

use aggregates::thread::Refusal;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use crate::{
    actors::CommandError,
    http::{
        body::BodyError,
        completion::Fault,
        endpoint::Unresolved,
        guard::{Denied, LIMITED},
        idempotency::KeyError,
        places::Full,
        quota::Exhausted,
    },
    views::ViewError,
};

/// What the request is to blame for.
const INVALID: &str = "invalid_request_error";
/// What we are.
const SERVER: &str = "server_error";
/// Bytes of a client's word that are told back.
const LONGEST_WORD: usize = 200;

/// As much of a word of the client's as is told back.
pub(super) fn brief(word: &str) -> &str {
    &word[..word.floor_char_boundary(LONGEST_WORD)]
}

/// An answer that is not what was asked for.
#[derive(Debug)]
pub(in crate::http) struct Error {
    status: StatusCode,
    message: Cow<'static, str>,
    kind: &'static str,
    param: Option<String>,
    code: Option<&'static str>,
    /// Seconds after which to come again.
    retry_after: Option<u64>,
    /// It would be the same again.
    is_final: bool,
}

impl Error {
    fn of(
        status: StatusCode,
        kind: &'static str,
        code: Option<&'static str>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            message: message.into(),
            kind,
            param: None,
            code,
            retry_after: None,
            is_final: false,
        }
    }

    /// A parameter that is not as it must be.
    pub(super) fn param(
        param: impl Into<String>,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            param: Some(param.into()),
            ..Self::of(StatusCode::BAD_REQUEST, INVALID, Some(code), message)
        }
    }

    /// More than the model reads: nobody is asked.
    pub(super) fn too_long() -> Self {
        let message =
            "The message is too long for the model: shorten it, or ask a model that reads more.";
        Self::param("messages", "context_length_exceeded", message)
    }

    /// A parameter that cannot be honoured.
    pub(super) fn unsupported(param: &str, why: &str) -> Self {
        let message = format!("Unsupported parameter: '{param}' {why}.");
        Self::param(param, "unsupported_parameter", message)
    }

    /// The request as a whole.
    pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, INVALID, None, message)
    }

    /// A path that nothing is at.
    pub(super) fn unknown_url() -> Self {
        let message = "Unknown request URL. Please check it for typos.";
        Self::of(StatusCode::NOT_FOUND, INVALID, Some("unknown_url"), message)
    }

    /// A path that takes other methods; `Allow` says which.
    pub(super) fn method() -> Self {
        let (status, code) = (StatusCode::METHOD_NOT_ALLOWED, "method_not_supported");
        let message = "This URL does not take this method.";
        Self::of(status, INVALID, Some(code), message)
    }

    pub(super) fn too_large(message: impl Into<Cow<'static, str>>) -> Self {
        let code = Some("request_too_large");
        Self::of(StatusCode::PAYLOAD_TOO_LARGE, INVALID, code, message)
    }

    pub(super) fn no_model(name: &str) -> Self {
        let name = brief(name);
        let message = format!("The model `{name}` does not exist or you do not have access to it.");
        let code = Some("model_not_found");
        Self {
            param: Some("model".to_owned()),
            ..Self::of(StatusCode::NOT_FOUND, INVALID, code, message)
        }
    }

    pub(super) fn no_thread() -> Self {
        let message = "There is no thread of this id that is yours and was made by this API.";
        let code = Some("thread_not_found");
        Self {
            param: Some("X-Thread".to_owned()),
            ..Self::of(StatusCode::NOT_FOUND, INVALID, code, message)
        }
    }

    pub(super) fn no_quota(exhausted: Exhausted) -> Self {
        let (kind, message) = ("insufficient_quota", exhausted.sentence);
        Self {
            is_final: true,
            retry_after: Some(exhausted.retry_after),
            ..Self::of(StatusCode::TOO_MANY_REQUESTS, kind, Some(kind), message)
        }
    }

    /// A moderator lets this one write nothing.
    pub(super) fn restricted(message: String) -> Self {
        let code = Some("account_restricted");
        Self {
            is_final: true,
            ..Self::of(StatusCode::FORBIDDEN, INVALID, code, message)
        }
    }

    /// A provider failed, after all tries.
    pub(super) fn provider(message: impl Into<Cow<'static, str>>) -> Self {
        let code = Some("provider_error");
        Self {
            is_final: true,
            ..Self::of(StatusCode::BAD_GATEWAY, "api_error", code, message)
        }
    }

    /// Moderation keeps a text from models: nobody was asked.
    pub(super) fn blocked(place: String, sentence: String) -> Self {
        Self::param(place, "content_filter", sentence)
    }

    /// What cannot be told again, however often it is asked for.
    pub(super) fn told_once(message: &'static str) -> Self {
        Self {
            param: Some("Idempotency-Key".to_owned()),
            is_final: true,
            ..Self::conflict(Some("idempotency_key_in_use"), message)
        }
    }

    /// It was broken off, and is so for ever.
    pub(super) fn interrupted(message: &'static str) -> Self {
        let code = Some("interrupted");
        Self {
            is_final: true,
            ..Self::of(StatusCode::BAD_GATEWAY, SERVER, code, message)
        }
    }

    pub(super) fn gone(message: &'static str) -> Self {
        Self::of(StatusCode::NOT_FOUND, INVALID, Some("deleted"), message)
    }

    pub(super) fn busy(message: &'static str) -> Self {
        Self {
            retry_after: Some(1),
            ..Self::of(StatusCode::SERVICE_UNAVAILABLE, SERVER, None, message)
        }
    }

    /// A fault of ours: the log tells more than the answer.
    pub(super) fn broken(fault: impl std::fmt::Display) -> Self {
        tracing::error!(%fault, "a request could not be served");
        Self::of(
            StatusCode::INTERNAL_SERVER_ERROR,
            SERVER,
            None,
            "The server had an error while processing your request.",
        )
    }

    fn conflict(code: Option<&'static str>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::of(StatusCode::CONFLICT, INVALID, code, message)
    }

    /// As it is told, in a body or in a stream.
    pub(super) fn told(&self) -> Value {
        json!({ "error": {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }})
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        let stranger = |message| {
            Self::of(
                StatusCode::UNAUTHORIZED,
                INVALID,
                Some("invalid_api_key"),
                message,
            )
        };
        match denied {
            Denied::Missing => stranger(
                "You didn't provide an API key. Provide one in an Authorization header: \
                 Authorization: Bearer YOUR_KEY.",
            ),
            Denied::Invalid => stranger("Incorrect API key provided."),
            Denied::Limited => Self::of(StatusCode::FORBIDDEN, INVALID, None, LIMITED),
            Denied::TooOften(error) => {
                let code = Some("rate_limit_exceeded");
                let message = format!(
                    "Rate limit reached. Please try again in {}s.",
                    error.retry_after
                );
                Self {
                    retry_after: Some(error.retry_after),
                    ..Self::of(StatusCode::TOO_MANY_REQUESTS, "requests", code, message)
                }
            }
            Denied::Unavailable(error) => error.into(),
        }
    }
}

impl From<Full> for Error {
    fn from(Full: Full) -> Self {
        Self::busy("The server is full; try again in a moment.")
    }
}

impl From<ViewError> for Error {
    fn from(error: ViewError) -> Self {
        tracing::warn!(%error, "the views could not be read");
        Self::busy("The server cannot read its database at the moment; try again.")
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::too_large("The request body is too large."),
            BodyError::Broken => Self::invalid("The request body ended early."),
            BodyError::Silent => Self::of(
                StatusCode::REQUEST_TIMEOUT,
                INVALID,
                None,
                "The request body did not come in time.",
            ),
        }
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Malformed => Self::param(
                "Idempotency-Key",
                "invalid_value",
                "Idempotency-Key must be 1 to 255 printable characters.",
            ),
            KeyError::OtherBody => Self {
                param: Some("Idempotency-Key".to_owned()),
                ..Self::conflict(
                    Some("idempotency_key_in_use"),
                    "This Idempotency-Key was used with another request.",
                )
            },
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Key(error) => error.into(),
            Fault::Command(error) => error.into(),
            Fault::View(error) => error.into(),
            Fault::Gone => Self::gone("What this request made was deleted since."),
            Fault::Lost => Self::busy("The answer cannot be followed at the moment; try again."),
        }
    }
}

impl From<Unresolved> for Error {
    fn from(error: Unresolved) -> Self {
        match error {
            Unresolved::NoChat(id) => Self::no_model(&id),
            Unresolved::NoProvider(_) | Unresolved::Locked(_) => Self::provider(error.to_string()),
            Unresolved::Forbidden => Self::of(
                StatusCode::FORBIDDEN,
                INVALID,
                Some("forbidden"),
                error.to_string(),
            ),
            Unresolved::Unavailable(error) => error.into(),
        }
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(Refusal::NotOpen | Refusal::Hidden) => Self::no_thread(),
            CommandError::Refused(refusal @ Refusal::QueueFull) => Self {
                retry_after: Some(1),
                ..Self::of(
                    StatusCode::TOO_MANY_REQUESTS,
                    "requests",
                    Some("rate_limit_exceeded"),
                    refusal.to_string(),
                )
            },
            CommandError::Refused(refusal) => Self::conflict(None, refusal.to_string()),
            CommandError::Overloaded => Self::busy("The server is busy; try again in a moment."),
            CommandError::Unavailable => {
                Self::busy("The record cannot be written at the moment; try again.")
            }
            CommandError::LongAgo => Self::told_once(
                "This Idempotency-Key was used long ago; ask again with another one.",
            ),
            CommandError::TooLarge => {
                Self::too_large("This is more text than the record takes at once.")
            }
            CommandError::Fault(fault) => Self::broken(fault),
        }
    }
}

impl From<Error> for Response {
    fn from(error: Error) -> Self {
        let body = warp::reply::json(&error.told());
        let mut response = warp::reply::with_status(body, error.status).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = error.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if error.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if error.is_final {
            // OpenAI's own clients heed it; they would ask, and pay, twice more.
            headers.insert("x-should-retry", HeaderValue::from_static("false"));
        }
        response
    }
}
