//! What has happened to a case. Names and versions are for ever.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{CompletionId, ThreadId, UserId},
    verdict::Severity,
};

/// An event of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CaseEvent {
    /// Somebody touches it for the first time.
    #[serde(rename = "case.opened")]
    Opened(Flagged),
    /// A user says that the message should be looked at. A case that is decided waits for another decision with
    /// that; until then the one that stands stays.
    #[serde(rename = "case.reported")]
    Reported {
        /// Who.
        by: UserId,
        /// A word for what is wrong. Content.
        category: String,
        /// More of it. Content.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
    },
    /// A moderator works on it.
    #[serde(rename = "case.claimed")]
    Claimed {
        /// Who.
        by: UserId,
        /// Until when, in microseconds since 1970.
        until: i64,
    },
    /// Nobody works on it any more.
    #[serde(rename = "case.released")]
    Released {
        /// Who says so.
        by: UserId,
    },
    /// It is decided.
    #[serde(rename = "case.decided")]
    Decided {
        /// By whom.
        by: UserId,
        /// How.
        decision: Decision,
        /// The decision that stood until then: it was appealed against, or the message was reported again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<Decision>,
        /// About what.
        flagged: Flagged,
        /// Why. Content.
        reason: String,
        /// Which rule was broken. Content.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        policy: Option<String>,
        /// Who may write nothing with this decision.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        restricts: Option<Restricts>,
        /// Who may write again, because another decision stands no more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frees: Option<UserId>,
    },
    /// The decision does not stand; the case is open again.
    #[serde(rename = "case.overturned")]
    Overturned {
        /// Who says so.
        by: UserId,
        /// The decision that stood.
        undone: Decision,
        /// About what.
        flagged: Flagged,
        /// Why. Content.
        reason: String,
        /// Who may write again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frees: Option<UserId>,
    },
    /// A moderator wrote something down.
    #[serde(rename = "case.commented")]
    Commented {
        /// Who.
        by: UserId,
        /// What. Content.
        text: String,
    },
    /// Its conversation is erased: nothing more is said about it.
    #[serde(rename = "case.erased")]
    Erased {
        /// Who may write again: nobody could overturn that any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        frees: Option<UserId>,
    },
    /// The message's author does not accept the decision.
    #[serde(rename = "case.appealed")]
    Appealed {
        /// The author.
        by: UserId,
        /// Why. Content.
        text: String,
    },
}

/// Who may write nothing, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Restricts {
    /// Whose conversation it is.
    pub user: UserId,
    /// Until when, in microseconds since 1970.
    pub until: i64,
}

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Flagged {
    /// Where it was said.
    #[serde(flatten)]
    pub said_in: SaidIn,
    /// How bad the detectors found it; of what only people have flagged, low.
    pub severity: Severity,
    /// Detectors have flagged it, and not only people.
    pub automated: bool,
}

/// Where a message was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum SaidIn {
    /// In a conversation.
    #[serde(rename = "thread")]
    Thread(ThreadId),
    /// In a question with one answer, which belong to no conversation.
    #[serde(rename = "completion")]
    Completion(CompletionId),
}

/// How a case is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The message is all right: it counts no more among its thread's flags.
    Dismiss,
    /// The message is not all right.
    Confirm,
    /// The message is not all right: nobody is shown what it says any more.
    Redact,
    /// The message is not all right: its owner is not shown its conversation any more.
    HideThread,
    /// The message is not all right: whose conversation it is may write nothing for a time.
    RestrictUser,
}

impl Decision {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dismiss => "dismiss",
            Self::Confirm => "confirm",
            Self::Redact => "redact",
            Self::HideThread => "hide_thread",
            Self::RestrictUser => "restrict_user",
        }
    }

    /// Whether more follows from it than that the message counts as a flag or does not.
    #[must_use]
    pub fn has_an_effect(self) -> bool {
        match self {
            Self::Dismiss | Self::Confirm => false,
            Self::Redact | Self::HideThread | Self::RestrictUser => true,
        }
    }
}

impl Flagged {
    /// Whether the message is a flag of its thread: as the decision says, and without one as the detectors do.
    #[must_use]
    pub fn counts(self, decision: Option<Decision>) -> bool {
        match decision {
            None => self.automated,
            Some(Decision::Dismiss) => false,
            Some(_) => true,
        }
    }
}

impl DomainEvent for CaseEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Opened(_) => "case.opened",
            Self::Reported { .. } => "case.reported",
            Self::Claimed { .. } => "case.claimed",
            Self::Released { .. } => "case.released",
            Self::Decided { .. } => "case.decided",
            Self::Overturned { .. } => "case.overturned",
            Self::Commented { .. } => "case.commented",
            Self::Appealed { .. } => "case.appealed",
            Self::Erased { .. } => "case.erased",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
