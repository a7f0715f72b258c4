//! Lists of threads, with filters and pages; erased ones are on none.

mod days;

use projections::{SearchTerms, ThreadRow, Value};
use uuid::Uuid;

use super::{ViewError, Views, database::Database};

/// Characters of the longest text that can be found in a name: names are no longer than half of it.
const LONGEST_TEXT: usize = 300;

/// Which threads, and in which order.
#[derive(Clone, Debug, Default)]
pub struct ThreadQuery {
    /// Only this user's.
    pub owner: Option<Uuid>,
    /// Those, too, that moderators keep from their owners.
    pub hidden: bool,
    /// Only those that this API opened.
    pub dialect: Option<&'static str>,
    /// The archived ones, or the others.
    pub archived: Option<bool>,
    /// The flagged ones, or the others.
    pub flagged: Option<bool>,
    /// Only those whose worst is this; `none`: those that are not flagged.
    pub severity: Option<String>,
    /// When they were opened.
    pub created: Span,
    /// When they last changed.
    pub modified: Span,
    /// A part of the name, or of the owner's name, without regard to case.
    pub text: Option<String>,
    /// The text's words may also be among those of a message, of the newest few thousand that have them.
    pub in_messages: bool,
    /// By what they are sorted; by nothing: newest first.
    pub order: Vec<Order>,
}

/// A span of time, in microseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Not before this.
    pub from: Option<i64>,
    /// Before this.
    pub until: Option<i64>,
}

/// By what a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Oldest first.
    Created,
    /// Newest first.
    CreatedDescending,
    /// Longest unchanged first.
    Modified,
    /// Latest changed first.
    ModifiedDescending,
}

impl Order {
    fn sql(self) -> &'static str {
        match self {
            Self::Created => r#""created""#,
            Self::CreatedDescending => r#""created" DESC"#,
            Self::Modified => r#""modified""#,
            Self::ModifiedDescending => r#""modified" DESC"#,
        }
    }
}

/// Conditions and their arguments, as they come.
struct Conditions {
    sql: String,
    arguments: Vec<Value>,
}

