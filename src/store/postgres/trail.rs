//! Reading the log as auditors do.

use super::{
    super::{EventFilter, Recorded, StoreError, log::stored},
    PostgresStore,
    log::{columns, events},
};

/// The parameters are numbered, so that all statements have the same.
macro_rules! fitting {
    ($of:literal, $position:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM events WHERE ",
            $of,
            " AND ",
            $position,
            " > $1 AND ",
            $position,
            " <= $2
              AND (cardinality($3::text[]) = 0 OR event_type = ANY ($3))
              AND ($4::text IS NULL OR $9::text IS NULL OR true)
              AND ($5::text IS NULL OR metadata ->> 'by' = $5 OR (aggregate_type = 'user' AND aggregate_id = $5))
              AND ($6::bigint IS NULL OR recorded_at >= $6) AND ($7::bigint IS NULL OR recorded_at < $7) "
        )
    };
}

const ALL: &str = concat!(
    fitting!("true", "global_position"),
    "ORDER BY global_position LIMIT $8"
);
/// Its own events by the key of its stream, which has them in the order of the log. With `+ 0` no index of positions is
/// looked at beside it: that would be the whole log.
const ITS_OWN: &str = concat!(
    fitting!(
        "aggregate_type = $9 AND aggregate_id = $4",
        "global_position + 0"
    ),
    "ORDER BY sequence LIMIT $8"
);
/// Its own events by the key of its stream, those that name it as what it is (`threads`, `completions`) by
/// the index of readings.
const OF_ONE: &str = concat!(
    "SELECT * FROM (",
    fitting!("aggregate_type = $9 AND aggregate_id = $4", "global_position + 0"),
    "UNION ALL ",
    fitting!(
        "event_type = 'content.read' AND strpos(payload::text, $4) > 0
          AND EXISTS (
              SELECT 1 FROM json_array_elements_text(payload -> 'content.read' -> ($9::text || 's')) AS named (id)
              WHERE named.id = $4
          )",
        "global_position"
    ),
    ") AS trail ORDER BY global_position LIMIT $8"
);

impl PostgresStore {
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
        let statement = Self::statement_of_trail(filter);
        let (of_type, id) = filter.aggregate().unzip();
        self.events(|| {
            sqlx::query(statement)
                .bind(stored(position))
                .bind(stored(until))
                .bind(&filter.types)
                .bind(id.as_deref())
                .bind(filter.user.as_deref())
                .bind(filter.from)
                .bind(filter.to)
                .bind(i64::from(limit))
                .bind(of_type)
        })
        .await
    }

    pub(in crate::store) async fn read_named(
        &self,
        aggregate_type: &str,
        id: &str,
        name: &str,
        after_sequence: u64,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.events(|| {
            events!("WHERE aggregate_type = $1 AND aggregate_id = $2 AND sequence > $3 AND event_type = $4 ORDER BY sequence")
                .bind(aggregate_type)
                .bind(id)
                .bind(stored(after_sequence))
                .bind(name)
        })
        .await
    }
}
