//! A projection without a table: what its rows were at any moment, from the events up to there.

use std::collections::BTreeMap;

use crate::{Projection, Recorded, Row};

/// The rows of `P` that some events make.
#[derive(Debug)]
pub struct Replay<P: Projection> {
    rows: BTreeMap<String, P::Row>,
}

impl<P: Projection> Clone for Replay<P> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows.clone(),
        }
    }
}

impl<P: Projection> Default for Replay<P> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
        }
    }
}

impl<P: Projection> Replay<P> {
    /// Folds the next event.
    pub fn take(&mut self, event: &Recorded) {
        if let Some(clear) = P::clears(event) {
            self.rows
                .retain(|_, row| row.text(clear.column) != Some(clear.value.as_str()));
        }
        let beside = P::beside(event);
        for key in P::keys(event) {
            let row = self.rows.remove(&key);
            let beside = beside.as_ref().and_then(|beside| self.rows.get(beside));
            if let Some(row) = P::fold_beside(row, &key, event, beside) {
                self.rows.insert(key, row);
            }
        }
    }

    /// What there is, by key.
    #[must_use]
    pub fn rows(&self) -> &BTreeMap<String, P::Row> {
        &self.rows
    }
}
