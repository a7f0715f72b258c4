//! What a project has that is older than its content is kept.

use projections::{AiProviderRow, CompletionRow, EmbeddingRow, ProjectRow, Row};

use super::{ViewError, Views};

/// Something that was asked once, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which one.
    pub id: String,
    /// Whose.
    pub owner: String,
    /// When, in microseconds since 1970.
    pub created: i64,
}

impl Views {
    /// The projects that say how long their content is kept; never from what is at hand.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn projects_that_forget(&self) -> Result<Vec<ProjectRow>, ViewError> {
        self.select(
            r#"WHERE "retention_days" IS NOT NULL ORDER BY "number""#,
            &[],
        )
        .await
    }

    /// Every AI provider of a project.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ai_providers_of(&self, project: &str) -> Result<Vec<AiProviderRow>, ViewError> {
        let rest = r#"WHERE "project" = $1 ORDER BY "number" DESC"#;
        self.select(rest, &[project.into()]).await
    }

    /// The oldest completions by this provider of before a time that come after `after`, in order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn completions_by(
        &self,
        provider: &str,
        before: i64,
        after: Option<&Asked>,
        limit: u32,
    ) -> Result<Vec<Asked>, ViewError> {
        let asked = |row: CompletionRow| Asked {
            id: row.completion,
            owner: row.owner,
            created: row.created,
        };
        let page = (after, limit);
        self.asked_of("completion", provider, before, page, asked)
            .await
    }

    /// The same of embeddings.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn embeddings_by(
        &self,
        provider: &str,
        before: i64,
        after: Option<&Asked>,
        limit: u32,
    ) -> Result<Vec<Asked>, ViewError> {
        let asked = |row: EmbeddingRow| Asked {
            id: row.embedding,
            owner: row.owner,
            created: row.created,
        };
        let page = (after, limit);
        self.asked_of("embedding", provider, before, page, asked)
            .await
    }

    async fn asked_of<R: Row>(
        &self,
        key: &str,
        provider: &str,
        before: i64,
        (after, limit): (Option<&Asked>, u32),
        asked: impl Fn(R) -> Asked,
    ) -> Result<Vec<Asked>, ViewError> {
        let rest = format!(
            r#"WHERE "provider" = $1 AND "created" < $2 AND ("created", "{key}") > ($3, $4)
               ORDER BY "created", "{key}" LIMIT {limit}"#
        );
        let (created, id) = after.map_or((-1, ""), |asked| (asked.created, &asked.id));
        let values = [provider.into(), before.into(), created.into(), id.into()];
        let rows: Vec<R> = self.select(&rest, &values).await?;
        Ok(rows.into_iter().map(asked).collect())
    }
}
