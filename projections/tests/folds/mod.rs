//! A story a view.

mod cases;
mod completions;
mod configured;
mod conversations;
mod directory;
mod embeddings;
mod expiry;
mod holds;
mod ingests;
mod names;
mod quotas;
mod rag_sessions;
mod search;
mod sessions;
mod shadows;
mod story;
mod thread_list;
mod transcript;
mod usage;
