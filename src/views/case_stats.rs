//! What is counted of the moderators' queue.

use projections::{CaseState, Kind, Value};

use super::{ViewError, Views};

/// What is counted of all cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseStats {
    /// State, severity, and how many.
    pub counts: Vec<(String, String, i64)>,
    /// When the oldest was flagged that waits for a decision.
    pub oldest: Option<i64>,
    /// Half of the decisions that stand took no longer than this, in microseconds.
    pub median: Option<i64>,
    /// Moderators, and how many of their decisions stand.
    pub deciders: Vec<(String, i64)>,
    /// Decisions in all.
    pub decisions: i64,
    /// Those of them that were undone.
    pub overturned: i64,
    /// Cases that detectors have flagged.
    pub automated: i64,
    /// Cases that only people have.
    pub manual: i64,
}

impl Views {
    /// What is counted of all cases at this time, in microseconds since 1970: claims end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn case_stats(&self, now: i64) -> Result<CaseStats, ViewError> {
        let (text, int) = (Kind::Text, Kind::Int);
        let mut stats = CaseStats::default();
        // A claim that has ended leaves its case open.
        let counts = r#"SELECT CASE WHEN "state" = 'claimed' AND "claim_expires" <= $1 THEN 'open' ELSE "state" END,
            "severity", "automated", count(*), min("opened"),
            CAST(sum("decisions") AS BIGINT), CAST(sum("overturned") AS BIGINT)
            FROM "cases" GROUP BY 1, 2, 3 ORDER BY 1, 2"#;
        let kinds = [text, text, int, int, int, int, int];
        for row in self.database.rows(counts, &[now.into()], &kinds).await? {
            let Ok(
                [
                    Value::Text(Some(state)),
                    Value::Text(Some(severity)),
                    Value::Int(Some(automated)),
                    Value::Int(Some(count)),
                    Value::Int(oldest),
                    Value::Int(decisions),
                    Value::Int(overturned),
                ],
            ) = <[Value; 7]>::try_from(row)
            else {
                continue;
            };
            if state != CaseState::Decided.as_str() {
                stats.oldest = stats.oldest.into_iter().chain(oldest).min();
            }
            match automated {
                0 => stats.manual += count,
                _ => stats.automated += count,
            }
            stats.decisions += decisions.unwrap_or(0);
            stats.overturned += overturned.unwrap_or(0);
            match stats.counts.last_mut() {
                Some((known, like, so_far)) if *known == state && *like == severity => {
                    *so_far += count;
                }
                _ => stats.counts.push((state, severity, count)),
            }
        }
        let deciders = r#"SELECT "decided_by", count(*) FROM "cases"
            WHERE "decided_by" IS NOT NULL GROUP BY "decided_by" ORDER BY 2 DESC, 1 LIMIT 1000"#;
        for row in self.database.rows(deciders, &[], &[text, int]).await? {
            if let [Value::Text(Some(moderator)), Value::Int(Some(count))] = row.as_slice() {
                stats.deciders.push((moderator.clone(), *count));
            }
        }
        let decided: i64 = stats.deciders.iter().map(|(_, count)| count).sum();
        let median = format!(
            r#"SELECT "decided" - "opened" FROM "cases" WHERE "decided" IS NOT NULL
               ORDER BY 1 LIMIT 1 OFFSET {}"#,
            decided.saturating_sub(1).max(0) / 2
        );
        let rows = self.database.rows(&median, &[], &[int]).await?;
        if let Some([Value::Int(median)]) = rows.first().map(Vec::as_slice) {
            stats.median = *median;
        }
        Ok(stats)
    }
}
