//! Sessions of questions, the documents in them, and the passages of these.

use std::collections::HashMap;

use projections::{
    Cell, ChunkRow, IngestRow, Kind, MessageStatus, RagSessionRow, TranscriptRow, Value,
};
use uuid::Uuid;

use super::{ViewError, Views};

/// Whose passages, and of which documents.
#[derive(Clone, Debug)]
pub struct PassageQuery {
    /// The session.
    pub session: Uuid,
    /// Whose it is.
    pub owner: Uuid,
    /// Only documents of exactly this institution.
    pub institution: Option<String>,
    /// With the vectors of this one: `<provider>/<model>`.
    pub embedder: Option<String>,
}

/// A passage that may fit.
#[derive(Clone, Debug)]
pub struct PassageWords {
    /// Its document's ingest.
    pub ingest: String,
    /// The document's place among all.
    pub number: i64,
    /// Its place in the document.
    pub place: i64,
    /// What it is found by.
    pub words: String,
    /// Its vector, where one was asked for and is there: little-endian 32-bit floats in base64.
    pub vector: Option<String>,
}

/// A passage, and the document it stands in.
#[derive(Clone, Debug)]
pub struct PassageRow {
    /// Its document's ingest.
    pub ingest: String,
    /// Its place in it.
    pub place: i64,
    /// The name that answers cite it by.
    pub filename: String,
    /// The page that it begins on.
    pub page: Option<i64>,
    /// What it says.
    pub text: String,
}

impl Views {
    /// A user's sessions, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rag_sessions(
        &self,
        owner: Uuid,
        limit: u32,
    ) -> Result<Vec<RagSessionRow>, ViewError> {
        let rest = r#"WHERE "owner" = $1 ORDER BY "number" DESC LIMIT $2"#;
        self.select(rest, &[owner.to_string().into(), i64::from(limit).into()])
            .await
    }

    /// A user's session of this name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rag_session(
        &self,
        owner: Uuid,
        name: &str,
    ) -> Result<Option<RagSessionRow>, ViewError> {
        let rest = r#"WHERE "owner" = $1 AND "name" = $2"#;
        let arguments = [owner.to_string().into(), name.into()];
        Ok(self.select(rest, &arguments).await?.pop())
    }

    /// The session of this id, whoever's it is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rag_session_by_id(&self, id: String) -> Result<Option<RagSessionRow>, ViewError> {
        self.by_key(id).await
    }

    /// A document, whoever's it is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ingest(&self, id: Uuid) -> Result<Option<IngestRow>, ViewError> {
        self.by_key(id.to_string()).await
    }

    /// The documents of a session, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ingests_of_session(
        &self,
        session: Uuid,
        limit: u32,
    ) -> Result<Vec<IngestRow>, ViewError> {
        let rest = r#"WHERE "session" = $1 ORDER BY "number" LIMIT $2"#;
        self.select(rest, &[session.to_string().into(), i64::from(limit).into()])
            .await
    }

    /// A user's documents, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ingests_of(&self, owner: Uuid, limit: u32) -> Result<Vec<IngestRow>, ViewError> {
        let rest = r#"WHERE "owner" = $1 ORDER BY "number" LIMIT $2"#;
        self.select(rest, &[owner.to_string().into(), i64::from(limit).into()])
            .await
    }

    /// How many of a user's documents are looked through, or wait for that.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ingests_under_way(&self, owner: Uuid) -> Result<u64, ViewError> {
        let rest = r#"WHERE "owner" = $1 AND "status" IN ('pending', 'processing')"#;
        self.count::<IngestRow>(rest, &[owner.to_string().into()])
            .await
    }

    /// A page of what was said in a conversation, oldest first, without failed replies; and how many messages there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn history(
        &self,
        thread: Uuid,
        limit: u32,
        offset: u64,
    ) -> Result<(Vec<TranscriptRow>, u64), ViewError> {
        let condition = r#"WHERE "thread" = $1 AND "shown" = 1 AND "status" <> $2"#;
        let failed = MessageStatus::Failed.as_str();
        let mut arguments: Vec<Value> = vec![thread.to_string().into(), failed.into()];
        let total = self.count::<TranscriptRow>(condition, &arguments).await?;
        arguments.push(i64::from(limit).into());
        arguments.push(i64::try_from(offset).unwrap_or(i64::MAX).into());
        let rest = format!(r#"{condition} ORDER BY "place", "created" LIMIT $3 OFFSET $4"#);
        Ok((self.select(&rest, &arguments).await?, total))
    }

    /// Gives away each passage that a question is compared with, in no order: all of finished documents. They are not
    /// held together, however many there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn passages(
        &self,
        query: &PassageQuery,
        mut take: impl FnMut(PassageWords),
    ) -> Result<(), ViewError> {
        let (sql, arguments) = self.passages_sql(query);
        let kinds = [Kind::Text, Kind::Int, Kind::Int, Kind::Text, Kind::Text];
        let passage = |row: Vec<Value>| {
            let [ingest, number, place, words, vector] = <[Value; 5]>::try_from(row).ok()?;
            Some(PassageWords {
                ingest: String::from_value(ingest)?,
                number: i64::from_value(number)?,
                place: i64::from_value(place)?,
                words: String::from_value(words)?,
                vector: Option::from_value(vector)?,
            })
        };
        let database = &self.database;
        let take = |row| passage(row).into_iter().for_each(&mut take);
        database.each_by_index(&sql, &arguments, &kinds, take).await
    }

    fn passages_sql(&self, query: &PassageQuery) -> (String, Vec<Value>) {
        let mut arguments: Vec<Value> = vec![
            query.session.to_string().into(),
            query.owner.to_string().into(),
        ];
        let mut institution = "";
        if let Some(wanted) = &query.institution {
            arguments.push(wanted.as_str().into());
            institution = r#" AND i."institution" = $3"#;
        }
        let mut vector = "NULL".to_owned();
        if let Some(embedder) = &query.embedder {
            arguments.push(embedder.as_str().into());
            let number = arguments.len();
            vector = format!(r#"CASE WHEN c."embedder" = ${number} THEN c."vector" END"#);
        }
        let sql = format!(
            r#"SELECT i."ingest", i."number", c."place", c."words", {vector}
               FROM "ingests" i JOIN "chunks" c ON c."ingest" = i."ingest"
               WHERE i."session" = $1 AND i."owner" = $2 AND i."status" = 'completed'{institution}"#
        );
        (sql, arguments)
    }

    /// How the database means to find passages, for tests.
    ///
    /// # Errors
    /// When the database does not answer.
    #[doc(hidden)]
    pub async fn passages_plan(&self, query: &PassageQuery) -> Result<Vec<String>, ViewError> {
        let (sql, arguments) = self.passages_sql(query);
        self.explained(&sql, &arguments).await
    }

    /// Passages by their keys, with the names of their documents.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn passages_by_key(
        &self,
        chunks: &[String],
    ) -> Result<HashMap<String, PassageRow>, ViewError> {
        let found: Vec<ChunkRow> = self.by_keys(chunks).await?;
        let ingests: Vec<String> = found.iter().map(|row| row.ingest.clone()).collect();
        let documents: Vec<IngestRow> = self.by_keys(&ingests).await?;
        let named = |row: ChunkRow| {
            let document = documents.iter().find(|it| it.ingest == row.ingest)?;
            let passage = PassageRow {
                ingest: row.ingest,
                place: row.place,
                filename: document.filename.clone(),
                page: row.page,
                text: row.text,
            };
            Some((row.chunk, passage))
        };
        Ok(found.into_iter().filter_map(named).collect())
    }
}
