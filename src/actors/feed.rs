//! What followers of a running reply see: one buffer a turn, read by any number of subscribers.
//!
//! A subscriber is only a pair of offsets into the buffer, so a slow one costs nothing and holds nobody
//! up, and one that comes late or comes back reads from where it was. Text gets in here only after it is
//! written to the drafts or the log.

mod subscriber;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aggregates::{
    ThreadId, TurnId,
    thread::{FinishReason, ReplyEnd, Route, ToolName, Usage},
};
use dashmap::DashMap;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use self::subscriber::{Frame, Subscriber};

/// The turns that can be followed on this node.
#[derive(Clone, Default)]
pub struct Feeds(Arc<DashMap<TurnId, Arc<Feed>>>);

impl Feeds {
    /// The feed of a turn that waits or runs here.
    #[must_use]
    pub fn get(&self, turn: TurnId) -> Option<Arc<Feed>> {
        self.0.get(&turn).map(|feed| Arc::clone(&feed))
    }

    /// Turns that wait or run here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Nothing waits or runs here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Turns that have begun here and not ended.
    pub(super) fn running(&self) -> usize {
        self.0.iter().filter(|feed| !feed.waits()).count()
    }

    /// Those that have begun here and not ended.
    pub(super) fn begun(&self) -> Vec<TurnId> {
        let begun = self.0.iter().filter(|feed| !feed.waits());
        begun.map(|feed| feed.turn).collect()
    }

    /// Turns that have not begun here.
    pub(super) fn waiting(&self) -> Vec<(ThreadId, TurnId)> {
        let waiting = self.0.iter().filter(|feed| feed.waits());
        waiting.map(|feed| (feed.thread, feed.turn)).collect()
    }

    /// Whether a turn of this thread has not begun here.
    pub(super) fn has_waiting(&self, thread: ThreadId) -> bool {
        let of_it = |feed: &Feed| feed.thread == thread && feed.waits();
        self.0.iter().any(|feed| of_it(&feed))
    }

    /// Tells the followers of these turns, which have not begun here and will not, to look elsewhere.
    pub(super) fn end_waiting(&self, which: impl Fn(&Feed) -> bool) {
        for (_, turn) in self.waiting() {
            let ended = self
                .0
                .remove_if(&turn, |_, feed| feed.waits() && which(feed));
            if let Some((_, feed)) = ended {
                feed.end(None, Ended::without_text(Ending::Elsewhere, 0));
            }
        }
    }

    pub(super) fn of(&self, thread: ThreadId, turn: TurnId) -> Arc<Feed> {
        Arc::clone(
            &self
                .0
                .entry(turn)
                .or_insert_with(|| Arc::new(Feed::new(thread, turn))),
        )
    }

    pub(super) fn end(&self, turn: TurnId, whole: Option<&ReplyEnd>, ended: Ended) {
        if let Some((_, feed)) = self.0.remove(&turn) {
            feed.end(whole, ended);
        }
    }

    /// The turn has begun here. One that only waits here may have begun elsewhere.
    pub(super) fn runs(&self, turn: TurnId) -> bool {
        self.get(turn).is_some_and(|feed| !feed.waits())
    }

    /// Asks a turn that runs here to end; `false` when it does not.
    pub(super) fn stop(&self, turn: TurnId) -> bool {
        let feed = self.get(turn).filter(|feed| !feed.waits());
        feed.is_some_and(|feed| {
            feed.stop.cancel();
            true
        })
    }

    /// Tells a turn that runs here that somebody else ends it.
    pub(super) fn lose(&self, turn: TurnId) {
        if let Some(feed) = self.get(turn) {
            feed.lost.cancel();
        }
    }
}

/// One turn's released text.
pub struct Feed {
    /// The turn.
    pub turn: TurnId,
    /// Its conversation; of a completion what it is taken for ([`aggregates::CompletionId::alone`]).
    pub thread: ThreadId,
    stop: CancellationToken,
    lost: CancellationToken,
    buffer: Mutex<Buffer>,
    version: watch::Sender<u64>,
}

#[derive(Default)]
struct Buffer {
    text: String,
    reasoning: String,
    marks: Vec<Mark>,
    route: Option<Route>,
    ended: Option<Ended>,
}

/// Something that a model looks up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Which call of its turn, from 1.
    pub call: u32,
    /// By which tool.
    pub tool: ToolName,
    /// What is done, for people.
    pub label: String,
}

/// That something is looked up, or not any more, and where in the text.
struct Mark {
    lookup: Lookup,
    /// It is done.
    over: bool,
    text: usize,
    reasoning: usize,
}

