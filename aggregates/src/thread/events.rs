//! What has happened to a thread. Names and versions are for ever: a changed shape is a new version.
//!
//! Stored externally tagged with the stable name: `{"message.sent":{…}}`. Fields that hold what people
//! or models wrote are content, which is sealed (see [`crate::content_of`]); all others are metadata.

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    expiry::Expired,
    tools::{ToolAnswered, ToolCalled, Tools},
};
use crate::{
    case::Decision,
    hold::{Hold, Release},
    ids::{BlobId, IngestId, MessageId, RagSessionId, TurnId, UserId},
    verdict::Verdict,
};

/// An event of a thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum ThreadEvent {
    /// The conversation exists. Happens again when a conversation is used after its erasure.
    #[serde(rename = "thread.opened")]
    Opened(Opened),
    /// The thread has another name.
    #[serde(rename = "thread.renamed")]
    Renamed {
        /// At most 150 characters.
        name: String,
        /// Made by the title subscriber, not by a person.
        generated: bool,
    },
    /// The thread has no name any more, and gets none but from a person: a generated one may tell what was redacted, or
    /// would.
    #[serde(rename = "thread.unnamed")]
    Unnamed {},
    /// A model was asked for a title, whatever came of it.
    #[serde(rename = "title.asked")]
    TitleAsked {
        /// The calls, with what they cost.
        attempts: Vec<Attempt>,
    },
    /// The thread left its owner's list.
    #[serde(rename = "thread.archived")]
    Archived {},
    /// The thread is back in its owner's list.
    #[serde(rename = "thread.unarchived")]
    Unarchived {},
    /// A user's message, new or edited. It implies the wish for an answer: its turn starts at once or queues.
    #[serde(rename = "message.sent")]
    MessageSent(MessageSent),
    /// The last answer shall be made again; the turn starts at once or queues.
    #[serde(rename = "reload.requested")]
    ReloadRequested {
        /// The turn that will make the new answer.
        turn: TurnId,
        /// The user's message to answer.
        answers: MessageId,
        /// The answer's place.
        index: u64,
        /// Which provider to ask.
        route: Route,
        /// What was asked of the new turn.
        #[serde(default, skip_serializing_if = "TurnOptions::is_default")]
        options: TurnOptions,
        /// What was said with the wish, without what moderation took out of it: the model is shown it in the message's
        /// place. It is no message, and nobody is shown it later. Content.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        said: Option<String>,
    },
    /// What moderation said of a message, in the same commit as the message.
    #[serde(rename = "verdict.recorded")]
    VerdictRecorded(VerdictRecorded),
    /// A turn has begun: the provider is called once this is durable, unless the turn has ended with it.
    #[serde(rename = "reply.started")]
    ReplyStarted(ReplyStarted),
    /// A model wants a tool called: what leaves the server for it does so once this is durable.
    #[serde(rename = "tool.called")]
    ToolCalled(ToolCalled),
    /// A tool has answered, or has failed.
    #[serde(rename = "tool.answered")]
    ToolAnswered(ToolAnswered),
    /// Somebody wants the running turn to end; whoever owns it obeys.
    #[serde(rename = "reply.stop_requested")]
    StopRequested {
        /// The running turn.
        turn: TurnId,
        /// Why.
        reason: StopReason,
    },
    /// The answer is whole.
    #[serde(rename = "reply.completed")]
    ReplyCompleted(ReplyEnd),
    /// The provider failed for good; `end.error` says how.
    #[serde(rename = "reply.failed")]
    ReplyFailed(ReplyEnd),
    /// The turn was stopped on request; the partial text is kept.
    #[serde(rename = "reply.stopped")]
    ReplyStopped(ReplyEnd),
    /// The server went away in mid-answer; the partial text is kept.
    #[serde(rename = "reply.interrupted")]
    ReplyInterrupted(ReplyEnd),
    /// Old messages left the history.
    #[serde(rename = "history.truncated")]
    HistoryTruncated {
        /// What is hidden.
        cut: Cut,
        /// Messages that were visible and are no more.
        deleted: u64,
        /// Messages still visible.
        kept: u64,
    },
    /// A message and all after it left the history.
    #[serde(rename = "history.rewound")]
    HistoryRewound {
        /// What is hidden.
        cut: Cut,
        /// Messages that were visible and are no more.
        deleted: u64,
        /// What the history now ends with.
        tail: Tail,
    },
    /// Every cut was lifted.
    #[serde(rename = "history.restored")]
    HistoryRestored {
        /// Messages that are visible again.
        restored: u64,
        /// What the history now ends with.
        tail: Tail,
    },
    /// A moderator has decided about a message.
    #[serde(rename = "decision.recorded")]
    DecisionRecorded {
        /// The version that was judged.
        message: MessageId,
        /// By whom.
        by: UserId,
        /// How.
        decision: Decision,
        /// The decision that stands no more with this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        instead_of: Option<Decision>,
        /// Why. Content.
        reason: String,
        /// Which rule was broken. Content.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        policy: Option<String>,
    },
    /// A decision about a message does not stand.
    #[serde(rename = "decision.overturned")]
    DecisionOverturned {
        /// The version that was judged.
        message: MessageId,
        /// Who says so.
        by: UserId,
        /// The decision that stood.
        undone: Decision,
        /// Why. Content.
        reason: String,
    },
    /// What a message says now, in its place and under its id: what it said is in the events before this one only.
    #[serde(rename = "message.redacted")]
    MessageRedacted {
        /// The message.
        message: MessageId,
        /// Its place.
        index: u64,
        /// Nothing replaced it.
        newest: bool,
        /// What stands there now. Content.
        text: String,
    },
    /// A message says again what it said.
    #[serde(rename = "message.restored")]
    MessageRestored {
        /// The message.
        message: MessageId,
        /// Its place.
        index: u64,
        /// Nothing replaced it.
        newest: bool,
        /// What it said. Content.
        text: String,
        /// What a thinking model showed of its thoughts. Content.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reasoning: Option<String>,
    },
    /// Moderators keep the conversation from its owner.
    #[serde(rename = "thread.hidden")]
    Hidden {
        /// The message that it is hidden for.
        message: MessageId,
    },
    /// It is hidden no more for this message; for others perhaps it is.
    #[serde(rename = "thread.unhidden")]
    Unhidden {
        /// The message that it was hidden for.
        message: MessageId,
    },
    /// Nothing of it is destroyed for as long as this hold lasts.
    #[serde(rename = "thread.held")]
    Held(Hold),
    /// This hold is over; others may last.
    #[serde(rename = "thread.released")]
    Released(Release),
    /// What an erased conversation's reply had shown when it ended. It is sealed with the key of the conversation that
    /// was erased, and goes with it.
    #[serde(rename = "reply.kept")]
    ReplyKept {
        /// The turn.
        turn: TurnId,
        /// What it had shown. Content.
        text: String,
        /// What a thinking model showed of its thoughts. Content.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reasoning: Option<String>,
    },
    /// Somebody whose conversation it is not has it erased.
    #[serde(rename = "erasure.ordered")]
    ErasureOrdered {
        /// Who.
        by: UserId,
        /// Why. Kept when the contents are gone.
        reason: String,
    },
    /// The conversation took place elsewhere, and all of it that is kept is here now: everything before this event was
    /// written by an import, in one go.
    #[serde(rename = "thread.imported")]
    Imported(Imported),
    /// The contents shall go; hidden from everybody at once.
    #[serde(rename = "erasure.requested")]
    ErasureRequested {},
    /// The contents are gone, with every copy.
    #[serde(rename = "erasure.confirmed")]
    ErasureConfirmed {
        /// Which erasure of this thread, from 1; those before it are confirmed with it.
        erasure: u64,
        /// What was destroyed, and where.
        receipt: Vec<Destroyed>,
    },
    /// Some of what was said is older than anything is kept; hidden from everybody at once. The thread goes on.
    #[serde(rename = "content.expired")]
    ContentExpired(Expired),
    /// That is gone, with every copy.
    #[serde(rename = "expiry.confirmed")]
    ExpiryConfirmed {
        /// Which expiry of this thread, from 1; those before it are confirmed with it.
        expiry: u64,
        /// What was destroyed, and where.
        receipt: Vec<Destroyed>,
    },
}

