//! The auditors' dialect: `/api/audit/…`, the record as it stands and as it stood, and proof of it.

mod context;
pub(super) mod document;
mod error;
mod events;
mod proofs;
mod request;
mod routes;
mod schema;
mod stream;
mod threads;

pub use routes::routes;
