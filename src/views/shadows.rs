//! How the verdicts of a policy that only looks on differ from those that counted.

use aggregates::verdict::Severity;
use projections::ShadowRow;

use super::{ViewError, Views};

/// Pairs of policies that are told of: those whose last verdicts are the newest.
const PAIRS: usize = 20;
/// Rows that are looked at; a pair of policies has some dozens.
const ROWS: usize = 5_000;

/// Two policies compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShadowStats {
    /// The one that counted.
    pub policy: String,
    /// The one that only looked on.
    pub shadow: String,
    /// Texts that both have judged.
    pub texts: i64,
    /// Those that only the shadow would have flagged.
    pub newly_flagged: i64,
    /// Those that only the shadow would have let pass.
    pub newly_cleared: i64,
    /// From which severity to which other, and how many.
    pub moves: Vec<(String, String, i64)>,
}

impl Views {
    /// Every two policies that have judged the same texts, the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn shadow_stats(&self) -> Result<Vec<ShadowStats>, ViewError> {
        let newest = format!(r#"ORDER BY "last" DESC, "id" LIMIT {ROWS}"#);
        let rows: Vec<ShadowRow> = self.select(&newest, &[]).await?;
        let mut stats: Vec<ShadowStats> = vec![];
        for row in rows {
            let of_pair =
                |known: &ShadowStats| known.policy == row.policy && known.shadow == row.shadow;
            let place = match stats.iter().position(of_pair) {
                Some(place) => place,
                None if stats.len() == PAIRS => continue,
                None => {
                    stats.push(ShadowStats {
                        policy: row.policy.clone(),
                        shadow: row.shadow.clone(),
                        ..ShadowStats::default()
                    });
                    stats.len() - 1
                }
            };
            if let Some(pair) = stats.get_mut(place) {
                pair.add(row);
            }
        }
        for pair in &mut stats {
            pair.moves
                .sort_by_key(|(from, to, _)| [from, to].map(|severity| rank(severity)));
        }
        Ok(stats)
    }
}

/// How bad that is.
fn rank(severity: &str) -> usize {
    use Severity::{Critical, High, Low, Medium, None};
    let all = [None, Low, Medium, High, Critical];
    let known = all.iter().position(|one| one.as_str() == severity);
    known.unwrap_or(all.len())
}

impl ShadowStats {
    fn add(&mut self, row: ShadowRow) {
        self.texts += row.texts;
        match (row.action == "allow", row.shadow_action == "allow") {
            (true, false) => self.newly_flagged += row.texts,
            (false, true) => self.newly_cleared += row.texts,
            _ => {}
        }
        if row.severity == row.shadow_severity {
            return;
        }
        let same = |known: &&mut (String, String, i64)| {
            known.0 == row.severity && known.1 == row.shadow_severity
        };
        match self.moves.iter_mut().find(same) {
            Some((_, _, count)) => *count += row.texts,
            None => {
                let (from, to) = (row.severity.clone(), row.shadow_severity.clone());
                self.moves.push((from, to, row.texts));
            }
        }
    }
}
