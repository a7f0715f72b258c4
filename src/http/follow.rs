//! Following a reply from any point: live on this node, from the drafts of another, or from the record.
//!
//! Cursors count bytes of the reply's text as it was first released, so they mean the same whether the
//! text comes from memory, the drafts or the finished message, today or in a year.

mod cursor;
mod lookups;
mod record;

use std::time::Duration;

use aggregates::{
    CompletionId, MessageId, ThreadId,
    thread::{FinishReason, Usage},
};

use tokio::time::Instant;

pub(crate) use self::cursor::Cursor;
use self::{
    cursor::{floor, rest},
    lookups::Lookups,
    record::{Found, Record},
};
use super::{Api, READ_YOUR_WRITES};
use crate::{
    actors::{Ended, Ending, Frame, Lookup, Subscriber},
    views::{Freshness, ViewError},
};

/// How often the drafts of another node's turn are looked at.
const REMOTE_POLL: Duration = Duration::from_millis(100);
/// How often the log is asked about a turn that no view shows: it may wait elsewhere, or be gone.
const ASK: Duration = Duration::from_secs(1);

/// Something to show.
pub(crate) enum Piece {
    /// More of the answer; `at` is the place after it.
    Text { delta: String, at: Cursor },
    /// More of the model's thoughts.
    Reasoning { delta: String, at: Cursor },
    /// Something is looked up, or not any more.
    Lookup {
        lookup: Lookup,
        over: bool,
        /// Who was there before has been told.
        replayed: bool,
    },
    /// The cursor fits no text that exists now: this is the whole current text.
    Reset { text: String, at: Cursor },
    /// The end.
    Ended(Finished),
}

/// How a reply ended, whoever tells it.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) text: String,
    pub(crate) ending: Ending,
    /// The provider that wrote it.
    pub(crate) provider: String,
    /// Its model, as it was asked for.
    pub(crate) model: String,
    /// The same in the provider's words.
    pub(crate) reported: String,
    /// Why the model stopped, where it did.
    pub(crate) finish: Option<FinishReason>,
    /// What it cost.
    pub(crate) usage: Usage,
    pub(crate) error: Option<String>,
    /// The HTTP status that was the provider's failure, where that is known.
    pub(crate) status: Option<u16>,
    /// Where in the log it ended; 0 when unknown.
    pub(crate) position: u64,
    /// Whether reads show that: known when the follower tells it.
    pub(crate) fresh: Freshness,
}

/// Reads a reply piece by piece.
pub(crate) struct Follower {
    api: Api,
    of: Of,
    at: Cursor,
    /// It has seen a part of what was redacted since, and is nowhere in what is told now.
    astray: bool,
    source: Source,
    lookups: Lookups,
}

/// Whose reply it is, and so where it is recorded.
#[derive(Clone, Copy)]
enum Of {
    Thread(ThreadId),
    /// Shown by no view.
    Completion(CompletionId),
}

enum Source {
    Live(Subscriber),
    Record(Box<Record>),
    /// On another node: what its drafts held when they were last looked at.
    Elsewhere {
        text: String,
        reasoning: String,
        /// When the log was last asked whether it still goes on.
        asked: Option<Instant>,
    },
}

impl Source {
    /// Whether who was there before has seen a part of what was redacted since.
    fn leads_astray(&self, at: Cursor) -> bool {
        matches!(self, Self::Record(record) if record.redacted && at.text > 0)
    }

    fn elsewhere() -> Self {
        Self::Elsewhere {
            text: String::new(),
            reasoning: String::new(),
            asked: None,
        }
    }
}

impl Follower {
    /// Where it is.
    pub(crate) fn at(&self) -> Cursor {
        self.at
    }

    /// It gives another text than was released.
    pub(crate) fn is_redacted(&self) -> bool {
        matches!(&self.source, Source::Record(record) if record.redacted)
    }

    /// The answer and the thoughts, up to where it is.
    pub(crate) fn so_far(&self) -> (String, String) {
        let (text, reasoning) = match &self.source {
            Source::Live(subscriber) => return subscriber.so_far(),
            Source::Record(record) => (record.finished.text.as_str(), record.reasoning.as_str()),
            Source::Elsewhere {
                text, reasoning, ..
            } => (text.as_str(), reasoning.as_str()),
        };
        let until = |text: &str, offset| text[..floor(text, offset)].to_owned();
        (
            until(text, self.at.text),
            until(reasoning, self.at.reasoning),
        )
    }

    /// From `at` on; `None` when no such turn exists in `thread`.
    pub(crate) async fn start(
        api: &Api,
        thread: ThreadId,
        at: Cursor,
    ) -> Result<Option<Self>, ViewError> {
        Self::start_of(api, Of::Thread(thread), at).await
    }

