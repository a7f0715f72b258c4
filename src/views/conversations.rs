//! Lists of conversations.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use projections::{ConversationRow, Kind, Value};
use uuid::Uuid;

use super::{ViewError, Views};

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

/// Where a page ended. As text it is opaque and fit for a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    last_active: i64,
    thread: Uuid,
}

/// A text that no page gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a cursor of a list")]
pub struct BadCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; 24];
        let (time, thread) = bytes.split_at_mut(8);
        time.copy_from_slice(&self.last_active.to_be_bytes());
        thread.copy_from_slice(self.thread.as_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let (time, thread) = bytes.split_first_chunk::<8>().ok_or(BadCursor)?;
        Ok(Self {
            last_active: i64::from_be_bytes(*time),
            thread: Uuid::from_slice(thread).map_err(|_| BadCursor)?,
        })
    }
}

impl Views {
    /// Somebody's conversations, newest activity first; those without a message are left out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn conversations(
        &self,
        query: ConversationQuery,
    ) -> Result<Page<ConversationRow>, ViewError> {
        let mut page = Page {
            rows: Vec::new(),
            next: query.cursor,
        };
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX).max(1);
        loop {
            let wanted = limit - page.rows.len();
            let rows = self
                .listed(
                    &query.owner,
                    query.channel.as_deref(),
                    query.archived,
                    page.next.as_ref(),
                    wanted,
                )
                .await?;
            let full = rows.len() == wanted;
            page.next = rows.last().filter(|_| full).and_then(|last| {
                Some(Cursor {
                    last_active: last.last_active,
                    thread: last.thread.parse().ok()?,
                })
            });
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

    async fn listed(
        &self,
        owner: &Uuid,
        channel: Option<&str>,
        archived: bool,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Vec<ConversationRow>, ViewError> {
        let mut rest = r#"WHERE "owner" = $1 AND "archived" = $2
            AND ("message_count" IS NULL OR "message_count" > 0)"#
            .to_owned();
        let mut arguments: Vec<Value> = vec![owner.to_string().into(), i64::from(archived).into()];
        let mut and = |condition: &str, values: Vec<Value>, arguments: &mut Vec<Value>| {
            let mut condition = condition.to_owned();
            for value in values {
                arguments.push(value);
                condition = condition.replacen('?', &format!("${}", arguments.len()), 1);
            }
            rest.push_str(&condition);
        };
        if let Some(channel) = channel {
            and(
                r#" AND "channel" = ?"#,
                vec![channel.into()],
                &mut arguments,
            );
        }
        if let Some(after) = after {
            and(
                r#" AND ("last_active", "thread") < (?, ?)"#,
                vec![after.last_active.into(), after.thread.to_string().into()],
                &mut arguments,
            );
        }
        and(
            r#" ORDER BY "last_active" DESC, "thread" DESC LIMIT ?"#,
            vec![i64::try_from(limit).unwrap_or(i64::MAX).into()],
            &mut arguments,
        );
        self.select(&rest, &arguments).await
    }

    /// Counts the messages of those rows of which a cut has made the counts unknowable: one walk over
    /// the index of each one's visible messages.
    pub(super) async fn measured(
        &self,
        mut rows: Vec<ConversationRow>,
    ) -> Result<Vec<ConversationRow>, ViewError> {
        for row in rows.iter_mut().filter(|row| row.message_count.is_none()) {
            let (mut count, mut length) = (0, 0);
            for (from, to) in row.open_ranges() {
                let sums = self
                    .database
                    .rows(
                        r#"SELECT count(*), CAST(COALESCE(sum("length"), 0) AS BIGINT) FROM "transcript"
                           WHERE "thread" = $1 AND "place" BETWEEN $2 AND $3 AND "shown" = 1"#,
                        &[row.thread.as_str().into(), from.into(), to.into()],
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
            row.message_count = Some(count);
            row.content_length = Some(length);
        }
        Ok(rows)
    }
}
