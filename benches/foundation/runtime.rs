//! The two ways in which the harness itself uses the machine.

use tokio::runtime::{Builder, Runtime};

use crate::Outcome;

/// For clients, which must leave the cores to the server.
pub(crate) fn one_thread() -> Outcome<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// For what runs in the process itself.
pub(crate) fn all_cores() -> Outcome<Runtime> {
    Ok(Builder::new_multi_thread().enable_all().build()?)
}

/// For what must go on by itself while the harness does something else.
pub(crate) fn beside() -> Outcome<Runtime> {
    Ok(Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?)
}
