//! A case: a message that a detector or a person has flagged, and what moderators make of it.
//!
//! Its id is the message's: one case for each version of a message. That a detector flagged the message is in its
//! thread's log already; the case's own begins when somebody first touches it.

mod commands;
mod events;
mod refusals;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    commands::{CaseAction, CaseCommand, Claiming},
    events::{CaseEvent, Decision, Flagged, Restricts, SaidIn},
    refusals::CaseRefusal,
};
use crate::{Decide, aggregate::handle_by_deciding, ids::UserId};

/// What stands in the place of a redacted message.
pub(crate) const REDACTED: &str = "[Redacted by a moderator]";
/// Reports that are kept, however often it is decided.
const MOST_REPORTS: u64 = 1_000;
/// Comments that are kept.
const MOST_COMMENTS: u64 = 100;

/// The state that the rules need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Case {
    is_open: bool,
    lease: Option<Lease>,
    /// The decision that stands, and whose it is.
    decided: Option<(Decision, UserId)>,
    /// Who may write nothing with it.
    #[serde(default)]
    restricted: Option<UserId>,
    appealed: bool,
    /// Whose decision was appealed against, and stands no more: what came of the appeal is not theirs to undo.
    #[serde(default)]
    appealed_against: Option<UserId>,
    /// The last decision was made on the appeal.
    #[serde(default)]
    on_appeal: bool,
    /// Somebody has reported the message since it was decided.
    #[serde(default)]
    requeued: bool,
    /// It has been appealed against before; once is enough.
    heard: bool,
    /// Who has reported the message since it was last decided.
    reporters: Vec<UserId>,
    #[serde(default)]
    reports: u64,
    comments: u64,
    /// Its conversation is erased.
    erased: bool,
}

/// Who works on it, and until when (microseconds since 1970).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Lease {
    by: UserId,
    until: i64,
}

impl Case {
    /// Somebody works on it at that time.
    fn held(&self, now: i64) -> Result<(), CaseRefusal> {
        match self.lease {
            Some(lease) if lease.until > now => Err(CaseRefusal::Held(lease.by)),
            _ => Ok(()),
        }
    }

    /// Somebody else does.
    fn held_against(&self, by: UserId, now: i64) -> Result<(), CaseRefusal> {
        match self.lease {
            Some(lease) if lease.by == by => Ok(()),
            _ => self.held(now),
        }
    }

    /// Whoever decided first does not decide the appeal, nor what follows from it.
    fn still_to_be_decided(&self, by: UserId) -> Result<(), CaseRefusal> {
        match self.decided {
            _ if self.appealed_against == Some(by) => Err(CaseRefusal::DecidedFirst),
            None => Ok(()),
            Some(_) if !self.appealed && !self.requeued => Err(CaseRefusal::Decided),
            Some((_, decider)) if self.appealed && decider == by => Err(CaseRefusal::OwnDecision),
            Some(_) => Ok(()),
        }
    }

