//! What moderators, users and authors may want of a case.

use super::events::{Decision, Flagged, Restricts};
use crate::ids::UserId;

/// A command to a case.
#[derive(Clone, Debug)]
pub struct CaseCommand {
    /// Who wants it.
    pub by: UserId,
    /// When, in microseconds since 1970.
    pub now: i64,
    /// What the case is about, as looked up by the caller.
    pub flagged: Flagged,
    /// What.
    pub action: CaseAction,
}

/// What somebody wants.
#[derive(Clone, Debug)]
pub enum CaseAction {
    /// Say that the message should be looked at. Each person's first report counts, further ones change nothing until it
    /// is decided; what comes then has it decided again.
    Report {
        /// A word for what is wrong with it.
        category: String,
        /// More of it.
        comment: Option<String>,
    },
    /// Work on it, for so long.
    Claim {
        /// Until when, in microseconds since 1970.
        until: i64,
        /// From whom.
        how: Claiming,
    },
    /// Work on it no more. Without a claim nothing happens.
    Release {
        /// Take it from whoever has it.
        steal: bool,
    },
    /// Decide it, claimed or not. Refused while somebody else works on it, and where a decision stands that nobody
    /// has appealed against.
    Decide {
        /// How.
        decision: Decision,
        /// Why.
        reason: String,
        /// Which rule was broken, in the house's words.
        policy: Option<String>,
        /// Who may write nothing, and how long; only with that decision.
        restricts: Option<Restricts>,
    },
    /// Undo the decision: the case is open again.
    Overturn {
        /// Why.
        reason: String,
        /// One's own decision, too.
        own_too: bool,
    },
    /// Write something down for other moderators.
    Comment {
        /// What.
        text: String,
    },
    /// Its conversation is erased. Idempotent; only of a case that somebody has touched.
    Erase,
    /// Ask for another decision, by somebody else. Once.
    Appeal {
        /// Why.
        text: String,
    },
}

/// From whom a case is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claiming {
    /// Only where nobody works on it, not oneself either: one gets another case with every such wish.
    Free,
    /// One's own claim is renewed; refused while somebody else works on it.
    Own,
    /// From whoever has it.
    Steal,
}
