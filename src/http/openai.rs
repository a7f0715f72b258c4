//! The OpenAI dialect: `/v1/chat/completions`, `/v1/embeddings` and `/v1/models`, for OpenAI's own SDKs.

mod chat;
pub(super) mod document;
mod embeddings;
mod error;
mod images;
mod models;
mod reply;
mod request;
mod routes;
mod stream;
mod texts;
mod thread;
mod vectors;
mod whom;

pub(super) use error::Error;
pub use routes::routes;
