//! What the databases are asked for a search, in their own languages.

use projections::{Kind, SearchTerms, Value};
use uuid::Uuid;

use super::{
    SearchQuery, SearchScope, WINDOW,
    window::{FIRST_WALK, Range},
};
use crate::views::{
    ViewError, Views,
    database::Database,
    words::{index_of, lexemes},
};

/// Rows that the index is asked for at most, when phrases or exclusions have to be looked at in each.
pub(super) const LOOKED_AT: i64 = 5_000;
/// Characters of the words of a message that its score is of.
const SCORED: u32 = 2_000;

/// `SELECT` of a [`Candidate`], and its kinds.
fn columns() -> String {
    format!(r#"s."message", s."thread", s."place", s."position", substr(s."words", 1, {SCORED})"#)
}
pub(super) const KINDS: [Kind; 5] = [Kind::Text, Kind::Text, Kind::Int, Kind::Int, Kind::Text];

/// The first position since a time: positions and times go up together.
pub(super) const SINCE: &str =
    r#"SELECT "position" FROM "search" WHERE "said" >= $1 ORDER BY "said", "position" LIMIT 1"#;

/// Of the range's newest rows the one with this number, from 1.
pub(super) fn end_of_walk(query: &SearchQuery, range: Range, rows: i64) -> (String, Vec<Value>) {
    let mut arguments = vec![range.lower.into(), range.upper.into()];
    let within = within(query.scope, &mut arguments);
    let sql = format!(
        r#"SELECT s."position" {} LIMIT 1 OFFSET {}"#,
        newest_of(query.scope, &within),
        rows - 1
    );
    (sql, arguments)
}

/// The rows of a range that fit.
pub(super) fn walked(
    database: &Database,
    query: &SearchQuery,
    range: Range,
    full: usize,
) -> (String, Vec<Value>) {
    let mut arguments = vec![range.lower.into(), range.upper.into()];
    let mut conditions = within(query.scope, &mut arguments);
    conditions.push_str(&fits(database, &query.terms, true, &mut arguments));
    let sql = format!(
        "SELECT {} {} LIMIT {full}",
        columns(),
        newest_of(query.scope, &conditions)
    );
    (sql, arguments)
}

/// The rows between `$1` and `$2`, the newest first.
fn newest_of(scope: SearchScope, conditions: &str) -> String {
    let position = match scope {
        SearchScope::Owner(_) | SearchScope::Conversation(_) => r#"s."position""#,
        SearchScope::Everybody => r#"s."position" + 0"#,
    };
    format!(
        r#"FROM "search" s WHERE {position} >= $1 AND {position} < $2{conditions} ORDER BY {position} DESC"#
    )
}

/// A question to the index.
pub(super) struct Indexed {
    /// `WITH …`: takes the first three arguments.
    pub(super) newest: String,
    /// Of these, at most so many.
    pub(super) at_most: i64,
    pub(super) sql: String,
    pub(super) arguments: Vec<Value>,
}

pub(super) fn indexed(
    database: &Database,
    query: &SearchQuery,
    range: Range,
    full: usize,
) -> Indexed {
    let plain =
        query.terms.none.is_empty() && query.terms.all.iter().all(|phrase| phrase.terms.len() == 1);
    let at_most = match i64::try_from(full) {
        Ok(full) if plain => full,
        _ => LOOKED_AT,
    };
    let newest = database.newest(at_most);
    let whose = match query.scope {
        SearchScope::Owner(id) | SearchScope::Conversation(id) => Some(id),
        SearchScope::Everybody => None,
    };
    let mut arguments = vec![
        database.asked(whose, &query.terms).into(),
        range.lower.into(),
        range.upper.into(),
    ];
    let within = within(query.scope, &mut arguments);
    let fits = fits(database, &query.terms, false, &mut arguments);
    // From the few to their rows, not the other way round.
    let sql = format!(
        r#"{newest} SELECT {}, {BOUNDS} FROM newest CROSS JOIN "search" s
           WHERE s."position" + 0 = newest.at + 0{within}{fits} ORDER BY s."position" DESC LIMIT {full}"#,
        columns()
    );
    Indexed {
        newest,
        at_most,
        sql,
        arguments,
    }
}

/// Down to where the index was asked, how many it knows there, and how many it gave before they were sorted.
pub(super) const BOUNDS: &str =
    "(SELECT min(at) FROM newest), (SELECT count(*) FROM newest), (SELECT count(*) FROM asked)";

impl Database {
    /// `SELECT` of the threads of the newest messages, somebody's or everybody's, that have these words; at least
    /// one is wanted.
    pub(in crate::views) fn threads_with(
        &self,
        terms: &SearchTerms,
        owner: Option<Uuid>,
        arguments: &mut Vec<Value>,
    ) -> String {
        arguments.push(self.asked(owner, terms).into());
        let asked = arguments.len();
        let fits = fits(self, terms, false, arguments);
        match self {
            Self::Sqlite { .. } => {
                let index = index_of("search");
                format!(
                    r#"SELECT s."thread" FROM "search" s WHERE s."position" + 0 IN
                       (SELECT rowid FROM "{index}" WHERE "{index}" MATCH ${asked}
                        ORDER BY rowid DESC LIMIT {LOOKED_AT}){fits}"#
                )
            }
            Self::Postgres(_) => format!(
                r#"SELECT s."thread" FROM (SELECT "thread", "words" FROM "search"
                   WHERE {} @@ ${asked}::tsquery ORDER BY "position" - 0 DESC LIMIT {LOOKED_AT}) s
                   WHERE true{fits}"#,
                lexemes("words"),
            ),
        }
    }

    /// The index's own language: the mark of whose messages they are, and every word.
    fn asked(&self, whose: Option<Uuid>, terms: &SearchTerms) -> String {
        let mark = whose.map(|id| (SearchTerms::mark(&id.to_string()), false));
        let terms = mark.into_iter().chain(terms.single());
        // Terms are letters and digits: there is nothing to escape.
        let (terms, and): (Vec<String>, _) = match self {
            Self::Sqlite { .. } => (
                terms
                    .map(|(term, open)| format!(r#""{term}"{}"#, if open { " *" } else { "" }))
                    .collect(),
                " AND ",
            ),
            Self::Postgres(_) => (
                terms
                    .map(|(term, open)| format!("'{term}'{}", if open { ":*" } else { "" }))
                    .collect(),
                " & ",
            ),
        };
        terms.join(and)
    }

    /// `WITH newest(at)`, the newest positions in `$2..$3` of what the index knows for `$1`, and `asked`, whose
    /// length tells that there were too many. FTS5 reads from the newest on; GIN has no order, and what it gives
    /// has to be sorted.
    fn newest(&self, at_most: i64) -> String {
        match self {
            Self::Sqlite { .. } => {
                let index = index_of("search");
                format!(
                    r#"WITH newest AS MATERIALIZED (SELECT rowid AS at FROM "{index}"
                       WHERE "{index}" MATCH $1 AND rowid >= $2 AND rowid < $3 ORDER BY rowid DESC LIMIT {at_most}),
                       asked AS (SELECT 1 WHERE 0)"#
                )
            }
            // `- 0`: no other index is to be used.
            Self::Postgres(_) => format!(
                r#"WITH asked AS MATERIALIZED (SELECT "position" AS at FROM "search"
                   WHERE {} @@ $1::tsquery AND "position" - 0 >= $2 AND "position" - 0 < $3 LIMIT {}),
                   newest AS MATERIALIZED (SELECT at FROM asked ORDER BY at DESC LIMIT {at_most})"#,
                lexemes("words"),
                LOOKED_AT + 1,
            ),
        }
    }
}

