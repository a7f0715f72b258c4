//! A turn: one call to a provider, as a spawned future, so that its thread stays responsive.
//!
//! Deltas are written ahead: they reach followers only after the drafts have them. Whatever is ready is
//! taken in one go, so a fast provider costs few writes; what is still unwritten when the stream ends
//! needs no draft, because the closing event holds it.

use std::{panic::AssertUnwindSafe, time::Duration};

use aggregates::{
    ThreadId,
    thread::{
        Attempt, ContextRule, Cut, FinishReason, ReplyEnd, ReplyStarted, Route, ThreadCommand,
        Usage,
    },
};
use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;

use super::{
    Directory, Services, context,
    feed::{Ended, Ending, Feed},
    messages::{CommandError, Origin},
};
use crate::{
    providers::{Delta, Message, Request, Role, Step},
    store::{Channel, Chunk, DraftError},
};

/// Bytes that an answer may take in its closing event, which is less than the log takes.
const LONGEST: usize = 3 << 20;
/// The events before the first reply.
const OPENED_AND_SENT: u64 = 2;
/// Gathered text that is written even though more is ready, in bytes.
const ENOUGH: usize = 64 * 1024;
/// The longest pause between two tries to reach a database that is away.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What a turn has to know.
pub(super) struct Job {
    pub(super) thread: ThreadId,
    pub(super) started: ReplyStarted,
    /// Of `reply.started`.
    pub(super) sequence: u64,
    pub(super) cuts: Vec<Cut>,
    /// The message to be answered, when it came in the same commit.
    pub(super) prompt: Option<String>,
}

/// Calls the provider; the end is a command to the thread.
pub(super) fn start(directory: &Directory, job: Job) {
    let services = directory.services();
    let feed = services.feeds.of(job.thread, job.started.turn);
    feed.began(job.started.route.clone());
    if services.interrupt.is_cancelled() {
        // Too late to begin: it stays open, and the next start closes it.
        services.feeds.end(
            job.started.turn,
            None,
            Ended::without_text(Ending::Elsewhere, 0),
        );
        return;
    }
    let directory = directory.clone();
    services.shutdown.clone().spawn(async move {
        let began = Instant::now();
        metrics::gauge!("colloquy_turns_open").increment(1);
        let (ending, end, drafted) = AssertUnwindSafe(converse(directory.services(), &job, &feed))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| after_panic(&job, &feed));
        if ending == Ending::Interrupted && directory.services().feeds.has_waiting(job.thread) {
            leave(directory.services(), &job);
        } else {
            let closed = close(&directory, &job, ending, end).await;
            if closed && drafted {
                directory.services().drafts.remove(job.started.turn.0);
            }
        }
        metrics::gauge!("colloquy_turns_open").decrement(1);
        metrics::histogram!("colloquy_turn_seconds").record(began.elapsed().as_secs_f64());
    });
}

/// What has come in, and how much of it has been released.
struct Written {
    text: String,
    reasoning: String,
    released_text: usize,
    released_reasoning: usize,
    route: Route,
    finish: Option<FinishReason>,
    attempts: Vec<Attempt>,
    error: Option<String>,
    /// There may be chunks of it.
    drafted: bool,
    /// Bytes that it may still grow, as they are written in the event.
    room: usize,
    cut: bool,
}

/// The end, and whether there may be drafts of it.
async fn converse(services: &Services, job: &Job, feed: &Feed) -> (Ending, ReplyEnd, bool) {
    let began = Instant::now();
    let mut written = Written::new(job.started.route.clone());
    let messages = match messages(services, job, feed).await {
        Ok(messages) => messages,
        Err(ending) => return (ending, written.end(job, 0, 0, began), false),
    };
    let shown = messages.len().saturating_sub(1) as u32;
    let prompt_chars = messages
        .iter()
        .map(|message| message.text.chars().count() as u64)
        .sum::<u64>();
    let request = Request {
        system: context::system_prompt(job.started.options.mood),
        messages,
        without_reasoning: job.started.options.without_reasoning,
    };
    let mut steps = services.providers.run(&job.started.route, request);
    let ending = loop {
        let step = tokio::select! {
            biased;
            () = feed.stop.cancelled() => break Ending::Stopped,
            () = services.interrupt.cancelled() => break Ending::Interrupted,
            step = steps.next() => step,
        };
        if !written.gather(step, &mut steps) {
            break if written.error.is_some() {
                Ending::Failed
            } else {
                Ending::Completed
            };
        }
        if let Err(ending) = release(services, job, feed, &mut written).await {
            break ending;
        }
    };
    drop(steps);
    let drafted = written.drafted;
    (
        ending,
        written.end(job, shown, prompt_chars, began),
        drafted,
    )
}