    /// From `at` on, of a turn that a request has asked for in `thread`, to answer `message`; `position` is its commit's.
    /// Another request may have dropped it before anybody could follow it: then it ends so, at once. `None` when the
    /// message was deleted since.
    pub(crate) async fn start_asked(
        api: &Api,
        thread: ThreadId,
        message: MessageId,
        position: u64,
        at: Cursor,
    ) -> Result<Option<Self>, ViewError> {
        let started = Self::start(api, thread, at).await?;
        if started.is_some() {
            return Ok(started);
        }
        // What the views do not show yet is not deleted.
        let is_seen = api.views.position() >= position;
        if is_seen && api.views.message(message.0).await?.is_none() {
            return Ok(None);
        }
        let dropped = Self::new(api, Of::Thread(thread), at, Source::elsewhere());
        Ok(Some(dropped))
    }

    /// From `at` on; `None` when there is no such completion.
    pub(crate) async fn start_alone(
        api: &Api,
        completion: CompletionId,
        at: Cursor,
    ) -> Result<Option<Self>, ViewError> {
        Self::start_of(api, Of::Completion(completion), at).await
    }

    fn new(api: &Api, of: Of, at: Cursor, source: Source) -> Self {
        Self {
            api: api.clone(),
            of,
            at,
            astray: source.leads_astray(at),
            source,
            lookups: Lookups::default(),
        }
    }

    async fn start_of(api: &Api, of: Of, at: Cursor) -> Result<Option<Self>, ViewError> {
        let follower = |source: Source| Some(Self::new(api, of, at, source));
        let mut caught_up = false;
        let mut waits = false;
        loop {
            if let Some(feed) = api.directory.feed(at.turn) {
                let source = Source::Live(feed.subscribe(at.text, at.reasoning));
                let ours = feed.thread == of.conversation();
                return Ok(ours.then_some(source).and_then(follower));
            }
            match of.find(api, at.turn).await? {
                Found::Foreign => return Ok(None),
                Found::Ended(record) => return Ok(follower(Source::Record(record))),
                found if caught_up => {
                    let goes_on = matches!(found, Found::Running(_)) || waits;
                    return Ok(goes_on.then(Source::elsewhere).and_then(follower));
                }
                // Between its feed's end and its row's: the views are a moment behind. Or it runs elsewhere,
                // or waits there. Asked in this order, so that one which ends meanwhile is found in its row.
                found => {
                    waits = matches!(found, Found::Nothing) && of.waits(api, at.turn).await?;
                    let _ = of.catch_up(api).await?;
                    caught_up = true;
                }
            }
        }
    }

    /// The next piece. The last one comes when reads show what it tells, or after a while all the same. After
    /// [`Piece::Ended`] do not ask again.
    pub(crate) async fn next(&mut self) -> Result<Piece, ViewError> {
        let mut piece = self.unseen().await?;
        if let Piece::Ended(finished) = &mut piece {
            let views = &self.api.views;
            finished.fresh = views.wait_for(finished.position, READ_YOUR_WRITES).await;
        }
        Ok(piece)
    }

    /// The next piece, whether reads show it or not.
    async fn unseen(&mut self) -> Result<Piece, ViewError> {
        loop {
            let piece = match &mut self.source {
                Source::Live(subscriber) => match subscriber.next().await {
                    Frame::Text { delta, end, .. } => Some(self.text(delta, end)),
                    Frame::Reasoning {
                        delta,
                        reasoning_end,
                        ..
                    } => Some(self.reasoning(delta, reasoning_end)),
                    Frame::Lookup {
                        lookup,
                        over,
                        replayed,
                    } => Some(self.lookup(lookup, over, replayed)),
                    Frame::Reset { text } => Some(self.reset(text)),
                    Frame::Ended { text, ended } => self.ended(text, ended).await?,
                },
                Source::Record(record) => {
                    let record = record.clone();
                    Some(self.of_record(&record))
                }
                Source::Elsewhere { .. } => self.poll().await?,
            };
            if let Some(piece) = piece {
                return Ok(piece);
            }
        }
    }

    fn text(&mut self, delta: String, end: u64) -> Piece {
        self.at.text = end;
        Piece::Text { delta, at: self.at }
    }

    fn reasoning(&mut self, delta: String, end: u64) -> Piece {
        self.at.reasoning = end;
        Piece::Reasoning { delta, at: self.at }
    }

    fn reset(&mut self, text: String) -> Piece {
        self.at.text = text.len() as u64;
        self.astray = false;
        Piece::Reset { text, at: self.at }
    }

