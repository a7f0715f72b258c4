//! A story a view.

mod conversations;
mod directory;
mod search;
mod story;
mod thread_list;
mod transcript;
mod usage;