/// The context; while the database is away it waits, and still obeys.
async fn messages(services: &Services, job: &Job, feed: &Feed) -> Result<Vec<Message>, Ending> {
    // Nothing else is to be shown, or there is nothing else: it was opened for this message.
    let alone = job.started.context.rule == context::NONE || job.sequence <= OPENED_AND_SENT + 1;
    if alone && let Some(text) = &job.prompt {
        return Ok(vec![Message {
            role: Role::User,
            text: text.clone(),
        }]);
    }
    let mut pause = Duration::from_millis(50);
    loop {
        let start = context::Start {
            thread: job.thread,
            sequence: job.sequence,
            answers: job.started.answers,
            rule: &job.started.context,
            cuts: &job.cuts,
        };
        match context::read(&services.store, start).await {
            Ok(messages) => return Ok(messages),
            Err(error) => {
                tracing::warn!(%error, "the context of a reply could not be read; trying again")
            }
        }
        wait(services, feed, &mut pause).await?;
    }
}

/// Writes what is new to the drafts, then shows it.
async fn release(
    services: &Services,
    job: &Job,
    feed: &Feed,
    written: &mut Written,
) -> Result<(), Ending> {
    written.drafted = true;
    let text = &written.text[written.released_text..];
    let reasoning = &written.reasoning[written.released_reasoning..];
    let mut pause = Duration::from_millis(50);
    loop {
        let chunk = |channel, offset: usize, text: &str| Chunk {
            turn: job.started.turn.0,
            epoch: 1,
            channel,
            offset: offset as u64,
            text: text.to_owned(),
        };
        let thoughts = async {
            if reasoning.is_empty() {
                return Ok(());
            }
            services
                .drafts
                .write(chunk(
                    Channel::Reasoning,
                    written.released_reasoning,
                    reasoning,
                ))
                .await
        };
        let answer = async {
            if text.is_empty() {
                return Ok(());
            }
            services
                .drafts
                .write(chunk(Channel::Text, written.released_text, text))
                .await
        };
        match tokio::try_join!(thoughts, answer) {
            Ok(_) => break,
            // Somebody believed us dead and closed the turn: nothing more may be shown.
            Err(DraftError::Fenced) => return Err(Ending::Elsewhere),
            Err(DraftError::Unavailable(error)) => {
                tracing::warn!(%error, "a draft could not be written; trying again");
            }
        }
        wait(services, feed, &mut pause).await?;
    }
    feed.release(text, reasoning);
    written.released_text = written.text.len();
    written.released_reasoning = written.reasoning.len();
    Ok(())
}

/// Waits a little longer each time, unless the turn is to end.
async fn wait(services: &Services, feed: &Feed, pause: &mut Duration) -> Result<(), Ending> {
    tokio::select! {
        () = feed.stop.cancelled() => return Err(Ending::Stopped),
        () = services.interrupt.cancelled() => return Err(Ending::Interrupted),
        () = tokio::time::sleep(*pause) => {}
    }
    *pause = (*pause * 2).min(LONGEST_PAUSE);
    Ok(())
}

