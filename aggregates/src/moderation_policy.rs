//! The policy of moderation that somebody has put in force for all servers of this record. While there is one, it
//! counts instead of the one that a server was started with.

use cqrs_es::{Aggregate, DomainEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Decide, aggregate::handle_by_deciding, ids::UserId};

#[cfg(test)]
mod tests;

/// The longest policy, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// An event of the policy of moderation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ModerationPolicyEvent {
    /// From now on this one counts.
    #[serde(rename = "moderation_policy.applied")]
    Applied {
        /// Who put it in force.
        by: UserId,
        /// Its name in verdicts.
        version: String,
        /// What it says, in TOML. It is not content: what was let through and why stays on the record.
        text: String,
        /// The one that it takes the place of, where that was applied, too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<String>,
    },
    /// From now on every server's own policy counts again.
    #[serde(rename = "moderation_policy.withdrawn")]
    Withdrawn {
        /// Who took it back.
        by: UserId,
        /// The one that counts no more.
        version: String,
    },
}

impl DomainEvent for ModerationPolicyEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Applied { .. } => "moderation_policy.applied",
            Self::Withdrawn { .. } => "moderation_policy.withdrawn",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// A command to the policy of moderation.
#[derive(Clone, Debug)]
pub enum ModerationPolicyCommand {
    /// Put this one in force. The one that is in force changes nothing.
    Apply {
        /// Who wants it.
        by: UserId,
        /// Its name in verdicts.
        version: String,
        /// What it says, in TOML.
        text: String,
    },
    /// Let every server's own count again. Where none is in force, nothing happens.
    Withdraw {
        /// Who wants it.
        by: UserId,
    },
}

/// Why a policy is not put in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModerationPolicyRefusal {
    /// Verdicts of both would bear the same name.
    #[error(
        "a policy {0:?} is in force that says something else; give this one a version of its own"
    )]
    SameVersion(String),
    /// It does not fit into an event.
    #[error("the policy has more than 64 KiB")]
    TooLong,
}

/// The one that is in force, if one is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModerationPolicy {
    applied: Option<(String, String)>,
}

impl ModerationPolicy {
    /// There is one for each record.
    pub const ID: &'static str = "moderation_policy";
}

impl Aggregate for ModerationPolicy {
    const TYPE: &'static str = "moderation_policy";
    type Command = ModerationPolicyCommand;
    type Event = ModerationPolicyEvent;
    type Error = ModerationPolicyRefusal;
    type Services = ();

    handle_by_deciding!();

    fn apply(&mut self, event: ModerationPolicyEvent) {
        self.applied = match event {
            ModerationPolicyEvent::Applied { version, text, .. } => Some((version, text)),
            ModerationPolicyEvent::Withdrawn { .. } => None,
        };
    }
}

impl Decide for ModerationPolicy {
    fn decide(
        &self,
        command: ModerationPolicyCommand,
    ) -> Result<Vec<ModerationPolicyEvent>, ModerationPolicyRefusal> {
        let known = self.applied.as_ref();
        match command {
            ModerationPolicyCommand::Apply { text, .. } if text.len() > LONGEST => {
                Err(ModerationPolicyRefusal::TooLong)
            }
            ModerationPolicyCommand::Apply { by, version, text } => match known {
                Some((_, same)) if *same == text => Ok(vec![]),
                Some((same, _)) if *same == version => {
                    Err(ModerationPolicyRefusal::SameVersion(version))
                }
                known => Ok(vec![ModerationPolicyEvent::Applied {
                    by,
                    version,
                    text,
                    replaces: known.map(|(version, _)| version.clone()),
                }]),
            },
            ModerationPolicyCommand::Withdraw { by } => {
                let withdrawn = known.map(|(version, _)| ModerationPolicyEvent::Withdrawn {
                    by,
                    version: version.clone(),
                });
                Ok(Vec::from_iter(withdrawn))
            }
        }
    }
}
