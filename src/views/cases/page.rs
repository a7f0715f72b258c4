//! How a page of cases is found: in parts that are each in the order of an index, so that nothing is sorted that is not
//! shown.

use std::cmp::Ordering;

use projections::{CaseRow, CaseState, Value};
use uuid::Uuid;

use super::{super::parts::Part, CaseCursor, CaseOrder, CaseQuery};

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

/// Nothing of somebody's own. By key, so that it costs the same however much they have said themselves.
const NOT_OF: &str = r#"NOT EXISTS (SELECT 1 FROM "thread_list" AS "own"
                    WHERE "own"."thread" = "cases"."thread" AND "own"."owner" = ?)
                   AND NOT EXISTS (SELECT 1 FROM "completions" AS "own"
                    WHERE "own"."completion" = "cases"."completion" AND "own"."owner" = ?)"#;

/// A state that cases of a list are in. Each is asked for by itself, so that an index has them in their order.
#[derive(Clone, Copy)]
enum Within {
    Any,
    Exactly(CaseState),
    /// Claims that have not ended.
    Held,
    /// Claims that have ended: these cases are open.
    Lapsed,
}

impl CaseQuery {
    fn states(&self) -> &'static [Within] {
        match self.state {
            None => &[Within::Any],
            Some(CaseState::Open) => &[Within::Exactly(CaseState::Open), Within::Lapsed],
            Some(CaseState::Claimed) => &[Within::Held],
            Some(CaseState::Decided) => &[Within::Exactly(CaseState::Decided)],
            Some(CaseState::Appealed) => &[Within::Exactly(CaseState::Appealed)],
        }
    }

    fn conditions(&self, within: Within) -> Conditions {
        let mut all = Conditions::default();
        let claimed = r#""state" = 'claimed' AND "claim_expires""#;
        match within {
            Within::Any => {}
            Within::Exactly(state) => all.and(r#""state" = ?"#, state.as_str()),
            Within::Held => all.and(&format!("{claimed} > ?"), self.now),
            Within::Lapsed => all.and(&format!("{claimed} <= ?"), self.now),
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
                r#"("thread" IN (SELECT "thread" FROM "thread_list" WHERE "owner" = ?)
                    OR "completion" IN (SELECT "completion" FROM "completions" WHERE "owner" = ?))"#,
                user.to_string(),
            );
        }
        if let Some(user) = self.not_of {
            all.and(NOT_OF, user.to_string());
        }
        if let Some(moderator) = self.assignee {
            all.and(r#""claimed_by" = ?"#, moderator.to_string());
            all.and(r#""claim_expires" > ?"#, self.now);
        }
        if let Some(from) = self.opened.from {
            all.and(r#""opened" >= ?"#, from);
        }
        if let Some(until) = self.opened.until {
            all.and(r#""opened" < ?"#, until);
        }
        all
    }

    /// What follows after a place, in parts that each begin somewhere in an index.
    fn parts(&self, within: Within, after: Option<&CaseCursor>) -> Vec<Conditions> {
        let Some(CaseCursor { rank, opened, case }) = after else {
            return vec![self.conditions(within)];
        };
        let from = |comparison: &str| {
            let mut all = self.conditions(within);
            all.arguments
                .extend([(*opened).into(), case.to_string().into()]);
            let last = all.arguments.len();
            all.all.push(format!(
                r#"("opened", "case") {comparison} (${}, ${last})"#,
                last - 1
            ));
            all
        };
        match self.order {
            CaseOrder::Oldest => vec![from(">")],
            CaseOrder::Newest => vec![from("<")],
            CaseOrder::Worst => {
                let (mut alike, mut better) = (from(">"), self.conditions(within));
                alike.and(r#""rank" = ?"#, *rank);
                better.and(r#""rank" < ?"#, *rank);
                vec![alike, better]
            }
        }
    }

    /// What a page is put together from, whatever is said in them.
    pub(super) fn page(&self, after: Option<&CaseCursor>, limit: u64) -> Vec<Part> {
        let order = match self.order {
            CaseOrder::Worst => r#""rank" DESC, "opened", "case""#,
            CaseOrder::Oldest => r#""opened", "case""#,
            CaseOrder::Newest => r#""opened" DESC, "case" DESC"#,
        };
        let states = self.states().iter();
        let parts = states.flat_map(|within| self.parts(*within, after));
        parts
            .map(|all| {
                let sql = format!("{} ORDER BY {order} LIMIT {limit}", all.sql());
                (sql, all.arguments)
            })
            .collect()
    }

    pub(super) fn sort(&self, rows: &mut [CaseRow]) {
        match self.order {
            CaseOrder::Worst => rows.sort_by(worst),
            CaseOrder::Oldest => rows.sort_by(oldest),
            CaseOrder::Newest => rows.sort_by(|one, other| oldest(other, one)),
        }
    }
}

/// The worst first, of equal ones the oldest.
pub(super) fn worst(one: &CaseRow, other: &CaseRow) -> Ordering {
    other.rank.cmp(&one.rank).then_with(|| oldest(one, other))
}

fn oldest(one: &CaseRow, other: &CaseRow) -> Ordering {
    (one.opened, &one.case).cmp(&(other.opened, &other.case))
}

/// What the cases to be taken next are put together from.
pub(super) fn next_page(
    now: i64,
    moderator: Uuid,
    after: Option<&CaseCursor>,
    limit: usize,
) -> Vec<Part> {
    let free = CaseQuery {
        now,
        not_of: Some(moderator),
        ..CaseQuery::default()
    };
    let mut selects = vec![];
    for within in [
        Within::Exactly(CaseState::Open),
        Within::Exactly(CaseState::Appealed),
        Within::Lapsed,
    ] {
        for mut all in free.parts(within, after) {
            if let Within::Exactly(CaseState::Appealed) = within {
                let unclaimed = r#"("claim_expires" IS NULL OR "claim_expires" <= ?)"#;
                all.and(unclaimed, now);
            }
            if !matches!(within, Within::Exactly(CaseState::Open)) {
                let foreign = r#"("decided_by" IS NULL OR "decided_by" <> ?)"#;
                all.and(foreign, moderator.to_string());
            }
            let sql = format!(
                r#"{} ORDER BY "rank" DESC, "opened", "case" LIMIT {limit}"#,
                all.sql()
            );
            selects.push((sql, all.arguments));
        }
    }
    selects
}
