//! Completions: a question is made durable, then answered by a turn as any reply is. No actor holds them: each is asked
//! once and ends once, and the head of its stream says who did it.

mod misdirected;

use std::sync::Arc;

use aggregates::{
    CompletionId, TurnId,
    completion::{
        Completion, CompletionCommand, CompletionEvent, CompletionOutcome, CompletionRefusal,
        Requested, Sampling,
    },
    thread::{Refusal, ReplyEnd, Route, Stage},
    verdict::Verdict,
};
use cqrs_es::Aggregate;
use tokio::sync::oneshot;

use super::{
    Directory, Services,
    changes::{Change, Changes, Unchanged},
    feed::{Ended, Ending},
    judging,
    messages::{CommandError, Origin},
    recovery,
    turn::{self, Asked},
};
use crate::{
    config::ProviderConfig,
    providers::{Provider, ProviderError, Providers, Request, Run},
    store::{CommandRecord, Erasure, Recorded, Store, StoreError, TurnChange, TurnsOf},
};

/// Bytes of messages, and of verdicts, as an event has them: less than the log takes.
const LONGEST: usize = (3 << 20) + (256 << 10);
/// Events that are read at a time; few completions have more.
const PAGE: u32 = 16;
/// How often an erasure begins again because moderators have decided something meanwhile.
const TRIES: u32 = 16;

/// A completion that is durable.
#[derive(Clone, Debug)]
pub struct Begun {
    /// From which on reads show it.
    pub position: u64,
    /// Microseconds since 1970.
    pub recorded_at: i64,
    /// What its author is told of what moderation took out of it.
    pub warning: Option<String>,
    /// It had been asked before: this is the first one's record.
    pub replayed: Option<CommandRecord>,
}

/// A provider that somebody has set up over the API, ready to be asked. It shows nothing of its key.
#[derive(Clone)]
pub struct Foreign {
    route: Route,
    /// Why it cannot be asked, where that is so.
    provider: Result<Arc<dyn Provider>, ProviderError>,
}

impl Foreign {
    /// Its name and the model that is asked.
    #[must_use]
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// Which of these parameters it does not take.
    #[must_use]
    pub fn lacks(&self, sampling: &Sampling) -> Option<&'static str> {
        self.provider.as_ref().ok()?.lacks(sampling)
    }

    /// Whether its model sees images. Of one that cannot be asked it is not said that it sees none.
    #[must_use]
    pub fn reads_images(&self) -> bool {
        match &self.provider {
            Ok(provider) => provider.reads_images(),
            Err(_) => true,
        }
    }

    /// Itself, or why it cannot be asked.
    pub(super) fn provider(&self) -> Result<&Arc<dyn Provider>, &ProviderError> {
        self.provider.as_ref()
    }

    /// Asks it and nobody else.
    pub(super) fn run(&self, providers: &Providers, request: Request) -> Run {
        match &self.provider {
            Ok(provider) => providers.run_alone(Arc::clone(provider), request),
            Err(error) => Run::failed(error.clone()),
        }
    }
}

impl std::fmt::Debug for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Foreign")
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

/// What the log knows of a completion.
#[derive(Clone, Debug)]
pub struct CompletionRecord {
    /// Microseconds since 1970.
    pub requested_at: i64,
    /// The provider that was to be asked first.
    pub route: Route,
    /// See [`Begun::warning`].
    pub warning: Option<String>,
    /// How it ended, its answer, and where in the log that stands; nothing while it is made.
    pub ended: Option<(Ending, ReplyEnd, u64)>,
    /// A moderator has redacted the answer: it is not what was released.
    pub redacted: bool,
    /// Its contents are gone.
    pub erased: bool,
}

impl Directory {
    /// Gets ready to ask a provider that somebody has set up over the API. Nothing is sent; one that cannot be asked
    /// fails when it is.
    #[must_use]
    pub fn foreign(&self, name: &str, config: &ProviderConfig) -> Foreign {
        Foreign {
            route: Route {
                provider: name.to_owned(),
                model: config.model.clone(),
            },
            provider: self.services().providers.foreign(name, config),
        }
    }

    /// Has something answered, by `foreign` where that is given. `leaves`: who asks waits for it, and when they go away
    /// it ends.
    ///
    /// # Errors
    /// When the log cannot be written; then nobody was asked.
    pub async fn complete(
        &self,
        requested: Requested,
        foreign: Option<Foreign>,
        origin: Origin,
        leaves: bool,
    ) -> Result<Begun, CommandError> {
        let (told, hears) = oneshot::channel();
        let (directory, turn) = (self.clone(), requested.completion.turn());
        // Once it may be durable it has to begin, whether or not somebody still waits.
        self.services().shutdown.clone().spawn(async move {
            let begun = begin(&directory, requested, foreign, origin).await;
            if told.send(begun).is_err() && leaves {
                directory.leave_completion(turn);
            }
        });
        hears.await.unwrap_or(Err(CommandError::Unavailable))
    }

