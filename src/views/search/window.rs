//! The newest messages that fit: the same ones on both databases.
//!
//! First somebody's newest messages are walked through in order. Where what is wanted is common, that finds a
//! window full soon, and for somebody with few messages it is all there is to do. Where it is rare, the index
//! knows the few places. Either way the number of rows touched is bounded.

use projections::{Cell, Kind, Value};

use super::{
    SearchQuery,
    questions::{BOUNDS, Indexed, KINDS, LOOKED_AT, end_of_walk, indexed, walked},
};
use crate::views::{ViewError, Views, database::Values};

/// Rows that are walked through at first.
pub(super) const FIRST_WALK: i64 = 1_000;
/// Rows of each further walk, and of all.
const WALK: i64 = 2_000;
const LONGEST_WALK: i64 = 10_000;
/// With so many found in the first walk, further walks find a window full.
const COMMON: usize = 100;

/// Positions of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    /// The first that belongs to it.
    pub(super) lower: i64,
    /// The first that does not any more.
    pub(super) upper: i64,
}

impl Range {
    pub(super) const EVERYTHING: Self = Self {
        lower: 0,
        upper: i64::MAX,
    };
}

/// A message that fits.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) message: String,
    pub(super) thread: String,
    pub(super) place: i64,
    pub(super) position: i64,
    pub(super) words: String,
}

/// The messages that fit in a range, from its upper end down to `lower`.
pub(super) struct Window {
    pub(super) lower: i64,
    pub(super) candidates: Vec<Candidate>,
}

impl Views {
    /// The newest that fit, so many of them or all there are; fewer when too much would have to be looked at.
    pub(super) async fn window(
        &self,
        query: &SearchQuery,
        range: Range,
        full: usize,
    ) -> Result<Window, ViewError> {
        let mut walked = self.walk(query, range, FIRST_WALK, full).await?;
        if walked.lower <= range.lower || walked.candidates.len() >= full {
            return Ok(walked);
        }
        if walked.candidates.len() < COMMON
            && let Some(found) = self.by_index(query, range, full).await?
        {
            return Ok(found);
        }
        let mut rows = FIRST_WALK;
        while walked.lower > range.lower && rows < LONGEST_WALK && walked.candidates.len() < full {
            let rest = Range {
                upper: walked.lower,
                ..range
            };
            let more = self.walk(query, rest, WALK, full).await?;
            rows += WALK;
            walked.lower = more.lower;
            walked.candidates.extend(more.candidates);
        }
        walked.candidates.truncate(full);
        Ok(Window::of(
            walked.candidates.into_iter(),
            walked.lower,
            full,
        ))
    }

    /// Looks at the newest rows one after another.
    async fn walk(
        &self,
        query: &SearchQuery,
        range: Range,
        rows: i64,
        full: usize,
    ) -> Result<Window, ViewError> {
        let (sql, arguments) = end_of_walk(query, range, rows);
        let last = self
            .database
            .rows_by_index(&sql, &arguments, &[Kind::Int])
            .await?;
        let lower = match last.first().map(Vec::as_slice) {
            Some([Value::Int(Some(position))]) => *position,
            _ => range.lower,
        };
        let (sql, arguments) = walked(&self.database, query, Range { lower, ..range }, full);
        let found = self
            .database
            .rows_by_index(&sql, &arguments, &KINDS)
            .await?;
        Ok(Window::of(
            found.into_iter().filter_map(candidate),
            lower,
            full,
        ))
    }

    /// Asks the index. `None`: too many fit.
    async fn by_index(
        &self,
        query: &SearchQuery,
        range: Range,
        full: usize,
    ) -> Result<Option<Window>, ViewError> {
        let mut kinds = KINDS.to_vec();
        kinds.extend([Kind::Int; 3]);
        let Indexed {
            newest,
            at_most,
            sql,
            mut arguments,
        } = indexed(&self.database, query, range, full);
        let rows = self
            .database
            .rows_by_index(&sql, &arguments, &kinds)
            .await?;
        let bounds = match rows.first() {
            Some(row) => row.get(KINDS.len()..).unwrap_or_default().to_vec(),
            None => {
                arguments.truncate(3);
                let sql = format!("{newest} SELECT {BOUNDS}");
                let kinds = [Kind::Int; 3];
                let rows = self
                    .database
                    .rows_by_index(&sql, &arguments, &kinds)
                    .await?;
                rows.into_iter().next().unwrap_or_default()
            }
        };
        let numbers: Vec<i64> = bounds
            .into_iter()
            .map(|value| Option::from_value(value).flatten().unwrap_or(0))
            .collect();
        let (least, many, asked) = match numbers[..] {
            [least, many, asked] => (least, many, asked),
            _ => (0, 0, 0),
        };
        if asked > LOOKED_AT {
            return Ok(None);
        }
        // With fewer than were asked for, there are no more below.
        let lower = if many < at_most { range.lower } else { least };
        let found = rows.into_iter().filter_map(candidate);
        Ok(Some(Window::of(found, lower, full)))
    }
}

impl Window {
    /// A full one ends with its last message.
    fn of(candidates: impl Iterator<Item = Candidate>, lower: i64, full: usize) -> Self {
        let candidates: Vec<Candidate> = candidates.collect();
        let is_full = candidates.len() >= full;
        let last = candidates.last().map(|last| last.position);
        Self {
            lower: last.filter(|_| is_full).unwrap_or(lower),
            candidates,
        }
    }
}

fn candidate(row: Values) -> Option<Candidate> {
    let mut row = row.into_iter();
    Some(Candidate {
        message: String::from_value(row.next()?)?,
        thread: String::from_value(row.next()?)?,
        place: i64::from_value(row.next()?)?,
        position: i64::from_value(row.next()?)?,
        words: String::from_value(row.next()?)?,
    })
}
