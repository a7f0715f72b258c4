//! The threads dialect: `/api/chat-sessions/`, `/api/chat-threads/`, `/api/chat-messages/` and `/api/chat/stream/`.

pub(super) mod access;
mod blocks;
pub(super) mod document;
pub(super) mod error;
mod lists;
mod maintenance;
mod messages;
mod misdirected;
mod page;
pub(super) mod params;
mod quotas;
pub(super) mod reply;
pub(super) mod request;
mod routes;
mod send;
mod sessions;
mod stream;

pub(super) use request::fields;
pub use routes::routes;
pub(super) use routes::{
    Call, call, refuse_body, refuse_stranger, resume, stream, uuid as uuid_in_path,
};
