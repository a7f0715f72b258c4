//! How an embedding is made: judged, made durable, asked for, and its end recorded before anybody has the vectors.

use std::{
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use aggregates::{
    EmbeddingId,
    embedding::{Embedding, EmbeddingCommand, EmbeddingRefusal, TextsSent},
    thread::{Attempt, Refusal},
};
use futures_util::FutureExt;

use super::{Embedder, NoVectors, Vectors, changes};
use crate::{
    actors::{
        Services,
        changes::{Change, Unchanged},
        completions,
        feed::{Ended, Ending},
        judging,
        messages::{CommandError, Origin},
        recovery::End,
        turn,
    },
    providers,
    store::{OpenTurnRow, StoreError, TurnChange},
};

/// How long whoever asks waits for the log.
const PATIENCE: Duration = Duration::from_secs(10);
const LEFT: &str = "whoever asked has left";
const STOPPED: &str = "it was stopped";
const INTERRUPTED: &str = "the server stopped before the vectors were there";

/// What a provider has brought, and all calls.
type Asked = (Result<Vec<Vec<f32>>, NoVectors>, Vec<Attempt>);

/// From texts to vectors; `left` ends when nobody waits for them any more.
pub(super) async fn make(
    services: &Services,
    mut sent: TextsSent,
    by: Embedder,
    origin: Origin,
    left: impl Future<Output = ()>,
) -> Result<Vectors, NoVectors> {
    let judged = judging::texts(&services.moderation, std::mem::take(&mut sent.texts)).await;
    sent.texts = judged.texts;
    // What was taken out may be longer than what it was, and what was found has its place, too.
    if completions::is_too_large(&sent.texts) || completions::is_too_large(&judged.verdicts) {
        return Err(CommandError::TooLarge.into());
    }
    let (id, sequence) = (sent.embedding, 1 + u64::from(!judged.verdicts.is_empty()));
    let mut change = Change::<Embedding>::of(EmbeddingCommand::Request {
        sent: sent.clone(),
        verdicts: judged.verdicts,
        warning: judged.warning.clone(),
        refusal: judged.refusal.as_ref().map(|(_, text)| text.clone()),
    })
    .from(origin);
    if judged.refusal.is_none() {
        change.turns.push(TurnChange::Opened {
            turn: id.0,
            thread: id.to_string(),
            owner: services.boot,
        });
    }
    let known = Some((Embedding::Absent, 0));
    let (changes, id_text) = (changes(services), id.to_string());
    let making = changes.make_from(&id_text, known, change);
    // Where it becomes durable after all, it is closed as one that nobody runs.
    let made = tokio::time::timeout(PATIENCE, making)
        .await
        .map_err(|_| CommandError::Unavailable)?
        .map_err(unmade)?;
    if let Some(record) = made.replayed {
        return Err(NoVectors::Known(record));
    }
    if let Some((nth, refusal)) = judged.refusal {
        return Err(NoVectors::Refused(nth, refusal));
    }
    let state = Embedding::Open {
        owner: sent.owner,
        route: sent.route.clone(),
    };
    let (outcome, attempts) = ask(services, sent, by, left).await;
    let usage = providers::cost(&attempts);
    let outcome = told(services, outcome).await;
    let position = record(services, id, (state, sequence), &outcome, attempts).await?;
    Ok(Vectors {
        vectors: outcome?,
        usage,
        warning: judged.warning,
        position,
    })
}

/// Asks, for as long as anybody wants it.
async fn ask(
    services: &Services,
    sent: TextsSent,
    by: Embedder,
    left: impl Future<Output = ()>,
) -> Asked {
    let provider = match by.provider {
        Ok(provider) => provider,
        Err(error) => return (Err(NoVectors::Failed(error.to_string())), vec![]),
    };
    let feed = services
        .feeds
        .of(sent.embedding.alone(), sent.embedding.turn());
    feed.began(sent.route);
    let providers = &services.providers;
    let mut embedding = providers.embedding(provider, sent.texts, sent.dimensions);
    let outcome = tokio::select! {
        biased;
        _ = feed.told_to_end() => Err(NoVectors::Stopped(STOPPED)),
        () = services.interrupt.cancelled() => Err(NoVectors::Stopped(INTERRUPTED)),
        () = left => Err(NoVectors::Stopped(LEFT)),
        asked = AssertUnwindSafe(embedding.run()).catch_unwind() => match asked {
            Ok(asked) => asked.map_err(|error| NoVectors::Failed(error.to_string())),
            Err(_) => Err(NoVectors::Failed("the server failed while it made these vectors".to_owned())),
        },
    };
    let (vectors, attempts) = embedding.end();
    (outcome.map(|()| vectors), attempts)
}

/// A provider's sentence about its fault may quote what it was sent.
async fn told(
    services: &Services,
    outcome: Result<Vec<Vec<f32>>, NoVectors>,
) -> Result<Vec<Vec<f32>>, NoVectors> {
    match outcome {
        Err(NoVectors::Failed(error)) => {
            let error = services.moderation.redacted(error).await;
            Err(NoVectors::Failed(error))
        }
        outcome => outcome,
    }
}

/// Records the end; where in the log it stands.
async fn record(
    services: &Services,
    id: EmbeddingId,
    known: (Embedding, u64),
    outcome: &Result<Vec<Vec<f32>>, NoVectors>,
    mut attempts: Vec<Attempt>,
) -> Result<u64, CommandError> {
    judging::errors(&services.moderation, &mut attempts).await;
    let command = match outcome {
        Ok(vectors) => EmbeddingCommand::Complete {
            dimensions: vectors.first().map_or(0, Vec::len).try_into().unwrap_or(0),
            attempts,
        },
        Err(NoVectors::Failed(error)) => fails(error, attempts),
        Err(NoVectors::Stopped(error)) => fails(error, attempts),
        Err(_) => fails(STOPPED, attempts),
    };
    let origin = Origin::server();
    let position = AtomicU64::new(0);
    let closed = turn::until_known(services, id.turn(), || async {
        let known = Some(known.clone());
        let at = end(services, id, known, command.clone(), origin.clone()).await?;
        position.store(at, Ordering::Relaxed);
        Ok(())
    })
    .await;
    let ended = Ended::without_text(Ending::Elsewhere, 0);
    services.feeds.end(id.turn(), None, ended);
    match position.load(Ordering::Relaxed) {
        // Somebody else has closed it, or the next start will.
        0 => Err(CommandError::Unavailable),
        position if closed => Ok(position),
        _ => Err(CommandError::Unavailable),
    }
}

fn fails(error: &str, attempts: Vec<Attempt>) -> EmbeddingCommand {
    let error = error.to_owned();
    EmbeddingCommand::Fail { error, attempts }
}

async fn end(
    services: &Services,
    id: EmbeddingId,
    known: Option<(Embedding, u64)>,
    command: EmbeddingCommand,
    origin: Origin,
) -> Result<u64, CommandError> {
    let mut change = Change::<Embedding>::of(command).from(origin);
    change.turns.push(TurnChange::Closed { turn: id.0 });
    let made = changes(services)
        .make_from(&id.to_string(), known, change)
        .await
        .map_err(unmade)?;
    Ok(made.position)
}

/// Ends one whose owner is gone; `false`: it is over already, or there is none.
pub(in crate::actors) async fn close(
    services: &Services,
    row: &OpenTurnRow,
    ending: End,
) -> Result<Result<bool, CommandError>, StoreError> {
    let (state, sequence) = services.store.load::<Embedding>(&row.thread).await?;
    if !matches!(state, Embedding::Open { .. }) {
        return Ok(Ok(false));
    }
    let error = match ending {
        End::Interrupt => INTERRUPTED,
        End::Stop => STOPPED,
    };
    let (id, known) = (EmbeddingId(row.turn), Some((state, sequence)));
    let ended = end(services, id, known, fails(error, vec![]), Origin::server()).await;
    Ok(ended.map(|_| true))
}

pub(super) fn unmade(unchanged: Unchanged<EmbeddingRefusal>) -> CommandError {
    match unchanged {
        Unchanged::Refused(EmbeddingRefusal::Exists) => CommandError::LongAgo,
        Unchanged::Refused(_) => CommandError::Refused(Refusal::TurnNotRunning(
            aggregates::TurnId(uuid::Uuid::nil()),
        )),
        Unchanged::Fault(reason) => CommandError::Fault(reason),
        unchanged => {
            tracing::warn!(?unchanged, "an embedding could not be recorded");
            CommandError::Unavailable
        }
    }
}
