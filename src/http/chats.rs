//! The chats dialect: `/api/v1/{chats,projects,secrets,ai-providers,documents,policies,api-keys,users}` and `/health`, as
//! SOAT's clients know them.

mod accounts;
mod ai_providers;
mod alias;
mod api_keys;
mod ask;
mod call;
mod completions;
mod configured;
pub(super) mod document;
mod documents;
mod error;
mod listing;
mod policies;
mod projects;
mod reply;
mod request;
mod routes;
mod secrets;
mod stored_chats;
mod stream;
pub(super) mod tools;
mod users;

pub(super) use call::{Admitted, Call, call};
pub(super) use error::Error;
pub use routes::routes;
