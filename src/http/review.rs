//! Review by moderators: `/api/moderation/…`, and how users report a message and its author appeals. It speaks as the
//! threads dialect does: its bodies, its errors, its UUIDs of 32 digits.

mod access;
mod bulk;
mod cases;
mod decisions;
pub(super) mod document;
mod highlight;
mod next;
mod query;
mod reply;
mod reports;
mod request;
mod routes;
mod shown;
mod stats;
mod visible;

pub use routes::routes;
