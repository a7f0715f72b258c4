//! Legal holds: as long as one lasts, nothing of a conversation, or of a user, is destroyed. Several may last at once,
//! each for a matter of its own, and each is released by itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{HoldId, UserId};

/// Holds that one conversation or user may be under at once.
const MOST: usize = 100;

/// A hold that was laid on something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// Which.
    pub hold: HoldId,
    /// Who says so.
    pub by: UserId,
    /// Why. Kept when the contents are erased: it says why they were there so long.
    pub reason: String,
    /// The case that it is for, in its owners' words: a file number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<String>,
}

/// The end of a hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Release {
    /// Which.
    pub hold: HoldId,
    /// Who says so.
    pub by: UserId,
    /// Why.
    pub reason: String,
}

/// Why a hold was not laid, or not released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldRefusal {
    /// There is nothing to be held: it was never there, or is destroyed.
    #[error("there is nothing here that a hold could keep")]
    Nothing,
    /// It is under too many already.
    #[error("this is under {MOST} holds already; release one first")]
    TooMany,
    /// It is under no such hold.
    #[error("there is no such hold, or it is released")]
    Unknown,
}

/// The holds that something is under.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Holds(Vec<HoldId>);

impl Holds {
    /// Whether there is any.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    #[must_use]
    pub fn ids(&self) -> &[HoldId] {
        &self.0
    }

    /// Whether one more may be laid; `false`: this one lasts already.
    pub(crate) fn may_lay(&self, hold: HoldId) -> Result<bool, HoldRefusal> {
        match self.0.len() {
            _ if self.0.contains(&hold) => Ok(false),
            MOST.. => Err(HoldRefusal::TooMany),
            _ => Ok(true),
        }
    }

    /// Whether this one can be released.
    pub(crate) fn may_release(&self, hold: HoldId) -> Result<(), HoldRefusal> {
        match self.0.contains(&hold) {
            true => Ok(()),
            false => Err(HoldRefusal::Unknown),
        }
    }

    pub(crate) fn lay(&mut self, hold: HoldId) {
        self.0.push(hold);
    }

    pub(crate) fn release(&mut self, hold: HoldId) {
        self.0.retain(|known| *known != hold);
    }
}
