//! Threads and people that are called something, found by the index of the parts of their names.

use std::collections::BTreeSet;

use projections::{Kind, UNNAMED, Value, names};

use super::{
    ViewError, Views,
    database::Database,
    words::{index_of, lexemes},
};

/// Names that are looked at one by one, at most. What more have is soon found in any order.
const FEW: u64 = 5_000;
/// Parts of a text that are tried for whether few names have them, at most.
const TRIED: usize = 16;

impl Views {
    /// What the index of names is asked for a part of one; nothing, when it is too short for that, or many have it.
    pub(super) async fn few_named(&self, text: &str) -> Result<Option<String>, ViewError> {
        let parts = names::parts(text);
        if parts.is_empty() || UNNAMED.to_lowercase().contains(&text.to_lowercase()) {
            return Ok(None);
        }
        if let Some(rare) = self.rare(&parts).await? {
            return Ok(Some(self.database.all_of([rare])));
        }
        let asked = self.database.all_of(parts);
        let sql = format!(
            r#"SELECT count(*) FROM ({} LIMIT {}) AS "few""#,
            self.database.named("$1"),
            FEW + 1
        );
        let arguments = [asked.as_str().into()];
        let rows = self.database.rows(&sql, &arguments, &[Kind::Int]).await?;
        let count = match rows.first().map(Vec::as_slice) {
            Some([Value::Int(Some(count))]) => count.unsigned_abs(),
            _ => 0,
        };
        Ok((count <= FEW).then_some(asked))
    }

    /// A part that few names have: then the others need not be asked for. FTS5 would look for each of them as often as
    /// there is a name with this one. PostgreSQL goes through all that have a part, however few are wanted.
    async fn rare(&self, parts: &BTreeSet<String>) -> Result<Option<String>, ViewError> {
        if matches!(self.database, Database::Postgres(_)) {
            return Ok(None);
        }
        let index = index_of("names");
        let sql = format!(
            r#"SELECT count(*) FROM (SELECT 1 FROM "{index}" WHERE "{index}" MATCH $1 LIMIT {})"#,
            FEW + 1
        );
        let few = FEW.cast_signed();
        for part in parts.iter().take(TRIED) {
            let arguments = [self.database.all_of([part.clone()]).into()];
            let rows = self.database.rows(&sql, &arguments, &[Kind::Int]).await?;
            if let Some([Value::Int(Some(count))]) = rows.first().map(Vec::as_slice)
                && *count <= few
            {
                return Ok(Some(part.clone()));
            }
        }
        Ok(None)
    }
}

impl Database {
    /// `SELECT` of whom the index knows for what it is asked.
    pub(super) fn named(&self, asked: &str) -> String {
        match self {
            Self::Sqlite { .. } => {
                let index = index_of("names");
                format!(
                    r#"SELECT "of" FROM "names" WHERE "number" IN
                       (SELECT rowid FROM "{index}" WHERE "{index}" MATCH {asked})"#
                )
            }
            Self::Postgres(_) => format!(
                r#"SELECT "of" FROM "names" WHERE {} @@ {asked}::tsquery"#,
                lexemes("parts")
            ),
        }
    }

    /// Every one of these, which are letters and digits, in the index's own language.
    fn all_of(&self, parts: impl IntoIterator<Item = String>) -> String {
        let (quote, and) = match self {
            Self::Sqlite { .. } => ('"', " AND "),
            Self::Postgres(_) => ('\'', " & "),
        };
        let parts: Vec<String> = parts
            .into_iter()
            .map(|part| format!("{quote}{part}{quote}"))
            .collect();
        parts.join(and)
    }
}
