//! Where the actors are: find one or wake it, and say something to it until the outcome is known.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use actix::{
    Addr, Context,
    dev::{SendError, channel},
};
use actix_rt::ArbiterHandle;
use aggregates::{
    CommandId, ThreadId, TurnId,
    thread::{ContextLimit, ContextRule, Route, Thread, ThreadCommand, ThreadEvent, TurnOptions},
};
use cqrs_es::Aggregate;
use dashmap::DashMap;
use tokio::{sync::oneshot, time::Instant};
use uuid::Uuid;

use super::{
    Services,
    feed::Feed,
    judging, lookups,
    messages::{CommandError, Done, Execute, Origin, Rest},
    passivation, recovery,
    thread::ThreadActor,
};
use crate::{
    clock,
    providers::Tokenizer,
    store::{CommandRecord, Commit, CommitError, DraftText, NewEvent, StoreError},
};

/// What an actor takes in before it is full and the asker is told to come again.
const MAILBOX: usize = 256;
/// How often a command is repeated under its id when its actor went away with it.
const ATTEMPTS: u32 = 4;
/// A sequence that no thread reaches.
const NEVER: u64 = 1 << 60;

/// All threads of this node. Clones are handles of the same thing.
#[derive(Clone)]
pub struct Directory(Arc<Inner>);

struct Inner {
    services: Services,
    entries: DashMap<ThreadId, Entry>,
    arbiters: Vec<ArbiterHandle>,
    began: Instant,
}

struct Entry {
    addr: Addr<ThreadActor>,
    /// When it was last asked for, in milliseconds after `Inner::began`.
    used: AtomicU64,
}

impl Directory {
    /// Starts the sweeper and the recovery of turns that nobody owns any more.
    #[must_use]
    pub fn start(services: Services, arbiters: Vec<ArbiterHandle>) -> Self {
        let directory = Self(Arc::new(Inner {
            services,
            entries: DashMap::new(),
            arbiters,
            began: Instant::now(),
        }));
        let shutdown = &directory.0.services.shutdown;
        shutdown.spawn(passivation::sweep(directory.clone()));
        shutdown.spawn(recovery::watch(directory.clone()));
        shutdown.spawn(recovery::heed(directory.clone()));
        directory
    }

    /// Carries out a command, durably, exactly once. What it says is judged here first, once.
    ///
    /// # Errors
    /// The refusal; or that the outcome is that nothing happened and why.
    pub async fn execute(
        &self,
        thread: ThreadId,
        command: ThreadCommand,
        origin: Origin,
    ) -> Result<Done, CommandError> {
        let command = judging::judged(&self.0.services.moderation, command).await;
        let mut repeated = false;
        for _ in 0..ATTEMPTS {
            let (reply, answer) = oneshot::channel();
            let message = Execute {
                command: command.clone(),
                origin: origin.clone(),
                reply,
            };
            let (addr, sent) = self.send(thread, message);
            match sent {
                Err(SendError::Full(_)) => return Err(CommandError::Overloaded),
                Err(SendError::Closed(_)) => {}
                Ok(()) => match answer.await {
                    Ok(result) if repeated => return self.after_repeating(&origin, result).await,
                    Ok(result) => return result,
                    Err(_) => {
                        self.wait_for_the_rest(thread).await?;
                        repeated = true;
                    }
                },
            }
            self.forget(thread, &addr);
        }
        Err(CommandError::Fault(
            "this command ends the actor that carries it out".to_owned(),
        ))
    }

    /// What an actor had decided when it went away may still be on its way into the log, where its
    /// successor would miss it. A commit that cannot be made takes its place behind all of it, so the
    /// answer says that it has arrived.
    async fn wait_for_the_rest(&self, thread: ThreadId) -> Result<(), CommandError> {
        let behind = Commit {
            command_id: Uuid::now_v7(),
            fingerprint: None,
            aggregate_type: Thread::TYPE,
            aggregate_id: thread.to_string(),
            expected: NEVER,
            epoch: 0,
            events: vec![NewEvent {
                event_type: "nothing".to_owned(),
                event_version: "1".to_owned(),
                payload: "{}".to_owned(),
            }],
            metadata: "{}".to_owned(),
            reserve: vec![],
            release: vec![],
            turns: vec![],
        };
        match self.0.services.committer.commit(behind).await {
            Err(CommitError::Unavailable(_) | CommitError::Unknown(_)) => {
                Err(CommandError::Unavailable)
            }
            _ => Ok(()),
        }
    }

