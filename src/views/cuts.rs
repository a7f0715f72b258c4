//! What a cut would do, counted for the commands that make one.
//!
//! What is read first is how far the thread has come (`sequence`). The command is decided only while the
//! thread is still there, so whatever is read here afterwards can be newer, but then it is never used.

use aggregates::{MessageId, TurnId, thread::Tail};
use projections::{Author, ConversationRow, Kind, Row, TranscriptRow, Value};
use uuid::Uuid;

use super::{ViewError, Views};

/// What keeping only the last messages means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The first place that stays visible.
    pub before: u64,
    /// Messages that leave the history; with none there is nothing to cut.
    pub deleted: u64,
    /// Messages that stay.
    pub kept: u64,
    /// The place of the next message.
    pub next_index: u64,
    /// How far the thread had come.
    pub sequence: u64,
}

/// What going back to before a message means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewound {
    /// The message's place.
    pub from: u64,
    /// Messages that leave the history.
    pub deleted: u64,
    /// What the history ends with then.
    pub tail: Tail,
    /// The place of the next message.
    pub next_index: u64,
    /// How far the thread had come.
    pub sequence: u64,
}

/// What lifting every cut means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Messages that come back.
    pub restored: u64,
    /// What the history ends with then.
    pub tail: Tail,
    /// The place of the next message.
    pub next_index: u64,
    /// How far the thread had come.
    pub sequence: u64,
}

