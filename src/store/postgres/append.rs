//! The append: one call of `es_append`, one round trip.

use super::{
    super::append::{AppendError, Outcome, Submission},
    line::Line,
};

/// The writing end; the committer has it.
#[derive(Debug)]
pub(in crate::store) struct Appender {
    line: Line,
}

impl Appender {
    pub(super) fn new(line: Line) -> Self {
        Self { line }
    }

    pub(in crate::store) async fn append(
        &mut self,
        _batch: &[&Submission],
    ) -> Result<Vec<Outcome>, AppendError> {
        let _ = self.line.get().await;
        Err(AppendError::Away("not yet".to_owned()))
    }
}