/// Whose rows.
fn within(scope: SearchScope, arguments: &mut Vec<Value>) -> String {
    let (column, id) = match scope {
        SearchScope::Owner(id) => ("owner", id),
        SearchScope::Conversation(id) => ("thread", id),
        SearchScope::Everybody => return String::new(),
    };
    arguments.push(id.to_string().into());
    format!(r#" AND s."{column}" = ${}"#, arguments.len())
}

/// What holds for the words of a row that fits; `words` says whether single words have to be looked for, too,
/// or the index has done that.
fn fits(
    database: &Database,
    terms: &SearchTerms,
    words: bool,
    arguments: &mut Vec<Value>,
) -> String {
    let place = match database {
        Database::Sqlite { .. } => "instr",
        Database::Postgres(_) => "strpos",
    };
    let mut conditions = String::new();
    let all = terms.all.iter().map(|phrase| (phrase, "> 0"));
    let none = terms.none.iter().map(|phrase| (phrase, "= 0"));
    for (phrase, is) in all.chain(none) {
        if words || is == "= 0" || phrase.terms.len() > 1 {
            arguments.push(phrase.pattern().into());
            let number = arguments.len();
            conditions.push_str(&format!(r#" AND {place}(s."words", ${number}) {is}"#));
        }
    }
    if words {
        conditions.push_str(r#" AND s."words" <> ''"#);
    }
    conditions
}

impl Views {
    /// How the databases mean to answer a search, for tests.
    ///
    /// # Errors
    /// When the database does not answer.
    #[doc(hidden)]
    pub async fn search_plan(&self, query: &SearchQuery) -> Result<Vec<String>, ViewError> {
        let range = Range::EVERYTHING;
        let since = (SINCE.to_owned(), vec![Value::from(1)]);
        let end = end_of_walk(query, range, FIRST_WALK);
        let walked = walked(&self.database, query, range, WINDOW);
        let by_index = indexed(&self.database, query, range, WINDOW);
        let mut plan = Vec::new();
        for (sql, arguments) in [since, end, walked, (by_index.sql, by_index.arguments)] {
            plan.extend(self.explained(&sql, &arguments).await?);
        }
        Ok(plan)
    }
}
