//! What webhooks are told.

use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    super::{
        DeliveryPlan, DeliveryRow, DeliveryState, DueDelivery, Failing, NewDelivery, Sign,
        StoreError, Tried, WebhookFeed,
        log::{counted, stored},
        webhooks::{WEBHOOKS, state},
    },
    SqliteStore,
};

const SIGNS: &str = "
SELECT global_position AS position, recorded_at, aggregate_type, aggregate_id, sequence, event_type, event_version,
       metadata ->> 'by' AS by_whom, CASE event_type WHEN 'content.read' THEN payload END AS shown
  FROM events WHERE global_position > ? AND global_position <= ? ORDER BY global_position LIMIT ?";

const DUE: &str = "
SELECT due.id, due.attempts, global_position AS position, recorded_at, aggregate_type, aggregate_id, sequence,
       events.event_type, event_version, metadata ->> 'by' AS by_whom, NULL AS shown
  FROM webhook_deliveries AS due JOIN events ON global_position = due.position
 WHERE due.webhook = ? AND due.state = 'waiting' AND due.due_at <= ? ORDER BY due.due_at, due.position LIMIT ?";

const KEEP: &str = "
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, 'waiting', 0, ? FROM json_each(?) WHERE true";

impl SqliteStore {
    pub(in crate::store) async fn signs_after(
        &self,
        position: u64,
        last: u64,
        limit: u32,
    ) -> Result<Vec<Sign>, StoreError> {
        let read = sqlx::query(SIGNS).bind(stored(position)).bind(stored(last));
        let rows = read.bind(limit).fetch_all(&self.log).await;
        rows.and_then(|rows| rows.iter().map(sign).collect())
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn webhook_feeds(&self) -> Result<Vec<WebhookFeed>, StoreError> {
        let rows = sqlx::query("SELECT * FROM webhook_feeds");
        let rows = rows.fetch_all(&self.log).await;
        rows.and_then(|rows| rows.iter().map(feed).collect())
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn plan_deliveries(
        &self,
        node: Uuid,
        plan: &DeliveryPlan,
    ) -> Result<bool, StoreError> {
        let feeds = plan.feeds.iter().map(|feed| {
            let (after, until) = feed.replay.unzip();
            (&feed.webhook, feed.position, after, until, feed.replayed)
        });
        let feeds = json(&feeds.collect::<Vec<_>>())?;
        let mut locked = self.log_writer.lock().await.map_err(StoreError::of)?;
        let held = sqlx::query(
            "BEGIN IMMEDIATE;
             SELECT name FROM subscriptions WHERE name = ? AND holder = ?",
        );
        let held = held.bind(WEBHOOKS).bind(node.to_string());
        if locked.run(held).await.map_err(StoreError::of)?.is_empty() {
            locked.roll_back().await;
            locked.release();
            return Ok(false);
        }
        let rows = "INSERT INTO webhook_deliveries (webhook, position, id, event_type, state, attempts, due_at)";
        let keep = format!(
            "INSERT INTO webhook_feeds (webhook, position, replay_after, replay_until, replayed)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?) WHERE true
                 ON CONFLICT (webhook) DO UPDATE SET position = max(position, excluded.position),
                    replay_after = excluded.replay_after, replay_until = excluded.replay_until,
                    replayed = excluded.replayed;
             {rows} {KEEP} ON CONFLICT (webhook, position) DO NOTHING;
             {rows} {KEEP} ON CONFLICT (webhook, position)
                 DO UPDATE SET state = 'waiting', attempts = 0, due_at = excluded.due_at;
             COMMIT",
        );
        let keep = sqlx::query(&keep)
            .bind(feeds)
            .bind(plan.due_at)
            .bind(listed(&plan.fresh)?)
            .bind(plan.due_at)
            .bind(listed(&plan.again)?);
        locked.run(keep).await.map_err(StoreError::of)?;
        locked.release();
        Ok(true)
    }

    pub(in crate::store) async fn waiting_deliveries(
        &self,
        webhook: &str,
        most: u64,
    ) -> Result<u64, StoreError> {
        let count = sqlx::query_scalar(
            "SELECT count(*) FROM (SELECT 1 FROM webhook_deliveries WHERE webhook = ? AND state = 'waiting' LIMIT ?)",
        );
        let count = count.bind(webhook).bind(stored(most));
        let count = count.fetch_one(&self.log).await;
        count.map(counted).map_err(StoreError::of)
    }

    pub(in crate::store) async fn due_deliveries(
        &self,
        webhook: &str,
        now: i64,
        limit: u32,
    ) -> Result<Vec<DueDelivery>, StoreError> {
        let rows = sqlx::query(DUE).bind(webhook).bind(now).bind(limit);
        let rows = rows.fetch_all(&self.log).await;
        let due = |row: &SqliteRow| {
            Ok(DueDelivery {
                id: id(row)?,
                attempts: row.try_get("attempts")?,
                sign: sign(row)?,
            })
        };
        rows.and_then(|rows| rows.iter().map(due).collect())
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn next_delivery(
        &self,
        webhook: &str,
    ) -> Result<Option<i64>, StoreError> {
        let next = sqlx::query_scalar(
            "SELECT min(due_at) FROM webhook_deliveries WHERE webhook = ? AND state = 'waiting'",
        );
        let next = next.bind(webhook).fetch_one(&self.log).await;
        next.map_err(StoreError::of)
    }

    pub(in crate::store) async fn note_tried(
        &self,
        webhook: &str,
        due: &DueDelivery,
        tried: &Tried,
        anew: i64,
    ) -> Result<Failing, StoreError> {
        let note = sqlx::query(
            "BEGIN IMMEDIATE;
             UPDATE webhook_deliveries SET state = ?, attempts = attempts + 1, due_at = ?, tried_at = ?, status = ?,
                    error = ?
              WHERE webhook = ? AND position = ? AND attempts = ? AND state = 'waiting';
             UPDATE webhook_feeds
                SET failing_since = CASE WHEN taken THEN NULL WHEN failed_at >= anew THEN failing_since ELSE now END,
                    failures = CASE WHEN taken THEN 0 WHEN failed_at >= anew THEN failures + 1 ELSE 1 END,
                    failed_at = CASE WHEN taken THEN NULL ELSE now END
               FROM (SELECT ? = 'delivered' AS taken, ? AS now, ? AS anew)
              WHERE webhook = ? RETURNING failing_since, failures;
             COMMIT",
        );
        let note = note
            .bind(tried.state.as_str())
            .bind(tried.due_at)
            .bind(tried.tried_at)
            .bind(tried.status)
            .bind(tried.error.as_deref())
            .bind(webhook)
            .bind(stored(due.sign.position))
            .bind(due.attempts)
            .bind(tried.state.as_str())
            .bind(tried.tried_at)
            .bind(anew)
            .bind(webhook);
        let rows = self.log_writer.run(note).await.map_err(StoreError::of)?;
        let failing = rows.first().map(failing).transpose();
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
        let read = match of {
            Some(of) => sqlx::query(
                "SELECT * FROM webhook_deliveries WHERE webhook = ? AND state = ? AND position > ?
                  ORDER BY position LIMIT ?",
            )
            .bind(webhook)
            .bind(of.as_str()),
            None => sqlx::query(
                "SELECT * FROM webhook_deliveries WHERE webhook = ? AND position > ? ORDER BY position LIMIT ?",
            )
            .bind(webhook),
        };
        let read = read.bind(stored(after)).bind(limit);
        let rows = read.fetch_all(&self.log).await;
        rows.and_then(|rows| rows.iter().map(delivery).collect())
            .map_err(StoreError::of)
    }

    pub(in crate::store) async fn sweep_deliveries(
        &self,
        before: i64,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let sweep = sqlx::query(
            "DELETE FROM webhook_deliveries WHERE (webhook, position) IN (
                 SELECT webhook, position FROM webhook_deliveries WHERE state <> 'waiting' AND tried_at < ? LIMIT ?)",
        );
        let swept = self.log_writer.change(sweep.bind(before).bind(limit)).await;
        swept.map_err(StoreError::of)
    }

    pub(in crate::store) async fn forget_webhook(
        &self,
        webhook: &str,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let forget = sqlx::query(
            "DELETE FROM webhook_deliveries WHERE (webhook, position) IN (
                 SELECT webhook, position FROM webhook_deliveries WHERE webhook = ? LIMIT ?)",
        );
        let forgotten = self
            .log_writer
            .change(forget.bind(webhook).bind(limit))
            .await;
        let forgotten = forgotten.map_err(StoreError::of)?;
        if forgotten == 0 {
            let forget = sqlx::query("DELETE FROM webhook_feeds WHERE webhook = ?").bind(webhook);
            self.log_writer.run(forget).await.map_err(StoreError::of)?;
        }
        Ok(forgotten)
    }
}

fn listed(deliveries: &[NewDelivery]) -> Result<String, StoreError> {
    let rows = deliveries.iter();
    let rows: Vec<_> = rows
        .map(|row| (&row.webhook, row.position, row.id, &row.event_type))
        .collect();
    json(&rows)
}

fn json<T: serde::Serialize + ?Sized>(rows: &T) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(|error| StoreError::Refused(error.to_string()))
}

fn id(row: &SqliteRow) -> Result<Uuid, sqlx::Error> {
    let id: &str = row.try_get("id")?;
    Uuid::parse_str(id).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn feed(row: &SqliteRow) -> Result<WebhookFeed, sqlx::Error> {
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

fn failing(row: &SqliteRow) -> Result<Failing, sqlx::Error> {
    Ok(Failing {
        since: row.try_get("failing_since")?,
        times: row.try_get("failures")?,
    })
}

fn sign(row: &SqliteRow) -> Result<Sign, sqlx::Error> {
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

fn delivery(row: &SqliteRow) -> Result<DeliveryRow, sqlx::Error> {
    Ok(DeliveryRow {
        position: counted(row.try_get("position")?),
        id: id(row)?,
        event_type: row.try_get("event_type")?,
        state: state(row.try_get("state")?)?,
        attempts: row.try_get("attempts")?,
        due_at: row.try_get("due_at")?,
        tried_at: row.try_get("tried_at")?,
        status: row.try_get("status")?,
        error: row.try_get("error")?,
    })
}
