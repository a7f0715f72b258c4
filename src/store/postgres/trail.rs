//! Reading the log as auditors do.

use super::{
    super::{EventFilter, Recorded, StoreError, log::stored},
    PostgresStore,
    log::columns,
};

/// The parameters are numbered, so that all statements have the same.
macro_rules! fitting {
    ($of:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE ",
            $of,
            " AND global_position > $1 AND global_position <= $2
              AND (cardinality($3::text[]) = 0 OR event_type = ANY ($3))
              AND ($4::text IS NULL OR true)
              AND ($5::text IS NULL OR metadata ->> 'by' = $5 OR (aggregate_type = 'user' AND aggregate_id = $5))
              AND ($6::bigint IS NULL OR recorded_at >= $6) AND ($7::bigint IS NULL OR recorded_at < $7) "
        )
    };
}

const ALL: &str = concat!(fitting!("true"), "ORDER BY global_position LIMIT $8");
/// A thread's own events by the key of its stream, those that name it by the index of readings.
const OF_A_THREAD: &str = concat!(
    "SELECT * FROM (",
    fitting!("aggregate_type = 'thread' AND aggregate_id = $4"),
    "UNION ALL ",
    fitting!("event_type = 'content.read' AND strpos(payload::text, $4) > 0"),
    ") AS trail ORDER BY global_position LIMIT $8"
);

impl PostgresStore {
    pub(in crate::store) async fn trail(
        &self,
        filter: &EventFilter,
        position: u64,
        until: u64,
        limit: u32,
    ) -> Result<Vec<Recorded>, StoreError> {
        let statement = match filter.thread {
            Some(_) => OF_A_THREAD,
            None => ALL,
        };
        self.events(|| {
            sqlx::query(statement)
                .bind(stored(position))
                .bind(stored(until))
                .bind(&filter.types)
                .bind(filter.thread.as_deref())
                .bind(filter.user.as_deref())
                .bind(filter.from)
                .bind(filter.to)
                .bind(i64::from(limit))
        })
        .await
    }
}
