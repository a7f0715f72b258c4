//! A log, what is said in it, and the views of it.

use std::{collections::BTreeMap, time::Duration};

use aggregates::{
    Decide, MessageId, ThreadId, TurnId, UserId,
    thread::{
        ContextRule, Dialect, FinishReason, Opening, ReplyEnd, Route, SendMessage, Thread,
        ThreadCommand, ThreadEvent, TurnOptions, TurnPolicy, Usage,
    },
};
use colloquy::{
    projector::{self, Projector, Step},
    shutdown::Shutdown,
    store::{Bell, Commit, Committer, NewEvent, Store, StoreConfig},
    views::{Freshness, Views},
};
use cqrs_es::{Aggregate, DomainEvent};
use projections::Value;
use uuid::Uuid;

use crate::support::{databases::TestDatabase, meddling::Meddler};

/// Long enough for what happens at once, on any machine.
pub(crate) const SOON: Duration = Duration::from_secs(30);

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) bell: Bell,
    pub(crate) shutdown: Shutdown,
    pub(crate) config: StoreConfig,
    committer: Committer,
    threads: BTreeMap<ThreadId, (Thread, u64)>,
    heads: BTreeMap<String, u64>,
    said: u128,
    pub(crate) database: TestDatabase,
}

impl World {
    pub(crate) async fn on(database: TestDatabase) -> Self {
        let store = database.store().await;
        let (bell, shutdown) = (Bell::new(), Shutdown::default());
        Self {
            committer: Committer::start(store.clone(), bell.clone(), &shutdown),
            store,
            bell,
            shutdown,
            config: database.config(),
            threads: BTreeMap::new(),
            heads: BTreeMap::new(),
            said: 0,
            database,
        }
    }

    /// The views, that nothing moves yet.
    pub(crate) async fn views(&self) -> Views {
        Views::open(&self.config, &self.store).await.unwrap()
    }

    /// The views, and a projector that keeps them.
    pub(crate) async fn live(&self) -> Views {
        let views = self.views().await;
        projector::start(
            self.store.clone(),
            views.clone(),
            self.bell.clone(),
            &self.shutdown,
        );
        views
    }

    /// The views, brought up to the head.
    pub(crate) async fn caught_up(&self) -> Views {
        let views = self.views().await;
        projector::catch_up(&self.store, &views).await.unwrap();
        views
    }

    /// Commits events of any aggregate; the answer is the last position.
    pub(crate) async fn record(
        &mut self,
        aggregate_type: &'static str,
        id: &str,
        events: Vec<NewEvent>,
    ) -> u64 {
        let head = self.heads.entry(id.to_owned()).or_default();
        let commit = Commit {
            command_id: Uuid::now_v7(),
            fingerprint: None,
            aggregate_type,
            aggregate_id: id.to_owned(),
            expected: *head,
            epoch: 0,
            events,
            metadata: "{}".to_owned(),
            reserve: vec![],
            release: vec![],
            turns: vec![],
        };
        let committed = self.committer.commit(commit).await.unwrap();
        *head = committed.last_sequence;
        committed.last_position
    }

    pub(crate) async fn happened<E: DomainEvent>(
        &mut self,
        aggregate_type: &'static str,
        id: Uuid,
        events: &[E],
    ) -> u64 {
        let events = events.iter().map(|event| NewEvent::of(event).unwrap());
        self.record(aggregate_type, &id.to_string(), events.collect())
            .await
    }

    /// Decides, and commits what is decided.
    pub(crate) async fn command(&mut self, id: ThreadId, command: ThreadCommand) -> u64 {
        let (thread, _) = self.threads.entry(id).or_default();
        let events = thread.decide(command).unwrap();
        for event in &events {
            thread.apply(event.clone());
        }
        self.happened("thread", id.0, &events).await
    }

    /// Commits a history that was decided elsewhere.
    pub(crate) async fn tell(&mut self, history: Vec<(ThreadId, Vec<ThreadEvent>)>) -> u64 {
        let mut last = 0;
        for (id, events) in history {
            last = self.happened("thread", id.0, &events).await;
        }
        last
    }