impl DomainEvent for ThreadEvent {
    fn event_type(&self) -> String {
        self.name().to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

impl ThreadEvent {
    /// The stable name, as stored in `event_type` and as the payload's tag.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Opened(_) => "thread.opened",
            Self::Renamed { .. } => "thread.renamed",
            Self::Unnamed {} => "thread.unnamed",
            Self::TitleAsked { .. } => "title.asked",
            Self::Archived {} => "thread.archived",
            Self::Unarchived {} => "thread.unarchived",
            Self::MessageSent(_) => "message.sent",
            Self::ReloadRequested { .. } => "reload.requested",
            Self::VerdictRecorded(_) => "verdict.recorded",
            Self::ReplyStarted(_) => "reply.started",
            Self::ToolCalled(_) => "tool.called",
            Self::ToolAnswered(_) => "tool.answered",
            Self::StopRequested { .. } => "reply.stop_requested",
            Self::ReplyCompleted(_) => "reply.completed",
            Self::ReplyFailed(_) => "reply.failed",
            Self::ReplyStopped(_) => "reply.stopped",
            Self::ReplyInterrupted(_) => "reply.interrupted",
            Self::HistoryTruncated { .. } => "history.truncated",
            Self::HistoryRewound { .. } => "history.rewound",
            Self::HistoryRestored { .. } => "history.restored",
            Self::DecisionRecorded { .. } => "decision.recorded",
            Self::DecisionOverturned { .. } => "decision.overturned",
            Self::MessageRedacted { .. } => "message.redacted",
            Self::MessageRestored { .. } => "message.restored",
            Self::Hidden { .. } => "thread.hidden",
            Self::Unhidden { .. } => "thread.unhidden",
            Self::Held(_) => "thread.held",
            Self::Released(_) => "thread.released",
            Self::ReplyKept { .. } => "reply.kept",
            Self::ErasureOrdered { .. } => "erasure.ordered",
            Self::Imported(_) => "thread.imported",
            Self::ErasureRequested {} => "erasure.requested",
            Self::ErasureConfirmed { .. } => "erasure.confirmed",
            Self::ContentExpired(_) => "content.expired",
            Self::ExpiryConfirmed { .. } => "expiry.confirmed",
        }
    }
}

