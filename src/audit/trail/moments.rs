//! A thread's row in lists, and a case, as they were: the projections' own folds over the events of their streams.

use std::collections::{BTreeSet, VecDeque};

use aggregates::{
    case::{Case, CaseEvent, SaidIn},
    completion::Completion,
    thread::{Thread, ThreadEvent},
};
use cqrs_es::Aggregate;
use projections::{
    CaseRow, Cases, Event, Projection, Recorded as Folded, Replay, ThreadList, ThreadRow,
};

use super::{Moment, PAGE, Trail};
use crate::store::{Recorded, StoreError};

/// A row as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct RowAt<R> {
    /// The last event of its streams that counts.
    pub position: u64,
    /// When that happened, in microseconds since 1970.
    pub recorded_at: i64,
    /// Events that were read for it.
    pub read: u64,
    /// Nothing: it was not there, or not any more.
    pub row: Option<R>,
}

/// What was folded so far.
struct Folding<P: Projection> {
    replay: Replay<P>,
    position: u64,
    recorded_at: i64,
    read: u64,
}

impl Trail {
    /// A thread's row in its owner's list. `cases` are those of its messages, as far as they are known; of what was erased
    /// nobody knows them but its events.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn listed_at(
        &self,
        thread: &str,
        cases: impl IntoIterator<Item = String>,
        moment: Moment,
    ) -> Result<RowAt<ThreadRow>, StoreError> {
        // Of one that was begun later nothing else is read.
        let first = self.store.read_stream(Thread::TYPE, thread, 0, 1).await?;
        if first.first().is_none_or(|first| moment.is_before(first)) {
            let nothing = Folding::<ThreadList>::new();
            return Ok(RowAt {
                read: 1,
                ..nothing.row(thread)
            });
        }
        let (mut all, read) = self.judged(thread).await?;
        all.extend(cases);
        let of = (Thread::TYPE, thread);
        let mut folded = self.fold::<ThreadList>(of, all, moment).await?;
        folded.read += read;
        Ok(folded.row(thread))
    }

    /// A case, of a message that was said there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn case_at(
        &self,
        case: &str,
        said_in: SaidIn,
        moment: Moment,
    ) -> Result<RowAt<CaseRow>, StoreError> {
        let (kind, id) = match said_in {
            SaidIn::Thread(thread) => (Thread::TYPE, thread.to_string()),
            SaidIn::Completion(completion) => (Completion::TYPE, completion.to_string()),
        };
        let folded = self.fold::<Cases>((kind, &id), [case.to_owned()], moment);
        Ok(folded.await?.row(case))
    }

    /// Where the message of a case was said that somebody has worked on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn place_of_case(&self, case: &str) -> Result<Option<SaidIn>, StoreError> {
        let first = self.store.read_stream(Case::TYPE, case, 0, 1).await?;
        let first = first
            .first()
            .and_then(|event| serde_json::from_str(&event.payload).ok());
        Ok(match first {
            Some(CaseEvent::Opened(flagged)) => Some(flagged.said_in),
            _ => None,
        })
    }

    /// The messages of a thread that were ever flagged or decided about, and so may have cases; and how many events were
    /// read for that. A thread hears of a decision after its case does, so what happened later is looked at, too.
    async fn judged(&self, thread: &str) -> Result<(BTreeSet<String>, u64), StoreError> {
        let (mut judged, mut read) = (BTreeSet::new(), 0);
        let always = Moment::Position(u64::MAX);
        self.read(Thread::TYPE, thread, always, |event| {
            read += 1;
            let message = match serde_json::from_str(&event.payload) {
                Ok(ThreadEvent::VerdictRecorded(recorded)) if recorded.verdict.is_flagged() => {
                    recorded.message
                }
                Ok(
                    ThreadEvent::DecisionRecorded { message, .. }
                    | ThreadEvent::DecisionOverturned { message, .. },
                ) => Some(message),
                _ => None,
            };
            judged.extend(message.map(|message| message.to_string()));
        })
        .await?;
        Ok((judged, read))
    }

    /// Folds the events of a thread or a completion, and of cases, in the order of the log, up to the moment.
    async fn fold<P: Projection>(
        &self,
        (kind, id): (&str, &str),
        cases: impl IntoIterator<Item = String>,
        moment: Moment,
    ) -> Result<Folding<P>, StoreError> {
        let mut of_cases = vec![];
        for case in cases {
            self.read(Case::TYPE, &case, moment, |event| of_cases.push(event))
                .await?;
        }
        of_cases.sort_by_key(|event| event.position);
        let mut beside = VecDeque::from(of_cases);
        let mut folding = Folding::new();
        self.read(kind, id, moment, |event| {
            while beside
                .front()
                .is_some_and(|next| next.position < event.position)
            {
                beside
                    .pop_front()
                    .iter()
                    .for_each(|next| folding.take(next));
            }
            folding.take(&event);
        })
        .await?;
        beside.iter().for_each(|left| folding.take(left));
        Ok(folding)
    }

    /// Reads a stream up to the moment, page by page.
    async fn read(
        &self,
        kind: &str,
        id: &str,
        moment: Moment,
        mut take: impl FnMut(Recorded),
    ) -> Result<(), StoreError> {
        let mut sequence = 0;
        loop {
            let page = self.page(kind, id, sequence).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            sequence = last.sequence;
            for event in page {
                if moment.is_before(&event) {
                    return Ok(());
                }
                take(event);
            }
        }
    }

    async fn page(&self, kind: &str, id: &str, after: u64) -> Result<Vec<Recorded>, StoreError> {
        self.store.read_stream(kind, id, after, PAGE).await
    }
}

impl<P: Projection> Folding<P> {
    fn new() -> Self {
        Self {
            replay: Replay::default(),
            position: 0,
            recorded_at: 0,
            read: 0,
        }
    }

    fn take(&mut self, event: &Recorded) {
        (self.position, self.recorded_at) = (event.position, event.recorded_at);
        self.read += 1;
        match Event::parse(&event.aggregate_type, &event.payload) {
            Ok(parsed) => self.replay.take(&Folded {
                position: event.position,
                recorded_at: event.recorded_at,
                aggregate_id: event.aggregate_id.clone(),
                sequence: event.sequence,
                event: parsed,
            }),
            Err(error) => {
                // The parser's own words may quote what people wrote.
                let (kind, column) = (error.classify(), error.column());
                tracing::error!(
                    position = event.position,
                    ?kind,
                    column,
                    "an event cannot be read"
                );
            }
        }
    }

    fn row(self, key: &str) -> RowAt<P::Row> {
        RowAt {
            position: self.position,
            recorded_at: self.recorded_at,
            read: self.read,
            row: self.replay.rows().get(key).cloned(),
        }
    }
}