    /// The first try may have gone through before its actor went away: then a second one is refused, a
    /// duplicate, or finds nothing to do, and the truth is in the log.
    async fn after_repeating(
        &self,
        origin: &Origin,
        result: Result<Done, CommandError>,
    ) -> Result<Done, CommandError> {
        if matches!(&result, Ok(done) if done.replayed.is_none() && done.position > 0) {
            return result;
        }
        match self.0.services.store.command(origin.command.0).await? {
            None => result,
            Some(record) => Ok(Done {
                // A request that has a name may be somebody else's twin: who they are is in the record.
                replayed: origin.fingerprint.map(|_| record.clone()),
                ..self.replay(record).await?
            }),
        }
    }

    /// What was done under a command id, if anything.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn recall(&self, command: CommandId) -> Result<Option<CommandRecord>, CommandError> {
        Ok(self.0.services.store.command(command.0).await?)
    }

    /// Remembers that a command had nothing to do, so that it does nothing when it comes again, either; until the aggregate
    /// of this sort and id is erased.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_nothing(
        &self,
        command: CommandId,
        fingerprint: Option<[u8; 32]>,
        (aggregate_type, aggregate_id): (&str, &str),
    ) -> Result<(), CommandError> {
        let record = CommandRecord {
            command_id: command.0,
            fingerprint,
            aggregate_type: aggregate_type.to_owned(),
            aggregate_id: aggregate_id.to_owned(),
            // No event lies there.
            first_position: 0,
            // What was asked to be erased before goes without it.
            last_position: self.0.services.store.head().await?,
            first_sequence: 0,
            recorded_at: clock::now_micros(),
        };
        Ok(self.0.services.store.note_command(&record).await?)
    }

    /// What an earlier command did, told again.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn replay(&self, record: CommandRecord) -> Result<Done, CommandError> {
        let span = self
            .0
            .services
            .store
            .read_span(record.first_position, record.position())
            .await?;
        let events = span
            .iter()
            .map(|recorded| serde_json::from_str(&recorded.payload))
            .collect::<Result<Vec<ThreadEvent>, _>>()
            .map_err(|error| CommandError::Fault(error.to_string()))?;
        Ok(Done {
            position: record.position(),
            events: events.into(),
            replayed: Some(record),
        })
    }

    /// The live feed of a turn, when it waits or runs on this node.
    #[must_use]
    pub fn feed(&self, turn: TurnId) -> Option<Arc<Feed>> {
        self.0.services.feeds.get(turn)
    }

    /// Whether a turn runs or waits in this thread, on whichever node; asked of the log.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn has_turn(&self, thread: ThreadId, turn: TurnId) -> Result<bool, StoreError> {
        let (state, _) = self
            .0
            .services
            .store
            .load::<Thread>(&thread.to_string())
            .await?;
        Ok(state.has_turn(turn))
    }

    /// Whom a turn asks that runs or waits, on whatever node.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn route_of(
        &self,
        thread: ThreadId,
        turn: TurnId,
    ) -> Result<Option<Route>, StoreError> {
        let id = thread.to_string();
        let (state, _) = self.0.services.store.load::<Thread>(&id).await?;
        let open = state.open_turn().filter(|open| open.turn == turn);
        let waiting = || state.pending().iter().find(|waiting| waiting.turn == turn);
        Ok(open
            .map(|open| open.route.clone())
            .or_else(|| waiting().map(|waiting| waiting.route.clone())))
    }

    /// What has been released of a turn that runs on another node.
    ///
    /// # Errors
    /// When the drafts cannot be read.
    pub async fn draft(&self, turn: TurnId) -> Result<DraftText, StoreError> {
        self.0.services.store.draft(turn.0).await
    }

    /// Whom a provider's name means, `default` included; `None` when there is no such provider.
    #[must_use]
    pub fn route(&self, provider: &str) -> Option<Route> {
        self.0.services.providers.route(provider)
    }

    /// The configured providers by name.
    #[must_use]
    pub fn providers(&self) -> Vec<String> {
        self.0.services.providers.names()
    }

    /// How the context of a turn is chosen that asks this provider, with these options.
    #[must_use]
    pub fn context_rule(&self, route: &Route, options: &TurnOptions) -> ContextRule {
        self.0.services.context_rule(route, options)
    }

    /// Why nothing can be searched for on the web, when this provider is asked.
    #[must_use]
    pub fn cannot_search(&self, route: &Route) -> Option<&'static str> {
        lookups::obstacle(&self.0.services, route)
    }

    /// Whether nobody who may be asked by this rule reads so long a message.
    pub async fn is_too_long(&self, rule: &ContextRule, text: &str) -> bool {
        // A token has a byte at least.
        let may = |limit: &ContextLimit| text.len() as u64 > limit.budget_tokens;
        if rule.limits.is_empty() || !rule.limits.iter().all(may) {
            return false;
        }
        let (limits, text) = (rule.limits.clone(), text.to_owned());
        let counting = tokio::task::spawn_blocking(move || {
            limits.iter().all(|limit| {
                Tokenizer::named(&limit.tokenizer)
                    .is_some_and(|tokenizer| tokenizer.cost(&text, 0) > limit.budget_tokens)
            })
        });
        counting.await.unwrap_or(false)
    }

    /// Lets running turns end by themselves for `grace`, then has them recorded as interrupted.
    pub async fn finish(&self, grace: Duration) {
        let services = &self.0.services;
        if !self.quiet_within(grace).await {
            tracing::info!(
                turns = services.feeds.running(),
                "interrupting the replies that still run"
            );
        }
        services.interrupt.cancel();
        if !self.quiet_within(Duration::from_secs(5)).await {
            tracing::warn!(
                turns = services.feeds.running(),
                "some replies could not be closed; the next start does it from their drafts"
            );
        }
        services.feeds.end_waiting(|_| true);
    }

    async fn quiet_within(&self, limit: Duration) -> bool {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        let quiet = async {
            while self.0.services.feeds.running() > 0 {
                look.tick().await;
            }
        };
        tokio::time::timeout(limit, quiet).await.is_ok()
    }

    /// Actors that are awake.
    #[must_use]
    pub fn awake(&self) -> usize {
        self.0.entries.len()
    }

    pub(super) fn services(&self) -> &Services {
        &self.0.services
    }

    pub(super) fn forget(&self, thread: ThreadId, addr: &Addr<ThreadActor>) {
        self.0
            .entries
            .remove_if(&thread, |_, entry| entry.addr == *addr);
    }

    /// Says [`Rest`] to every actor that nobody asked for so long.
    pub(super) fn send_to_rest(&self, limit: Duration) {
        let Some(before) = self.0.began.elapsed().checked_sub(limit) else {
            return;
        };
        let before = before.as_millis() as u64;
        for entry in &self.0.entries {
            if entry.used.load(Ordering::Relaxed) <= before {
                // A full mailbox is not idle, a closed one has gone already.
                let _ = entry.addr.try_send(Rest);
            }
        }
    }

    /// Finds the actor, or wakes it, and puts the message into its mailbox. By the one address that is
    /// kept here: each copy of it would have a place in the mailbox of its own, however full that is.
    fn send(
        &self,
        thread: ThreadId,
        message: Execute,
    ) -> (Addr<ThreadActor>, Result<(), SendError<Execute>>) {
        let now = self.0.began.elapsed().as_millis() as u64;
        if let Some(entry) = self.0.entries.get(&thread)
            && entry.addr.connected()
        {
            entry.used.store(now, Ordering::Relaxed);
            return (entry.addr.clone(), entry.addr.try_send(message));
        }
        let mut entry = self.0.entries.entry(thread).or_insert_with(|| Entry {
            addr: self.wake(thread),
            used: AtomicU64::new(now),
        });
        if !entry.addr.connected() {
            entry.addr = self.wake(thread);
        }
        (entry.addr.clone(), entry.addr.try_send(message))
    }

    fn wake(&self, thread: ThreadId) -> Addr<ThreadActor> {
        let directory = self.clone();
        let at = thread.0.as_u128() % self.0.arbiters.len().max(1) as u128;
        // As `start_in_arbiter` does it, with a mailbox that has its size from the first command on.
        let (sender, receiver) = channel::channel(MAILBOX);
        self.0.arbiters[at as usize].spawn_fn(move || {
            let actor =
                Context::with_receiver(receiver).into_future(ThreadActor::new(thread, directory));
            actix_rt::spawn(actor);
        });
        Addr::new(sender)
    }
}
