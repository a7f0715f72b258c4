//! The moderators' queue.

mod page;

use std::{collections::HashSet, fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use projections::{CaseRow, CaseState, Kind, TranscriptRow, Value};
use serde_json::json;
use uuid::Uuid;

use self::page::{next_page, worst};
use super::{BadCursor, Span, ViewError, Views, parts::Part};

/// Candidates that tests look up at a time.
const CANDIDATES: usize = 20;
/// Cases that are looked through at a time for what is said in them, at least.
const LOOKED_THROUGH: u64 = 200;

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
    /// In what this user said, and was answered.
    pub user: Option<Uuid>,
    /// Not about what this user said, and was answered.
    pub not_of: Option<Uuid>,
    /// That this moderator works on.
    pub assignee: Option<Uuid>,
    /// When they were flagged.
    pub opened: Span,
    /// In what a thread's message says now, in capitals or not.
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
        let Some(text) = &query.text else {
            return self.cases_of_any_text(query, after, limit).await;
        };
        // The databases do not agree on which letters are capitals, and SQLite knows those of ASCII only.
        let sought = text.to_lowercase();
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let size = limit.max(LOOKED_THROUGH);
        let (mut after, mut found) = (after.cloned(), vec![]);
        loop {
            let page = self.cases_of_any_text(query, after.as_ref(), size).await?;
            let is_last = (page.len() as u64) < size;
            after = page.last().and_then(CaseCursor::after);
            let saying = self.saying(&page, &sought).await?;
            found.extend(page.into_iter().filter(|row| saying.contains(&row.case)));
            if found.len() >= wanted || is_last || after.is_none() {
                found.truncate(wanted);
                return Ok(found);
            }
        }
    }

    /// Those of these cases whose messages say this, which has no capitals. No more than one text is at hand at a time.
    async fn saying(&self, cases: &[CaseRow], sought: &str) -> Result<HashSet<String>, ViewError> {
        let sql = format!(
            r#"SELECT "message", "text" FROM "transcript" WHERE "message" {}"#,
            self.database.among_json()
        );
        let ids: Vec<&str> = cases.iter().map(|row| row.case.as_str()).collect();
        let arguments = [json!(ids).to_string().into()];
        let mut saying = HashSet::new();
        let take = |row: Vec<Value>| {
            if let Ok([Value::Text(Some(message)), Value::Text(Some(text))]) =
                <[Value; 2]>::try_from(row)
                && text.to_lowercase().contains(sought)
            {
                saying.insert(message);
            }
        };
        let kinds = [Kind::Text, Kind::Text];
        self.database
            .each_by_index(&sql, &arguments, &kinds, take)
            .await?;
        Ok(saying)
    }

    async fn cases_of_any_text(
        &self,
        query: &CaseQuery,
        after: Option<&CaseCursor>,
        limit: u64,
    ) -> Result<Vec<CaseRow>, ViewError> {
        let mut rows: Vec<CaseRow> = self.select_parts(&query.page(after, limit)).await?;
        query.sort(&mut rows);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
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

    /// What this moderator works on at that time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn claims_of(&self, moderator: Uuid, now: i64) -> Result<Vec<CaseRow>, ViewError> {
        let rest = r#"WHERE "claimed_by" = $1 AND "claim_expires" > $2"#;
        let arguments = [moderator.to_string().into(), now.into()];
        self.select(rest, &arguments).await
    }

    /// Cases that this moderator should take next, the worst and oldest first: nobody works on them at that time, they
    /// are not about what the moderator has said, and an appeal is not against the moderator's own decision. Those
    /// after `after`, where that is given, and no more than `limit`; none when there are no more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next_cases(
        &self,
        now: i64,
        moderator: Uuid,
        after: Option<&CaseCursor>,
        limit: usize,
    ) -> Result<Vec<CaseRow>, ViewError> {
        let parts = next_page(now, moderator, after, limit);
        let mut cases: Vec<CaseRow> = self.select_parts(&parts).await?;
        cases.sort_by(worst);
        cases.truncate(limit);
        Ok(cases)
    }

    /// What was said around a place of a thread, so many messages before it and after it. Around a version of a message:
    /// what stood before it when it was said, and after it until another replaced it, if one has.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn around(
        &self,
        thread: &str,
        place: i64,
        version: Option<&TranscriptRow>,
        messages: usize,
    ) -> Result<(Vec<TranscriptRow>, Vec<TranscriptRow>), ViewError> {
        let said = version.map_or(i64::MAX, |version| version.created);
        let newer: Option<TranscriptRow> = match version.and_then(|row| row.replaced_by.clone()) {
            Some(newer) => self.by_key(newer).await?,
            None => None,
        };
        // What answers the newer one may be of the same moment.
        let replaced = newer.map_or(i64::MAX, |newer| newer.created - 1);
        // Of each place the one version that was the newest at the moment `$3`.
        let side = |comparison: &str, begun: &str, direction: &str, moment: i64| -> Part {
            let rest = format!(
                r#"WHERE "thread" = $1 AND "place" {comparison} $2 AND ({begun})
                   AND ("replaced_by" IS NULL OR $3 < (SELECT "newer"."created" FROM "transcript" AS "newer"
                     WHERE "newer"."message" = "transcript"."replaced_by"))
                   AND "status" <> 'generating' ORDER BY "place" {direction} LIMIT {messages}"#
            );
            (rest, vec![thread.into(), place.into(), moment.into()])
        };
        // What is said while others wait for their answers stands after those, which are made later.
        let before = r#""created" <= $3 OR "replaces" IS NULL"#;
        let after = r#""created" <= $3"#;
        let sides = [
            side("<", before, "DESC", said),
            side(">", after, "ASC", replaced),
        ];
        let mut rows: Vec<TranscriptRow> = self.select_parts(&sides).await?;
        rows.sort_by_key(|row| row.place);
        Ok(rows.into_iter().partition(|row| row.place < place))
    }

    /// How the database finds a page, for tests: each part of it, and then the whole.
    ///
    /// # Errors
    /// When the database does not answer.
    #[doc(hidden)]
    pub async fn plans_of_cases(
        &self,
        query: &CaseQuery,
        after: Option<&CaseCursor>,
    ) -> Result<Vec<String>, ViewError> {
        self.plans_of_parts::<CaseRow>(&query.page(after, 10)).await
    }

    /// How it finds the cases to be taken next, for tests.
    ///
    /// # Errors
    /// When the database does not answer.
    #[doc(hidden)]
    pub async fn plans_of_next_cases(
        &self,
        after: Option<&CaseCursor>,
    ) -> Result<Vec<String>, ViewError> {
        let parts = next_page(0, Uuid::nil(), after, CANDIDATES);
        self.plans_of_parts::<CaseRow>(&parts).await
    }
}
