//! The record proves itself: what the notary signs, and what is found when somebody has been at it.

mod anchoring;
mod following;
mod notary;
mod owners;
mod proofs;
mod tampering;
mod world;
