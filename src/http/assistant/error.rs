//! The one table from what went wrong to this dialect's bytes: `{"detail": …}`.

use std::borrow::Cow;

use aggregates::thread::Refusal;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use warp::{Reply, reply::Response};

use crate::{
    actors::{AccountError, CommandError},
    auth::password::PasswordError,
    http::{
        body::BodyError,
        guard::{Denied, LIMITED},
        idempotency::KeyError,
        places::Full,
        quota::Exhausted,
        rates::TooOften,
    },
    views::ViewError,
};

/// An answer that is not what was asked for.
#[derive(Debug)]
pub(in crate::http) enum Error {
    /// A status and a sentence.
    Plain(StatusCode, Cow<'static, str>),
    /// What the rules of a conversation say no to.
    Refused(Refusal),
    /// Fields that are not as they must be: 422.
    Invalid(Vec<Value>),
    /// Come again after so many seconds: 429.
    TooOften(u64),
    /// The tokens of some time are used up: 429.
    UsedUp(Exhausted),
    /// Come again in a moment: 503.
    Busy(Cow<'static, str>),
}

impl Error {
    pub(super) fn forbidden() -> Self {
        Self::Plain(
            StatusCode::FORBIDDEN,
            "Conversation does not belong to this user".into(),
        )
    }

    pub(super) fn not_found(sentence: &'static str) -> Self {
        Self::Plain(StatusCode::NOT_FOUND, sentence.into())
    }

    /// A fault of ours: the log tells more than the answer.
    pub(super) fn broken(fault: impl std::fmt::Display) -> Self {
        tracing::error!(%fault, "a request could not be served");
        Self::Plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal Server Error".into(),
        )
    }

    /// One faulty field; `kind` and `message` are what this API's clients know.
    pub(super) fn field(kind: &str, place: &[&str], message: &str, input: Value) -> Self {
        Self::Invalid(vec![
            json!({ "type": kind, "loc": place, "msg": message, "input": input }),
        ])
    }

    /// The same without what was sent: it may be a password.
    pub(super) fn without_input(mut self) -> Self {
        if let Self::Invalid(faults) = &mut self {
            for fault in faults {
                fault["input"] = Value::Null;
            }
        }
        self
    }
}

/// A client that gets a 401 throws its token away, and somebody who mistypes would be logged out.
pub(super) fn wrong_password() -> Error {
    Error::Plain(
        StatusCode::BAD_REQUEST,
        "Current password is incorrect".into(),
    )
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Missing => {
                Self::Plain(StatusCode::UNAUTHORIZED, "Authentication required".into())
            }
            Denied::Invalid => {
                Self::Plain(StatusCode::UNAUTHORIZED, "Invalid or expired token".into())
            }
            Denied::Limited => Self::Plain(StatusCode::FORBIDDEN, LIMITED.into()),
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
        Self::Busy("The server is full; try again in a moment".into())
    }
}

impl From<ViewError> for Error {
    fn from(error: ViewError) -> Self {
        tracing::warn!(%error, "the views could not be read");
        Self::Busy("The server cannot read its database at the moment; try again".into())
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::Plain(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Request body too large".into(),
            ),
            BodyError::Broken => Self::Plain(
                StatusCode::BAD_REQUEST,
                "The request body ended early".into(),
            ),
            BodyError::Silent => Self::Plain(
                StatusCode::REQUEST_TIMEOUT,
                "The request body did not come in time".into(),
            ),
        }
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Malformed => Self::Plain(
                StatusCode::BAD_REQUEST,
                "Idempotency-Key must be 1 to 255 printable characters".into(),
            ),
            KeyError::OtherBody => Self::Plain(
                StatusCode::CONFLICT,
                "This Idempotency-Key was used with another request body".into(),
            ),
        }
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refusal) => Self::Refused(refusal),
            CommandError::Overloaded | CommandError::Unavailable => {
                Self::Busy(sentence(&error).into())
            }
            // Nothing of this dialect is made under such a name.
            CommandError::TooLarge | CommandError::LongAgo => Self::broken(error),
            CommandError::Fault(fault) => Self::broken(fault),
        }
    }
}

impl From<AccountError> for Error {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::NameTaken => {
                Self::Plain(StatusCode::CONFLICT, "Username already exists".into())
            }
            AccountError::LastAdmin => Self::Plain(StatusCode::CONFLICT, sentence(&error).into()),
            AccountError::Gone => Self::not_found("User not found"),
            AccountError::OtherPassword => wrong_password(),
            AccountError::UnknownUser(_)
            | AccountError::OtherRequest
            | AccountError::Claimed
            | AccountError::Refused(_) => {
                Self::Plain(StatusCode::BAD_REQUEST, sentence(&error).into())
            }
            AccountError::Overtaken | AccountError::Unavailable(_) => {
                tracing::warn!(%error, "an account could not be changed");
                Self::Busy("The record cannot be written at the moment; try again".into())
            }
        }
    }
}

impl From<PasswordError> for Error {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Unusable | PasswordError::Short => {
                Self::Plain(StatusCode::BAD_REQUEST, sentence(&error).into())
            }
            PasswordError::Busy | PasswordError::Ending => Self::Busy(sentence(&error).into()),
            PasswordError::Broken(_) | PasswordError::BadHash(_) => Self::broken(error),
        }
    }
}

/// The status of a refusal.
fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotOpen => StatusCode::NOT_FOUND,
        Refusal::Hidden => StatusCode::FORBIDDEN,
        Refusal::QueueFull => StatusCode::TOO_MANY_REQUESTS,
        Refusal::BadName | Refusal::BadCut => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    }
}

impl From<Error> for Response {
    fn from(error: Error) -> Self {
        let (status, detail, retry_after) = match error {
            Error::TooOften(seconds) => (
                StatusCode::TOO_MANY_REQUESTS,
                json!("Too many requests; try again later"),
                Some(seconds),
            ),
            Error::UsedUp(exhausted) => (
                StatusCode::TOO_MANY_REQUESTS,
                json!(exhausted.sentence),
                Some(exhausted.retry_after),
            ),
            Error::Plain(status, sentence) => (status, json!(sentence), None),
            Error::Refused(refusal) => {
                let status = status(&refusal);
                let again = (status == StatusCode::TOO_MANY_REQUESTS).then_some(1);
                (status, json!(sentence(&refusal)), again)
            }
            Error::Invalid(fields) => {
                (StatusCode::UNPROCESSABLE_ENTITY, Value::Array(fields), None)
            }
            Error::Busy(sentence) => (StatusCode::SERVICE_UNAVAILABLE, json!(sentence), Some(1)),
        };
        let body = warp::reply::json(&json!({ "detail": detail }));
        let mut response = warp::reply::with_status(body, status).into_response();
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
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
