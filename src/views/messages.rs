//! Messages of one thread or many, every version or the newest.

use projections::{TranscriptRow, Value};
use uuid::Uuid;

use super::{ViewError, Views, database::Database};

/// By place, then by age.
const ORDER: &str = r#""place", "created", "message""#;
/// The same for what is few among all: no planner takes the index of everybody's messages for it.
const ORDER_OF_FEW: &str = r#""place" + 0, "created", "message""#;

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
                    WHERE "owner" = ${owner} AND "dialect" = ${dialect} AND "erased" + 0 = 0
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

    fn order(&self) -> &'static str {
        match self.thread.is_none() && self.of.is_some() {
            true => ORDER_OF_FEW,
            false => ORDER,
        }
    }

    fn page(&self, offset: u64, limit: u64) -> (String, Vec<Value>) {
        let (condition, arguments) = self.condition();
        let order = self.order();
        let rest = format!("{condition} ORDER BY {order} LIMIT {limit} OFFSET {offset}");
        (rest, arguments)
    }

    /// See [`Views::messages_after`].
    fn part(
        &self,
        database: &Database,
        after: Option<&TranscriptRow>,
        limit: usize,
        characters: i64,
    ) -> (String, Vec<Value>) {
        let (mut condition, mut arguments) = self.condition();
        let order = self.order();
        if let Some(row) = after {
            let first = arguments.len() + 1;
            condition.push_str(&format!(
                " AND ({order}) > (${}, ${}, ${})",
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
        let part = format!(
            r#"SELECT "message" FROM
                 (SELECT "message", sum("length") OVER (ORDER BY {ORDER}) - "length" AS "before" FROM
                   (SELECT "message", "place", "created", "length" FROM "transcript"
                    {condition} ORDER BY {order} LIMIT {limit}) AS "part") AS "counted"
               WHERE "before" <= {characters}"#
        );
        let among = database.among(&part);
        let rest = format!(r#"WHERE "message" {among} ORDER BY {ORDER}"#);
        (rest, arguments)
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
        let (rest, arguments) = query.page(offset, limit);
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
        let (rest, arguments) = query.part(&self.database, after, limit, characters);
        self.select(&rest, &arguments).await
    }

    /// How the database finds a page of them, the first part of all and a later one, for tests.
    ///
    /// # Errors
    /// When the database does not answer.
    #[doc(hidden)]
    pub async fn plans_of_messages(
        &self,
        query: &MessageQuery,
        after: &TranscriptRow,
    ) -> Result<[String; 3], ViewError> {
        let (page, arguments) = query.page(0, 10);
        let page = self.plan::<TranscriptRow>(&page, &arguments).await?;
        let (first, arguments) = query.part(&self.database, None, 1_000, 1_000_000);
        let first = self.plan::<TranscriptRow>(&first, &arguments).await?;
        let (later, arguments) = query.part(&self.database, Some(after), 1_000, 1_000_000);
        let later = self.plan::<TranscriptRow>(&later, &arguments).await?;
        Ok([page, first, later])
    }
}
