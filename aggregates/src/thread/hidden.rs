//! The hidden places of a thread: cuts in order, merged where they touch or overlap, so that they stay few.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::events::Cut;

/// A set of places, as ranges that do not touch each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct Hidden(Vec<Cut>);

impl Hidden {
    pub(super) fn cuts(&self) -> &[Cut] {
        &self.0
    }

    pub(super) fn hides(&self, index: u64) -> bool {
        self.covers(Cut {
            from: index,
            to: index,
        })
    }

    /// Whether all of `cut` is hidden.
    pub(super) fn covers(&self, cut: Cut) -> bool {
        self.0
            .iter()
            .any(|hidden| hidden.from <= cut.from && cut.to <= hidden.to)
    }

    /// Adds a range.
    pub(super) fn hide(&mut self, mut cut: Cut) {
        self.0.retain(|hidden| {
            let apart =
                hidden.to.saturating_add(1) < cut.from || cut.to.saturating_add(1) < hidden.from;
            if !apart {
                cut.from = cut.from.min(hidden.from);
                cut.to = cut.to.max(hidden.to);
            }
            apart
        });
        let place = self.0.partition_point(|hidden| hidden.from < cut.from);
        self.0.insert(place, cut);
    }
}
