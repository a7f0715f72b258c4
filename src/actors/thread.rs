//! The actor of one thread: decides commands in order and hands the commits to the committer.
//!
//! A decision is applied at once and the next command decided on top of it, so a hot thread fills the
//! committer's batches instead of waiting for each flush. What is answered waits for its commit
//! (`settle`); when one fails, everything after it is decided again on the reloaded state.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, WrapFuture};
use aggregates::{
    Decide, ThreadId, TurnId,
    thread::{Refusal, Thread, ThreadCommand, ThreadEvent},
};
use cqrs_es::{Aggregate, DomainEvent};

use super::{
    Directory,
    messages::{CommandError, Execute, Origin, Reply, Rest},
};
use crate::store::{Commit, CommitError, Committed, NewEvent, TurnChange};

/// Commands that wait inside the actor while it loads; a full queue is answered as overload.
const WAITING: usize = 256;
/// Events after which a resting actor leaves a snapshot behind.
const SNAPSHOT_AFTER: u64 = 200;

/// See the module.
pub(super) struct ThreadActor {
    pub(super) id: ThreadId,
    pub(super) directory: Directory,
    pub(super) thread: Thread,
    /// The sequence of the last event decided here, committed or on its way.
    pub(super) sequence: u64,
    /// Where the newest snapshot stands.
    pub(super) snapshot: u64,
    pub(super) phase: Phase,
    pub(super) waiting: VecDeque<Waiting>,
    pub(super) in_flight: VecDeque<InFlight>,
    /// Decided on a state that did not come true; decided again once the flight is back.
    pub(super) redo: VecDeque<Waiting>,
    pub(super) next_number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The state is not known; the next command loads it.
    Asleep,
    /// The state is on its way.
    Loading,
    /// Commands are decided as they come.
    Ready,
    /// A commit failed: nothing is decided until the rest of the flight has come back.
    Draining,
}

/// A command that has not been decided, or must be decided again.
pub(super) struct Waiting {
    pub(super) command: ThreadCommand,
    pub(super) origin: Origin,
    pub(super) reply: Reply,
    pub(super) tries: u32,
}

/// A decided command whose outcome is not yet known.
pub(super) struct InFlight {
    pub(super) number: u64,
    pub(super) waiting: Waiting,
    /// The same request again, arrived meanwhile.
    pub(super) twins: Vec<Reply>,
    pub(super) decision: Decision,
    pub(super) outcome: Option<Result<Committed, CommitError>>,
}

pub(super) enum Decision {
    Refused(Refusal),
    Nothing,
    Events {
        events: Arc<[ThreadEvent]>,
        first_sequence: u64,
        dropped: Vec<TurnId>,
    },
}

impl ThreadActor {
    pub(super) fn new(id: ThreadId, directory: Directory) -> Self {
        metrics::gauge!("colloquy_actors_live").increment(1);
        Self {
            id,
            directory,
            thread: Thread::default(),
            sequence: 0,
            snapshot: 0,
            phase: Phase::Asleep,
            waiting: VecDeque::new(),
            in_flight: VecDeque::new(),
            redo: VecDeque::new(),
            next_number: 0,
        }
    }

    /// Decides what can be decided.
    pub(super) fn pump(&mut self, ctx: &mut Context<Self>) {
        if self.phase == Phase::Asleep && !self.waiting.is_empty() {
            self.load(Duration::ZERO, ctx);
        }
        while self.phase == Phase::Ready {
            let Some(waiting) = self.waiting.pop_front() else {
                break;
            };
            self.decide(waiting, ctx);
        }
    }

    fn decide(&mut self, waiting: Waiting, ctx: &mut Context<Self>) {
        if let Some(twin) = self
            .in_flight
            .iter_mut()
            .find(|flying| flying.waiting.origin.command == waiting.origin.command)
        {
            twin.twins.push(waiting.reply);
            return;
        }
        match self.thread.decide(waiting.command.clone()) {
            Err(refusal) => self.answer_in_turn(waiting, Decision::Refused(refusal), ctx),
            Ok(events) if events.is_empty() => self.answer_in_turn(waiting, Decision::Nothing, ctx),
            Ok(events) => self.submit(waiting, events, ctx),
        }
    }

    /// A refusal, too, rests on commits that may still fail: it takes its place in the line.
    fn answer_in_turn(&mut self, waiting: Waiting, decision: Decision, ctx: &mut Context<Self>) {
        let number = self.number();
        self.in_flight.push_back(InFlight {
            number,
            waiting,
            twins: vec![],
            decision,
            outcome: None,
        });
        self.advance(ctx);
    }