    /// Nobody waits for this one any more.
    pub fn leave_completion(&self, turn: TurnId) {
        self.services().feeds.stop(turn);
    }

    /// What the log knows of a completion.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn completion(
        &self,
        id: CompletionId,
    ) -> Result<Option<CompletionRecord>, StoreError> {
        let mut record = None;
        let mut instead = None;
        for (recorded, event) in self.happened(id).await? {
            if let CompletionEvent::Requested(requested) = &event {
                record = Some(CompletionRecord {
                    requested_at: recorded.recorded_at,
                    route: requested.route.clone(),
                    warning: None,
                    ended: None,
                    redacted: false,
                    erased: false,
                });
            }
            let Some(known) = &mut record else { continue };
            let (ending, ended) = match event {
                CompletionEvent::VerdictRecorded(verdict) => {
                    known.warning = known.warning.take().or(verdict.warning);
                    continue;
                }
                CompletionEvent::Completed(ended) => (Ending::Completed, ended),
                CompletionEvent::Failed(ended) => (Ending::Failed, ended),
                CompletionEvent::Stopped(ended) => (Ending::Stopped, ended),
                CompletionEvent::Interrupted(ended) => (Ending::Interrupted, ended),
                CompletionEvent::Erased {} => {
                    known.erased = true;
                    continue;
                }
                CompletionEvent::Redacted { stage, text } => {
                    if stage == Stage::Output {
                        instead = Some(text);
                    }
                    continue;
                }
                CompletionEvent::Restored { stage } => {
                    if stage == Stage::Output {
                        instead = None;
                    }
                    continue;
                }
                CompletionEvent::Requested(_)
                | CompletionEvent::Misdirected { .. }
                | CompletionEvent::DecisionRecorded { .. }
                | CompletionEvent::DecisionOverturned { .. } => continue,
            };
            known.ended = Some((ending, ended.end, recorded.position));
        }
        if let (Some(record), Some(text)) = (&mut record, instead) {
            record.redacted = true;
            if let Some((_, end, _)) = &mut record.ended {
                end.text = text;
                end.reasoning = None;
            }
        }
        Ok(record)
    }

    /// All that has happened to a completion, in order.
    pub(super) async fn happened(
        &self,
        id: CompletionId,
    ) -> Result<Vec<(Recorded, CompletionEvent)>, StoreError> {
        let store = &self.services().store;
        let (of, mut all, mut after) = (id.to_string(), vec![], 0);
        loop {
            let page = store
                .read_stream(Completion::TYPE, &of, after, PAGE)
                .await?;
            let whole = page.len() < PAGE as usize;
            for recorded in page {
                after = recorded.sequence;
                let event = serde_json::from_str(&recorded.payload)
                    .map_err(|error| StoreError::Unreadable(format!("completion {id}: {error}")))?;
                all.push((recorded, event));
            }
            if whole {
                return Ok(all);
            }
        }
    }

    /// Which of these parameters the provider that is asked first does not take.
    #[must_use]
    pub fn lacks(&self, route: &Route, sampling: &Sampling) -> Option<&'static str> {
        self.services()
            .providers
            .get(&route.provider)?
            .lacks(sampling)
    }

    /// Whether the model of this provider, or of one that stands in for it, sees images.
    #[must_use]
    pub fn reads_images(&self, route: &Route) -> bool {
        let chain = self.services().providers.chain(&route.provider);
        chain.iter().any(|provider| provider.reads_images())
    }

    /// Destroys what can be read of a completion, as a part of its owner's erasure or because it is too old;
    /// `Some(false)`: that was done before. `None`: it is not, because one of `held_by`, which are threads and users, is
    /// held.
    ///
    /// # Errors
    /// When the log cannot be reached.
    pub async fn erase_completion(
        &self,
        erasure: &Erasure,
        id: CompletionId,
        held_by: &[String],
        origin: Origin,
    ) -> Result<Option<bool>, CommandError> {
        self.end_alone(id.turn()).await?;
        // What moderators wrote of it may quote it, and what they are about to write.
        let cases = self.cases_of(id).await?;
        if !self.erase_cases(erasure, &cases, held_by).await? {
            return Ok(None);
        }
        let (services, of) = (self.services(), id.to_string());
        for _ in 0..TRIES {
            let known = services.store.load::<Completion>(&of).await?;
            let destroyed = services
                .store
                .destroy_keys_of(erasure, Completion::TYPE, &of, held_by)
                .await?;
            if !destroyed {
                return Ok(None);
            }
            services
                .store
                .destroy_blobs_of(erasure, Completion::TYPE, &of)
                .await?;
            // Last, because what has no row is not found again; and only where nothing was written meanwhile, under a
            // key that would stay.
            let change = Change::<Completion>::of(CompletionCommand::Erase).from(origin.clone());
            let tried = changes(services).attempt(&of, known, &change).await;
            if let Some(made) = tried.map_err(unmade)? {
                return Ok(Some(made.position > 0));
            }
        }
        Err(CommandError::Unavailable)
    }

    /// Has what is made without a thread end, on whichever node that is; afterwards nothing is added to it.
    pub(super) async fn end_alone(&self, turn: TurnId) -> Result<(), StoreError> {
        self.leave_completion(turn);
        let open = self.services().store.open_turns(TurnsOf::Turn(turn.0));
        for row in open.await? {
            recovery::close(self, &row, recovery::End::Stop).await?;
        }
        Ok(())
    }
}

