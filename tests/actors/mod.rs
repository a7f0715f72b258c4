//! The actors' promises, on both databases where the database matters.

pub(crate) mod answers;
mod attachments;
mod commits;
mod configuration;
mod conflicts;
mod context;
mod decisions;
mod erasure;
mod floods;
mod follower;
mod following;
mod length;
mod locks;
mod lookups;
mod moderation;
mod nodes;
mod order;
mod outages;
mod panics;
mod policies;
mod recovery;
mod rest;
mod shutdown;
mod signs;
mod stage;
mod stops;
mod world;