    /// The feed has ended. When the record knows more than the feed, it goes on from there.
    async fn ended(&mut self, text: String, ended: Ended) -> Result<Option<Piece>, ViewError> {
        if ended.ending != Ending::Elsewhere {
            let (provider, model) = ended
                .route
                .map(|route| (route.provider, route.model))
                .unwrap_or_default();
            return Ok(Some(Piece::Ended(Finished {
                text,
                ending: ended.ending,
                provider,
                model,
                reported: ended.model,
                finish: ended.finish,
                usage: ended.usage,
                error: ended.error,
                status: ended.status,
                position: ended.position,
                fresh: Freshness::Stale,
            })));
        }
        let views = &self.api.views;
        let _ = views.wait_for(ended.position, READ_YOUR_WRITES).await;
        self.source = match self.of.find(&self.api, self.at.turn).await? {
            Found::Ended(record) => Source::Record(record),
            _ => Source::elsewhere(),
        };
        self.astray = self.source.leads_astray(self.at);
        Ok(None)
    }

    fn of_record(&mut self, record: &Record) -> Piece {
        let (text, reasoning) = (&record.finished.text, &record.reasoning);
        if self.astray || self.at.text > text.len() as u64 {
            return self.reset(text.clone());
        }
        if let Some(piece) = self.next_lookup(&record.lookups, true) {
            return piece;
        }
        if let Some(rest) = rest(reasoning, self.at.reasoning) {
            return self.reasoning(rest, reasoning.len() as u64);
        }
        if let Some(rest) = rest(text, self.at.text) {
            return self.text(rest, text.len() as u64);
        }
        Piece::Ended(record.finished.clone())
    }

    async fn poll(&mut self) -> Result<Option<Piece>, ViewError> {
        if let Some(feed) = self.api.directory.feed(self.at.turn) {
            // It waited elsewhere, or before a restart, and begins here.
            self.source = Source::Live(feed.subscribe(self.at.text, self.at.reasoning));
            return Ok(None);
        }
        match self.of.find(&self.api, self.at.turn).await? {
            Found::Ended(record) => {
                self.source = Source::Record(record);
                self.astray = self.source.leads_astray(self.at);
                return Ok(None);
            }
            Found::Running(lookups) => {
                if let Some(piece) = self.next_lookup(&lookups, false) {
                    return Ok(Some(piece));
                }
            }
            Found::Nothing | Found::Foreign => {
                if self.is_gone().await? {
                    return Ok(Some(self.dropped()));
                }
            }
        }
        if let Ok(draft) = self.api.directory.draft(self.at.turn).await {
            let (text, reasoning) = (draft.text.clone(), draft.reasoning.clone());
            if let Source::Elsewhere {
                text, reasoning, ..
            } = &mut self.source
            {
                (*text, *reasoning) = (draft.text, draft.reasoning);
            }
            if let Some(rest) = rest(&reasoning, self.at.reasoning) {
                return Ok(Some(self.reasoning(rest, reasoning.len() as u64)));
            }
            if let Some(rest) = rest(&text, self.at.text) {
                return Ok(Some(self.text(rest, text.len() as u64)));
            }
        }
        let _ = self
            .api
            .views
            .wait_for(self.api.views.position() + 1, REMOTE_POLL)
            .await;
        Ok(None)
    }
}

/// What becomes of a turn that no view shows.
impl Follower {
    /// Nobody will write it any more: it was dropped before it began, or erased.
    async fn is_gone(&mut self) -> Result<bool, ViewError> {
        let Source::Elsewhere { asked, .. } = &mut self.source else {
            return Ok(false);
        };
        if asked.is_some_and(|asked| asked.elapsed() < ASK) {
            return Ok(false);
        }
        *asked = Some(Instant::now());
        let turn = self.at.turn;
        if self.of.waits(&self.api, turn).await? {
            return Ok(false);
        }
        // It may have begun and ended since the views were read.
        let fresh = self.of.catch_up(&self.api).await?;
        let found = self.of.find(&self.api, turn).await?;
        let is_nowhere = matches!(found, Found::Nothing | Found::Foreign);
        Ok(fresh == Freshness::Fresh && is_nowhere)
    }

    fn dropped(&self) -> Piece {
        Piece::Ended(Finished {
            text: self.so_far().0,
            ending: Ending::Dropped,
            provider: String::new(),
            model: String::new(),
            reported: String::new(),
            finish: None,
            usage: Usage::default(),
            error: None,
            status: None,
            position: 0,
            fresh: Freshness::Stale,
        })
    }
}
