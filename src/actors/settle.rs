//! What follows a commit: answers, publications and turn starts, strictly in the order of decisions.

use std::{sync::Arc, time::Duration};

use actix::Context;
use aggregates::{
    TurnId,
    thread::{ReplyEnd, ReplyStarted, Thread, ThreadEvent},
};
use cqrs_es::Aggregate;

use super::{
    feed::{Ended, Ending},
    messages::{CommandError, Done, Origin},
    recovery,
    thread::{Decision, InFlight, Phase, ThreadActor, Waiting},
    turn,
};
use crate::store::{CommandRecord, CommitError, Committed};

/// How often a command is decided again after losing a race.
const TRIES: u32 = 5;
/// The most a loser waits before it looks again, in milliseconds.
const JITTER_MS: u64 = 20;

impl ThreadActor {
    /// The committer has spoken about one decision.
    pub(super) fn settled(
        &mut self,
        number: u64,
        outcome: Result<Committed, CommitError>,
        ctx: &mut Context<Self>,
    ) {
        if let Some(flying) = self
            .in_flight
            .iter_mut()
            .find(|flying| flying.number == number)
        {
            flying.outcome = Some(outcome);
        }
        self.advance(ctx);
        self.pump(ctx);
    }

    /// Concludes from the head of the line, as far as outcomes are known.
    pub(super) fn advance(&mut self, ctx: &mut Context<Self>) {
        while self.in_flight.front().is_some_and(InFlight::is_known) {
            if let Some(head) = self.in_flight.pop_front() {
                self.conclude(head);
            }
        }
        if self.phase == Phase::Draining && self.in_flight.is_empty() {
            let pause = match self.redo.front() {
                Some(waiting) if waiting.tries > 1 => jitter(),
                _ => Duration::ZERO,
            };
            while let Some(waiting) = self.redo.pop_back() {
                self.waiting.push_front(waiting);
            }
            self.load(pause, ctx);
        }
    }

    fn conclude(&mut self, flying: InFlight) {
        let InFlight {
            waiting,
            twins,
            decision,
            outcome,
            ..
        } = flying;
        match (decision, outcome) {
            // What was decided on a state that did not come true is decided again.
            (Decision::Refused(_) | Decision::Nothing, _) if self.phase == Phase::Draining => {
                self.redo.push_back(waiting);
            }
            (Decision::Refused(refusal), _) => {
                answer(waiting, twins, || {
                    Err(CommandError::Refused(refusal.clone()))
                });
            }
            (Decision::Nothing, _) => {
                answer(waiting, twins, || {
                    Ok(Done {
                        position: 0,
                        events: Arc::new([]),
                        replayed: None,
                    })
                });
            }
            (
                Decision::Events {
                    events,
                    first_sequence,
                    dropped,
                },
                Some(Ok(committed)),
            ) => {
                self.publish(&events, first_sequence, committed, dropped);
                let first = self.record(&waiting.origin, committed, events.len());
                for twin in twins {
                    let _ = twin.send(Ok(Done {
                        position: committed.last_position,
                        events: Arc::clone(&events),
                        replayed: Some(first.clone()),
                    }));
                }
                answer(waiting, vec![], || {
                    Ok(Done {
                        position: committed.last_position,
                        events: Arc::clone(&events),
                        replayed: None,
                    })
                });
            }
            (Decision::Events { .. }, outcome) => {
                self.phase = Phase::Draining;
                match outcome {
                    Some(Err(CommitError::Conflict { .. } | CommitError::PredecessorFailed)) => {
                        self.redo.extend(once_more(waiting));
                    }
                    Some(Err(CommitError::Duplicate(record))) => answer(waiting, twins, || {
                        Ok(Done {
                            position: record.last_position,
                            events: Arc::new([]),
                            replayed: Some(record.clone()),
                        })
                    }),
                    Some(Err(
                        error @ (CommitError::Rejected(_) | CommitError::Reserved { .. }),
                    )) => {
                        tracing::error!(thread = %self.id, %error, "the log refused a commit");
                        answer(waiting, twins, || {
                            Err(CommandError::Fault(error.to_string()))
                        });
                    }
                    _ => answer(waiting, twins, || Err(CommandError::Unavailable)),
                }
            }
        }
    }

