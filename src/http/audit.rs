//! The auditors' dialect: `/api/audit/…`, the record as it stands and as it stood, proof of it, and what keeps it from
//! being destroyed.

mod context;
pub(super) mod document;
mod erase;
mod error;
mod events;
mod exports;
mod holds;
mod ids;
mod moments;
mod owners;
mod proofs;
mod request;
mod retention;
mod routes;
mod schema;
mod stream;
mod threads;
mod webhooks;

pub(super) use error::Error;
pub use routes::routes;
