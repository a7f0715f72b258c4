//! What follows a commit: answers, publications and turn starts, strictly in the order of decisions.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use actix::Context;
use aggregates::{
    TurnId,
    thread::{Cut, ReplyEnd, ReplyStarted, Thread, ThreadEvent},
};
use cqrs_es::Aggregate;

use super::{
    feed::{Ended, Ending},
    messages::{CommandError, Done, Origin},
    recovery,
    thread::{Decision, InFlight, Phase, ThreadActor, Waiting, ends_in},
    turn,
};
use crate::store::{CommandRecord, CommitError, Committed, StoreError};

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
        self.slim();
    }

    /// A queue keeps room for its next entries, which are big: an idle thread needs none.
    fn slim(&mut self) {
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
        if self.in_flight.is_empty() {
            self.in_flight = VecDeque::new();
        }
    }

    /// The log has told where the thread is, for a decision without events that was made at `expected`.
    pub(super) fn looked(
        &mut self,
        number: u64,
        expected: u64,
        head: Result<u64, StoreError>,
        ctx: &mut Context<Self>,
    ) {
        let place = self
            .in_flight
            .iter()
            .position(|flying| flying.number == number);
        let Some(place) = place else { return };
        // Ours may be among what is newer; then their outcome tells.
        let ours = self.in_flight.range(place..).any(InFlight::has_events);
        let flying = &mut self.in_flight[place];
        match head {
            Ok(head) if head == expected => flying.looking = false,
            Ok(_) if ours => {}
            Ok(head) => flying.outcome = Some(Err(CommitError::Conflict { head })),
            Err(error) => {
                flying.outcome = Some(Err(CommitError::Unavailable(error.to_string())));
            }
        }
        self.advance(ctx);
        self.pump(ctx);
    }

    /// Concludes from the head of the line, as far as outcomes are known.
    pub(super) fn advance(&mut self, ctx: &mut Context<Self>) {
        while self.head_is_known() {
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

    /// Whether the first of the line can be concluded. What comes after it and was committed was decided
    /// on the same state, so that one was the newest.
    fn head_is_known(&mut self) -> bool {
        let after = self
            .in_flight
            .iter()
            .find(|flying| flying.has_events())
            .and_then(|flying| flying.outcome.as_ref());
        let confirmed = after.map(Result::is_ok);
        let Some(head) = self.in_flight.front_mut() else {
            return false;
        };
        if head.looking && head.outcome.is_none() {
            match confirmed {
                Some(true) => head.looking = false,
                Some(false) => head.outcome = Some(Err(CommitError::PredecessorFailed)),
                None => {}
            }
        }
        head.outcome.is_some() || !(head.looking || head.has_events())
    }

    fn conclude(&mut self, flying: InFlight) {
        let InFlight {
            waiting,
            decision,
            outcome,
            ..
        } = flying;
        match (decision, outcome) {
            // What was decided on a state that did not come true is decided again.
            (Decision::Refused(_) | Decision::Nothing, _) if self.phase == Phase::Draining => {
                self.redo.push_back(waiting);
            }
            (Decision::Refused(refusal), None) => {
                answer(waiting, || Err(CommandError::Refused(refusal.clone())));
            }
            (Decision::Nothing, None) => {
                answer(waiting, || {
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
                    cuts,
                },
                Some(Ok(committed)),
            ) => {
                let span = waiting.origin.span.clone();
                span.in_scope(|| self.publish(&events, first_sequence, committed, dropped, cuts));
                let first = self.record(&waiting.origin, committed, events.len());
                let done = |replayed| {
                    Ok(Done {
                        position: committed.last_position,
                        events: Arc::clone(&events),
                        replayed,
                    })
                };
                for twin in waiting.twins {
                    let _ = twin.send(done(Some(first.clone())));
                }
                let _ = waiting.reply.send(done(None));
            }
            (_, outcome) => {
                self.phase = Phase::Draining;
                match outcome {
                    Some(Err(CommitError::Conflict { .. } | CommitError::PredecessorFailed)) => {
                        self.redo.extend(once_more(waiting));
                    }
                    Some(Err(CommitError::Duplicate(record))) => answer(waiting, || {
                        Ok(Done {
                            position: record.position(),
                            events: Arc::new([]),
                            replayed: Some((*record).clone()),
                        })
                    }),
                    Some(Err(error @ CommitError::Rejected(_))) => {
                        tracing::error!(thread = %self.id, %error, "the log refused a commit");
                        answer(waiting, || Err(CommandError::Fault(error.to_string())));
                    }
                    // A reserved name is an attachment that was swept out, so long did the command take: nothing
                    // else of a thread has a name.
                    _ => answer(waiting, || Err(CommandError::Unavailable)),
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
        cuts: Vec<Cut>,
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
                ThreadEvent::ReplyStarted(started) if ends_in(events, started.turn) => {}
                ThreadEvent::ReplyStarted(started) => self.begin(events, started, sequence, &cuts),
                ThreadEvent::StopRequested { turn, .. } => self.stop(*turn),
                ThreadEvent::ReplyCompleted(end) => self.end(Ending::Completed, end, committed),
                ThreadEvent::ReplyFailed(end) => self.end(Ending::Failed, end, committed),
                ThreadEvent::ReplyStopped(end) => self.end(Ending::Stopped, end, committed),
                ThreadEvent::ReplyInterrupted(end) => self.end(Ending::Interrupted, end, committed),
                _ => {}
            }
        }
    }

    fn begin(&self, events: &[ThreadEvent], started: &ReplyStarted, sequence: u64, cuts: &[Cut]) {
        let prompt = events.iter().find_map(|event| match event {
            ThreadEvent::MessageSent(sent) if sent.message == started.answers => Some(sent.clone()),
            _ => None,
        });
        turn::start(
            &self.directory,
            turn::Job::of_thread(turn::Exchange {
                thread: self.id,
                started: started.clone(),
                sequence,
                cuts: cuts.to_vec(),
                prompt,
            }),
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
            Some(end),
            Ended::with(ending, end, committed.last_position),
        );
    }
}

impl InFlight {
    fn has_events(&self) -> bool {
        matches!(self.decision, Decision::Events { .. })
    }
}

/// The command with one more try behind it, unless it has had enough of them.
fn once_more(waiting: Waiting) -> Option<Waiting> {
    if waiting.tries >= TRIES {
        answer(waiting, || Err(CommandError::Unavailable));
        return None;
    }
    Some(Waiting {
        tries: waiting.tries + 1,
        ..waiting
    })
}

/// Tells the asker and whoever asked the same meanwhile. Somebody who has left is no error.
pub(super) fn answer(waiting: Waiting, result: impl Fn() -> Result<Done, CommandError>) {
    for reply in std::iter::once(waiting.reply).chain(waiting.twins) {
        let _ = reply.send(result());
    }
}

/// Two losers that wait equally long meet again: a little chance keeps them apart.
pub(super) fn jitter() -> Duration {
    let random = uuid::Uuid::new_v4().as_u128() as u64;
    Duration::from_millis(random % JITTER_MS)
}