    fn next_id(&mut self) -> Uuid {
        self.said += 1;
        Uuid::from_u128(self.said)
    }

    /// Says something; the reply begins. The answers are the message's id and the turn's.
    pub(crate) async fn say(
        &mut self,
        thread: ThreadId,
        owner: UserId,
        channel: &str,
        text: &str,
    ) -> (MessageId, TurnId) {
        let (message, turn) = (MessageId(self.next_id()), TurnId(self.next_id()));
        let opening = Opening {
            owner,
            dialect: Dialect::Assistant,
            reference: None,
            channel: Some(channel.to_owned()),
            name: None,
        };
        let send = SendMessage {
            opening: Some(opening),
            message,
            turn,
            text: text.to_owned(),
            judged: None,
            attachments: vec![],
            route: route(),
            options: TurnOptions::default(),
            context: context(),
            policy: TurnPolicy::Queue,
            archived_is_readonly: false,
        };
        self.command(thread, ThreadCommand::Send(send)).await;
        (message, turn)
    }

    /// The reply is done; the answer is the position.
    pub(crate) async fn answer(&mut self, thread: ThreadId, turn: TurnId, text: &str) -> u64 {
        self.command(
            thread,
            ThreadCommand::CompleteReply(end(turn, text), None, context()),
        )
        .await
    }

    /// A question and its answer; the answer is the position.
    pub(crate) async fn exchange(&mut self, thread: ThreadId, question: &str, answer: &str) -> u64 {
        let (_, turn) = self.say(thread, owner(1), "web", question).await;
        self.answer(thread, turn, answer).await
    }

    /// Somebody else at the views.
    pub(crate) async fn meddler(&self) -> Meddler {
        match &self.database {
            TestDatabase::Sqlite(dir) => Meddler::in_files(dir.path()).await,
            TestDatabase::Postgres { .. } => Meddler::at(&self.database.url()).await,
        }
    }

    /// Changes the views' database behind their back.
    pub(crate) async fn meddle(&self, sql: &str) {
        self.meddler().await.run(sql).await;
    }
}

/// Every row of every view.
pub(crate) async fn dump(views: &Views) -> BTreeMap<&'static str, Vec<Vec<Value>>> {
    let mut dump = BTreeMap::new();
    for definition in projections::all() {
        let rows = views.all_rows(&definition.table).await.unwrap();
        dump.insert(definition.name(), rows);
    }
    dump
}

/// Steps until the views are at the log's head; injected failures are tried again.
pub(crate) async fn drain(projector: &mut Projector, store: &Store, views: &Views) {
    let head = store.head().await.unwrap();
    while views.position() < head {
        match projector.step().await {
            Ok(Step::Busy) | Err(_) => tokio::task::yield_now().await,
            Ok(_) => {}
        }
    }
}

pub(crate) async fn until(views: &Views, position: u64) {
    assert_eq!(views.wait_for(position, SOON).await, Freshness::Fresh);
}

pub(crate) fn thread(n: u128) -> ThreadId {
    ThreadId(Uuid::from_u128(0xc000 + n))
}

pub(crate) fn owner(n: u128) -> UserId {
    UserId(Uuid::from_u128(0xa000 + n))
}

pub(crate) fn route() -> Route {
    Route {
        provider: "echo".to_owned(),
        model: "echo-1".to_owned(),
    }
}

pub(crate) fn context() -> ContextRule {
    ContextRule {
        rule: "recent-1".to_owned(),
        budget_tokens: 1_000,
        limits: vec![],
    }
}

pub(crate) fn end(turn: TurnId, text: &str) -> ReplyEnd {
    ReplyEnd {
        turn,
        text: text.to_owned(),
        reasoning: None,
        route: route(),
        finish: Some(FinishReason::Stop),
        error: None,
        usage: Usage {
            prompt_tokens: 10,
            completion_tokens: 3,
            estimated: false,
        },
        attempts: vec![],
        context_messages: 0,
        sources: None,
        tools: None,
    }
}
