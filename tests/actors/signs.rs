//! What the program says of itself while it runs; and a place where it can be made to fail, because a
//! recorder of metrics is a guest that may panic like any other.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use metrics::{
    Counter, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};

/// The metrics of one test.
#[derive(Default)]
pub(crate) struct Signs {
    seen: Arc<Mutex<BTreeMap<String, Vec<f64>>>>,
    /// The metric at whose next use the thread panics.
    trap: Mutex<Option<&'static str>>,
}

impl Signs {
    /// For as long as the process lives, as threads do that nobody waits for.
    pub(crate) fn new() -> &'static Self {
        Box::leak(Box::default())
    }

    /// Sees what this thread says from now on.
    pub(crate) fn watch_this_thread(&'static self) {
        std::mem::forget(metrics::set_default_local_recorder(self));
    }

    /// What was recorded under this name.
    pub(crate) fn of(&self, name: &str) -> Vec<f64> {
        let seen = self.seen.lock().unwrap();
        seen.get(name).cloned().unwrap_or_default()
    }

    /// Forgets what was recorded.
    pub(crate) fn clear(&self) {
        self.seen.lock().unwrap().clear();
    }

    /// The next thread that records `name` panics there, once.
    pub(crate) fn panic_at(&self, name: &'static str) {
        *self.trap.lock().unwrap() = Some(name);
    }

    /// Whether the trap was met.
    pub(crate) fn has_panicked(&self) -> bool {
        self.trap.lock().unwrap().is_none()
    }

    fn values(&self, key: &Key) -> Values {
        Values {
            name: key.name().to_owned(),
            seen: Arc::clone(&self.seen),
        }
    }

    fn pass(&self, name: &str) {
        let met = self.trap.lock().unwrap().take_if(|trap| *trap == name);
        assert!(met.is_none(), "a trap of the test");
    }
}

/// One metric's values.
struct Values {
    name: String,
    seen: Arc<Mutex<BTreeMap<String, Vec<f64>>>>,
}

impl HistogramFn for Values {
    fn record(&self, value: f64) {
        let mut seen = self.seen.lock().unwrap();
        seen.entry(self.name.clone()).or_default().push(value);
    }
}

/// Each step up is kept: how often something began.
impl GaugeFn for Values {
    fn increment(&self, by: f64) {
        self.record(by);
    }

    fn decrement(&self, _: f64) {}
    fn set(&self, _: f64) {}
}

impl Recorder for Signs {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(Arc::new(self.values(key)))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.pass(key.name());
        Histogram::from_arc(Arc::new(self.values(key)))
    }
}
