//! The threads dialect: `/api/chat-sessions/`, `/api/chat-threads/`, `/api/chat-messages/` and `/api/chat/stream/`.

mod access;
mod blocks;
pub(super) mod document;
mod error;
mod lists;
mod maintenance;
mod messages;
mod page;
mod params;
mod quotas;
mod reply;
mod request;
mod routes;
mod send;
mod sessions;
mod stream;

pub(super) use request::fields;
pub use routes::routes;
pub(super) use routes::{refuse_body, refuse_stranger, resume, stream};
