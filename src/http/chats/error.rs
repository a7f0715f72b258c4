//! The one table from what went wrong to this dialect's bytes: `{"error": {"code": …, "message": …}}`.

use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use crate::{
    actors::{AccountError, CommandError, ConfigurationError, Ending},
    auth::{password::PasswordError, vault::VaultError},
    http::{
        body::BodyError, completion::Fault, endpoint::Unresolved, follow::Finished, guard::Denied,
        idempotency::KeyError, places::Full, quota::Exhausted, rates::TooOften,
    },
    views::{Freshness, ViewError},
};

/// Words for programs, of what a stream tells in its own way.
const NOT_FOUND: &str = "RESOURCE_NOT_FOUND";
const NO_CHAT: &str = "CHAT_NOT_FOUND";
const NO_PROVIDER: &str = "AI_PROVIDER_NOT_FOUND";
const PROVIDER: &str = "AI_PROVIDER_ERROR";
const INTERRUPTED: &str = "INTERRUPTED";

/// An answer that is not what was asked for.
#[derive(Debug)]
pub(in crate::http) enum Error {
    /// Nobody known: 401, in the words that clients look for.
    Unauthorized,
    /// A login that was wrong: 401.
    InvalidCredentials,
    /// Everything else.
    Told {
        /// The status.
        status: StatusCode,
        /// A word for programs.
        code: &'static str,
        /// A sentence for people.
        message: String,
        /// What else programs may want to know.
        meta: Option<Value>,
    },
    /// A policy that is none, with everything that is wrong with it: 400.
    BadPolicy(Vec<String>),
    /// The path does not take this method; what it takes: 405.
    Method(&'static str),
    /// Come again after so many seconds: 429.
    TooOften(u64),
    /// The tokens of some time are used up: 429.
    UsedUp(Exhausted),
    /// Come again in a moment: 503.
    Busy,
}

impl Error {
    fn told(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::Told {
            status,
            code,
            message: message.into(),
            meta: None,
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::told(StatusCode::BAD_REQUEST, "VALIDATION_FAILED", message)
    }

    pub(super) fn forbidden() -> Self {
        Self::told(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "You are not allowed to do this.",
        )
    }

    /// A moderator lets this one write nothing.
    pub(super) fn restricted(message: String) -> Self {
        Self::told(StatusCode::FORBIDDEN, "FORBIDDEN", message)
    }

    /// A page of another origin, which the operator has not listed.
    pub(in crate::http) fn foreign_page() -> Self {
        Self::told(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "Pages of this origin may not ask here: the operator has to list it in `cors.origins`.",
        )
    }

    /// As `Chat 'cht_x' not found.`
    pub(super) fn not_found(what: &str, id: &str) -> Self {
        let id: String = id.chars().take(100).collect();
        let message = format!("{what} '{id}' not found.");
        Self::told(StatusCode::NOT_FOUND, NOT_FOUND, message)
    }

    /// A provider that a body names and nobody has.
    pub(super) fn no_provider(status: StatusCode, id: &str) -> Self {
        let id: String = id.chars().take(100).collect();
        let message = format!("AI provider '{id}' not found.");
        Self::told(status, NO_PROVIDER, message)
    }

    /// A chat that is to answer and that nobody has.
    fn no_chat(id: &str) -> Self {
        let id: String = id.chars().take(100).collect();
        let message = format!("Chat '{id}' not found.");
        Self::told(StatusCode::BAD_REQUEST, NO_CHAT, message)
    }

    /// What a request made and what is gone since.
    pub(super) fn gone() -> Self {
        let message = "What this request made was deleted since.";
        Self::told(StatusCode::NOT_FOUND, NOT_FOUND, message)
    }

    /// What a request made is not to be seen in views that are like this.
    pub(super) fn unseen(seen: Freshness) -> Self {
        match seen {
            Freshness::Fresh => Self::gone(),
            Freshness::Stale => Self::Busy,
        }
    }

    /// More than is taken.
    pub(super) fn too_large(message: &str) -> Self {
        Self::told(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    }

    /// A provider failed, after all tries; with the status that it answered with.
    pub(super) fn provider(status: Option<u16>, message: impl Into<String>) -> Self {
        Self::Told {
            status: StatusCode::BAD_GATEWAY,
            code: PROVIDER,
            message: message.into(),
            meta: status.map(|status| json!({ "status": status })),
        }
    }

    /// An answer that broke off, and is so for ever.
    pub(super) fn interrupted(message: &str) -> Self {
        Self::told(StatusCode::BAD_GATEWAY, INTERRUPTED, message)
    }

    /// An answer that is not: as it is recorded.
    pub(super) fn ended(finished: &Finished) -> Result<(), Self> {
        Err(match finished.ending {
            Ending::Completed => return Ok(()),
            Ending::Failed => {
                let told = finished.error.as_deref().unwrap_or("The provider failed.");
                Self::provider(finished.status, in_their_words(finished.status, told))
            }
            Ending::Stopped => Self::interrupted("The answer was stopped."),
            Ending::Interrupted => {
                Self::interrupted("The server stopped in the middle of the answer.")
            }
            Ending::Dropped | Ending::Elsewhere => Self::gone(),
        })
    }

    /// Its sentence, where it is told in a stream that could have been one.
    pub(super) fn in_stream(&self) -> Option<&str> {
        match self {
            Self::Told { code, message, .. }
                if [NO_PROVIDER, NO_CHAT, NOT_FOUND, PROVIDER, INTERRUPTED].contains(code) =>
            {
                Some(message)
            }
            _ => None,
        }
    }

    pub(super) fn conflict(
        code: &'static str,
        message: impl Into<String>,
        meta: Option<Value>,
    ) -> Self {
        Self::Told {
            status: StatusCode::CONFLICT,
            code,
            message: message.into(),
            meta,
        }
    }

    /// A fault of ours: the log tells more than the answer.
    pub(super) fn broken(fault: impl std::fmt::Display) -> Self {
        tracing::error!(%fault, "a request could not be served");
        Self::told(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_ERROR",
            "The server has failed.",
        )
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Missing | Denied::Invalid => Self::Unauthorized,
            Denied::Limited => Self::forbidden(),
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
        Self::Busy
    }
}

impl From<ViewError> for Error {
    fn from(error: ViewError) -> Self {
        tracing::warn!(%error, "the views could not be read");
        Self::Busy
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::too_large("A request body has at most 1 MiB."),
            BodyError::Broken => Self::invalid("The request body ended early."),
            BodyError::Silent => Self::told(
                StatusCode::REQUEST_TIMEOUT,
                "REQUEST_TIMEOUT",
                "The request body did not come in time.",
            ),
        }
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Malformed => {
                Self::invalid("Idempotency-Key must be 1 to 255 printable characters.")
            }
            KeyError::OtherBody => Self::conflict(
                "IDEMPOTENCY_CONFLICT",
                "This Idempotency-Key was used with another request body.",
                None,
            ),
        }
    }
}

impl From<Unresolved> for Error {
    fn from(error: Unresolved) -> Self {
        match error {
            Unresolved::NoChat(id) => Self::no_chat(&id),
            Unresolved::NoProvider(id) => Self::no_provider(StatusCode::NOT_FOUND, &id),
            Unresolved::Forbidden => Self::forbidden(),
            Unresolved::Locked(_) => Self::provider(None, error.to_string()),
            Unresolved::Unavailable(error) => error.into(),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Key(error) => error.into(),
            Fault::Command(error) => error.into(),
            Fault::View(error) => error.into(),
            Fault::Gone => Self::gone(),
            Fault::Lost => Self::Busy,
        }
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Overloaded | CommandError::Unavailable => Self::Busy,
            CommandError::Refused(refusal) => Self::broken(refusal),
            CommandError::TooLarge => Self::too_large(&sentence(&error)),
            CommandError::LongAgo => Self::conflict("IDEMPOTENCY_CONFLICT", sentence(&error), None),
            CommandError::Fault(fault) => Self::broken(fault),
        }
    }
}

