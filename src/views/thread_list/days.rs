//! How many threads there are of each day: so that nobody counts all of them for a page, or reads over all that come
//! before it.

use projections::{Kind, Row, ThreadRow, Value};

use super::{
    super::{
        ViewError, Views,
        tally::{DAY, tally_of},
    },
    Order, Span, ThreadQuery,
};

/// Threads that may be read over to come to a page.
const NEAR: u64 = 1_000;

/// How many threads there are from a moment on, up to the next one in the list.
type Days = Vec<(i64, u64)>;

impl ThreadQuery {
    /// The time whose days count what is asked for; `None`: it has to be looked for.
    fn counted_by(&self) -> Option<&'static str> {
        let any = Span::default();
        if self.owner.is_some() || self.text.is_some() || !self.hidden {
            return None;
        }
        match (self.created == any, self.modified == any) {
            (true, true) => Some(self.order.first().map_or("created", |order| order.time())),
            (false, true) => Some("created"),
            (true, false) => Some("modified"),
            (false, false) => None,
        }
    }

    /// The span of that time.
    fn span(&mut self, time: &str) -> &mut Span {
        match time {
            "created" => &mut self.created,
            _ => &mut self.modified,
        }
    }
}

impl Order {
    fn time(self) -> &'static str {
        match self {
            Self::Created | Self::CreatedDescending => "created",
            Self::Modified | Self::ModifiedDescending => "modified",
        }
    }

    fn is_ascending(self) -> bool {
        matches!(self, Self::Created | Self::Modified)
    }
}

impl Views {
    /// How many threads there are; `None`: they have to be counted.
    pub(super) async fn tallied(&self, query: &ThreadQuery) -> Result<Option<u64>, ViewError> {
        let Some(time) = query.counted_by() else {
            return Ok(None);
        };
        let days = self.days(query, time).await?;
        Ok(Some(days.iter().map(|(_, threads)| threads).sum()))
    }

    /// The same page of fewer threads, without the days that lie before it; and how many come before it there.
    pub(super) async fn nearer(
        &self,
        query: &ThreadQuery,
        offset: u64,
    ) -> Result<(ThreadQuery, u64), ViewError> {
        let mut query = query.clone();
        let order = query.order.first().copied();
        let order = order.unwrap_or(Order::CreatedDescending);
        let time = match query.counted_by() {
            Some(time) if time == order.time() && offset > NEAR => time,
            _ => return Ok((query, offset)),
        };
        let mut days = self.days(&query, time).await?;
        if !order.is_ascending() {
            days.reverse();
        }
        let mut left = offset;
        for (day, threads) in days {
            if threads > left {
                let span = query.span(time);
                match order.is_ascending() {
                    true => span.from = span.from.max(Some(day)),
                    false => span.until = Some(end_of(day).min(span.until.unwrap_or(i64::MAX))),
                }
                return Ok((query, left));
            }
            left -= threads;
        }
        // Past the last one: as if nothing were known.
        Ok((query, offset))
    }

    /// The days on which there are any, oldest first; of those that the span cuts only what lies in it.
    async fn days(&self, query: &ThreadQuery, time: &str) -> Result<Days, ViewError> {
        let mut alike = query.clone();
        let span = std::mem::take(alike.span(time));
        let whole = span.from.map_or(0, |from| {
            from.div_euclid(DAY) + i64::from(from.rem_euclid(DAY) > 0)
        })
            ..span
                .until
                .map_or(i64::MAX / DAY, |until| until.div_euclid(DAY));
        let mut days = vec![];
        if whole.start > whole.end {
            days.push(self.of_part(query, time, span).await?);
            return Ok(days);
        }
        if let Some(from) = span.from.filter(|from| from.rem_euclid(DAY) > 0) {
            let part = Span {
                from: Some(from),
                until: Some(whole.start * DAY),
            };
            days.push(self.of_part(query, time, part).await?);
        }
        days.extend(self.of_whole(&alike, time, whole.start, whole.end).await?);
        if let Some(until) = span.until.filter(|until| until.rem_euclid(DAY) > 0) {
            let part = Span {
                from: Some(whole.end * DAY),
                until: Some(until),
            };
            days.push(self.of_part(query, time, part).await?);
        }
        Ok(days)
    }

    /// Those of a part of a day are counted.
    async fn of_part(
        &self,
        query: &ThreadQuery,
        time: &str,
        part: Span,
    ) -> Result<(i64, u64), ViewError> {
        let mut query = query.clone();
        *query.span(time) = part;
        let from = part.from.unwrap_or_default();
        Ok((from, self.counted(&query).await?))
    }

    async fn of_whole(
        &self,
        alike: &ThreadQuery,
        time: &str,
        from: i64,
        until: i64,
    ) -> Result<Days, ViewError> {
        let Some(mut all) = alike.conditions(&self.database, None) else {
            return Ok(vec![]);
        };
        all.and(
            r#""time" = ? AND "day" >= ? AND "day" < ?"#,
            [time.into(), from.into(), until.into()],
        );
        let sql = format!(
            r#"SELECT "day", CAST(sum("rows") AS BIGINT) FROM "{}" {} GROUP BY "day" ORDER BY "day""#,
            tally_of(ThreadRow::TABLE.name),
            all.sql
        );
        let kinds = [Kind::Int, Kind::Int];
        let rows = self.database.rows(&sql, &all.arguments, &kinds).await?;
        let day = |row: Vec<Value>| match row[..] {
            [Value::Int(Some(day)), Value::Int(Some(threads))] => {
                Some((day * DAY, threads.unsigned_abs()))
            }
            _ => None,
        };
        Ok(rows.into_iter().filter_map(day).collect())
    }
}

/// When the day ends that this moment lies in.
fn end_of(moment: i64) -> i64 {
    (moment.div_euclid(DAY) + 1) * DAY
}
