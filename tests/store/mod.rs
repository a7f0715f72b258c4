//! The store's promises, on both databases.

mod commits;
mod fixture;
