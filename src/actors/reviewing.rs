//! What moderators decide takes effect in the thread, by its actor, on the message as the log has it; what belongs to
//! none has a place of its own.

pub(super) mod completions;

use aggregates::{
    CommandId, MessageId, ThreadId, UserId,
    thread::{Refusal, ReplyEnd, Review, Ruling, Said, Thread, ThreadCommand, ThreadEvent},
};
use cqrs_es::Aggregate;

use super::{
    Directory,
    messages::{CommandError, Origin},
};
use crate::store::{Recorded, StoreError};

/// Events that are read at a time.
const PAGE: u32 = 256;
/// Tries to decide on a thread that keeps changing.
const TRIES: u32 = 16;

impl Directory {
    /// A message as it was written, whatever was redacted of it since. `None`: it is not finished, erased, or was never
    /// there.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn as_written(
        &self,
        thread: ThreadId,
        message: MessageId,
    ) -> Result<Option<Said>, StoreError> {
        let found = self.look_up(thread, message).await?;
        Ok(found.map(|(said, _)| said))
    }

    /// The same, and the sequence of the thread's last event when it was looked up.
    async fn look_up(
        &self,
        thread: ThreadId,
        message: MessageId,
    ) -> Result<Option<(Said, u64)>, StoreError> {
        let (store, id) = (&self.services().store, thread.to_string());
        let head = store.last_sequence(Thread::TYPE, &id).await?;
        let mut look = Look::of(message);
        let mut before = head + 1;
        while before > 1 && !look.done {
            let page = store.read_back(Thread::TYPE, &id, before, PAGE).await?;
            let Some(oldest) = page.last() else { break };
            before = oldest.sequence;
            look.take_all(&page);
        }
        Ok(look.said.map(|said| (said, head)))
    }

    /// Notes in its thread what moderators have decided about a message, with what follows from that; once for each
    /// `command`. Of a conversation that was erased nothing is said any more.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn review(
        &self,
        thread: ThreadId,
        message: MessageId,
        by: UserId,
        ruling: Ruling,
        command: CommandId,
    ) -> Result<(), CommandError> {
        for _ in 0..TRIES {
            if self.recall(command).await?.is_some() {
                return Ok(());
            }
            let Some((said, sequence)) = self.look_up(thread, message).await? else {
                return Ok(());
            };
            let review = Review {
                message,
                by,
                ruling: ruling.clone(),
                said,
            };
            let origin = Origin {
                command,
                ..Origin::user(by)
            };
            let origin = origin.having_seen(sequence);
            let outcome = self.execute(thread, ThreadCommand::Review(review), origin);
            match outcome.await {
                Err(CommandError::Refused(Refusal::Stale)) => {}
                Err(CommandError::Refused(refusal)) => {
                    tracing::info!(%thread, %message, %refusal, "a decision has nothing to be noted in");
                    return Ok(());
                }
                outcome => return outcome.map(drop),
            }
        }
        Err(CommandError::Unavailable)
    }
}

/// A walk over a thread's events from the newest to the oldest.
struct Look {
    message: MessageId,
    replaced: bool,
    /// An answer whose beginning, which knows its place, has not been seen yet.
    ended: Option<ReplyEnd>,
    said: Option<Said>,
    done: bool,
}

impl Look {
    fn of(message: MessageId) -> Self {
        Self {
            message,
            replaced: false,
            ended: None,
            said: None,
            done: false,
        }
    }

    fn take_all(&mut self, page: &[Recorded]) {
        for recorded in page {
            if self.done {
                return;
            }
            match serde_json::from_str(&recorded.payload) {
                Ok(event) => self.take(event),
                Err(error) => {
                    tracing::error!(position = recorded.position, %error, "an event cannot be read");
                }
            }
        }
    }

    fn take(&mut self, event: ThreadEvent) {
        let says_it = event.says() == Some(self.message);
        match event {
            ThreadEvent::MessageSent(sent) => {
                self.replaced |= sent.replaces == Some(self.message);
                if says_it {
                    self.found(sent.index, sent.text, None);
                }
            }
            ThreadEvent::ReloadRequested {
                index,
                said: Some(said),
                ..
            } if says_it => {
                // It stands in for the message before the answer, and is never the newest one, being none.
                self.replaced = true;
                self.found(index.saturating_sub(1), said, None);
            }
            ThreadEvent::ReplyStarted(started) => {
                let replaces = started.replaces.map(|turn| turn.answer());
                self.replaced |= replaces == Some(self.message);
                if started.turn.answer() == self.message {
                    match self.ended.take() {
                        Some(end) => self.found(started.index, end.text, end.reasoning),
                        None => self.done = true,
                    }
                }
            }
            ThreadEvent::ReplyCompleted(end)
            | ThreadEvent::ReplyFailed(end)
            | ThreadEvent::ReplyStopped(end)
            | ThreadEvent::ReplyInterrupted(end)
                if says_it =>
            {
                self.ended = Some(end);
            }
            ThreadEvent::ErasureRequested {} => self.done = true,
            _ => {}
        }
    }

    fn found(&mut self, index: u64, text: String, reasoning: Option<String>) {
        self.done = true;
        self.said = Some(Said {
            index,
            newest: !self.replaced,
            text,
            reasoning,
        });
    }
}
