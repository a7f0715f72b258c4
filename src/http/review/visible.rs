//! Cases as one reviewer sees them: what is kept from them is skipped before anything is counted or cut, so that neither
//! a page nor its cursor tells of it.

use super::access::Reviewer;
use crate::{
    http::{Api, threads::error::Error},
    views::{CaseCursor, CaseQuery, CaseRow},
};

/// Cases that are read at a time, at least.
const PAGE: u64 = 200;
/// How often more of them are read for one request.
pub(super) const MOST_PAGES: usize = 50;

/// What was found for a reviewer.
pub(super) struct Visible {
    pub(super) rows: Vec<CaseRow>,
    /// There are no others, unless there are as many as were wanted.
    pub(super) is_whole: bool,
}

/// The first cases after `after` that this reviewer may do all of `actions` to, no more than `limit`; none of their own.
pub(super) async fn visible(
    api: &Api,
    reviewer: &Reviewer,
    actions: &[&str],
    query: &CaseQuery,
    mut after: Option<CaseCursor>,
    limit: u64,
) -> Result<Visible, Error> {
    let query = CaseQuery {
        not_of: Some(reviewer.who.user.0),
        ..query.clone()
    };
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    // Whom nothing is kept from gets what is read first.
    let (mut size, mut rows) = (limit, vec![]);
    for _ in 0..MOST_PAGES {
        let page = api.views.cases(&query, after.as_ref(), size).await?;
        let is_last = (page.len() as u64) < size;
        after = page.last().and_then(CaseCursor::after);
        for row in page {
            if rows.len() < wanted && reviewer.allows(api, actions, &row).await? {
                rows.push(row);
            }
        }
        if is_last || after.is_none() || rows.len() == wanted {
            let is_whole = true;
            return Ok(Visible { rows, is_whole });
        }
        size = limit.max(PAGE);
    }
    let is_whole = false;
    Ok(Visible { rows, is_whole })
}

/// Where too many cases in a row are kept from a reviewer.
pub(super) fn too_far() -> Error {
    Error::Busy(
        "Policies keep too much of the queue from you to look through all of it; narrow the filter, or try again later."
            .into(),
    )
}
