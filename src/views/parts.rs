//! Parts of a table, each in the order of an index, asked for together: a question costs its way to the database and back
//! more than what it finds there.

use projections::{Row, Value};

use super::{ViewError, Views, database::names};

/// What follows a table's name in a `SELECT`, with its arguments: `$1`, `$2` and so on.
pub(super) type Part = (String, Vec<Value>);

impl Views {
    /// The rows of `R`'s table that these parts hold for, in no order.
    pub(super) async fn select_parts<R: Row>(&self, parts: &[Part]) -> Result<Vec<R>, ViewError> {
        let (sql, arguments) = together::<R>(parts);
        self.rows_of(&sql, &arguments).await
    }

    /// How the database would read each of these parts of `R`'s table, and then all of them together, for tests.
    pub(super) async fn plans_of_parts<R: Row>(
        &self,
        parts: &[Part],
    ) -> Result<Vec<String>, ViewError> {
        let mut plans = vec![];
        for (rest, arguments) in parts {
            plans.push(self.plan::<R>(rest, arguments).await?);
        }
        let (sql, arguments) = together::<R>(parts);
        plans.push(self.plan_of(&sql, &arguments).await?);
        Ok(plans)
    }
}

/// One statement for all of them: each stands by itself in it, with its own order and limit.
fn together<R: Row>(parts: &[Part]) -> (String, Vec<Value>) {
    let (names, table) = (names(&R::TABLE), R::TABLE.name);
    let (mut selects, mut all) = (vec![], vec![]);
    for (nth, (rest, arguments)) in parts.iter().enumerate() {
        let rest = numbered_after(rest, all.len());
        selects.push(format!(
            r#"SELECT * FROM (SELECT {names} FROM "{table}" {rest}) AS "part_{nth}""#
        ));
        all.extend_from_slice(arguments);
    }
    (selects.join(" UNION ALL "), all)
}

/// The same, when its first argument comes after so many others. A `$` stands for nothing else in what is asked here.
fn numbered_after(rest: &str, others: usize) -> String {
    let mut pieces = rest.split('$');
    let mut sql = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let after = piece.trim_start_matches(|character: char| character.is_ascii_digit());
        let digits = piece.strip_suffix(after).unwrap_or_default();
        let number = digits.parse::<usize>().unwrap_or_default();
        sql.push_str(&format!("${}{after}", number + others));
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::numbered_after;

    #[test]
    fn arguments_of_a_later_part_are_numbered_after_those_before_it() {
        for (rest, numbered) in [
            ("WHERE a = 1", "WHERE a = 1"),
            ("WHERE a = $1 OR b = $1", "WHERE a = $4 OR b = $4"),
            (
                "WHERE (a, b) > ($2, $10) LIMIT 5",
                "WHERE (a, b) > ($5, $13) LIMIT 5",
            ),
            ("WHERE a = $3", "WHERE a = $6"),
        ] {
            assert_eq!(numbered_after(rest, 3), numbered);
            assert_eq!(numbered_after(rest, 0), rest);
        }
    }
}
