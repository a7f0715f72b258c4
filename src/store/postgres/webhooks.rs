//! What webhooks are told.

use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

use super::{
    super::{
        DeliveryPlan, DeliveryRow, DeliveryState, DueDelivery, Failing, NewDelivery, Sign,
        StoreError, Tried, WebhookFeed,
        log::{counted, stored},
        webhooks::{WEBHOOKS, state},
    },
    PostgresStore, again,
};

const SIGNS: &str = "
SELECT global_position AS position, recorded_at, aggregate_type, aggregate_id, sequence, event_type, event_version,
       metadata ->> 'by' AS by_whom, CASE event_type WHEN 'content.read' THEN payload::text END AS shown
  FROM events WHERE global_position > $1 AND global_position <= $2 ORDER BY global_position LIMIT $3";

const DUE: &str = "
SELECT due.id, due.attempts, global_position AS position, recorded_at, aggregate_type, aggregate_id, sequence,
       events.event_type, event_version, metadata ->> 'by' AS by_whom, NULL AS shown
  FROM webhook_deliveries AS due JOIN events ON global_position = due.position
 WHERE due.webhook = $1 AND due.state = 'waiting' AND due.due_at <= $2 ORDER BY due.due_at, due.position LIMIT $3";

/// One statement, so all of it or nothing.
const PLAN: &str = "
WITH held AS (
    SELECT name FROM subscriptions WHERE name = $1 AND holder = $2 FOR UPDATE
), feeds AS (
    INSERT INTO webhook_feeds AS known (webhook, position, replay_after, replay_until, replayed)
    SELECT new.* FROM held, unnest($3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]) AS new
        ON CONFLICT (webhook) DO UPDATE SET position = greatest(known.position, excluded.position),
           replay_after = excluded.replay_after, replay_until = excluded.replay_until, replayed = excluded.replayed
), fresh AS (
    INSERT INTO webhook_deliveries (webhook, position, id, event_type, state, attempts, due_at)
    SELECT new.*, 'waiting', 0, $8 FROM held, unnest($9::text[], $10::bigint[], $11::text[], $12::text[]) AS new
        ON CONFLICT (webhook, position) DO NOTHING
), again AS (
    INSERT INTO webhook_deliveries (webhook, position, id, event_type, state, attempts, due_at)
    SELECT new.*, 'waiting', 0, $8 FROM held, unnest($13::text[], $14::bigint[], $15::text[], $16::text[]) AS new
        ON CONFLICT (webhook, position) DO UPDATE SET state = 'waiting', attempts = 0, due_at = excluded.due_at
)
SELECT name FROM held";

impl PostgresStore {
    pub(in crate::store) async fn signs_after(
        &self,
        position: u64,
        last: u64,
        limit: u32,
    ) -> Result<Vec<Sign>, StoreError> {
        let rows: Result<Vec<PgRow>, StoreError> = again!(
            self,
            sqlx::query(SIGNS)
                .bind(stored(position))
                .bind(stored(last))
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
        );
        let signs: Result<_, sqlx::Error> = rows?.iter().map(sign).collect();
        signs.map_err(StoreError::of)
    }

    pub(in crate::store) async fn webhook_feeds(&self) -> Result<Vec<WebhookFeed>, StoreError> {
        let rows: Result<Vec<PgRow>, StoreError> = again!(
            self,
            sqlx::query("SELECT * FROM webhook_feeds").fetch_all(&self.pool)
        );
        let feeds: Result<_, sqlx::Error> = rows?.iter().map(feed).collect();
        feeds.map_err(StoreError::of)
    }

    pub(in crate::store) async fn plan_deliveries(
        &self,
        node: Uuid,
        plan: &DeliveryPlan,
    ) -> Result<bool, StoreError> {
        let webhooks: Vec<&str> = plan.feeds.iter().map(|feed| &*feed.webhook).collect();
        let positions: Vec<i64> = plan
            .feeds
            .iter()
            .map(|feed| stored(feed.position))
            .collect();
        let replays = plan.feeds.iter().map(|feed| {
            let (after, until) = feed.replay.unzip();
            (after.map(stored), until.map(stored))
        });
        let (after, until): (Vec<Option<i64>>, Vec<Option<i64>>) = replays.unzip();
        let replayed: Vec<i64> = plan
            .feeds
            .iter()
            .map(|feed| stored(feed.replayed))
            .collect();
        let (fresh, repeated) = (Columns::of(&plan.fresh), Columns::of(&plan.again));
        let held: Result<Option<PgRow>, StoreError> = again!(
            self,
            sqlx::query(PLAN)
                .bind(WEBHOOKS)
                .bind(node)
                .bind(&webhooks)
                .bind(&positions)
                .bind(&after)
                .bind(&until)
                .bind(&replayed)
                .bind(plan.due_at)
                .bind(&fresh.webhooks)
                .bind(&fresh.positions)
                .bind(&fresh.ids)
                .bind(&fresh.types)
                .bind(&repeated.webhooks)
                .bind(&repeated.positions)
                .bind(&repeated.ids)
                .bind(&repeated.types)
                .fetch_optional(&self.pool)
        );
        Ok(held?.is_some())
    }

