//! A turn: one call to a provider, as a spawned future, so that its thread stays responsive. What it asks, and where
//! its end is recorded, depends on whose it is: a thread's, or a completion's.
//!
//! Deltas are written ahead: they reach followers only after the drafts have them. Whatever is ready is
//! taken in one go, so a fast provider costs few writes; what is still unwritten when the stream ends
//! needs no draft, because the closing event holds it.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use aggregates::{
    ThreadId, TurnId,
    thread::{Attempt, Route, Sources},
    verdict::Action,
};
use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;
use tracing::Instrument;

pub(super) use self::{
    asked::{Asked, to_be_answered},
    exchange::Exchange,
};
use self::{
    closing::{Closing, nothing_found, refused},
    rounds::Rounds,
    written::Written,
};
use super::{
    Directory, Services,
    context::shown::Shown,
    feed::{Ended, Ending, Feed},
    messages::{CommandError, Origin},
};
use crate::{
    moderation::Answer,
    providers::Run,
    store::{Channel, Chunk, DraftError},
};

mod asked;
mod closing;
mod exchange;
mod rounds;
mod written;

/// The longest pause between two tries to reach a database that is away.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The epoch that a turn is opened with; in another one it is somebody else's to end.
pub(super) const EPOCH: i64 = 1;

/// What a turn has to know.
pub(super) struct Job {
    pub(super) turn: TurnId,
    /// Whom it asks first.
    pub(super) route: Route,
    /// Whose it is.
    pub(super) of: Of,
}

/// Whose a turn is.
pub(super) enum Of {
    Thread(Box<Exchange>),
    Completion(Box<Asked>),
}

/// What a turn asks.
struct Question {
    /// The answers of those who are asked, one after the other.
    steps: Run,
    /// Of a thread's messages.
    shown: Option<Arc<Shown>>,
    /// The passages that the answer is to rest on.
    found: Option<Found>,
    /// What is looked up for it.
    rounds: Option<Rounds>,
}

/// Passages that fit.
struct Found {
    sources: Sources,
    /// What it took to find them.
    attempts: Vec<Attempt>,
}

/// What a thread's turn does.
enum Wants {
    /// It asks.
    Answer(Box<Question>),
    /// The message to be answered was blocked: nobody is asked.
    Refusal,
    /// It is to rest on documents, and none of them fits: nobody is asked.
    Nothing(Found),
}

impl Job {
    pub(super) fn of_thread(exchange: Exchange) -> Self {
        Self {
            turn: exchange.started.turn,
            route: exchange.started.route.clone(),
            of: Of::Thread(Box::new(exchange)),
        }
    }

    pub(super) fn of_completion(asked: Asked) -> Self {
        Self {
            turn: asked.requested.completion.turn(),
            route: asked.requested.route.clone(),
            of: Of::Completion(Box::new(asked)),
        }
    }

    fn thread(&self) -> ThreadId {
        match &self.of {
            Of::Thread(exchange) => exchange.thread,
            Of::Completion(asked) => asked.requested.completion.alone(),
        }
    }

    /// Whether anybody is shown what is written before all of it is.
    fn is_shown(&self) -> bool {
        match &self.of {
            Of::Thread(_) => true,
            Of::Completion(asked) => asked.requested.streamed,
        }
    }
}

/// Calls the provider; the end is a command to the thread.
pub(super) fn start(directory: &Directory, job: Job) {
    let services = directory.services();
    let feed = services.feeds.of(job.thread(), job.turn);
    feed.began(job.route.clone());
    if services.interrupt.is_cancelled() {
        // Too late to begin: it stays open, and the next start closes it.
        let elsewhere = Ended::without_text(Ending::Elsewhere, 0);
        services.feeds.end(job.turn, None, elsewhere);
        return;
    }
    let (services, directory) = (services.clone(), directory.clone());
    let span = tracing::debug_span!("turn", turn = %job.turn);
    let turn = async move {
        let began = Instant::now();
        metrics::gauge!("colloquy_turns_open").increment(1);
        let answering = async {
            let closing = converse(&directory, &job, &feed).await;
            closing.judged_elsewhere(directory.services()).await
        };
        let closing = AssertUnwindSafe(answering)
            .catch_unwind()
            .await
            .unwrap_or_else(|_| after_panic(directory.services(), &job, &feed));
        let drafted = closing.drafted;
        if closing.ending == Ending::Interrupted
            && directory.services().feeds.has_waiting(job.thread())
        {
            leave(directory.services(), &job, &closing).await;
        } else {
            let closed = close(&directory, &job, closing).await;
            if closed && drafted {
                directory.services().drafts.remove(job.turn.0);
            }
        }
        metrics::gauge!("colloquy_turns_open").decrement(1);
        metrics::histogram!("colloquy_turn_seconds").record(began.elapsed().as_secs_f64());
    };
    services.shutdown.clone().spawn(turn.instrument(span));
}