pub(super) fn changes(services: &Services) -> Changes {
    Changes {
        store: services.store.clone(),
        committer: services.committer.clone(),
    }
}

async fn begin(
    directory: &Directory,
    mut requested: Requested,
    foreign: Option<Foreign>,
    origin: Origin,
) -> Result<Begun, CommandError> {
    let services = directory.services();
    let said = std::mem::take(&mut requested.messages);
    let asked = turn::to_be_answered(&said);
    let judged = judging::question(&services.moderation, said, asked).await;
    requested.messages = judged.messages;
    // What was taken out may be longer than what it was, and what was found has its place, too.
    if is_too_large(&requested.messages) || is_too_large(&judged.verdicts) {
        return Err(CommandError::TooLarge);
    }
    let refused = judged.refusal.is_some();
    let command = CompletionCommand::Request {
        requested: requested.clone(),
        verdicts: judged.verdicts.clone(),
        asked: asked.and_then(|asked| u32::try_from(asked).ok()),
        warning: judged.warning.clone(),
        refusal: judged.refusal,
    };
    let id = requested.completion.to_string();
    let mut change = Change::<Completion>::of(command).from(origin);
    let attached = requested.messages.iter().flat_map(|said| &said.attachments);
    change.reserve = attached.map(|image| Store::claim(image.blob)).collect();
    if !refused {
        change.turns.push(TurnChange::Opened {
            turn: requested.completion.0,
            thread: id.clone(),
            owner: services.boot,
        });
    }
    let known = Some((Completion::Absent, 0));
    let made = changes(services)
        .make_from(&id, known, change)
        .await
        .map_err(unmade)?;
    if made.replayed.is_none() && !refused {
        // The question, and what was said of it where anybody looks.
        let sequence = 1 + u64::from(!judged.verdicts.is_empty());
        let asked = Asked {
            requested,
            foreign,
            verdicts: judged.verdicts,
            sequence,
        };
        turn::start(directory, turn::Job::of_completion(asked));
    }
    Ok(Begun {
        position: made.position,
        recorded_at: made.recorded_at,
        warning: judged.warning,
        replayed: made.replayed,
    })
}

/// Whether an event has no place for this.
pub(super) fn is_too_large<T: serde::Serialize>(contents: &[T]) -> bool {
    serde_json::to_vec(contents).is_ok_and(|json| json.len() > LONGEST)
}

/// The state of one that was asked and has not ended, at this sequence.
pub(super) fn open(requested: &Requested, sequence: u64) -> (Completion, u64) {
    let state = Completion::Open {
        owner: requested.owner,
        route: requested.route.clone(),
    };
    (state, sequence)
}

/// Records the end, and tells those who follow.
pub(super) async fn end(
    services: &Services,
    id: CompletionId,
    known: Option<(Completion, u64)>,
    outcome: CompletionOutcome,
    (end, verdict): (ReplyEnd, Option<Verdict>),
    origin: Origin,
) -> Result<(), CommandError> {
    let command = CompletionCommand::End(outcome, end.clone(), verdict);
    let mut change = Change::<Completion>::of(command).from(origin);
    change.turns.push(TurnChange::Closed { turn: id.0 });
    let made = changes(services)
        .make_from(&id.to_string(), known, change)
        .await
        .map_err(unmade)?;
    let ending = match outcome {
        CompletionOutcome::Completed => Ending::Completed,
        CompletionOutcome::Failed => Ending::Failed,
        CompletionOutcome::Stopped => Ending::Stopped,
        CompletionOutcome::Interrupted => Ending::Interrupted,
    };
    let ended = Ended::with(ending, &end, made.position);
    services.feeds.end(id.turn(), Some(&end), ended);
    Ok(())
}

fn unmade(unchanged: Unchanged<CompletionRefusal>) -> CommandError {
    match unchanged {
        Unchanged::Refused(CompletionRefusal::Exists) => CommandError::LongAgo,
        Unchanged::Refused(_) => {
            CommandError::Refused(Refusal::TurnNotRunning(TurnId(uuid::Uuid::nil())))
        }
        Unchanged::Fault(reason) => CommandError::Fault(reason),
        unchanged => {
            tracing::warn!(?unchanged, "a completion could not be recorded");
            CommandError::Unavailable
        }
    }
}