    fn submit(&mut self, waiting: Waiting, events: Vec<ThreadEvent>, ctx: &mut Context<Self>) {
        let Ok(slot) = self.directory.services().committer.try_slot() else {
            let _ = waiting.reply.send(Err(CommandError::Overloaded));
            return;
        };
        let commit = match self.commit_of(&waiting.origin, &events) {
            Ok(commit) => commit,
            Err(error) => {
                let _ = waiting
                    .reply
                    .send(Err(CommandError::Fault(error.to_string())));
                return;
            }
        };
        let first_sequence = self.sequence + 1;
        let before: Vec<TurnId> = self
            .thread
            .pending()
            .iter()
            .map(|pending| pending.turn)
            .collect();
        for event in &events {
            self.thread.apply(event.clone());
        }
        self.sequence += events.len() as u64;
        let dropped = self.dropped(before, &events);
        let number = self.number();
        self.in_flight.push_back(InFlight {
            number,
            waiting,
            twins: vec![],
            decision: Decision::Events {
                events: events.into(),
                first_sequence,
                dropped,
            },
            outcome: None,
        });
        let outcome = slot.submit(commit);
        ctx.spawn(
            outcome
                .into_actor(self)
                .map(move |outcome, actor, ctx| actor.settled(number, outcome, ctx)),
        );
    }

    /// Turns that waited and now neither wait nor run.
    fn dropped(&self, before: Vec<TurnId>, events: &[ThreadEvent]) -> Vec<TurnId> {
        before
            .into_iter()
            .filter(|turn| {
                !self.thread.pending().iter().any(|pending| pending.turn == *turn)
                    && !events.iter().any(
                        |event| matches!(event, ThreadEvent::ReplyStarted(started) if started.turn == *turn),
                    )
            })
            .collect()
    }

    fn commit_of(
        &self,
        origin: &Origin,
        events: &[ThreadEvent],
    ) -> Result<Commit, serde_json::Error> {
        let mut turns = vec![];
        for event in events {
            match event {
                ThreadEvent::ReplyStarted(started) => turns.push(TurnChange::Opened {
                    turn: started.turn.0,
                    thread: self.id.to_string(),
                    owner: self.directory.services().boot,
                }),
                ThreadEvent::ReplyCompleted(end)
                | ThreadEvent::ReplyFailed(end)
                | ThreadEvent::ReplyStopped(end)
                | ThreadEvent::ReplyInterrupted(end) => {
                    turns.push(TurnChange::Closed { turn: end.turn.0 });
                }
                _ => {}
            }
        }
        Ok(Commit {
            command_id: origin.command.0,
            fingerprint: origin.fingerprint,
            aggregate_type: Thread::TYPE,
            aggregate_id: self.id.to_string(),
            expected: self.sequence,
            events: events.iter().map(stored).collect::<Result<_, _>>()?,
            metadata: metadata(origin),
            reserve: vec![],
            release: vec![],
            turns,
        })
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    /// Reads the state from the log after `pause`, then goes on deciding.
    pub(super) fn load(&mut self, pause: Duration, ctx: &mut Context<Self>) {
        self.phase = Phase::Loading;
        let store = self.directory.services().store.clone();
        let id = self.id.to_string();
        let loading = async move {
            tokio::time::sleep(pause).await;
            store.load::<Thread>(&id).await
        };
        ctx.spawn(loading.into_actor(self).map(|loaded, actor, ctx| {
            match loaded {
                Ok((thread, sequence)) => {
                    actor.thread = thread;
                    actor.sequence = sequence;
                    actor.phase = Phase::Ready;
                }
                Err(error) => {
                    tracing::warn!(thread = %actor.id, %error, "a thread could not be loaded");
                    actor.phase = Phase::Asleep;
                    for waiting in actor.waiting.drain(..) {
                        let _ = waiting.reply.send(Err(CommandError::Unavailable));
                    }
                }
            }
            actor.pump(ctx);
        }));
    }

    /// Whether resting would leave so many events after the last snapshot that waking gets slow.
    pub(super) fn wants_snapshot(&self) -> bool {
        self.sequence >= self.snapshot + SNAPSHOT_AFTER
    }
}

impl Actor for ThreadActor {
    type Context = Context<Self>;
}

impl Drop for ThreadActor {
    fn drop(&mut self) {
        metrics::gauge!("colloquy_actors_live").decrement(1);
    }
}

impl Handler<Execute> for ThreadActor {
    type Result = ();

    fn handle(&mut self, message: Execute, ctx: &mut Context<Self>) {
        metrics::histogram!("colloquy_mailbox_depth").record(self.waiting.len() as f64);
        if self.waiting.len() >= WAITING {
            let _ = message.reply.send(Err(CommandError::Overloaded));
            return;
        }
        let Execute {
            command,
            origin,
            reply,
        } = message;
        self.waiting.push_back(Waiting {
            command,
            origin,
            reply,
            tries: 0,
        });
        self.pump(ctx);
    }
}

impl Handler<Rest> for ThreadActor {
    type Result = ();

    fn handle(&mut self, _: Rest, ctx: &mut Context<Self>) {
        self.rest(ctx);
    }
}

fn stored(event: &ThreadEvent) -> Result<NewEvent, serde_json::Error> {
    Ok(NewEvent {
        event_type: event.name().to_owned(),
        event_version: event.event_version(),
        payload: serde_json::to_string(event)?,
    })
}

/// Who did it; the same for all events of a commit.
fn metadata(origin: &Origin) -> String {
    match origin.by {
        Some(user) => format!(r#"{{"by":"{user}"}}"#),
        None => "{}".to_owned(),
    }
}
