//! Looking for messages by their words.
//!
//! What is found is ranked in windows: the newest [`WINDOW`] messages that fit, by how well they do, then those
//! before them. So the work for a page is bounded however common a word is, nothing is out of reach, and pages
//! read one after another neither repeat nor skip a message, whatever is written meanwhile.

mod cursor;
mod questions;
mod window;

use std::collections::HashMap;

use aggregates::thread::Cut;
use projections::{
    Author, Cell, ConversationRow, Excerpt, Kind, Row, SearchTerms, Value,
    search::{excerpt, score},
};
use uuid::Uuid;

pub use self::cursor::SearchCursor;
use self::{
    cursor::Rank,
    window::{Candidate, Range},
};
use super::{ViewError, Views};

/// Messages that are ranked together.
pub(super) const WINDOW: usize = 500;
/// Windows that one page looks through.
const WINDOWS: usize = 4;
/// Characters of a message in which an excerpt is looked for at first, and at last.
const NEAR: i64 = 4_000;
const FAR: i64 = 200_000;
/// Messages of a page that are looked through that far.
const FAR_LOOKS: usize = 10;

/// Whose messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchScope {
    /// All of somebody's conversations.
    Owner(Uuid),
    /// One conversation.
    Conversation(Uuid),
    /// Everybody's.
    Everybody,
}

/// What to look for, and how much of it.
#[derive(Clone, Debug)]
pub struct SearchQuery {
    /// Where.
    pub scope: SearchScope,
    /// What.
    pub terms: SearchTerms,
    /// Said then or later (microseconds since 1970).
    pub from: Option<i64>,
    /// Said before.
    pub to: Option<i64>,
    /// At most so many.
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<SearchCursor>,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its conversation.
    pub conversation: ConversationRow,
    /// The message.
    pub message: String,
    /// Who speaks.
    pub role: Author,
    /// When it was sent or begun, in microseconds since 1970.
    pub created: i64,
    /// The part that fits.
    pub excerpt: Excerpt,
    /// How well it fits, in thousandths.
    pub score: i64,
}

/// A page of what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchPage {
    /// The best first, of equal ones the newest. There may be fewer than the limit though more are to come.
    pub rows: Vec<Found>,
    /// For the next page; `None`: there is none.
    pub next: Option<SearchCursor>,
}

