//! Lists of conversations.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use projections::{ConversationRow, Kind, ThreadRow, Value};
use uuid::Uuid;

use super::{ViewError, Views};

/// So many versions of a conversation's last messages are looked at for the newest of them in time.
const LAST_PLACES: u32 = 100;

/// Which conversations, and how many.
#[derive(Clone, Debug)]
pub struct ConversationQuery {
    /// Whose.
    pub owner: Uuid,
    /// Only those of this channel.
    pub channel: Option<String>,
    /// The archived ones, and not the others.
    pub archived: bool,
    /// At most so many.
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
}

/// A page, and where the next one begins, if there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// What is on it.
    pub rows: Vec<T>,
    /// For the next one.
    pub next: Option<Cursor>,
}

/// Where a page ended, in the list as it was when its first page was read. As text it is opaque and fit
/// for a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The newest of all when the first page was read.
    began: Place,
    /// The last one of the page.
    after: Place,
}

/// Where a conversation stands in the list: by its last activity, then by its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    last_active: i64,
    thread: Uuid,
}

impl Place {
    fn of(row: &ConversationRow) -> Option<Self> {
        Some(Self {
            last_active: row.last_active,
            thread: row.thread.parse().ok()?,
        })
    }

    fn read(bytes: &[u8; 24]) -> Option<Self> {
        let (time, thread) = bytes.split_first_chunk::<8>()?;
        Some(Self {
            last_active: i64::from_be_bytes(*time),
            thread: Uuid::from_slice(thread).ok()?,
        })
    }

    fn bytes(&self) -> impl Iterator<Item = u8> {
        let thread = *self.thread.as_bytes();
        self.last_active.to_be_bytes().into_iter().chain(thread)
    }
}

/// A text that no page gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor of a list")]
pub struct BadCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: Vec<u8> = self.began.bytes().chain(self.after.bytes()).collect();
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let (began, after) = bytes.split_first_chunk().ok_or(BadCursor)?;
        let after = after.try_into().map_err(|_| BadCursor)?;
        Ok(Self {
            began: Place::read(began).ok_or(BadCursor)?,
            after: Place::read(after).ok_or(BadCursor)?,
        })
    }
}

