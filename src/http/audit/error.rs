//! The one table from what went wrong to this dialect's bytes: `{"detail": …}`.

use std::borrow::Cow;

use aggregates::hold::HoldRefusal;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use warp::{Reply, reply::Response};

use super::request::LONGEST_BODY;
use crate::{
    actors::{CommandError, ConfigurationError, HoldError},
    audit::{
        StoreError,
        export::{ArchiveError, ExportError},
        proof::ProofError,
    },
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
pub(in crate::http) struct Error {
    status: StatusCode,
    sentence: Cow<'static, str>,
    retry_after: Option<u64>,
}

impl Error {
    fn new(status: StatusCode, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            sentence: sentence.into(),
            retry_after: None,
        }
    }

    pub(super) fn bad(sentence: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, sentence)
    }

    pub(super) fn forbidden(action: &str) -> Self {
        let sentence = format!(
            "Only auditors may do this, and whom a policy allows {action}; an admin gives the role with `user add --role \
             auditor`"
        );
        Self::new(StatusCode::FORBIDDEN, sentence)
    }

    pub(super) fn only_admins(action: &str) -> Self {
        let sentence = format!("Only admins may set this up, and whom a policy allows {action}");
        Self::new(StatusCode::FORBIDDEN, sentence)
    }

    pub(super) fn in_parts(action: &str) -> Self {
        let sentence = format!(
            "A policy denies you {action} for a part of the record, so that you cannot read it as a whole; ask thread by \
             thread (?thread=), and completion by completion (?completion=)"
        );
        Self::new(StatusCode::FORBIDDEN, sentence)
    }

    pub(super) fn nobodys(action: &str) -> Self {
        let sentence = format!(
            "A policy denies you {action} for a user, and whose this will be is not known: nobody has begun it; ask again \
             when somebody has"
        );
        Self::new(StatusCode::FORBIDDEN, sentence)
    }

    /// The name of the request was used for something else.
    pub(super) fn other_request() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "This Idempotency-Key was used for another request",
        )
    }

    /// It is not seen yet: what was done, or whether there is such a thing.
    pub(super) fn behind(sentence: &'static str) -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
        }
    }

    pub(super) fn no_thread() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There was no such thread at this moment",
        )
    }

    pub(super) fn no_completion() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There was no such completion")
    }

    pub(super) fn no_user() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is no such user")
    }

    pub(super) fn no_project() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is no such project")
    }

    pub(super) fn not_found(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, sentence)
    }

    pub(super) fn conflict(sentence: String) -> Self {
        Self::new(StatusCode::CONFLICT, sentence)
    }

    pub(super) fn busy() -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The server cannot do this at the moment; try again",
            )
        }
    }

    /// The sentence for people.
    pub(super) fn sentence(&self) -> &str {
        &self.sentence
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Missing => Self::new(StatusCode::UNAUTHORIZED, "Authentication required"),
            Denied::Invalid => Self::new(StatusCode::UNAUTHORIZED, "Invalid or expired token"),
            Denied::Limited => Self::new(StatusCode::FORBIDDEN, LIMITED),
            Denied::TooOften(error) => error.into(),
            Denied::Unavailable(error) => error.into(),
        }
    }
}

impl From<TooOften> for Error {
    fn from(error: TooOften) -> Self {
        Self {
            retry_after: Some(error.retry_after),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests; try again later",
            )
        }
    }
}

impl From<Full> for Error {
    fn from(Full: Full) -> Self {
        Self {
            retry_after: Some(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The server is full; try again in a moment",
            )
        }
    }
}

impl From<ViewError> for Error {
    fn from(error: ViewError) -> Self {
        tracing::warn!(%error, "the views could not be read");
        Self::busy()
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        tracing::warn!(%error, "the log could not be read");
        Self::busy()
    }
}

impl From<CommandError> for Error {
    fn from(error: CommandError) -> Self {
        tracing::warn!(%error, "the record could not be written");
        Self::busy()
    }
}

impl From<ConfigurationError> for Error {
    fn from(error: ConfigurationError) -> Self {
        match error {
            ConfigurationError::Unknown => Self::not_found("There is no such webhook"),
            // What is made has its id from the request's name: it was made by one that is remembered no more.
            ConfigurationError::Exists => Self::conflict(sentence(&CommandError::LongAgo)),
            ConfigurationError::OtherRequest => Self::other_request(),
            ConfigurationError::Moved => Self::conflict(
                "This webhook was turned to something else meanwhile; look at it, and ask again"
                    .to_owned(),
            ),
            error => {
                tracing::warn!(%error, "the record could not be written");
                Self::busy()
            }
        }
    }
}

impl From<HoldError> for Error {
    fn from(error: HoldError) -> Self {
        let status = match &error {
            HoldError::Refused(HoldRefusal::Nothing | HoldRefusal::Unknown) => {
                StatusCode::NOT_FOUND
            }
            HoldError::Refused(HoldRefusal::TooMany) => StatusCode::CONFLICT,
            HoldError::OtherRequest => return Self::other_request(),
            HoldError::Unavailable | HoldError::Fault(_) => {
                tracing::warn!(%error, "the record could not be written");
                return Self::busy();
            }
        };
        Self::new(status, sentence(&error))
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Malformed => {
                Self::bad("Idempotency-Key must be 1 to 255 printable characters".to_owned())
            }
            KeyError::OtherBody => Self::other_request(),
        }
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("The body may have {LONGEST_BODY} bytes at most"),
            ),
            BodyError::Broken | BodyError::Silent => {
                Self::bad("The body did not come whole".to_owned())
            }
        }
    }
}

impl From<ProofError> for Error {
    fn from(error: ProofError) -> Self {
        let sentence = error.to_string();
        match error {
            ProofError::Range => Self::bad(sentence),
            ProofError::TooLarge(_) => Self::not_found(sentence),
            ProofError::Damaged => {
                tracing::error!(%error, "a proof could not be made");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, sentence)
            }
            ProofError::Store(error) => error.into(),
        }
    }
}

impl From<ArchiveError> for Error {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Busy => Self {
                retry_after: Some(5),
                ..Self::new(StatusCode::SERVICE_UNAVAILABLE, sentence(&error))
            },
            ArchiveError::TooLong => Self::bad(sentence(&error)),
            ArchiveError::Export(ExportError::NothingSigned) => {
                Self::not_found("The notary has signed nothing yet")
            }
            ArchiveError::Export(ExportError::Proof(error)) => error.into(),
            ArchiveError::Export(ExportError::Store(error)) => error.into(),
            ArchiveError::Export(error) => {
                tracing::error!(%error, "an export could not be made");
                Self::busy()
            }
        }
    }
}

/// As a sentence begins.
fn sentence(error: &impl std::fmt::Display) -> String {
    let mut sentence = error.to_string();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}

impl From<Error> for Response {
    fn from(error: Error) -> Self {
        let body = warp::reply::json(&json!({ "detail": error.sentence }));
        let mut response = warp::reply::with_status(body, error.status).into_response();
        if let Some(seconds) = error.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
