//! Tests of projections in the words of tests: `given(events).shows::<Transcript>(rows)`, and a store in memory
//! that keeps its rows and its checkpoint together, as the real ones do.

use std::{collections::BTreeMap, sync::Arc};

use crate::{Definition, Event, Projection, Recorded, Row, Value};

/// The time of the first event made by [`happened`]; each further one is a second later.
pub const BEGINNING: i64 = 1_750_000_000_000_000;

/// Events of one aggregate after another, with positions from 1 and a second between them.
#[must_use]
pub fn happened(events: impl IntoIterator<Item = (String, Event)>) -> Vec<Arc<Recorded>> {
    let mut sequences: BTreeMap<String, u64> = BTreeMap::new();
    (1_u64..)
        .zip(events)
        .map(|(position, (aggregate_id, event))| {
            let sequence = sequences.entry(aggregate_id.clone()).or_default();
            *sequence += 1;
            Arc::new(Recorded {
                position,
                recorded_at: BEGINNING
                    .saturating_add_unsigned(position.saturating_sub(1).saturating_mul(1_000_000)),
                aggregate_id,
                sequence: *sequence,
                event,
            })
        })
        .collect()
}

/// One table in memory, with its checkpoint.
#[derive(Debug)]
pub struct Memory {
    definition: Definition,
    checkpoint: u64,
    rows: BTreeMap<String, Vec<Value>>,
}

impl Memory {
    /// An empty one.
    #[must_use]
    pub fn of(definition: Definition) -> Self {
        Self {
            definition,
            checkpoint: 0,
            rows: BTreeMap::new(),
        }
    }

    /// Folds those of `events` that lie after the checkpoint, and moves the checkpoint.
    pub fn deliver(&mut self, events: &[Arc<Recorded>]) {
        let fresh: Vec<_> = events
            .iter()
            .filter(|event| event.position > self.checkpoint)
            .cloned()
            .collect();
        let mut batch = self.definition.begin();
        let keys = batch.touch(&fresh);
        batch.load(
            keys.iter()
                .filter_map(|key| self.rows.get(key))
                .cloned()
                .collect(),
        );
        let changes = batch.finish();
        for clear in changes.clears {
            let columns = self.definition.table.columns;
            let place = columns
                .iter()
                .position(|column| column.name == clear.column);
            let value = Value::Text(Some(clear.value));
            self.rows
                .retain(|_, row| place.and_then(|place| row.get(place)) != Some(&value));
        }
        for key in changes.deletes {
            self.rows.remove(&key);
        }
        for row in changes.saves {
            if let Some(Value::Text(Some(key))) = row.first() {
                self.rows.insert(key.clone(), row);
            }
        }
        self.checkpoint = fresh.last().map_or(self.checkpoint, |event| event.position);
    }

    /// All rows, by key.
    #[must_use]
    pub fn rows(&self) -> &BTreeMap<String, Vec<Value>> {
        &self.rows
    }
}

/// Events that have happened.
#[derive(Debug)]
pub struct Given(Vec<Arc<Recorded>>);

/// Says what has happened.
#[must_use]
pub fn given(events: Vec<Arc<Recorded>>) -> Given {
    Given(events)
}

impl Given {
    /// The rows of `P`, by key; the same in one go, event by event, and when every event is delivered twice.
    #[must_use]
    pub fn rows<P: Projection>(&self) -> Vec<P::Row> {
        let definition = Definition::of::<P>();
        let mut at_once = Memory::of(definition);
        at_once.deliver(&self.0);
        let mut one_by_one = Memory::of(definition);
        let mut twice = Memory::of(definition);
        for event in &self.0 {
            one_by_one.deliver(std::slice::from_ref(event));
            twice.deliver(std::slice::from_ref(event));
            twice.deliver(&[Arc::clone(event), Arc::clone(event)]);
        }
        twice.deliver(&self.0);
        assert_eq!(at_once.rows, one_by_one.rows, "one by one");
        assert_eq!(at_once.rows, twice.rows, "delivered twice");
        at_once
            .rows
            .into_values()
            .filter_map(P::Row::from_values)
            .collect()
    }

    /// Asserts that these are the rows of `P`, in the order of their keys.
    pub fn shows<P: Projection>(&self, rows: &[P::Row]) -> &Self {
        assert_eq!(self.rows::<P>(), rows);
        self
    }
}
