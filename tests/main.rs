//! All integration tests, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod actors;
mod architecture;
mod audit;
mod clients;
mod dialects;
mod journeys;
mod projections;
mod providers;
mod store;
mod support;
mod tools;
mod webhooks;
