//! The store's promises, on both databases.

mod append_only;
mod batches;
mod blobs;
mod buckets;
mod commits;
mod content;
mod contract;
mod drafts;
mod expiry;
pub(crate) mod fixture;
mod model;
mod moving;
mod news;
mod order;
mod outages;
mod sealing;
mod snapshots;
mod thing;
mod turns;
