//! Messages of one thread or many, every version or the newest.

use projections::{TranscriptRow, Value};
use uuid::Uuid;

use super::{ViewError, Views};

/// By place, then by age.
const ORDER: &str = r#"ORDER BY "place", "created", "message""#;

/// Which messages. Answers that are being made are none yet.
#[derive(Clone, Debug, Default)]
pub struct MessageQuery {
    /// Only this thread's.
    pub thread: Option<Uuid>,
    /// Only those of this user's threads that this API opened.
    pub of: Option<(Uuid, &'static str)>,
    /// Those that others replace, too.
    pub replaced: bool,
    /// The flagged ones, or the others.
    pub flagged: Option<bool>,
}

impl MessageQuery {
    fn condition(&self) -> (String, Vec<Value>) {
        let mut arguments = vec![];
        let mut sql = r#"WHERE "status" <> 'generating'"#.to_owned();
        if let Some(thread) = self.thread {
            arguments.push(thread.to_string().into());
            sql.push_str(&format!(r#" AND "thread" = ${}"#, arguments.len()));
        }
        if let Some((owner, dialect)) = self.of {
            arguments.push(owner.to_string().into());
            arguments.push(dialect.into());
            let (owner, dialect) = (arguments.len() - 1, arguments.len());
            sql.push_str(&format!(
                r#" AND "thread" IN (SELECT "thread" FROM "thread_list"
                    WHERE "owner" = ${owner} AND "dialect" = ${dialect} AND "erased" = 0
                    AND "hidden_for" IS NULL)"#
            ));
        }
        match self.flagged {
            Some(true) => sql.push_str(r#" AND "is_flagged" = 1"#),
            Some(false) => sql.push_str(r#" AND "is_flagged" = 0"#),
            None => {}
        }
        if !self.replaced {
            sql.push_str(r#" AND "replaced_by" IS NULL"#);
        }
        (sql, arguments)
    }
}

impl Views {
    /// How many messages there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_messages(&self, query: &MessageQuery) -> Result<u64, ViewError> {
        let (condition, arguments) = query.condition();
        self.count::<TranscriptRow>(&condition, &arguments).await
    }

    /// A page of the messages by place, then by age.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn messages(
        &self,
        query: &MessageQuery,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<TranscriptRow>, ViewError> {
        let (condition, arguments) = query.condition();
        let rest = format!("{condition} {ORDER} LIMIT {limit} OFFSET {offset}");
        self.select(&rest, &arguments).await
    }

    /// How many messages nobody has judged; answers that are being made are none yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_unscanned(&self) -> Result<u64, ViewError> {
        let unscanned = r#"WHERE "scan" = 'unscanned' AND "status" <> 'generating'"#;
        self.count::<TranscriptRow>(unscanned, &[]).await
    }

    /// The first messages after one, or from the beginning, in the same order: at most `limit`, and after the first no
    /// more than have `characters` together. Fewer need not be the last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn messages_after(
        &self,
        query: &MessageQuery,
        after: Option<&TranscriptRow>,
        limit: usize,
        characters: i64,
    ) -> Result<Vec<TranscriptRow>, ViewError> {
        let (mut condition, mut arguments) = query.condition();
        if let Some(row) = after {
            let first = arguments.len() + 1;
            condition.push_str(&format!(
                r#" AND ("place", "created", "message") > (${}, ${}, ${})"#,
                first,
                first + 1,
                first + 2
            ));
            arguments.extend([
                row.place.into(),
                row.created.into(),
                row.message.as_str().into(),
            ]);
        }
        let rest = format!(
            r#"WHERE "message" IN (SELECT "message" FROM
                 (SELECT "message", sum("length") OVER ({ORDER}) - "length" AS "before" FROM
                   (SELECT "message", "place", "created", "length" FROM "transcript"
                    {condition} {ORDER} LIMIT {limit}) AS "part") AS "counted"
               WHERE "before" <= {characters}) {ORDER}"#
        );
        self.select(&rest, &arguments).await
    }

    /// How the database finds them, for tests.
    ///
    /// # Errors
    /// When the database does not answer.
    #[doc(hidden)]
    pub async fn plan_of_messages(&self, query: &MessageQuery) -> Result<String, ViewError> {
        let (condition, arguments) = query.condition();
        let rest = format!("{condition} {ORDER}");
        self.plan::<TranscriptRow>(&rest, &arguments).await
    }
}
