//! The committer: the one writer of the log in this process. What waits is written together.

mod failing;
mod line;
mod outage;
mod queue;

use std::{
    mem,
    time::{Duration, Instant},
};

use tokio::{sync::mpsc, task::yield_now};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::{failing::Failing, line::Lines, outage::Outage, queue::Request};
use super::{
    Bell, Commit, CommitError, Committed, Overloaded, Store,
    append::{AppendError, Appender, Outcome, Submission},
    sealing::SealingDay,
};
use crate::shutdown::Shutdown;

pub use self::{
    line::Head,
    queue::{Chain, Pending, Slot},
};

/// Requests that may wait.
const QUEUE: usize = 4096;
/// Requests in one append.
const BATCH: usize = 512;
/// Bytes of payload in one append, about.
const BATCH_BYTES: usize = 16 << 20;
/// How long as many as there were last are waited for: this part of the time that an append takes, at most so long.
const PATIENCE: u32 = 8;
const LONGEST_PATIENCE: Duration = Duration::from_micros(500);

/// The way into the log. Clones are handles of the same queue; the task ends when all are dropped,
/// or after [`Self::close`].
#[derive(Clone, Debug)]
pub struct Committer {
    queue: mpsc::Sender<Request>,
    lines: Lines,
    failing: Failing,
    closed: CancellationToken,
    shutdown: Shutdown,
}

impl Committer {
    /// Starts the task.
    ///
    /// When `shutdown` begins it goes on, because what still runs wants to close its work; it only
    /// stops waiting for a database that is away. Whoever stops the process closes it last.
    #[must_use]
    pub fn start(store: Store, bell: Bell, shutdown: &Shutdown) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let closed = CancellationToken::new();
        let failing = Failing::default();
        let task = Task {
            appender: Appender::of(&store),
            store,
            queue: receiver,
            closed: closed.clone(),
            ending: shutdown.token().clone(),
            bell,
            last: Last::default(),
            day: SealingDay::default(),
            failing: failing.clone(),
        };
        shutdown.spawn(task.run());
        Self {
            queue: sender,
            lines: Lines::default(),
            failing,
            closed,
            shutdown: shutdown.clone(),
        }
    }

    /// A place in the queue, so that a decision is only applied when it can be submitted.
    ///
    /// # Errors
    /// When the queue is full, or closed.
    pub fn try_slot(&self) -> Result<Slot, Overloaded> {
        let permit = self.queue.clone().try_reserve_owned();
        permit.map(Slot::new).map_err(|_| Overloaded)
    }

    /// Waits for a place in the queue, and for the outcome.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        match self.queue.clone().reserve_owned().await {
            Ok(permit) => Slot::new(permit).submit(commit).await,
            Err(_) => Err(CommitError::Unavailable(
                "the server is stopping".to_owned(),
            )),
        }
    }

    /// Waits until nobody else who waits here is about to change this aggregate. Who has the head of a line stands in no
    /// other one.
    pub async fn stand_in_line(&self, aggregate_type: &'static str, aggregate_id: &str) -> Head {
        let of = (aggregate_type, aggregate_id.to_owned());
        self.lines.stand(of).await
    }

    /// Takes nothing more, writes what is queued, and ends.
    pub fn close(&self) {
        self.closed.cancel();
    }

    /// Since when nothing could be written, in microseconds since 1970, where that has been tried for long.
    #[must_use]
    pub fn failing_since(&self) -> Option<i64> {
        self.failing.since()
    }

    /// Where its task runs; tasks that read on its behalf run there too.
    pub(super) fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }
}

struct Task {
    store: Store,
    appender: Appender,
    queue: mpsc::Receiver<Request>,
    closed: CancellationToken,
    ending: CancellationToken,
    bell: Bell,
    last: Last,
    day: SealingDay,
    failing: Failing,
}

/// The last append.
#[derive(Default)]
struct Last {
    commits: usize,
    took: Duration,
}

