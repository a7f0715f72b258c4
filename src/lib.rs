//! Colloquy: a chat backend that keeps the record. This page is the map.

pub mod actors;
pub mod app;
pub mod audit;
pub mod auth;
pub mod backup;
pub mod blocking;
pub mod cli;
pub mod clock;
pub mod config;
pub mod files;
pub mod http;
pub mod images;
pub mod import;
pub mod ingestion;
pub mod moderation;
pub mod projector;
pub mod providers;
pub mod retrieval;
pub mod shutdown;
pub mod store;
pub mod subscribers;
pub mod telemetry;
pub mod tools;
pub mod views;