    /// What the log remembers of a commit, for those who asked for the same at the same time.
    fn record(&self, origin: &Origin, committed: Committed, events: usize) -> CommandRecord {
        CommandRecord {
            command_id: origin.command.0,
            fingerprint: origin.fingerprint,
            aggregate_type: Thread::TYPE.to_owned(),
            aggregate_id: self.id.to_string(),
            first_position: committed.first_position,
            last_position: committed.last_position,
            first_sequence: (committed.last_sequence + 1).saturating_sub(events as u64),
            recorded_at: committed.recorded_at,
        }
    }

    /// Makes a commit visible: followers are told, turns begin and end.
    fn publish(
        &mut self,
        events: &Arc<[ThreadEvent]>,
        first_sequence: u64,
        committed: Committed,
        dropped: Vec<TurnId>,
    ) {
        let feeds = &self.directory.services().feeds;
        for turn in dropped {
            feeds.end(
                turn,
                None,
                Ended::without_text(Ending::Dropped, committed.last_position),
            );
        }
        for (event, sequence) in events.iter().zip(first_sequence..) {
            match event {
                ThreadEvent::MessageSent(sent) => {
                    feeds.of(self.id, sent.turn);
                }
                ThreadEvent::ReloadRequested { turn, .. } => {
                    feeds.of(self.id, *turn);
                }
                ThreadEvent::ReplyStarted(started) => self.begin(events, started, sequence),
                ThreadEvent::StopRequested { turn, .. } => self.stop(*turn),
                ThreadEvent::ReplyCompleted(end) => self.end(Ending::Completed, end, committed),
                ThreadEvent::ReplyFailed(end) => self.end(Ending::Failed, end, committed),
                ThreadEvent::ReplyStopped(end) => self.end(Ending::Stopped, end, committed),
                ThreadEvent::ReplyInterrupted(end) => self.end(Ending::Interrupted, end, committed),
                _ => {}
            }
        }
    }

    fn begin(&self, events: &[ThreadEvent], started: &ReplyStarted, sequence: u64) {
        let prompt = events.iter().find_map(|event| match event {
            ThreadEvent::MessageSent(sent) if sent.message == started.answers => {
                Some(sent.text.clone())
            }
            _ => None,
        });
        turn::start(
            &self.directory,
            turn::Job {
                thread: self.id,
                started: started.clone(),
                sequence,
                cuts: self.thread.cuts().to_vec(),
                prompt,
            },
        );
    }

    fn stop(&self, turn: TurnId) {
        let services = self.directory.services();
        if !services.feeds.stop(turn) {
            let shutdown = services.shutdown.clone();
            shutdown.spawn(recovery::stop_elsewhere(self.directory.clone(), turn));
        }
    }

    fn end(&self, ending: Ending, end: &ReplyEnd, committed: Committed) {
        self.directory.services().feeds.end(
            end.turn,
            Some(&end.text),
            Ended {
                ending,
                position: committed.last_position,
                route: Some(end.route.clone()),
                error: end.error.clone(),
            },
        );
    }
}

impl InFlight {
    fn is_known(&self) -> bool {
        self.outcome.is_some() || !matches!(self.decision, Decision::Events { .. })
    }
}

/// The command with one more try behind it, unless it has had enough of them.
fn once_more(waiting: Waiting) -> Option<Waiting> {
    if waiting.tries >= TRIES {
        let _ = waiting.reply.send(Err(CommandError::Unavailable));
        return None;
    }
    Some(Waiting {
        tries: waiting.tries + 1,
        ..waiting
    })
}

/// Tells the asker and whoever asked the same meanwhile. Somebody who has left is no error.
fn answer(
    waiting: Waiting,
    twins: Vec<super::messages::Reply>,
    result: impl Fn() -> Result<Done, CommandError>,
) {
    for reply in std::iter::once(waiting.reply).chain(twins) {
        let _ = reply.send(result());
    }
}

/// Two losers that wait equally long meet again: a little chance keeps them apart.
fn jitter() -> Duration {
    let random = uuid::Uuid::new_v4().as_u128() as u64;
    Duration::from_millis(random % JITTER_MS)
}
