//! Drafts, in a file of their own that is not synced at every commit.

use sqlx::Row;
use uuid::Uuid;

use super::{
    super::{
        Chunk, DraftText, StoreError,
        log::{counted, stored},
    },
    SqliteStore,
    script::Script,
    writer::Writer,
};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS draft_chunks (
    turn        text    NOT NULL,
    channel     integer NOT NULL, -- 0 text, 1 reasoning
    byte_offset integer NOT NULL,
    text        text    NOT NULL,
    PRIMARY KEY (turn, channel, byte_offset)
) STRICT, WITHOUT ROWID";

/// One statement, and so one transaction: SQLite takes this file's lock before it looks at the turns' epochs, which are
/// in the log's file (see [`SqliteStore::settle_drafts`]). A chunk that is there already counts as written.
const WRITE: &str = "
INSERT INTO draft_chunks (turn, channel, byte_offset, text)
SELECT column1, column3, column4, column5 FROM";
const WHERE_ALLOWED: &str = "
 WHERE EXISTS (SELECT 1 FROM log.open_turns WHERE turn = column1 AND epoch = column2)
    ON CONFLICT (turn, channel, byte_offset) DO UPDATE SET text = draft_chunks.text";

/// Which chunks have been allowed: epochs are only ever raised, so who is allowed now was it then.
const ALLOWED: &str = "
SELECT json_each.key AS nth FROM json_each(?)
 WHERE EXISTS (SELECT 1 FROM log.open_turns WHERE turn = value ->> 0 AND epoch = value ->> 1)
";

/// The drafts are disposable, so their schema has no versions.
pub(super) async fn prepare(writer: &Writer) -> Result<(), StoreError> {
    writer
        .run(sqlx::query(SCHEMA))
        .await
        .map(drop)
        .map_err(StoreError::of)
}

impl SqliteStore {
    pub(in crate::store) async fn write_chunks(
        &self,
        chunks: &[Chunk],
    ) -> Result<Vec<bool>, StoreError> {
        let rows = chunks.iter().map(|chunk| {
            [
                chunk.turn.to_string().into(),
                chunk.epoch.into(),
                i64::from(chunk.channel.code()).into(),
                stored(chunk.offset).into(),
                chunk.text.as_str().into(),
            ]
        });
        let mut script = Script::default();
        script
            .rows(WRITE, rows, WHERE_ALLOWED)
            .map_err(StoreError::of)?;
        let changed = self
            .drafts_writer
            .change(script.statement())
            .await
            .map_err(StoreError::of)?;
        if changed == chunks.len() as u64 {
            return Ok(vec![true; chunks.len()]);
        }
        let asked: Vec<_> = chunks
            .iter()
            .map(|chunk| (chunk.turn, chunk.epoch))
            .collect();
        let asked = serde_json::to_string(&asked)
            .map_err(|error| StoreError::Refused(error.to_string()))?;
        let found = self
            .drafts_writer
            .run(sqlx::query(ALLOWED).bind(asked))
            .await
            .map_err(StoreError::of)?;
        let mut written = vec![false; chunks.len()];
        for row in found {
            let nth: i64 = row.try_get("nth").map_err(StoreError::of)?;
            if let Some(chunk) = written.get_mut(counted(nth) as usize) {
                *chunk = true;
            }
        }
        Ok(written)
    }

    pub(in crate::store) async fn draft(&self, turn: Uuid) -> Result<DraftText, StoreError> {
        let read =
            "SELECT channel, text FROM draft_chunks WHERE turn = ? ORDER BY channel, byte_offset";
        let chunks = sqlx::query_as(read)
            .bind(turn.to_string())
            .fetch_all(&self.drafts)
            .await;
        chunks.map(DraftText::of).map_err(StoreError::of)
    }

    pub(in crate::store) async fn remove_drafts(&self, turns: &[Uuid]) -> Result<(), StoreError> {
        let turns =
            serde_json::to_string(turns).map_err(|error| StoreError::Refused(error.to_string()))?;
        let remove =
            sqlx::query("DELETE FROM draft_chunks WHERE turn IN (SELECT value FROM json_each(?))");
        self.drafts_writer
            .run(remove.bind(turns))
            .await
            .map(drop)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn forget_drafts(&self) -> Result<u64, StoreError> {
        let forget = "DELETE FROM draft_chunks WHERE turn NOT IN (SELECT turn FROM log.open_turns) RETURNING 1";
        let forgotten = self.drafts_writer.run(sqlx::query(forget)).await;
        forgotten
            .map(|rows| rows.len() as u64)
            .map_err(StoreError::of)
    }

    /// Waits for a draft transaction that saw an epoch before it was raised: it holds the lock that
    /// this takes, so afterwards its chunks can be read, and all later ones see the raised epoch.
    pub(super) async fn settle_drafts(&self) -> Result<(), StoreError> {
        let barrier = sqlx::query("BEGIN IMMEDIATE; COMMIT;");
        self.drafts_writer
            .run(barrier)
            .await
            .map(drop)
            .map_err(StoreError::of)
    }
}
