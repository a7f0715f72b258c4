//! Folding many events at once, for whoever holds the rows: the same code for every projection and every database.
//!
//! The order of calls is [`Batch::touch`], [`Batch::load`] with the rows that exist, [`Batch::finish`].

use std::{collections::HashMap, sync::Arc};

use crate::{Clear, Projection, Recorded, Row, Table, Value};

/// A projection, its types forgotten.
#[derive(Clone, Copy)]
pub struct Definition {
    /// See [`Projection::VERSION`].
    pub version: u32,
    /// Where its rows are.
    pub table: Table,
    begin: fn() -> Box<dyn Batch>,
}

impl Definition {
    /// The definition of `P`.
    #[must_use]
    pub fn of<P: Projection>() -> Self {
        Self {
            version: P::VERSION,
            table: P::Row::TABLE,
            begin: || Box::new(Folding::<P>::default()),
        }
    }

    /// The projection's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.table.name
    }

    /// Starts to fold.
    #[must_use]
    pub fn begin(&self) -> Box<dyn Batch> {
        (self.begin)()
    }
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.name(), self.version)
    }
}

/// One projection's part of a batch of events.
pub trait Batch: Send {
    /// Takes the events, in order; the answer is the keys of the rows to be loaded. Those that are made anew
    /// are not among them.
    fn touch(&mut self, events: &[Arc<Recorded>]) -> Vec<String>;

    /// Whether the events concern this projection at all.
    fn is_empty(&self) -> bool;

    /// Takes the rows that exist.
    fn load(&mut self, rows: Vec<Vec<Value>>);

    /// Folds; the answer is what has to be written.
    fn finish(self: Box<Self>) -> Changes;
}

/// What a batch does to a table, in this order: clear, delete, save.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Rows that go, by column.
    pub clears: Vec<Clear>,
    /// Rows that go, by key.
    pub deletes: Vec<String>,
    /// Rows that come, or come instead.
    pub saves: Vec<Vec<Value>>,
}

struct Folding<P: Projection> {
    slots: Vec<Slot<P::Row>>,
    by_key: HashMap<String, usize>,
    steps: Vec<Step>,
}

struct Slot<R> {
    key: String,
    row: Option<R>,
    /// It is in the table, or may be: made anew, nobody has looked.
    stored: bool,
    renewed: bool,
    /// Not only looked at.
    touched: bool,
}

enum Step {
    Clear(Clear),
    Fold {
        event: Arc<Recorded>,
        slot: usize,
        beside: Option<usize>,
    },
}

impl<P: Projection> Folding<P> {
    fn slot(&mut self, key: String, renewed: bool) -> usize {
        if let Some(&slot) = self.by_key.get(&key) {
            return slot;
        }
        self.by_key.insert(key.clone(), self.slots.len());
        self.slots.push(Slot {
            key,
            row: None,
            stored: renewed,
            renewed,
            touched: false,
        });
        self.slots.len() - 1
    }
}

impl<P: Projection> Default for Folding<P> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            by_key: HashMap::new(),
            steps: Vec::new(),
        }
    }
}

impl<P: Projection> Batch for Folding<P> {
    fn touch(&mut self, events: &[Arc<Recorded>]) -> Vec<String> {
        for event in events {
            if let Some(clear) = P::clears(event) {
                self.steps.push(Step::Clear(clear));
            }
            let beside = P::beside(event).map(|key| self.slot(key, false));
            for key in P::keys(event) {
                let renewed = P::renews(event, &key);
                let slot = self.slot(key, renewed);
                if let Some(slot) = self.slots.get_mut(slot) {
                    slot.touched = true;
                }
                self.steps.push(Step::Fold {
                    event: Arc::clone(event),
                    slot,
                    beside,
                });
            }
        }
        let unknown = self.slots.iter().filter(|slot| !slot.renewed);
        unknown.map(|slot| slot.key.clone()).collect()
    }

    fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    fn load(&mut self, rows: Vec<Vec<Value>>) {
        for row in rows.into_iter().filter_map(P::Row::from_values) {
            let slot = row
                .text(P::Row::TABLE.key())
                .and_then(|key| self.by_key.get(key))
                .and_then(|&slot| self.slots.get_mut(slot));
            if let Some(slot) = slot {
                slot.row = Some(row);
                slot.stored = true;
            }
        }
    }

    fn finish(self: Box<Self>) -> Changes {
        let mut slots = self.slots;
        let mut changes = Changes::default();
        for step in self.steps {
            match step {
                Step::Clear(clear) => {
                    for slot in &mut slots {
                        let cleared =
                            |row: &P::Row| row.text(clear.column) == Some(clear.value.as_str());
                        if slot.row.as_ref().is_some_and(cleared) {
                            slot.row = None;
                        }
                    }
                    changes.clears.push(clear);
                }
                Step::Fold {
                    event,
                    slot: at,
                    beside,
                } => {
                    let row = slots.get_mut(at).and_then(|slot| slot.row.take());
                    let beside = beside.and_then(|beside| slots.get(beside)?.row.as_ref());
                    let Some(slot) = slots.get(at) else { continue };
                    let row = P::fold_beside(row, &slot.key, &event, beside);
                    if let Some(slot) = slots.get_mut(at) {
                        slot.row = row;
                    }
                }
            }
        }
        for slot in slots.into_iter().filter(|slot| slot.touched) {
            match slot.row {
                Some(row) => changes.saves.push(row.into_values()),
                None if slot.stored => changes.deletes.push(slot.key),
                None => {}
            }
        }
        changes
    }
}
