//! The assistant dialect: `/api/chat`, `/api/auth`, `/api/settings`, `/api/providers`.

mod accounts;
mod conversations;
pub(super) mod document;
mod error;
mod maintenance;
mod name;
mod preferences;
mod reply;
mod request;
mod routes;
mod search;
mod send;
mod stream;

pub(super) use error::Error;
pub use routes::routes;
pub(super) use routes::{refuse_body, refuse_stranger, resume, stream};
