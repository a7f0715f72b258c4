//! The moderators' queue.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use projections::{CaseRow, CaseState, TranscriptRow, Value};
use uuid::Uuid;

use super::{BadCursor, Span, ViewError, Views, thread_list::pattern};

/// Candidates that are looked up at a time.
const CANDIDATES: u64 = 20;

/// Which cases, and in which order.
#[derive(Clone, Debug, Default)]
pub struct CaseQuery {
    /// How far they are. A claim that has ended leaves its case open.
    pub state: Option<CaseState>,
    /// Exactly this bad, 0 to 4.
    pub rank: Option<i64>,
    /// At least so bad.
    pub min_rank: Option<i64>,
    /// Where this was found; letters, digits and underscores.
    pub category: Option<String>,
    /// In this user's threads.
    pub user: Option<Uuid>,
    /// That this moderator works on.
    pub assignee: Option<Uuid>,
    /// When they were flagged.
    pub opened: Span,
    /// In what the message says now; of other letters than A to Z as they are written.
    pub text: Option<String>,
    /// The time, in microseconds since 1970: claims end.
    pub now: i64,
    /// By what they are sorted.
    pub order: CaseOrder,
}

/// By what a list of cases is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CaseOrder {
    /// The worst first, of equal ones the oldest.
    #[default]
    Worst,
    /// The oldest first.
    Oldest,
    /// The newest first.
    Newest,
}

/// Where a page of cases ended. As text it is opaque and fit for a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseCursor {
    rank: i64,
    opened: i64,
    case: Uuid,
}

impl CaseCursor {
    /// After this one.
    #[must_use]
    pub fn after(row: &CaseRow) -> Option<Self> {
        Some(Self {
            rank: row.rank,
            opened: row.opened,
            case: row.case.parse().ok()?,
        })
    }
}

impl fmt::Display for CaseCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.rank.to_be_bytes().to_vec();
        bytes.extend(self.opened.to_be_bytes());
        bytes.extend(self.case.as_bytes());
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for CaseCursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| BadCursor)?;
        let (rank, rest) = bytes.split_first_chunk().ok_or(BadCursor)?;
        let (opened, case) = rest.split_first_chunk().ok_or(BadCursor)?;
        Ok(Self {
            rank: i64::from_be_bytes(*rank),
            opened: i64::from_be_bytes(*opened),
            case: Uuid::from_slice(case).map_err(|_| BadCursor)?,
        })
    }
}

/// Conditions with their arguments.
#[derive(Default)]
struct Conditions {
    all: Vec<String>,
    arguments: Vec<Value>,
}

impl Conditions {
    /// Adds one; every `?` in it stands for `value`.
    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.arguments.push(value.into());
        let place = format!("${}", self.arguments.len());
        self.all.push(condition.replace('?', &place));
    }

    fn sql(&self) -> String {
        match self.all.is_empty() {
            true => String::new(),
            false => format!("WHERE {}", self.all.join(" AND ")),
        }
    }
}

