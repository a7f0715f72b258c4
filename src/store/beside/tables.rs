//! The tables that travel, and the SQL that reads and writes them.

/// How a column is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    Text,
    Uuid,
    Number,
    Bytes,
}

/// A table, its primary key first.
pub(in crate::store) struct Table {
    pub(in crate::store) name: &'static str,
    pub(in crate::store) columns: &'static [(&'static str, Kind)],
    /// How many columns the key has.
    pub(in crate::store) key: usize,
    /// Rows that belong to this database alone, as SQL.
    pub(in crate::store) but: &'static str,
}

pub(super) const KEYS: &str = "content_keys";
pub(super) const BLOBS: &str = "blobs";

/// Everything that a server needs beside the events; what is not here is made again, or is nobody else's: `credentials`,
/// `nodes`, what is still to be deleted in a bucket, drafts, snapshots, and the notary's tree.
pub(in crate::store) const TABLES: [Table; 11] = [
    Table {
        name: KEYS,
        columns: &[
            ("subject_kind", Kind::Text),
            ("subject", Kind::Text),
            ("epoch", Kind::Number),
            ("period", Kind::Number),
            ("key", Kind::Bytes),
            ("wrapping", Kind::Number),
            ("day", Kind::Number),
        ],
        key: 4,
        but: "",
    },
    Table {
        name: BLOBS,
        columns: &[
            ("id", Kind::Uuid),
            ("written_at", Kind::Number),
            ("bytes", Kind::Bytes),
        ],
        key: 1,
        but: "",
    },
    Table {
        name: "reservations",
        columns: &[
            ("kind", Kind::Text),
            ("key", Kind::Text),
            ("aggregate_id", Kind::Text),
        ],
        key: 2,
        but: "kind = 'import'",
    },
    Table {
        name: "commands",
        columns: &[
            ("command_id", Kind::Uuid),
            ("submission", Kind::Uuid),
            ("fingerprint", Kind::Bytes),
            ("aggregate_type", Kind::Text),
            ("aggregate_id", Kind::Text),
            ("first_position", Kind::Number),
            ("last_position", Kind::Number),
            ("first_sequence", Kind::Number),
            ("recorded_at", Kind::Number),
        ],
        key: 1,
        but: "",
    },
    Table {
        name: "open_turns",
        columns: &[
            ("turn", Kind::Uuid),
            ("thread", Kind::Text),
            ("owner", Kind::Uuid),
            ("epoch", Kind::Number),
        ],
        key: 1,
        but: "",
    },
    Table {
        name: "subscribers",
        columns: &[("name", Kind::Text), ("position", Kind::Number)],
        key: 1,
        but: "",
    },
    // The notary there begins a tree of its own, and what it signs was carried nowhere.
    Table {
        name: "subscriptions",
        columns: &[
            ("name", Kind::Text),
            ("position", Kind::Number),
            ("holder", Kind::Uuid),
            ("held_until", Kind::Number),
        ],
        key: 1,
        but: "name = 'notary' OR name LIKE 'anchor:%'",
    },
    Table {
        name: "held_erasures",
        columns: &[
            ("aggregate_type", Kind::Text),
            ("aggregate_id", Kind::Text),
            ("position", Kind::Number),
            ("sequence", Kind::Number),
            ("requested_at", Kind::Number),
            ("owner", Kind::Text),
        ],
        key: 2,
        but: "",
    },
    Table {
        name: "destroyed",
        columns: &[
            ("aggregate_type", Kind::Text),
            ("aggregate_id", Kind::Text),
            ("erasure", Kind::Number),
            ("store", Kind::Text),
            ("items", Kind::Number),
        ],
        key: 4,
        but: "",
    },
    Table {
        name: "webhook_feeds",
        columns: &[
            ("webhook", Kind::Text),
            ("position", Kind::Number),
            ("replay_after", Kind::Number),
            ("replay_until", Kind::Number),
            ("replayed", Kind::Number),
            ("failing_since", Kind::Number),
            ("failed_at", Kind::Number),
            ("failures", Kind::Number),
        ],
        key: 1,
        but: "",
    },
    Table {
        name: "webhook_deliveries",
        columns: &[
            ("webhook", Kind::Text),
            ("position", Kind::Number),
            ("id", Kind::Text),
            ("event_type", Kind::Text),
            ("state", Kind::Text),
            ("attempts", Kind::Number),
            ("due_at", Kind::Number),
            ("tried_at", Kind::Number),
            ("status", Kind::Number),
            ("error", Kind::Text),
        ],
        key: 2,
        but: "",
    },
];

impl Table {
    /// `SELECT …` of what travels, each column as `column` has it.
    pub(in crate::store) fn select(&self, column: impl Fn(&str, Kind) -> String) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(name, kind)| column(name, *kind))
            .collect();
        let but = match self.but {
            "" => String::new(),
            but => format!(" WHERE NOT ({but})"),
        };
        format!("SELECT {} FROM {}{but}", columns.join(", "), self.name)
    }

    /// `INSERT …`, over what is there, of the rows that `from` has, each column as `column` has it.
    pub(in crate::store) fn insert(
        &self,
        column: impl Fn(usize, Kind) -> String,
        from: &str,
    ) -> String {
        let names = |columns: &[(&str, Kind)]| {
            let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
            names.join(", ")
        };
        let values: Vec<String> = self
            .columns
            .iter()
            .enumerate()
            .map(|(nth, (_, kind))| column(nth, *kind))
            .collect();
        let (key, rest) = self.columns.split_at(self.key);
        let set: Vec<String> = rest
            .iter()
            .map(|(name, _)| format!("{name} = excluded.{name}"))
            .collect();
        // SQLite takes ON for a join without the WHERE.
        format!(
            "INSERT INTO {} ({}) SELECT {} FROM {from} WHERE true ON CONFLICT ({}) DO UPDATE SET {}",
            self.name,
            names(self.columns),
            values.join(", "),
            names(key),
            set.join(", ")
        )
    }
}
