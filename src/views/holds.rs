//! Legal holds.

use projections::{HoldRow, Value};
use uuid::Uuid;

use super::{ViewError, Views};

/// Which holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct HoldQuery {
    /// Those that last, or those that are over; all, where nothing is said.
    pub lasting: Option<bool>,
    /// On this thread or user.
    pub subject: Option<Uuid>,
    /// Laid after this position.
    pub after: u64,
}

impl Views {
    /// Holds, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holds(&self, query: HoldQuery, limit: u32) -> Result<Vec<HoldRow>, ViewError> {
        let after = i64::try_from(query.after).unwrap_or(i64::MAX);
        let mut arguments: Vec<Value> = vec![after.into(), i64::from(limit).into()];
        let mut rest = r#"WHERE "number" > $1"#.to_owned();
        match query.lasting {
            Some(true) => rest.push_str(r#" AND "released_at" IS NULL"#),
            Some(false) => rest.push_str(r#" AND "released_at" IS NOT NULL"#),
            None => {}
        }
        if let Some(subject) = query.subject {
            arguments.push(subject.to_string().into());
            rest.push_str(r#" AND "subject" = $3"#);
        }
        rest.push_str(r#" ORDER BY "number" LIMIT $2"#);
        self.select(&rest, &arguments).await
    }

    /// A hold.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hold(&self, hold: Uuid) -> Result<Option<HoldRow>, ViewError> {
        self.by_key(hold.to_string()).await
    }
}
