//! Chat sessions, completions and embeddings, and the people they belong to.

use std::collections::HashMap;

use projections::{CompletionRow, EmbeddingRow, SessionRow, UserRow, Value};
use uuid::Uuid;

use super::{ViewError, Views};

/// Which sessions.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionQuery {
    /// Only this user's.
    pub owner: Option<Uuid>,
}

impl SessionQuery {
    fn condition(self) -> (&'static str, Vec<Value>) {
        match self.owner {
            Some(owner) => (r#"WHERE "owner" = $1"#, vec![owner.to_string().into()]),
            None => ("", vec![]),
        }
    }

    fn page(self, offset: u64, limit: u64) -> (String, Vec<Value>) {
        let (condition, arguments) = self.condition();
        let rest = format!(
            r#"{condition} ORDER BY "created" DESC, "session" DESC LIMIT {limit} OFFSET {offset}"#
        );
        (rest, arguments)
    }
}

impl Views {
    /// How many sessions there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_sessions(&self, query: SessionQuery) -> Result<u64, ViewError> {
        let (condition, arguments) = query.condition();
        self.count::<SessionRow>(condition, &arguments).await
    }

    /// Sessions, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sessions(
        &self,
        query: SessionQuery,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<SessionRow>, ViewError> {
        let (rest, arguments) = query.page(offset, limit);
        self.select(&rest, &arguments).await
    }

    /// How the database finds a page, for tests.
    ///
    /// # Errors
    /// When the database does not answer.
    #[doc(hidden)]
    pub async fn plan_of_sessions(&self, query: SessionQuery) -> Result<String, ViewError> {
        let (rest, arguments) = query.page(0, 10);
        self.plan::<SessionRow>(&rest, &arguments).await
    }

    /// A session.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn session(&self, session: Uuid) -> Result<Option<SessionRow>, ViewError> {
        self.by_key(session.to_string()).await
    }

    /// A completion; none where it is erased.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn completion(&self, id: Uuid) -> Result<Option<CompletionRow>, ViewError> {
        self.by_key(id.to_string()).await
    }

    /// Some completions of a user that are not erased.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn completions_of(
        &self,
        owner: Uuid,
        limit: u32,
    ) -> Result<Vec<CompletionRow>, ViewError> {
        let rest = format!(r#"WHERE "owner" = $1 ORDER BY "completion" LIMIT {limit}"#);
        self.select(&rest, &[owner.to_string().into()]).await
    }

    /// Some embeddings of a user that are not erased.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn embeddings_of(
        &self,
        owner: Uuid,
        limit: u32,
    ) -> Result<Vec<EmbeddingRow>, ViewError> {
        let rest = format!(r#"WHERE "owner" = $1 ORDER BY "embedding" LIMIT {limit}"#);
        self.select(&rest, &[owner.to_string().into()]).await
    }

    /// The accounts with these ids, by id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn users_by_id(
        &self,
        ids: impl IntoIterator<Item = String>,
    ) -> Result<HashMap<String, UserRow>, ViewError> {
        let ids: Vec<String> = ids.into_iter().collect();
        let rows: Vec<UserRow> = self.by_keys(&ids).await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.user.clone(), row))
            .collect())
    }
}