impl Conditions {
    /// Adds one; each `?` in it stands for the next of `values`.
    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        let mut condition = condition.to_owned();
        for value in values {
            self.arguments.push(value);
            let place = format!("${}", self.arguments.len());
            condition = condition.replacen('?', &place, 1);
        }
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition);
    }

    /// `AND (…`: the text is in the thread's name, or in its owner's.
    fn text(
        &mut self,
        database: &Database,
        owner: Option<Uuid>,
        text: &str,
        named: Option<String>,
    ) {
        const NAME: &str = r#""name_key" LIKE ? ESCAPE '\'"#;
        const USER: &str = r#"SELECT "user" FROM "users" WHERE "username_key" LIKE ? ESCAPE '\'"#;
        let pattern = Value::from(pattern(text));
        match (named, owner) {
            (Some(asked), _) => {
                self.arguments.push(asked.into());
                let named = database.named(&format!("${}", self.arguments.len()));
                let named = database.among(&named);
                let user = database.among(&format!(r#"{USER} AND "user" {named}"#));
                let called = format!(r#"("thread" {named} AND {NAME} OR "owner" {user}"#);
                self.and(&called, [pattern.clone(), pattern]);
            }
            // Nobody else's name is of any use.
            (None, Some(owner)) => {
                let called = format!(r#"({NAME} OR "owner" IN ({USER} AND "user" = '{owner}')"#);
                self.and(&called, [pattern.clone(), pattern]);
            }
            (None, None) => {
                let called = format!(r#"({NAME} OR "owner" IN ({USER})"#);
                self.and(&called, [pattern.clone(), pattern]);
            }
        }
    }

    fn span(&mut self, column: &str, span: Span) {
        if let Some(from) = span.from {
            self.and(&format!(r#""{column}" >= ?"#), [from.into()]);
        }
        if let Some(until) = span.until {
            self.and(&format!(r#""{column}" < ?"#), [until.into()]);
        }
    }
}

impl ThreadQuery {
    /// `None` when nothing can be found. `named`: what the index of names is asked for the text.
    fn conditions(&self, database: &Database, named: Option<String>) -> Option<Conditions> {
        // Somebody's are few among all, and so is what has a rare name. The other indexes are no use for them, and are
        // kept from planners that do not know it: SQLite's has no figures.
        let few = self.owner.is_some() || named.is_some();
        let of = |few_in: &'static str, all_in: &'static str| if few { few_in } else { all_in };
        let mut all = Conditions {
            sql: of(r#"WHERE "erased" + 0 = 0"#, r#"WHERE "erased" = 0"#).to_owned(),
            arguments: vec![],
        };
        if !self.hidden {
            all.and(r#""hidden_for" IS NULL"#, []);
        }
        if let Some(owner) = self.owner {
            all.and(r#""owner" = ?"#, [owner.to_string().into()]);
        }
        if let Some(dialect) = self.dialect {
            all.and(r#""dialect" = ?"#, [dialect.into()]);
        }
        if let Some(archived) = self.archived {
            let is = of(r#""is_archived" + 0 = ?"#, r#""is_archived" = ?"#);
            all.and(is, [i64::from(archived).into()]);
        }
        match self.flagged {
            Some(true) => all.and(
                of(
                    r#""is_flagged" = 1"#,
                    r#""is_flagged" = 1 AND "max_severity" IN ('low', 'medium', 'high', 'critical')"#,
                ),
                [],
            ),
            Some(false) => all.and(r#""is_flagged" = 0"#, []),
            None => {}
        }
        match self.severity.as_deref() {
            Some("none") => all.and(r#""is_flagged" = 0"#, []),
            Some(severity) => {
                let is = of(r#""max_severity" || '' = ?"#, r#""max_severity" = ?"#);
                all.and(is, [severity.into()]);
            }
            None => {}
        }
        all.span("created", self.created);
        all.span("modified", self.modified);
        if let Some(text) = &self.text {
            if !may_be_in_a_name(text) {
                return None;
            }
            all.text(database, self.owner, text, named);
            let terms = SearchTerms::read(text);
            if self.in_messages && !terms.is_empty() {
                let said = database.threads_with(&terms, self.owner, &mut all.arguments);
                let said = match few {
                    true => database.among(&said),
                    false => format!("IN ({said})"),
                };
                all.sql.push_str(&format!(r#" OR "thread" {said}"#));
            }
            all.sql.push(')');
        }
        Some(all)
    }

    fn page(&self, all: Conditions, offset: u64, limit: u64) -> (String, Vec<Value>) {
        let mut order: Vec<&str> = self.order.iter().map(|order| order.sql()).collect();
        if order.is_empty() {
            order.push(Order::CreatedDescending.sql());
        }
        // The same order on every page, in the direction that an index has.
        order.push(match order.last() {
            Some(last) if last.ends_with("DESC") => r#""thread" DESC"#,
            _ => r#""thread""#,
        });
        let rest = format!(
            "{} ORDER BY {} LIMIT {limit} OFFSET {offset}",
            all.sql,
            order.join(", ")
        );
        (rest, all.arguments)
    }
}

fn may_be_in_a_name(text: &str) -> bool {
    !text.contains('\0') && text.chars().count() <= LONGEST_TEXT
}

/// `%text%` with what has a meaning in a pattern escaped.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

impl Views {
    /// `None` when nothing can be found.
    async fn conditions_of(&self, query: &ThreadQuery) -> Result<Option<Conditions>, ViewError> {
        let named = match (&query.text, query.owner) {
            (Some(text), None) if may_be_in_a_name(text) => self.few_named(text).await?,
            _ => None,
        };
        Ok(query.conditions(&self.database, named))
    }

    /// How many threads there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_threads(&self, query: &ThreadQuery) -> Result<u64, ViewError> {
        match self.tallied(query).await? {
            Some(threads) => Ok(threads),
            None => self.counted(query).await,
        }
    }

    async fn counted(&self, query: &ThreadQuery) -> Result<u64, ViewError> {
        match self.conditions_of(query).await? {
            Some(all) => self.count::<ThreadRow>(&all.sql, &all.arguments).await,
            None => Ok(0),
        }
    }

    /// A page of threads.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn threads(
        &self,
        query: &ThreadQuery,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<ThreadRow>, ViewError> {
        let (query, offset) = self.nearer(query, offset).await?;
        let Some(all) = self.conditions_of(&query).await? else {
            return Ok(vec![]);
        };
        let (rest, arguments) = query.page(all, offset, limit);
        self.select(&rest, &arguments).await
    }

    /// A thread; an erased one is not there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn thread(&self, thread: Uuid) -> Result<Option<ThreadRow>, ViewError> {
        let row: Option<ThreadRow> = self.by_key(thread.to_string()).await?;
        Ok(row.filter(|row| !row.erased))
    }

    /// Whose these threads are, by thread.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn owners(
        &self,
        threads: impl IntoIterator<Item = String>,
    ) -> Result<Vec<(String, String)>, ViewError> {
        let threads: Vec<String> = threads.into_iter().collect();
        let rows: Vec<ThreadRow> = self.by_keys(&threads).await?;
        let owners = rows.into_iter().map(|row| (row.thread, row.owner));
        Ok(owners.collect())
    }

    /// How the database finds a page, for tests.
    ///
    /// # Errors
    /// When the database does not answer.
    #[doc(hidden)]
    pub async fn plan_of_threads(&self, query: &ThreadQuery) -> Result<String, ViewError> {
        let Some(all) = self.conditions_of(query).await? else {
            return Ok(String::new());
        };
        let (rest, arguments) = query.page(all, 0, 10);
        self.plan::<ThreadRow>(&rest, &arguments).await
    }

    /// How the database finds all that are counted, for tests.
    ///
    /// # Errors
    /// When the database does not answer.
    #[doc(hidden)]
    pub async fn plan_of_counting(&self, query: &ThreadQuery) -> Result<String, ViewError> {
        let Some(all) = self.conditions_of(query).await? else {
            return Ok(String::new());
        };
        self.plan::<ThreadRow>(&all.sql, &all.arguments).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_in_a_pattern_is_looked_for_as_it_is() {
        assert_eq!(pattern(r"50%_A\Ž"), r"%50\%\_a\\ž%");
    }
}