impl Views {
    /// Counts what a truncation to the last `keep` messages would do. The message that is being answered
    /// stays whatever `keep` says, and so do those that wait. `None`: no such conversation.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keeping(&self, thread: Uuid, keep: u64) -> Result<Option<Kept>, ViewError> {
        let Some(conversation) = self.conversation(thread).await? else {
            return Ok(None);
        };
        let visible = number(conversation.message_count.unwrap_or(0));
        let asked = conversation.open_place.map(|answer| answer - 1);
        let mut kept = keep.min(visible);
        let mut before = match kept {
            0 => conversation.next_index,
            kept if kept == visible => 1,
            kept => self.place_of(&conversation, kept).await?,
        };
        if let Some(asked) = asked.filter(|asked| *asked < before) {
            before = asked;
            kept = self
                .visible(&conversation.thread, &conversation.open_ranges(), before)
                .await?;
        }
        Ok(Some(Kept {
            before: number(before),
            deleted: visible.saturating_sub(kept),
            kept,
            next_index: number(conversation.next_index),
            sequence: number(conversation.sequence),
        }))
    }

    /// The place of the `nth` visible message from the end; 1 when there are fewer.
    async fn place_of(&self, conversation: &ConversationRow, nth: u64) -> Result<i64, ViewError> {
        let mut left = i64::try_from(nth).unwrap_or(i64::MAX);
        for (from, to) in conversation.open_ranges().into_iter().rev() {
            let rows = self
                .database
                .rows(
                    r#"SELECT count(*), min("place") FROM (SELECT "place" FROM "transcript"
                       WHERE "thread" = $1 AND "place" BETWEEN $2 AND $3 AND "shown" = 1
                       ORDER BY "place" DESC LIMIT $4) "last""#,
                    &[
                        conversation.thread.as_str().into(),
                        from.into(),
                        to.into(),
                        left.into(),
                    ],
                    &[Kind::Int, Kind::Int],
                )
                .await?;
            if let Some([Value::Int(Some(here)), Value::Int(Some(first))]) =
                rows.first().map(Vec::as_slice)
            {
                left -= here;
                if left == 0 {
                    return Ok(*first);
                }
            }
        }
        Ok(1)
    }

    /// Counts what a rewind to before `message` would do. `None`: no such message in this conversation.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rewinding(
        &self,
        thread: Uuid,
        message: Uuid,
    ) -> Result<Option<Rewound>, ViewError> {
        let row: Option<ConversationRow> = self.by_key(thread.to_string()).await?;
        let (Some(conversation), Some(message)) = (row, self.message(message).await?) else {
            return Ok(None);
        };
        if message.thread != conversation.thread {
            return Ok(None);
        }
        let from = message.place;
        Ok(Some(Rewound {
            from: number(from),
            deleted: self
                .visible(&conversation.thread, &conversation.open_ranges(), from)
                .await?,
            tail: self
                .tail(&conversation.thread, &conversation.open_ranges(), from)
                .await?,
            next_index: number(conversation.next_index),
            sequence: number(conversation.sequence),
        }))
    }

    /// Counts what lifting every cut would do. `None`: no such conversation.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn restoring(&self, thread: Uuid) -> Result<Option<Restored>, ViewError> {
        let row: Option<ConversationRow> = self.by_key(thread.to_string()).await?;
        let Some(conversation) = row else {
            return Ok(None);
        };
        Ok(Some(Restored {
            restored: self.hidden(&conversation).await?,
            tail: self
                .tail(&conversation.thread, &[(1, i64::MAX)], i64::MAX)
                .await?,
            next_index: number(conversation.next_index),
            sequence: number(conversation.sequence),
        }))
    }

    /// Messages that cuts hide: counted, or what the visible ones leave of all.
    async fn hidden(&self, conversation: &ConversationRow) -> Result<u64, ViewError> {
        let thread = &conversation.thread;
        match conversation.whole_count {
            Some(whole) if conversation.hides_most() => {
                let ranges = conversation.open_ranges();
                let visible = self.visible(thread, &ranges, 1).await?;
                Ok(number(whole).saturating_sub(visible))
            }
            _ => {
                let ranges = conversation.hidden_ranges();
                self.visible(thread, &ranges, 1).await
            }
        }
    }

    /// Messages in these ranges, from place `from` on.
    async fn visible(
        &self,
        thread: &str,
        ranges: &[(i64, i64)],
        from: i64,
    ) -> Result<u64, ViewError> {
        let mut count = 0;
        for &(first, last) in ranges {
            let rows = self
                .database
                .rows(
                    r#"SELECT count(*) FROM "transcript"
                       WHERE "thread" = $1 AND "place" BETWEEN $2 AND $3 AND "shown" = 1"#,
                    &[thread.into(), first.max(from).into(), last.into()],
                    &[Kind::Int],
                )
                .await?;
            if let Some([Value::Int(Some(more))]) = rows.first().map(Vec::as_slice) {
                count += number(*more);
            }
        }
        Ok(count)
    }

    /// The last unreplaced user message and answer in these ranges, before a place. An ended answer counts
    /// even when it failed without a word: it is what a reload would replace. What has expired is not said again.
    async fn tail(
        &self,
        thread: &str,
        ranges: &[(i64, i64)],
        before: i64,
    ) -> Result<Tail, ViewError> {
        let user = self.last_of(Author::User, thread, ranges, before).await?;
        let answer = self
            .last_of(Author::Assistant, thread, ranges, before)
            .await?;
        Ok(Tail {
            user: user.map(|(id, place)| (MessageId(id), place)),
            answer: answer.map(|(id, place)| (TurnId(id), place)),
        })
    }

    async fn last_of(
        &self,
        author: Author,
        thread: &str,
        ranges: &[(i64, i64)],
        before: i64,
    ) -> Result<Option<(Uuid, u64)>, ViewError> {
        for &(first, last) in ranges.iter().rev() {
            let found: Vec<TranscriptRow> = self
                .select(
                    r#"WHERE "thread" = $1 AND "place" BETWEEN $2 AND $3 AND "role" = $4
                       AND "replaced_by" IS NULL AND "status" <> 'generating' AND "expired" = 0
                       ORDER BY "place" DESC LIMIT 1"#,
                    &[
                        thread.into(),
                        first.into(),
                        last.min(before.saturating_sub(1)).into(),
                        author.as_str().into(),
                    ],
                )
                .await?;
            if let Some(row) = found.first() {
                let id = row
                    .message
                    .parse()
                    .map_err(|_| ViewError::Unreadable(TranscriptRow::TABLE.name))?;
                return Ok(Some((id, number(row.place))));
            }
        }
        Ok(None)
    }
}

/// A count or a place, which is never negative.
fn number(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}