    fn judged(&self, command: CaseCommand) -> Result<Option<CaseEvent>, CaseRefusal> {
        let CaseCommand {
            by,
            now,
            flagged,
            action,
        } = command;
        if self.erased && !matches!(action, CaseAction::Erase) {
            return Err(CaseRefusal::Erased);
        }
        Ok(Some(match action {
            CaseAction::Erase => {
                // Of one that nobody has touched, too: what somebody is about to write meets it.
                if self.erased {
                    return Ok(None);
                }
                CaseEvent::Erased {
                    frees: self.restricted,
                }
            }
            CaseAction::Report { category, comment } => {
                if self.reporters.contains(&by) {
                    return Ok(None);
                }
                // A report has a case decided again, which is for others to ask.
                if self.decided.is_some_and(|(_, decider)| decider == by) {
                    return Err(CaseRefusal::OwnDecision);
                }
                if self.reports >= MOST_REPORTS {
                    return Err(CaseRefusal::TooMany("reports"));
                }
                CaseEvent::Reported {
                    by,
                    category,
                    comment,
                }
            }
            CaseAction::Claim { until, how } => {
                self.still_to_be_decided(by)?;
                match how {
                    Claiming::Free => self.held(now)?,
                    Claiming::Own => self.held_against(by, now)?,
                    Claiming::Steal => {}
                }
                CaseEvent::Claimed { by, until }
            }
            CaseAction::Release { steal } => {
                if self.lease.is_none() {
                    return Ok(None);
                }
                if !steal {
                    self.held_against(by, now)?;
                }
                CaseEvent::Released { by }
            }
            CaseAction::Decide {
                decision,
                reason,
                policy,
                restricts,
            } => {
                self.still_to_be_decided(by)?;
                self.held_against(by, now)?;
                CaseEvent::Decided {
                    by,
                    decision,
                    instead_of: self.decided.map(|(decision, _)| decision),
                    flagged,
                    reason,
                    policy,
                    restricts,
                    frees: self.restricted,
                }
            }
            CaseAction::Overturn { reason, own_too } => {
                let (undone, decider) = self.decided.ok_or(CaseRefusal::NotDecided)?;
                self.held_against(by, now)?;
                // Whoever decided does not settle the appeal in this way either, nor undo what came of it.
                let is_own = decider == by && (self.appealed || !own_too);
                if is_own {
                    return Err(CaseRefusal::OwnDecision);
                }
                if self.appealed_against == Some(by) {
                    return Err(CaseRefusal::DecidedFirst);
                }
                CaseEvent::Overturned {
                    by,
                    undone,
                    flagged,
                    reason,
                    frees: self.restricted,
                }
            }
            CaseAction::Comment { text } => {
                if self.comments >= MOST_COMMENTS {
                    return Err(CaseRefusal::TooMany("comments"));
                }
                CaseEvent::Commented { by, text }
            }
            CaseAction::Appeal { text } => {
                self.decided.ok_or(CaseRefusal::NotDecided)?;
                if self.appealed || self.heard {
                    return Err(CaseRefusal::Appealed);
                }
                CaseEvent::Appealed { by, text }
            }
        }))
    }
}

impl Aggregate for Case {
    const TYPE: &'static str = "case";
    type Command = CaseCommand;
    type Event = CaseEvent;
    type Error = CaseRefusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: CaseEvent) {
        match event {
            CaseEvent::Opened(_) => self.is_open = true,
            CaseEvent::Reported { by, .. } => {
                self.reporters.push(by);
                self.reports += 1;
                self.requeued = self.decided.is_some();
            }
            CaseEvent::Claimed { by, until } => self.lease = Some(Lease { by, until }),
            CaseEvent::Released { .. } => self.lease = None,
            CaseEvent::Decided {
                by,
                decision,
                restricts,
                ..
            } => {
                if self.appealed {
                    self.appealed_against = self.decided.map(|(_, decider)| decider);
                }
                self.on_appeal = self.appealed;
                self.decided = Some((decision, by));
                self.restricted = restricts.map(|restricts| restricts.user);
                self.lease = None;
                self.heard |= self.appealed;
                self.appealed = false;
                self.requeued = false;
                self.reporters.clear();
            }
            CaseEvent::Overturned { .. } => {
                let undone = self.decided.take();
                if self.appealed {
                    self.appealed_against = undone.map(|(_, decider)| decider);
                } else if !self.on_appeal {
                    // It was decided once more after the appeal: whose turn it is begins anew.
                    self.appealed_against = None;
                }
                self.restricted = None;
                self.lease = None;
                self.heard |= self.appealed;
                self.appealed = false;
                self.requeued = false;
            }
            CaseEvent::Erased { .. } => {
                *self = Self {
                    is_open: true,
                    erased: true,
                    ..Self::default()
                };
            }
            CaseEvent::Commented { .. } => self.comments += 1,
            CaseEvent::Appealed { .. } => {
                self.appealed = true;
                self.lease = None;
            }
        }
    }
}

impl Decide for Case {
    fn decide(&self, command: CaseCommand) -> Result<Vec<CaseEvent>, CaseRefusal> {
        let opened = (!self.is_open).then_some(CaseEvent::Opened(command.flagged));
        let happened = self.judged(command)?;
        Ok(match happened {
            Some(happened) => opened.into_iter().chain([happened]).collect(),
            None => vec![],
        })
    }
}