/// How a turn ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// In which way.
    pub ending: Ending,
    /// The position of the event that says so; 0 where there is none.
    pub position: u64,
    /// Who wrote it.
    pub route: Option<Route>,
    /// The model that wrote it, in its provider's words.
    pub model: String,
    /// A sentence, when it failed.
    pub error: Option<String>,
    /// The HTTP status that was the provider's failure.
    pub status: Option<u16>,
    /// Why the model stopped, where it did.
    pub finish: Option<FinishReason>,
    /// What it cost.
    pub usage: Usage,
}

impl Ended {
    /// As its end says.
    pub(super) fn with(ending: Ending, end: &ReplyEnd, position: u64) -> Self {
        Self {
            ending,
            position,
            route: Some(end.route.clone()),
            model: end.model().to_owned(),
            error: end.error.clone(),
            status: end.status(),
            finish: end.finish,
            usage: end.usage,
        }
    }

    pub(super) fn without_text(ending: Ending, position: u64) -> Self {
        Self {
            ending,
            position,
            route: None,
            model: String::new(),
            error: None,
            status: None,
            finish: None,
            usage: Usage::default(),
        }
    }
}

/// The ways a turn can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Whole.
    Completed,
    /// The provider failed.
    Failed,
    /// On request.
    Stopped,
    /// The server goes away.
    Interrupted,
    /// It never began: an edit, a rewind or an erasure took its place.
    Dropped,
    /// Somebody else ended it; the log knows how.
    Elsewhere,
}

impl Feed {
    fn new(thread: ThreadId, turn: TurnId) -> Self {
        Self {
            turn,
            thread,
            stop: CancellationToken::new(),
            lost: CancellationToken::new(),
            buffer: Mutex::default(),
            version: watch::Sender::new(0),
        }
    }

    /// Whether it has not begun here.
    fn waits(&self) -> bool {
        self.buffer().route.is_none()
    }

    /// Waits until the turn is to end before its answer does; how.
    pub(super) async fn told_to_end(&self) -> Ending {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Ending::Stopped,
            () = self.lost.cancelled() => Ending::Elsewhere,
        }
    }

    pub(super) fn began(&self, route: Route) {
        self.buffer().route = Some(route);
    }

    pub(super) fn release(&self, text: &str, reasoning: &str) {
        {
            let mut buffer = self.buffer();
            buffer.text.push_str(text);
            buffer.reasoning.push_str(reasoning);
        }
        self.bump();
    }

    /// Something is looked up, here in the text.
    pub(super) fn looks_up(&self, lookup: Lookup) {
        self.mark(lookup, false);
    }

    /// This call is over.
    pub(super) fn looked_up(&self, call: u32) {
        let begun = {
            let buffer = self.buffer();
            let mut marks = buffer.marks.iter();
            let begun = marks.find(|mark| mark.lookup.call == call);
            begun.map(|mark| mark.lookup.clone())
        };
        if let Some(lookup) = begun {
            self.mark(lookup, true);
        }
    }

    fn mark(&self, lookup: Lookup, over: bool) {
        {
            let mut guard = self.buffer();
            let buffer = &mut *guard;
            buffer.marks.push(Mark {
                lookup,
                over,
                text: buffer.text.len(),
                reasoning: buffer.reasoning.len(),
            });
        }
        self.bump();
    }

    /// What has been released up to now.
    pub(super) fn released(&self) -> (String, String) {
        let buffer = self.buffer();
        (buffer.text.clone(), buffer.reasoning.clone())
    }

    fn end(&self, whole: Option<&ReplyEnd>, ended: Ended) {
        {
            let mut guard = self.buffer();
            let buffer = &mut *guard;
            if let Some(end) = whole {
                grow(&mut buffer.text, &end.text);
                grow(
                    &mut buffer.reasoning,
                    end.reasoning.as_deref().unwrap_or(""),
                );
            }
            buffer.end_lookups();
            buffer.ended = Some(ended);
        }
        self.bump();
    }

    fn bump(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buffer {
    /// Nothing is looked up any more.
    fn end_lookups(&mut self) {
        let is_over = |call: u32| {
            let mut marks = self.marks.iter();
            marks.any(|mark| mark.over && mark.lookup.call == call)
        };
        let open = self.marks.iter().map(|mark| mark.lookup.clone());
        let open: Vec<_> = open.filter(|lookup| !is_over(lookup.call)).collect();
        for lookup in open {
            self.marks.push(Mark {
                lookup,
                over: true,
                text: self.text.len(),
                reasoning: self.reasoning.len(),
            });
        }
    }
}

/// The closing event's text begins with what was released; only the tail is new.
fn grow(released: &mut String, whole: &str) {
    if let Some(tail) = whole.get(released.len()..) {
        released.push_str(tail);
    }
}