/// Has the end recorded, under one command id, until the thread has accepted or refused it; `false`: it is
/// left to the next start.
async fn close(directory: &Directory, job: &Job, ending: Ending, end: ReplyEnd) -> bool {
    let services = directory.services();
    let turn = job.started.turn;
    let next: ContextRule = job.started.context.clone();
    let command = match ending {
        Ending::Completed => ThreadCommand::CompleteReply(end, next),
        Ending::Failed => ThreadCommand::FailReply(end, next),
        Ending::Interrupted => ThreadCommand::InterruptReply(end, next),
        Ending::Stopped | Ending::Dropped | Ending::Elsewhere => {
            ThreadCommand::StopReply(end, next)
        }
    };
    let origin = Origin::server();
    let mut pause = Duration::from_millis(50);
    let closed = loop {
        match directory
            .execute(job.thread, command.clone(), origin.clone())
            .await
        {
            Ok(_) => break true,
            // Another node has closed it.
            Err(CommandError::Refused(_)) => break true,
            Err(CommandError::Fault(error)) => {
                tracing::error!(%turn, error, "the end of a reply could not be recorded");
                break false;
            }
            Err(CommandError::Overloaded | CommandError::Unavailable) => {}
        }
        tokio::select! {
            // The next start closes it from the drafts.
            () = services.shutdown.token().cancelled() => break false,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    };
    // Usually the actor has ended the feed with the commit; otherwise the log tells how it ended.
    services
        .feeds
        .end(turn, None, Ended::without_text(Ending::Elsewhere, 0));
    closed
}

/// Leaves the turn open at shutdown: closed now, it would let a message that waits begin to be answered,
/// and there is nobody to do it. The next start closes it from its drafts, and answers that message.
fn leave(services: &Services, job: &Job) {
    let elsewhere = || Ended::without_text(Ending::Elsewhere, 0);
    services.feeds.end(job.started.turn, None, elsewhere());
    services.feeds.end_waiting(|feed| feed.thread == job.thread);
}

fn after_panic(job: &Job, feed: &Feed) -> (Ending, ReplyEnd, bool) {
    let (text, reasoning) = feed.released();
    let mut written = Written::new(job.started.route.clone());
    written.text = text;
    written.reasoning = reasoning;
    written.error = Some("the server failed while it wrote this answer".to_owned());
    (Ending::Failed, written.end(job, 0, 0, Instant::now()), true)
}

impl Written {
    fn new(route: Route) -> Self {
        Self {
            text: String::new(),
            reasoning: String::new(),
            released_text: 0,
            released_reasoning: 0,
            route,
            finish: None,
            attempts: vec![],
            error: None,
            drafted: false,
            room: LONGEST,
            cut: false,
        }
    }

    /// Takes `step` and everything that is ready behind it; `false` at the end of the stream.
    fn gather<S>(&mut self, mut step: Option<Step>, steps: &mut S) -> bool
    where
        S: futures_util::Stream<Item = Step> + Unpin,
    {
        loop {
            match step {
                None => return false,
                Some(step) => self.take(step),
            }
            if self.cut {
                self.finish = Some(FinishReason::Length);
                return false;
            }
            let unwritten = self.text.len() - self.released_text + self.reasoning.len()
                - self.released_reasoning;
            if unwritten > ENOUGH {
                return true;
            }
            match steps.next().now_or_never() {
                Some(next) => step = next,
                None => return true,
            }
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Delta { route, delta } => match delta {
                Delta::Text(text) => {
                    self.route = route;
                    let text = self.fitting(&text);
                    self.text.push_str(text);
                }
                Delta::Reasoning(text) => {
                    self.route = route;
                    let text = self.fitting(&text);
                    self.reasoning.push_str(text);
                }
                Delta::Finish(reason) => self.finish = Some(reason),
                // Each attempt carries its usage.
                Delta::Usage(_) => {}
            },
            Step::Attempt(attempt) => self.attempts.push(attempt),
            Step::Failed(error) => self.error = Some(error.to_string()),
        }
    }

    /// As much of it as there is room for.
    fn fitting<'t>(&mut self, text: &'t str) -> &'t str {
        for (at, character) in text.char_indices() {
            let size = match character {
                '"' | '\\' | '\n' | '\r' | '\t' => 2,
                control if control < ' ' => 6,
                other => other.len_utf8(),
            };
            if size > self.room {
                self.cut = true;
                return &text[..at];
            }
            self.room -= size;
        }
        text
    }

    fn end(
        mut self,
        job: &Job,
        context_messages: u32,
        prompt_chars: u64,
        began: Instant,
    ) -> ReplyEnd {
        let answered = self.attempts.iter().any(|attempt| attempt.error.is_none());
        let wrote = !self.text.is_empty() || !self.reasoning.is_empty();
        if wrote && !answered && self.error.is_none() {
            // Stopped in the middle: the provider had no chance to say what it cost.
            let completion = self.text.chars().count() + self.reasoning.chars().count();
            self.attempts.push(Attempt {
                route: self.route.clone(),
                duration_ms: began.elapsed().as_millis() as u64,
                error: None,
                usage: Usage {
                    prompt_tokens: prompt_chars.div_ceil(4),
                    completion_tokens: completion.div_ceil(4) as u64,
                    estimated: true,
                },
            });
        }
        let usage = self
            .attempts
            .iter()
            .fold(Usage::default(), |sum, attempt| Usage {
                prompt_tokens: sum.prompt_tokens + attempt.usage.prompt_tokens,
                completion_tokens: sum.completion_tokens + attempt.usage.completion_tokens,
                estimated: sum.estimated || attempt.usage.estimated,
            });
        ReplyEnd {
            turn: job.started.turn,
            text: self.text,
            reasoning: (!self.reasoning.is_empty()).then_some(self.reasoning),
            route: self.route,
            finish: self.finish,
            error: self.error,
            usage,
            attempts: self.attempts,
            context_messages,
        }
    }
}