impl Views {
    /// Somebody's conversations, newest activity first; those without a message are left out.
    ///
    /// Page after page is the list as it was when the first one was read: what has moved to the front since
    /// is shown where it was, and what is new is not. So nothing comes twice, and nothing is missed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn conversations(
        &self,
        query: ConversationQuery,
    ) -> Result<Page<ConversationRow>, ViewError> {
        let mut page = Page {
            rows: Vec::new(),
            next: query.cursor.clone(),
        };
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX).max(1);
        loop {
            let wanted = limit - page.rows.len();
            let rows = self.listed(&query, page.next.as_ref(), wanted).await?;
            let full = rows.len() == wanted;
            let last = rows.last().map(|(place, _)| place.clone());
            let began = match &page.next {
                Some(cursor) => Some(cursor.began.clone()),
                None => rows.first().map(|(place, _)| place.clone()),
            };
            page.next = began
                .zip(last.filter(|_| full))
                .map(|(began, after)| Cursor { began, after });
            let rows = rows.into_iter().map(|(_, row)| row).collect();
            page.rows.extend(
                self.measured(rows)
                    .await?
                    .into_iter()
                    .filter(|row| row.message_count != Some(0)),
            );
            // Cuts can leave a conversation empty, which only counting tells.
            if page.next.is_none() || page.rows.len() >= limit {
                return Ok(page);
            }
        }
    }

    /// A conversation, with its messages counted.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn conversation(&self, thread: Uuid) -> Result<Option<ConversationRow>, ViewError> {
        let row = self.by_key(thread.to_string()).await?;
        Ok(self.measured(row.into_iter().collect()).await?.pop())
    }

    /// Somebody's threads, whichever dialect opened them, that are not erased: at most so many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn threads_of(&self, owner: Uuid, limit: u32) -> Result<Vec<String>, ViewError> {
        let rows: Vec<ThreadRow> = self
            .select(
                r#"WHERE "owner" = $1 AND "erased" + 0 = 0 LIMIT $2"#,
                &[owner.to_string().into(), i64::from(limit).into()],
            )
            .await?;
        Ok(rows.into_iter().map(|row| row.thread).collect())
    }

    /// Somebody's threads, erased ones too, in the order in which they were opened, after this one: at most so many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn threads_ever(
        &self,
        owner: Uuid,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ThreadRow>, ViewError> {
        let last: Option<ThreadRow> = match after {
            Some(after) => self.by_key(after.to_string()).await?,
            None => None,
        };
        let (created, thread) =
            last.map_or((i64::MIN, String::new()), |row| (row.created, row.thread));
        self.select(
            r#"WHERE "owner" = $1 AND ("created", "thread") > ($2, $3) ORDER BY "created", "thread" LIMIT $4"#,
            &[
                owner.to_string().into(),
                created.into(),
                thread.into(),
                i64::from(limit).into(),
            ],
        )
        .await
    }

    /// The next rows, each with its place.
    async fn listed(
        &self,
        query: &ConversationQuery,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<(Place, ConversationRow)>, ViewError> {
        let mut condition = Condition::of(query);
        if let Some(Cursor { after, .. }) = cursor {
            condition.and(
                r#" AND ("last_active", "thread") < (?, ?)"#,
                [after.last_active.into(), after.thread.to_string().into()],
            );
        }
        condition.and(
            r#" ORDER BY "last_active" DESC, "thread" DESC LIMIT ?"#,
            [i64::try_from(limit).unwrap_or(i64::MAX).into()],
        );
        let rows: Vec<ConversationRow> = self.select(&condition.text, &condition.arguments).await?;
        let placed = |row: ConversationRow| Some((Place::of(&row)?, row));
        let mut rows: Vec<_> = rows.into_iter().filter_map(placed).collect();
        if let Some(cursor) = cursor {
            rows.extend(self.moved(query, cursor).await?);
            rows.sort_by(|(one, _), (other, _)| other.cmp(one));
            rows.truncate(limit);
        }
        Ok(rows)
    }

    /// The rows that have moved to the front since the first page was read, and stood after the cursor.
    async fn moved(
        &self,
        query: &ConversationQuery,
        Cursor { began, after }: &Cursor,
    ) -> Result<Vec<(Place, ConversationRow)>, ViewError> {
        let mut condition = Condition::of(query);
        condition.and(
            r#" AND ("last_active", "thread") > (?, ?)"#,
            [began.last_active.into(), began.thread.to_string().into()],
        );
        condition.and(r#" AND "created" <= ?"#, [began.last_active.into()]);
        let rows: Vec<ConversationRow> = self.select(&condition.text, &condition.arguments).await?;
        let mut moved = Vec::new();
        for row in rows {
            let was = self.active_before(&row.thread, began.last_active).await?;
            let Some((last_active, thread)) = was.zip(row.thread.parse().ok()) else {
                continue;
            };
            let place = Place {
                last_active,
                thread,
            };
            if place < *after {
                moved.push((place, row));
            }
        }
        Ok(moved)
    }

    /// When somebody last said something in a conversation, up to this time.
    async fn active_before(&self, thread: &str, time: i64) -> Result<Option<i64>, ViewError> {
        // The last places are the last in time, but for messages that wait for their answers.
        let sql = format!(
            r#"SELECT max("finished") FROM (SELECT "finished" FROM "transcript"
               WHERE "thread" = $1 AND "finished" <= $2 ORDER BY "place" DESC LIMIT {LAST_PLACES}) "last""#
        );
        let rows = self
            .database
            .rows(&sql, &[thread.into(), time.into()], &[Kind::Int])
            .await?;
        Ok(match rows.first().map(Vec::as_slice) {
            Some([Value::Int(time)]) => *time,
            _ => None,
        })
    }

    /// Counts the messages of those rows of which a cut has made the counts unknowable: one walk over
    /// the index of each one's visible messages, or of the hidden ones, where these are no more and all are known.
    pub(super) async fn measured(
        &self,
        mut rows: Vec<ConversationRow>,
    ) -> Result<Vec<ConversationRow>, ViewError> {
        for row in rows.iter_mut().filter(|row| row.message_count.is_none()) {
            let (count, length) = match row.whole_count.zip(row.whole_length) {
                Some((count, length)) if !row.hides_most() => {
                    let (hidden, shorter) = self.size(&row.thread, &row.hidden_ranges()).await?;
                    (count - hidden, length - shorter)
                }
                _ => self.size(&row.thread, &row.open_ranges()).await?,
            };
            row.message_count = Some(count);
            row.content_length = Some(length);
        }
        Ok(rows)
    }

    /// Messages in these ranges of places, and their characters.
    async fn size(&self, thread: &str, ranges: &[(i64, i64)]) -> Result<(i64, i64), ViewError> {
        let (mut count, mut length) = (0, 0);
        for &(from, to) in ranges {
            let sums = self
                .database
                .rows(
                    r#"SELECT count(*), CAST(COALESCE(sum("length"), 0) AS BIGINT) FROM "transcript"
                       WHERE "thread" = $1 AND "place" BETWEEN $2 AND $3 AND "shown" = 1"#,
                    &[thread.into(), from.into(), to.into()],
                    &[Kind::Int, Kind::Int],
                )
                .await?;
            if let Some([Value::Int(Some(more)), Value::Int(Some(characters))]) =
                sums.first().map(Vec::as_slice)
            {
                count += more;
                length += characters;
            }
        }
        Ok((count, length))
    }
}

/// What stands after `WHERE`, with its arguments.
struct Condition {
    text: String,
    arguments: Vec<Value>,
}

impl Condition {
    fn of(query: &ConversationQuery) -> Self {
        let mut condition = Self {
            text: "WHERE".to_owned(),
            arguments: Vec::new(),
        };
        condition.and(
            r#" "owner" = ? AND "archived" = ? AND "dialect" = 'assistant' AND "hidden_for" IS NULL AND ("message_count" IS NULL OR "message_count" > 0)"#,
            [
                query.owner.to_string().into(),
                i64::from(query.archived).into(),
            ],
        );
        if let Some(channel) = &query.channel {
            condition.and(r#" AND "channel" = ?"#, [channel.as_str().into()]);
        }
        condition
    }

    /// Adds `text`, in which each `?` stands for the next of `values`.
    fn and<const N: usize>(&mut self, text: &str, values: [Value; N]) {
        let mut text = text.to_owned();
        for value in values {
            self.arguments.push(value);
            text = text.replacen('?', &format!("${}", self.arguments.len()), 1);
        }
        self.text.push_str(&text);
    }
}
