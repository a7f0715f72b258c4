//! `quotas`: how many tokens a user may use, where somebody has said so.

use aggregates::quota::QuotaEvent;

use crate::{Event, Projection, Recorded, row::row};

row! {
    /// A user's limits in tokens; nothing: the server's, -1: none.
    pub struct QuotaRow in "quotas" {
        /// Whose.
        pub user: String,
        /// In a day.
        pub daily: Option<i64>,
        /// In a week.
        pub weekly: Option<i64>,
        /// In a month.
        pub monthly: Option<i64>,
    }
    indexes {}
}

/// The projection.
#[derive(Clone, Copy, Debug)]
pub struct Quotas;

impl Projection for Quotas {
    const VERSION: u32 = 1;
    type Row = QuotaRow;

    fn keys(event: &Recorded) -> Vec<String> {
        match event.event {
            Event::Quota(_) => vec![event.aggregate_id.clone()],
            _ => vec![],
        }
    }

    fn fold(row: Option<QuotaRow>, key: &str, event: &Recorded) -> Option<QuotaRow> {
        match &event.event {
            Event::Quota(QuotaEvent::Set { limits, .. }) => Some(QuotaRow {
                user: key.to_owned(),
                daily: limits.daily,
                weekly: limits.weekly,
                monthly: limits.monthly,
            }),
            _ => row,
        }
    }

    fn renews(event: &Recorded, _key: &str) -> bool {
        matches!(event.event, Event::Quota(QuotaEvent::Set { .. }))
    }
}
