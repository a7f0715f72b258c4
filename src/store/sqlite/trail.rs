//! Reading the log as auditors do.

use sqlx::Sqlite;

use super::{
    super::{EventFilter, Recorded, StoreError, log::stored},
    SqliteStore,
    log::events,
};

/// The parameters are numbered, so that all statements have the same.
macro_rules! fitting {
    ($of:literal, $position:literal) => {
        events!(concat!(
            "WHERE ",
            $of,
            " AND ",
            $position,
            " > ?1 AND ",
            $position,
            " <= ?2
              AND (?3 = '[]' OR event_type IN (SELECT value FROM json_each(?3)))
              AND (?5 IS NULL OR metadata ->> 'by' = ?5 OR (aggregate_type = 'user' AND aggregate_id = ?5))
              AND (?6 IS NULL OR recorded_at >= ?6) AND (?7 IS NULL OR recorded_at < ?7)
              AND ?4 IS ?4 AND ?9 IS ?9 "
        ))
    };
}

const ALL: &str = concat!(
    fitting!("true", "global_position"),
    "ORDER BY global_position LIMIT ?8"
);
/// Its own events by the key of its stream, which has them in the order of the log. With `+ 0` no index of positions is
/// looked at beside it: that would be the whole log.
const ITS_OWN: &str = concat!(
    fitting!(
        "aggregate_type = ?9 AND aggregate_id = ?4",
        "global_position + 0"
    ),
    "ORDER BY sequence LIMIT ?8"
);
/// Its own events by the key of its stream, those that name it as what it is (`threads`, `completions`) by
/// the index of readings.
const OF_ONE: &str = concat!(
    "SELECT * FROM (",
    fitting!("aggregate_type = ?9 AND aggregate_id = ?4", "global_position + 0"),
    "UNION ALL ",
    fitting!(
        "event_type = 'content.read' AND instr(payload, ?4) > 0
          AND EXISTS (SELECT 1 FROM json_each(payload, '$.\"content.read\".' || ?9 || 's') AS named WHERE named.value = ?4)",
        "global_position"
    ),
    ") ORDER BY global_position LIMIT ?8"
);

impl SqliteStore {
    pub(in crate::store) fn statement_of_trail(filter: &EventFilter) -> &'static str {
        match filter.said_in {
            Some(_) if filter.wants_readings() => OF_ONE,
            Some(_) => ITS_OWN,
            None => ALL,
        }
    }

    pub(in crate::store) async fn trail(
        &self,
        filter: &EventFilter,
        position: u64,
        until: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let types = serde_json::to_string(&filter.types)
            .map_err(|error| StoreError::Refused(error.to_string()))?;
        let statement = Self::statement_of_trail(filter);
        let (of_type, id) = filter.aggregate().unzip();
        let read = sqlx::query::<Sqlite>(statement)
            .bind(stored(position))
            .bind(stored(until))
            .bind(types)
            .bind(id)
            .bind(filter.user.as_deref())
            .bind(filter.from)
            .bind(filter.to)
            .bind(limit)
            .bind(of_type);
        self.events(read).await
    }

    pub(in crate::store) async fn read_named(
        &self,
        aggregate_type: &str,
        id: &str,
        name: &str,
        after_sequence: u64,
    ) -> Result<Vec<Recorded>, StoreError> {
        let read = sqlx::query(events!(
            "WHERE aggregate_type = ? AND aggregate_id = ? AND sequence > ? AND event_type = ? ORDER BY sequence"
        ));
        let read = read.bind(aggregate_type).bind(id);
        self.events(read.bind(stored(after_sequence)).bind(name))
            .await
    }
}
