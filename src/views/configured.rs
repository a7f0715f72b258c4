//! What is configured, as lists; and what hangs on what.

use projections::{
    AiProviderRow, ChatRow, ConfiguredRow, DocumentRow, DocumentTextRow, KeyRow, Kind, SecretRow,
    UserRow, Value,
};

use super::{ViewError, Views};

/// What belongs to a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Belongings {
    /// Its secrets.
    pub secrets: u64,
    /// Its AI providers.
    pub ai_providers: u64,
    /// Its chats.
    pub chats: u64,
    /// Its documents.
    pub documents: u64,
    /// Working API keys that lead into it.
    pub keys: u64,
}

impl Views {
    /// The thing with this id; never from what is at hand.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn configured<R: ConfiguredRow>(&self, id: &str) -> Result<Option<R>, ViewError> {
        self.by_key(id.to_owned()).await
    }

    /// What a document says.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn document_text(&self, id: &str) -> Result<Option<String>, ViewError> {
        let row: Option<DocumentTextRow> = self.by_key(id.to_owned()).await?;
        Ok(row.map(|row| row.content))
    }

    /// Things of this project, or of all, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_configured<R: ConfiguredRow>(
        &self,
        project: Option<&str>,
        limit: u32,
        offset: u64,
    ) -> Result<Vec<R>, ViewError> {
        let (condition, mut arguments) = of_project::<R>(project);
        arguments.push(i64::from(limit).into());
        arguments.push(i64::try_from(offset).unwrap_or(i64::MAX).into());
        let (limit, offset) = (arguments.len() - 1, arguments.len());
        let rest = format!(r#"{condition} ORDER BY "number" DESC LIMIT ${limit} OFFSET ${offset}"#);
        self.select(&rest, &arguments).await
    }

    /// How many there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_configured<R: ConfiguredRow>(
        &self,
        project: Option<&str>,
    ) -> Result<u64, ViewError> {
        let (condition, arguments) = of_project::<R>(project);
        self.count::<R>(&condition, &arguments).await
    }

    /// How many chats ask this provider.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn chats_of_provider(&self, provider: &str) -> Result<u64, ViewError> {
        self.count::<ChatRow>(r#"WHERE "ai_provider" = $1"#, &[provider.into()])
            .await
    }

    /// The providers that use this secret.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn providers_of_secret(&self, secret: &str) -> Result<Vec<String>, ViewError> {
        let sql = r#"SELECT "provider" FROM "ai_providers" WHERE "secret" = $1"#;
        let arguments = [secret.into()];
        let rows = self.database.rows(sql, &arguments, &[Kind::Text]).await?;
        let id = |value: Value| match value {
            Value::Text(id) => id,
            Value::Int(_) => None,
        };
        Ok(rows.into_iter().flatten().filter_map(id).collect())
    }

    /// What belongs to this project.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn belongings(&self, project: &str) -> Result<Belongings, ViewError> {
        let one = Some(project);
        let keys = r#"WHERE "project" = $1 AND "revoked" IS NULL"#;
        Ok(Belongings {
            secrets: self.count_configured::<SecretRow>(one).await?,
            ai_providers: self.count_configured::<AiProviderRow>(one).await?,
            chats: self.count_configured::<ChatRow>(one).await?,
            documents: self.count_configured::<DocumentRow>(one).await?,
            keys: self.count::<KeyRow>(keys, &[project.into()]).await?,
        })
    }

    /// Accounts, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_users(&self, limit: u32, offset: u64) -> Result<Vec<UserRow>, ViewError> {
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let rest = r#"ORDER BY "created", "user" LIMIT $1 OFFSET $2"#;
        self.select(rest, &[i64::from(limit).into(), offset.into()])
            .await
    }

    /// How many accounts there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_users(&self) -> Result<u64, ViewError> {
        self.count::<UserRow>("", &[]).await
    }

    /// Working keys of this account, or of all, newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_keys(
        &self,
        owner: Option<&str>,
        project: Option<&str>,
        limit: u32,
        offset: u64,
    ) -> Result<(Vec<KeyRow>, u64), ViewError> {
        let mut condition = r#"WHERE "revoked" IS NULL"#.to_owned();
        let mut arguments: Vec<Value> = vec![];
        for (column, value) in [("owner", owner), ("project", project)] {
            if let Some(value) = value {
                arguments.push(value.into());
                condition.push_str(&format!(r#" AND "{column}" = ${}"#, arguments.len()));
            }
        }
        let count = self.count::<KeyRow>(&condition, &arguments).await?;
        arguments.push(i64::from(limit).into());
        arguments.push(i64::try_from(offset).unwrap_or(i64::MAX).into());
        let (limit, offset) = (arguments.len() - 1, arguments.len());
        let rest = format!(
            r#"{condition} ORDER BY "created" DESC, "key" DESC LIMIT ${limit} OFFSET ${offset}"#
        );
        Ok((self.select(&rest, &arguments).await?, count))
    }
}

/// The condition that a thing is of this project.
fn of_project<R: ConfiguredRow>(project: Option<&str>) -> (String, Vec<Value>) {
    match project.zip(R::PROJECT) {
        Some((project, column)) => (format!(r#"WHERE "{column}" = $1"#), vec![project.into()]),
        None => (String::new(), vec![]),
    }
}
