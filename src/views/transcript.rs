//! Messages of a conversation.

use projections::{ConversationRow, Kind, TranscriptRow, Value};
use uuid::Uuid;

use super::{ViewError, Views};

/// A message and all that it replaces, each found by its key.
const VERSIONS: &str = r#"WITH RECURSIVE "versions"("message", "replaces") AS
    (SELECT "message", "replaces" FROM "transcript" WHERE "message" = $1
     UNION
     SELECT "older"."message", "older"."replaces" FROM "versions"
       JOIN "transcript" AS "older" ON "older"."message" = "versions"."replaces")
   SELECT count(*) FROM "versions""#;

impl Views {
    /// The last messages of a conversation's history, oldest first: not replaced, not hidden by a cut, not
    /// being generated, no failed reply without a word.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn last_messages(
        &self,
        thread: Uuid,
        limit: u32,
    ) -> Result<Vec<TranscriptRow>, ViewError> {
        match self.by_key::<ConversationRow>(thread.to_string()).await? {
            Some(conversation) => self.newest(&conversation, i64::MAX, limit).await,
            None => Ok(vec![]),
        }
    }

    /// The newest answer of a thread, whatever has become of it: being made, without a word, or hidden by a cut.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn newest_answer(&self, thread: Uuid) -> Result<Option<TranscriptRow>, ViewError> {
        let mut rows = self
            .select(
                r#"WHERE "thread" = $1 AND "role" = 'assistant'
                   ORDER BY "place" DESC, "created" DESC, ("replaced_by" IS NULL) DESC LIMIT 1"#,
                &[thread.to_string().into()],
            )
            .await?;
        Ok(rows.pop())
    }

    /// A message, whatever has become of it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn message(&self, message: Uuid) -> Result<Option<TranscriptRow>, ViewError> {
        self.by_key(message.to_string()).await
    }

    /// Which version of a message this is: 1 for the first one, one more for each that another replaces.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn version(&self, message: Uuid) -> Result<u64, ViewError> {
        let arguments = [message.to_string().into()];
        let counted = self
            .database
            .rows_by_index(VERSIONS, &arguments, &[Kind::Int])
            .await?;
        match counted.first().map(Vec::as_slice) {
            Some([Value::Int(Some(count))]) => Ok(count.unsigned_abs()),
            _ => Ok(0),
        }
    }

    /// The last messages before a place, oldest first. Goes from one visible range to the next, so what
    /// is hidden costs nothing.
    pub(super) async fn newest(
        &self,
        conversation: &ConversationRow,
        before: i64,
        limit: u32,
    ) -> Result<Vec<TranscriptRow>, ViewError> {
        let mut found: Vec<TranscriptRow> = Vec::new();
        for (from, to) in conversation.open_ranges().into_iter().rev() {
            let wanted = i64::from(limit) - i64::try_from(found.len()).unwrap_or(i64::MAX);
            if wanted <= 0 {
                break;
            }
            let to = to.min(before.saturating_sub(1));
            let rows = self
                .select(
                    r#"WHERE "thread" = $1 AND "place" BETWEEN $2 AND $3 AND "shown" = 1
                       ORDER BY "place" DESC LIMIT $4"#,
                    &[
                        conversation.thread.as_str().into(),
                        from.into(),
                        to.into(),
                        wanted.into(),
                    ],
                )
                .await?;
            found.extend(rows);
        }
        found.reverse();
        Ok(found)
    }
}
