//! The actor of one thread: decides commands in order and hands the commits to the committer.
//!
//! A decision is applied at once and the next command decided on top of it, so a hot thread fills the
//! committer's batches instead of waiting for each flush. What is answered waits for its commit
//! (`settle`); when one fails, everything after it is decided again on the reloaded state.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use actix::{Actor, ActorFutureExt, AsyncContext, Context, Handler, WrapFuture};
use aggregates::{
    Decide, ThreadId, TurnId,
    thread::{Cut, Refusal, Thread, ThreadCommand, ThreadEvent},
};
use cqrs_es::{Aggregate, DomainEvent};
use tokio::sync::oneshot;

use super::{
    Directory,
    messages::{CommandError, Execute, Origin, Reply, Rest},
    settle,
};
use crate::store::{Chain, Commit, CommitError, Committed, NewEvent, Store, TurnChange};

/// Commands that are here without an answer, waiting or on their way; more are answered as overload.
const HELD: usize = 512;

/// See the module.
pub(super) struct ThreadActor {
    pub(super) id: ThreadId,
    pub(super) directory: Directory,
    pub(super) thread: Thread,
    /// The sequence of the last event decided here, committed or on its way.
    pub(super) sequence: u64,
    pub(super) phase: Phase,
    pub(super) waiting: VecDeque<Waiting>,
    pub(super) in_flight: VecDeque<InFlight>,
    /// Decided on a state that did not come true; decided again once the flight is back.
    pub(super) redo: VecDeque<Waiting>,
    /// What was decided since the last load, each on top of the others.
    pub(super) chain: Chain,
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
    /// The same request again, arrived meanwhile.
    pub(super) twins: Vec<Reply>,
    pub(super) tries: u32,
}

/// A decided command whose outcome is not yet known.
pub(super) struct InFlight {
    pub(super) number: u64,
    pub(super) waiting: Waiting,
    pub(super) decision: Decision,
    pub(super) outcome: Option<Result<Committed, CommitError>>,
    /// Without events of its own, so that nothing says yet whether the state it was decided on was the newest.
    pub(super) looking: bool,
}

