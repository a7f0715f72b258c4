//! What has happened to a completion. Names and versions are for ever: a changed shape is a new version.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    case::Decision,
    ids::{CompletionId, MessageId, UserId},
    thread::{Attachment, Dialect, ReplyEnd, Route, Stage},
    verdict::Verdict,
};

/// An event of a completion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum CompletionEvent {
    /// Somebody wants an answer. The provider is called once this is durable, unless it has ended with it.
    #[serde(rename = "completion.requested")]
    Requested(Requested),
    /// What moderation said, in the same commit as what it judged.
    #[serde(rename = "verdict.recorded")]
    VerdictRecorded(CompletionVerdict),
    /// The answer is whole.
    #[serde(rename = "completion.completed")]
    Completed(CompletionEnd),
    /// The provider failed for good.
    #[serde(rename = "completion.failed")]
    Failed(CompletionEnd),
    /// Whoever asked has left, or wanted it to end; the partial text is kept.
    #[serde(rename = "completion.stopped")]
    Stopped(CompletionEnd),
    /// The server went away in mid-answer; the partial text is kept.
    #[serde(rename = "completion.interrupted")]
    Interrupted(CompletionEnd),
    /// It was meant for a conversation, or for a message of one, that is not there: it was judged, and nobody is asked.
    #[serde(rename = "completion.misdirected")]
    Misdirected {
        /// What the author was told instead of an answer.
        told: String,
    },
    /// A moderator has decided about the question or its answer.
    #[serde(rename = "decision.recorded")]
    DecisionRecorded {
        /// Which of the two.
        stage: Stage,
        /// Who.
        by: UserId,
        /// How.
        decision: Decision,
        /// The decision that stood until then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<Decision>,
        /// Why. Content.
        reason: String,
        /// Which rule was broken. Content.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        policy: Option<String>,
    },
    /// The decision does not stand.
    #[serde(rename = "decision.overturned")]
    DecisionOverturned {
        /// About which of the two.
        stage: Stage,
        /// Who says so.
        by: UserId,
        /// The decision that stood.
        undone: Decision,
        /// Why. Content.
        reason: String,
    },
    /// Nobody is shown any more what one of them says.
    #[serde(rename = "completion.redacted")]
    Redacted {
        /// Which of the two.
        stage: Stage,
        /// What stands there instead. Content.
        text: String,
    },
    /// It is shown again.
    #[serde(rename = "completion.restored")]
    Restored {
        /// Which of the two.
        stage: Stage,
    },
    /// The contents are gone.
    #[serde(rename = "completion.erased")]
    Erased {},
}

impl DomainEvent for CompletionEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Requested(_) => "completion.requested",
            Self::VerdictRecorded(_) => "verdict.recorded",
            Self::Completed(_) => "completion.completed",
            Self::Failed(_) => "completion.failed",
            Self::Stopped(_) => "completion.stopped",
            Self::Interrupted(_) => "completion.interrupted",
            Self::Misdirected { .. } => "completion.misdirected",
            Self::DecisionRecorded { .. } => "decision.recorded",
            Self::DecisionOverturned { .. } => "decision.overturned",
            Self::Redacted { .. } => "completion.redacted",
            Self::Restored { .. } => "completion.restored",
            Self::Erased {} => "completion.erased",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// What is asked, by whom and of whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Requested {
    /// The completion; its turn has the same id.
    pub completion: CompletionId,
    /// Whose it is.
    pub owner: UserId,
    /// Which API asks.
    pub dialect: Dialect,
    /// The provider to be asked first.
    pub route: Route,
    /// How to behave comes first, where that is said; then the conversation, oldest first.
    pub messages: Vec<Said>,
    /// How the model shall choose its words.
    #[serde(default, skip_serializing_if = "Sampling::is_default")]
    pub sampling: Sampling,
    /// The answer is shown while it is written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub streamed: bool,
}

/// One message of what is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Said {
    /// Who is said to have written it.
    pub by: Speaker,
    /// Without what moderation took out of it. Content.
    pub text: String,
    /// What was shown with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

impl Said {
    /// Words, and nothing shown with them.
    #[must_use]
    pub fn words(by: Speaker, text: impl Into<String>) -> Self {
        Self {
            by,
            text: text.into(),
            attachments: vec![],
        }
    }
}

/// Who wrote a message, as whoever asks says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// Nobody: it says how to behave.
    System,
    /// A person.
    User,
    /// A model.
    Assistant,
}

/// How a model shall choose its words; what is not said is the provider's own choice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Sampling {
    /// 0 to 2: how far from the likeliest word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// 0 to 1: among how likely words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// The longest answer, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    /// The answer ends before the first of these. Content.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// The same seed shall give the same answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// -2 to 2: against words that were used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    /// -2 to 2: against words that were used often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
}

impl Sampling {
    /// Nothing is said.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What moderation said of a question or of its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CompletionVerdict {
    /// Which side spoke.
    pub stage: Stage,
    /// Of each message in their order; of the answer there is one.
    pub verdicts: Vec<Verdict>,
    /// Which of the messages is to be answered, from 0. Where nothing is said, the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<u32>,
    /// What the author was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// What is answered: no model is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

impl CompletionVerdict {
    /// What moderators are shown when it is flagged, and what is said of it: the message that is answered, or the
    /// answer. What went before in a conversation was judged when it was said.
    #[must_use]
    pub fn of_case(&self, completion: CompletionId) -> Option<(MessageId, &Verdict)> {
        let verdict = match self.asked {
            Some(asked) => self.verdicts.get(usize::try_from(asked).ok()?),
            None => self.verdicts.last(),
        };
        Some((said_in(completion, self.stage), verdict?))
    }
}

/// The id of a completion's question, or of its answer, where moderators look at it.
#[must_use]
pub fn said_in(completion: CompletionId, stage: Stage) -> MessageId {
    match stage {
        Stage::Input => completion.question(),
        Stage::Output => completion.turn().answer(),
    }
}

/// Which of a completion's two a case is about.
#[must_use]
pub fn stage_of(completion: CompletionId, case: MessageId) -> Stage {
    match case == completion.question() {
        true => Stage::Input,
        false => Stage::Output,
    }
}

/// The end of an answer, however it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CompletionEnd {
    /// Whose it is: it bears the cost.
    pub owner: UserId,
    /// What was written, by whom, and what it cost.
    pub end: ReplyEnd,
}
