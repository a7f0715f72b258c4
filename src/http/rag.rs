//! `/api/v1/chat/…`, `/api/v1/session`, `/api/v1/ingest/…`: questions, and answers out of the documents of a session.

mod answer;
mod call;
pub(super) mod document;
mod documents;
mod error;
mod history;
mod reply;
mod request;
mod routes;
mod sessions;
mod stream;
mod upload;

pub use self::routes::routes;
pub(in crate::http) use self::{
    answer::{complete, refuse},
    error::Error,
};
