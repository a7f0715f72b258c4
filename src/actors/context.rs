//! What a model is shown: read from the log, newest first, until the budget is spent.
//!
//! A pure function of the log up to the turn's start and of its rule, so that an auditor computes the
//! same context again years later.

use std::collections::HashSet;

use aggregates::{
    MessageId, ThreadId,
    thread::{ContextRule, Cut, Mood, ReplyEnd, ThreadEvent},
};
use cqrs_es::Aggregate;

use crate::{
    providers::{Message, Role},
    store::{Store, StoreError},
};

/// The newest visible messages that fit.
pub(super) const RECENT: &str = "recent-1";
/// Only the message itself.
pub(super) const NONE: &str = "none";

/// Events read at a time.
const PAGE: u32 = 64;

/// What the thread's state knows when the turn starts.
pub(super) struct Start<'a> {
    pub(super) thread: ThreadId,
    /// The sequence of `reply.started`.
    pub(super) sequence: u64,
    /// The message to be answered.
    pub(super) answers: MessageId,
    pub(super) rule: &'a ContextRule,
    pub(super) cuts: &'a [Cut],
}

/// The messages to show, oldest first; the last one is the message to be answered.
pub(super) async fn read(store: &Store, start: Start<'_>) -> Result<Vec<Message>, StoreError> {
    let mut context = Backwards::new(&start);
    let mut before = start.sequence;
    let id = start.thread.to_string();
    while before > 1 && !context.full {
        let page = store
            .read_back(aggregates::thread::Thread::TYPE, &id, before, PAGE)
            .await?;
        let Some(oldest) = page.last() else { break };
        before = oldest.sequence;
        for recorded in &page {
            match serde_json::from_str(&recorded.payload) {
                Ok(event) => context.take(event),
                Err(error) => {
                    tracing::error!(position = recorded.position, %error, "an event cannot be read")
                }
            }
        }
    }
    Ok(context.finish())
}

/// A tone line for the system prompt.
pub(super) fn system_prompt(mood: Option<Mood>) -> Option<String> {
    match mood {
        Some(Mood::Serious) => Some("Answer in a serious, factual tone.".to_owned()),
        Some(Mood::Friendly) => Some("Answer in a warm, friendly tone.".to_owned()),
        Some(Mood::Normal) | None => None,
    }
}

/// About four characters to a token, and a few for the frame around each message.
fn estimate(text: &str) -> u64 {
    text.chars().count() as u64 / 4 + 4
}

/// The fold over a thread's events from the newest to the oldest.
struct Backwards<'a> {
    start: &'a Start<'a>,
    /// The place of the message to be answered, once it was seen.
    limit: Option<u64>,
    replaced: HashSet<uuid::Uuid>,
    /// Endings whose beginning, which knows the place, has not been seen yet.
    ended: Vec<ReplyEnd>,
    chosen: Vec<(u64, Message)>,
    /// Newer than the message to be answered, by place unknown until that one is seen.
    held: Vec<(u64, Message)>,
    tokens: u64,
    full: bool,
}

impl<'a> Backwards<'a> {
    fn new(start: &'a Start<'a>) -> Self {
        Self {
            start,
            limit: None,
            replaced: HashSet::new(),
            ended: vec![],
            chosen: vec![],
            held: vec![],
            tokens: 0,
            full: false,
        }
    }

    fn take(&mut self, event: ThreadEvent) {
        if self.full {
            return;
        }
        match event {
            ThreadEvent::MessageSent(sent) => {
                if let Some(old) = sent.replaces {
                    self.replaced.insert(old.0);
                }
                if sent.message == self.start.answers {
                    self.limit = Some(sent.index);
                    self.full = self.start.rule.rule == NONE;
                    self.choose(
                        sent.index,
                        Message {
                            role: Role::User,
                            text: sent.text,
                        },
                        true,
                    );
                    for (index, message) in std::mem::take(&mut self.held) {
                        self.offer(index, message);
                    }
                } else if !self.replaced.contains(&sent.message.0) {
                    self.offer(
                        sent.index,
                        Message {
                            role: Role::User,
                            text: sent.text,
                        },
                    );
                }
            }
            ThreadEvent::ReplyCompleted(end)
            | ThreadEvent::ReplyStopped(end)
            | ThreadEvent::ReplyInterrupted(end)
                if !end.text.is_empty() =>
            {
                self.ended.push(end);
            }
            ThreadEvent::ReplyStarted(started) => {
                if let Some(old) = started.replaces {
                    self.replaced.insert(old.0);
                }
                let Some(at) = self.ended.iter().position(|end| end.turn == started.turn) else {
                    return;
                };
                let end = self.ended.swap_remove(at);
                if !self.replaced.contains(&end.turn.0) {
                    self.offer(
                        started.index,
                        Message {
                            role: Role::Assistant,
                            text: end.text,
                        },
                    );
                }
            }
            // What was erased is shown to nobody, a model neither.
            ThreadEvent::ErasureRequested {} => self.full = true,
            _ => {}
        }
    }

    fn offer(&mut self, index: u64, message: Message) {
        if self
            .start
            .cuts
            .iter()
            .any(|cut| (cut.from..=cut.to).contains(&index))
        {
            return;
        }
        match self.limit {
            None => self.held.push((index, message)),
            Some(limit) if index < limit => self.choose(index, message, false),
            // Sent after the message to be answered, waiting for an answer of its own.
            Some(_) => {}
        }
    }

    fn choose(&mut self, index: u64, message: Message, always: bool) {
        let cost = estimate(&message.text);
        if !always && self.tokens + cost > self.start.rule.budget_tokens {
            self.full = true;
            return;
        }
        self.tokens += cost;
        self.chosen.push((index, message));
    }

    fn finish(mut self) -> Vec<Message> {
        self.chosen.sort_by_key(|(index, _)| *index);
        self.chosen
            .into_iter()
            .map(|(_, message)| message)
            .collect()
    }
}