impl CaseQuery {
    fn conditions(&self) -> Conditions {
        let mut all = Conditions::default();
        match self.state {
            Some(CaseState::Open) => all.and(
                r#"("state" = 'open' OR "state" = 'claimed' AND "claim_expires" <= ?)"#,
                self.now,
            ),
            Some(CaseState::Claimed) => {
                all.and(r#""state" = 'claimed' AND "claim_expires" > ?"#, self.now);
            }
            Some(state) => all.and(r#""state" = ?"#, state.as_str()),
            None => {}
        }
        if let Some(rank) = self.rank {
            all.and(r#""rank" = ?"#, rank);
        }
        if let Some(rank) = self.min_rank {
            all.and(r#""rank" >= ?"#, rank);
        }
        if let Some(category) = &self.category {
            let pattern = format!("%\"{}\"%", category.replace('_', "\\_"));
            all.and(r#""categories" LIKE ? ESCAPE '\'"#, pattern);
        }
        if let Some(user) = self.user {
            all.and(
                r#""thread" IN (SELECT "thread" FROM "thread_list" WHERE "owner" = ?)"#,
                user.to_string(),
            );
        }
        if let Some(moderator) = self.assignee {
            all.and(r#""claimed_by" = ?"#, moderator.to_string());
            all.and(r#""claim_expires" > ?"#, self.now);
        }
        if let Some(text) = &self.text {
            all.and(
                r#"EXISTS (SELECT 1 FROM "transcript"
                    WHERE "message" = "case" AND lower("text") LIKE ? ESCAPE '\')"#,
                pattern(text),
            );
        }
        if let Some(from) = self.opened.from {
            all.and(r#""opened" >= ?"#, from);
        }
        if let Some(until) = self.opened.until {
            all.and(r#""opened" < ?"#, until);
        }
        all
    }

    fn page(&self, after: Option<&CaseCursor>, limit: u64) -> (String, Vec<Value>) {
        let mut all = self.conditions();
        if let Some(CaseCursor { rank, opened, case }) = after {
            let (case, opened) = (case.to_string(), *opened);
            all.arguments
                .extend([(*rank).into(), opened.into(), case.into()]);
            let last = all.arguments.len();
            let (rank, opened, case) = (last - 2, last - 1, last);
            all.all.push(match self.order {
                CaseOrder::Worst => format!(
                    r#"("rank" < ${rank} OR "rank" = ${rank} AND ("opened", "case") > (${opened}, ${case}))"#
                ),
                CaseOrder::Oldest => format!(r#"("opened", "case") > (${opened}, ${case})"#),
                CaseOrder::Newest => format!(r#"("opened", "case") < (${opened}, ${case})"#),
            });
            if self.order != CaseOrder::Worst {
                // Every argument has to have a type that PostgreSQL can see.
                all.all.push(format!("CAST(${rank} AS BIGINT) IS NOT NULL"));
            }
        }
        let order = match self.order {
            CaseOrder::Worst => r#""rank" DESC, "opened", "case""#,
            CaseOrder::Oldest => r#""opened", "case""#,
            CaseOrder::Newest => r#""opened" DESC, "case" DESC"#,
        };
        let sql = format!("{} ORDER BY {order} LIMIT {limit}", all.sql());
        (sql, all.arguments)
    }
}

impl Views {
    /// A page of cases.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn cases(
        &self,
        query: &CaseQuery,
        after: Option<&CaseCursor>,
        limit: u64,
    ) -> Result<Vec<CaseRow>, ViewError> {
        let (rest, arguments) = query.page(after, limit);
        self.select(&rest, &arguments).await
    }

    /// How many cases there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count_cases(&self, query: &CaseQuery) -> Result<u64, ViewError> {
        let all = query.conditions();
        self.count::<CaseRow>(&all.sql(), &all.arguments).await
    }

    /// A case.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn case(&self, message: Uuid) -> Result<Option<CaseRow>, ViewError> {
        self.by_key(message.to_string()).await
    }

    /// The cases of a thread's messages: their ids.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn cases_of(&self, thread: &str) -> Result<Vec<String>, ViewError> {
        let rest = r#"WHERE "thread" = $1"#;
        let rows: Vec<CaseRow> = self.select(rest, &[thread.into()]).await?;
        Ok(rows.into_iter().map(|row| row.case).collect())
    }

    /// Cases that this moderator should take next, the worst and oldest first: nobody works on them at that time, they
    /// are not about the moderator's own conversations, and an appeal is not against the moderator's own decision.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next_cases(&self, now: i64, moderator: Uuid) -> Result<Vec<CaseRow>, ViewError> {
        let order = format!(r#"ORDER BY "rank" DESC, "opened", "case" LIMIT {CANDIDATES}"#);
        let foreign = r#""thread" NOT IN (SELECT "thread" FROM "thread_list" WHERE "owner" = $1)"#;
        let me = moderator.to_string();
        let open = format!(r#"WHERE "state" = 'open' AND {foreign} {order}"#);
        let mut cases: Vec<CaseRow> = self.select(&open, &[me.as_str().into()]).await?;
        for (state, unclaimed) in [
            ("appealed", r#"OR "claim_expires" IS NULL"#),
            ("claimed", ""),
        ] {
            let sql = format!(
                r#"WHERE "state" = '{state}' AND {foreign} AND ("claim_expires" <= $2 {unclaimed})
                   AND ("decided_by" IS NULL OR "decided_by" <> $1) {order}"#
            );
            let arguments = [me.as_str().into(), now.into()];
            cases.extend(self.select::<CaseRow>(&sql, &arguments).await?);
        }
        cases.sort_by(|one, other| {
            (-one.rank, one.opened, &one.case).cmp(&(-other.rank, other.opened, &other.case))
        });
        Ok(cases)
    }

    /// What was said around a place of a thread, in the newest versions: so many before it and after it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn around(
        &self,
        thread: &str,
        place: i64,
        messages: u32,
    ) -> Result<(Vec<TranscriptRow>, Vec<TranscriptRow>), ViewError> {
        let side = |comparison: &str, direction: &str| {
            format!(
                r#"WHERE "thread" = $1 AND "place" {comparison} $2 AND "replaced_by" IS NULL
                   AND "status" <> 'generating' ORDER BY "place" {direction} LIMIT {messages}"#
            )
        };
        let arguments = [thread.into(), place.into()];
        let mut before: Vec<TranscriptRow> = self.select(&side("<", "DESC"), &arguments).await?;
        before.reverse();
        let after = self.select(&side(">", "ASC"), &arguments).await?;
        Ok((before, after))
    }

    /// How the database finds a page, for tests.
    ///
    /// # Errors
    /// When the database does not answer.
    #[doc(hidden)]
    pub async fn plan_of_cases(&self, query: &CaseQuery) -> Result<String, ViewError> {
        let (rest, arguments) = query.page(None, 10);
        self.plan::<CaseRow>(&rest, &arguments).await
    }
}