    pub(in crate::store) async fn waiting_deliveries(
        &self,
        webhook: &str,
        most: u64,
    ) -> Result<u64, StoreError> {
        let count = again!(
            self,
            sqlx::query_scalar(
                "SELECT count(*) FROM (SELECT 1 FROM webhook_deliveries WHERE webhook = $1 AND state = 'waiting'
                                        LIMIT $2) AS waiting"
            )
            .bind(webhook)
            .bind(stored(most))
            .fetch_one(&self.pool)
        );
        count.map(counted)
    }

    pub(in crate::store) async fn due_deliveries(
        &self,
        webhook: &str,
        now: i64,
        limit: u32,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let rows: Result<Vec<PgRow>, StoreError> = again!(
            self,
            sqlx::query(DUE)
                .bind(webhook)
                .bind(now)
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
        );
        let due = |row: &PgRow| {
            Ok(DueDelivery {
                id: id(row)?,
                attempts: attempts(row)?,
                sign: sign(row)?,
            })
        };
        let due: Result<_, sqlx::Error> = rows?.iter().map(due).collect();
        due.map_err(StoreError::of)
    }

    pub(in crate::store) async fn next_delivery(
        &self,
        webhook: &str,
    ) -> Result<Option<i64>, StoreError> {
        again!(
            self,
            sqlx::query_scalar(
                "SELECT min(due_at) FROM webhook_deliveries WHERE webhook = $1 AND state = 'waiting'"
            )
            .bind(webhook)
            .fetch_one(&self.pool)
        )
    }

    pub(in crate::store) async fn note_tried(
        &self,
        webhook: &str,
        due: &DueDelivery,
        tried: &Tried,
        anew: i64,
    ) -> Result<Failing, StoreError> {
        // One statement; done twice it changes nothing more.
        let row: Result<Option<PgRow>, StoreError> = again!(
            self,
            sqlx::query(
                "WITH tried AS (
                     UPDATE webhook_deliveries SET state = $1, attempts = attempts + 1, due_at = $2, tried_at = $3,
                            status = $4, error = $5
                      WHERE webhook = $6 AND position = $7 AND attempts = $8 AND state = 'waiting'
                 )
                 UPDATE webhook_feeds
                    SET failing_since = CASE WHEN $1 = 'delivered' THEN NULL WHEN failed_at >= $9 THEN failing_since
                                             ELSE $3 END,
                        failures = CASE WHEN $1 = 'delivered' THEN 0
                                        WHEN failed_at >= $9 THEN failures + (failed_at <> $3)::int ELSE 1 END,
                        failed_at = CASE WHEN $1 = 'delivered' THEN NULL ELSE $3 END
                  WHERE webhook = $6 RETURNING failing_since, failures"
            )
            .bind(tried.state.as_str())
            .bind(tried.due_at)
            .bind(tried.tried_at)
            .bind(tried.status.map(i64::from))
            .bind(tried.error.as_deref())
            .bind(webhook)
            .bind(stored(due.sign.position))
            .bind(i64::from(due.attempts))
            .bind(anew)
            .fetch_optional(&self.pool)
        );
        let failing = row?.as_ref().map(failing).transpose();
        failing
            .map(Option::unwrap_or_default)
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn deliveries(
        &self,
        webhook: &str,
        of: Option<DeliveryState>,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let statement = match of {
            Some(_) => {
                "SELECT * FROM webhook_deliveries WHERE webhook = $1 AND position > $2 AND state = $4
                  ORDER BY position LIMIT $3"
            }
            None => {
                "SELECT * FROM webhook_deliveries WHERE webhook = $1 AND position > $2 AND $4::text IS NULL
                  ORDER BY position LIMIT $3"
            }
        };
        let rows: Result<Vec<PgRow>, StoreError> = again!(
            self,
            sqlx::query(statement)
                .bind(webhook)
                .bind(stored(after))
                .bind(i64::from(limit))
                .bind(of.map(DeliveryState::as_str))
                .fetch_all(&self.pool)
        );
        let rows: Result<_, sqlx::Error> = rows?.iter().map(delivery).collect();
        rows.map_err(StoreError::of)
    }

    pub(in crate::store) async fn sweep_deliveries(
        &self,
        before: i64,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let swept: Result<_, StoreError> = again!(
            self,
            sqlx::query(
                "DELETE FROM webhook_deliveries WHERE (webhook, position) IN (
                     SELECT webhook, position FROM webhook_deliveries
                      WHERE state <> 'waiting' AND tried_at < $1 LIMIT $2)"
            )
            .bind(before)
            .bind(i64::from(limit))
            .execute(&self.pool)
        );
        swept.map(|done| done.rows_affected())
    }

    pub(in crate::store) async fn forget_webhook(
        &self,
        webhook: &str,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let forgotten: Result<_, StoreError> = again!(
            self,
            sqlx::query(
                "DELETE FROM webhook_deliveries WHERE (webhook, position) IN (
                     SELECT webhook, position FROM webhook_deliveries WHERE webhook = $1 LIMIT $2)"
            )
            .bind(webhook)
            .bind(i64::from(limit))
            .execute(&self.pool)
        );
        let forgotten = forgotten?.rows_affected();
        if forgotten == 0 {
            let gone: Result<_, StoreError> = again!(
                self,
                sqlx::query("DELETE FROM webhook_feeds WHERE webhook = $1")
                    .bind(webhook)
                    .execute(&self.pool)
            );
            gone?;
        }
        Ok(forgotten)
    }
}

