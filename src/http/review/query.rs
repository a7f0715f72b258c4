//! Parameters, or a filter's fields, to which cases are meant.

use super::access::SEVERITIES;
use crate::{
    clock,
    http::threads::{
        error::Error,
        params::{Filters, Params},
    },
    views::{CaseCursor, CaseOrder, CaseQuery, CaseState},
};

/// Cases of a page that names no size.
const SIZE: u64 = 50;
/// Cases of the largest page.
const LARGEST: u64 = 200;
/// The states a case can be in.
pub(super) const STATES: [CaseState; 4] = [
    CaseState::Open,
    CaseState::Claimed,
    CaseState::Decided,
    CaseState::Appealed,
];
/// What many cases are named by. Not by what is said in them: a count would tell that without a look.
pub(super) const NAMES: [&str; 9] = [
    "state",
    "severity",
    "min_severity",
    "category",
    "user",
    "assignee",
    "created",
    "from",
    "to",
];
/// The longest text that is looked for, in characters.
pub(super) const LONGEST_SEARCH: usize = 200;
/// The orders.
pub(super) const ORDERS: [(&str, CaseOrder); 3] = [
    ("-severity", CaseOrder::Worst),
    ("created", CaseOrder::Oldest),
    ("-created", CaseOrder::Newest),
];

/// A page of cases.
pub(super) struct Asked {
    pub(super) query: CaseQuery,
    pub(super) after: Option<CaseCursor>,
    pub(super) limit: u64,
}

/// Reads which page is asked for.
pub(super) fn page(params: &Params) -> Result<Asked, Error> {
    let query = cases(params)?;
    let after = params
        .last("cursor")
        .map(str::parse)
        .transpose()
        .map_err(|_| Error::field("cursor", "Use the next_cursor of the page before."))?;
    let limit = match params.last("limit").map(str::parse::<u64>) {
        None => SIZE,
        Some(Ok(limit)) if (1..=LARGEST).contains(&limit) => limit,
        Some(_) => {
            let sentence = format!("Enter a whole number from 1 to {LARGEST}.");
            return Err(Error::field("limit", sentence));
        }
    };
    Ok(Asked {
        query,
        after,
        limit,
    })
}

/// Reads which cases are meant.
pub(super) fn cases(params: &Params) -> Result<CaseQuery, Error> {
    let mut filters = Filters::new(params);
    let severity = |name: &str| SEVERITIES.iter().position(|known| known.as_str() == name);
    let rank = |place: usize| i64::try_from(place).unwrap_or(0);
    let query = CaseQuery {
        state: filters.choice("state", |word| {
            STATES.into_iter().find(|state| state.as_str() == word)
        }),
        rank: filters.choice("severity", severity).map(rank),
        min_rank: filters.choice("min_severity", severity).map(rank),
        category: filters.choice("category", category),
        user: filters.uuid("user"),
        not_of: None,
        assignee: filters.uuid("assignee"),
        opened: filters.span("created", "from", "to"),
        text: filters.text("q", LONGEST_SEARCH),
        now: clock::now_micros(),
        order: filters
            .choice("o", |word| {
                let order = ORDERS.into_iter().find(|(name, _)| *name == word);
                order.map(|(_, order)| order)
            })
            .unwrap_or_default(),
    };
    filters.checked(query)
}

/// A category's name has nothing in it that a pattern could mean.
fn category(word: &str) -> Option<String> {
    let fits = word
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (fits && word.len() <= 64).then(|| word.to_owned())
}
