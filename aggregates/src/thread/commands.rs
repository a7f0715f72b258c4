//! What somebody may want of a thread. Ids, routes and facts about older messages come in with the command.

use super::{
    events::{
        Attachment, Attempt, ContextRule, Cut, Destroyed, Dialect, Imported, ReplyEnd, Route,
        StopReason, Tail, TurnOptions, TurnPolicy,
    },
    expiry::Expired,
    tools::{ToolAnswered, ToolCalled},
};
use crate::{
    case::Decision,
    hold::{Hold, Release},
    ids::{MessageId, TurnId, UserId},
    verdict::{Judged, Verdict},
};

/// A command to a thread.
#[derive(Clone, Debug)]
pub enum ThreadCommand {
    /// Make the conversation. Refused when it is open already.
    Open(Opening),
    /// Say something.
    Send(SendMessage),
    /// Say the last thing again, differently. A running reply to it is superseded.
    Edit {
        /// The user message to replace: the last unreplaced one.
        target: MessageId,
        /// The new message; `opening` and `policy` are ignored.
        send: SendMessage,
    },
    /// Answer the last user message again. A running reply to it is superseded.
    Reload {
        /// The new turn.
        turn: TurnId,
        /// Which provider to ask.
        route: Route,
        /// What is asked of the new turn; those of the first one were for that one only.
        options: TurnOptions,
        /// How the context is chosen.
        context: ContextRule,
        /// What was typed with the wish: the model is shown it in the message's place.
        said: Option<String>,
        /// What moderation says of that.
        judged: Option<Judged>,
    },
    /// Give another name.
    Rename {
        /// 1 to 150 characters.
        name: String,
        /// Made by the title subscriber: refused (no event) once a person named the thread.
        generated: bool,
    },
    /// Note what a title has cost; whatever became of the thread meanwhile.
    NoteTitle {
        /// The calls.
        attempts: Vec<Attempt>,
        /// How often the thread had been erased when they were made: of what is erased no error may tell.
        erasure: u64,
    },
    /// Take it off the list. Idempotent.
    Archive,
    /// Put it back on the list. Idempotent.
    Unarchive,
    /// Hide everything before `before`.
    Truncate {
        /// The first index that stays visible.
        before: u64,
        /// Messages hidden by this, counted by the caller.
        deleted: u64,
        /// Messages still visible, counted by the caller.
        kept: u64,
        /// The thread's `next_index` when the caller counted; refused as stale when it has moved on.
        next_index: u64,
    },
    /// Hide a message and everything after it. A running reply is superseded.
    Rewind {
        /// The message's index.
        from: u64,
        /// Messages hidden by this, counted by the caller.
        deleted: u64,
        /// What the history ends with afterwards, looked up by the caller in the log as it is now: an edit
        /// or a reload moves no index, so `next_index` does not give away an older look.
        tail: Tail,
        /// As in `Truncate`.
        next_index: u64,
    },
    /// Show everything again.
    Restore {
        /// Messages shown again, counted by the caller.
        restored: u64,
        /// What the history ends with afterwards; see `Rewind`.
        tail: Tail,
        /// As in `Truncate`.
        next_index: u64,
    },
    /// Ask the running reply to end. Without a running reply nothing happens (no event, no refusal).
    RequestStop {
        /// Only this turn, when given.
        turn: Option<TurnId>,
        /// Why.
        reason: StopReason,
    },
    /// Have a tool called for the running turn: the next one of its calls. Refused once the turn is to stop.
    CallTool(ToolCalled),
    /// Note what came of a call of the running turn.
    AnswerTool(ToolAnswered),
    /// The provider is done, and this is what moderation says of what it wrote. The next pending turn starts in the
    /// same commit; so with the other three endings.
    CompleteReply(ReplyEnd, Option<Verdict>, ContextRule),
    /// The provider failed.
    FailReply(ReplyEnd, Option<Verdict>, ContextRule),
    /// The turn obeyed a stop.
    StopReply(ReplyEnd, Option<Verdict>, ContextRule),
    /// The turn's owner is gone.
    InterruptReply(ReplyEnd, Option<Verdict>, ContextRule),
    /// Note what a moderator has decided about a message, or that it stands no more, and do what follows from it.
    Review(Review),
    /// Let nothing of it be destroyed for as long as this hold lasts. Idempotent. An erased conversation can be
    /// held, too, until its erasure is confirmed.
    Hold(Hold),
    /// Let this hold end.
    ReleaseHold(Release),
    /// Keep, with an erased conversation's content, what its running reply had shown. Nothing happens when there is
    /// no such reply, when nothing was shown, or when that is kept already.
    KeepReply {
        /// The running turn.
        turn: TurnId,
        /// What it had shown.
        text: String,
        /// What a thinking model showed of its thoughts.
        reasoning: Option<String>,
    },
    /// Note that what was said up to now was said elsewhere. Idempotent; refused while a reply runs.
    NoteImport(Imported),
    /// Destroy the contents. Ends a running reply; pending turns are dropped. Idempotent.
    RequestErasure,
    /// The same, by somebody whose conversation it is not.
    OrderErasure {
        /// Who.
        by: UserId,
        /// Why.
        reason: String,
    },
    /// The contents are gone. Refused while the erased conversation's reply still runs. Idempotent.
    ConfirmErasure {
        /// How many of the thread's erasures were carried out, see [`super::Thread::erasures`].
        erasure: u64,
        /// What was destroyed, and where.
        receipt: Vec<Destroyed>,
    },
    /// Destroy what was said before a day, of a thread that goes on. Idempotent; nothing happens to a held or an erased
    /// one. The caller has looked up which messages that concerns.
    Expire(Expired),
    /// That is gone. Idempotent.
    ConfirmExpiry {
        /// How many of the thread's expiries were carried out, see [`super::Expiry::count`].
        expiry: u64,
        /// What was destroyed, and where.
        receipt: Vec<Destroyed>,
    },
}