async fn converse(directory: &Directory, job: &Job, feed: &Feed) -> Closing {
    let services = directory.services();
    let mut written = Written::new(job.route.clone(), watching(services));
    let asked = match &job.of {
        Of::Thread(exchange) => exchange.question(services, feed).await,
        Of::Completion(asked) => {
            let question = asked.question(services, feed).await;
            question.map(|question| Wants::Answer(Box::new(question)))
        }
    };
    let question = match asked {
        Ok(Wants::Answer(question)) => question,
        Ok(Wants::Refusal) => return refused(services, job),
        Ok(Wants::Nothing(found)) => return nothing_found(job, found),
        Err(ending) => return Closing::of(ending, written, job, None),
    };
    let Question {
        mut steps,
        shown,
        found,
        mut rounds,
    } = *question;
    let ending = loop {
        let step = tokio::select! {
            biased;
            ending = feed.told_to_end() => break ending,
            () = services.interrupt.cancelled() => break Ending::Interrupted,
            step = steps.next() => step,
        };
        let goes_on = written.gather(step, &mut steps);
        let mut looks_up = None;
        if !goes_on {
            if written.error.is_some() {
                break Ending::Failed;
            }
            // Where nothing more is looked up, an answer is one, whatever is still wanted.
            let going_on = rounds.as_mut();
            let going_on = going_on.filter(|rounds| !rounds.are_over() || written.text.is_empty());
            looks_up = going_on.and_then(|rounds| Some((rounds, written.wanted()?)));
            if looks_up.is_none() {
                break Ending::Completed;
            }
        }
        if let Err(ending) = release(services, job, feed, &mut written).await {
            break ending;
        }
        if let Some((rounds, wanted)) = looks_up {
            match rounds.next(directory, feed, wanted).await {
                Ok(next) => steps = next,
                Err(ending) => break ending,
            }
        }
    };
    // Ended in the middle, the provider had no chance to say what it cost.
    written.attempts.extend(steps.abandon());
    drop(steps);
    let closing = Closing::of(ending, written, job, shown.as_deref());
    let closing = closing.with_tools(rounds.map(|rounds| rounds.offered()));
    match found {
        Some(found) => closing.resting_on(found),
        None => closing,
    }
}

/// Who watches what a provider writes.
fn watching(services: &Services) -> impl Fn(&Route) -> Answer + Send + Sync {
    let (moderation, providers) = (services.moderation.clone(), Arc::clone(&services.providers));
    move |route| {
        let provider = providers.get(&route.provider);
        // What a document says in an echo's place is no echo.
        let echoes =
            provider.is_some_and(|provider| provider.is_echo() && provider.route() == route);
        moderation.answer(echoes)
    }
}

