//! A thread: one conversation, whichever dialect opened it.

mod commands;
mod decide;
mod events;
mod expiry;
mod hidden;
mod refusals;
mod says;
mod state;
#[cfg(test)]
mod tests;
mod tools;
mod turns;

pub use commands::{Opening, Review, Ruling, Said, SendMessage, ThreadCommand};
pub use events::{
    Attachment, Attempt, ContextLimit, ContextRule, Cut, Destroyed, Dialect, FinishReason,
    Grounding, Imported, MessageSent, Mood, Opened, ReplyEnd, ReplyStarted, Route, Source, Sources,
    Stage, StopReason, Tail, ThreadEvent, TurnOptions, TurnPolicy, Usage, VerdictRecorded, Written,
};
pub use expiry::{Expired, Expiry};
pub use refusals::Refusal;
pub use state::{MessageRef, Thread};
pub use tools::{MOST_CALLS, ToolAnswered, ToolCalled, ToolName, Tools};
pub use turns::{OpenTurn, PendingTurn};