impl From<ConfigurationError> for Error {
    fn from(error: ConfigurationError) -> Self {
        match error {
            ConfigurationError::Unavailable(reason) => {
                tracing::warn!(reason, "the record could not be written");
                Self::Busy
            }
            ConfigurationError::OtherRequest => KeyError::OtherBody.into(),
            error => Self::broken(error),
        }
    }
}

impl From<AccountError> for Error {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::NameTaken => {
                Self::conflict("NAME_CONFLICT", "Username already exists", None)
            }
            AccountError::OtherRequest => KeyError::OtherBody.into(),
            AccountError::Claimed => Self::conflict("CONFLICT", "Users already exist", None),
            AccountError::LastAdmin => {
                Self::conflict("CONFLICT", format!("{}.", sentence(&error)), None)
            }
            AccountError::Unavailable(reason) => {
                tracing::warn!(reason, "an account could not be changed");
                Self::Busy
            }
            AccountError::Overtaken => Self::Busy,
            error => Self::invalid(sentence(&error)),
        }
    }
}

impl From<PasswordError> for Error {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Unusable | PasswordError::Short => Self::invalid(sentence(&error)),
            PasswordError::Busy | PasswordError::Ending => Self::Busy,
            PasswordError::Broken(_) | PasswordError::BadHash(_) => Self::broken(error),
        }
    }
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        Self::broken(error)
    }
}

