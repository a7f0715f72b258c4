//! Colloquy: a chat backend that keeps the record. This page is the map.

pub mod clock;
pub mod projector;
pub mod shutdown;
pub mod store;
pub mod views;
