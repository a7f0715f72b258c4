//! Subscribers: what follows from the record and has effects elsewhere. Each has a checkpoint of its own
//! that never goes back, does the same once more without harm, and works on one node at a time.

pub mod erasure;