impl From<Error> for Response {
    fn from(error: Error) -> Self {
        let mut retry_after = None;
        let mut allow = None;
        let envelope =
            |code: &str, message: &str| json!({ "error": { "code": code, "message": message } });
        let (status, body) = match error {
            Error::Unauthorized => (StatusCode::UNAUTHORIZED, json!({ "error": "Unauthorized" })),
            Error::InvalidCredentials => (
                StatusCode::UNAUTHORIZED,
                json!({ "error": "Invalid credentials" }),
            ),
            Error::Told {
                status,
                code,
                message,
                meta,
            } => {
                let mut body = envelope(code, &message);
                if let Some(meta) = meta {
                    body["error"]["meta"] = meta;
                }
                (status, body)
            }
            Error::BadPolicy(details) => {
                let mut body = envelope("VALIDATION_FAILED", "Invalid policy document");
                body["details"] = json!(details);
                (StatusCode::BAD_REQUEST, body)
            }
            Error::Method(methods) => {
                allow = Some(methods);
                (
                    StatusCode::METHOD_NOT_ALLOWED,
                    envelope("METHOD_NOT_ALLOWED", "This path does not take this method."),
                )
            }
            Error::TooOften(seconds) => {
                retry_after = Some(seconds);
                (
                    StatusCode::TOO_MANY_REQUESTS,
                    envelope("RATE_LIMITED", "Too many requests; try again later."),
                )
            }
            Error::UsedUp(exhausted) => {
                retry_after = Some(exhausted.retry_after);
                (
                    StatusCode::TOO_MANY_REQUESTS,
                    envelope("RATE_LIMITED", exhausted.sentence),
                )
            }
            Error::Busy => {
                retry_after = Some(1);
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    envelope(
                        "UNAVAILABLE",
                        "The server cannot do this at the moment; try again.",
                    ),
                )
            }
        };
        let reply = warp::reply::with_status(warp::reply::json(&body), status);
        let mut response = reply.into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(methods) = allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(methods));
        }
        response
    }
}

/// A provider's failure as this API's clients know it: `Provider returned 404: …`
fn in_their_words(status: Option<u16>, told: &str) -> String {
    let Some(status) = status else {
        return told.to_owned();
    };
    match told.split_once(": ") {
        Some((_, words)) => format!("Provider returned {status}: {words}"),
        None => format!("Provider returned {status}"),
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