/// Rows as `unnest` takes them.
struct Columns<'d> {
    webhooks: Vec<&'d str>,
    positions: Vec<i64>,
    ids: Vec<String>,
    types: Vec<&'d str>,
}

impl<'d> Columns<'d> {
    fn of(rows: &'d [NewDelivery]) -> Self {
        Self {
            webhooks: rows.iter().map(|row| &*row.webhook).collect(),
            positions: rows.iter().map(|row| stored(row.position)).collect(),
            ids: rows.iter().map(|row| row.id.to_string()).collect(),
            types: rows.iter().map(|row| &*row.event_type).collect(),
        }
    }
}

fn id(row: &PgRow) -> Result<Uuid, sqlx::Error> {
    let id: &str = row.try_get("id")?;
    Uuid::parse_str(id).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn attempts(row: &PgRow) -> Result<u32, sqlx::Error> {
    let attempts: i64 = row.try_get("attempts")?;
    Ok(u32::try_from(attempts).unwrap_or(u32::MAX))
}

fn feed(row: &PgRow) -> Result<WebhookFeed, sqlx::Error> {
    let (after, until): (Option<i64>, Option<i64>) =
        (row.try_get("replay_after")?, row.try_get("replay_until")?);
    Ok(WebhookFeed {
        webhook: row.try_get("webhook")?,
        position: counted(row.try_get("position")?),
        replay: after.map(counted).zip(until.map(counted)),
        replayed: counted(row.try_get("replayed")?),
        failing: failing(row)?,
    })
}

fn failing(row: &PgRow) -> Result<Failing, sqlx::Error> {
    let times: i64 = row.try_get("failures")?;
    Ok(Failing {
        since: row.try_get("failing_since")?,
        times: u32::try_from(times).unwrap_or(u32::MAX),
    })
}

fn sign(row: &PgRow) -> Result<Sign, sqlx::Error> {
    Ok(Sign {
        position: counted(row.try_get("position")?),
        recorded_at: row.try_get("recorded_at")?,
        aggregate_type: row.try_get("aggregate_type")?,
        aggregate_id: row.try_get("aggregate_id")?,
        sequence: counted(row.try_get("sequence")?),
        event_type: row.try_get("event_type")?,
        event_version: row.try_get("event_version")?,
        by: row.try_get("by_whom")?,
        read: row.try_get("shown")?,
    })
}

fn delivery(row: &PgRow) -> Result<DeliveryRow, sqlx::Error> {
    let status: Option<i64> = row.try_get("status")?;
    Ok(DeliveryRow {
        position: counted(row.try_get("position")?),
        id: id(row)?,
        event_type: row.try_get("event_type")?,
        state: state(row.try_get("state")?)?,
        attempts: attempts(row)?,
        due_at: row.try_get("due_at")?,
        tried_at: row.try_get("tried_at")?,
        status: status.and_then(|status| u16::try_from(status).ok()),
        error: row.try_get("error")?,
    })
}