/// How a conversation came to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Opened {
    /// Whose it is.
    pub owner: UserId,
    /// Which API opened it.
    pub dialect: Dialect,
    /// The name the dialect's clients know it by, when that is not the thread's UUID. Content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Where it takes place (`web`, `telegram`, …), for dialects that have channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// A name given at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Where a conversation came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Imported {
    /// The program it took place in: `chatgpt`, `open-webui`, `librechat`.
    pub source: String,
    /// What it was called there; no name that people gave.
    pub reference: String,
    /// When it began there, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at: Option<i64>,
    /// When it was changed last there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<i64>,
    /// When its messages were written there, where that is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub written: Vec<Written>,
    /// Images, files and calls of tools that were left out.
    #[serde(default, skip_serializing_if = "is_none_left")]
    pub left_out: u64,
}

/// When a message was written elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Written {
    /// The message, or the answer.
    pub message: MessageId,
    /// In microseconds since 1970.
    pub at: i64,
}

/// A user's message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MessageSent {
    /// The message.
    pub message: MessageId,
    /// Its place, from 1; the answer's is the next one, reserved with it.
    pub index: u64,
    /// What was typed, without what moderation took out of it. Content.
    pub text: String,
    /// What was shown with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The message this one is an edit of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<MessageId>,
    /// The turn that will answer it.
    pub turn: TurnId,
    /// Which provider to ask.
    pub route: Route,
    /// What the sender asked of this one turn.
    #[serde(default)]
    pub options: TurnOptions,
}

