//! What was used.

use projections::{Kind, Value};
use uuid::Uuid;

use super::{ViewError, Views};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// What was used on one day with one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageTotal {
    /// When the day (UTC) began, in microseconds since 1970.
    pub day: i64,
    /// The provider.
    pub provider: String,
    /// The model.
    pub model: String,
    /// Tokens read by the model.
    pub prompt_tokens: i64,
    /// Tokens written by the model.
    pub completion_tokens: i64,
    /// Turns that ended with this model.
    pub turns: i64,
    /// Those of them that failed.
    pub failed: i64,
}

impl Views {
    /// What `owner` has used on the days that began in `from..to` (microseconds since 1970), oldest first;
    /// erased conversations and completions count.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn usage(
        &self,
        owner: Uuid,
        from: i64,
        to: i64,
    ) -> Result<Vec<UsageTotal>, ViewError> {
        let sum = |column: &str| format!(r#"CAST(sum(u."{column}") AS BIGINT)"#);
        // Every end of a reply changes its thread, so those that rested all the time need not be looked at. Only a title
        // does not; it is asked for right after the first reply, at most a day later.
        let sql = format!(
            r#"SELECT u."day", u."provider", u."model", {}, {}, {}, {}
               FROM (SELECT u.* FROM "thread_list" t JOIN "usage" u ON u."thread" = t."thread"
                      WHERE t."owner" = $1 AND t."modified" >= $4
                     UNION ALL SELECT * FROM "usage" WHERE "thread" = $1) u
               WHERE u."day" >= $2 AND u."day" < $3
               GROUP BY u."day", u."provider", u."model"
               ORDER BY u."day", u."provider", u."model""#,
            sum("prompt_tokens"),
            sum("completion_tokens"),
            sum("turns"),
            sum("failed"),
        );
        let (text, int) = (Kind::Text, Kind::Int);
        let rows = self
            .database
            .rows(
                &sql,
                &[
                    owner.to_string().into(),
                    from.into(),
                    to.into(),
                    from.saturating_sub(DAY).into(),
                ],
                &[int, text, text, int, int, int, int],
            )
            .await?;
        let total = |row: Vec<Value>| match <[Value; 7]>::try_from(row) {
            Ok(
                [
                    Value::Int(Some(day)),
                    Value::Text(Some(provider)),
                    Value::Text(Some(model)),
                    Value::Int(Some(prompt_tokens)),
                    Value::Int(Some(completion_tokens)),
                    Value::Int(Some(turns)),
                    Value::Int(Some(failed)),
                ],
            ) => Some(UsageTotal {
                day,
                provider,
                model,
                prompt_tokens,
                completion_tokens,
                turns,
                failed,
            }),
            _ => None,
        };
        Ok(rows.into_iter().filter_map(total).collect())
    }
}
