//! A story a view.

mod conversations;
mod directory;
mod quotas;
mod search;
mod sessions;
mod story;
mod thread_list;
mod transcript;
mod usage;