/// What moderators make of a message.
#[derive(Clone, Debug)]
pub struct Review {
    /// The version that was judged.
    pub message: MessageId,
    /// By whom.
    pub by: UserId,
    /// What they say of it.
    pub ruling: Ruling,
    /// The message as it was written, looked up by the caller in the log as it is now.
    pub said: Said,
}

/// What moderators say of a message.
#[derive(Clone, Debug)]
pub enum Ruling {
    /// This.
    Decided {
        /// How.
        decision: Decision,
        /// The decision that stands no more with this one.
        instead_of: Option<Decision>,
        /// Why.
        reason: String,
        /// Which rule was broken.
        policy: Option<String>,
    },
    /// What was decided does not stand.
    Overturned {
        /// That.
        undone: Decision,
        /// Why.
        reason: String,
    },
}

/// A message as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Its place.
    pub index: u64,
    /// Nothing has replaced it.
    pub newest: bool,
    /// What it says.
    pub text: String,
    /// What a thinking model showed of its thoughts.
    pub reasoning: Option<String>,
}

/// How to make the conversation.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Whose it will be.
    pub owner: UserId,
    /// Which API opens it.
    pub dialect: Dialect,
    /// See [`super::Opened::reference`].
    pub reference: Option<String>,
    /// See [`super::Opened::channel`].
    pub channel: Option<String>,
    /// A name given at once.
    pub name: Option<String>,
}

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct SendMessage {
    /// Opens the thread in the same commit when it is not open.
    pub opening: Option<Opening>,
    /// The new message's id.
    pub message: MessageId,
    /// The id of the turn that will answer it.
    pub turn: TurnId,
    /// What was typed; not empty, no U+0000 (the edge has checked). Moderation has taken out what is not kept.
    pub text: String,
    /// What moderation says of it.
    pub judged: Option<Judged>,
    /// What is shown with it; its bytes are durable.
    pub attachments: Vec<Attachment>,
    /// Which provider to ask.
    pub route: Route,
    /// What the sender asked of this turn.
    pub options: TurnOptions,
    /// How the context is chosen.
    pub context: ContextRule,
    /// What to do when a reply is running.
    pub policy: TurnPolicy,
    /// Refuse when the thread is archived.
    pub archived_is_readonly: bool,
}

impl ThreadCommand {
    /// How the context of the turn is chosen that starts when this ending is recorded.
    pub fn next_context(&mut self) -> Option<&mut ContextRule> {
        match self {
            Self::CompleteReply(.., next)
            | Self::FailReply(.., next)
            | Self::StopReply(.., next)
            | Self::InterruptReply(.., next) => Some(next),
            _ => None,
        }
    }

    /// What has to be kept before this ending is recorded, should the conversation be erased.
    #[must_use]
    pub fn to_be_kept(&self) -> Option<Self> {
        match self {
            Self::CompleteReply(end, ..)
            | Self::FailReply(end, ..)
            | Self::StopReply(end, ..)
            | Self::InterruptReply(end, ..) => Some(Self::KeepReply {
                turn: end.turn,
                text: end.text.clone(),
                reasoning: end.reasoning.clone(),
            }),
            _ => None,
        }
    }

    /// The hidden range that `Truncate { before }` means.
    #[must_use]
    pub fn truncation(before: u64) -> Cut {
        Cut {
            from: 1,
            to: before.saturating_sub(1),
        }
    }
}