/// Writes what is new to the drafts, then shows it.
async fn release<W: Fn(&Route) -> Answer>(
    services: &Services,
    job: &Job,
    feed: &Feed,
    written: &mut Written<W>,
) -> Result<(), Ending> {
    if !written.has_more() || !job.is_shown() {
        return Ok(());
    }
    written.drafted = true;
    let text = &written.text[written.released_text..];
    let reasoning = &written.reasoning[written.released_reasoning..];
    let mut pause = Duration::from_millis(50);
    loop {
        let chunk = |channel, offset: usize, text: &str| Chunk {
            turn: job.turn.0,
            epoch: EPOCH,
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
        ending = feed.told_to_end() => return Err(ending),
        () = services.interrupt.cancelled() => return Err(Ending::Interrupted),
        () = tokio::time::sleep(*pause) => {}
    }
    *pause = (*pause * 2).min(LONGEST_PAUSE);
    Ok(())
}

/// Has the end recorded, under one command id, until it is accepted or refused; `false`: it is left to the next
/// start.
async fn close(directory: &Directory, job: &Job, closing: Closing) -> bool {
    let (services, turn) = (directory.services(), job.turn);
    let origin = Origin::server();
    let closed = match &job.of {
        Of::Thread(exchange) => {
            let command = exchange.end(closing);
            let record = || {
                let executed = directory.execute(exchange.thread, command.clone(), origin.clone());
                executed.map(|done| done.map(drop))
            };
            until_known(services, turn, record).await
        }
        Of::Completion(asked) => {
            let closing = asked.judged(services, closing).await;
            let record = || asked.record(services, &closing, origin.clone());
            until_known(services, turn, record).await
        }
    };
    // Usually whoever recorded it has ended the feed with the commit; otherwise the log tells how it ended.
    services
        .feeds
        .end(turn, None, Ended::without_text(Ending::Elsewhere, 0));
    closed
}

/// Says it again until the log has taken or refused it; `false`: it is left to the next start.
pub(super) async fn until_known<F>(
    services: &Services,
    turn: TurnId,
    record: impl Fn() -> F,
) -> bool
where
    F: Future<Output = Result<(), CommandError>>,
{
    let mut pause = Duration::from_millis(50);
    loop {
        match record().await {
            Ok(()) => return true,
            // Another node has closed it.
            Err(CommandError::Refused(_)) => return true,
            Err(
                error @ (CommandError::Fault(_) | CommandError::TooLarge | CommandError::LongAgo),
            ) => {
                tracing::error!(%turn, %error, "the end of a reply could not be recorded");
                return false;
            }
            Err(CommandError::Overloaded | CommandError::Unavailable) => {}
        }
        tokio::select! {
            // The next start closes it from the drafts.
            () = services.shutdown.token().cancelled() => return false,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

/// Leaves the turn open at shutdown: closed now, it would let a message that waits begin to be answered,
/// and there is nobody to do it. The next start closes it from its drafts, and answers that message.
///
/// Of what was held, its drafts get what was judged and is not blocked.
async fn leave(services: &Services, job: &Job, closing: &Closing) {
    if let Err(error) = keep_unseen(services, job, closing).await {
        tracing::warn!(turn = %job.turn, %error, "what nobody has seen of a reply could not be kept");
    }
    let elsewhere = || Ended::without_text(Ending::Elsewhere, 0);
    services.feeds.end(job.turn, None, elsewhere());
    let thread = job.thread();
    services.feeds.end_waiting(|feed| feed.thread == thread);
}

/// Writes to the drafts what of it nobody has seen yet.
async fn keep_unseen(services: &Services, job: &Job, closing: &Closing) -> Result<(), DraftError> {
    let verdict = closing.verdict.as_ref();
    if verdict.is_some_and(|verdict| verdict.action == Action::Block) {
        return Ok(());
    }
    let (text, thoughts) = closing.released;
    let reasoning = closing.end.reasoning.as_deref().unwrap_or_default();
    for (channel, whole, offset) in [
        (Channel::Reasoning, reasoning, thoughts),
        (Channel::Text, closing.end.text.as_str(), text),
    ] {
        let Some(text) = whole.get(offset..).filter(|text| !text.is_empty()) else {
            continue;
        };
        let chunk = Chunk {
            turn: job.turn.0,
            epoch: EPOCH,
            channel,
            offset: offset as u64,
            text: text.to_owned(),
        };
        services.drafts.write(chunk).await?;
    }
    Ok(())
}

/// What was watched until then is not known any more: what was shown is judged again.
fn after_panic(services: &Services, job: &Job, feed: &Feed) -> Closing {
    let (text, reasoning) = feed.released();
    let watching = watching(services);
    let mut written = Written::released(job.route.clone(), watching, text, reasoning);
    written.error = Some("the server failed while it wrote this answer".to_owned());
    written.drafted = true;
    Closing {
        verdict: None,
        ..Closing::of(Ending::Failed, written, job, None)
    }
}