/// What moderation said of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictRecorded {
    /// The turn that answers the message, or makes it.
    pub turn: TurnId,
    /// Which side spoke.
    pub stage: Stage,
    /// The message; of what came with a wish for another answer, its id ([`TurnId::wish`]), and nothing where that was
    /// not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// The verdict.
    pub verdict: Verdict,
    /// What the author was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// What is answered: no model is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

/// Which side of a conversation was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// What a person wrote.
    Input,
    /// What a model wrote.
    Output,
}

/// Something that came with a message: its bytes are kept apart from the log, sealed with a key of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attachment {
    /// Which bytes.
    pub blob: BlobId,
    /// What they are, once opened: `image/jpeg`.
    pub mime: String,
    /// How many they are, sealed.
    pub size: u64,
    /// The SHA-256 of the sealed bytes, in hexadecimal digits.
    pub sha256: String,
    /// The key that opens them, in base64. Content: it goes with the message, and the bytes are worth nothing then.
    pub key: String,
}

/// The beginning of a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyStarted {
    /// The turn.
    pub turn: TurnId,
    /// The user's message it answers.
    pub answers: MessageId,
    /// The answer's place.
    pub index: u64,
    /// The answer it replaces (reload and edit).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<TurnId>,
    /// The provider to be asked first.
    pub route: Route,
    /// What the sender asked of this turn.
    #[serde(default)]
    pub options: TurnOptions,
    /// Which messages the model is shown: enough to compute the context again from the log.
    pub context: ContextRule,
}

/// The end of a turn, however it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplyEnd {
    /// The turn.
    pub turn: TurnId,
    /// Everything the model wrote up to now, without what moderation took out of it. Content.
    pub text: String,
    /// What a thinking model showed of its thoughts. Content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// The provider and model that wrote it.
    pub route: Route,
    /// Why the model stopped, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<FinishReason>,
    /// A sentence for people, when the turn failed. Content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What it cost, all attempts together.
    pub usage: Usage,
    /// Every call to a provider, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<Attempt>,
    /// How many earlier messages the model was shown.
    #[serde(default)]
    pub context_messages: u32,
    /// The passages that the answer rests on, where it was to rest on documents and they were looked through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Sources>,
    /// What the model could look things up with, where it could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Tools>,
}

/// What an answer out of documents rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sources {
    /// By which words it was asked for, by a name that means the same for ever.
    pub prompt: String,
    /// Best first; none: nothing fitted, and nobody was asked.
    pub passages: Vec<Source>,
}

/// A passage of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The document.
    pub ingest: IngestId,
    /// Its place in it, from 0.
    pub chunk: u64,
    /// How well it fits the question, in thousandths; comparable within one answer.
    pub score: u64,
    /// What moderation found in it, by the names of policies' categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flagged: Vec<String>,
    /// It was kept from the model for that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept_back: bool,
}

impl ReplyEnd {
    /// Whether it is a refusal: moderation answered, and nobody was asked.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.finish == Some(FinishReason::ContentFilter) && self.attempts.is_empty()
    }

    /// The HTTP status that was the failure which is told; the last one's, where that is no provider's.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let mut attempts = self.attempts.iter();
        let told = attempts.rfind(|attempt| attempt.error == self.error);
        told.or(self.attempts.last())?.status
    }

    /// The model that wrote it, in the provider's words.
    #[must_use]
    pub fn model(&self) -> &str {
        let reported = self.attempts.last().and_then(|last| last.model.as_deref());
        reported.unwrap_or(&self.route.model)
    }
}

/// One call to a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attempt {
    /// Whom.
    pub route: Route,
    /// From request to end, in milliseconds.
    pub duration_ms: u64,
    /// A sentence, when it failed. Without secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The HTTP status that it answered with, when that was not one of success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The model that answers, in the provider's words, where that is another name than it was asked for by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What it cost.
    pub usage: Usage,
    /// The place of the oldest message it was shown; what was visible before that was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_from: Option<u64>,
    /// The images it was shown, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<BlobId>,
}

/// Tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Tokens read by the model.
    pub prompt_tokens: u64,
    /// Tokens written by the model.
    pub completion_tokens: u64,
    /// Counted by us from what was received, because the provider did not say.
    #[serde(default)]
    pub estimated: bool,
}

/// A provider by its configured name, and the model asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Route {
    /// As configured (`default` is resolved before it gets here).
    pub provider: String,
    /// As the provider calls it.
    pub model: String,
}

/// Why a model stopped writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FinishReason {
    /// It was done.
    Stop,
    /// The token limit.
    Length,
    /// The provider's or our moderation.
    ContentFilter,
    /// It wants tools.
    ToolCalls,
    /// The provider said it failed.
    Error,
    /// Anything else.
    Other,
}

/// How the model's context is chosen, so that it can be computed again from the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContextRule {
    /// The rule's name and version. `recent-4`: to each provider the message, and of the visible ones before
    /// it the newest that fit its limit, beginning with a person's where some do not; a message that alone does
    /// not fit is sent to nobody, nor is one that moderation keeps from models, and its refusal or answer, or the answer
    /// to such a wish for another one. `recent-3`: the same, but for such answers. `recent-2`: the same, of when nobody
    /// judged. `none`: only the message. `recent-1`, of old: as `recent-2` with `budget_tokens` for all, a token being
    /// four characters, whatever the first one is, and the message even when it does not fit.
    pub rule: String,
    /// The most tokens that the provider asked first is shown.
    pub budget_tokens: u64,
    /// Each provider that may be asked and reads what was said before, in the order of asking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<ContextLimit>,
}

/// How much one provider is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContextLimit {
    /// By its configured name.
    pub provider: String,
    /// How tokens are counted, by a name that means the same for ever; four more for each message.
    pub tokenizer: String,
    /// The most tokens.
    pub budget_tokens: u64,
    /// The most images it is shown, the newest ones; each counts as 1,600 tokens. 0: it sees none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub images: u32,
}

/// For `skip_serializing_if`, which wants a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "that is how serde asks")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// The same for a larger count.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "that is how serde asks")]
fn is_none_left(count: &u64) -> bool {
    *count == 0
}

/// Who asked a turn to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// A person pressed stop.
    Asked,
    /// A newer send, edit or reload takes its place.
    Superseded,
    /// The thread is being erased.
    Erased,
    /// A moderator hides the thread.
    Hidden,
}

/// One store's part of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Destroyed {
    /// The store: `keys`, `views`, `drafts`, …
    pub store: String,
    /// What was there, where it can be counted: keys, rows, files.
    pub items: u64,
}

/// A hidden range of indexes, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cut {
    /// The first hidden index.
    pub from: u64,
    /// The last hidden index.
    pub to: u64,
}

/// What a history ends with: the last visible unreplaced user message and answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tail {
    /// The user message and its index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<(MessageId, u64)>,
    /// The answer and its index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<(TurnId, u64)>,
}

/// The API that opened a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// `/api/chat`
    Assistant,
    /// `/api/chat-threads/`
    Threads,
    /// `/api/v1/chat`
    Rag,
    /// `/v1/chat/completions`
    Openai,
    /// `/api/v1/chats`
    Chats,
}

/// What happens to a send while a reply is running.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TurnPolicy {
    /// It is stored and answered afterwards.
    #[default]
    Queue,
    /// It is refused.
    Reject,
    /// It ends the running reply, whose text is kept.
    Interrupt,
}

/// What the sender asked of one turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TurnOptions {
    /// The tone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mood: Option<Mood>,
    /// Prefer looking things up on the web.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub web: bool,
    /// Ask for no thoughts, where the provider can be asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_reasoning: bool,
    /// Answer out of these documents and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounding: Option<Grounding>,
}

/// Out of which documents a question is to be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Grounding {
    /// Those of this session.
    pub session: RagSessionId,
    /// Of them only this user's.
    pub owner: UserId,
    /// Of them only those of exactly this institution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
}

impl TurnOptions {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// To the point.
    Serious,
    /// Warm.
    Friendly,
    /// Neither.
    Normal,
}
