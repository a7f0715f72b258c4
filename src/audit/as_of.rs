//! A thread as it was: the rows that people's views had of it, made again from its events up to a moment.

use std::collections::BTreeMap;

use aggregates::{
    MessageId, UserId,
    thread::{Destroyed, ThreadEvent},
};
use projections::{
    ConversationRow, Conversations, Event, Recorded as Folded, Replay, Transcript, TranscriptRow,
};

use super::shown;
use crate::store::{Recorded, beginning_of};

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct ThreadAt {
    /// The last event of the thread that counts.
    pub position: u64,
    /// When that happened, in microseconds since 1970.
    pub recorded_at: i64,
    /// The last erasure that was asked for.
    pub erasure: Option<ErasureAt>,
    /// The erasure that took away since what was there: its texts are empty today, and were not then.
    pub erased_since: Option<ErasedSince>,
    /// What has expired last.
    pub expiry: Option<ExpiryAt>,
    /// Who has ordered the erasure that is asked for next.
    ordered: Option<UserId>,
    /// Who has decided last about a message.
    deciders: BTreeMap<MessageId, UserId>,
    transcript: Replay<Transcript>,
    conversations: Replay<Conversations>,
}

/// How far an erasure was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureAt {
    /// Where it was asked for.
    pub requested: u64,
    /// Who has ordered it, whose conversation it was not.
    pub ordered_by: Option<UserId>,
    /// Where it was confirmed, and what was destroyed.
    pub confirmed: Option<(u64, Vec<Destroyed>)>,
}

/// An erasure that came after the moment, or was confirmed after it, as it is known today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErasedSince {
    /// Where it was asked for.
    pub requested: u64,
    /// Where it was confirmed.
    pub confirmed: Option<u64>,
    /// When the later of both happened, in microseconds since 1970.
    pub recorded_at: i64,
}

impl ErasedSince {
    /// Where the later of both happened.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.confirmed.unwrap_or(self.requested)
    }

    /// For people.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (requested, time) = (
            self.requested,
            shown::time(self.recorded_at).unwrap_or_default(),
        );
        match self.confirmed {
            Some(confirmed) => format!(
                "Its content was erased since: asked for at position {requested}, confirmed at position {confirmed} \
                 ({time}). What is empty here may have said something then."
            ),
            None => format!(
                "Its content was to be erased since, at position {requested} ({time}), which is not confirmed yet. What is \
                 empty here may have said something then."
            ),
        }
    }
}

/// How far an expiry was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryAt {
    /// What was said before is too old, in microseconds since 1970.
    pub before: i64,
    /// Where it was asked for.
    pub asked: u64,
    /// Where it was confirmed, and what was destroyed.
    pub confirmed: Option<(u64, Vec<Destroyed>)>,
}

impl ThreadAt {
    /// Folds the thread's next event.
    pub fn take(&mut self, event: &Recorded) {
        (self.position, self.recorded_at) = (event.position, event.recorded_at);
        let parsed = match Event::parse(&event.aggregate_type, &event.payload) {
            Ok(parsed) => parsed,
            Err(error) => {
                // The parser's own words may quote what people wrote.
                let (kind, column) = (error.classify(), error.column());
                tracing::error!(
                    position = event.position,
                    ?kind,
                    column,
                    "an event cannot be read"
                );
                return;
            }
        };
        match &parsed {
            Event::Thread(ThreadEvent::ErasureOrdered { by, .. }) => self.ordered = Some(*by),
            Event::Thread(
                ThreadEvent::DecisionRecorded { message, by, .. }
                | ThreadEvent::DecisionOverturned { message, by, .. },
            ) => {
                self.deciders.insert(*message, *by);
            }
            Event::Thread(ThreadEvent::ErasureRequested {}) => {
                self.erasure = Some(ErasureAt {
                    requested: event.position,
                    ordered_by: self.ordered.take(),
                    confirmed: None,
                });
            }
            Event::Thread(ThreadEvent::ErasureConfirmed { receipt, .. }) => {
                if let Some(erasure) = &mut self.erasure {
                    erasure.confirmed = Some((event.position, receipt.clone()));
                }
            }
            Event::Thread(ThreadEvent::ContentExpired(expired)) => {
                self.expiry = Some(ExpiryAt {
                    before: beginning_of(expired.before),
                    asked: event.position,
                    confirmed: None,
                });
            }
            Event::Thread(ThreadEvent::ExpiryConfirmed { receipt, .. }) => {
                if let Some(expiry) = &mut self.expiry {
                    expiry.confirmed = Some((event.position, receipt.clone()));
                }
            }
            _ => {}
        }
        let folded = Folded {
            position: event.position,
            recorded_at: event.recorded_at,
            aggregate_id: event.aggregate_id.clone(),
            sequence: event.sequence,
            event: parsed,
        };
        self.transcript.take(&folded);
        self.conversations.take(&folded);
    }

    /// Whether anything had happened.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.position > 0
    }

    /// Its row in its owner's list; `None` once it was erased.
    #[must_use]
    pub fn conversation(&self) -> Option<&ConversationRow> {
        self.conversations.rows().values().next()
    }

    /// Every version of every message, in the order of places, the older version first.
    #[must_use]
    pub fn messages(&self) -> Vec<&TranscriptRow> {
        let mut rows: Vec<_> = self.transcript.rows().values().collect();
        rows.sort_by(|a, b| {
            (a.place, a.created, &a.message).cmp(&(b.place, b.created, &b.message))
        });
        rows
    }

    /// Who has decided last, as a moderator, about this message.
    #[must_use]
    pub fn decider(&self, message: &TranscriptRow) -> Option<UserId> {
        let message: MessageId = message.message.parse().ok()?;
        self.deciders.get(&message).copied()
    }

    /// Whether a cut hid this place.
    #[must_use]
    pub fn is_hidden(&self, place: i64) -> bool {
        let ranges = self.conversation().map(ConversationRow::open_ranges);
        !ranges.is_some_and(|ranges| {
            ranges
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&place))
        })
    }

    /// Whether the owner saw this message in the history.
    #[must_use]
    pub fn is_seen(&self, message: &TranscriptRow) -> bool {
        let kept_back = |row: &ConversationRow| row.hidden_for.is_some();
        message.shown
            && !self.is_hidden(message.place)
            && !self.conversation().is_some_and(kept_back)
    }
}
