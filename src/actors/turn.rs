//! A turn: one call to a provider, as a spawned future, so that its thread stays responsive.
//!
//! Deltas are written ahead: they reach followers only after the drafts have them. Whatever is ready is
//! taken in one go, so a fast provider costs few writes; what is still unwritten when the stream ends
//! needs no draft, because the closing event holds it.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use aggregates::{
    ThreadId,
    thread::{Cut, FinishReason, MessageSent, ReplyEnd, ReplyStarted, Route, ThreadCommand, Usage},
    verdict::Verdict,
};
use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;
use tracing::Instrument;

use self::written::Written;
use super::{
    Directory, Services,
    context::{self, shown::Shown},
    feed::{Ended, Ending, Feed},
    messages::{CommandError, Origin},
};
use crate::{
    moderation::Answer,
    providers::Request,
    store::{Channel, Chunk, DraftError},
};

mod written;

/// The events before the first reply.
const OPENED_SENT_AND_JUDGED: u64 = 3;
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
    pub(super) prompt: Option<MessageSent>,
}

/// How a turn ended, and what there is to be recorded.
struct Closing {
    ending: Ending,
    end: ReplyEnd,
    /// `None`: nobody has judged it yet.
    verdict: Option<Verdict>,
    /// There may be drafts of it.
    drafted: bool,
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
    let (services, directory) = (services.clone(), directory.clone());
    let span = tracing::debug_span!("turn", turn = %job.started.turn);
    let turn = async move {
        let began = Instant::now();
        metrics::gauge!("colloquy_turns_open").increment(1);
        let closing = AssertUnwindSafe(converse(directory.services(), &job, &feed))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| after_panic(directory.services(), &job, &feed));
        let drafted = closing.drafted;
        if closing.ending == Ending::Interrupted
            && directory.services().feeds.has_waiting(job.thread)
        {
            leave(directory.services(), &job);
        } else {
            let closed = close(&directory, &job, closing).await;
            if closed && drafted {
                directory.services().drafts.remove(job.started.turn.0);
            }
        }
        metrics::gauge!("colloquy_turns_open").decrement(1);
        metrics::histogram!("colloquy_turn_seconds").record(began.elapsed().as_secs_f64());
    };
    services.shutdown.clone().spawn(turn.instrument(span));
}

async fn converse(services: &Services, job: &Job, feed: &Feed) -> Closing {
    let mut written = Written::new(job.started.route.clone(), watching(services));
    let shown = match shown(services, job, feed).await {
        Ok(Some(shown)) => Arc::new(shown),
        Ok(None) => return refused(services, job),
        Err(ending) => return Closing::of(ending, written, job, None),
    };
    let ask = {
        let system = context::system_prompt(job.started.options.mood);
        let shown = Arc::clone(&shown);
        let without_reasoning = job.started.options.without_reasoning;
        move |route: &Route| {
            let request = shown.request(route, system.clone())?;
            Ok(Request {
                without_reasoning,
                ..request
            })
        }
    };
    let mut steps = services.providers.run_each(&job.started.route, ask);
    let ending = loop {
        let step = tokio::select! {
            biased;
            () = feed.stop.cancelled() => break Ending::Stopped,
            () = services.interrupt.cancelled() => break Ending::Interrupted,
            step = steps.next() => step,
        };
        let goes_on = written.gather(step, &mut steps);
        if !goes_on {
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
    // Ended in the middle, the provider had no chance to say what it cost.
    written.attempts.extend(steps.abandon());
    drop(steps);
    Closing::of(ending, written, job, Some(&shown))
}

impl Closing {
    fn of<W: Fn(&Route) -> Answer>(
        ending: Ending,
        written: Written<W>,
        job: &Job,
        shown: Option<&Shown>,
    ) -> Self {
        let drafted = written.drafted;
        let (end, verdict) = written.end(job, shown);
        Self {
            ending,
            end,
            verdict,
            drafted,
        }
    }
}

/// Who watches what a provider writes.
fn watching(services: &Services) -> impl Fn(&Route) -> Answer + Send + Sync {
    let (moderation, providers) = (services.moderation.clone(), Arc::clone(&services.providers));
    move |route| {
        let provider = providers.get(&route.provider);
        moderation.answer(provider.is_some_and(|provider| provider.is_echo()))
    }
}

/// The message to be answered was blocked when it was sent: it is so now.
fn refused(services: &Services, job: &Job) -> Closing {
    let end = ReplyEnd {
        turn: job.started.turn,
        text: services.moderation.refusal(),
        reasoning: None,
        route: job.started.route.clone(),
        finish: Some(FinishReason::ContentFilter),
        error: None,
        usage: Usage::default(),
        attempts: vec![],
        context_messages: 0,
    };
    Closing {
        ending: Ending::Completed,
        end,
        verdict: Some(Verdict::exempt()),
        drafted: false,
    }
}

/// The context; while the database is away it waits, and still obeys. `None`: nobody is to be asked.
async fn shown(services: &Services, job: &Job, feed: &Feed) -> Result<Option<Shown>, Ending> {
    // Nothing else is to be shown, or there is nothing else: it was opened for this message.
    let alone =
        job.started.context.rule == context::NONE || job.sequence <= OPENED_SENT_AND_JUDGED + 1;
    let prompt = job.prompt.as_ref().filter(|_| alone);
    let mut pause = Duration::from_millis(50);
    loop {
        let read = match prompt {
            Some(sent) => context::alone(&services.store, &job.started.context, sent.clone())
                .await
                .map(Some),
            None => {
                let start = context::Start {
                    thread: job.thread,
                    sequence: job.sequence,
                    answers: job.started.answers,
                    rule: job.started.context.clone(),
                    cuts: job.cuts.clone(),
                };
                context::read(&services.store, start).await
            }
        };
        match read {
            Ok(shown) => return Ok(shown),
            Err(error) => {
                tracing::warn!(%error, "the context of a reply could not be read; trying again");
            }
        }
        wait(services, feed, &mut pause).await?;
    }
}

/// Writes what is new to the drafts, then shows it.
async fn release<W: Fn(&Route) -> Answer>(
    services: &Services,
    job: &Job,
    feed: &Feed,
    written: &mut Written<W>,
) -> Result<(), Ending> {
    if !written.has_more() {
        return Ok(());
    }
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
async fn close(directory: &Directory, job: &Job, closing: Closing) -> bool {
    let Closing {
        ending,
        end,
        verdict,
        ..
    } = closing;
    let services = directory.services();
    let turn = job.started.turn;
    // The actor knows whose turn is next, and how its context is chosen.
    let next = job.started.context.clone();
    let command = match ending {
        Ending::Completed => ThreadCommand::CompleteReply(end, verdict, next),
        Ending::Failed => ThreadCommand::FailReply(end, verdict, next),
        Ending::Interrupted => ThreadCommand::InterruptReply(end, verdict, next),
        Ending::Stopped | Ending::Dropped | Ending::Elsewhere => {
            ThreadCommand::StopReply(end, verdict, next)
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

/// What was watched until then is not known any more: what was shown is judged again.
fn after_panic(services: &Services, job: &Job, feed: &Feed) -> Closing {
    let (text, reasoning) = feed.released();
    let watching = watching(services);
    let mut written = Written::released(job.started.route.clone(), watching, text, reasoning);
    written.error = Some("the server failed while it wrote this answer".to_owned());
    written.drafted = true;
    Closing {
        verdict: None,
        ..Closing::of(Ending::Failed, written, job, None)
    }
}
