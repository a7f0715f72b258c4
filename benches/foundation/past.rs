//! Logs with a past: conversations that went on for a long time, written in no time.

use aggregates::{
    MessageId, ThreadId, TurnId, UserId,
    thread::{
        ContextRule, Cut as ThreadCut, Dialect, FinishReason, MessageSent, Opened, ReplyEnd,
        ReplyStarted, Route, Thread, ThreadEvent, TurnOptions, Usage,
    },
};
use colloquy::{
    projector,
    shutdown::Shutdown,
    store::{Bell, Commit, Committer, DatabaseUrl, NewEvent, Pending, Store},
    views::Views,
};
use cqrs_es::Aggregate;
use std::{collections::VecDeque, time::Duration};
use uuid::Uuid;

use crate::{Outcome, runtime, server};

/// Turns of one conversation of the big log.
const TURNS: u64 = 10;
/// Its events, with its opening, in one commit.
pub(crate) const OF_ONE: u64 = 1 + 3 * TURNS;
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
            writer.conversation(owner).await?;
            written += OF_ONE;
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

/// Lets `owner` say, and be answered, so many messages in many conversations, each in other words.
pub(crate) fn said(database: &DatabaseUrl, owner: UserId, messages: u64) -> Outcome {
    write(database, async move |writer| {
        let mut left = messages;
        let mut number = 0;
        while left > 0 {
            let turns = (left / 2).clamp(1, TURNS);
            let mut thread = Conversation::new(owner, None);
            let mut events = vec![thread.opened()];
            for _ in 0..turns {
                events.extend(thread.turn_of(words(number), words(number + 1)));
                number += 2;
            }
            writer.commit(thread.id, 0, &events).await?;
            left = left.saturating_sub(2 * turns);
        }
        Ok(())
    })
}

/// Gives `owner` so many conversations of two messages; every ten thousandth is archived, the one after it of
/// another channel.
pub(crate) fn short_conversations(
    database: &DatabaseUrl,
    owner: UserId,
    conversations: u64,
) -> Outcome {
    write(database, async move |writer| {
        for number in 0..conversations {
            let mut thread = Conversation::new(owner, None);
            let mut opened = thread.opened();
            if let ThreadEvent::Opened(opened) = &mut opened
                && number % 10_000 == 1
            {
                opened.channel = Some("telegram".to_owned());
            }
            let mut events = vec![opened];
            events.extend(thread.turn());
            if number % 10_000 == 0 {
                events.push(ThreadEvent::Archived {});
            }
            writer.commit(thread.id, 0, &events).await?;
        }
        Ok(())
    })
}

/// Cuts a conversation of [`long_conversation`] down to its last messages.
pub(crate) fn cut(database: &DatabaseUrl, name: &str, messages: u64, kept: u64) -> Outcome {
    let id = ThreadId::named(name);
    write(database, async move |writer| {
        let (deleted, cut) = (
            messages - kept,
            ThreadCut {
                from: 1,
                to: messages - kept,
            },
        );
        let event = ThreadEvent::HistoryTruncated { cut, deleted, kept };
        writer.commit(id, 1 + messages / 2 * 3, &[event]).await
    })
}

/// Thirty words of which some are everywhere and most are rare; every second text has a phrase in common.
fn words(number: u64) -> String {
    let mut text = String::with_capacity(256);
    if number.is_multiple_of(2) {
        text.push_str("It is said with common words: ");
    }
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for _ in 0..28 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let of_thousand = (state >> 33) % 1_000;
        // Small numbers are much more frequent than large ones.
        let word = of_thousand * of_thousand * of_thousand / 50_000;
        text.push_str(&format!("w{word} "));
    }
    text.push_str(&format!("rare{}.", number % 1_000));
    text
}

/// Writes commits of threads, many at a time.
pub(crate) struct Writer {
    committer: Committer,
    pending: VecDeque<Pending>,
}

impl Writer {
    pub(crate) async fn commit(
        &mut self,
        id: ThreadId,
        expected: u64,
        events: &[ThreadEvent],
    ) -> Outcome {
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

    /// A conversation of [`OF_ONE`] events.
    pub(crate) async fn conversation(&mut self, owner: UserId) -> Outcome {
        let mut thread = Conversation::new(owner, None);
        let opened = [thread.opened()];
        let turns = (0..TURNS).flat_map(|_| thread.turn());
        let events: Vec<ThreadEvent> = opened.into_iter().chain(turns).collect();
        self.commit(thread.id, 0, &events).await
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

/// Writes to a log what `work` makes, as fast as it takes it.
pub(crate) fn write(
    database: &DatabaseUrl,
    work: impl AsyncFnOnce(&mut Writer) -> Outcome,
) -> Outcome {
    runtime::all_cores()?.block_on(async {
        let (store, shutdown) = (
            Store::open(&server::beside(database)).await?,
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

/// Makes all views of a log that was written.
pub(crate) fn make_views(database: &DatabaseUrl) -> Outcome {
    runtime::all_cores()?.block_on(async {
        let config = server::beside(database);
        let store = Store::open(&config).await?;
        let views = Views::open(&config, &store).await?;
        projector::catch_up(&store, &views).await?;
        views.close().await;
        store.close().await;
        Ok(())
    })
}

/// A conversation in the making.
pub(crate) struct Conversation {
    pub(crate) id: ThreadId,
    owner: UserId,
    name: Option<String>,
    next_index: u64,
}

impl Conversation {
    pub(crate) fn new(owner: UserId, name: Option<String>) -> Self {
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

    pub(crate) fn opened(&self) -> ThreadEvent {
        ThreadEvent::Opened(Opened {
            owner: self.owner,
            dialect: Dialect::Assistant,
            reference: self.name.clone(),
            channel: Some("web".to_owned()),
            name: None,
        })
    }

    /// A message and its answer.
    pub(crate) fn turn(&mut self) -> [ThreadEvent; 3] {
        self.turn_of(QUESTION.to_owned(), ANSWER.to_owned())
    }

    fn turn_of(&mut self, question: String, answer: String) -> [ThreadEvent; 3] {
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
                text: question,
                attachments: vec![],
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
                text: answer,
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
                sources: None,
                tools: None,
            }),
        ]
    }
}
