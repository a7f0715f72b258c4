//! Who was seen looking at what others wrote.

use aggregates::reading::ReadingEvent;
use colloquy::store::{Store, StoreConfig};

/// The log, read beside the server.
pub(crate) struct Readings(Store);

impl Readings {
    pub(crate) async fn of(database: &StoreConfig) -> Self {
        Self(Store::open(database).await.unwrap())
    }

    /// All of them, in order.
    pub(crate) async fn all(&self) -> Vec<ReadingEvent> {
        let mut readings = vec![];
        let mut after = 0;
        loop {
            let page = self.0.read_named_after(&["content.read"], after, 500).await;
            let page = page.unwrap();
            let Some(last) = page.last() else {
                return readings;
            };
            after = last.position;
            let events = page.iter();
            readings.extend(
                events.map(|event| serde_json::from_str::<ReadingEvent>(&event.payload).unwrap()),
            );
        }
    }
}