impl Task {
    async fn run(mut self) {
        let mut waiting = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                biased;
                () = self.closed.cancelled(), if !self.queue.is_closed() => self.queue.close(),
                count = self.queue.recv_many(&mut waiting, BATCH) => {
                    if count == 0 {
                        return;
                    }
                    self.gather(&mut waiting).await;
                    for batch in batches(mem::take(&mut waiting)) {
                        self.settle(batch).await;
                    }
                }
            }
        }
    }

    /// Lets those run whom the last answers woke, for as long as they bring more, and waits a moment when fewer
    /// come than the last time: a flush that all share is cheaper than two. Who is alone is not kept waiting.
    async fn gather(&mut self, waiting: &mut Vec<Request>) {
        let patience = (self.last.took / PATIENCE).min(LONGEST_PATIENCE);
        let began = Instant::now();
        loop {
            let before = waiting.len();
            yield_now().await;
            while waiting.len() < BATCH
                && let Ok(request) = self.queue.try_recv()
            {
                waiting.push(request);
            }
            let all = waiting.len() >= self.last.commits.min(BATCH);
            let long_enough = began.elapsed() >= patience;
            if waiting.len() == BATCH || waiting.len() == before && (all || long_enough) {
                return;
            }
        }
    }

    /// Finds an outcome for every request of the batch. What the database refuses is searched by
    /// halves, so that it costs its neighbours a repetition and nothing else.
    async fn settle(&mut self, batch: Vec<Request>) {
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            let (orphans, mut part): (Vec<_>, Vec<_>) =
                part.into_iter().partition(Request::is_orphaned);
            answer_all(orphans, || CommitError::PredecessorFailed);
            if part.is_empty() {
                continue;
            }
            let submissions = part.iter_mut().map(|request| &mut request.submission);
            if let Err(error) = self.store.seal(submissions, &mut self.day).await {
                tracing::warn!(%error, commits = part.len(), "content could not be sealed");
                answer_all(part, || CommitError::Unavailable(error.to_string()));
                continue;
            }
            match self.append_until_known(&part).await {
                Ok(outcomes) => self.answer(part, outcomes),
                Err(AppendError::Refused(_)) if part.len() > 1 => {
                    let second = part.split_off(part.len() / 2);
                    parts.extend([second, part]);
                }
                Err(AppendError::Refused(why)) => {
                    tracing::error!(%why, "the log refused a commit");
                    answer_all(part, || CommitError::Rejected(why.clone()));
                }
                Err(AppendError::Away(why)) => {
                    tracing::warn!(%why, commits = part.len(), "the database is away");
                    answer_all(part, || CommitError::Unavailable(why.clone()));
                }
                Err(AppendError::Lost(why)) => {
                    tracing::error!(%why, commits = part.len(), "gave up on an unknown outcome");
                    answer_all(part, || CommitError::Unknown(why.clone()));
                }
            }
        }
    }

    /// Appends; after a lost connection again and again, with the same submissions, until the
    /// database says what became of them.
    async fn append_until_known(&mut self, part: &[Request]) -> Result<Vec<Outcome>, AppendError> {
        let submissions: Vec<_> = part.iter().map(|request| &request.submission).collect();
        let started = Instant::now();
        let first = self.append(&submissions).await;
        let result = match first {
            Err(AppendError::Lost(why)) => {
                tracing::warn!(%why, commits = part.len(), "lost the connection in a commit; asking again");
                self.store.tail().forget();
                let mut outage = Outage::new(why);
                loop {
                    if self.ending.is_cancelled() && outage.tries() > 1 {
                        break Err(AppendError::Lost(outage.why()));
                    }
                    outage.wait(&mut self.queue, &self.ending).await;
                    match self.append(&submissions).await {
                        Err(AppendError::Lost(why) | AppendError::Away(why)) => outage.goes_on(why),
                        known => break known,
                    }
                }
            }
            known => known,
        };
        metrics::histogram!("colloquy_commit_batch_size").record(part.len() as f64);
        self.last = Last {
            commits: part.len(),
            took: started.elapsed(),
        };
        metrics::histogram!("colloquy_commit_seconds").record(self.last.took.as_secs_f64());
        result
    }

    async fn append(&mut self, submissions: &[&Submission]) -> Result<Vec<Outcome>, AppendError> {
        let result = self.appender.append(submissions).await;
        self.failing.note(&result);
        result
    }

    fn answer(&self, part: Vec<Request>, outcomes: Vec<Outcome>) {
        let highest = outcomes
            .iter()
            .flatten()
            .map(|done| done.last_position)
            .max();
        let mut made = vec![];
        for (request, outcome) in part.into_iter().zip(outcomes) {
            if let Some((mut submission, done)) = request.answer(outcome) {
                self.store.sealed(&mut submission);
                made.push((submission, done));
            }
        }
        made.sort_by_key(|(_, done)| done.first_position);
        let events = made.into_iter();
        let events = events.flat_map(|(submission, done)| submission.recorded(done));
        self.store.tail().keep(events);
        if let Some(position) = highest {
            self.bell.ring(position);
        }
    }
}

fn answer_all(part: Vec<Request>, error: impl Fn() -> CommitError) {
    for request in part {
        request.answer(Err(error()));
    }
}

/// Cuts what waited where it gets too big for one append.
fn batches(waiting: Vec<Request>) -> Vec<Vec<Request>> {
    let mut batches = vec![];
    let mut bytes = usize::MAX;
    for request in waiting {
        let size = request.submission.commit.size();
        if bytes.saturating_add(size) > BATCH_BYTES {
            batches.push(vec![]);
            bytes = 0;
        }
        bytes += size;
        if let Some(batch) = batches.last_mut() {
            batch.push(request);
        }
    }
    batches
}

/// The name of one try: unique enough, and cheap.
fn try_id() -> Uuid {
    Uuid::now_v7()
}
