//! Logs with a past: conversations that went on for a long time, written in no time.

use aggregates::{
    MessageId, ThreadId, TurnId, UserId,
    thread::{
        ContextRule, Dialect, FinishReason, MessageSent, Opened, ReplyEnd, ReplyStarted, Route,
        Thread, ThreadEvent, TurnOptions, Usage,
    },
};
use colloquy::{
    shutdown::Shutdown,
    store::{Bell, Commit, Committer, DatabaseUrl, NewEvent, Pending, Store, StoreConfig},
};
use cqrs_es::Aggregate;
use std::{collections::VecDeque, time::Duration};
use uuid::Uuid;

use crate::{Outcome, runtime};

/// Turns of one conversation of the big log: with its opening, 31 events, one commit.
const TURNS: u64 = 10;
/// Turns in one commit of a long conversation.
const TURNS_AT_ONCE: u64 = 20;
/// Commits under way at once.
const AHEAD: usize = 256;

const QUESTION: &str =
    "Could you tell me in a few words what an append-only log is good for, please?";
const ANSWER: &str = "An append-only log keeps what happened in the order in which it happened. Nothing in it is \
                      ever changed, so every view of it can be made anew, and every past moment can be replayed.";

/// Fills an empty log with `events` events, or a few more, of many conversations.
pub(crate) fn conversations(database: &DatabaseUrl, events: u64) -> Outcome {
    write(database, async move |writer| {
        let owner = UserId(Uuid::now_v7());
        let mut written = 0;
        while written < events {
            let mut thread = Conversation::new(owner, None);
            let opened = [thread.opened()];
            let turns = (0..TURNS).flat_map(|_| thread.turn());
            let events: Vec<ThreadEvent> = opened.into_iter().chain(turns).collect();
            written += events.len() as u64;
            writer.commit(thread.id, 0, &events).await?;
        }
        Ok(())
    })
}

/// Gives `owner` a conversation of this name (`<user>:<channel>:<name>`) with so many messages.
pub(crate) fn long_conversation(
    database: &DatabaseUrl,
    owner: UserId,
    name: &str,
    messages: u64,
) -> Outcome {
    let name = name.to_owned();
    write(database, async move |writer| {
        let mut thread = Conversation::new(owner, Some(name));
        let mut expected = 0;
        let mut left = messages / 2;
        while left > 0 {
            let turns = left.min(TURNS_AT_ONCE);
            let mut events = vec![];
            if expected == 0 {
                events.push(thread.opened());
            }
            events.extend((0..turns).flat_map(|_| thread.turn()));
            // One stream's commits go in order, so the next need not wait for this one.
            writer.commit(thread.id, expected, &events).await?;
            expected += events.len() as u64;
            left -= turns;
        }
        Ok(())
    })
}

struct Writer {
    committer: Committer,
    pending: VecDeque<Pending>,
}

impl Writer {
    async fn commit(&mut self, id: ThreadId, expected: u64, events: &[ThreadEvent]) -> Outcome {
        let commit = Commit {
            command_id: Uuid::now_v7(),
            fingerprint: None,
            aggregate_type: Thread::TYPE,
            aggregate_id: id.to_string(),
            expected,
            epoch: 0,
            events: events.iter().map(NewEvent::of).collect::<Result<_, _>>()?,
            metadata: "{}".to_owned(),
            reserve: vec![],
            release: vec![],
            turns: vec![],
        };
        self.pending
            .push_back(self.committer.try_slot()?.submit(commit));
        if self.pending.len() > AHEAD {
            self.settle(AHEAD / 2).await?;
        }
        Ok(())
    }

    /// Waits until only so many are under way.
    async fn settle(&mut self, left: usize) -> Outcome {
        while self.pending.len() > left
            && let Some(next) = self.pending.pop_front()
        {
            next.await?;
        }
        Ok(())
    }
}

fn write(database: &DatabaseUrl, work: impl AsyncFnOnce(&mut Writer) -> Outcome) -> Outcome {
    runtime::all_cores()?.block_on(async {
        let (store, shutdown) = (
            Store::open(&StoreConfig::new(database.clone())).await?,
            Shutdown::default(),
        );
        let committer = Committer::start(store.clone(), Bell::new(), &shutdown);
        let mut writer = Writer {
            committer: committer.clone(),
            pending: VecDeque::new(),
        };
        work(&mut writer).await?;
        writer.settle(0).await?;
        drop(writer);
        committer.close();
        shutdown.finish(Duration::from_secs(30)).await;
        store.close().await;
        Ok(())
    })
}

/// A conversation in the making.
struct Conversation {
    id: ThreadId,
    owner: UserId,
    name: Option<String>,
    next_index: u64,
}

impl Conversation {
    fn new(owner: UserId, name: Option<String>) -> Self {
        let id = name
            .as_deref()
            .map_or_else(|| ThreadId(Uuid::now_v7()), ThreadId::named);
        Self {
            id,
            owner,
            name,
            next_index: 1,
        }
    }

    fn opened(&self) -> ThreadEvent {
        ThreadEvent::Opened(Opened {
            owner: self.owner,
            dialect: Dialect::Assistant,
            reference: self.name.clone(),
            channel: Some("web".to_owned()),
            name: None,
        })
    }

    /// A message and its answer.
    fn turn(&mut self) -> [ThreadEvent; 3] {
        let index = self.next_index;
        self.next_index += 2;
        let (message, turn) = (MessageId(Uuid::now_v7()), TurnId(Uuid::now_v7()));
        let route = Route {
            provider: "echo".to_owned(),
            model: "echo".to_owned(),
        };
        [
            ThreadEvent::MessageSent(MessageSent {
                message,
                index,
                text: QUESTION.to_owned(),
                replaces: None,
                turn,
                route: route.clone(),
                options: TurnOptions::default(),
            }),
            ThreadEvent::ReplyStarted(ReplyStarted {
                turn,
                answers: message,
                index: index + 1,
                replaces: None,
                route: route.clone(),
                options: TurnOptions::default(),
                context: ContextRule {
                    rule: "none".to_owned(),
                    budget_tokens: 8192,
                    limits: vec![],
                },
            }),
            ThreadEvent::ReplyCompleted(ReplyEnd {
                turn,
                text: ANSWER.to_owned(),
                reasoning: None,
                route,
                finish: Some(FinishReason::Stop),
                error: None,
                usage: Usage {
                    prompt_tokens: 20,
                    completion_tokens: 40,
                    estimated: true,
                },
                attempts: vec![],
                context_messages: 1,
            }),
        ]
    }
}
