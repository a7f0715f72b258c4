//! Two tables of one shape, row by row.

use projections::{Definition, Kind, Value};

use super::rebuild::{Difference, RebuildReport};
use crate::views::{ViewError, database::Writing};

/// Rows that are described.
const DESCRIBED: i64 = 10;

/// Compares all rows; both databases do it themselves, by the primary keys.
pub(super) async fn compare(
    tx: &mut Writing,
    definition: &Definition,
    old: &str,
    new: &str,
) -> Result<RebuildReport, ViewError> {
    let table = definition.table;
    let key = table.key();
    let rows = number(tx, &format!(r#"SELECT count(*) FROM "{new}""#)).await?;
    let unlike: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!(r#"o."{0}" IS DISTINCT FROM n."{0}""#, column.name))
        .collect();
    let pairs = format!(
        r#"FROM "{old}" o FULL JOIN "{new}" n ON o."{key}" = n."{key}" WHERE {}"#,
        unlike.join(" OR ")
    );
    let different = number(tx, &format!("SELECT count(*) {pairs}")).await?;
    let mut first_differences = Vec::new();
    if different > 0 {
        let mark = |condition: &str| {
            format!("CASE WHEN {condition} THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END")
        };
        let marks: Vec<String> = unlike.iter().map(|condition| mark(condition)).collect();
        let sql = format!(
            r#"SELECT COALESCE(o."{key}", n."{key}"), {}, {} {pairs} ORDER BY 1 LIMIT {DESCRIBED}"#,
            mark(&format!(r#"o."{key}" IS NULL OR n."{key}" IS NULL"#)),
            marks.join(", ")
        );
        let mut kinds = vec![Kind::Text, Kind::Int];
        kinds.extend(table.columns.iter().map(|_| Kind::Int));
        for row in tx.rows(&sql, &[], &kinds).await? {
            let mut values = row.into_iter();
            let (Some(Value::Text(Some(key))), Some(alone)) = (values.next(), values.next()) else {
                continue;
            };
            let alone = alone == Value::from(1);
            let columns = table.columns.iter().zip(values);
            let columns = columns
                .filter(|(_, mark)| !alone && *mark == Value::from(1))
                .map(|(column, _)| column.name)
                .collect();
            first_differences.push(Difference { key, columns });
        }
    }
    Ok(RebuildReport {
        events: 0,
        rows,
        different,
        first_differences,
    })
}

async fn number(tx: &mut Writing, sql: &str) -> Result<u64, ViewError> {
    let rows = tx.rows(sql, &[], &[Kind::Int]).await?;
    Ok(match rows.first().map(Vec::as_slice) {
        Some([Value::Int(Some(number))]) => number.unsigned_abs(),
        _ => 0,
    })
}
