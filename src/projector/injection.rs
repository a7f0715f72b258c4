//! Failures that tests wish for.

use std::{fmt, sync::Arc};

use crate::views::ViewError;

/// Where a test may make the projector fail.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultPoint {
    /// Everything is written and nothing is committed: the transaction is rolled back.
    BeforeCommit,
    /// Everything is committed and nobody is told: as when the process is killed there.
    AfterCommit,
}

type Fails = dyn Fn(FaultPoint, u64) -> bool + Send + Sync;

/// A test's wish to see something fail.
#[derive(Clone, Default)]
pub(super) struct Injection(pub(super) Option<Arc<Fails>>);

impl Injection {
    /// An error, when a test wants one here, given the batch's last position.
    pub(super) fn fails(&self, point: FaultPoint, last: u64) -> Result<(), ViewError> {
        match &self.0 {
            Some(fails) if fails(point, last) => Err(ViewError::Injected(match point {
                FaultPoint::BeforeCommit => "before the commit",
                FaultPoint::AfterCommit => "after the commit",
            })),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Injection({})", self.0.is_some())
    }
}
