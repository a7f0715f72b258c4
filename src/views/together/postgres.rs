//! Tables together on PostgreSQL: one statement, and so one round trip and one transaction.

use projections::{Kind, Table, Value};
use sqlx::{PgConnection, Row};

use super::{
    super::{
        ViewError,
        bulk::{bind_arrays, insert_arrays},
        database::Values,
    },
    Part, Round, Saves, Standing,
};

pub(super) async fn standing(
    connection: &mut PgConnection,
    names: &str,
) -> Result<Vec<Standing>, ViewError> {
    let sql = format!(
        r#"SELECT "name", "version", "position", "made" FROM "checkpoints" WHERE "name" IN ({names})"#
    );
    let rows = sqlx::query_as(&sql).fetch_all(connection).await?;
    let standing = rows
        .into_iter()
        .map(|(name, version, position, made)| Standing {
            name,
            version,
            position,
            made,
        });
    Ok(standing.collect())
}

/// Each row with the number of its part.
pub(super) async fn load(
    connection: &mut PgConnection,
    parts: &[Part<'_, String>],
) -> Result<Vec<(i64, Values)>, ViewError> {
    let selects: Vec<String> = (0..)
        .zip(parts)
        .map(|(nth, part)| select_texts(nth, part))
        .collect();
    let sql = selects.join(" UNION ALL ");
    let query = parts.iter().fold(sqlx::query(&sql), |query, part| {
        query.bind(part.items.as_slice())
    });
    let mut loaded = vec![];
    for row in query.fetch_all(connection).await? {
        let nth: i64 = row.try_get(0)?;
        let part = usize::try_from(nth).ok().and_then(|nth| parts.get(nth));
        if let Some(part) = part {
            loaded.push((nth, values(row.try_get(1)?, part.table)?));
        }
    }
    Ok(loaded)
}

/// All parts see the same snapshot, of before the locks. It is as good as one of after them: whoever was at
/// work in between has moved the checkpoints, and then they are not where they must be.
pub(super) async fn save(
    connection: &mut PgConnection,
    round: Round<'_>,
) -> Result<bool, ViewError> {
    let mut first = 3;
    let mut saves = String::new();
    for (nth, Saves { rows: part, .. }) in round.saves.iter().enumerate() {
        let condition = "(SELECT yes FROM stand)";
        let save = insert_arrays(part.table, part.stored_as, first, condition);
        saves.push_str(&format!("save_{nth} AS ({save}), "));
        first += part.table.columns.len();
    }
    let sql = format!(
        r#"WITH chosen AS MATERIALIZED (SELECT 1 FROM "elected" FOR UPDATE SKIP LOCKED),
           held AS MATERIALIZED (
               SELECT 1 FROM "checkpoints" WHERE "position" = $1 AND EXISTS (SELECT 1 FROM chosen)
                  AND ("name", "version", "made") IN (VALUES {}) FOR UPDATE SKIP LOCKED),
           stand AS MATERIALIZED (SELECT count(*) = {} AS yes FROM held),
           {saves}
           moved AS (UPDATE "checkpoints" SET "position" = $2
                      WHERE "name" IN ({}) AND (SELECT yes FROM stand))
           SELECT yes FROM stand"#,
        round.identities(),
        round.standing.len(),
        round.names(),
    );
    let query = sqlx::query(&sql).bind(round.from()).bind(round.to);
    let query = round.saves.into_iter().fold(query, |query, saves| {
        bind_arrays(query, saves.rows.table, saves.rows.items)
    });
    Ok(query.fetch_one(connection).await?.try_get(0)?)
}

/// Rows of any table in one shape: the number of their part, and all values as texts.
fn select_texts(nth: usize, part: &Part<'_, String>) -> String {
    let columns = part.table.columns.iter().map(|column| match column.kind {
        Kind::Text => format!(r#""{}""#, column.name),
        Kind::Int => format!(r#""{}"::text"#, column.name),
    });
    let columns: Vec<String> = columns.collect();
    format!(
        r#"SELECT {nth}::bigint, ARRAY[{}] FROM "{}" WHERE "{}" = ANY (${})"#,
        columns.join(", "),
        part.stored_as,
        part.table.key(),
        nth + 1
    )
}

fn values(texts: Vec<Option<String>>, table: &Table) -> Result<Values, sqlx::Error> {
    texts
        .into_iter()
        .zip(table.columns)
        .map(|(text, column)| match (column.kind, text) {
            (Kind::Text, text) => Ok(Value::Text(text)),
            (Kind::Int, None) => Ok(Value::Int(None)),
            (Kind::Int, Some(digits)) => match digits.parse() {
                Ok(number) => Ok(Value::Int(Some(number))),
                Err(error) => Err(sqlx::Error::Decode(Box::new(error))),
            },
        })
        .collect()
}