impl Views {
    /// The messages of people's histories that have these words; what is replaced, cut, failed or deleted is not
    /// found.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn search(&self, query: &SearchQuery) -> Result<SearchPage, ViewError> {
        let nothing = SearchPage {
            rows: vec![],
            next: None,
        };
        if query.terms.is_empty() {
            return Ok(nothing);
        }
        let Some(range) = self.range(query).await? else {
            return Ok(nothing);
        };
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX).max(1);
        let (mut after, mut window) = match &query.cursor {
            Some(cursor) => (cursor.after, cursor.range(range)),
            None => (None, range),
        };
        // A window that is gone on with is the same one, though answers in it may have become whole meanwhile.
        let mut full = if after.is_some() { 2 * WINDOW } else { WINDOW };
        let mut best: Vec<(Rank, Candidate)> = Vec::new();
        let mut next = None;
        for _ in 0..WINDOWS {
            let found = self.window(query, window, full).await?;
            let lower = if after.is_some() {
                window.lower
            } else {
                found.lower
            };
            // What is said from now on is in no window of this search.
            let newest = found.candidates.first().map(|newest| newest.position);
            let upper = newest.map_or(window.upper, |newest| newest.saturating_add(1));
            let found = self.visible_of(query.scope, found.candidates).await?;
            let mut ranked: Vec<(Rank, Candidate)> = found
                .into_iter()
                .map(|candidate| (Rank::of(&candidate, &query.terms), candidate))
                .filter(|(rank, _)| after.is_none_or(|after| *rank < after))
                .collect();
            ranked.sort_unstable_by_key(|(rank, _)| std::cmp::Reverse(*rank));
            let room = limit - best.len();
            if ranked.len() > room {
                ranked.truncate(room);
                let last = ranked.last().map(|(rank, _)| *rank);
                next = Some(SearchCursor::within(Range { lower, upper }, last));
                best.extend(ranked);
                break;
            }
            best.extend(ranked);
            if lower <= range.lower {
                next = None;
                break;
            }
            next = Some(SearchCursor::before(lower));
            (after, full) = (None, WINDOW);
            window = Range {
                upper: lower,
                ..range
            };
            if best.len() >= limit {
                break;
            }
        }
        let rows = self.described(best, &query.terms).await?;
        Ok(SearchPage { rows, next })
    }

    /// The positions of the times that are asked for.
    async fn range(&self, query: &SearchQuery) -> Result<Option<Range>, ViewError> {
        let mut range = Range::EVERYTHING;
        if let Some(from) = query.from {
            match self.first_since(from).await? {
                Some(first) => range.lower = first,
                None => return Ok(None),
            }
        }
        if let Some(to) = query.to
            && let Some(first) = self.first_since(to).await?
        {
            range.upper = first;
        }
        Ok((range.lower < range.upper).then_some(range))
    }

    async fn first_since(&self, time: i64) -> Result<Option<i64>, ViewError> {
        let rows = self
            .database
            .rows(questions::SINCE, &[time.into()], &[Kind::Int])
            .await?;
        Ok(rows.first().and_then(|row| match row.as_slice() {
            [Value::Int(position)] => *position,
            _ => None,
        }))
    }

    /// Those that no cut hides, and that moderators do not keep from whose they are.
    async fn visible_of(
        &self,
        scope: SearchScope,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<Candidate>, ViewError> {
        let cuts = self
            .among::<ConversationRow>(
                candidates.iter().map(|candidate| candidate.thread.as_str()),
                r#" AND ("cuts" <> '[]' OR "hidden_for" IS NOT NULL)"#,
            )
            .await?;
        let kept_back = |row: &ConversationRow| {
            matches!(scope, SearchScope::Owner(_)) && row.hidden_for.is_some()
        };
        let everything = Cut {
            from: 0,
            to: u64::MAX,
        };
        let hidden: HashMap<&str, _> = cuts
            .iter()
            .map(|row| match kept_back(row) {
                true => (row.thread.as_str(), vec![everything]),
                false => (row.thread.as_str(), row.hidden()),
            })
            .collect();
        let shown = |candidate: &Candidate| {
            let place = candidate.place.unsigned_abs();
            !hidden
                .get(candidate.thread.as_str())
                .is_some_and(|cuts| cuts.iter().any(|cut| (cut.from..=cut.to).contains(&place)))
        };
        Ok(candidates.into_iter().filter(shown).collect())
    }

    /// What a page shows of its messages.
    async fn described(
        &self,
        best: Vec<(Rank, Candidate)>,
        terms: &SearchTerms,
    ) -> Result<Vec<Found>, ViewError> {
        let threads = best.iter().map(|(_, candidate)| candidate.thread.as_str());
        let conversations = self.among::<ConversationRow>(threads, "").await?;
        let messages = best.iter().map(|(_, candidate)| candidate.message.as_str());
        let mut texts = self.texts(messages, NEAR).await?;
        let mut far_looks = 0;
        let mut rows = Vec::with_capacity(best.len());
        for (rank, candidate) in best {
            let conversation = conversations
                .iter()
                .find(|row| row.thread == candidate.thread);
            // Deleted this moment.
            let (Some(conversation), Some(message)) =
                (conversation, texts.remove(&candidate.message))
            else {
                continue;
            };
            let mut shown = excerpt(&message.beginning, terms);
            if shown.highlights.is_empty() && message.length > NEAR && far_looks < FAR_LOOKS {
                far_looks += 1;
                let one = std::iter::once(candidate.message.as_str());
                let text = self.texts(one, FAR).await?.remove(&candidate.message);
                shown = text.map_or(shown, |text| excerpt(&text.beginning, terms));
            }
            rows.push(Found {
                conversation: conversation.clone(),
                message: candidate.message,
                role: message.role,
                created: message.created,
                excerpt: shown,
                score: rank.score,
            });
        }
        Ok(rows)
    }

    /// Messages and the beginnings of their texts, so many characters of each.
    async fn texts<'a>(
        &self,
        messages: impl Iterator<Item = &'a str>,
        characters: i64,
    ) -> Result<HashMap<String, Text>, ViewError> {
        let sql = format!(
            r#"SELECT "message", "role", substr("text", 1, {characters}), "created", "length" FROM "transcript"
               WHERE "message" {}"#,
            self.database.among_json()
        );
        let kinds = [Kind::Text, Kind::Text, Kind::Text, Kind::Int, Kind::Int];
        let rows = self
            .database
            .rows(&sql, &[as_json(messages)], &kinds)
            .await?;
        let text = |row: Vec<Value>| {
            let [message, role, beginning, created, length] = <[Value; 5]>::try_from(row).ok()?;
            Some((
                String::from_value(message)?,
                Text {
                    role: Author::from_value(role)?,
                    beginning: String::from_value(beginning)?,
                    created: i64::from_value(created)?,
                    length: i64::from_value(length)?,
                },
            ))
        };
        Ok(rows.into_iter().filter_map(text).collect())
    }

    /// The rows with these keys.
    async fn among<'a, R: Row>(
        &self,
        keys: impl Iterator<Item = &'a str>,
        and: &str,
    ) -> Result<Vec<R>, ViewError> {
        let rest = format!(
            r#"WHERE "{}" {}{and}"#,
            R::TABLE.key(),
            self.database.among_json()
        );
        self.select(&rest, &[as_json(keys)]).await
    }
}

struct Text {
    role: Author,
    beginning: String,
    created: i64,
    length: i64,
}

impl Rank {
    fn of(candidate: &Candidate, terms: &SearchTerms) -> Self {
        Self {
            score: score(&candidate.words, terms),
            position: candidate.position,
        }
    }
}

fn as_json<'a>(keys: impl Iterator<Item = &'a str>) -> Value {
    let mut keys: Vec<&str> = keys.collect();
    keys.sort_unstable();
    keys.dedup();
    Value::Text(serde_json::to_string(&keys).ok())
}
