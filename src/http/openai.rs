//! The OpenAI dialect: `/v1/chat/completions` and `/v1/models`, for OpenAI's own SDKs.

mod chat;
pub(super) mod document;
mod error;
mod models;
mod reply;
mod request;
mod routes;
mod stream;
mod thread;

pub use routes::routes;