pub(super) enum Decision {
    Refused(Refusal),
    Nothing,
    Events {
        events: Arc<[ThreadEvent]>,
        first_sequence: u64,
        dropped: Vec<TurnId>,
        /// What was hidden when they were decided, which is what a model is not shown.
        cuts: Vec<Cut>,
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
            phase: Phase::Asleep,
            waiting: VecDeque::new(),
            in_flight: VecDeque::new(),
            redo: VecDeque::new(),
            chain: Chain::default(),
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
            twin.waiting.twins.push(waiting.reply);
            return;
        }
        let mut command = waiting.command.clone();
        if let (Some(rule), Some(next)) = (command.next_context(), self.thread.next_turn()) {
            *rule = self
                .directory
                .services()
                .context_rule(&next.route, &next.options);
        }
        if !self.keep_what_was_shown(&waiting, ctx) {
            settle::answer(waiting, || Err(CommandError::Overloaded));
            return;
        }
        let moved = waiting
            .origin
            .seen
            .is_some_and(|seen| seen != self.sequence);
        let decision = if moved {
            Err(Refusal::Stale)
        } else {
            self.thread.decide(command)
        };
        match decision {
            Err(refusal) => self.answer_in_turn(waiting, Decision::Refused(refusal), ctx),
            Ok(events) if events.is_empty() => self.answer_in_turn(waiting, Decision::Nothing, ctx),
            Ok(events) => self.submit(waiting, events, ctx),
        }
    }

    /// The reply of a conversation that is being erased ends without a word: what was shown of it is kept first, where the
    /// rest of the conversation is. It takes a commit of its own, because it is sealed with another key. `false`: there is
    /// no room for that.
    fn keep_what_was_shown(&mut self, waiting: &Waiting, ctx: &mut Context<Self>) -> bool {
        if self.thread.erased_turn().is_none() {
            return true;
        }
        let Some(keep) = waiting.command.to_be_kept() else {
            return true;
        };
        let kept = self.thread.decide(keep.clone()).unwrap_or_default();
        if kept.is_empty() {
            return true;
        }
        let before = self.sequence;
        let (reply, _) = oneshot::channel();
        let keeping = Waiting {
            command: keep,
            origin: Origin::server(),
            reply,
            twins: vec![],
            tries: waiting.tries,
        };
        self.submit(keeping, kept, ctx);
        self.sequence > before
    }

    /// A refusal, too, rests on commits that may still fail: it takes its place in the line. With
    /// nothing before it there, the log is asked whether another node has changed the thread.
    fn answer_in_turn(&mut self, waiting: Waiting, decision: Decision, ctx: &mut Context<Self>) {
        let number = self.number();
        let looking = self.in_flight.is_empty();
        self.in_flight.push_back(InFlight {
            number,
            waiting,
            decision,
            outcome: None,
            looking,
        });
        if looking {
            let (store, id) = (self.directory.services().store.clone(), self.id.to_string());
            let (expected, head) = (self.sequence, async move {
                store.last_sequence(Thread::TYPE, &id).await
            });
            ctx.spawn(
                head.into_actor(self)
                    .map(move |head, actor, ctx| actor.looked(number, expected, head, ctx)),
            );
        }
    }

    fn submit(&mut self, waiting: Waiting, events: Vec<ThreadEvent>, ctx: &mut Context<Self>) {
        let Ok(slot) = self.directory.services().committer.try_slot() else {
            settle::answer(waiting, || Err(CommandError::Overloaded));
            return;
        };
        let commit = match self.commit_of(&waiting.origin, &events) {
            Ok(commit) => commit,
            Err(error) => {
                settle::answer(waiting, || Err(CommandError::Fault(error.to_string())));
                return;
            }
        };
        let span = waiting.origin.span.clone();
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
            decision: Decision::Events {
                events: events.into(),
                first_sequence,
                dropped,
                cuts: self.thread.cuts().to_vec(),
            },
            outcome: None,
            looking: false,
        });
        let outcome = span.in_scope(|| slot.submit_in(&self.chain, commit));
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
        let (mut turns, mut reserve) = (vec![], vec![]);
        for event in events {
            match event {
                // What has ended already was never anybody's to own.
                ThreadEvent::ReplyStarted(started) if ends_in(events, started.turn) => {}
                ThreadEvent::MessageSent(sent) => {
                    let blobs = sent.attachments.iter().map(|attachment| attachment.blob);
                    reserve.extend(blobs.map(Store::claim));
                }
                ThreadEvent::ReplyStarted(started) => turns.push(TurnChange::Opened {
                    turn: started.turn.0,
                    thread: self.id.to_string(),
                    owner: self.directory.services().boot,
                }),
                ThreadEvent::ReplyCompleted(end) if ends_in(events, end.turn) => {}
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
            epoch: self.thread.epoch_of(events),
            events: events.iter().map(stored).collect::<Result<_, _>>()?,
            metadata: origin.metadata(),
            reserve,
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
                    actor.chain = Chain::default();
                    actor.phase = Phase::Ready;
                }
                Err(error) => {
                    tracing::warn!(thread = %actor.id, %error, "a thread could not be loaded");
                    // What was decided here did not come true: nothing may rest on it, a snapshot least of all.
                    actor.thread = Thread::default();
                    actor.sequence = 0;
                    actor.chain = Chain::default();
                    actor.phase = Phase::Asleep;
                    for waiting in actor.waiting.drain(..) {
                        settle::answer(waiting, || Err(CommandError::Unavailable));
                    }
                }
            }
            actor.pump(ctx);
        }));
    }

    /// Commands that are here without an answer.
    fn held(&self) -> usize {
        let on_their_way = self.in_flight.iter().map(|flying| &flying.waiting);
        let all = on_their_way.chain(&self.waiting).chain(&self.redo);
        all.map(|waiting| 1 + waiting.twins.len()).sum()
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
        if self.held() >= HELD {
            let _ = message.reply.send(Err(CommandError::Overloaded));
            return;
        }
        let Execute {
            command,
            mut origin,
            reply,
        } = message;
        origin.span = tracing::debug_span!(parent: &origin.span, "command", thread = %self.id);
        self.waiting.push_back(Waiting {
            command,
            origin,
            reply,
            twins: vec![],
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

/// Whether a turn has ended in the same commit that begins it: moderation answers, and nobody is asked.
pub(super) fn ends_in(events: &[ThreadEvent], turn: TurnId) -> bool {
    let begun = events.iter().position(
        |event| matches!(event, ThreadEvent::ReplyStarted(started) if started.turn == turn),
    );
    begun.is_some_and(|begun| {
        events[begun..]
            .iter()
            .any(|event| matches!(event, ThreadEvent::ReplyCompleted(end) if end.turn == turn))
    })
}

fn stored(event: &ThreadEvent) -> Result<NewEvent, serde_json::Error> {
    Ok(NewEvent {
        event_type: event.name().to_owned(),
        event_version: event.event_version(),
        payload: serde_json::to_string(event)?,
    })
}
